//! Heads of blocks: what a block is by the words before its `{`, and where a head shows that a bracket is missing.

use super::{Kind, Last, Outliner, Role, Token};
use crate::diag::Diagnostic;

/// How far out a head may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeadLevel {
    File,
    Unit,
    Rule,
    /// `level high`: a property, of a rule or a hunt.
    Property,
    Test,
}

const OPERATOR_WORDS: &[&str] =
    &["contains", "startswith", "endswith", "named", "like", "matches", "in", "is", "exists", "not", "and", "or"];

impl<'t> Outliner<'t> {
    /// Whether a line is a head such as `detect NAME … {`, and how far out it belongs.
    pub(super) fn head(&self, line: &[Token]) -> Option<HeadLevel> {
        let first = self.word(*line.first()?);
        let second = line.get(1)?;
        let goes_on = self.last == Last::GoesOn;
        let in_clauses = self.open.last().is_some_and(|open| match open.role {
            // In a block without any clause yet, a property is misplaced rather than a `}` missing.
            Role::Clauses => !open.statements.is_empty() || !open.current.pieces.is_empty(),
            Role::Unit | Role::Detect | Role::Correlate | Role::Sweep => goes_on || !open.parentheses.is_empty(),
            _ => false,
        });
        if in_clauses && self.is_property(first, &line[1..]) {
            return Some(HeadLevel::Property);
        }
        if !line.iter().any(|token| token.kind == Kind::BraceOpen) {
            return None;
        }
        let named = second.kind == Kind::Word
            && (!OPERATOR_WORDS.contains(&self.word(*second))
                || line.get(2).is_some_and(|third| third.kind == Kind::BraceOpen || self.word(*third) == "on"));
        let texted = matches!(second.kind, Kind::Escaped | Kind::Literal | Kind::Prose);
        let braced = second.kind == Kind::BraceOpen;
        match first {
            "site" if self.word(*second) == "list" && line.get(2).is_some_and(|third| third.kind == Kind::Word) => {
                Some(HeadLevel::Unit)
            }
            "hunt" | "library" | "site" if named => Some(HeadLevel::File),
            "logsource" if named => Some(HeadLevel::File),
            "detect" | "correlate" | "sweep" | "pattern" | "list" | "ioc" if named => Some(HeadLevel::Unit),
            "test" if texted => Some(HeadLevel::Unit),
            "stop" if braced => Some(HeadLevel::Unit),
            "when" if braced => Some(HeadLevel::Rule),
            "except" if texted || named => Some(HeadLevel::Rule),
            "event" | "hit" | "miss" | "base" if named => Some(HeadLevel::Test),
            _ => None,
        }
    }

    /// Whether a line within clauses can only be a property, so that a `}` is missing before it.
    pub(super) fn is_property(&self, keyword: &str, rest: &[Token]) -> bool {
        let rest: Vec<Token> = rest.iter().copied().filter(|token| token.kind != Kind::Comment).collect();
        let word = |index: usize| rest.get(index).map_or("", |token| self.word(*token));
        let text =
            |index: usize| rest.get(index).is_some_and(|token| matches!(token.kind, Kind::Escaped | Kind::Literal | Kind::Prose));
        let ends = |index: usize| rest.get(index).is_none_or(|token| token.kind == Kind::Comma);
        let plain = |index: usize| !word(index).is_empty() && !OPERATOR_WORDS.contains(&word(index));
        match keyword {
            "title" | "id" | "author" | "hypothesis" | "description" | "software" | "actor" | "campaign" | "references"
            | "tags" | "falsepositives" | "response" => text(0) && ends(1),
            "created" | "modified" => word(0).starts_with(|character: char| character.is_ascii_digit()) && ends(1),
            "status" | "tlp" | "level" | "renamed_from" => plain(0) && rest.len() == 1,
            "techniques" | "fields" | "indicators" => plain(0) && ends(1),
            "entities" => matches!(word(0), "host" | "account" | "ip" | "file" | "process") && plain(1) && ends(2),
            "blindspot" => plain(0) && text(1),
            "risk" => word(1) == "on",
            "schedule" => matches!(word(0), "every" | "on" | "suppress") && plain(1),
            "not" => word(0) == "on" && matches!(word(1), "sigma" | "splunk" | "sentinel" | "defender" | "kql") && text(2),
            _ => false,
        }
    }

