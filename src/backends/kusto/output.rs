//! What a query returns: the columns that the author asked for, those that the product needs, and where each entity is found.

use super::ast::{Dynamic, Moment, Number, Scalar, Text};
use super::decode::{Columns, Flag, Value};
use crate::backends::EntityColumns;
use crate::ir::{Entity, EntityKind};
use crate::schema::{Decode, Field, ScalarType, Target};

/// Columns that name an asset in a custom detection's result, best first
/// (learn.microsoft.com/defender-xdr/custom-detection-rules, "Required columns in the query results").
const ASSETS: &[&str] =
    &["DeviceId", "AccountObjectId", "AccountUpn", "RecipientObjectId", "RecipientEmailAddress", "AccountSid", "DeviceName"];

/// The columns that the product asks of a rule's query.
pub fn required(columns: &Columns<'_>) -> Vec<String> {
    let has = |name: &&str| columns.kind(name).is_some();
    match columns.product {
        Target::Defender => {
            let asset = ASSETS.iter().copied().find(has);
            ["Timestamp", "ReportId"].into_iter().filter(has).chain(asset).map(str::to_owned).collect()
        }
        Target::Sentinel | Target::Sigma | Target::Splunk => vec!["TimeGenerated".to_owned()],
    }
}

/// The columns that show a field: those that it is made of, where they are readable; else the computed one.
pub fn shown(columns: &mut Columns<'_>, field: &Field) -> Vec<String> {
    let Some(mapping) = columns.mapping(field) else { return Vec::new() };
    match &mapping.decode {
        Decode::Absent(_) | Decode::Constant(_) => Vec::new(),
        Decode::Coalesce(parts) if parts.iter().any(|part| !matches!(part, Decode::Column(_))) => {
            column_of(columns, field).into_iter().collect()
        }
        Decode::Column(_)
        | Decode::Coalesce(_)
        | Decode::Account { .. }
        | Decode::Path { .. }
        | Decode::Hashes(_)
        | Decode::Registry { .. }
        | Decode::RegistryData { .. }
        | Decode::Case { .. } => mapping.decode.columns().into_iter().map(str::to_owned).collect(),
        Decode::Element { .. }
        | Decode::Json { .. }
        | Decode::XmlData { .. }
        | Decode::XmlValues(_)
        | Decode::HashIn { .. }
        | Decode::UrlHost(_)
        | Decode::After { .. }
        | Decode::Hex(_) => column_of(columns, field).into_iter().collect(),
    }
}

/// The one column that holds a field's value, computed where no column of the product does.
pub fn column_of(columns: &mut Columns<'_>, field: &Field) -> Option<String> {
    match columns.value(field)? {
        Value::Text(value) => match value.text {
            Text::Column(column) => Some(column.name),
            Text::Of(inner) => match *inner {
                Scalar::Number(Number::Column(column))
                | Scalar::Moment(Moment::Column(column))
                | Scalar::Dynamic(Dynamic::Column(column))
                | Scalar::Other(column) => Some(column.name),
                Scalar::Text(_) | Scalar::Number(_) | Scalar::Moment(_) | Scalar::Dynamic(_) => None,
            },
            Text::Literal(value) => {
                let name = columns.free_name(&field.name);
                columns.computed.push((name.clone(), Scalar::Text(Text::Literal(value))));
                Some(name)
            }
            Text::Lower(_)
            | Text::Concat(_)
            | Text::If { .. }
            | Text::Case { .. }
            | Text::Coalesce(_)
            | Text::Extract { .. }
            | Text::Without { .. }
            | Text::Substring { .. }
            | Text::Replace { .. }
            | Text::LastLabels { .. }
            | Text::Address { .. }
            | Text::Hex { .. } => None,
        },
        Value::Number(Number::Column(column)) | Value::Flag(Flag::Column(column)) | Value::Moment(Moment::Column(column)) => {
            Some(column.name)
        }
        Value::List(Dynamic::Column(column)) => Some(column.name),
        Value::Flag(Flag::Text(Text::Column(column)) | Flag::Number(Number::Column(column))) => Some(column.name),
        Value::Number(_) | Value::Flag(_) | Value::Moment(_) | Value::List(_) => None,
    }
}

