//! Codes E05, correlations.

use super::super::Severity;
use super::{Code, Example};

pub const CODES: &[Code] = &[
    Code {
        id: "E0501",
        severity: Severity::Error,
        title: "no event shows an absence",
        explanation: "A count of zero has no event to carry it. What did not follow is found with `a without b by KEY within 5m`.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  pattern p on windows/process_creation { Image endswith 'a.exe' }
  correlate c {
    when count of p ‹< 1› by Computer within 5m
  }
}
"#,
        ),
    },
    Code {
        id: "E0502",
        severity: Severity::Error,
        title: "unknown operand",
        explanation: "A correlation is about patterns, detects and other correlates of its hunt.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  pattern p on windows/process_creation { Image endswith 'a.exe' }
  correlate c {
    when count of ‹q› >= 5 by Computer within 5m
  }
}
"#,
        ),
    },
    Code {
        id: "E0503",
        severity: Severity::Error,
        title: "no lawful window",
        explanation: "A correlation looks at a window of time, between one second and 30 days.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  pattern p on windows/process_creation { Image endswith 'a.exe' }
  correlate c {
    when count of p >= 5 by Computer within ‹90d›
  }
}
"#,
        ),
    },
    Code {
        id: "E0504",
        severity: Severity::Error,
        title: "no lawful bound",
        explanation: "Events and values are counted in whole numbers, of at least one; sums and averages are compared with numbers.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  pattern p on windows/process_creation { Image endswith 'a.exe' }
  correlate c {
    when count of p >= ‹0› by Computer within 5m
  }
}
"#,
        ),
    },
    Code {
        id: "E0505",
        severity: Severity::Error,
        title: "field cannot be used so",
        explanation: "Events are grouped by fields with one value; sums, averages and percentiles need numbers.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  pattern p on windows/process_creation { Image endswith 'a.exe' }
  correlate c {
    when sum ‹Image› of p > 5 by Computer within 5m
  }
}
"#,
        ),
    },
];
