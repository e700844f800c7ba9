//! Terms that a row must hold where a condition is true of it, for Kusto's index.
//!
//! Kusto breaks text into terms, the longest runs of letters and digits, and indexes those of three characters or more (of four
//! in its older engine); `has` finds a whole term by the index, where `contains` and `endswith` read every value
//! (learn.microsoft.com/kusto/query/datatypes-string-operators, "Understanding string terms"). A literal implies a term only
//! where the literal itself bounds it on both sides, or stands at the end of the value that bounds it: `\vssadmin.exe` at the
//! end of a path implies `vssadmin` and `exe`, `vssadmin` somewhere in it implies nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::ast::{Column, Predicate, Scalar, Sure, Text, TextComparison};
use super::explain::uses_terms;
use super::pattern::{Fixed, Pattern};
use crate::ir::{Case, Piece};
use crate::schema::columns::ColumnType;

/// Shorter terms are not in the index.
const SHORTEST: usize = 3;
/// More terms than this make a line that nobody reads, for a search that reads most of the index.
const MOST: usize = 12;
/// Terms that stand in so many paths, keys and addresses that they narrow nothing.
const COMMON: [&str; 27] = [
    "appdata",
    "com",
    "control",
    "currentcontrolset",
    "currentversion",
    "dll",
    "exe",
    "files",
    "hkcr",
    "hkcu",
    "hkey",
    "hklm",
    "http",
    "https",
    "local",
    "microsoft",
    "machine",
    "program",
    "programdata",
    "roaming",
    "software",
    "sys",
    "system",
    "system32",
    "temp",
    "users",
    "windows",
];

/// Where the texts of computed columns stand in the table.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    /// For each computed column the columns of the table, one of which holds its text as it is or within other characters; none
    /// where that is not so, or not known.
    computed: BTreeMap<String, Vec<Column>>,
}

impl Origins {
    pub fn add(&mut self, computed: &[(String, Scalar)]) {
        for (name, value) in computed {
            let found = match value {
                Scalar::Text(text) => self.of_text(text).unwrap_or_default(),
                Scalar::Number(_) | Scalar::Moment(_) | Scalar::Dynamic(_) | Scalar::Other(_) => Vec::new(),
            };
            self.computed.insert(name.clone(), found);
        }
    }

    pub fn is_computed(&self, name: &str) -> bool {
        self.computed.contains_key(name)
    }

    /// A text as the table keeps it.
    pub fn is_stored(&self, text: &Text) -> bool {
        matches!(text, Text::Column(column) if column.kind == ColumnType::String && !self.is_computed(&column.name))
    }

    /// The columns in one of which a term of the text is a term too, bounded as it is in the text. A text of a dynamic column has
    /// none: how that is spelled there, where a JSON escape such as `\n` joins what follows it, is not documented.
    fn of_text(&self, text: &Text) -> Option<Vec<Column>> {
        match text {
            Text::Column(column) => match self.computed.get(&column.name) {
                Some(origins) if origins.is_empty() => None,
                Some(origins) => Some(origins.clone()),
                None => (column.kind == ColumnType::String).then(|| vec![column.clone()]),
            },
            Text::Coalesce(parts) => self.of_all(parts.iter()),
            Text::Case { arms, otherwise } => {
                self.of_all(arms.iter().map(|(_, text)| text).chain(std::iter::once(&**otherwise)).filter(|text| !is_empty(text)))
            }
            Text::If { then, otherwise, .. } => self.of_all([&**then, &**otherwise].into_iter().filter(|text| !is_empty(text))),
            // An element's text stands between `>` and `<`, and an entity between `&` and `;`, which bound terms as the character
            // that the entity stands for does; none stands for a letter or a digit.
            Text::Replace { .. } => {
                let mut inner = text;
                while let Text::Replace { from, this, with } = inner {
                    let entity = this.starts_with('&') && this.ends_with(';');
                    if !entity || with.bytes().any(|byte| !byte.is_ascii() || byte.is_ascii_alphanumeric()) {
                        return None;
                    }
                    inner = from;
                }
                match inner {
                    Text::Extract { pattern: Pattern::Fixed(Fixed::XmlData(_)), group: 1, from } => self.of_text(from),
                    _ => None,
                }
            }
            Text::Literal(_)
            | Text::Of(_)
            | Text::Lower(_)
            | Text::Concat(_)
            | Text::Extract { .. }
            | Text::Without { .. }
            | Text::Substring { .. }
            | Text::LastLabels { .. }
            | Text::Address { .. }
            | Text::Hex { .. } => None,
        }
    }

    fn of_all<'t>(&self, texts: impl Iterator<Item = &'t Text>) -> Option<Vec<Column>> {
        let mut all: Vec<Column> = Vec::new();
        for text in texts {
            let found = self.of_text(text)?;
            all.extend(found.into_iter().filter(|column| !all.contains(column)).collect::<Vec<_>>());
        }
        (!all.is_empty()).then_some(all)
    }
}

fn is_empty(text: &Text) -> bool {
    matches!(text, Text::Literal(literal) if literal.is_empty())
}

