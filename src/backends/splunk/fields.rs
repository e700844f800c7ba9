//! How a rule's fields are read from a profile's columns: directly, or through an `eval` that defines them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ir::regex::RegexNode;
use crate::ir::{Condition, IndicatorSet, Kind, Number, Order, Selection, Test, TextOperator};
use crate::schema::mapping::ScopeOperator;
use crate::schema::{Decode, Field, FieldMapping, FieldType, Layout, ScalarType};

use super::ast::{FieldName, MacroName, Pattern, Predicate, Replacement, Sure, Text, Value};
use super::patterns;

/// What the lowering knows of the columns, and the definitions that it has asked for so far.
#[derive(Debug)]
pub struct Fields<'a> {
    pub layout: &'a Layout,
    pub separators: &'a [char],
    decodes: BTreeMap<&'a str, Decode>,
    /// Computed fields in the order in which they were first needed: canonical name, defined name.
    defined: RefCell<Vec<(String, FieldName)>>,
    /// What each is defined as, one step after the other.
    values: RefCell<BTreeMap<String, Vec<Value>>>,
    /// Questions to tables beside the query, each once.
    asked: RefCell<Vec<Asked>>,
}

/// One question to a table: whether the key of an event is in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    pub set: Arc<IndicatorSet>,
    pub table: MacroName,
    /// The field that the key is put into, and what it is.
    pub key: (FieldName, Value),
    /// Where the answer stands.
    pub found: FieldName,
}

impl<'a> Fields<'a> {
    pub fn new(layout: &'a Layout, selection: &'a Selection) -> Fields<'a> {
        let known = known(layout, &selection.condition);
        let decodes = layout.fields.iter().map(|(name, mapping)| {
            let given = known.iter().fold(mapping.decode.clone(), |decode, (column, values)| {
                decode.given(column, &values.iter().map(String::as_str).collect::<Vec<_>>())
            });
            (name.as_str(), given)
        });
        Fields {
            layout,
            separators: selection.separators,
            decodes: decodes.collect(),
            defined: RefCell::default(),
            values: RefCell::default(),
            asked: RefCell::default(),
        }
    }

    pub fn mapping(&self, field: &Field) -> Option<&'a FieldMapping> {
        self.layout.fields.get(&*field.name)
    }

    /// How the field is read, where the condition's own event numbers are known.
    pub fn decode(&self, field: &Field) -> Option<&Decode> {
        self.decodes.get(&*field.name)
    }

    pub fn is_full_path(&self, field: &Field) -> bool {
        self.mapping(field).is_some_and(|mapping| mapping.full_path)
    }

    pub fn never_stores_empty(&self, field: &Field) -> bool {
        self.mapping(field).is_some_and(|mapping| mapping.never_stores_empty)
    }

    /// Whether the column writes integers as `0x3e7`.
    pub fn is_hex(&self, field: &Field) -> bool {
        field.kind.scalar == ScalarType::HexInteger || self.decode(field).is_some_and(has_hex)
    }

    /// The column that holds the text of all hashes, for a field that is read from it or is it.
    pub fn hash_text(&self, field: &Field) -> Option<FieldName> {
        match (self.decode(field)?, field.kind.scalar) {
            (Decode::HashIn { column, data: None, .. }, _) => FieldName::new(column),
            (Decode::Column(column), ScalarType::Hash(_)) => FieldName::new(column).filter(|_| false),
            (Decode::Column(column), _) => FieldName::new(column),
            _ => None,
        }
    }

    /// The column that holds the value as it is, if there is one.
    pub fn column(&self, field: &Field) -> Option<FieldName> {
        match self.decode(field)? {
            Decode::Column(column) | Decode::Hex(column) => FieldName::new(column),
            _ => None,
        }
    }

    /// The name under which `where` finds the field's value; a computed one is defined by the next `eval`.
    pub fn name(&self, field: &Field) -> FieldName {
        if let Some(column) = self.column(field) {
            return column;
        }
        self.define(field)
    }

    /// The column to show for the field, which for hashes is the text of all of them.
    pub fn shown(&self, field: &Field) -> Option<FieldName> {
        match self.decode(field)? {
            Decode::Absent(_) => None,
            Decode::HashIn { column, data: None, .. } => FieldName::new(column),
            _ => Some(self.name(field)),
        }
    }

    fn define(&self, field: &Field) -> FieldName {
        let known = self.defined.borrow().iter().find(|(canonical, _)| canonical == &*field.name).map(|(_, name)| name.clone());
        if let Some(name) = known {
            return name;
        }
        // The definition must not hide a column that another field is read from.
        let others = self.decodes.iter().filter(|(name, _)| **name != &*field.name);
        let is_read = others.flat_map(|(_, decode)| decode.columns()).any(|column| column == &*field.name);
        let name = if is_read { [&*field.name, "_value"].concat() } else { (*field.name).to_owned() };
        // Names that cannot be written are refused before (`Losses`).
        let name = FieldName::new(&name).unwrap_or_else(FieldName::raw);
        self.defined.borrow_mut().push(((*field.name).to_owned(), name.clone()));
        if let Some(decode) = self.decode(field) {
            let steps = match decode {
                Decode::XmlValues(column) => xml_values(column, &name),
                decode => vec![value(decode, self.separators)],
            };
            self.values.borrow_mut().insert((*field.name).to_owned(), steps);
        }
        name
    }

    /// Asks a table, once for each key.
    pub fn ask(&self, asked: Asked) {
        let mut known = self.asked.borrow_mut();
        if !known.iter().any(|other| other.found == asked.found) {
            known.push(asked);
        }
    }

    /// The questions that were asked.
    pub fn take_asked(&self) -> Vec<Asked> {
        self.asked.take()
    }

    /// A name for a field that only this query has, made of a field's name: no column of the profile's has it.
    pub fn own_name(&self, of: &str, what: &str) -> Option<FieldName> {
        let plain: String = of.chars().map(|each| if each.is_ascii_alphanumeric() { each } else { '_' }).collect();
        let mut name = [&plain, "_", what].concat();
        while self.decodes.values().flat_map(Decode::columns).any(|column| column == name) {
            name.push('_');
        }
        FieldName::new(&name)
    }

    /// The definitions asked for since the last call.
    pub fn take_definitions(&self, done: &mut usize) -> Vec<(FieldName, Value)> {
        let defined = self.defined.borrow();
        let values = self.values.borrow();
        let new = defined.iter().skip(*done);
        let found = new
            .flat_map(|(canonical, name)| values.get(canonical).into_iter().flatten().map(|value| (name.clone(), value.clone())))
            .collect();
        *done = defined.len();
        found
    }
}

