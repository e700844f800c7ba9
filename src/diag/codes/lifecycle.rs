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
];
