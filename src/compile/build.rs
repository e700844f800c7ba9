//! Every rule in every target: queries, the files around them, the manifest, and what could not be said.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;
use sha2::{Digest, Sha256};

use super::Session;
use super::parallel;
use super::verified::{Verified, verify_rule};
use crate::backends::{self, AttachmentKind, Query};
use crate::config::ScopeConfig;
use crate::diag::{Diagnostic, Severity};
use crate::envelope::splunk::{SavedSearch, SplunkRule};
use crate::envelope::{self, OutputFile};
use crate::ir::{Body, Condition, Direction, Kind, Loss, Rule, Selection};
use crate::runner;
use crate::schema::mapping::{self, Place};
use crate::schema::{Decode, FieldMapping, Layout, Profile, Target};
use crate::verify::{Witnesses, witnesses};

/// A target as a workspace configures it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetSetting {
    pub target: Target,
    /// `None` for Sigma.
    pub profile: Option<Profile>,
    /// The site's own macro or table, by log source.
    pub scope: BTreeMap<String, ScopeConfig>,
    /// The site's own columns, by log source and field.
    pub fields: BTreeMap<String, BTreeMap<String, String>>,
    /// How an imported rule may differ from what it means; hunts say `approximate` themselves.
    pub accept: Vec<Direction>,
}

impl TargetSetting {
    /// A target in its default profile.
    pub fn new(target: Target) -> Self {
        let profile = target.profiles().first().copied();
        TargetSetting { target, profile, scope: BTreeMap::new(), fields: BTreeMap::new(), accept: Vec::new() }
    }

    /// How the log source of a selection is stored here.
    fn layout(&self, selection: &Selection) -> Result<Option<Arc<Layout>>, Loss> {
        let Some(profile) = self.profile else { return Ok(None) };
        let source = &selection.source;
        let found = mapping::layout(profile, source).map_err(|absence| Loss {
            code: "L0302",
            direction: None,
            span: selection.condition.span,
            message: format!("{} keeps no `{source}` events: {}", self.target.title(), absence.reason),
            label: Some(format!("this looks at `{source}`")),
            help: Some(format!("write `not on {} \"…\"` in the rule, or look at another log source", self.target)),
        })?;
        let (scope, fields) = (self.scope.get(&*source.0), self.fields.get(&*source.0));
        if scope.is_none() && fields.is_none() {
            return Ok(Some(found));
        }
        let mut own = (*found).clone();
        match (scope, &mut own.scope.place) {
            (Some(ScopeConfig::Macro(site)), Place::Macro { name, values, .. }) => {
                name.clone_from(site);
                // The site defines its macro itself.
                values.clear();
            }
            (Some(ScopeConfig::Table(site)), Place::Table(table)) => table.clone_from(site),
            _ => {}
        }
        for (field, column) in fields.into_iter().flatten() {
            own.fields.insert(
                field.clone(),
                FieldMapping {
                    decode: Decode::Column(column.clone()),
                    always_present: false,
                    never_stores_empty: false,
                    full_path: false,
                    file_name: None,
                    xml_only: false,
                    raw_identifiers: false,
                    origin: "huntc.yaml".to_owned(),
                },
            );
        }
        Ok(Some(Arc::new(own)))
    }
}

/// What became of one rule in one target.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Exact, or approximate where the query carries losses.
    Written(Box<Query>),
    /// The complete list of reasons. `excused`: the hunt said `not on`.
    Refused { losses: Vec<Loss>, excused: bool },
}

#[derive(Clone, Debug)]
pub struct RuleTarget {
    pub target: Target,
    pub profile: Option<Profile>,
    pub outcome: Outcome,
    pub files: Vec<String>,
}

/// One rule, for one log source, in every target.
#[derive(Clone, Debug)]
pub struct BuiltRule {
    pub rule: Arc<Rule>,
    /// `None` for a correlate or a sweep.
    pub selection: Option<Selection>,
    pub targets: Vec<RuleTarget>,
}

impl BuiltRule {
    pub fn name(&self) -> &str {
        self.selection.as_ref().map_or(&self.rule.name, |selection| &selection.name)
    }

