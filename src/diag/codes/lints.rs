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
];
