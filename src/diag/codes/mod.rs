//! The registry of diagnostic codes: one row each, with an explanation and an example that a test runs.
//!
//! A code is stable: people filter by it. Ranges: `E01` syntax, `E02` names and types, `E03` ATT&CK, `E04` values, `E05`
//! correlations, `E06` files and configuration, `E07` and `W07` Sigma as input, `E08` and `W08` layers, `E09` and `W09` threat
//! intelligence, `E10` and `W10` the beginning and the end of a hunt,
//! `L03` what a target cannot say, `W` lints.

pub mod attack;
pub mod correlations;
pub mod files;
pub mod intelligence;
pub mod layers;
pub mod lifecycle;
pub mod lints;
pub mod losses;
pub mod losses_sigma;
pub mod names;
pub mod sigma;
pub mod syntax;
pub mod values;

use super::Severity;

/// How a code's example is run. In each text `‹` and `›` stand around the place that the diagnostic must point at.
#[derive(Clone, Copy, Debug)]
pub enum Example {
    /// The text of one hunt file.
    Hunt(&'static str),
    /// Several files: path and text. The first is compiled; the marks may stand in any.
    Files(&'static [(&'static str, &'static str)]),
    /// A call of the program that shows it; not run by the registry's own test but by the command tests.
    Call(&'static str),
}

/// An example's files without their marks: paths and texts, and where the marks stood (file index, range of bytes).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unmarked {
    pub files: Vec<(String, String)>,
    pub marks: Vec<(usize, std::ops::Range<usize>)>,
}

impl Example {
    /// The example as the compiler reads it. A single hunt is called `example.hunt`; a call has no files.
    pub fn unmarked(&self) -> Unmarked {
        let files: &[(&str, &str)] = match self {
            Example::Hunt(text) => &[("example.hunt", text)],
            Example::Files(files) => files,
            Example::Call(_) => &[],
        };
        let mut unmarked = Unmarked::default();
        for (index, (path, text)) in files.iter().enumerate() {
            let (mut plain, mut opened) = (String::with_capacity(text.len()), Vec::new());
            for character in text.chars() {
                match character {
                    '‹' => opened.push(plain.len()),
                    '›' => unmarked.marks.extend(opened.pop().map(|start| (index, start..plain.len()))),
                    _ => plain.push(character),
                }
            }
            unmarked.files.push(((*path).to_owned(), plain));
        }
        unmarked
    }
}

/// One row of the registry.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// Such as `E0203`.
    pub id: &'static str,
    pub severity: Severity,
    /// A short name in lower case: "unknown field".
    pub title: &'static str,
    /// Why this is refused or reported, and what to do, in plain sentences.
    pub explanation: &'static str,
    pub example: Example,
}

/// Every code, by range.
pub const TABLES: &[&[Code]] = &[
    syntax::CODES,
    names::CODES,
    attack::CODES,
    values::CODES,
    correlations::CODES,
    files::CODES,
    losses::CODES,
    losses_sigma::CODES,
    sigma::CODES,
    layers::CODES,
    lifecycle::CODES,
    intelligence::CODES,
    lints::CODES,
];

pub fn all() -> impl Iterator<Item = &'static Code> {
    TABLES.iter().flat_map(|table| table.iter())
}

pub fn find(id: &str) -> Option<&'static Code> {
    all().find(|code| code.id.eq_ignore_ascii_case(id))
}
