//! Each diagnostic code's example yields exactly that code, at the marked place.
