//! What Splunk's documentation leaves open, as a choice between two readings.
//!
//! An event about which the two readings of a doubt differ is not known to be selected, and the model says so instead of
//! guessing; a doubt that changes nothing costs nothing.

use std::cell::Cell;
use std::fmt;

/// A question to which no page that was found gives an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// SR/where: whether `NOT` of a null is true.
    NotOfNull,
    /// SR/eval, SR/where: what a comparison or `match` does with several values of a field: any, or all of them.
    SeveralValues,
    /// Text functions "not supported on multivalue fields": null, or the function of each value.
    FunctionOfSeveral,
    /// SR/search: whether `!=` holds where one of several values differs, or where all do.
    SeveralUnequal,
    /// SR/eval: whether two texts that spell numbers are equal when the numbers are.
    NumericText,
    /// Which spellings are numbers beside digits with a sign and a point.
    NumberSpelling,
    /// Whether integers beyond 2^53 are told apart.
    LongNumbers,
    /// How a number and a text that is none are ordered.
    NumberAndText,
    /// SR/search: whether letters beyond ASCII ignore case.
    SearchCase,
    /// Text functions, `lower`: whether letters beyond ASCII change.
    LowerCase,
    /// Whether an IPv4 address written as `::ffff:a.b.c.d` lies in an IPv4 block, and the other way about.
    MappedAddress,
    /// Whether texts near to an address (blanks, leading zeros, a zone, a prefix) are one.
    AddressSpelling,
    /// SR/search: whether a text equal to a block's own spelling matches it.
    BlockAsText,
    /// SR/search: whether `F=""` finds a value that is empty.
    EmptySearch,
    /// SR/eval: the remainder of a negative number.
    NegativeRemainder,
    /// Conversion functions, `tonumber`: a prefix `0x` before hexadecimal digits.
    NumberPrefix,
    /// Text functions, `spath`: what a JSON null, object or list becomes.
    JsonValue,
    /// Multivalue functions, `split`: what an empty text becomes.
    SplitOfNothing,
    /// SR/eval: whether `.` with a null operand is null.
    JoinedNull,
    /// SR/lookup: what is looked up of several values of a field.
    LookupOfSeveral,
}

impl Doubt {
    /// What is open, as the end of a sentence.
    pub fn question(self) -> &'static str {
        match self {
            Doubt::NotOfNull => "whether `NOT` of null is true",
            Doubt::SeveralValues => "whether a comparison of several values needs one or all of them",
            Doubt::FunctionOfSeveral => "what a text function makes of several values",
            Doubt::SeveralUnequal => "whether `!=` needs one or all of several values to differ",
            Doubt::NumericText => "whether texts that spell equal numbers are equal",
            Doubt::NumberSpelling => "whether this spelling is a number",
            Doubt::LongNumbers => "whether integers beyond 2^53 are told apart",
            Doubt::NumberAndText => "how a number and a text are ordered",
            Doubt::SearchCase => "whether `search` ignores the case of letters beyond ASCII",
            Doubt::LowerCase => "whether `lower` changes letters beyond ASCII",
            Doubt::MappedAddress => "whether an IPv4 address in IPv6 spelling lies in an IPv4 block",
            Doubt::AddressSpelling => "whether this text is an address",
            Doubt::BlockAsText => "whether a text equals an address block of the same spelling",
            Doubt::EmptySearch => "whether `search` finds an empty value",
            Doubt::NegativeRemainder => "what `%` of a negative number is",
            Doubt::NumberPrefix => "whether `tonumber` takes a prefix `0x`",
            Doubt::JsonValue => "what `spath` makes of a JSON value that is no text, number or truth",
            Doubt::SplitOfNothing => "what `split` makes of an empty text",
            Doubt::JoinedNull => "whether `.` with null is null",
            Doubt::LookupOfSeveral => "what `lookup` does with several values",
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.question())
    }
}

/// Which reading of each doubt is taken, and which doubts came up.
#[derive(Debug, Default)]
pub(super) struct Readings {
    other: u32,
    met: Cell<u32>,
}

impl Readings {
    pub(super) fn new(other: u32) -> Self {
        Readings { other, met: Cell::new(0) }
    }

    /// One of two readings. They are only told apart, and the doubt only counts, where they differ.
    pub(super) fn choose<T: PartialEq>(&self, doubt: Doubt, usual: T, other: T) -> T {
        if usual == other {
            return usual;
        }
        let bit = 1u32 << (doubt as u32);
        self.met.set(self.met.get() | bit);
        if self.other & bit == 0 { usual } else { other }
    }

    pub(super) fn met(&self) -> u32 {
        self.met.get()
    }
}

/// The doubts of a set.
pub(super) fn named(set: u32) -> Vec<Doubt> {
    use Doubt::*;
    // As many as there are: the compiler counts.
    let all: [Doubt; LookupOfSeveral as usize + 1] = [
        NotOfNull,
        SeveralValues,
        FunctionOfSeveral,
        SeveralUnequal,
        NumericText,
        NumberSpelling,
        LongNumbers,
        NumberAndText,
        SearchCase,
        LowerCase,
        MappedAddress,
        AddressSpelling,
        BlockAsText,
        EmptySearch,
        NegativeRemainder,
        NumberPrefix,
        JsonValue,
        SplitOfNothing,
        JoinedNull,
        LookupOfSeveral,
    ];
    all.into_iter().filter(|doubt| set & (1u32 << (*doubt as u32)) != 0).collect()
}