/// The values that columns are known to have: what the log source asks of them, and the author at the top of the condition
/// (`EventID == 4624`).
fn known(layout: &Layout, condition: &Condition) -> Vec<(String, Vec<String>)> {
    let scope = layout.scope.conditions.iter().filter(|condition| condition.operator == ScopeOperator::IsOneOf);
    let mut known: Vec<(String, Vec<String>)> =
        scope.map(|condition| (condition.column.clone(), condition.values.clone())).collect();
    let parts = match &condition.kind {
        Kind::All(parts) => parts.as_slice(),
        Kind::Constant(_) | Kind::Any(_) | Kind::Not(_) | Kind::Test(_) => std::slice::from_ref(condition),
    };
    for part in parts {
        let Kind::Test(Test::Number { field, order: Order::Equal, values }) = &part.kind else { continue };
        let Some(FieldMapping { decode: Decode::Column(column), .. }) = layout.fields.get(&*field.name) else { continue };
        let integers: Vec<String> = values
            .iter()
            .filter_map(|value| match value {
                Number::Integer(value) => Some(value.to_string()),
                Number::Float(_) => None,
            })
            .collect();
        if field.kind == FieldType::scalar(ScalarType::Integer) && integers.len() == values.len() {
            known.push((column.clone(), integers));
        }
    }
    known
}

fn has_hex(decode: &Decode) -> bool {
    match decode {
        Decode::Hex(_) => true,
        Decode::Coalesce(parts) => parts.iter().any(has_hex),
        Decode::After { value, .. } => has_hex(value),
        Decode::Case { arms, otherwise, .. } => {
            arms.iter().any(|(_, decode)| has_hex(decode)) || otherwise.iter().any(|decode| has_hex(decode))
        }
        Decode::Column(_)
        | Decode::Element { .. }
        | Decode::Account { .. }
        | Decode::Path { .. }
        | Decode::Constant(_)
        | Decode::Json { .. }
        | Decode::XmlData { .. }
        | Decode::XmlValues(_)
        | Decode::HashIn { .. }
        | Decode::Hashes(_)
        | Decode::Registry { .. }
        | Decode::RegistryData { .. }
        | Decode::UrlHost(_)
        | Decode::Absent(_) => false,
    }
}

