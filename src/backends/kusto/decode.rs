//! From a field of the hunt to an expression over columns that yields its canonical value (architecture.md, "A mapping is an
//! expression, not a name").

use std::collections::BTreeMap;

use super::ast::{Column, Dynamic, Maybe, Moment, Number, Scalar, Sure, Text};
use super::empty::EmptyMeans;
use super::pattern::{Fixed, Pattern};
use super::{conversions, escape};
use crate::ir::Case;
use crate::schema::columns::{self, ColumnType};
use crate::schema::mapping::{self, FieldMapping, Place, ScopeOperator};
use crate::schema::{Decode, Field, Layout, ScalarType, Target};

/// A field's value as the query sees it.
#[derive(Clone, Debug)]
pub enum Value {
    Text(TextValue),
    Number(Number),
    Flag(Flag),
    Moment(Moment),
    /// An array of elements.
    List(Dynamic),
}

#[derive(Clone, Debug)]
pub struct TextValue {
    pub text: Text,
    pub presence: PresenceOf,
}

/// How the query tells whether a text is there.
#[derive(Clone, Debug, PartialEq)]
pub enum PresenceOf {
    /// `""` is absent, or the difference vanishes.
    Text,
    /// The same, because the product never stores an empty text.
    NeverEmpty,
    /// It always is.
    Always,
    /// By the null of a JSON value.
    Dynamic(Dynamic),
}

/// A boolean as it is stored.
#[derive(Clone, Debug)]
pub enum Flag {
    Column(Column),
    /// `true` or `false`, in any case (S1.3).
    Text(Text),
    /// 1 or 0.
    Number(Number),
}

/// A `case` over a column, narrowed to the values that the log source's rows can have.
pub struct Arms<'a> {
    pub column: Column,
    /// Values of the column, and what the field is there; `None` is absent.
    pub arms: Vec<(Vec<String>, Option<&'a Decode>)>,
    /// For every other value; `None` where there are no others.
    pub otherwise: Option<Option<&'a Decode>>,
    /// Values compare exactly, because they are the product's own spelling.
    pub exact: bool,
}

/// Reads fields through a layout, and keeps the columns that have to be computed.
pub struct Columns<'a> {
    pub layout: &'a Layout,
    pub product: Target,
    pub table: &'a str,
    /// The table whose columns the types come from: the product's own, where a site has another name for it.
    typed_by: String,
    /// Computed columns, in the order of first use.
    pub computed: Vec<(String, Scalar)>,
    by_field: BTreeMap<String, Value>,
    taken: Vec<String>,
}

impl<'a> Columns<'a> {
    pub fn new(layout: &'a Layout, product: Target) -> Self {
        let table = match &layout.scope.place {
            Place::Table(table) | Place::Macro { name: table, .. } => table,
        };
        let typed_by = match mapping::layout(layout.profile, &layout.source) {
            Ok(own) if columns::columns_of(product, table).next().is_none() => own.scope.place.columns().to_owned(),
            Ok(_) | Err(_) => table.clone(),
        };
        Columns { layout, product, table, typed_by, computed: Vec::new(), by_field: BTreeMap::new(), taken: Vec::new() }
    }