/// A condition that is true of every row that all of these are true of, and that the index answers: the one with the fewest
/// terms, and the place of the condition that implies it. `None` where one of them uses the index as it is, and where none
/// implies a term.
pub fn prefilter(conditions: &[&Predicate], origins: &Origins) -> Option<(usize, Sure)> {
    if conditions.iter().any(|condition| uses_terms(condition, origins)) {
        return None;
    }
    let each = conditions.iter().enumerate().filter_map(|(index, condition)| Some((index, needs(condition, origins)?)));
    let (index, needs) = each.reduce(|best, next| if rank(&next.1) > rank(&best.1) { next } else { best })?;
    (count(&needs) <= MOST).then(|| {
        (index, Sure::any(needs.into_iter().map(|need| Sure::has(Text::Column(need.column), need.terms, need.case)).collect()))
    })
}

/// One of the terms stands in the column.
struct Need {
    column: Column,
    terms: Vec<String>,
    case: Case,
}

fn count(needs: &[Need]) -> usize {
    needs.iter().map(|need| need.terms.len()).sum()
}

/// Fewer alternatives narrow more, then longer terms.
fn rank(needs: &[Need]) -> (std::cmp::Reverse<usize>, usize) {
    let shortest = needs.iter().flat_map(|need| &need.terms).map(String::len).min().unwrap_or(0);
    (std::cmp::Reverse(count(needs)), shortest)
}

/// Of these needs one is met by every row that the predicate is true of.
fn needs(predicate: &Predicate, origins: &Origins) -> Option<Vec<Need>> {
    match predicate {
        Predicate::OrFalse(inner) => needs(inner, origins),
        Predicate::All(parts) => {
            let found = parts.iter().filter_map(|part| needs(part, origins));
            found.reduce(|best, next| if rank(&next) > rank(&best) { next } else { best })
        }
        Predicate::Any(parts) => {
            let mut all: Vec<Need> = Vec::new();
            for part in parts {
                merge(&mut all, needs(part, origins)?);
            }
            Some(all)
        }
        Predicate::Text { left, comparison, right: Text::Literal(literal) } => {
            let (start, end, case) = match comparison {
                TextComparison::Equals(case) => (true, true, *case),
                TextComparison::Contains(case) => (false, false, *case),
                TextComparison::StartsWith(case) => (true, false, *case),
                TextComparison::EndsWith(case) => (false, true, *case),
            };
            of_column(left, term(literal, start, end)?, case, origins)
        }
        Predicate::TextIn { left, values, case } => {
            let mut all: Vec<Need> = Vec::new();
            for value in values {
                merge(&mut all, of_column(left, term(value, true, true)?, *case, origins)?);
            }
            Some(all)
        }
        Predicate::Matches { text, pattern: Pattern::Like { pattern, folded } } => {
            let last = pattern.0.len().checked_sub(1)?;
            let literals = pattern.0.iter().enumerate().filter_map(|(index, piece)| match piece {
                Piece::Literal(text) => term(text, index == 0, index == last),
                Piece::AnyRun | Piece::AnyOne => None,
            });
            of_column(text, longest(literals)?, if *folded { Case::Folded } else { Case::Exact }, origins)
        }
        // What an expression implies is not read from it.
        Predicate::Matches { pattern: Pattern::Shared(_) | Pattern::Fixed(_), .. }
        | Predicate::Text { .. }
        | Predicate::Constant(_)
        | Predicate::Not(_)
        | Predicate::InList { .. }
        | Predicate::Has { .. }
        | Predicate::Compare { .. }
        | Predicate::NumberIn { .. }
        | Predicate::Flag { .. }
        | Predicate::SameFlag(..)
        | Predicate::InAnyRange { .. }
        | Predicate::SameAddress { .. }
        | Predicate::IsEmpty(_)
        | Predicate::IsNotEmpty(_)
        | Predicate::IsNull(_)
        | Predicate::IsNotNull(_)
        | Predicate::IsObject(_)
        | Predicate::AnyColumn { .. }
        | Predicate::TimeOfDay { .. }
        | Predicate::Weekday { .. }
        | Predicate::Holds(_) => None,
    }
}

fn of_column(text: &Text, term: &str, case: Case, origins: &Origins) -> Option<Vec<Need>> {
    let Text::Column(_) = text else { return None };
    let columns = origins.of_text(text)?;
    Some(columns.into_iter().map(|column| Need { column, terms: vec![term.to_owned()], case }).collect())
}

fn merge(all: &mut Vec<Need>, more: Vec<Need>) {
    for need in more {
        let Some(known) = all.iter_mut().find(|known| known.column == need.column && known.case == need.case) else {
            all.push(need);
            continue;
        };
        let mut seen: BTreeSet<String> = known.terms.iter().map(|term| folded(term, need.case)).collect();
        known.terms.extend(need.terms.into_iter().filter(|term| seen.insert(folded(term, need.case))));
    }
}

fn folded(term: &str, case: Case) -> String {
    if case == Case::Folded { term.to_ascii_lowercase() } else { term.to_owned() }
}

