//! KQL: what is emitted, operator by operator.
