//! The published rows of `tests/rows`: every log source that a profile keeps has some, and they fit the mappings' scopes and columns.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde_json::{Map, Value};

use huntc::compile::{ReadProblem, Request, Sources, load};
use huntc::eval;
use huntc::ir::Body;
use huntc::schema::mapping::{self, Layout, Place, Profile, ScopeOperator};
use huntc::schema::{Decode, LogSourceId, Target, catalogue, columns};

use crate::decoding;

/// One line of a file of rows; `tests/rows/README.md` has the keys.
pub struct Published {
    pub place: String,
    pub profile: Profile,
    pub source: LogSourceId,
    rendering: String,
    pub condition: String,
    pub matches: bool,
    table: Option<String>,
    pub row: Map<String, Value>,
}

fn profile_of(name: &str) -> Option<Profile> {
    match name {
        "splunk_windows" => Some(Profile::SplunkWindows),
        "sentinel_xdr" => Some(Profile::SentinelXdr),
        "sentinel_windows" => Some(Profile::SentinelWindows),
        "defender_xdr" => Some(Profile::DefenderXdr),
        _ => None,
    }
}

pub fn all() -> Vec<Published> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/rows");
    let mut files = Vec::new();
    for target in fs::read_dir(&folder).expect("tests/rows").flatten().filter(|entry| entry.path().is_dir()) {
        files.extend(fs::read_dir(target.path()).expect("a folder of rows").flatten().map(|entry| entry.path()));
    }
    files.sort();
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "jsonl")) {
        let text = fs::read_to_string(file).expect("a file of rows");
        for (index, line) in text.lines().enumerate() {
            let place = format!("{}:{}", file.strip_prefix(&folder).expect("inside").display(), index + 1);
            let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{place}: {error}"));
            let text = |key: &str| {
                let text = value[key].as_str().unwrap_or_else(|| panic!("{place}: no `{key}`"));
                assert!(!text.is_empty(), "{place}: empty `{key}`");
                text.to_owned()
            };
            assert!(text("source").len() > 10, "{place}: no source");
            let source = LogSourceId(text("logsource").as_str().into());
            let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            assert_eq!(stem, source.to_string().replace('/', "_"), "{place}: another log source's file");
            found.push(Published {
                profile: profile_of(&text("profile")).unwrap_or_else(|| panic!("{place}: unknown profile")),
                source,
                rendering: value["rendering"].as_str().unwrap_or("table").to_owned(),
                condition: text("condition"),
                matches: value["match"].as_bool().unwrap_or_else(|| panic!("{place}: no `match`")),
                table: value["table"].as_str().map(str::to_owned),
                row: value["row"].as_object().cloned().unwrap_or_else(|| panic!("{place}: no `row`")),
                place,
            });
        }
    }
    found
}

fn report(faults: Vec<String>) {
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Renderings in which Splunk stores a log source differently, by what its macro covers and its fields read.
fn renderings(layout: &Layout) -> Vec<&'static str> {
    let Place::Macro { values, .. } = &layout.scope.place else { return vec!["table"] };
    let classic = values.iter().any(|value| value.starts_with("WinEventLog:"))
        && layout.fields.values().any(|mapping| mapping.decode.columns().contains(&"LogName"));
    let xml = values.iter().any(|value| value.starts_with("XmlWinEventLog:"));
    match (xml, classic) {
        (true, true) => vec!["xml", "classic"],
        (true, false) => vec!["xml"],
        _ => vec![],
    }
}

/// Whether the two are stored by one mechanism: the same table, or sources of the same rendering.
fn alike(one: &Layout, other: &Layout) -> bool {
    match (&one.scope.place, &other.scope.place) {
        (Place::Table(one), Place::Table(other)) => one == other,
        (Place::Macro { values: one, .. }, Place::Macro { values: other, .. }) => {
            let xml = |values: &[String]| values.iter().all(|value| value.starts_with("XmlWinEventLog:"));
            one == other || (xml(one) && xml(other))
        }
        _ => false,
    }
}

