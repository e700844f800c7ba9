//! From a tree of items to named searches and a condition, as a Sigma author would lay them out.
//!
//! What stands side by side goes into one map, alternatives into one list of maps; what is deeper gets names of its own and
//! the condition joins them, so that any nesting stays exact.

use super::ast::{Detection, Expression, Item, Modifier, Search, Value};
use super::lower::{Tree, add_distinct};

/// How searches are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// `selection…` for what must hold, `filter…` for what must not.
    Rule,
    /// A filter document: the specification wants one search called `selection`.
    Filter,
}

/// Names the parts of a tree.
pub(super) fn detection(tree: Tree, naming: Naming) -> Detection {
    let mut builder = Builder { searches: Vec::new() };
    let draft = builder.expression(simplified(tree), false);
    let names = names(&builder.searches, naming);
    let condition = finish(draft, &names, &builder.searches, naming);
    let searches = names.into_iter().zip(builder.searches).map(|(name, search)| (name, search.search)).collect();
    Detection { searches, condition }
}

/// A search before it has a name.
struct Draft {
    search: Search,
    /// Whether it stands under an odd number of `not`.
    negative: bool,
    /// What the name may be made of: its fields, in order.
    hints: Vec<String>,
}

enum Sketch {
    Search(usize),
    Not(Box<Sketch>),
    And(Vec<Sketch>),
    Or(Vec<Sketch>),
}

struct Builder {
    searches: Vec<Draft>,
}

impl Builder {
    fn expression(&mut self, tree: Tree, negative: bool) -> Sketch {
        let tree = match compact(tree) {
            Ok(search) => return self.search(search, negative),
            Err(tree) => tree,
        };
        match tree {
            Tree::Not(inner) => Sketch::Not(Box::new(self.expression(*inner, !negative))),
            Tree::All(parts) => {
                let mut joined = Vec::new();
                for part in grouped_all(parts) {
                    joined.push(self.expression(part, negative));
                }
                and(joined)
            }
            Tree::Any(parts) => {
                // Alternatives that are maps stand in one list, where the first of them stood.
                let (mut maps, mut joined, mut place) = (Vec::new(), Vec::new(), None);
                for part in parts {
                    let found = match compact(part) {
                        Ok(Search::Map(items)) => vec![items],
                        Ok(Search::Maps(inner)) => inner,
                        Ok(keywords @ Search::Keywords(_)) => {
                            joined.push(self.search(keywords, negative));
                            continue;
                        }
                        Err(part) => {
                            joined.push(self.expression(part, negative));
                            continue;
                        }
                    };
                    place.get_or_insert(joined.len());
                    maps.extend(found);
                }
                if let Some(place) = place {
                    let list = self.search(one_or_more(maps), negative);
                    joined.insert(place, list);
                }
                or(joined)
            }
            // Both are compact.
            Tree::Item(item) => self.search(Search::Map(vec![item]), negative),
            Tree::Keywords(values) => self.search(Search::Keywords(values), negative),
        }
    }

    fn search(&mut self, search: Search, negative: bool) -> Sketch {
        let fields: Vec<&str> = match &search {
            Search::Map(items) => items.iter().map(|item| item.field.as_str()).collect(),
            Search::Maps(maps) => maps.iter().flatten().map(|item| item.field.as_str()).collect(),
            Search::Keywords(_) => vec!["keywords"],
        };
        self.searches.push(Draft { hints: fields.into_iter().map(slug).collect(), search, negative });
        Sketch::Search(self.searches.len() - 1)
    }
}

