//! Conversions of columns that a query holds as functions of its own, because they are long: `let` before the query.

use super::ast::{Body, Column, Function, Number, Rewrite, Scalar, Sure, Text, TextComparison};
use super::pattern::{Fixed, Pattern};
use crate::ir::Case;
use crate::schema::columns::ColumnType;

/// The characters of XML's own entities.
pub const XML_TEXT: &str = "xml_text";
/// A registry key as Sysmon writes it.
pub const REGISTRY_PATH: &str = "registry_path";
/// A registry value's data as Sysmon writes it.
pub const REGISTRY_DATA: &str = "registry_data";

/// The function of a name that computed columns call.
pub fn function(name: &str) -> Option<Function> {
    match name {
        XML_TEXT => Some(xml_text()),
        REGISTRY_PATH => Some(registry_path()),
        REGISTRY_DATA => Some(registry_data()),
        _ => None,
    }
}

fn parameter(name: &str) -> (Column, Text) {
    let column = Column::new(name, ColumnType::String);
    (column.clone(), Text::Column(column))
}

/// W3C XML 1.0, section 4.6; and the line breaks that attributes and texts of Windows events are written with.
fn xml_text() -> Function {
    let (column, raw) = parameter("raw");
    // `&amp;` last, so that `&amp;lt;` becomes `&lt;`.
    let entities =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#xD;", "\r"), ("&#xA;", "\n"), ("&amp;", "&")];
    let text = entities.into_iter().fold(raw, |from, (this, with)| Text::Replace {
        from: Box::new(from),
        this: this.to_owned(),
        with: with.to_owned(),
    });
    Function { name: XML_TEXT.to_owned(), parameters: vec![column], body: Body::Text(text) }
}

/// See [`crate::schema::Decode::Registry`].
fn registry_path() -> Function {
    let (column, key) = parameter("key");
    let replaced = |from: Text, pattern: Fixed, with: Vec<Rewrite>| Text::ReplaceMatches {
        from: Box::new(from),
        pattern: Pattern::Fixed(pattern),
        with,
    };
    let root = |from: Text, of: &'static str, short: &'static str| {
        replaced(from, Fixed::RegistryRoot(of), vec![Rewrite::Word(short), Rewrite::Group(1)])
    };
    let text = root(key, r"HKEY_LOCAL_MACHINE\SOFTWARE\Classes", "HKCR");
    let text = root(text, "HKEY_LOCAL_MACHINE", "HKLM");
    let text = root(text, "HKEY_CLASSES_ROOT", "HKCR");
    let text = root(text, "HKEY_USERS", "HKU");
    let text = replaced(text, Fixed::UserHive, vec![Rewrite::Word("HKU"), Rewrite::Group(1)]);
    let control = vec![Rewrite::Group(1), Rewrite::Word("CurrentControlSet"), Rewrite::Group(2)];
    let text = replaced(text, Fixed::ControlSet, control);
    Function { name: REGISTRY_PATH.to_owned(), parameters: vec![column], body: Body::Text(text) }
}

/// See [`crate::schema::Decode::RegistryData`].
fn registry_data() -> Function {
    let ((kind_column, kind), (data_column, data)) = (parameter("data_type"), parameter("data"));
    let literal = |text: &str| Text::Literal(text.to_owned());
    let is = |name: &str| Sure::text(kind.clone(), TextComparison::Equals(Case::Folded), literal(name));
    let number = Number::Parsed(Box::new(data.clone()));
    let numeric = || Sure::is_not_null(Scalar::Number(number.clone()));
    let hex = |digits| Text::Hex { of: Box::new(number.clone()), digits };
    let halves = Text::ReplaceMatches {
        from: Box::new(hex(16)),
        pattern: Pattern::Fixed(Fixed::FirstEight),
        with: vec![Rewrite::Group(1), Rewrite::Word("-0x")],
    };
    let empty = Sure::all(vec![Sure::is_not_empty(kind.clone()), Sure::is_empty(data.clone())]);
    let text = Text::Case {
        arms: vec![
            (Sure::all(vec![is("Dword"), numeric()]), Text::Concat(vec![literal("DWORD (0x"), hex(8), literal(")")])),
            (Sure::all(vec![is("QWord"), numeric()]), Text::Concat(vec![literal("QWORD (0x"), halves, literal(")")])),
            (is("Binary"), literal("Binary Data")),
            (empty, literal("(Empty)")),
        ],
        otherwise: Box::new(data),
    };
    Function { name: REGISTRY_DATA.to_owned(), parameters: vec![kind_column, data_column], body: Body::Text(text) }
}