#[test]
fn every_stored_log_source_has_a_row_to_find_and_a_row_to_leave() {
    let mut count: BTreeMap<(Profile, String, bool), BTreeSet<String>> = BTreeMap::new();
    for row in all() {
        count.entry((row.profile, row.source.to_string(), row.matches)).or_default().insert(row.rendering);
    }
    // What two profiles of a product read alike is attested once.
    let counted = |profile: Profile, source: &str, matches: bool| -> BTreeSet<String> {
        let of = |profile: Profile| mapping::layout(profile, &LogSourceId(source.into()));
        let same = |other: &Profile| match (of(*other), of(profile)) {
            (Ok(other), Ok(own)) => other.scope == own.scope && other.fields == own.fields,
            _ => *other == profile,
        };
        let profiles = profile.target().profiles().iter().filter(|other| same(other));
        profiles.filter_map(|other| count.get(&(*other, source.to_owned(), matches))).flatten().cloned().collect()
    };
    let mut faults = Vec::new();
    let assumptions =
        fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/assumptions.md")).expect("the page");
    for profile in Profile::ALL {
        let attested = crate::catalogue::attested(*profile);
        for source in catalogue::all() {
            let layout = mapping::layout(*profile, &LogSourceId(source.id.into()));
            if let (Ok(layout), Some(fact)) = (&layout, attested.get(source.id)) {
                match fact.strip_prefix("rendered_as=") {
                    // Stored in the same form as one that has rows.
                    Some(other) => {
                        let same = mapping::layout(*profile, &LogSourceId(other.into()));
                        let alike = same.as_ref().is_ok_and(|same| alike(same, layout));
                        let has = [true, false].iter().all(|matches| !counted(*profile, other, *matches).is_empty());
                        if !alike || !has {
                            faults.push(format!("{profile:?}: {other} does not attest how {} is stored", source.id));
                        }
                    }
                    None if !assumptions.contains(&format!("`{}`", source.id)) => {
                        faults.push(format!(
                            "{profile:?}: {} rests on a page alone, which docs/assumptions.md does not say",
                            source.id
                        ));
                    }
                    None => {}
                }
                continue;
            }
            for matches in [true, false] {
                let have = counted(*profile, source.id, matches);
                let what = if matches { "find" } else { "leave" };
                match &layout {
                    Err(_) if !have.is_empty() => faults.push(format!("{profile:?}: {} is absent, yet has rows", source.id)),
                    Err(_) => {}
                    Ok(_) if have.is_empty() => faults.push(format!("{profile:?}: {} has no row to {what}", source.id)),
                    Ok(layout) => {
                        for rendering in renderings(layout).into_iter().filter(|rendering| !have.contains(*rendering)) {
                            faults.push(format!("{profile:?}: {} has no {rendering} row to {what}", source.id));
                        }
                    }
                }
            }
        }
    }
    report(faults);
}

/// A column's value as text; a list gives each of its values.
fn texts(row: &Map<String, Value>, column: &str) -> Vec<String> {
    match row.get(column) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(other) => vec![other.to_string()],
    }
}

/// Whether a row lies in the scope of a layout, by what the mapping file says.
fn in_scope(layout: &Layout, published: &Published) -> bool {
    let row = &published.row;
    let place = match &layout.scope.place {
        Place::Macro { field, values, .. } => {
            texts(row, field).iter().any(|text| values.iter().any(|value| value.eq_ignore_ascii_case(text)))
        }
        Place::Table(table) => published.table.as_deref().is_none_or(|named| named == table),
    };
    place
        && layout.scope.conditions.iter().all(|condition| {
            let text = texts(row, &condition.column).first().cloned().unwrap_or_default().to_ascii_lowercase();
            let values: Vec<String> = condition.values.iter().map(|value| value.to_ascii_lowercase()).collect();
            match condition.operator {
                ScopeOperator::IsOneOf => values.contains(&text),
                ScopeOperator::StartsWith => values.iter().any(|value| text.starts_with(value)),
                ScopeOperator::DoesNotStartWith => !values.iter().any(|value| text.starts_with(value)),
                ScopeOperator::Contains => values.iter().any(|value| text.contains(value)),
                ScopeOperator::IsPresent => !text.is_empty(),
            }
        })
}

/// Fields that a condition names: words in front of an operator.
fn fields_of(condition: &str) -> Vec<String> {
    let pattern = r"([A-Za-z_][A-Za-z0-9_.-]*) (?:==|!=|<|>|in \(|contains|startswith|endswith|named|like|matches|is |exists)";
    let expression = regex::Regex::new(pattern).expect("a fixed pattern");
    let outside = regex::Regex::new(r"'[^']*'|/[^/]*/").expect("a fixed pattern").replace_all(condition, "''");
    expression.captures_iter(&outside).map(|found| found[1].to_owned()).collect()
}