/// Takes out double negations and joins like with like: an `and` inside an `and`, values of one comparison.
fn simplified(tree: Tree) -> Tree {
    match tree {
        Tree::Not(inner) => simplified(*inner).negated(),
        Tree::All(parts) => {
            let mut flat = Vec::new();
            for part in parts {
                match simplified(part) {
                    Tree::All(inner) => flat.extend(inner),
                    other => flat.push(other),
                }
            }
            // What must hold is read before what must not.
            let (positive, negative): (Vec<Tree>, Vec<Tree>) = flat.into_iter().partition(|part| !matches!(part, Tree::Not(_)));
            let flat = merged_all(positive.into_iter().chain(negative).collect());
            if flat.len() == 1 { flat.into_iter().next().unwrap_or(Tree::All(Vec::new())) } else { Tree::All(flat) }
        }
        Tree::Any(parts) => {
            let mut flat = Vec::new();
            for part in parts {
                match simplified(part) {
                    Tree::Any(inner) => flat.extend(inner),
                    other => flat.push(other),
                }
            }
            let flat = merged_any(flat);
            if flat.len() == 1 { flat.into_iter().next().unwrap_or(Tree::Any(Vec::new())) } else { Tree::Any(flat) }
        }
        leaf @ (Tree::Item(_) | Tree::Keywords(_)) => leaf,
    }
}

/// `F|contains: a` or `F|contains: b` is one list.
fn merged_any(parts: Vec<Tree>) -> Vec<Tree> {
    let mut merged: Vec<Tree> = Vec::new();
    for part in parts {
        let place = match &part {
            Tree::Item(item) if joins_by_or(item) => merged.iter_mut().find_map(|other| match other {
                Tree::Item(other) if joins_by_or(other) && same_key(other, item) => Some(&mut other.values),
                _ => None,
            }),
            Tree::Keywords(_) => merged.iter_mut().find_map(|other| match other {
                Tree::Keywords(values) => Some(values),
                _ => None,
            }),
            _ => None,
        };
        match (place, part) {
            (Some(values), Tree::Item(Item { values: more, .. }) | Tree::Keywords(more)) => {
                add_distinct(values, more);
            }
            (_, part) => merged.push(part),
        }
    }
    merged
}

/// `null` stands alone: engines do not find it in a list.
fn joins_by_or(item: &Item) -> bool {
    !item.modifiers.contains(&Modifier::All) && !item.values.contains(&Value::Null)
}

/// `F|contains: a` and `F|contains: b` is `F|contains|all: [a, b]`.
fn merged_all(parts: Vec<Tree>) -> Vec<Tree> {
    let mut merged: Vec<Tree> = Vec::new();
    for part in parts {
        if let Tree::Item(item) = &part
            && joins_by_all(item)
        {
            let place = merged.iter_mut().find_map(|other| match other {
                Tree::Item(other)
                    if other.field == item.field
                        && other.modifiers.iter().filter(|modifier| **modifier != Modifier::All).eq(item.modifiers.iter())
                        && (other.modifiers.contains(&Modifier::All) || joins_by_all(other)) =>
                {
                    Some(other)
                }
                _ => None,
            });
            if let Some(other) = place {
                if !other.values.contains(&item.values[0]) {
                    other.values.push(item.values[0].clone());
                    if !other.modifiers.contains(&Modifier::All) {
                        other.modifiers.push(Modifier::All);
                    }
                }
                continue;
            }
        }
        merged.push(part);
    }
    merged
}

/// One literal that is looked for inside the value: several of them may stand under `all`. Whole values and regular
/// expressions stay apart, because converters lose them there.
fn joins_by_all(item: &Item) -> bool {
    item.values.len() == 1
        && matches!(item.values[0], Value::Pattern(_))
        && matches!(
            item.modifiers.as_slice(),
            [Modifier::Contains | Modifier::StartsWith | Modifier::EndsWith]
                | [Modifier::Contains | Modifier::StartsWith | Modifier::EndsWith, Modifier::Cased]
        )
}

fn same_key(left: &Item, right: &Item) -> bool {
    left.field == right.field && left.modifiers == right.modifiers
}

