//! A score expression as a tree.

use crate::diag::Span;

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    Or,
    Xor,
    And,
    BitOr,
    BitXor,
    BitAnd,
    ShiftLeft,
    ShiftRight,
    /// Shifts zeros in.
    ShiftRightLogical,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
}

/// A comparison, which may be one of a chain: `1 < a < 5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    Unequal,
    Smaller,
    Larger,
    SmallerOrEqual,
    LargerOrEqual,
}

/// A sign before an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    Not,
    Minus,
    Plus,
    BitNot,
}

/// A node and the text that it came from.
#[derive(Clone, Debug)]
pub struct Tree {
    pub node: Box<Node>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum Node {
    Number(f64),
    Truth(bool),
    /// A layer's letter: 0 for a.
    Layer(usize),
    Call(String, Vec<Tree>),
    Prefix(Prefix, Tree),
    Factorial(Tree),
    Binary(Binary, Tree, Tree),
    /// Operands and what stands between them; at least one comparison.
    Compare(Vec<Tree>, Vec<Comparison>),
    Conditional(Tree, Tree, Tree),
}

impl Tree {
    pub fn new(node: Node, span: Span) -> Tree {
        Tree { node: Box::new(node), span }
    }
}