/// Every column of the conversion can be written, and every text in it.
pub fn is_writable(decode: &Decode) -> bool {
    decode.columns().iter().all(|column| FieldName::new(column).is_some())
        && match decode {
            Decode::Constant(constant) => Text::new(constant).is_some(),
            Decode::Coalesce(parts) => parts.iter().all(is_writable),
            Decode::Case { arms, otherwise, .. } => {
                arms.iter().all(|(_, decode)| is_writable(decode)) && otherwise.iter().all(|decode| is_writable(decode))
            }
            Decode::Column(_)
            | Decode::Element { .. }
            | Decode::Account { .. }
            | Decode::Path { .. }
            | Decode::Json { .. }
            | Decode::XmlData { .. }
            | Decode::XmlValues(_)
            | Decode::HashIn { data: None, .. }
            | Decode::Hashes(_)
            | Decode::UrlHost(_)
            | Decode::Hex(_)
            | Decode::Absent(_) => true,
            // Sysmon's events in Splunk hold Sysmon's own text, so no profile of Splunk converts registry keys or pipes.
            Decode::Registry { .. } | Decode::RegistryData { .. } | Decode::HashIn { data: Some(_), .. } => false,
            Decode::After { value, .. } => is_writable(value),
        }
}

fn column(name: &str) -> Value {
    FieldName::new(name).map_or(Value::Null, Value::Field)
}

fn text(text: &str) -> Value {
    Text::new(text).map_or(Value::Null, Value::Text)
}

fn is_null(name: &str) -> Predicate {
    Predicate::IsNull(column(name))
}

fn choose(test: Predicate, then: Value, otherwise: Value) -> Value {
    Value::If { test: Box::new(test), then: Box::new(then), otherwise: Box::new(otherwise) }
}

/// The canonical value of a field as an expression over columns: null where the field is absent.
fn value(decode: &Decode, separators: &[char]) -> Value {
    match decode {
        Decode::Column(name) => column(name),
        Decode::Coalesce(parts) => Value::Coalesce(parts.iter().map(|part| value(part, separators)).collect()),
        Decode::Element { column, index } => {
            FieldName::new(column).map_or(Value::Null, |field| Value::Element { field, index: *index })
        }
        // The concatenation with a null is null: absent where the name is.
        Decode::Account { domain, name } => {
            choose(is_null(domain), column(name), Value::Joined(vec![column(domain), text("\\"), column(name)]))
        }
        Decode::Path { folder, name } => {
            choose(is_null(folder), column(name), Value::Joined(vec![column(folder), text("\\"), column(name)]))
        }
        Decode::Constant(constant) => text(constant),
        Decode::Json { column, path } => match (FieldName::new(column), Text::new(&path.join("."))) {
            (Some(field), Some(path)) => Value::Path { field, path },
            _ => Value::Null,
        },
        Decode::XmlData { column: name, name: data } => xml_data(column(name), data),
        // No profile of Splunk reads a hash from XML.
        Decode::HashIn { data: Some(_), .. } => Value::Null,
        Decode::HashIn { column: name, data: None, algorithm } => {
            let digits = patterns::repeat(patterns::none_of(&[',']), 1, None);
            let found = Predicate::Match(column(name).lower(), patterns::hash_in(algorithm, digits));
            choose(found, hash_value(column(name), algorithm), Value::Null)
        }
        Decode::Hashes(parts) => Value::List {
            parts: parts
                .iter()
                .map(|(algorithm, name)| {
                    choose(is_null(name), Value::Null, Value::Joined(vec![text(&[algorithm, "="].concat()), column(name)]))
                })
                .collect(),
            separator: Text::new(",").unwrap_or_else(empty),
        },
        Decode::Case { column: name, arms, otherwise } => {
            // Words with the same conversion share an arm; the words differ, so their order does not matter.
            let mut grouped: Vec<(Vec<String>, &Decode)> = Vec::new();
            for (word, decode) in arms {
                match grouped.iter_mut().find(|(_, known)| *known == decode) {
                    Some((words, _)) => words.push(patterns::lower(word)),
                    None => grouped.push((vec![patterns::lower(word)], decode)),
                }
            }
            let mut cases: Vec<(Predicate, Value)> = grouped
                .into_iter()
                .map(|(words, decode)| {
                    let folds = words.iter().any(|word| patterns::has_letter(word));
                    let subject = if folds { column(name).lower() } else { column(name) };
                    let pattern = patterns::text(TextOperator::Equals, &words, separators);
                    (Predicate::Match(subject, pattern), value(decode, separators))
                })
                .collect();
            if let Some(otherwise) = otherwise {
                cases.push((Sure::constant(true).into_predicate(), value(otherwise, separators)));
            }
            Value::Case(cases)
        }
        Decode::UrlHost(name) => {
            let scheme = Pattern::whole(RegexNode::Concat(vec![
                RegexNode::Start,
                patterns::repeat(patterns::none_of(&['/', ':', '?', '#']), 0, None),
                patterns::literal("://"),
            ]));
            let rest = Pattern::whole(RegexNode::Concat(vec![
                patterns::class(&[('/', '/'), (':', ':'), ('?', '?'), ('#', '#')]),
                patterns::repeat(RegexNode::Dot, 0, None),
                RegexNode::End,
            ]));
            let host = without(without(column(name), scheme), rest);
            let filled = Predicate::Compare(host.clone().length(), Order::Greater, Value::Integer(0));
            choose(filled, host, Value::Null)
        }
        Decode::After { prefix, value: inner } => {
            let inner = value(inner, separators);
            let start = patterns::text(TextOperator::StartsWith, &[patterns::lower(prefix)], separators);
            let behind = i64::try_from(prefix.chars().count() + 1).unwrap_or(1); // no mapping holds a longer text
            let rest = Value::Substring { value: Box::new(inner.clone()), start: Box::new(Value::Integer(behind)), length: None };
            choose(Predicate::Match(inner.clone().lower(), start), rest, inner)
        }
        // The text as it is: its readers take `0x…` and decimals, and keep all 64 bits.
        Decode::Hex(name) => column(name),
        // Refused before they come here; a list takes several steps (`xml_values`).
        Decode::Registry { .. } | Decode::RegistryData { .. } | Decode::XmlValues(_) | Decode::Absent(_) => Value::Null,
    }
}

