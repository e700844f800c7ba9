//! The files around KQL queries: Sentinel's analytic rules and Defender's custom detections.