/// The tree as one search, where it is one; otherwise the tree again.
fn compact(tree: Tree) -> Result<Search, Tree> {
    match tree {
        Tree::Item(item) => Ok(Search::Map(vec![item])),
        Tree::Keywords(values) => Ok(Search::Keywords(values)),
        Tree::All(parts) => match items_of(&parts) {
            Some(items) => Ok(Search::Map(items)),
            None => Err(Tree::All(parts)),
        },
        Tree::Any(parts) => {
            let maps: Option<Vec<Vec<Item>>> = parts
                .iter()
                .map(|part| match part {
                    Tree::Item(item) => Some(vec![item.clone()]),
                    Tree::All(inner) => items_of(inner),
                    Tree::Keywords(_) | Tree::Not(_) | Tree::Any(_) => None,
                })
                .collect();
            match maps {
                Some(maps) => Ok(one_or_more(maps)),
                None => Err(Tree::Any(parts)),
            }
        }
        other @ Tree::Not(_) => Err(other),
    }
}

/// The parts as the items of one map: items alone, no key twice.
fn items_of(parts: &[Tree]) -> Option<Vec<Item>> {
    let mut items: Vec<Item> = Vec::new();
    for part in parts {
        match part {
            Tree::Item(item) if !items.iter().any(|other| same_key(other, item)) => items.push(item.clone()),
            Tree::Item(_) | Tree::Keywords(_) | Tree::Not(_) | Tree::All(_) | Tree::Any(_) => return None,
        }
    }
    Some(items)
}

fn one_or_more(mut maps: Vec<Vec<Item>>) -> Search {
    if maps.len() == 1 { Search::Map(maps.remove(0)) } else { Search::Maps(maps) }
}

/// The parts of an `and` with its plain items joined to maps. A key that occurs again goes into a further map.
fn grouped_all(parts: Vec<Tree>) -> Vec<Tree> {
    let mut grouped: Vec<Tree> = Vec::new();
    // Where in `grouped` the maps stand.
    let mut maps: Vec<usize> = Vec::new();
    for part in parts {
        let Tree::Item(item) = part else {
            grouped.push(part);
            continue;
        };
        let place = maps.iter().copied().find(|index| match &grouped[*index] {
            Tree::All(items) => !items.iter().any(|other| matches!(other, Tree::Item(other) if same_key(other, &item))),
            _ => false,
        });
        match place {
            Some(index) => {
                if let Tree::All(items) = &mut grouped[index] {
                    items.push(Tree::Item(item));
                }
            }
            None => {
                maps.push(grouped.len());
                grouped.push(Tree::All(vec![Tree::Item(item)]));
            }
        }
    }
    grouped
}

fn and(mut parts: Vec<Sketch>) -> Sketch {
    if parts.len() == 1 { parts.remove(0) } else { Sketch::And(parts) }
}

fn or(mut parts: Vec<Sketch>) -> Sketch {
    if parts.len() == 1 { parts.remove(0) } else { Sketch::Or(parts) }
}

/// `CommandLine` as `command_line`; what no identifier holds becomes `_`.
fn slug(field: &str) -> String {
    let mut slug = String::new();
    let mut before = ' ';
    for character in field.chars() {
        if character.is_ascii_uppercase() && before.is_ascii_lowercase() {
            slug.push('_');
        }
        slug.push(if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '_' });
        before = character;
    }
    slug.truncate(40);
    slug.trim_matches('_').to_owned()
}

fn prefix(draft: &Draft) -> &'static str {
    if draft.negative { "filter" } else { "selection" }
}

/// Names in order: the bare word where a word is needed once, else with a field behind it, and a number where every field's
/// name is taken.
fn names(searches: &[Draft], naming: Naming) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for draft in searches {
        let word = match naming {
            Naming::Filter => "selection",
            Naming::Rule => prefix(draft),
        };
        let only = searches.iter().filter(|other| other.negative == draft.negative).count() == 1;
        let with_field = |hint: &String| format!("{word}_{hint}").trim_end_matches('_').to_owned();
        let mut wanted: Vec<String> = match naming {
            Naming::Filter if names.is_empty() => vec![word.to_owned()],
            Naming::Rule if searches.len() == 1 && matches!(draft.search, Search::Keywords(_)) => vec!["keywords".to_owned()],
            Naming::Rule if only => vec![word.to_owned()],
            Naming::Rule | Naming::Filter => draft.hints.iter().map(with_field).collect(),
        };
        if wanted.is_empty() {
            wanted.push(word.to_owned());
        }
        let free = wanted.iter().find(|name| !names.contains(name)).cloned();
        names.push(free.unwrap_or_else(|| {
            let mut number = 2;
            while names.contains(&format!("{}_{number}", wanted[0])) {
                number += 1;
            }
            format!("{}_{number}", wanted[0])
        }));
    }
    names
}

