//! The model of KQL against the evaluator on random conditions, which needs nothing beside the checkout; and against the
//! interpreter that others wrote on random expressions, whether we would emit them or not.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use huntc::models::kql::{Database, Query, Table, Type, Value};
use huntc::schema::Target;
use huntc::schema::columns;

use super::differential::{conditions, seed, sources, table, trials};
use super::oracle::Interpreter;
use crate::generate::Random;

/// A table as the product types it, with rows of JSON.
fn database(target: Target, name: &str, rows: &[Map<String, Json>]) -> Database {
    let kinds = columns::columns_of(target, name).map(|(column, kind)| (column.to_owned(), Type::parse(kind.name()).unwrap()));
    let mut table = Table::new(kinds.collect());
    for row in rows {
        let cells: Vec<(&str, Value<'static>)> = row
            .iter()
            .map(|(column, json)| {
                let kind = table.columns().iter().find(|(name, _)| name == column).unwrap_or_else(|| panic!("{column}")).1;
                (column.as_str(), cell(kind, json))
            })
            .collect();
        table.push(cells).unwrap();
    }
    Database { tables: BTreeMap::from([(name.to_owned(), table)]) }
}

fn cell(kind: Type, json: &Json) -> Value<'static> {
    match (kind, json) {
        (Type::Dynamic, json) => Value::dynamic(json.clone()),
        (Type::String, Json::Null) => Value::text(""),
        (_, Json::Null) => Value::Null,
        (Type::Datetime, Json::String(text)) => {
            let time: jiff::Timestamp = text.parse().unwrap();
            Value::Moment(i64::try_from(time.as_nanosecond() / 100).unwrap())
        }
        (Type::String, Json::String(text)) => Value::text(text.as_str()),
        (Type::String, other) => Value::text(other.to_string()),
        (Type::Bool, Json::Bool(value)) => Value::Bool(*value),
        (Type::Real, Json::Number(number)) => Value::Real(number.as_f64().unwrap()),
        (_, Json::Number(number)) => Value::Integer(number.as_i64().unwrap()),
        (kind, json) => panic!("{json} in a column of type {}", kind.name()),
    }
}

