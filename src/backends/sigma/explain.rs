//! A clause of the hunt as Sigma says it, on one line: for `show --explain`, not for any tool.

use super::ast::{Detection, Expression, Search};
use super::print::{map, searched};
use super::yaml;

/// A detection on one line, for showing a clause beside the hunt.
pub(super) fn one_line(detection: &Detection) -> String {
    if let ([(_, search)], Expression::Name(_)) = (detection.searches.as_slice(), &detection.condition) {
        return shown(search);
    }
    inline(&detection.condition, detection)
}

fn inline(node: &Expression, detection: &Detection) -> String {
    let members = |glob: &str| -> Vec<&Search> {
        detection.searches.iter().filter(|(name, _)| name.starts_with(glob)).map(|(_, search)| search).collect()
    };
    let list = |searches: Vec<&Search>, word: &str| {
        searches.into_iter().map(|each| format!("({})", shown(each))).collect::<Vec<_>>().join(word)
    };
    match node {
        Expression::Name(name) => {
            detection.searches.iter().find(|(known, _)| known == name).map_or(String::new(), |(_, search)| shown(search))
        }
        Expression::OneOf(glob) => list(members(glob), " or "),
        Expression::AllOf(glob) => list(members(glob), " and "),
        Expression::Not(inner) => format!("not ({})", inline(inner, detection)),
        Expression::And(parts) => {
            parts.iter().map(|part| format!("({})", inline(part, detection))).collect::<Vec<_>>().join(" and ")
        }
        Expression::Or(parts) => {
            parts.iter().map(|part| format!("({})", inline(part, detection))).collect::<Vec<_>>().join(" or ")
        }
    }
}

fn shown(search: &Search) -> String {
    match search {
        Search::Map(items) => yaml::flow(&map(items)),
        Search::Maps(maps) => maps.iter().map(|items| yaml::flow(&map(items))).collect::<Vec<_>>().join(" or "),
        Search::Keywords(_) => yaml::flow(&searched(search)),
    }
}