    pub fn id(&self) -> crate::ir::Uuid {
        self.selection.as_ref().map_or(self.rule.id, |selection| selection.id)
    }
}

/// A whole build: what would be written, and what is to be said.
#[derive(Clone, Debug, Default)]
pub struct Build {
    pub rules: Vec<BuiltRule>,
    /// By path below the output folder.
    pub files: BTreeMap<String, String>,
    pub diagnostics: Vec<Diagnostic>,
    /// Of a build that was verified.
    pub verified: Option<Verified>,
}

impl Build {
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Compiles one selection for one target.
pub fn compile_rule(rule: &Rule, selection: &Selection, setting: &TargetSetting) -> Result<Query, Vec<Loss>> {
    let layout = setting.layout(selection).map_err(|loss| vec![loss])?;
    let compile = |selection: &Selection| {
        backends::backend(setting.target).compile(backends::Request { rule, selection, layout: layout.as_deref() })
    };
    let refused = match compile(selection) {
        Ok(query) => return Ok(query),
        Err(losses) => losses,
    };
    if rule.hunt.imported.is_none() || setting.accept.is_empty() {
        return Err(refused);
    }
    // Nobody wrote `approximate` into an imported rule; the workspace says so for all of them.
    let mut lenient = selection.clone();
    approximate(&mut lenient.condition);
    let Ok(query) = compile(&lenient) else { return Err(refused) };
    let direction = query.losses.iter().filter_map(|loss| loss.direction).reduce(Direction::join);
    let accepted =
        direction.is_none_or(|direction| setting.accept.contains(&direction) || setting.accept.contains(&Direction::Either));
    if accepted { Ok(query) } else { Err(refused) }
}

/// Marks each comparison: what cannot be said is left out alone.
fn approximate(condition: &mut Condition) {
    // Depth is bounded by the readers.
    match &mut condition.kind {
        Kind::All(parts) | Kind::Any(parts) => parts.iter_mut().for_each(approximate),
        Kind::Not(part) => approximate(part),
        Kind::Test(_) | Kind::Constant(_) => condition.approximate = true,
    }
}

/// Compiles every rule for every target and writes the files around them.
pub fn build(session: &Session, settings: &[TargetSetting], attack: &str) -> Build {
    build_all(session, settings, attack, Build::default())
}

/// As [`build`], and holds each exact rule against the hunt on its witnesses: one that does not select what the hunt means is
/// not written.
pub fn build_verified(session: &Session, settings: &[TargetSetting], attack: &str) -> Build {
    build_all(session, settings, attack, Build { verified: Some(Verified::default()), ..Build::default() })
}

fn build_all(session: &Session, settings: &[TargetSetting], attack: &str, mut build: Build) -> Build {
    let mut envelopes = Envelopes::default();
    let mut compiled = compiled(session, settings).into_iter();
    for rule in &session.program.rules {
        match &rule.body {
            Body::Select(selections) => {
                for selection in selections {
                    // One for each selection, in the same order.
                    let Some((own, queries)) = compiled.next() else { continue };
                    build_selection(rule, own, selection, settings, queries, &mut build, &mut envelopes);
                }
            }
            Body::Correlation(_) | Body::Sweep(_) => refuse_kind(rule, settings, &mut build),
        }
    }
    envelopes.finish(&mut build);
    let tests = tested(&session.program);
    let manifest = manifest(&build, session, attack, &tests);
    build.files.insert("manifest.json".to_owned(), manifest);
    build
}

/// A rule as one of its log sources has it, and its query in each target.
type Compiled = (Arc<Rule>, Vec<Result<Query, Vec<Loss>>>);

/// Every selection of every rule, in order.
fn compiled(session: &Session, settings: &[TargetSetting]) -> Vec<Compiled> {
    let mut work: Vec<(&Arc<Rule>, &Selection, bool)> = Vec::new();
    for rule in &session.program.rules {
        if let Body::Select(selections) = &rule.body {
            work.extend(selections.iter().map(|selection| (rule, selection, selections.len() > 1)));
        }
    }
    parallel::map(&work, &|(rule, selection, several)| {
        let own = if *several { Arc::new(for_selection(rule, selection)) } else { Arc::clone(rule) };
        let queries = settings.iter().map(|setting| compile_rule(&own, selection, setting)).collect();
        (own, queries)
    })
}

fn build_selection(
    rule: &Arc<Rule>,
    own: Arc<Rule>,
    selection: &Selection,
    settings: &[TargetSetting],
    queries: Vec<Result<Query, Vec<Loss>>>,
    build: &mut Build,
    envelopes: &mut Envelopes,
) {
    let mut targets = Vec::new();
    let mut events: Option<Witnesses> = None;
    for (setting, compiled) in settings.iter().zip(queries) {
        let excused = rule.not_on.iter().find(|not_on| not_on.target == setting.target);
        let mut files = Vec::new();
        let outcome = match (excused, compiled) {
            (Some(not_on), _) => Outcome::Refused {
                losses: vec![Loss {
                    code: "L0304",
                    direction: None,
                    span: not_on.span,
                    message: format!("`{}` is not written for {}: {}", selection.name, setting.target, not_on.reason),
                    label: None,
                    help: None,
                }],
                excused: true,
            },
            (None, Ok(query)) => {
                let verified = verify(&own, selection, setting, &query, &mut events, build);
                match verified.and_then(|()| envelopes.add(&own, selection, setting, &query)) {
                    Ok(written) => {
                        for file in written {
                            files.push(file.path.clone());
                            build.files.insert(file.path, file.text);
                        }
                        Outcome::Written(Box::new(query))
                    }
                    Err(losses) => Outcome::Refused { losses, excused: false },
                }
            }
            (None, Err(losses)) => Outcome::Refused { losses, excused: false },
        };
        targets.push(RuleTarget { target: setting.target, profile: setting.profile, outcome, files });
    }
    report(&own, selection, &targets, build);
    build.rules.push(BuiltRule { rule: own, selection: Some(selection.clone()), targets });
}

/// Holds an exact rule against the hunt, where the build is to be verified.
fn verify(
    rule: &Rule,
    selection: &Selection,
    setting: &TargetSetting,
    query: &Query,
    events: &mut Option<Witnesses>,
    build: &mut Build,
) -> Result<(), Vec<Loss>> {
    let Some(verified) = &mut build.verified else { return Ok(()) };
    if !query.losses.is_empty() {
        return Ok(());
    }
    let layout = setting.layout(selection).map_err(|loss| vec![loss])?;
    let events = events.get_or_insert_with(|| witnesses(selection));
    match verify_rule(rule.span, selection, events, setting.target, layout.as_ref(), query) {
        Ok(Some(agreement)) => {
            verified.rules += 1;
            verified.events += agreement.events;
            Ok(())
        }
        Ok(None) => Ok(()),
        Err(refusal) => {
            build.diagnostics.push(refusal.diagnostic);
            Err(vec![refusal.loss])
        }
    }
}

/// A rule for one of several log sources keeps what that log source has: the other entities and columns are other events'.
fn for_selection(rule: &Rule, selection: &Selection) -> Rule {
    let mut own = rule.clone();
    let Some(source) = crate::schema::catalogue::find(&selection.source.0) else { return own };
    let known = |field: &crate::schema::Field| source.field(&field.name).is_some();
    own.entities.retain(|entity| known(&entity.field));
    own.risk = own.risk.filter(|risk| known(&risk.on));
    for (_, schedule) in &mut own.schedules {
        if let Some(suppress) = &mut schedule.suppress {
            suppress.by.retain(known);
        }
    }
    own.name.clone_from(&selection.name);
    own.id = selection.id;
    own.meta.title = format!("{} ({})", own.meta.title, selection.source);
    own
}

/// Says at the author's line what each target lost or refused.
fn report(rule: &Rule, selection: &Selection, targets: &[RuleTarget], build: &mut Build) {
    let written: Vec<&str> = targets
        .iter()
        .filter(|target| matches!(target.outcome, Outcome::Written(_)))
        .map(|target| target.target.name())
        .collect();
    let rest = match written.as_slice() {
        [] => "no target is written".to_owned(),
        [one] => format!("{one} is written"),
        [all @ .., last] => format!("{} and {last} are written", all.join(", ")),
    };
    for target in targets {
        let name = target.target.name();
        match &target.outcome {
            Outcome::Written(query) => {
                for loss in &query.losses {
                    let direction = loss.direction.map_or("different", Direction::name);
                    // What one rendering of the records lacks is no choice of the author's.
                    let why = match (loss.code, rule.hunt.imported.is_some()) {
                        ("L0314", _) => " there",
                        (_, false) => ", as `approximate` allows",
                        (_, true) => ", as `accept_losses` allows",
                    };
                    build.diagnostics.push(
                        loss_diagnostic(loss, Severity::Note)
                            .with_note(format!("`{}` is approximate for `{name}`: it may be {direction}{why}", selection.name)),
                    );
                }
            }
            Outcome::Refused { losses, excused } => {
                // What a product cannot say of somebody else's rule is no mistake of the reader's.
                let severity = match (excused, rule.hunt.imported.is_some()) {
                    (true, _) => Severity::Note,
                    (false, true) => Severity::Warning,
                    (false, false) => Severity::Error,
                };
                // What was found while verifying has been told with its event.
                for loss in losses.iter().filter(|loss| !matches!(loss.code, "L0308" | "L0309")) {
                    let mut diagnostic = loss_diagnostic(loss, severity);
                    // Words of the language help nobody in somebody else's Sigma.
                    if rule.hunt.imported.is_some()
                        && diagnostic.help.as_ref().is_some_and(|help| help.contains("`not on") || help.contains("`approximate"))
                    {
                        diagnostic.help = None;
                    }
                    build.diagnostics.push(if *excused {
                        diagnostic
                    } else {
                        diagnostic.with_note(format!("`{}` is refused for `{name}`; {rest}", selection.name))
                    });
                }
            }
        }
    }
    // Of a single target its refusal, or the hunt's own word, has said it.
    if written.is_empty() && targets.len() > 1 {
        build.diagnostics.push(
            Diagnostic::error("L0300", rule.span, format!("no target can hold `{}`", selection.name))
                .help("a rule that is written nowhere detects nothing; say it another way, or build for more targets"),
        );
    }
}

fn loss_diagnostic(loss: &Loss, severity: Severity) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(loss.code, loss.span, loss.message.clone());
    diagnostic.severity = severity;
    diagnostic.label.clone_from(&loss.label);
    diagnostic.help.clone_from(&loss.help);
    diagnostic
}

