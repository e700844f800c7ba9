//! Codes L0350 to L0369, what Sigma cannot say.

use super::{Code, Example};
use crate::diag::Severity;

pub const CODES: &[Code] = &[
    Code {
        id: "L0350",
        severity: Severity::Error,
        title: "Sigma: one element of a list",
        explanation: "Sigma compares each field on its own. It has no words for one element of a list of objects that satisfies several clauses \
            (Sigma specification 2.1, \"Detection\"). Without `some`, each clause may be satisfied by another element.",
        example: Example::Hunt(
            "logsource acme/audit {\n  fields {\n    changes: list of object\n    changes.name: string\n    changes.value: string\n  }\n}\nhunt example {\n  detect rule on acme/audit {\n    when {\n      ‹some changes {\n        name == 'Role'\n        value == 'admin'\n      }›\n    }\n    level low\n    not on splunk \"tried on Sigma alone\"\n    not on sentinel \"tried on Sigma alone\"\n    not on defender \"tried on Sigma alone\"\n  }\n}\n",
        ),
    },
    Code {
        id: "L0351",
        severity: Severity::Error,
        title: "Sigma: time of day",
        explanation: "Sigma has no word for the event's own time. Its modifiers `hour` and `minute` take parts of a field that holds a date, as it \
            stands, and convert no zone (Sigma specification 2.1, modifiers, \"Time Modifiers\").",
        example: Example::Hunt(
            "hunt example {\n  detect rule on windows/process_creation {\n    when {\n      Image named 'cmd.exe'\n      ‹time in 19:00..07:00›\n    }\n    level low\n    not on splunk \"tried on Sigma alone\"\n    not on sentinel \"tried on Sigma alone\"\n    not on defender \"tried on Sigma alone\"\n  }\n}\n",
        ),
    },
    Code {
        id: "L0352",
        severity: Severity::Error,
        title: "Sigma: day of the week",
        explanation: "Sigma's time modifiers are minute, hour, day of the month, week, month and year: none is the day of the week (Sigma \
            specification 2.1, modifiers, \"Time Modifiers\").",
        example: Example::Hunt(
            "hunt example {\n  detect rule on windows/process_creation {\n    when {\n      Image named 'cmd.exe'\n      ‹weekday in (sat, sun)›\n    }\n    level low\n    not on splunk \"tried on Sigma alone\"\n    not on sentinel \"tried on Sigma alone\"\n    not on defender \"tried on Sigma alone\"\n  }\n}\n",
        ),
    },
    Code {
        id: "L0353",
        severity: Severity::Error,
        title: "Sigma: case of a text anywhere",
        explanation: "Keywords of Sigma are texts without a field, and modifiers such as `cased` stand behind a field's name (Sigma specification \
            2.1, \"Detection\" and modifiers). Name the field, or compare ignoring case.",
        example: Example::Hunt(
            "hunt example {\n  detect rule on windows/process_creation {\n    when {\n      ‹anywhere contains cased 'Mimikatz'›\n    }\n    level low\n    not on splunk \"tried on Sigma alone\"\n    not on sentinel \"tried on Sigma alone\"\n    not on defender \"tried on Sigma alone\"\n  }\n}\n",
        ),
    },
    Code {
        id: "L0354",
        severity: Severity::Error,
        title: "Sigma: comparison of two fields",
        explanation: "Sigma's `fieldref` compares two fields as text and says nothing of case (Sigma specification 2.1, modifiers, \"Specific \
            Modifiers\"): a comparison with the case, of addresses in several spellings, or of a path's last component is not that.",
        example: Example::Hunt(
            "hunt example {\n  detect rule on windows/process_creation {\n    when {\n      ‹Image == cased field ParentImage›\n    }\n    level low\n    not on splunk \"tried on Sigma alone\"\n    not on sentinel \"tried on Sigma alone\"\n    not on defender \"tried on Sigma alone\"\n  }\n}\n",
        ),
    },
    Code {
        id: "L0355",
        severity: Severity::Error,
        title: "Sigma: word boundary",
        explanation: "Sigma's regular expressions know `.`, `^`, `$`, `* + ? {n,m}`, classes, groups and `|`; other metacharacters cannot be used \
            (Sigma specification 2.1, modifiers, \"Regular Expression\"). A word boundary at an end of the expression is spelled out; \
            elsewhere write the characters that may stand there.",
        example: Example::Hunt(
            "hunt example {\n  detect rule on windows/process_creation {\n    when {\n      ‹CommandLine matches /a.*\\bb/›\n    }\n    level low\n    not on splunk \"tried on Sigma alone\"\n    not on sentinel \"tried on Sigma alone\"\n    not on defender \"tried on Sigma alone\"\n  }\n}\n",
        ),
    },
    Code {
        id: "L0356",
        severity: Severity::Error,
        title: "Sigma: part of a hash",
        explanation: "Sysmon keeps all hashes of a file in one text, and so does Sigma's taxonomy (`Hashes`). Whole hashes, and literal parts of \
            one, can be looked for in it; a pattern over one hash cannot.",
        example: Example::Hunt(
            "hunt example {\n  detect rule on windows/process_creation {\n    when {\n      ‹sha256 matches /^[0-9]+$/›\n    }\n    level low\n    not on splunk \"tried on Sigma alone\"\n    not on sentinel \"tried on Sigma alone\"\n    not on defender \"tried on Sigma alone\"\n  }\n}\n",
        ),
    },
    Code {
        id: "L0357",
        severity: Severity::Error,
        title: "Sigma: name of a field",
        explanation: "Sigma writes modifiers behind a field's name after `|` (Sigma specification 2.1, \"Detection\"), so a name that holds one \
            cannot be written.",
        example: Example::Hunt(
            "logsource acme/audit {\n  fields {\n    `a|b`: string\n  }\n}\nhunt example {\n  detect rule on acme/audit {\n    when {\n      ‹`a|b` == 'x'›\n    }\n    level low\n    not on splunk \"tried on Sigma alone\"\n    not on sentinel \"tried on Sigma alone\"\n    not on defender \"tried on Sigma alone\"\n  }\n}\n",
        ),
    },
    Code {
        id: "L0358",
        severity: Severity::Error,
        title: "Sigma: order of a hexadecimal number",
        explanation: "Sigma converts no field: a number that records write as `0x3e7` is a text to it, and texts have no order. Equality is written \
            in both spellings.",
        example: Example::Hunt(
            "hunt example {\n  detect rule on windows/process_creation {\n    when {\n      ‹LogonId > 1000›\n    }\n    level low\n    not on splunk \"tried on Sigma alone\"\n    not on sentinel \"tried on Sigma alone\"\n    not on defender \"tried on Sigma alone\"\n  }\n}\n",
        ),
    },
    Code {
        id: "L0359",
        severity: Severity::Error,
        title: "Sigma: set of indicators too large for a rule",
        explanation: "Sigma has no lists beside a rule: it holds its values itself. A sweep of more than 10,000 indicators of one type is refused \
            there, because the queries that converters make of such a rule are ones that no product takes.",
        example: Example::Call("huntc build"),
    },
];
