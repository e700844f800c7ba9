//! Names, types and meaning: from the syntax tree to the IR.
