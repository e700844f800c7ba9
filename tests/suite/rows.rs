//! Rows copied from published samples find what they should.