    /// A head inside a bracket that should have been closed: reports it once, naming the innermost open bracket, and closes
    /// everything down to where the head may stand.
    pub(super) fn close_before_head(&mut self, level: HeadLevel, line: &[Token]) {
        let keep = match level {
            HeadLevel::File => Some(1),
            HeadLevel::Unit => self.open.iter().position(|open| open.role == Role::Unit).map(|at| at + 1),
            HeadLevel::Rule => {
                let rule = self.open.iter().position(|open| matches!(open.role, Role::Detect | Role::Correlate | Role::Sweep));
                let unit = self.open.iter().position(|open| open.role == Role::Unit);
                rule.or(if self.word(line[0]) == "except" { unit } else { None }).map(|at| at + 1)
            }
            HeadLevel::Property => self
                .open
                .iter()
                .rposition(|open| matches!(open.role, Role::Detect | Role::Correlate | Role::Sweep | Role::Unit))
                .map(|at| at + 1),
            HeadLevel::Test => self.open.iter().position(|open| open.role == Role::Test).map(|at| at + 1),
        };
        let Some(keep) = keep else { return };
        let inside_parentheses = self.open.last().is_some_and(|open| !open.parentheses.is_empty());
        if self.open.len() <= keep && !inside_parentheses {
            // Nothing is missing; but a statement that seemed to go on ends before a head.
            if self.last == Last::GoesOn {
                self.top().finish_statement();
                self.last = Last::Other;
            }
            self.skipping.clear();
            return;
        }
        let braces = self.open.len() > keep;
        let top = self.top();
        let (innermost, bracket) = top.parentheses.last().map_or((top.at, '{'), |parenthesis| (parenthesis.at, '('));
        let broken = top.current.broken;
        let missing = match (bracket, braces) {
            ('(', true) => "`)` and `}` missing before this line",
            ('(', false) => "`)` missing before this line",
            _ => "`}` missing before this line",
        };
        let named = level != HeadLevel::Property && line.get(1).is_some_and(|second| !self.word(*second).is_empty());
        let end = if named { line[1].end } else { line[0].end };
        let head = self.span(line[0].start, end);
        if !(broken && bracket == '(' && !braces) {
            let innermost_span = self.span(innermost, innermost + 1);
            let mut closing = String::new();
            for open in self.open[keep - 1..].iter().rev() {
                closing.extend(std::iter::repeat_n(')', open.parentheses.len()));
                if open.at >= self.open.get(keep).map_or(usize::MAX, |outermost| outermost.at) {
                    closing.push_str("}\n");
                }
            }
            if !braces {
                closing.push('\n');
            }
            let word = self.word(line[0]).to_owned();
            let mut diagnostic = Diagnostic::error("E0106", head, missing)
                .label(format!("`{word}` cannot stand inside another block"))
                .also(innermost_span, format!("this `{bracket}` is still open"))
                .fix(format!("close it before `{word}`"), self.span(line[0].start, line[0].start), closing);
            // A `}` that does not stand below its block's line most likely closed another block than was meant.
            if let Some((open, close)) = self.misaligned
                && open > innermost
            {
                diagnostic = diagnostic.also(self.span(close, close + 1), "does this `}` close what it should?");
            }
            self.report(diagnostic);
        }
        self.skipping.clear();
        let at = line[0].start;
        while self.open.len() > keep {
            if !self.top().parentheses.is_empty() {
                self.top().current.broken = true;
            }
            self.close_block(at, at);
        }
        let top = self.top();
        if !top.parentheses.is_empty() {
            top.current.broken = true;
        }
        top.finish_statement();
        self.last = Last::Other;
    }

    /// What a block is, from the words before its `{`.
    pub(super) fn role_of_block(&self) -> Role {
        let Some(top) = self.open.last() else { return Role::Clauses };
        let word = top.first_word.map_or("", |(start, end)| &self.text[start..end]);
        let close = |known: &[&'static str]| -> String {
            if known.contains(&word) {
                word.to_owned()
            } else {
                crate::diag::nearest(word, known.iter().copied()).unwrap_or_default().to_owned()
            }
        };
        match top.role {
            Role::File => match close(&[
                "hunt",
                "library",
                "site",
                "logsource",
                "detect",
                "pattern",
                "correlate",
                "sweep",
                "test",
                "list",
                "ioc",
            ])
            .as_str()
            {
                "logsource" => Role::LogSource,
                "detect" => Role::Detect,
                "pattern" => Role::Clauses,
                "correlate" => Role::Correlate,
                "sweep" => Role::Sweep,
                "test" => Role::Test,
                "list" | "ioc" => Role::Values,
                _ => Role::Unit,
            },
            Role::Unit => {
                match close(&[
                    "detect",
                    "correlate",
                    "sweep",
                    "test",
                    "list",
                    "ioc",
                    "site",
                    "stop",
                    "result",
                    "pattern",
                    "except",
                    "when",
                ])
                .as_str()
                {
                    "detect" => Role::Detect,
                    "correlate" => Role::Correlate,
                    "sweep" => Role::Sweep,
                    "test" => Role::Test,
                    "list" | "ioc" | "site" => Role::Values,
                    "stop" => Role::Stop,
                    "result" => Role::Result,
                    _ => Role::Clauses,
                }
            }
            Role::LogSource => Role::Entries,
            Role::Test | Role::Pairs => Role::Pairs,
            Role::Detect
            | Role::Correlate
            | Role::Sweep
            | Role::Stop
            | Role::Result
            | Role::Clauses
            | Role::Values
            | Role::Entries => Role::Clauses,
        }
    }

    /// The first word of the statement that is being read.
    pub(super) fn head_word(&self) -> &'t str {
        self.open.last().and_then(|open| open.first_word).map_or("", |(start, end)| &self.text[start..end])
    }
}