/// The same trials that the interpreter is given, through the model.
#[test]
fn the_model_selects_what_the_evaluator_selects() {
    let (mut judged, mut selected, mut open, mut queries, mut faults) = (0, 0, 0, 0, Vec::new());
    for (number, (profile, source)) in sources().into_iter().enumerate() {
        let on = super::on(profile, source);
        let seed = seed(number);
        for trial in trials(&on, seed).0 {
            queries += 1;
            let database = database(profile.target(), table(&on.layout), &trial.rows);
            let plan = Query::read(&trial.query).and_then(|query| query.plan(&database.schema()));
            let answer = plan.and_then(|plan| {
                let answer = plan.run(&database)?;
                let of_row = |index: usize| answer.selected.iter().any(|row| row.row == index);
                let left_open: Vec<(usize, &'static str)> = answer.open.iter().map(|row| (row.row, row.why)).collect();
                Ok(((0..trial.rows.len()).map(of_row).collect::<Vec<bool>>(), left_open))
            });
            let (found, left_open) = match answer {
                Ok(answer) => answer,
                Err(problem) => {
                    faults.push(format!("{profile:?} {source}, seed {seed}: {problem}\n{}", trial.query));
                    continue;
                }
            };
            for (index, expected) in trial.expected.iter().enumerate() {
                if let Some((_, why)) = left_open.iter().find(|(row, _)| *row == index) {
                    open += 1;
                    // Letters beyond ASCII are an assumption that queries name.
                    if !why.contains("letters beyond ASCII") {
                        let row = Json::Object(trial.rows[index].clone());
                        faults.push(format!("{profile:?} {source}, seed {seed}: open, {why}\n{}\nrow {row}", trial.query));
                    }
                    continue;
                }
                judged += 1;
                selected += usize::from(*expected);
                if found[index] != *expected {
                    faults.push(format!(
                        "{profile:?} {source}, seed {seed}: expected {expected}\n{}\nrow {}\ncondition {:?}",
                        trial.query,
                        Json::Object(trial.rows[index].clone()),
                        trial.selection.condition,
                    ));
                    break;
                }
            }
        }
    }
    eprintln!("{queries} queries; {judged} rows, {selected} of them selected, {open} open");
    assert!(faults.is_empty(), "{} differ; the first:\n{}", faults.len(), faults[..faults.len().min(3)].join("\n\n"));
    assert!(selected * 10 > judged && open * 50 < judged, "{selected} and {open} of {judged}");
}

const TABLE: &str = "DeviceNetworkEvents";
const TEXTS: &[&str] = &["DeviceName", "RemoteUrl", "RemoteIP"];
const WORDS: &[&str] = &["", "a", "Cmd", "cmd.exe", "x-cmd y", "10.1.2.3", "::1", "7", "0x1F", "A|b", r"C:\x", "true", "North"];

/// Random expressions of each type, as text.
struct Expressions(Random);

impl Expressions {
    fn word(&mut self) -> &'static str {
        let word: &&str = self.0.pick(WORDS);
        word
    }

    fn literal(&mut self) -> String {
        let word = self.word();
        match self.0.below(3) {
            0 => format!("@\"{word}\""),
            1 => format!("'{}'", word.replace('\\', "\\\\")),
            _ => format!("\"{}\"", word.replace('\\', "\\\\")),
        }
    }

    fn pattern(&mut self) -> &'static str {
        let pattern: &&str = self.0.pick(&[
            "@\"(?i)cmd\"",
            "@\"^a\"",
            "@\"[0-9]+\"",
            "@\"\\.exe\\z\"",
            "\"(a|b)x?\"",
            "@\"(?-u:\\b)y\"",
            "\"^$\"",
            "@\"^.{3,5}$\"",
        ]);
        pattern
    }

    fn text(&mut self, depth: usize) -> String {
        if depth == 0 || self.0.chance(35) {
            return if self.0.chance(80) { (*self.0.pick(TEXTS)).to_owned() } else { self.literal() };
        }
        let deeper = depth - 1;
        match self.0.below(13) {
            0 => format!("tostring({})", self.number(deeper)),
            1 => format!("tolower({})", self.text(deeper)),
            2 => format!("toupper({})", self.text(deeper)),
            3 => format!("strcat({}, {})", self.text(deeper), self.text(deeper)),
            4 => format!("substring({}, {})", self.text(deeper), self.0.below(5)),
            5 => format!("substring({}, {}, {})", self.text(deeper), self.0.below(4), self.0.below(4)),
            6 => format!("iff({}, {}, {})", self.condition(deeper), self.text(deeper), self.text(deeper)),
            7 => format!("case({}, {}, {})", self.condition(deeper), self.text(deeper), self.text(deeper)),
            8 => format!("coalesce({}, {})", self.text(deeper), self.text(deeper)),
            9 => format!("extract({}, 0, {})", self.pattern(), self.text(deeper)),
            10 => format!("replace_string({}, \"a\", \"bc\")", self.text(deeper)),
            11 => format!("replace_regex({}, @\"[0-9]+\", \"#\")", self.text(deeper)),
            _ => format!("tostring({})", self.dynamic()),
        }
    }

    fn dynamic(&mut self) -> String {
        let way = *self.0.pick(&["", ".m", "[\"m\"]", ".list", ".list[0]", ".list[1]", ".nosuch", ".list[0].x"]);
        format!("AdditionalFields{way}")
    }

    fn number(&mut self, depth: usize) -> String {
        if depth == 0 || self.0.chance(40) {
            return match self.0.below(3) {
                0 => "RemotePort".to_owned(),
                1 => "InitiatingProcessId".to_owned(),
                _ => (*self.0.pick(&["0", "7", "443", "-1", "long(null)", "0x1F"])).to_owned(),
            };
        }
        let deeper = depth - 1;
        match self.0.below(6) {
            0 => format!("tolong({})", self.text(0)),
            1 => format!("strlen({})", self.text(deeper)),
            2 => format!("coalesce({}, {})", self.number(deeper), self.number(deeper)),
            3 => format!("array_length({})", self.dynamic()),
            4 => format!("iff({}, {}, {})", self.condition(deeper), self.number(deeper), self.number(deeper)),
            _ => format!("({} + {})", self.number(deeper), self.number(deeper)),
        }
    }

    fn condition(&mut self, depth: usize) -> String {
        let deeper = depth.saturating_sub(1);
        if depth > 0 && self.0.chance(50) {
            return match self.0.below(7) {
                0 | 1 => format!("({} and {})", self.condition(deeper), self.condition(deeper)),
                2 | 3 => format!("({} or {})", self.condition(deeper), self.condition(deeper)),
                4 => format!("not({})", self.condition(deeper)),
                5 => format!("coalesce({}, false)", self.condition(deeper)),
                _ => format!("iff({}, {}, {})", self.condition(deeper), self.condition(deeper), self.condition(deeper)),
            };
        }
        match self.0.below(17) {
            0..=3 => {
                let operators = [
                    "==",
                    "!=",
                    "=~",
                    "!~",
                    "contains",
                    "!contains",
                    "contains_cs",
                    "startswith",
                    "!startswith",
                    "startswith_cs",
                    "endswith",
                    "!endswith",
                    "endswith_cs",
                ];
                let (left, operator) = (self.text(deeper), *self.0.pick(&operators));
                format!("{left} {operator} {}", self.text(0))
            }
            4 => {
                let operator = *self.0.pick(&["has", "!has", "has_cs", "hasprefix", "hassuffix", "!hasprefix_cs"]);
                format!("{} {operator} \"{}\"", self.text(deeper), self.0.pick(&["cmd", "a", "north", "10", "exe"]))
            }
            5 => format!("{} in~ ({}, {})", self.text(deeper), self.literal(), self.literal()),
            6 => format!(
                "{} {} ({}, {})",
                self.text(deeper),
                self.0.pick(&["in", "!in"]).to_owned(),
                self.literal(),
                self.literal()
            ),
            7 => format!("{} matches regex {}", self.text(deeper), self.pattern()),
            8 | 9 => {
                let operator = *self.0.pick(&["==", "!=", "<", "<=", ">", ">="]);
                format!("{} {operator} {}", self.number(deeper), self.number(deeper))
            }
            10 => format!("{} {} (7, 443)", self.number(deeper), self.0.pick(&["in", "!in"]).to_owned()),
            11 => format!(
                "{}({})",
                self.0.pick(&["isnull", "isnotnull", "isempty", "isnotempty"]).to_owned(),
                match self.0.below(3) {
                    0 => self.text(deeper),
                    1 => self.number(deeper),
                    _ => self.dynamic(),
                }
            ),
            12 => format!(
                "{}(RemoteIP, \"10.0.0.0/8\", \"192.168.1.1\")",
                self.0.pick(&["ipv4_is_in_any_range", "ipv6_is_in_any_range"]).to_owned()
            ),
            13 => "IsInitiatingProcessRemoteSession == true".to_owned(),
            14 => format!("ipv6_compare(RemoteIP, {}) == 0", self.literal()),
            15 => format!("TimeGenerated - startofday(TimeGenerated) {} 9h", self.0.pick(&["<", ">="]).to_owned()),
            _ => format!("gettype({}) == \"{}\"", self.dynamic(), self.0.pick(&["dictionary", "array", "string", "null"])),
        }
    }

    fn row(&mut self, mark: usize) -> Map<String, Json> {
        let mut row = Map::new();
        row.insert("ReportId".to_owned(), json!(mark));
        for column in TEXTS {
            if self.0.chance(85) {
                row.insert((*column).to_owned(), json!(self.word()));
            }
        }
        let numbers = [0, 1, 3, 7, 8, 31, 443, -1];
        for column in ["RemotePort", "InitiatingProcessId"] {
            if self.0.chance(70) {
                row.insert(column.to_owned(), json!(self.0.pick(&numbers)));
            }
        }
        if self.0.chance(60) {
            row.insert("IsInitiatingProcessRemoteSession".to_owned(), json!(self.0.chance(50)));
        }
        let hour = self.0.below(24);
        row.insert("TimeGenerated".to_owned(), json!(format!("2024-02-29T{hour:02}:00:00Z")));
        let shapes = [
            json!(null),
            json!({"m": "cmd.exe", "list": ["a", {"x": "7"}]}),
            json!({"m": "", "list": []}),
            json!({"m": "7", "list": [{"x": null}]}),
            json!("North"),
            json!(["a"]),
        ];
        row.insert("AdditionalFields".to_owned(), self.0.pick(&shapes).clone());
        row
    }
}

