//! `huntc show`.

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::terminal::Terminal;
use super::workspace::Workspace;
use super::{Status, as_of, day, targets};
use crate::backends::ClauseText;
use crate::compile::{self, Outcome};
use crate::diag::{SourceMap, nearest};
use crate::syntax::ast;

pub(super) fn command() -> Command {
    Command::new("show")
        .about("Print one rule's query, ready to paste")
        .long_about("Compiles one rule and prints its query on standard output, for one target with -t, else for each of them. With --explain each clause of the hunt stands beside what it became, whether that is exact, what it assumes, and whether an index helps.")
        .after_help("Examples:\n  huntc show shadow_copies_deleted -t splunk\n  huntc show shadow_copies_deleted -t defender --explain\n  huntc show wannacry_worm.shadow_copies_deleted -t sigma")
        .arg(Arg::new("rule").value_name("RULE").required(true).help("A rule's name, or HUNT.RULE"))
        .arg(Arg::new("paths").value_name("PATH").num_args(0..).help("Hunt files, Sigma files (.yml) or folders of both [default: the nearest folder upwards with huntc.yaml, else ./hunts]"))
        .arg(targets())
        .arg(as_of())
        .arg(Arg::new("explain").long("explain").action(ArgAction::SetTrue).help("Show each clause beside what it became, instead of the query"))
}

pub(super) fn run(arguments: &ArgMatches, terminal: &mut Terminal) -> Status {
    let Some(mut workspace) = Workspace::find(&super::check::path_list(arguments), terminal) else { return Status::Wrong };
    workspace.as_of = day(arguments);
    let asked: Vec<String> = arguments.get_many::<String>("target").map(|names| names.cloned().collect()).unwrap_or_default();
    let Some(settings) = workspace.targets(&asked, terminal) else { return Status::Wrong };
    let Some(session) = workspace.load(terminal) else { return Status::Wrong };
    let name = arguments.get_one::<String>("rule").map(String::as_str).unwrap_or_default();
    let build = compile::build(&session, &settings, session.input.options.attack.name());
    let full = |rule: &compile::BuiltRule| format!("{}.{}", rule.rule.hunt.name, rule.name());
    let found: Vec<&compile::BuiltRule> = build.rules.iter().filter(|rule| rule.name() == name || full(rule) == name).collect();
    let rule = match found.as_slice() {
        [rule] => *rule,
        [] => {
            terminal.report(&session.diagnostics, &session.sources);
            let declared = session.input.files.iter().flat_map(|file| &file.tree.items).any(|item| {
                match item {
                ast::Item::Hunt(unit) => unit.members.iter().any(|member| {
                    matches!(member, ast::Member::Detect(detect) if detect.name.node == name.rsplit('.').next().unwrap_or(name))
                }),
                ast::Item::Use(_) | ast::Item::Library(_) | ast::Item::Site(_) | ast::Item::LogSource(_) => false,
            }
            });
            if declared && session.has_errors() {
                // The rule is there, and what is wrong with it stands above.
                return Status::Found;
            }
            let names: Vec<String> = build.rules.iter().flat_map(|rule| [rule.name().to_owned(), full(rule)]).collect();
            // A detect over several log sources is a rule for each.
            let parts: Vec<String> = build
                .rules
                .iter()
                .filter(|rule| {
                    rule.name().starts_with(&format!("{name}_"))
                        && rule
                            .selection
                            .as_ref()
                            .is_some_and(|selection| rule.name() == format!("{name}_{}", selection.source.0.replace('/', "_")))
                })
                .map(|rule| format!("`{}`", rule.name()))
                .collect();
            let near = if parts.is_empty() {
                nearest(name, names.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"))
            } else {
                Some(format!("it has a rule for each of its log sources: {}", parts.join(", ")))
            };
            terminal.complain("E0607", format!("there is no rule `{name}`"), near.as_deref());
            return if session.has_errors() { Status::Found } else { Status::Wrong };
        }
        several => {
            let names: Vec<String> = several.iter().map(|rule| format!("`{}`", full(rule))).collect();
            terminal.complain(
                "E0607",
                format!("several rules are called `{name}`"),
                Some(&format!("write one of {}", names.join(", "))),
            );
            return Status::Wrong;
        }
    };
    let mut status = Status::Good;
    let several = rule.targets.len() > 1;
    for target in &rule.targets {
        match &target.outcome {
            Outcome::Written(query) => {
                if several {
                    terminal.print(&format!("# {}\n", target.target.title()));
                }
                if arguments.get_flag("explain") {
                    terminal.print(&explained(&query.clauses, &session.sources));
                } else {
                    terminal.print(&query.text);
                }
                if several {
                    terminal.print("\n");
                }
            }
            Outcome::Refused { excused, .. } => {
                if !excused {
                    status = Status::Found;
                }
            }
            Outcome::NotSwept { .. } => {}
        }
    }
    let own: Vec<_> = build.diagnostics.iter().filter(|each| each.span.is_some_and(|span| within(span, rule))).cloned().collect();
    terminal.report(&own, &session.sources);
    status
}

/// Whether a finding is about the rule: at its head, or at one of its clauses.
fn within(span: crate::diag::Span, rule: &compile::BuiltRule) -> bool {
    let about = |loss: &crate::ir::Loss| loss.span == span;
    span == rule.rule.span
        || rule.targets.iter().any(|target| match &target.outcome {
            Outcome::Written(query) => query.losses.iter().any(about),
            Outcome::Refused { losses, .. } | Outcome::NotSwept { losses } => losses.iter().any(about),
        })
}

/// A table: line of the hunt, what stands there, what it became, what it rests on, and the index.
fn explained(clauses: &[ClauseText], sources: &SourceMap) -> String {
    let mut rows: Vec<[String; 5]> = Vec::new();
    for clause in clauses {
        let (line, written) = match clause.span {
            Some(span) => {
                let text = sources.get(span.source).and_then(|file| file.text.get(span.range())).unwrap_or_default();
                (sources.position(span).line.to_string(), text.split_whitespace().collect::<Vec<_>>().join(" "))
            }
            None => (String::new(), "(log source)".to_owned()),
        };
        let assumes: Vec<&str> = clause.assumes.iter().map(|each| each.name()).collect();
        let exact = if assumes.is_empty() { "exact".to_owned() } else { format!("exact, assumes {}", assumes.join(", ")) };
        let text = clause.text.split_whitespace().collect::<Vec<_>>().join(" ");
        rows.push([line, cut(&written, 48), cut(&text, 72), exact, format!("index: {}", clause.index)]);
    }
    let mut widths = [0; 4];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = String::new();
    for [line, written, text, exact, index] in &rows {
        let [a, b, c, d] = widths;
        out.push_str(&format!("{line:>a$}  {written:b$}   {text:c$}   {exact:d$}   {index}\n"));
    }
    out
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most - 1).collect();
    short.push('…');
    short
}
