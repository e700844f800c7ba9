//! Codes L03, what a target cannot say.

use super::{Code, Example};
use crate::diag::Severity;

pub const CODES: &[Code] = &[
    Code {
        id: "L0301",
        severity: Severity::Error,
        title: "field absent from the profile",
        explanation: "The product does not keep this field of the log source, or not as a value that can be compared, so the clause \
                      cannot be said there; the message gives the reason. The rule is refused for that target and written for the \
                      others. Write `approximate` before the clause to leave it out where it cannot be said, or `not on TARGET \
                      \"reason\"` in the rule.",
        example: Example::Hunt(
            "hunt h {\n  title \"h\"\n\n  detect d on windows/process_creation {\n    when {\n      Image named 'x.exe'\n      \
             ‹imphash == '0123456789abcdef0123456789abcdef'›\n    }\n    level low\n  }\n}\n",
        ),
    },
    Code {
        id: "L0303",
        severity: Severity::Error,
        title: "absent and empty cannot be told apart",
        explanation: "A text column of Kusto holds the empty text where a value is absent, so a clause that is true of one of the two \
                      and false of the other cannot be said there: `exists`, `is null`, `contains ''`, a regular expression that \
                      matches the empty text. `is empty` and `is present` mean the same everywhere. Columns of which the product's \
                      documents say that they always have a value, or never an empty one, do not have this limit \
                      (learn.microsoft.com/kusto/query/scalar-data-types/null-values).",
        example: Example::Hunt(
            "hunt h {\n  title \"h\"\n\n  detect d on windows/process_creation {\n    when {\n      Image named 'x.exe'\n      \
             ‹CommandLine is null›\n    }\n    level low\n  }\n}\n",
        ),
    },
    Code {
        id: "L0305",
        severity: Severity::Error,
        title: "query longer than the product takes",
        explanation: "An analytic rule of Microsoft Sentinel takes a query of at most 10,000 characters \
                      (learn.microsoft.com/azure/sentinel/sentinel-service-limits). Split the rule, or shorten its lists.",
        example: Example::Call("huntc build"),
    },
    Code {
        id: "L0330",
        severity: Severity::Error,
        title: "KQL cannot look anywhere inside one element",
        explanation: "KQL's `* contains` looks at the columns of a row. Inside `some F { … }` the question is about the members of one \
                      element of a list, which are no columns (learn.microsoft.com/kusto/query/where-operator). Name the member \
                      that holds the text.",
        example: Example::Hunt(
            "hunt h {\n  title \"h\"\n\n  detect d on azure/signinlogs {\n    when {\n      AppDisplayName == 'x'\n      \
             some AuthenticationDetails { ‹anywhere contains 'x'› }\n    }\n    level low\n  }\n}\n",
        ),
    },
    Code {
        id: "L0300",
        severity: Severity::Error,
        title: "no target holds the rule",
        explanation: "Every target refused the rule, so it would be written nowhere and detect nothing.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  ‹detect r› on windows/process_creation {
    when { Image endswith 'a.exe' }
    not on sigma "x"
    not on splunk "x"
    not on sentinel "x"
    not on defender "x"
  }
  test "t" {
    base windows/process_creation { Image: 'C:\a.exe' }
    hit r { }
    miss r { Image: 'C:\b.exe' }
  }
}
"#,
        ),
    },
    Code {
        id: "L0302",
        severity: Severity::Error,
        title: "log source absent",
        explanation: "The product's profile does not keep this log source, so the rule is refused for it. Say `not on TARGET` with the reason, or look at a log source that the product has.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on proxy {
    when { ‹c-uri contains 'evil'› }
  }
  test "t" {
    base proxy { c-uri: 'http://evil.example/' }
    hit r { }
    miss r { c-uri: 'http://good.example/' }
  }
}
"#,
        ),
    },
    Code {
        id: "L0304",
        severity: Severity::Note,
        title: "not on a target",
        explanation: "The hunt says that a rule is not written for a target, and why. The manifest keeps the reason.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when { Image endswith 'a.exe' }
    ‹not on splunk "no Sysmon there"›
  }
  test "t" {
    base windows/process_creation { Image: 'C:\a.exe' }
    hit r { }
    miss r { Image: 'C:\b.exe' }
  }
}
"#,
        ),
    },
    Code {
        id: "L0306",
        severity: Severity::Error,
        title: "correlations and sweeps are not written yet",
        explanation: "A `correlate` or `sweep` is read and checked, and refused for every target in this version.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  pattern p on windows/process_creation { Image endswith 'a.exe' }
  correlate c {
    ‹when count of p >= 5 by Computer within 5m›
  }
}
"#,
        ),
    },
    Code {
        id: "L0377",
        severity: Severity::Error,
        title: "title longer than Microsoft Sentinel takes",
        explanation: "The name of an analytic rule has at most 256 characters (learn.microsoft.com/azure/sentinel/sentinel-service-limits). Shorten the rule's title.",
        example: Example::Call("huntc build"),
    },
    Code {
        id: "L0378",
        severity: Severity::Error,
        title: "description longer than Microsoft Sentinel takes",
        explanation: "The description of an analytic rule has at most 5,000 characters. It is made of the hunt's hypothesis, the rule's false positives and response, and the references. Shorten the hypothesis.",
        example: Example::Call("huntc build"),
    },
    Code {
        id: "L0379",
        severity: Severity::Error,
        title: "schedule that Microsoft Sentinel cannot keep",
        explanation: "An analytic rule runs every 5 minutes to 14 days, in whole minutes, and looks back at most 14 days; a look-back of 2 days or more is for rules that run once an hour or less often. The look-back is the frequency and the arrival delay together (learn.microsoft.com/azure/sentinel/create-analytics-rules). Write a schedule of its own for this target: `schedule on sentinel every 1h`.",
        example: Example::Hunt(
            "hunt h {\n  title \"h\"\n\n  detect d on windows/process_creation {\n    when Image named 'x.exe'\n    level low\n    schedule ‹every 1m›\n  }\n}\n",
        ),
    },
    Code {
        id: "L0380",
        severity: Severity::Error,
        title: "suppression that Microsoft Sentinel cannot keep",
        explanation: "Suppression lasts 5 minutes to 1 day for a whole rule. With `by`, alerts about the same values join one incident, for up to 7 days.",
        example: Example::Hunt(
            "hunt h {\n  title \"h\"\n\n  detect d on windows/process_creation {\n    when Image named 'x.exe'\n    level low\n    schedule every 1h suppress ‹30d›\n  }\n}\n",
        ),
    },
    Code {
        id: "L0381",
        severity: Severity::Note,
        title: "entity that Microsoft Sentinel does not map",
        explanation: "The column of this entity is not kept for the log source, or the rule has more than 10 entities. The query is the same; the alert lacks the entity.",
        example: Example::Call("huntc build"),
    },
    Code {
        id: "L0382",
        severity: Severity::Error,
        title: "schedule that Microsoft Defender XDR cannot keep",
        explanation: "A custom detection runs every 1, 3, 12 or 24 hours and then looks back 4 hours, 12 hours, 48 hours or 30 days (learn.microsoft.com/defender-xdr/custom-detection-rules). Write a schedule of its own for this target: `schedule on defender every 1h`.",
        example: Example::Hunt(
            "hunt h {\n  title \"h\"\n\n  detect d on windows/process_creation {\n    when Image named 'x.exe'\n    level low\n    schedule ‹every 15m›\n  }\n}\n",
        ),
    },
    Code {
        id: "L0383",
        severity: Severity::Error,
        title: "result that Microsoft Defender XDR does not take",
        explanation: "The result of a custom detection has the columns `Timestamp` and `ReportId` and one that names an asset, such as `DeviceId` (learn.microsoft.com/defender-xdr/custom-detection-rules). The table of the log source has not all of them.",
        example: Example::Call("huntc build"),
    },
    Code {
        id: "L0384",
        severity: Severity::Note,
        title: "suppression that Microsoft Defender XDR does not have",
        explanation: "Custom detections have no suppression of their own: the product joins alerts to incidents by itself. The query is the same.",
        example: Example::Call("huntc build"),
    },
    Code {
        id: "L0385",
        severity: Severity::Error,
        title: "a file could not be written",
        explanation: "A template of the compiler could not be filled. This is a fault of the compiler: please report it with the hunt.",
        example: Example::Call("huntc build"),
    },
];