    pub fn mapping(&self, field: &Field) -> Option<&'a FieldMapping> {
        self.layout.fields.get(&*field.name)
    }

    /// The type of a column that the table is known to have.
    pub fn kind(&self, name: &str) -> Option<ColumnType> {
        columns::kind_of(self.product, &self.typed_by, name)
    }

    /// A column of the table. One that the product's list lacks (a site's own) is text.
    pub fn column(&self, name: &str) -> Column {
        Column::new(name, self.kind(name).unwrap_or(ColumnType::String))
    }

    /// The column of the event's time (S5.1).
    pub fn time(&self) -> Column {
        let name = match self.product {
            Target::Defender => "Timestamp",
            Target::Sentinel | Target::Sigma | Target::Splunk => "TimeGenerated",
        };
        Column::new(name, ColumnType::Datetime)
    }

    /// What the empty text means in this field (see [`super::empty`]).
    pub fn empty_means(&self, field: &Field) -> EmptyMeans {
        let Some(mapping) = self.mapping(field) else { return EmptyMeans::Distinct };
        if !is_text(field) || field.kind.list || self.json_of(&mapping.decode).is_some() {
            return EmptyMeans::Distinct;
        }
        if mapping.always_present || matches!(mapping.decode, Decode::Constant(_)) {
            EmptyMeans::Empty
        } else if mapping.never_stores_empty {
            EmptyMeans::Absent
        } else {
            EmptyMeans::Unknown
        }
    }

    /// The field's value; computed columns are added as they are needed. `None`: the profile does not keep the field.
    pub fn value(&mut self, field: &Field) -> Option<Value> {
        if let Some(value) = self.by_field.get(&*field.name) {
            return Some(value.clone());
        }
        let mapping = self.mapping(field)?;
        if let Decode::Absent(_) = mapping.decode {
            return None;
        }
        let value = self.read(field, mapping);
        self.by_field.insert(field.name.to_string(), value.clone());
        Some(value)
    }

    /// The field's value from now on, where it has been computed.
    pub fn remember(&mut self, field: &Field, value: Value) {
        self.by_field.insert(field.name.to_string(), value);
    }

    fn read(&mut self, field: &Field, mapping: &'a FieldMapping) -> Value {
        if field.kind.list {
            return Value::List(self.array_of(&mapping.decode));
        }
        match field.kind.scalar {
            ScalarType::Integer => Value::Number(self.keep_number(field, &mapping.decode, &Fixed::Integer, ColumnType::Long)),
            ScalarType::HexInteger => {
                Value::Number(self.keep_number(field, &mapping.decode, &Fixed::HexInteger, ColumnType::Long))
            }
            ScalarType::Float => Value::Number(self.keep_number(field, &mapping.decode, &Fixed::Float, ColumnType::Real)),
            ScalarType::Boolean => match &mapping.decode {
                Decode::Column(name) => match self.column(name) {
                    column if column.kind == ColumnType::Bool => Value::Flag(Flag::Column(column)),
                    column if is_number(column.kind) => Value::Flag(Flag::Number(Number::Column(column))),
                    _ => Value::Flag(Flag::Text(self.keep_text(field, &mapping.decode))),
                },
                decode => Value::Flag(Flag::Text(self.keep_text(field, decode))),
            },
            ScalarType::Time => match &mapping.decode {
                Decode::Column(name) if self.column(name).kind == ColumnType::Datetime => {
                    Value::Moment(Moment::Column(self.column(name)))
                }
                decode => self.text_value(field, mapping, decode),
            },
            ScalarType::String | ScalarType::Ip | ScalarType::Path | ScalarType::Hash(_) | ScalarType::Object => {
                self.text_value(field, mapping, &mapping.decode)
            }
        }
    }

    fn text_value(&mut self, field: &Field, mapping: &'a FieldMapping, decode: &'a Decode) -> Value {
        let presence = match self.json_of(decode) {
            Some(json) => PresenceOf::Dynamic(json),
            None if mapping.always_present || matches!(decode, Decode::Constant(_)) => PresenceOf::Always,
            None if mapping.never_stores_empty => PresenceOf::NeverEmpty,
            None => PresenceOf::Text,
        };
        Value::Text(TextValue { text: self.keep_text(field, decode), presence })
    }

    /// The text of a decode: in place where it is a column, else a column of its own.
    fn keep_text(&mut self, field: &Field, decode: &'a Decode) -> Text {
        let text = self.text_of(decode);
        match text {
            Text::Column(_) | Text::Literal(_) => text,
            Text::Of(ref inner)
                if matches!(**inner, Scalar::Number(Number::Column(_)) | Scalar::Moment(_) | Scalar::Other(_)) =>
            {
                text
            }
            text => Text::Column(self.compute(&field.name, ColumnType::String, Scalar::Text(text))),
        }
    }

    fn keep_number(&mut self, field: &Field, decode: &'a Decode, form: &Fixed, kind: ColumnType) -> Number {
        match self.number_of(decode, form, kind) {
            number @ (Number::Column(_) | Number::Null) => number,
            number => Number::Column(self.compute(&field.name, kind, Scalar::Number(number))),
        }
    }

    /// Adds a computed column; its name is the field's, unless the table has a column of that name.
    fn compute(&mut self, field: &str, kind: ColumnType, value: Scalar) -> Column {
        let name = self.free_name(field);
        self.computed.push((name.clone(), value));
        Column::new(name, kind)
    }

    /// A name that no column of the query has.
    pub fn free_name(&mut self, wanted: &str) -> String {
        let mut name: String =
            wanted.chars().map(|character| if character.is_ascii_alphanumeric() { character } else { '_' }).collect();
        if !escape::is_identifier(&name) {
            name.insert(0, '_');
        }
        while self.kind(&name).is_some() || self.taken.contains(&name) {
            name.push_str("_hunt");
        }
        self.taken.push(name.clone());
        name
    }

    /// The JSON value that a text stands for, where absent is told from empty by null.
    fn json_of(&self, decode: &Decode) -> Option<Dynamic> {
        match decode {
            Decode::Json { column, path } => Some(self.json(column, path)),
            Decode::Column(name) if self.column(name).kind == ColumnType::Dynamic => Some(Dynamic::Column(self.column(name))),
            Decode::Column(_)
            | Decode::Coalesce(_)
            | Decode::Element { .. }
            | Decode::Account { .. }
            | Decode::Path { .. }
            | Decode::Constant(_)
            | Decode::XmlData { .. }
            | Decode::XmlValues(_)
            | Decode::HashIn { .. }
            | Decode::Hashes(_)
            | Decode::Registry { .. }
            | Decode::RegistryData { .. }
            | Decode::Case { .. }
            | Decode::UrlHost(_)
            | Decode::After { .. }
            | Decode::Hex(_)
            | Decode::Absent(_) => None,
        }
    }

    /// `parse_json(tostring(C)).a.b`, which is right whether the column is text or dynamic.
    fn json(&self, column: &str, path: &[String]) -> Dynamic {
        let parsed = Dynamic::ParseJson(Box::new(self.text_of_column(column)));
        path.iter().fold(parsed, |inner, name| Dynamic::Member(Box::new(inner), name.clone()))
    }

    fn array_of(&self, decode: &Decode) -> Dynamic {
        self.json_of(decode).unwrap_or_else(|| Dynamic::ParseJson(Box::new(self.text_of(decode))))
    }

    fn text_of_column(&self, name: &str) -> Text {
        let column = self.column(name);
        match column.kind {
            ColumnType::String | ColumnType::Text | ColumnType::Multivalue => Text::Column(column),
            ColumnType::Int | ColumnType::Long | ColumnType::Real => Text::Of(Box::new(Scalar::Number(Number::Column(column)))),
            // `tostring(true)` is `True`; the canonical text is JSON's (S1.3).
            ColumnType::Bool => Text::Lower(Box::new(Text::Of(Box::new(Scalar::Other(column))))),
            ColumnType::Datetime => Text::Of(Box::new(Scalar::Moment(Moment::Column(column)))),
            ColumnType::Timespan | ColumnType::Guid => Text::Of(Box::new(Scalar::Other(column))),
            ColumnType::Dynamic => Text::Of(Box::new(Scalar::Dynamic(Dynamic::Column(column)))),
        }
    }

    /// The canonical text of a decode; absent is the empty text.
    pub fn text_of(&self, decode: &Decode) -> Text {
        let literal = |text: &str| Text::Literal(text.to_owned());
        match decode {
            Decode::Column(name) | Decode::Hex(name) => self.text_of_column(name),
            Decode::Coalesce(parts) => Text::Coalesce(parts.iter().map(|part| self.text_of(part)).collect()),
            Decode::Element { column, index } => {
                let items = Dynamic::ParseJson(Box::new(self.text_of_column(column)));
                Text::Of(Box::new(Scalar::Dynamic(Dynamic::Item(Box::new(items), *index))))
            }
            Decode::Account { domain, name } => self.joined(domain, name),
            Decode::Path { folder, name } => self.joined(folder, name),
            Decode::Constant(value) => literal(value),
            Decode::Json { column, path } => Text::Of(Box::new(Scalar::Dynamic(self.json(column, path)))),
            Decode::XmlData { column, name } => self.xml_data(column, name),
            Decode::HashIn { column, data, algorithm } => {
                let text = match data {
                    Some(name) => self.xml_data(column, name),
                    None => self.text_of_column(column),
                };
                self.hash_in(text, algorithm)
            }
            Decode::Hashes(parts) => {
                let parts = parts.iter().map(|(algorithm, column)| {
                    let value = self.text_of_column(column);
                    Text::If {
                        condition: Box::new(Sure::is_not_empty(value.clone())),
                        then: Box::new(Text::Concat(vec![literal(algorithm), literal("="), value, literal(",")])),
                        otherwise: Box::new(literal("")),
                    }
                });
                Text::Without { from: Box::new(Text::Concat(parts.collect())), pattern: Pattern::Fixed(Fixed::LastComma) }
            }
            Decode::Registry { key, value } => self.registry(key, value.as_deref()),
            Decode::RegistryData { kind, data } => {
                conversions::registry_data(self.text_of_column(kind), self.text_of_column(data))
            }
            Decode::Case { column, arms, otherwise } => {
                let arms = self.arms(column, arms, otherwise.as_deref());
                let text = |decode: Option<&Decode>| decode.map_or_else(|| literal(""), |decode| self.text_of(decode));
                let mut spelled: Vec<(Sure, Text)> =
                    arms.arms.iter().map(|(values, decode)| (arms.holds(values).guard(), text(*decode))).collect();
                let otherwise = match (arms.otherwise, spelled.pop()) {
                    (Some(decode), last) => {
                        spelled.extend(last);
                        text(decode)
                    }
                    (None, Some((_, last))) => last,
                    (None, None) => literal(""),
                };
                if spelled.is_empty() { otherwise } else { Text::Case { arms: spelled, otherwise: Box::new(otherwise) } }
            }
            Decode::UrlHost(column) => Text::Extract {
                pattern: Pattern::Fixed(Fixed::UrlHost),
                group: 0,
                from: Box::new(Text::Without {
                    from: Box::new(self.text_of_column(column)),
                    pattern: Pattern::Fixed(Fixed::UrlScheme),
                }),
            },
            Decode::After { prefix, value } => {
                Text::Without { from: Box::new(self.text_of(value)), pattern: Pattern::Fixed(Fixed::Start(prefix.clone())) }
            }
            // No profile of these products reads values without a name.
            Decode::XmlValues(_) | Decode::Absent(_) => literal(""),
        }
    }

    /// The text of `<Data Name="…">` in a column of XML.
    fn xml_data(&self, column: &str, name: &str) -> Text {
        let pattern = Pattern::Fixed(Fixed::XmlData(name.to_owned()));
        conversions::xml_text(Text::Extract { pattern, group: 1, from: Box::new(self.text_of_column(column)) })
    }

    /// One algorithm's value in a text such as `MD5=…,SHA256=…`.
    pub fn hash_in(&self, text: Text, algorithm: &str) -> Text {
        Text::Extract { pattern: Pattern::Fixed(Fixed::HashOf(algorithm.to_owned())), group: 1, from: Box::new(text) }
    }

    /// Two columns with a backslash between; the second alone where the first is empty, nothing where the second is.
    fn joined(&self, first: &str, second: &str) -> Text {
        let (first, second) = (self.text_of_column(first), self.text_of_column(second));
        Text::If {
            condition: Box::new(Sure::all(vec![Sure::is_not_empty(first.clone()), Sure::is_not_empty(second.clone())])),
            then: Box::new(Text::Concat(vec![first, Text::Literal("\\".into()), second.clone()])),
            otherwise: Box::new(second),
        }
    }

    /// As Sysmon writes a registry path: see [`Decode::Registry`].
    fn registry(&self, key: &str, value: Option<&str>) -> Text {
        let key = self.text_of_column(key);
        let path = conversions::registry_path(&key);
        let Some(value) = value else { return path };
        let name = self.text_of_column(value);
        let name = Text::If {
            condition: Box::new(Sure::is_empty(name.clone())),
            then: Box::new(Text::Literal("(Default)".into())),
            otherwise: Box::new(name),
        };
        Text::If {
            condition: Box::new(Sure::is_empty(key)),
            then: Box::new(Text::Literal(String::new())),
            otherwise: Box::new(Text::Concat(vec![path, Text::Literal("\\".into()), name])),
        }
    }

    fn number_of(&self, decode: &Decode, form: &Fixed, kind: ColumnType) -> Number {
        match decode {
            Decode::Column(name) | Decode::Hex(name) if is_number(self.column(name).kind) => Number::Column(self.column(name)),
            Decode::Hex(name) => Number::Parsed(Box::new(self.text_of_column(name))),
            Decode::Case { column, arms, otherwise } => {
                let arms = self.arms(column, arms, otherwise.as_deref());
                let number = |decode: Option<&Decode>| decode.map_or(Number::Null, |decode| self.number_of(decode, form, kind));
                let mut spelled: Vec<(Sure, Number)> =
                    arms.arms.iter().map(|(values, decode)| (arms.holds(values).guard(), number(*decode))).collect();
                let otherwise = match (arms.otherwise, spelled.pop()) {
                    (Some(decode), last) => {
                        spelled.extend(last);
                        number(decode)
                    }
                    (None, Some((_, last))) => last,
                    (None, None) => Number::Null,
                };
                if spelled.is_empty() { otherwise } else { Number::Case { arms: spelled, otherwise: Box::new(otherwise) } }
            }
            Decode::Coalesce(parts) => Number::Coalesce(parts.iter().map(|part| self.number_of(part, form, kind)).collect()),
            decode if *form == Fixed::HexInteger => Number::Parsed(Box::new(self.text_of(decode))),
            decode => Number::Extract { pattern: Pattern::Fixed(form.clone()), from: Box::new(self.text_of(decode)), kind },
        }
    }

    /// Narrows a `case` to the values that the log source's scope allows in its column.
    pub fn arms<'b>(&self, column: &str, arms: &'b [(String, Decode)], otherwise: Option<&'b Decode>) -> Arms<'b> {
        let present = |decode: &'b Decode| (!matches!(decode, Decode::Absent(_))).then_some(decode);
        let otherwise = otherwise.and_then(present);
        let scope = self
            .layout
            .scope
            .conditions
            .iter()
            .find(|condition| condition.column == column && condition.operator == ScopeOperator::IsOneOf);
        let mut found: Vec<(Vec<String>, Option<&'b Decode>)> = Vec::new();
        let mut add = |value: &str, decode: Option<&'b Decode>| match found.iter_mut().find(|(_, known)| *known == decode) {
            Some((values, _)) => values.push(value.to_owned()),
            None => found.push((vec![value.to_owned()], decode)),
        };
        match scope {
            Some(scope) => {
                for value in &scope.values {
                    let arm = arms.iter().find(|(of, _)| of.eq_ignore_ascii_case(value));
                    add(value, arm.map_or(otherwise, |(_, decode)| present(decode)));
                }
                // The shorter list of values stands before the other, which needs none.
                found.sort_by_key(|(values, _)| values.len());
            }
            None => arms.iter().for_each(|(value, decode)| add(value, present(decode))),
        }
        Arms { column: self.column(column), arms: found, otherwise: scope.is_none().then_some(otherwise), exact: scope.is_some() }
    }
}