/// Where an entity is found, in the product's words for what identifies one.
pub fn entity(columns: &mut Columns<'_>, entity: &Entity) -> EntityColumns {
    let found = match columns.product {
        Target::Defender => defender(columns, entity),
        Target::Sentinel | Target::Sigma | Target::Splunk => sentinel(columns, entity),
    };
    EntityColumns { kind: entity.kind, columns: found }
}

/// Identifiers of Sentinel's entities (learn.microsoft.com/azure/sentinel/entities-reference).
fn sentinel(columns: &mut Columns<'_>, entity: &Entity) -> Vec<(String, String)> {
    let pair = |identifier: &str, column: &str| (identifier.to_owned(), column.to_owned());
    let Some(mapping) = columns.mapping(&entity.field) else { return Vec::new() };
    match (entity.kind, &mapping.decode) {
        (EntityKind::Account, Decode::Account { domain, name }) => vec![pair("NTDomain", domain), pair("Name", name)],
        (EntityKind::File, Decode::Path { folder, name }) => vec![pair("Directory", folder), pair("Name", name)],
        (kind, _) => {
            let Some(column) = column_of(columns, &entity.field) else { return Vec::new() };
            match kind {
                EntityKind::Host | EntityKind::Account => vec![pair("FullName", &column)],
                EntityKind::Ip => vec![pair("Address", &column)],
                EntityKind::File => match &mapping.file_name {
                    Some(name) => vec![pair("Name", name), pair("Directory", &column)],
                    None => vec![pair("Name", &column)],
                },
                EntityKind::Process => match entity.field.kind.scalar {
                    ScalarType::Integer | ScalarType::HexInteger => vec![pair("ProcessId", &column)],
                    _ => vec![pair("CommandLine", &column)],
                },
            }
        }
    }
}

/// Identifiers of impacted assets (learn.microsoft.com/graph/api/resources/security-impactedasset): a device by its id, an
/// account by the identifier that stands beside its name.
fn defender(columns: &mut Columns<'_>, entity: &Entity) -> Vec<(String, String)> {
    let has = |columns: &Columns<'_>, name: &str| columns.kind(name).is_some();
    let pair = |column: &str| (lower_first(column), column.to_owned());
    match entity.kind {
        EntityKind::Host if has(columns, "DeviceId") => vec![pair("DeviceId")],
        EntityKind::Host | EntityKind::Account => {
            let Some(mapping) = columns.mapping(&entity.field) else { return Vec::new() };
            let column = match &mapping.decode {
                Decode::Account { name, .. } => Some(name.clone()),
                _ => column_of(columns, &entity.field),
            };
            let Some(column) = column else { return Vec::new() };
            // `AccountName` has `AccountSid` beside it, and `InitiatingProcessAccountName` a `…Upn`.
            let stem = column.strip_suffix("Name").unwrap_or(&column);
            let beside = ["Sid", "ObjectId", "Upn"]
                .into_iter()
                .map(|suffix| [stem, suffix].concat())
                .find(|name| entity.kind == EntityKind::Account && has(columns, name) && is_user_identifier(name));
            vec![pair(&beside.unwrap_or(column))]
        }
        EntityKind::Ip | EntityKind::File | EntityKind::Process => {
            column_of(columns, &entity.field).map(|column| pair(&column)).into_iter().collect()
        }
    }
}

/// Whether a column identifies a user by its name (learn.microsoft.com/graph/api/resources/enums-security, userAssetIdentifier).
fn is_user_identifier(column: &str) -> bool {
    [
        "AccountObjectId",
        "AccountSid",
        "AccountUpn",
        "InitiatingProcessAccountUpn",
        "RequestAccountSid",
        "RecipientObjectId",
        "TargetAccountUpn",
    ]
    .contains(&column)
}

/// `DeviceId` to `deviceId`.
fn lower_first(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(characters).collect()
}
