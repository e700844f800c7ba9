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
        id: "L0331",
        severity: Severity::Error,
        title: "set of indicators that no list of the product holds",
        explanation: "In Microsoft Sentinel more than 100 indicators of one type, or those that do not fit an analytic rule's 10,000 \
                      characters, stand in a watchlist beside the query (`docs/sweeps.md`): at most 1,000,000 items, because KQL's `in` \
                      considers no more (learn.microsoft.com/kusto/query/in-operator), and of at most 32 different lengths of blocks or \
                      numbers of labels. A custom detection of Microsoft Defender XDR has no such list that it may read, so a sweep of more \
                      than 1,000 indicators of one type is refused there: hand them to the product as custom indicators \
                      (learn.microsoft.com/defender-endpoint/indicators-overview), and write `not on defender`.",
        example: Example::Call("huntc build"),
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
        title: "correlations are not written yet",
        explanation: "A `correlate` is read and checked, and refused for every target in this version.",
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
        id: "L0307",
        severity: Severity::Note,
        title: "log sources that a target does not sweep",
        explanation: "A sweep compares its indicators with every log source that has a field of their type. A product that does not keep a log \
                      source, or none of its fields of that type, cannot be swept there: the sweep is written for the others, and the manifest \
                      names each one that is missing with the reason (`not_swept`). Where a product keeps none of them, the sweep is refused \
                      for it (`L0302`).",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  created 2026-11-24
  ioc addresses ip { '192.0.2.1' }
  ‹sweep s› { indicators addresses }
}
"#,
        ),
    },
    Code {
        id: "L0308",
        severity: Severity::Error,
        title: "query that does not select what the hunt means",
        explanation: "`build --verify` runs events that show what a rule means (for each comparison a pair that differs there alone, and its neighbours) through the hunt and through a model of the target that reads the query back. Where they differ although the rule would be called exact, the rule is not written for that target. The message shows the event and what each side says of it. This is a fault of huntc, never of the hunt: report it.",
        example: Example::Call("huntc build --verify"),
    },
    Code {
        id: "L0309",
        severity: Severity::Error,
        title: "query that cannot be verified",
        explanation: "`build --verify` reads each query back with a model of the target that is written from the vendor's documentation. It does not know something that stands in this one, or the documentation does not say what it gives for an event, so nothing can be said of the rule, and it is not written for that target. This is a fault of huntc: report it. `--no-verify` writes the rule unverified.",
        example: Example::Call("huntc build --verify"),
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
        explanation: "The description of an analytic rule has at most 5,000 characters. It is made of the hunt's hypothesis, the rule's false positives and response, and as many of the references as fit. Shorten the hypothesis.",
        example: Example::Call("huntc build"),
    },
    Code {
        id: "L0379",
        severity: Severity::Error,
        title: "schedule that Microsoft Sentinel cannot keep",
        explanation: "An analytic rule runs every 5 minutes to 14 days, in whole minutes, and looks back at most 14 days; a look-back of 2 days or more is for rules that run once an hour or less often. The look-back is the frequency and the arrival delay together (learn.microsoft.com/azure/sentinel/create-analytics-rules). Write a schedule of its own for this target: `schedule on sentinel every 1h`.",
        example: Example::Hunt(
            "hunt h {\n  title \"h\"\n\n  detect d on windows/process_creation {\n    when Image named 'x.exe'\n    level low\n    schedule every ‹1m›\n  }\n}\n",
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
            "hunt h {\n  title \"h\"\n\n  detect d on windows/process_creation {\n    when Image named 'x.exe'\n    level low\n    schedule every ‹15m›\n  }\n}\n",
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
    Code {
        id: "L0310",
        severity: Severity::Error,
        title: "Splunk takes lists of objects apart",
        explanation: "Splunk extracts a list of objects as one multivalue field for each key of its objects (`spath` names them \
                      `F{}.key`), which no longer say which values belong to one object. What asks for one object that satisfies \
                      several clauses cannot be said (Search Reference, `spath`). The rule is refused for Splunk and written for \
                      the others.",
        example: Example::Hunt(
            "hunt h {\n  title \"h\"\n\n  detect d on azure/signinlogs {\n    when {\n      AppDisplayName == 'x'\n      \
             ‹some AuthenticationDetails { anywhere contains 'x' }›\n    }\n    level low\n  }\n}\n",
        ),
    },
    Code {
        id: "L0311",
        severity: Severity::Error,
        title: "column that Splunk cannot name",
        explanation: "A field's name stands in double quotes in `search` and in single quotes in `eval` and `where`, and no escape for \
                      either inside a name is documented (Search Reference, `eval`: \"Field names\"). So a column whose name holds a \
                      quote, a backslash or a `*` cannot be compared. Name another column in `huntc.yaml`, or alias the field in \
                      props.conf.",
        example: Example::Call("huntc build"),
    },
    Code {
        id: "L0312",
        severity: Severity::Error,
        title: "number too large for Splunk to order",
        explanation: "Splunk computes with 64-bit floating-point numbers (Search Reference, `eval`: numbers), in which an integer beyond \
                      2^53 and its neighbours are one. `==` and `in` compare such integers as text and stay exact; `<`, `<=`, `>` \
                      and `>=` cannot.",
        example: Example::Hunt(
            "hunt h {\n  title \"h\"\n\n  detect d on windows/process_creation {\n    when {\n      Image named 'x.exe'\n      \
             ‹ProcessId < 9007199254740993›\n    }\n    level low\n  }\n}\n",
        ),
    },
    Code {
        id: "L0313",
        severity: Severity::Error,
        title: "Splunk cannot compare two address fields",
        explanation: "`cidrmatch` compares a field with a block that is written in the query. No function brings an IPv6 address to one \
                      spelling, so two fields that hold the same address in two spellings are two texts (Search Reference, \
                      \"Comparison and Conditional functions\"). Compare each field with the addresses or blocks that matter.",
        example: Example::Hunt(
            "hunt h {\n  title \"h\"\n\n  detect d on windows/network_connection {\n    when {\n      Image named 'x.exe'\n      \
             ‹SourceIp == field DestinationIp›\n    }\n    level low\n  }\n}\n",
        ),
    },
    Code {
        id: "L0314",
        severity: Severity::Error,
        title: "field of the XML rendering alone",
        explanation: "Windows events come to Splunk as XML or as classic text. In classic text this field is missing or holds words in \
                      the forwarder's language, so a rule on it cannot be exact for both. With `approximate` before the clause it is \
                      written: exact for XML, and classic events are judged without the field (narrower, or wider below `not`). \
                      `renderXml = true` in inputs.conf collects XML; a site that collects nothing else says `rendering: xml` for the \
                      target in huntc.yaml: then the log source's macro covers XML alone, and rules on the field are exact.",
        example: Example::Hunt(
            "hunt h {\n  title \"h\"\n\n  detect d on windows/security {\n    when {\n      EventID == 4624\n      \
             ‹LogonProcessName == 'seclogo'›\n    }\n    level low\n  }\n}\n",
        ),
    },
    Code {
        id: "L0315",
        severity: Severity::Error,
        title: "text too long for one of Splunk's regular expressions",
        explanation: "What `search` cannot say exactly is said by `match`, whose PCRE compiles an expression to at most 64 KiB unless \
                      it was built for more (pcre2build, \"Handling very large patterns\"). A single text or pattern beyond 16,000 \
                      bytes may not fit. Lists of any length are split.",
        example: Example::Call("huntc build"),
    },
    Code {
        id: "L0316",
        severity: Severity::Error,
        title: "set of indicators that no lookup of Splunk holds",
        explanation: "More than 100 indicators of one type stand in a lookup file beside the search (`docs/sweeps.md`). What a lookup makes of a \
                      field of several values is not documented; domains of more than 8 different numbers of labels would be as many \
                      lookups; and a row of addresses is a block of one kind, IPv4 or IPv6. Sweep what does not fit apart.",
        example: Example::Call("huntc build"),
    },
    Code {
        id: "L0370",
        severity: Severity::Error,
        title: "name too long for a saved search",
        explanation: "A saved search is named after the hunt and the rule, and Splunk takes at most 100 characters. Shorten one of the \
                      names; `renamed_from` keeps the rule's id.",
        example: Example::Hunt(
            "hunt h {\n  title \"h\"\n\n  ‹detect \
             a_rule_with_a_name_that_says_very_much_more_than_anybody_will_ever_want_to_read_in_a_list_of_saved_searches› on \
             windows/process_creation {\n    when {\n      Image named 'x.exe'\n    }\n    level low\n  }\n}\n",
        ),
    },
    Code {
        id: "L0371",
        severity: Severity::Error,
        title: "schedule that cron cannot keep",
        explanation: "Splunk runs saved searches by cron expressions, which repeat by the minute within an hour, by the hour within a \
                      day, or by the day. Any other period would leave gaps or overlaps between two runs, and events would be lost \
                      or reported twice (S5.10). The help names the nearest periods that fit.",
        example: Example::Hunt(
            "hunt h {\n  title \"h\"\n\n  detect d on windows/process_creation {\n    when {\n      Image named 'x.exe'\n    }\n    \
             level low\n    schedule every ‹45m›\n  }\n}\n",
        ),
    },
    Code {
        id: "L0372",
        severity: Severity::Error,
        title: "column that an alert needs is absent",
        explanation: "`suppress … by` and `risk … on` name columns of the result, and the profile has none for this field, or one whose \
                      name savedsearches.conf cannot list. Without it alerts would be suppressed, or risk given, for the wrong \
                      things. Name a field that the profile keeps, or say it for one target.",
        example: Example::Hunt(
            "hunt h {\n  title \"h\"\n\n  detect d on windows/file_event {\n    when {\n      Image named 'x.exe'\n    }\n    \
             level low\n    schedule every 1h suppress ‹1d› by CommandLine\n  }\n}\n",
        ),
    },
    Code {
        id: "L0373",
        severity: Severity::Error,
        title: "two rules need one macro",
        explanation: "The exceptions of a rule are in a search macro named after its hunt and the rule, with `_` between the two. These \
                      two rules would share one macro though their exceptions differ. Rename one of the rules; `renamed_from` keeps \
                      its id.",
        example: Example::Call("huntc build"),
    },
];
