//! The command line: the only place with disk, environment, clock and standard streams.
