//! Codes E03, ATT&CK.

use super::{Code, Example};
use crate::diag::Severity;

pub const CODES: &[Code] = &[
    Code {
        id: "E0301",
        severity: Severity::Error,
        title: "unknown technique",
        explanation: "A hunt names techniques by their ATT&CK Enterprise id, and the release that the workspace chose (`attack:` in \
            `huntc.yaml`) has none with this id. An id that does not exist would make coverage wrong without anybody noticing. \
            `huntc attack NAME` finds an id by its name.",
        example: Example::Hunt("hunt example {\n  techniques ‹T1940›\n}\n"),
    },
    Code {
        id: "E0302",
        severity: Severity::Error,
        title: "revoked technique",
        explanation: "ATT&CK replaced this technique by another. Layers and coverage of today's ATT&CK do not show it. Write the \
            successor; its tactics are computed from it, since a successor may stand in other tactics.",
        example: Example::Hunt("hunt example {\n  techniques ‹T1562.001›\n}\n"),
    },
    Code {
        id: "E0303",
        severity: Severity::Error,
        title: "deprecated technique",
        explanation: "ATT&CK took this technique out and names no successor. Choose the technique that describes today what the \
            hunt looks for.",
        example: Example::Hunt("hunt example {\n  techniques ‹T1064›\n}\n"),
    },
    Code {
        id: "E0304",
        severity: Severity::Error,
        title: "unknown software, actor or campaign",
        explanation: "The text after `software`, `actor` or `campaign` is an ATT&CK id, name or alias, in any case. This one is none \
            of them in the release that the workspace chose. `huntc attack NAME` looks one up.",
        example: Example::Hunt("hunt example {\n  software ‹\"WannaCryy\"›\n}\n"),
    },
    Code {
        id: "E0305",
        severity: Severity::Error,
        title: "ambiguous ATT&CK name",
        explanation: "Several objects of ATT&CK carry this name or alias. An id is never ambiguous: write the one that is meant.",
        example: Example::Hunt("hunt example {\n  actor ‹\"UAC-0056\"›\n}\n"),
    },
    Code {
        id: "E0306",
        severity: Severity::Error,
        title: "revoked software, actor or campaign",
        explanation: "ATT&CK merged this object into another. Write the successor.",
        example: Example::Hunt("hunt example {\n  actor ‹\"G0042\"›\n}\n"),
    },
    Code {
        id: "E0307",
        severity: Severity::Error,
        title: "deprecated software, actor or campaign",
        explanation: "ATT&CK took this object out and names no successor. Some former groups are campaigns today.",
        example: Example::Hunt("hunt example {\n  actor ‹\"G0014\"›\n}\n"),
    },
    Code {
        id: "E0308",
        severity: Severity::Error,
        title: "ATT&CK object of another kind",
        explanation: "The id or name exists in ATT&CK, but as another kind of object than this line takes: an actor after `software`, a \
            tactic after `techniques`. Tactics are never written: they are computed from the techniques.",
        example: Example::Hunt("hunt example {\n  software ‹\"Lazarus Group\"›\n}\n"),
    },
    Code {
        id: "E0309",
        severity: Severity::Error,
        title: "campaign that cannot be checked",
        explanation: "The facts of ATT&CK 19.0 that are built into the compiler hold no campaigns, so those of 18.1 are asked; they do \
            not know this one either. Name the group with `actor`, and the campaign's page in `references`.",
        example: Example::Hunt("hunt example {\n  campaign ‹\"C9999\"›\n}\n"),
    },
];
