//! What is read, and how near misses are reported.
