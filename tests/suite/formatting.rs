//! `fmt` keeps meaning and comments.