/// Correlations and sweeps are read and checked; one diagnostic says that no target is written.
fn refuse_kind(rule: &Arc<Rule>, settings: &[TargetSetting], build: &mut Build) {
    let (what, span) = match &rule.body {
        Body::Correlation(correlation) => ("a `correlate`", correlation.span),
        Body::Sweep(sweep) => ("a `sweep`", sweep.span),
        Body::Select(_) => return,
    };
    let excused = |target: Target| rule.not_on.iter().any(|not_on| not_on.target == target);
    let loss = Loss {
        code: "L0306",
        direction: None,
        span,
        message: format!("{what} is read and checked, but this version writes it for no target"),
        label: None,
        help: Some("write the single events as a `detect`; they are compiled".to_owned()),
    };
    let targets: Vec<RuleTarget> = settings
        .iter()
        .map(|setting| RuleTarget {
            target: setting.target,
            profile: setting.profile,
            outcome: Outcome::Refused { losses: vec![loss.clone()], excused: excused(setting.target) },
            files: Vec::new(),
        })
        .collect();
    let severity = if settings.iter().all(|setting| excused(setting.target)) {
        Severity::Note
    } else if rule.hunt.imported.is_some() {
        Severity::Warning
    } else {
        Severity::Error
    };
    build.diagnostics.push(loss_diagnostic(&loss, severity));
    build.rules.push(BuiltRule { rule: Arc::clone(rule), selection: None, targets });
}

