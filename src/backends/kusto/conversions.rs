//! Conversions of columns that take more than one function of KQL.

use super::ast::{Number, Scalar, Sure, Text, TextComparison};
use super::pattern::{Fixed, Pattern};
use crate::ir::Case;

fn literal(text: &str) -> Text {
    Text::Literal(text.to_owned())
}

/// The characters that XML's own entities stand for (W3C XML 1.0, section 4.6), and line breaks that are written as such.
pub fn xml_text(raw: Text) -> Text {
    // `&amp;` last, so that `&amp;lt;` becomes `&lt;`.
    let entities =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#xD;", "\r"), ("&#xA;", "\n"), ("&amp;", "&")];
    entities.into_iter().fold(raw, |from, (this, with)| Text::Replace {
        from: Box::new(from),
        this: this.to_owned(),
        with: with.to_owned(),
    })
}

/// See [`crate::schema::Decode::Registry`].
pub fn registry_path(key: &Text) -> Text {
    let starts = |text: Text, root: &str| Sure::text(text, TextComparison::StartsWith(Case::Folded), literal(root));
    let rest = |start: usize| Text::Substring { from: Box::new(key.clone()), start, length: None };
    // The separator at the end is there, or is put there, so that `…\ClassesRoot` is not taken for `…\Classes`.
    let root = |root: &str, short: &str| {
        let ended = Text::Concat(vec![key.clone(), literal("\\")]);
        (starts(ended, &[root, "\\"].concat()), Text::Concat(vec![literal(short), rest(root.len())]))
    };
    let user_hive = "HKEY_CURRENT_USER";
    let (machine, system, set) = ("HKEY_LOCAL_MACHINE".len(), r"\SYSTEM\".len(), "ControlSet001".len());
    let control_set = (
        Sure::matches(key.clone(), Pattern::Fixed(Fixed::ControlSet)),
        Text::Concat(vec![
            literal("HKLM"),
            Text::Substring { from: Box::new(key.clone()), start: machine, length: Some(system) },
            literal("CurrentControlSet"),
            rest(machine + system + set),
        ]),
    );
    Text::Case {
        arms: vec![
            root(r"HKEY_LOCAL_MACHINE\SOFTWARE\Classes", "HKCR"),
            control_set,
            root("HKEY_LOCAL_MACHINE", "HKLM"),
            root("HKEY_CLASSES_ROOT", "HKCR"),
            root("HKEY_USERS", "HKU"),
            (starts(key.clone(), &[user_hive, r"\S-1-"].concat()), Text::Concat(vec![literal("HKU"), rest(user_hive.len())])),
        ],
        otherwise: Box::new(key.clone()),
    }
}

/// See [`crate::schema::Decode::RegistryData`].
pub fn registry_data(kind: Text, data: Text) -> Text {
    let is = |name: &str| Sure::text(kind.clone(), TextComparison::Equals(Case::Folded), literal(name));
    let number = Number::Parsed(Box::new(data.clone()));
    let numeric = || Sure::is_not_null(Scalar::Number(number.clone()));
    let hex = |digits| Text::Hex { of: Box::new(number.clone()), digits };
    let half = |start| Text::Substring { from: Box::new(hex(16)), start, length: Some(8) };
    let empty = Sure::all(vec![Sure::is_not_empty(kind.clone()), Sure::is_empty(data.clone())]);
    Text::Case {
        arms: vec![
            (Sure::all(vec![is("Dword"), numeric()]), Text::Concat(vec![literal("DWORD (0x"), hex(8), literal(")")])),
            (
                Sure::all(vec![is("QWord"), numeric()]),
                Text::Concat(vec![literal("QWORD (0x"), half(0), literal("-0x"), half(8), literal(")")]),
            ),
            (is("Binary"), literal("Binary Data")),
            (empty, literal("(Empty)")),
        ],
        otherwise: Box::new(data),
    }
}