impl Arms<'_> {
    /// The column has one of the values, in the column's own type.
    pub fn holds(&self, values: &[String]) -> Maybe {
        match self.column.kind {
            ColumnType::Int | ColumnType::Long | ColumnType::Real => {
                let numbers = values.iter().filter_map(|value| value.parse().ok()).map(Number::Integer).collect();
                Maybe::number_in(Number::Column(self.column.clone()), numbers)
            }
            ColumnType::Bool => {
                let flags = values.iter().filter_map(|value| value.to_ascii_lowercase().parse().ok());
                Maybe::any(flags.map(|value| Maybe::flag(self.column.clone(), value)).collect())
            }
            ColumnType::String
            | ColumnType::Datetime
            | ColumnType::Timespan
            | ColumnType::Guid
            | ColumnType::Dynamic
            | ColumnType::Text
            | ColumnType::Multivalue => {
                let case = if self.exact { Case::Exact } else { Case::Folded };
                Sure::text_in(Text::Column(self.column.clone()), values.to_vec(), case).into()
            }
        }
    }
}

fn is_number(kind: ColumnType) -> bool {
    matches!(kind, ColumnType::Int | ColumnType::Long | ColumnType::Real)
}

/// Whether the field's values are texts, so that an empty one is a value.
fn is_text(field: &Field) -> bool {
    match field.kind.scalar {
        ScalarType::String | ScalarType::Path | ScalarType::Hash(_) | ScalarType::Ip => true,
        ScalarType::Integer
        | ScalarType::Float
        | ScalarType::Boolean
        | ScalarType::Time
        | ScalarType::HexInteger
        | ScalarType::Object => false,
    }
}

