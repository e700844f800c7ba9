//! The material that targets are held against: witnesses of a rule's meaning, and rows as each product stores them (S8.2); and
//! whether what was emitted agrees with the hunt on them (S8.3).
//!
//! It shares no code with the backends, so that agreement between them means something.

pub mod agree;
pub mod cells;
mod decide;
mod draft;
mod encode;
pub mod layout;
mod records;
mod road;
mod samples;
mod sigma_records;
mod splice;
pub mod unpack;
pub mod witness;

pub use agree::{Agreement, Difference, Emitted, Unjudged, Verdict, agree};
pub use cells::{Cell, Row};
pub use layout::{Rendering, Shelf, Unstorable, decoys, lay_out, renderings};
pub use witness::{Purpose, Witness, Witnesses, witnesses};

use crate::ir::event::{Event, Value};
use crate::ir::{Assumption, Selection, Test, TextOperator};
use crate::schema::{Layout, ScalarType};

/// Whether an event lies outside of what an assumption allows, so that a rule that names the assumption need not be right
/// about it. The layout says of which fields a full path is assumed.
pub fn lies_outside(event: &Event, assumption: Assumption, selection: &Selection, layout: &Layout) -> bool {
    let assumed = |name: &str| layout.fields.get(name).is_some_and(|mapping| mapping.full_path);
    outside(event, assumption, selection.separators, &assumed)
}

/// The same for Sigma, which has no layout: a full path is assumed of the paths whose last part is compared.
fn lies_outside_sigma(event: &Event, assumption: Assumption, selection: &Selection) -> bool {
    let conditions = std::iter::once(&selection.condition).chain(selection.exceptions.iter().map(|each| &each.condition));
    let named: Vec<&crate::schema::Field> = conditions
        .flat_map(crate::ir::Condition::tests)
        .filter(|(test, _)| matches!(test, Test::Text { operator: TextOperator::Named, .. }))
        .flat_map(|(test, _)| test.fields())
        .filter(|field| field.kind.scalar == ScalarType::Path)
        .collect();
    outside(event, assumption, selection.separators, &|name| named.iter().any(|field| &*field.name == name))
}

fn outside(event: &Event, assumption: Assumption, separators: &[char], assumed: &dyn Fn(&str) -> bool) -> bool {
    let texts = |question: &dyn Fn(&str, &str) -> bool| {
        event.fields.iter().any(|(name, value)| match value {
            Value::Text(text) => question(name, text),
            Value::List(elements) => elements.iter().any(|element| matches!(element, Value::Text(text) if question(name, text))),
            Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Object(_) => false,
        })
    };
    match assumption {
        Assumption::AsciiText => texts(&|_, text| !text.is_ascii()),
        Assumption::NoEmptyText => texts(&|_, text| text.is_empty()),
        Assumption::FullPath => texts(&|name, text| assumed(name) && !is_full_path(text, separators)),
        // These speak of streams of events, not of one, or of what rows say of identifiers, which ours say as they are.
        Assumption::ArrivalWithin | Assumption::WindowRows | Assumption::RawIdentifiers => false,
    }
}

/// A native absolute path to a file: something stands after the last separator, and on Windows no slash takes a backslash's
/// place.
fn is_full_path(text: &str, separators: &[char]) -> bool {
    let windows = separators.contains(&'\\');
    let rooted = if windows { text.get(1..3) == Some(":\\") || text.starts_with('\\') } else { text.starts_with('/') };
    rooted && !text.ends_with(separators) && !(windows && text.contains('/'))
}

/// The fields that a selection's condition and exceptions compare, each once, in order.
pub fn tested(selection: &Selection) -> Vec<&crate::schema::Field> {
    let mut found = Vec::new();
    let conditions = std::iter::once(&selection.condition).chain(selection.exceptions.iter().map(|each| &each.condition));
    for (test, _) in conditions.flat_map(crate::ir::Condition::tests) {
        for field in test.fields() {
            if !found.contains(&field) {
                found.push(field);
            }
        }
    }
    found
}