/// The condition with names, and with `all of` and `1 of` where a group is everything that its prefix names.
fn finish(sketch: Sketch, names: &[String], searches: &[Draft], naming: Naming) -> Expression {
    let glob = |parts: &[Sketch], negative: bool| -> Option<String> {
        let members: Vec<usize> = parts
            .iter()
            .filter_map(|part| match part {
                Sketch::Search(index) if searches[*index].negative == negative => Some(*index),
                _ => None,
            })
            .collect();
        let all = searches.iter().filter(|draft| draft.negative == negative).count();
        let prefix = if negative { "filter_" } else { "selection_" };
        (naming == Naming::Rule && members.len() >= 2 && members.len() == all).then(|| prefix.to_owned())
    };
    match sketch {
        Sketch::Search(index) => Expression::Name(names[index].clone()),
        Sketch::Not(inner) => match *inner {
            Sketch::Or(parts) => Expression::Not(Box::new(finish(Sketch::Or(parts), names, searches, naming))),
            inner => Expression::Not(Box::new(finish(inner, names, searches, naming))),
        },
        Sketch::And(parts) => {
            // `not a and not b` of every filter is `not 1 of filter_*`.
            let filters: Vec<usize> = parts
                .iter()
                .filter_map(|part| match part {
                    Sketch::Not(inner) => match **inner {
                        Sketch::Search(index) if searches[index].negative => Some(index),
                        _ => None,
                    },
                    _ => None,
                })
                .collect();
            let all_filters = searches.iter().filter(|draft| draft.negative).count();
            let join_filters = naming == Naming::Rule && filters.len() >= 2 && filters.len() == all_filters;
            let positive = glob(&parts, false);
            let negative = glob(&parts, true);
            let (mut joined, mut positive_done, mut filters_done) = (Vec::new(), false, false);
            for part in parts {
                match &part {
                    Sketch::Search(index) => {
                        let group = if searches[*index].negative { &negative } else { &positive };
                        if let Some(group) = group {
                            if !positive_done {
                                joined.push(Expression::AllOf(group.clone()));
                                positive_done = true;
                            }
                            continue;
                        }
                    }
                    Sketch::Not(inner) if join_filters && matches!(**inner, Sketch::Search(_)) => {
                        if !filters_done {
                            joined.push(Expression::Not(Box::new(Expression::OneOf("filter_".to_owned()))));
                            filters_done = true;
                        }
                        continue;
                    }
                    Sketch::Not(_) | Sketch::And(_) | Sketch::Or(_) => {}
                }
                joined.push(finish(part, names, searches, naming));
            }
            if joined.len() == 1 { joined.remove(0) } else { Expression::And(joined) }
        }
        Sketch::Or(parts) => {
            let groups = [glob(&parts, false), glob(&parts, true)];
            let (mut joined, mut done) = (Vec::new(), [false, false]);
            for part in parts {
                if let Sketch::Search(index) = &part {
                    let kind = usize::from(searches[*index].negative);
                    if let Some(group) = &groups[kind] {
                        if !done[kind] {
                            joined.push(Expression::OneOf(group.clone()));
                            done[kind] = true;
                        }
                        continue;
                    }
                }
                joined.push(finish(part, names, searches, naming));
            }
            if joined.len() == 1 { joined.remove(0) } else { Expression::Or(joined) }
        }
    }
}
