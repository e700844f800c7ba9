//! Codes E06, files and configuration.

use super::super::Severity;
use super::{Code, Example};

pub const CODES: &[Code] = &[
    Code {
        id: "E0601",
        severity: Severity::Error,
        title: "file cannot be read",
        explanation: "A file that was named does not exist or cannot be read. Paths in a hunt are relative to the file they stand in.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  ioc samples sha256 from ‹"missing.csv"›
}
"#,
        ),
    },
    Code {
        id: "E0602",
        severity: Severity::Error,
        title: "no UTF-8 text",
        explanation: "Hunts and indicator files are UTF-8 text.",
        example: Example::Call(r#"huntc check binary.hunt"#),
    },
    Code {
        id: "E0603",
        severity: Severity::Error,
        title: "path outside of the workspace",
        explanation: "A hunt may come from anybody, so it reads files of its own workspace only: no absolute paths, and no `..` that leaves it.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  ioc samples sha256 from ‹"../../etc/passwd"›
}
"#,
        ),
    },
    Code {
        id: "E0604",
        severity: Severity::Error,
        title: "files that use each other",
        explanation: "A chain of `use` leads back to where it began. Move what both need into a library of its own.",
        example: Example::Files(&[
            (
                "example.hunt",
                r#"use a from "lib.hunt"

library one {
  list b { 'x' }
}
"#,
            ),
            (
                "lib.hunt",
                r#"use b from ‹"example.hunt"›

library two {
  list a { 'x' }
}
"#,
            ),
        ]),
    },
    Code {
        id: "E0605",
        severity: Severity::Error,
        title: "configuration that cannot be read",
        explanation: "`huntc.yaml` is YAML with a few known keys. `huntc init` writes one to start from.",
        example: Example::Call(r#"huntc check"#),
    },
    Code {
        id: "E0606",
        severity: Severity::Error,
        title: "unknown key",
        explanation: "`huntc.yaml` has a key that huntc does not know. It would have no effect, so it is an error rather than a surprise.",
        example: Example::Call(r#"huntc check"#),
    },
    Code {
        id: "E0607",
        severity: Severity::Error,
        title: "wrong call",
        explanation: "The command line names something that is not there: a target, a profile, a rule, a code.",
        example: Example::Call(r#"huntc build -t splnuk"#),
    },
    Code {
        id: "E0608",
        severity: Severity::Error,
        title: "file cannot be written",
        explanation: "The output folder, or another file, cannot be written. A build that fails leaves the folder as it was.",
        example: Example::Call(r#"huntc build -o /dev/null/x"#),
    },
];