/// The value of a member of an element of a list of objects.
pub fn member_value(field: &Field, element: &Dynamic) -> Value {
    let member = field.name.split('.').fold(element.clone(), |inner, name| Dynamic::Member(Box::new(inner), name.to_owned()));
    element_value(field, member, field.kind.list)
}

/// The value of one JSON value that is read as the field's type.
pub fn element_value(field: &Field, json: Dynamic, list: bool) -> Value {
    if list {
        return Value::List(json);
    }
    let text = Text::Of(Box::new(Scalar::Dynamic(json.clone())));
    let extract = |form, kind| Number::Extract { pattern: Pattern::Fixed(form), from: Box::new(text.clone()), kind };
    match field.kind.scalar {
        ScalarType::Integer => Value::Number(extract(Fixed::Integer, ColumnType::Long)),
        ScalarType::HexInteger => Value::Number(Number::Parsed(Box::new(text))),
        ScalarType::Float => Value::Number(extract(Fixed::Float, ColumnType::Real)),
        ScalarType::Boolean => Value::Flag(Flag::Text(text)),
        ScalarType::String | ScalarType::Ip | ScalarType::Path | ScalarType::Hash(_) | ScalarType::Time | ScalarType::Object => {
            Value::Text(TextValue { text, presence: PresenceOf::Dynamic(json) })
        }
    }
}