/// The files around queries. Some belong to one rule, some (a Splunk app) to all together.
#[derive(Default)]
struct Envelopes {
    splunk: Vec<SavedSearch>,
    /// What products keep in another way than the hunt says it.
    notes: Vec<Diagnostic>,
}

impl Envelopes {
    fn add(
        &mut self,
        rule: &Arc<Rule>,
        selection: &Selection,
        setting: &TargetSetting,
        query: &Query,
    ) -> Result<Vec<OutputFile>, Vec<Loss>> {
        let place = format!("{}/{}/{}", setting.target.name(), rule.hunt.name, selection.name);
        match setting.target {
            Target::Sigma => {
                let mut files = vec![OutputFile { path: format!("{place}.yml"), text: query.text.clone() }];
                for attachment in &query.attachments {
                    if attachment.kind == AttachmentKind::SigmaFilter {
                        files.push(OutputFile {
                            path: format!("sigma/{}/{}.yml", rule.hunt.name, attachment.name),
                            text: attachment.text.clone(),
                        });
                    }
                }
                Ok(files)
            }
            Target::Splunk => {
                envelope::splunk::add(&mut self.splunk, SplunkRule { rule, selection, query })?;
                Ok(vec![OutputFile { path: format!("{place}.spl"), text: query.text.clone() }])
            }
            Target::Sentinel => {
                let layout = setting.layout(selection).map_err(|loss| vec![loss])?;
                let mut files = vec![OutputFile { path: format!("{place}.kql"), text: query.text.clone() }];
                if let Some(layout) = layout {
                    let envelope = envelope::sentinel::analytic_rule(rule, selection, &layout, query)?;
                    self.notes.extend(envelope.notes);
                    files.push(OutputFile { path: format!("{place}.yaml"), text: envelope.text });
                }
                Ok(files)
            }
            Target::Defender => {
                let envelope = envelope::defender::custom_detection(rule, query)?;
                self.notes.extend(envelope.notes);
                Ok(vec![
                    OutputFile { path: format!("{place}.kql"), text: query.text.clone() },
                    OutputFile { path: format!("{place}.json"), text: envelope.text },
                ])
            }
        }
    }

