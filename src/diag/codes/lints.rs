//! Codes W, lints.

use super::super::Severity;
use super::{Code, Example};

pub const CODES: &[Code] = &[
    Code {
        id: "W0101",
        severity: Severity::Warning,
        title: "untested rule",
        explanation: "A rule is proved by a test that shows what it selects and by one that shows a near miss it leaves. Without both, a later edit can break it unseen.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect ‹r› on windows/process_creation {
    when { Image endswith 'a.exe' }
  }
}
"#,
        ),
    },
    Code {
        id: "W0102",
        severity: Severity::Warning,
        title: "empty text",
        explanation: "Every present value contains, starts and ends with the empty text. `FIELD exists` says that more plainly.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  pattern p on windows/process_creation {
    Image endswith 'a.exe'
    CommandLine contains ‹''›
  }
}
"#,
        ),
    },
    Code {
        id: "W0103",
        severity: Severity::Warning,
        title: "expired indicators",
        explanation: "Indicators past their expiry are not compared with: old addresses and domains belong to somebody else by now. A build's date is the newest `created` or `modified` of its files.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  created 2026-11-24
  ioc old domain expires ‹2020-01-01› { 'a.example' }
}
"#,
        ),
    },
    Code {
        id: "W0104",
        severity: Severity::Warning,
        title: "expired exception",
        explanation: "An exception past its expiry no longer removes events. Renew it or take it out.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  created 2026-11-24
  detect r on windows/process_creation {
    when { Image endswith 'a.exe' }
    except "known" expires ‹2020-01-01› { User == 'x' }
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
        id: "W0105",
        severity: Severity::Warning,
        title: "technique without a rule",
        explanation: "The hunt names a technique that none of its rules carries. Name it in a rule's `techniques`, or state it as a `blindspot` with the reason.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  techniques ‹T1490›
  detect r on windows/process_creation {
    when { Image endswith 'a.exe' }
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
        id: "W0106",
        severity: Severity::Warning,
        title: "value twice in a list",
        explanation: "A value stands twice in a list; one of them does nothing.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  list tools { 'a.exe', ‹'a.exe'› }
}
"#,
        ),
    },
    Code {
        id: "W0107",
        severity: Severity::Warning,
        title: "no hypothesis",
        explanation: "A hunt states what it believes, so that a search can confirm or refute it.",
        example: Example::Hunt(
            r#"‹hunt h› {
  title "x"
}
"#,
        ),
    },
    Code {
        id: "W0108",
        severity: Severity::Warning,
        title: "unrestricted rule",
        explanation: "A rule whose every clause says what an event is not selects all but a few events of its log source. Nobody can look at so many, and a product that is asked for them may stop. Say what the event is.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  ‹detect r› on windows/process_creation {
    when { not Image endswith '\a.exe' }
  }
}
"#,
        ),
    },
    Code {
        id: "W0109",
        severity: Severity::Warning,
        title: "clause that never holds",
        explanation: "Two clauses that must hold together exclude each other, so that a rule selects no event, a branch is never taken, or an exception is of no use. Mostly an `or` was meant, or one of two negations too many was written.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when { Image endswith '\a.exe' and ‹Image endswith '\b.exe'› }
  }
}
"#,
        ),
    },
    Code {
        id: "W0110",
        severity: Severity::Warning,
        title: "clause that adds nothing",
        explanation: "A clause is implied by one that must hold as well, or covered by an alternative beside it. It does nothing, or it does not say what its author meant. Clauses are compared within one pattern or one `when`; a pattern of a library may repeat what a rule says itself.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when { CommandLine contains 'shadowcopy' and ‹CommandLine contains 'shadow'› }
  }
}
"#,
        ),
    },
    Code {
        id: "W0111",
        severity: Severity::Warning,
        title: "value that no event has",
        explanation: "A field of this log source never has this value: an event id of another log source, a path on Windows with `/` or with a blank at its end, capitals in a hash that is compared with its case. The comparison is never true, and a negated one always.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when { Image endswith ‹'\a.exe '› }
  }
}
"#,
        ),
    },
    Code {
        id: "W0112",
        severity: Severity::Warning,
        title: "wildcard read as a character",
        explanation: "`contains`, `startswith`, `endswith` and `==` compare characters, and `*` is one of them. `like` reads `*` as any text and `?` as one character.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when { CommandLine contains ‹'*delete shadows*'› }
  }
}
"#,
        ),
    },
    Code {
        id: "W0113",
        severity: Severity::Warning,
        title: "expression read as text",
        explanation: "Only `matches` reads regular expressions; every other operator compares the characters. A class with a repetition in such a value is hardly text that a log holds.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when { CommandLine contains ‹'user[0-9]+'› }
  }
}
"#,
        ),
    },
    Code {
        id: "W0114",
        severity: Severity::Warning,
        title: "expression that every value matches",
        explanation: "A regular expression that finds the empty text is true of every present value: it is looked for anywhere in the value unless `^` and `$` bind it.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when { Image endswith '\a.exe' and CommandLine matches ‹/(delete)?/› }
  }
}
"#,
        ),
    },
    Code {
        id: "W0115",
        severity: Severity::Note,
        title: "no term for the index",
        explanation: "Products find events by the words in their index. A rule over a log source of millions of events a day, none of whose clauses holds three letters or digits in a row, makes them read every event. Often there is no better way; a clause with a name or a word beside the others makes the search many times as quick.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  ‹detect r› on windows/process_creation {
    when { CommandLine matches /[^a-z]{9}/ }
  }
}
"#,
        ),
    },
];
