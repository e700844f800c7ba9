//! Every rule in every target: queries, the files around them, the manifest, and what could not be said.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::Session;
use super::manifest::manifest;
use super::parallel::{self, PIECE};
use super::sets::{self, SetFile, SetFiles, SweptFile};
use super::sweeps::{self, Kept, Swept};
use super::verified::{Verified, verify_rule};
use crate::backends::{self, AttachmentKind, Query};
use crate::config::ScopeConfig;
use crate::diag::{Diagnostic, Severity};
use crate::envelope::splunk::{SavedSearch, SplunkRule};
use crate::envelope::{self, OutputFile};
use crate::ir::{Body, Condition, Direction, Kind, Loss, Rule, Selection};
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
    /// The site collects Windows events as XML alone, so that what only the XML rendering holds can be compared (Splunk).
    pub xml_only: bool,
    /// How an imported rule may differ from what it means; hunts say `approximate` themselves.
    pub accept: Vec<Direction>,
}

impl TargetSetting {
    /// A target in its default profile.
    pub fn new(target: Target) -> Self {
        let profile = target.profiles().first().copied();
        TargetSetting { target, profile, scope: BTreeMap::new(), fields: BTreeMap::new(), xml_only: false, accept: Vec::new() }
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
        let narrows = self.xml_only && found.has_classic_rendering();
        if scope.is_none() && fields.is_none() && !narrows {
            return Ok(Some(found));
        }
        let mut own = (*found).clone();
        if narrows {
            own.leave_classic_rendering();
        }
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
    /// One log source of a sweep that the target does not keep, or keeps without a field that the sweep compares. That is no
    /// fault of the hunt's: a sweep is over what is there.
    NotSwept { losses: Vec<Loss> },
}

#[derive(Clone, Debug)]
pub struct RuleTarget {
    pub target: Target,
    pub profile: Option<Profile>,
    pub outcome: Outcome,
    pub files: Vec<String>,
    /// SHA-256 of the files' texts in their order, in hexadecimal.
    pub digest: String,
}

/// One rule, for one log source, in every target.
#[derive(Clone, Debug)]
pub struct BuiltRule {
    pub rule: Arc<Rule>,
    /// `None` for a correlate.
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
    /// The files of indicators that queries ask, and the lists of what sweeps look for; in order.
    pub set_files: Vec<SetFile>,
    pub swept_files: Vec<SweptFile>,
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
    compile_with(rule, selection, setting, layout.as_deref())
}

fn compile_with(
    rule: &Rule,
    selection: &Selection,
    setting: &TargetSetting,
    layout: Option<&Layout>,
) -> Result<Query, Vec<Loss>> {
    let compile =
        |selection: &Selection| backends::backend(setting.target).compile(backends::Request { rule, selection, layout });
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
    let mut shared = Shared::default();
    let files = SetFiles::default();
    let mut made = made(session, settings, build.verified.is_some(), &files).into_iter();
    for rule in &session.program.rules {
        let first = build.rules.len();
        match rule.body.selections() {
            Some(selections) => {
                for selection in selections {
                    // One for each selection, in the same order.
                    let Some((own, made)) = made.next() else { continue };
                    build_selection(own, selection, settings, made, &mut build, &mut shared);
                }
            }
            None => refuse_correlation(rule, settings, &mut build),
        }
        if let Body::Sweep(_) = rule.body {
            let said = sweeps::report(rule, settings, &build.rules[first..]);
            build.diagnostics.extend(said);
        }
    }
    sets::write(session, &files, &mut build);
    shared.finish(&mut build);
    let manifest = manifest(&build, session, attack);
    build.files.insert("manifest.json".to_owned(), manifest);
    build
}

/// What one target makes of a selection while nothing is known of the other rules.
#[derive(Default)]
struct Made {
    /// The query, or the complete list of reasons against it.
    query: Option<Query>,
    losses: Vec<Loss>,
    /// Of a sweep: the target has nothing of this log source to sweep.
    not_swept: bool,
    /// Witnesses that were judged, where the rule was verified.
    events: Option<usize>,
    /// What verification found.
    refusal: Option<Diagnostic>,
    files: Vec<OutputFile>,
    digest: String,
    notes: Vec<Diagnostic>,
    search: Option<SavedSearch>,
}

/// A rule as one of its log sources has it, and what each target makes of it.
type OfSelection = (Arc<Rule>, Vec<Made>);

/// Every selection of every rule, in order, on every processor.
fn made(session: &Session, settings: &[TargetSetting], verify: bool, files: &SetFiles) -> Vec<OfSelection> {
    let mut work: Vec<(&Arc<Rule>, &Selection, bool)> = Vec::new();
    for rule in &session.program.rules {
        if let Some(selections) = rule.body.selections() {
            work.extend(selections.iter().map(|selection| (rule, selection, selections.len() > 1)));
        }
    }
    let piece = if verify { 1 } else { PIECE };
    parallel::map(&work, piece, &|(rule, selection, several)| {
        let own = if *several { Arc::new(for_selection(rule, selection)) } else { Arc::clone(rule) };
        let mut events: Option<Witnesses> = None;
        let all = settings.iter().map(|setting| {
            let mut made = Made::default();
            if own.not_on.iter().all(|not_on| not_on.target != setting.target)
                && let Err(losses) = make(&own, selection, setting, verify.then_some(&mut events), files, &mut made)
            {
                made.losses = losses;
                made.query = None;
            }
            made
        });
        let all = all.collect();
        (own, all)
    })
}

/// The query of a selection, whether it selects what the hunt means, and its own files.
fn make(
    rule: &Rule,
    selection: &Selection,
    setting: &TargetSetting,
    witnesses_of: Option<&mut Option<Witnesses>>,
    files: &SetFiles,
    made: &mut Made,
) -> Result<(), Vec<Loss>> {
    let is_sweep = matches!(rule.body, Body::Sweep(_));
    let layout = setting.layout(selection).map_err(|loss| {
        made.not_swept = is_sweep;
        vec![loss]
    })?;
    if is_sweep {
        let (kept, query, losses) = swept(rule, selection, setting, layout.as_deref()).map_err(|(not_swept, losses)| {
            made.not_swept = not_swept;
            losses
        })?;
        // What the target keeps of this log source is verified as a rule of its own: its witnesses are others than the next
        // target's.
        let mut own: Option<Witnesses> = None;
        let events = witnesses_of.is_some().then_some(&mut own);
        finish(rule, &kept, setting, layout, query, events, files, made)?;
        if let Some(query) = &mut made.query {
            query.losses.extend(losses);
        }
        return Ok(());
    }
    let query = compile_with(rule, selection, setting, layout.as_deref())?;
    finish(rule, selection, setting, layout, query, witnesses_of, files, made)
}

/// What a target keeps of one log source of a sweep, the query, and what is not kept.
type OfSwept = (Selection, Query, Vec<Loss>);

/// One log source of a sweep in a target.
///
/// # Errors
/// The losses, and whether they say that there is nothing to sweep rather than that the author has to change something.
fn swept(
    rule: &Rule,
    selection: &Selection,
    setting: &TargetSetting,
    layout: Option<&Layout>,
) -> Result<OfSwept, (bool, Vec<Loss>)> {
    let compile = |selection: &Selection| compile_with(rule, selection, setting, layout);
    let probe = |selection: &Selection| compile(selection).map(|_| ());
    let mut too_long = Vec::new();
    for how in [Kept::InQuery, Kept::Beside] {
        let Swept { selection: kept, losses } = sweeps::kept(selection, layout, (setting.target, how), &probe);
        if losses.iter().any(sweeps::is_of_set) {
            return Err((false, losses.into_iter().filter(sweeps::is_of_set).collect()));
        }
        let Some(kept) = kept else { return Err((true, losses)) };
        match compile(&kept) {
            Ok(query) => return Ok((kept, query, losses)),
            // Beside the query its sets take no room.
            Err(refused) if refused.iter().all(|loss| loss.code == "L0305") => too_long = refused,
            Err(refused) => return Err((false, refused)),
        }
    }
    Err((false, too_long))
}

/// One log source of a sweep in a target: what the target keeps of it, and the query.
///
/// # Errors
/// Why there is none.
pub fn compile_swept(rule: &Rule, selection: &Selection, setting: &TargetSetting) -> Result<(Selection, Query), Vec<Loss>> {
    let layout = setting.layout(selection).map_err(|loss| vec![loss])?;
    swept(rule, selection, setting, layout.as_deref()).map(|(kept, query, _)| (kept, query)).map_err(|(_, losses)| losses)
}

/// Holds a query against the hunt where that is asked for, and makes its own files.
#[expect(clippy::too_many_arguments, reason = "what is known of one rule in one target")]
fn finish(
    rule: &Rule,
    selection: &Selection,
    setting: &TargetSetting,
    layout: Option<Arc<Layout>>,
    query: Query,
    witnesses_of: Option<&mut Option<Witnesses>>,
    files: &SetFiles,
    made: &mut Made,
) -> Result<(), Vec<Loss>> {
    if let (Some(events), true) = (witnesses_of, query.losses.is_empty()) {
        let events = events.get_or_insert_with(|| witnesses(selection));
        match verify_rule(rule.span, selection, events, setting.target, layout.as_ref(), &query, files) {
            Ok(agreement) => made.events = agreement.map(|agreement| agreement.events),
            Err(refusal) => {
                made.refusal = Some(refusal.diagnostic);
                return Err(vec![refusal.loss]);
            }
        }
    }
    surround(rule, selection, setting.target, layout.as_deref(), &query, made)?;
    made.query = Some(query);
    Ok(())
}

/// The files around a query that belong to its rule alone.
fn surround(
    rule: &Rule,
    selection: &Selection,
    target: Target,
    layout: Option<&Layout>,
    query: &Query,
    made: &mut Made,
) -> Result<(), Vec<Loss>> {
    let place = format!("{}/{}/{}", target.name(), rule.hunt.name, selection.name);
    let mut files = Vec::new();
    let mut add = |ending: &str, text: String| files.push(OutputFile { path: [&place, ".", ending].concat(), text });
    match target {
        Target::Sigma => {
            add("yml", query.text.clone());
            for attachment in query.attachments.iter().filter(|each| each.kind == AttachmentKind::SigmaFilter) {
                let path = format!("sigma/{}/{}.yml", rule.hunt.name, attachment.name);
                files.push(OutputFile { path, text: attachment.text.clone() });
            }
        }
        Target::Splunk => {
            made.search = Some(envelope::splunk::saved_search(SplunkRule { rule, selection, query })?);
            add("spl", query.text.clone());
        }
        Target::Sentinel => {
            add("kql", query.text.clone());
            if let Some(layout) = layout {
                let envelope = envelope::sentinel::analytic_rule(rule, selection, layout, query)?;
                made.notes = envelope.notes;
                add("yaml", envelope.text);
            }
        }
        Target::Defender => {
            let envelope = envelope::defender::custom_detection(rule, query)?;
            made.notes = envelope.notes;
            add("kql", query.text.clone());
            add("json", envelope.text);
        }
    }
    made.digest = digest(&files);
    made.files = files;
    Ok(())
}

/// SHA-256 of a text, in hexadecimal.
pub(super) fn digest_of(text: &str) -> String {
    hexadecimal(Sha256::new().chain_update(text.as_bytes()))
}

fn digest(files: &[OutputFile]) -> String {
    let mut digest = Sha256::new();
    for file in files {
        digest.update(file.text.as_bytes());
    }
    hexadecimal(digest)
}

fn hexadecimal(digest: Sha256) -> String {
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Takes what was made of one selection into the build.
fn build_selection(
    own: Arc<Rule>,
    selection: &Selection,
    settings: &[TargetSetting],
    made: Vec<Made>,
    build: &mut Build,
    shared: &mut Shared,
) {
    let mut targets = Vec::new();
    for (setting, made) in settings.iter().zip(made) {
        let mut files = Vec::new();
        if let (Some(verified), Some(events)) = (&mut build.verified, made.events) {
            verified.rules += 1;
            verified.events += events;
        }
        build.diagnostics.extend(made.refusal);
        let excused = own.not_on.iter().find(|not_on| not_on.target == setting.target);
        let added = made.search.map_or(Ok(()), |search| shared.splunk.add(search, own.span));
        let outcome = match (excused, made.query, added) {
            (Some(not_on), _, _) => Outcome::Refused {
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
            (None, Some(query), Ok(())) => {
                shared.notes.extend(made.notes);
                for file in made.files {
                    files.push(file.path.clone());
                    build.files.insert(file.path, file.text);
                }
                Outcome::Written(Box::new(query))
            }
            (None, Some(_), Err(losses)) => Outcome::Refused { losses, excused: false },
            (None, None, _) if made.not_swept => Outcome::NotSwept { losses: made.losses },
            (None, None, _) => Outcome::Refused { losses: made.losses, excused: false },
        };
        targets.push(RuleTarget { target: setting.target, profile: setting.profile, outcome, files, digest: made.digest });
    }
    report(&own, selection, &targets, build);
    build.rules.push(BuiltRule { rule: own, selection: Some(selection.clone()), targets });
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
                // The fields that a target does not sweep are told for the sweep as a whole.
                let is_sweep = matches!(rule.body, Body::Sweep(_));
                for loss in query.losses.iter().filter(|loss| !is_sweep || loss.code == "L0314") {
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
                // And what is about a set of a sweep is told once for the sweep.
                let is_sweep = matches!(rule.body, Body::Sweep(_)) && !excused;
                let told = |loss: &&Loss| !(matches!(loss.code, "L0308" | "L0309") || is_sweep && sweeps::is_of_set(loss));
                for loss in losses.iter().filter(told) {
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
            // Said of the sweep as a whole.
            Outcome::NotSwept { .. } => {}
        }
    }
    // Of a single target its refusal, or the hunt's own word, has said it; of a sweep as a whole it is said elsewhere.
    if written.is_empty() && targets.len() > 1 && !matches!(rule.body, Body::Sweep(_)) {
        build.diagnostics.push(
            Diagnostic::error("L0300", rule.span, format!("no target can hold `{}`", selection.name))
                .help("a rule that is written nowhere detects nothing; say it another way, or build for more targets"),
        );
    }
}

pub(super) fn loss_diagnostic(loss: &Loss, severity: Severity) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(loss.code, loss.span, loss.message.clone());
    diagnostic.severity = severity;
    diagnostic.label.clone_from(&loss.label);
    diagnostic.help.clone_from(&loss.help);
    diagnostic
}

/// Correlations are read and checked; one diagnostic says that no target is written.
fn refuse_correlation(rule: &Arc<Rule>, settings: &[TargetSetting], build: &mut Build) {
    let Body::Correlation(correlation) = &rule.body else { return };
    let span = correlation.span;
    let excused = |target: Target| rule.not_on.iter().any(|not_on| not_on.target == target);
    let loss = Loss {
        code: "L0306",
        direction: None,
        span,
        message: "a `correlate` is read and checked, but this version writes it for no target".to_owned(),
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
            digest: String::new(),
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

/// What belongs to all rules together: a Splunk app, and notes about a product.
#[derive(Default)]
struct Shared {
    splunk: envelope::splunk::App,
    /// What products keep in another way than the hunt says it.
    notes: Vec<Diagnostic>,
}

impl Shared {
    fn finish(self, build: &mut Build) {
        // One note of each kind is enough: it is about the product, not about the rule.
        let mut said: BTreeSet<String> = BTreeSet::new();
        build.diagnostics.extend(self.notes.into_iter().filter(|note| said.insert(note.message.clone())));
        build.files.extend(self.splunk.files().into_iter().map(|file| (file.path, file.text)));
    }
}