/// Whether a text that is the whole value holds a term that the index holds.
pub fn holds_one(value: &str) -> bool {
    value.split(|character: char| !character.is_ascii_alphanumeric()).any(|run| run.len() >= SHORTEST)
}

/// The longest whole term of a literal. `start` and `end`: whether the value begins and ends with the literal. What borders on
/// other characters than ASCII is left alone, because the page says "alphanumeric" where it once said "ASCII alphanumeric"; nor is
/// `_` counted as a border.
fn term(literal: &str, start: bool, end: bool) -> Option<&str> {
    let borders = |character: char| character.is_ascii() && !character.is_ascii_alphanumeric() && character != '_';
    let mut found = Vec::new();
    let mut from = 0;
    let mut bounded = start;
    for (at, character) in literal.char_indices().filter(|(_, character)| borders(*character)) {
        if bounded {
            found.push(&literal[from..at]);
        }
        from = at + character.len_utf8();
        bounded = true;
    }
    if bounded && end {
        found.push(&literal[from..]);
    }
    longest(found.into_iter())
}

fn longest<'t>(terms: impl Iterator<Item = &'t str>) -> Option<&'t str> {
    let whole = |term: &&str| {
        term.len() >= SHORTEST
            && term.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && !COMMON.iter().any(|common| term.eq_ignore_ascii_case(common))
    };
    terms.filter(whole).reduce(|best, term| if term.len() > best.len() { term } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_literal_bounds_is_a_term() {
        let cases: &[(&str, bool, bool, Option<&str>)] = &[
            (r"\vssadmin.exe", false, true, Some("vssadmin")),
            ("vssadmin.exe", false, true, None),
            ("vssadmin.exe", true, true, Some("vssadmin")),
            ("delete shadows", false, false, None),
            (" delete shadows ", false, false, Some("shadows")),
            ("vssadmin delete shadows", false, false, Some("delete")),
            ("a-bc-d", true, true, None),
            (r"\my_tool\", false, false, None),
            (r"\_tool\", false, false, None),
            (r"\überall\", false, false, None),
            ("\u{e9}tool ", false, false, None),
            (r"\naïve.ocx", false, true, Some("ocx")),
            ("", true, true, None),
            ("whoami", true, true, Some("whoami")),
            ("whoami", true, false, None),
            // The letters of UTF-16 stand alone, between zeros.
            ("w\0h\0o\0a\0m\0i\0", true, true, None),
            // Base64 is one run, and what stands beside it belongs to it.
            ("d2hvYW1p", false, false, None),
            (r"C:\Windows\System32\", true, false, None),
            (r"\Windows\Temp\kiwi.dll", false, true, Some("kiwi")),
        ];
        for (literal, start, end, expected) in cases {
            assert_eq!(term(literal, *start, *end), *expected, "{literal} {start} {end}");
        }
    }

    #[test]
    fn a_computed_text_leads_to_the_columns_that_hold_it() {
        let column = |name: &str, kind| Text::Column(Column::new(name, kind));
        let raw = || column("EventData", ColumnType::String);
        let xml = || {
            super::super::conversions::xml_text(Text::Extract {
                pattern: Pattern::Fixed(Fixed::XmlData("TaskName".into())),
                group: 1,
                from: Box::new(raw()),
            })
        };
        let of = |text: Text| {
            let mut origins = Origins::default();
            origins.add(&[("Computed".into(), Scalar::Text(text))]);
            let found = origins.of_text(&column("Computed", ColumnType::String));
            found.map(|columns| columns.into_iter().map(|column| column.name).collect::<Vec<_>>())
        };
        assert_eq!(of(xml()), Some(vec!["EventData".into()]));
        assert_eq!(
            of(Text::Coalesce(vec![column("TaskName", ColumnType::String), xml()])),
            Some(vec!["TaskName".into(), "EventData".into()])
        );
        // A backslash and a name behind a domain: the terms are those of two columns, and one of them alone holds neither.
        assert_eq!(of(Text::Concat(vec![raw(), Text::Literal("\\".into()), raw()])), None);
        // Of a value inside of JSON it is not said how the column's text spells it.
        let dynamic = Scalar::Dynamic(super::super::ast::Dynamic::Column(Column::new("Status", ColumnType::Dynamic)));
        assert_eq!(of(Text::Of(Box::new(dynamic))), None);
        let mut origins = Origins::default();
        assert_eq!(origins.of_text(&column("Status", ColumnType::Dynamic)), None);
        // What is replaced by a letter joins what stands beside it.
        assert_eq!(of(Text::Replace { from: Box::new(xml()), this: "&x;".into(), with: "x".into() }), None);
        assert_eq!(of(Text::Without { from: Box::new(raw()), pattern: Pattern::Fixed(Fixed::LastComma) }), None);
        origins.add(&[("Computed".into(), Scalar::Text(Text::Literal("kept".into())))]);
        assert_eq!(origins.of_text(&column("Computed", ColumnType::String)), None);
    }
}