    fn finish(&mut self, build: &mut Build) {
        // One note of each kind is enough: it is about the product, not about the rule.
        let mut said: BTreeSet<String> = BTreeSet::new();
        let notes = std::mem::take(&mut self.notes);
        build.diagnostics.extend(notes.into_iter().filter(|note| said.insert(note.message.clone())));
        build.files.extend(envelope::splunk::app(&self.splunk).into_iter().map(|file| (file.path, file.text)));
    }
}

/// `manifest.json`: sorted and stable, one entry for each rule and log source.
fn manifest(build: &Build, session: &Session, attack: &str, tests: &BTreeMap<crate::ir::Uuid, (usize, usize)>) -> String {
    let mut entries: Vec<(String, String, serde_json::Value)> = Vec::new();
    for built in &build.rules {
        let rule = &built.rule;
        let (passed, failed) = tests.get(&rule_of(built, session).id).copied().unwrap_or((0, 0));
        let targets: Vec<serde_json::Value> = built.targets.iter().map(|target| target_entry(target, build, session)).collect();
        let file = session.sources.get(rule.span.source).map(|file| file.path.to_string()).unwrap_or_default();
        let kind = match &rule.body {
            Body::Select(_) => "detect",
            Body::Correlation(_) => "correlate",
            Body::Sweep(_) => "sweep",
        };
        let mut entry = json!({
            "id": built.id().to_string(),
            "hunt": rule.hunt.name,
            "rule": built.name(),
            "kind": kind,
            "source": {"file": file, "line": session.sources.position(rule.span).line},
            "level": rule.meta.level.name(),
            "techniques": rule.meta.techniques.iter().map(|technique| technique.id.clone()).collect::<Vec<_>>(),
            "tests": {"passed": passed, "failed": failed},
        });
        if let (Some(tlp), Some(object)) = (&rule.hunt.tlp, entry.as_object_mut()) {
            object.insert("tlp".to_owned(), json!(tlp));
        }
        if let (Some(selection), Some(object)) = (&built.selection, entry.as_object_mut()) {
            object.insert("logsource".to_owned(), json!(&*selection.source.0));
        }
        if let Some(object) = entry.as_object_mut() {
            object.insert("targets".to_owned(), json!(targets));
        }
        entries.push((rule.hunt.name.clone(), built.name().to_owned(), entry));
    }
    entries.sort_by(|left, right| (&left.0, &left.1).cmp(&(&right.0, &right.1)));
    let rules: Vec<serde_json::Value> = entries.into_iter().map(|(_, _, entry)| entry).collect();
    let manifest = json!({"version": 1, "huntc": env!("CARGO_PKG_VERSION"), "attack": attack, "rules": rules, "files": build.files.keys().collect::<Vec<_>>()});
    // A `Value` always serialises: its keys are text.
    let mut text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    text.push('\n');
    text
}