/// Differences are judged from the vendor's pages; `docs/oracle-differences.md` has what was found.
#[test]
fn the_model_and_the_interpreter_agree_on_random_expressions() {
    let Some(interpreter) = Interpreter::find() else { return };
    let first = 77 + conditions() as u64;
    let mut expressions = Expressions(Random::new(first));
    let rows: Vec<Map<String, Json>> = (0..60).map(|mark| expressions.row(mark)).collect();
    let database = database(Target::Sentinel, TABLE, &rows);
    let mut jobs = vec![json!({ "dataset": 0, "table": TABLE, "rows": rows })];
    let queries: Vec<String> =
        (0..conditions() * 80).map(|_| format!("{TABLE}\n| where {}\n", expressions.condition(3))).collect();
    for (id, query) in queries.iter().enumerate() {
        jobs.push(json!({ "id": id, "dataset": 0, "query": query, "mark": "ReportId" }));
    }
    let (mut compared, mut open, mut selected, mut refused, mut faults) = (0, 0, 0, BTreeMap::new(), Vec::new());
    for answer in interpreter.run(Target::Sentinel, &jobs) {
        let query = &queries[usize::try_from(answer["id"].as_u64().expect("an id")).expect("small")];
        let ours = Query::read(query).and_then(|read| {
            let plan = read.plan(&database.schema())?;
            let answer = plan.run(&database)?;
            let of = |rows: Vec<usize>| rows.into_iter().collect::<std::collections::BTreeSet<usize>>();
            Ok((of(answer.selected.iter().map(|row| row.row).collect()), of(answer.open.iter().map(|row| row.row).collect())))
        });
        let theirs = answer["marks"].as_array();
        match (ours, theirs) {
            (Ok((ours, left_open)), Some(theirs)) => {
                for (row, stored) in rows.iter().enumerate() {
                    if left_open.contains(&row) {
                        open += 1;
                        continue;
                    }
                    compared += 1;
                    selected += usize::from(ours.contains(&row));
                    if ours.contains(&row) != theirs.contains(&json!(row)) {
                        let shown = Json::Object(stored.clone());
                        faults.push(format!("the model says {}\n{query}{shown}", ours.contains(&row)));
                        break;
                    }
                }
            }
            (Err(problem), _) => *refused.entry(format!("model: {}", problem.message)).or_insert(0) += 1,
            (_, None) => *refused.entry(format!("interpreter: {}", answer["error"])).or_insert(0) += 1,
        }
    }
    eprintln!("seed {first}: {compared} rows compared, {selected} selected, {open} open; refused: {refused:#?}");
    assert!(faults.is_empty(), "{} differ; the first:\n{}", faults.len(), faults[..faults.len().min(4)].join("\n\n"));
    let without: usize = refused.values().sum();
    assert!(
        without * 3 < queries.len() && open * 4 < compared,
        "{without} of {} queries were compared with nothing",
        queries.len()
    );
}
