//! Codes E10 and W10, the beginning and the end of a hunt: coverage, status, who targets whom.

use super::super::Severity;
use super::{Code, Example};

pub const CODES: &[Code] = &[
    Code {
        id: "E1001",
        severity: Severity::Error,
        title: "earlier state that cannot be read",
        explanation: "`--since` compares with a `manifest.json` that `huntc build` wrote, or with what `huntc coverage --format json` wrote: \
            JSON with a list `rules`, each with its hunt, techniques, tests and targets.",
        example: Example::Call("huntc coverage --since notes.json"),
    },
    Code {
        id: "E1002",
        severity: Severity::Error,
        title: "coverage under the bound",
        explanation: "`--fail-under` asks that each target that is looked at covers this share of the techniques with rules whose tests pass. \
            One of them covers less. The bound is for CI: it keeps what was reached.",
        example: Example::Call("huntc coverage --for WannaCry --fail-under 90"),
    },
    Code {
        id: "E1003",
        severity: Severity::Error,
        title: "coverage that was lost",
        explanation: "`--fail-on-loss` asks that no technique loses what covered it at `--since`. A rule is gone, does not name the technique any \
            more, fails a test, or is refused for a target.",
        example: Example::Call("huntc coverage --since manifest.json --fail-on-loss"),
    },
    Code {
        id: "E1004",
        severity: Severity::Error,
        title: "period that ends before it begins",
        explanation: "What was examined, and the hunt itself, ends on the day on which it began or later. Both days are included.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"

  result {
    examined windows/process_creation from 2026-11-24 to ‹2026-08-26›
  }
}
"#,
        ),
    },
    Code {
        id: "E1005",
        severity: Severity::Error,
        title: "hunt that may not close",
        explanation: "`huntc status --done` reports what is missing before a hunt may close. A hunt ends when its own `stop` conditions hold: each \
            log source that its rules look at was examined over the window, each technique has a tested rule or a blind spot with its reason, \
            indicators have not expired, there is an outcome with a conclusion, and somebody takes over. A hypothesis is refuted only where \
            everything was examined and the variants of each technique were thought of; else the outcome is inconclusive, which may leave \
            conditions unmet that say why.",
        example: Example::Call("huntc status --done hunts/wannacry.hunt"),
    },
    Code {
        id: "E1006",
        severity: Severity::Error,
        title: "line that is no match",
        explanation: "`--matches` reads what `huntc search --format json` wrote: one object a line, which names its hunt and its rule.",
        example: Example::Call("huntc report --matches notes.txt -o report.html"),
    },
    Code {
        id: "E1007",
        severity: Severity::Error,
        title: "sector or place without a record",
        explanation: "`--targets` takes a sector of our list or a value as MISP's galaxy records it (`bank` is finance), `--country` a country by name or by the \
            two letters of ISO 3166, a region or an organisation. No actor is recorded for what was asked; that does not mean that nobody targets it. \
            A region stands for what is recorded of the region, and not for each of its countries.",
        example: Example::Call("huntc attack --targets fishing"),
    },
    Code {
        id: "W1001",
        severity: Severity::Warning,
        title: "closed hunt without a result",
        explanation: "A hunt whose status is `closed` says what came of it: an outcome, a conclusion, what was examined, who takes over. Without \
            that nobody can tell a refuted hypothesis from a hunt that was given up.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  status ‹closed›
}
"#,
        ),
    },
];