/// How many rows and expectations of each rule passed and failed.
fn tested(program: &crate::ir::Program) -> BTreeMap<crate::ir::Uuid, (usize, usize)> {
    let mut found: BTreeMap<crate::ir::Uuid, (usize, usize)> = BTreeMap::new();
    for test in &program.tests {
        let rules: Vec<Arc<Rule>> = program.rules.iter().filter(|rule| rule.hunt.name == test.hunt).cloned().collect();
        let report = runner::run(test, &rules);
        let failed = |name: &str| report.failures.iter().filter(|failure| failure.rule() == name).count();
        let mut named: BTreeMap<crate::ir::Uuid, (&str, usize)> = BTreeMap::new();
        for row in &test.rows {
            named.entry(row.rule).or_insert((&row.rule_name, 0)).1 += 1;
        }
        for expected in test.expect.iter().flat_map(|expect| &expect.rules) {
            named.entry(expected.rule).or_insert((&expected.name, 0)).1 += 1;
        }
        for (id, (name, total)) in named {
            let failed = failed(name).min(total);
            let counts = found.entry(id).or_default();
            counts.0 += total - failed;
            counts.1 += failed;
        }
    }
    found
}

/// The rule as the program holds it: tests name that one.
fn rule_of<'a>(built: &'a BuiltRule, session: &'a Session) -> &'a Rule {
    session.program.rules.iter().find(|rule| rule.span == built.rule.span).map_or(&built.rule, |rule| rule)
}

fn target_entry(target: &RuleTarget, build: &Build, session: &Session) -> serde_json::Value {
    let loss = |loss: &Loss| {
        json!({
            "code": loss.code,
            "direction": loss.direction.map_or("refused", Direction::name),
            "line": session.sources.position(loss.span).line,
            "message": loss.message,
        })
    };
    let mut digest = Sha256::new();
    for path in &target.files {
        digest.update(build.files.get(path).map_or(&b""[..], |text| text.as_bytes()));
    }
    let digest: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let (status, assumes, losses): (&str, BTreeSet<&str>, Vec<serde_json::Value>) = match &target.outcome {
        Outcome::Written(query) => {
            let status = if query.losses.is_empty() { "exact" } else { "approximate" };
            (status, query.assumes.iter().map(|each| each.name()).collect(), query.losses.iter().map(loss).collect())
        }
        Outcome::Refused { losses, .. } => ("refused", BTreeSet::new(), losses.iter().map(loss).collect()),
    };
    let mut entry = json!({
        "target": target.target.name(),
        "profile": target.profile.map(Profile::name),
        "status": status,
        "assumes": assumes,
        "files": target.files,
        "losses": losses,
    });
    if let Outcome::Refused { excused: true, losses } = &target.outcome
        && let Some(object) = entry.as_object_mut()
    {
        object.insert("not_on".to_owned(), json!(losses.first().map(|loss| loss.message.clone())));
    }
    if !target.files.is_empty()
        && let Some(object) = entry.as_object_mut()
    {
        object.insert("sha256".to_owned(), json!(digest));
    }
    if let Outcome::Written(query) = &target.outcome
        && let Some(direction) = query.losses.iter().filter_map(|loss| loss.direction).reduce(Direction::join)
        && let Some(object) = entry.as_object_mut()
    {
        object.insert("direction".to_owned(), json!(direction.name()));
    }
    entry
}
