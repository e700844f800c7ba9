//! Which fields a sweep compares with indicators of each type, from `data/indicators.tsv`.
//!
//! That a log source has a field of an indicator's type is a fact about the field's role, not only about its type: a text may be
//! the name of a host or of a rule. So it stands in a table, each row with its reason.

use super::catalogue::{self, Sources};
use super::{LogSource, ScalarType, table};

pub(super) const INDICATORS: &str = include_str!("data/indicators.tsv");

/// How the value of a field is compared with an indicator (S6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Meets {
    /// The whole value: an address in the block, a hash of the algorithm, a text.
    Value,
    /// A host: the domain, or with `subdomains` what lies under it.
    Host,
    /// The last component of a path.
    Last,
    /// A registry key, or what lies under it.
    Key,
    /// A whole URL.
    Url,
    /// A URL in parts, each in a field of its own: host, path, query; of two fields the second holds path and query.
    Parts,
}

impl Meets {
    fn parse(word: &str) -> Option<Meets> {
        match word {
            "value" => Some(Meets::Value),
            "host" => Some(Meets::Host),
            "last" => Some(Meets::Last),
            "key" => Some(Meets::Key),
            "url" => Some(Meets::Url),
            "parts" => Some(Meets::Parts),
            _ => None,
        }
    }
}

/// One row: a field (or the fields of one comparison) that is compared with indicators of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role {
    /// The indicators' type, as `ioc` writes it.
    pub kind: &'static str,
    /// Log sources and @groups, separated by commas.
    pub sources: &'static str,
    fields: &'static str,
    pub meets: Meets,
    /// Another name of what a row above compares, or its parts: nothing is missed where a product keeps that one alone.
    pub also: bool,
    pub reason: &'static str,
}

impl Role {
    /// The names of its fields: one, or for [`Meets::Parts`] two or three.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.fields.split(' ')
    }
}

/// Every row, in the table's order.
pub fn roles() -> impl Iterator<Item = Role> {
    table::rows::<5>(INDICATORS).filter_map(|[kind, sources, fields, meets, reason]| {
        let (meets, also) = meets.strip_suffix(" also").map_or((meets, false), |meets| (meets, true));
        Some(Role { kind, sources, fields, meets: Meets::parse(meets)?, also, reason })
    })
}

/// The log sources of the catalogue that hold indicators of a type, each with its rows, in the catalogue's order.
pub fn held(kind: &str) -> Vec<(&'static str, Vec<Role>)> {
    let of_kind: Vec<(Sources, Role)> =
        roles().filter(|role| role.kind == kind).map(|role| (Sources::of(role.sources), role)).collect();
    catalogue::all()
        .filter_map(|row| {
            let own: Vec<Role> = of_kind.iter().filter(|(sources, _)| sources.name(&row)).map(|(_, role)| *role).collect();
            (!own.is_empty()).then_some((row.id, own))
        })
        .collect()
}

/// The fields of a log source that a hunt file declares and that hold indicators of a type: there only types tell.
pub fn held_by_type(source: &LogSource, kind: &str) -> Vec<super::Field> {
    let holds = |scalar: ScalarType| match scalar {
        ScalarType::Ip => kind == "ip",
        ScalarType::Hash(algorithm) => kind == algorithm.field_name(),
        ScalarType::String
        | ScalarType::Integer
        | ScalarType::Float
        | ScalarType::Boolean
        | ScalarType::Path
        | ScalarType::Time
        | ScalarType::HexInteger
        | ScalarType::Object => false,
    };
    source.fields.iter().filter(|field| holds(field.kind.scalar)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_reads_and_names_fields_of_its_log_sources() {
        let lines = table::numbered(INDICATORS).count();
        assert_eq!(roles().count(), lines, "a row does not read");
        for role in roles() {
            assert!(role.reason.len() > 10, "{role:?}");
            let named: Vec<_> = catalogue::all().filter(|row| row.is_named_by(role.sources)).collect();
            for word in role.sources.split(',').filter(|word| !word.starts_with('@')) {
                assert!(catalogue::find(word).is_some(), "there is no log source {word}");
            }
            assert!(!named.is_empty(), "{role:?}");
            let count = role.fields().count();
            assert!(if role.meets == Meets::Parts { matches!(count, 2 | 3) } else { count == 1 }, "{role:?}");
            for row in named {
                let source = catalogue::find(row.id).unwrap();
                for name in role.fields() {
                    let field = source.field(name).unwrap_or_else(|| panic!("{} has no {name}", row.id));
                    let fits = match (role.kind, field.kind.scalar) {
                        ("ip", scalar) => matches!(scalar, ScalarType::Ip | ScalarType::String),
                        ("md5" | "sha1" | "sha256" | "imphash", ScalarType::Hash(algorithm)) => {
                            algorithm.field_name() == role.kind
                        }
                        (_, scalar) if role.meets == Meets::Last => scalar == ScalarType::Path,
                        (_, scalar) => matches!(scalar, ScalarType::String | ScalarType::Path),
                    };
                    assert!(fits, "{} {name}: {}", row.id, field.kind);
                }
            }
        }
    }

    #[test]
    fn no_field_that_is_an_address_is_forgotten() {
        // The one left out is a server's own; the other is an address of Microsoft's.
        let left_out = ["webserver s-ip", "azure/signinlogs GlobalSecureAccessIpAddress"];
        for row in catalogue::all() {
            let source = catalogue::find(row.id).unwrap();
            for field in source.fields.iter().filter(|field| field.kind.scalar == ScalarType::Ip) {
                let held = roles().any(|role| {
                    role.kind == "ip" && row.is_named_by(role.sources) && role.fields().any(|name| *name == *field.name)
                });
                let name = format!("{} {}", row.id, field.name);
                assert_eq!(held, !left_out.contains(&name.as_str()), "{name}");
            }
        }
    }
}