fn empty() -> Text {
    // The empty text holds no character that could not be written.
    Text::new("").unwrap_or_else(empty)
}

/// What is left of the lower-cased text of all hashes when all up to the algorithm's name and all behind its value is gone.
fn hash_value(column: Value, algorithm: &str) -> Value {
    let any = || patterns::repeat(RegexNode::Dot, 0, None);
    let before = Pattern::whole(RegexNode::Concat(vec![
        RegexNode::Start,
        patterns::repeat(RegexNode::Concat(vec![any(), RegexNode::Literal(',')]), 0, Some(1)),
        patterns::literal(&[&algorithm.to_ascii_lowercase(), "="].concat()),
    ]));
    let behind = Pattern::whole(RegexNode::Concat(vec![RegexNode::Literal(','), any(), RegexNode::End]));
    without(without(column.lower(), before), behind)
}

fn without(value: Value, pattern: Pattern) -> Value {
    Value::Replace { value: Box::new(value), pattern, with: Replacement::Nothing }
}

/// The text of `<Data Name='N'>…</Data>`, its entities resolved.
fn xml_data(xml: Value, name: &str) -> Value {
    let any = || patterns::repeat(RegexNode::Dot, 0, None);
    let open = RegexNode::Concat(vec![
        patterns::literal("<Data Name="),
        patterns::class(&[('\'', '\''), ('"', '"')]),
        patterns::literal(name),
        patterns::class(&[('\'', '\''), ('"', '"')]),
        RegexNode::Literal('>'),
    ]);
    let found = Predicate::Match(xml.clone(), Pattern::whole(open.clone()));
    let before = Pattern::whole(RegexNode::Concat(vec![RegexNode::Start, any(), open]));
    let behind = Pattern::whole(RegexNode::Concat(vec![patterns::literal("</Data>"), any(), RegexNode::End]));
    let value = characters(without(without(xml, before), behind));
    choose(found, value, Value::Null)
}

/// The text that stands in XML: its entities are characters again.
fn characters(mut value: Value) -> Value {
    // `&amp;` comes last: what it makes is text.
    for (entity, character) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")] {
        let with = Text::new(character).map_or(Replacement::Nothing, Replacement::Text);
        value = Value::Replace { value: Box::new(value), pattern: Pattern::whole(patterns::literal(entity)), with };
    }
    value
}

/// The texts of the `<Data>` elements without a name, in three steps: what stands before each `</Data>`; of these what begins an
/// element without a name and has a character in it; and what stands in that, its entities resolved after the elements are apart.
fn xml_values(column: &str, name: &FieldName) -> Vec<Value> {
    let open = || patterns::literal("<Data>");
    let filled = Pattern::whole(RegexNode::Concat(vec![open(), RegexNode::Dot]));
    let before = Pattern::whole(RegexNode::Concat(vec![RegexNode::Start, patterns::repeat(RegexNode::Dot, 0, None), open()]));
    vec![
        Value::Split { value: Box::new(self::column(column)), at: Box::new(text("</Data>")) },
        Value::Filter(Box::new(Predicate::Match(Value::field(name), filled))),
        Value::Map { field: name.clone(), value: Box::new(characters(without(Value::field(name), before))) },
    ]
}