/// Whether some column that the conversion may read is there.
fn reachable(decode: &Decode, row: &Map<String, Value>) -> bool {
    matches!(decode, Decode::Constant(_)) || decode.columns().iter().any(|column| row.contains_key(*column))
}

#[test]
fn rows_fit_the_scopes_and_the_columns() {
    let mut faults = Vec::new();
    for published in all() {
        let place = &published.place;
        let Ok(layout) = mapping::layout(published.profile, &published.source) else { continue };
        let target = published.profile.target();
        let table = published.table.as_deref().unwrap_or(layout.scope.place.columns());
        for column in published.row.keys() {
            let of_splunk = target == Target::Splunk && ["source", "sourcetype"].contains(&column.as_str());
            if !of_splunk && columns::kind_of(target, table, column).is_none() {
                faults.push(format!("{place}: `{table}` has no column `{column}`"));
            }
        }
        let scope = in_scope(&layout, &published);
        if published.matches && !scope {
            faults.push(format!("{place}: a row to find lies outside of the scope"));
        }
        let catalogued = catalogue::find(&published.source.to_string()).expect("a layout's log source");
        let named = fields_of(&published.condition);
        if named.is_empty() {
            faults.push(format!("{place}: no field in `{}`", published.condition));
        }
        for field in named {
            let Some(mapping) = layout.fields.get(&field).filter(|_| catalogued.field(&field).is_some()) else {
                faults.push(format!("{place}: {} has no field `{field}`", published.source));
                continue;
            };
            if published.matches && !reachable(&mapping.decode, &published.row) {
                faults.push(format!("{place}: no column of `{field}` is in the row"));
            }
        }
    }
    report(faults);
}

/// Hunt files that live in memory.
struct Memory(BTreeMap<String, String>);

impl Sources for Memory {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadProblem> {
        self.0.get(path).map(|text| text.clone().into_bytes()).ok_or(ReadProblem::Missing)
    }

    fn events(&self, _: &str) -> Result<Vec<huntc::ir::event::Event>, ReadProblem> {
        Err(ReadProblem::Missing)
    }
}

/// The condition, the mapping and the reference evaluator agree with what the row says of itself. The targets' own queries are
/// held against the same rows elsewhere.
#[test]
fn decoded_rows_match_as_they_say() {
    let rows = all();
    let mut files = BTreeMap::new();
    for (index, published) in rows.iter().enumerate() {
        let text = format!(
            "hunt row_{index} {{\n  title \"Row {index}\"\n\n  detect found on {} {{\n    title \"Found\"\n    when {}\n    level low\n  }}\n}}\n",
            published.source, published.condition
        );
        files.insert(format!("row_{index}.hunt"), text);
    }
    let request = Request { roots: files.keys().cloned().collect(), ..Request::default() };
    let session = load(&request, &Memory(files));
    let mut faults: Vec<String> = Vec::new();
    for diagnostic in session.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()) {
        let file = diagnostic.span.and_then(|span| session.sources.get(span.source)).map(|file| file.path.to_string());
        let index = file.as_deref().and_then(|path| path.strip_prefix("row_")?.strip_suffix(".hunt")?.parse::<usize>().ok());
        let place = index.map_or_else(String::new, |index| format!("{}: `{}`", rows[index].place, rows[index].condition));
        faults.push(format!("{place}: {} {}", diagnostic.code, diagnostic.message));
    }
    let mut judged = 0;
    for rule in &session.program.rules {
        let Body::Select(selections) = &rule.body else { continue };
        let Some(index) = rule.hunt.name.strip_prefix("row_").and_then(|index| index.parse::<usize>().ok()) else { continue };
        let published = &rows[index];
        let Ok(layout) = mapping::layout(published.profile, &published.source) else { continue };
        let event = decoding::event(&layout, &published.row);
        let found = in_scope(&layout, published) && selections.iter().any(|selection| eval::selects(selection, &event));
        if found != published.matches {
            faults.push(format!("{}: `{}` is {found} of {:?}", published.place, published.condition, event.fields));
        }
        judged += 1;
    }
    report(faults);
    assert_eq!(judged, rows.len(), "every row was judged");
}
