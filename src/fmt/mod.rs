//! One layout for hunt files.
