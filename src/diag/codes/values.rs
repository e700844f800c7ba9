//! Codes E04, values.

use super::super::Severity;
use super::{Code, Example};

pub const CODES: &[Code] = &[
    Code {
        id: "E0401",
        severity: Severity::Error,
        title: "number out of range",
        explanation: "Whole numbers lie between -9223372036854775808 and 9223372036854775807; fractions are finite.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  pattern p on windows/network_connection { DestinationPort == ‹99999999999999999999› }
}
"#,
        ),
    },
    Code {
        id: "E0402",
        severity: Severity::Error,
        title: "no address or block",
        explanation: "An address is written as `'192.0.2.7'` or `'2001:db8::1'`, a block as `'10.0.0.0/8'`. Blocks are compared with `in`.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  pattern p on windows/network_connection { DestinationIp in (‹'10.0.0.0/33'›) }
}
"#,
        ),
    },
    Code {
        id: "E0403",
        severity: Severity::Error,
        title: "no such hash",
        explanation: "A hash has the number of hexadecimal digits of its algorithm: 32 for MD5 and import hashes, 40 for SHA-1, 64 for SHA-256. Another length can match no event.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when {
      sha256 == ‹'d41d8cd98f00b204e9800998ecf8427e'›
    }
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
        id: "E0404",
        severity: Severity::Error,
        title: "regular expression that not every target has",
        explanation: "The language has the part of regular expressions that Splunk, Kusto and the Rust `regex` crate share: no look-around, no back-references, no named, atomic or possessive groups, no Unicode classes, at most 1000 repetitions.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when {
      CommandLine matches /a‹(?=›b)/
    }
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
        id: "E0406",
        severity: Severity::Error,
        title: "no UUID",
        explanation: "An `id` is a UUID. Leave it out and one is derived from the names, the same on every machine.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  id ‹"hunt-1"›
}
"#,
        ),
    },
    Code {
        id: "E0407",
        severity: Severity::Error,
        title: "name that no path ends with",
        explanation: "`named` compares the last component of a path. A component is never empty and holds no separator.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when {
      Image named ‹'System32\cmd.exe'›
    }
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
        id: "E0408",
        severity: Severity::Error,
        title: "value that cannot be used",
        explanation: "The value is too short for its encoding, has too many wildcards or dashes, or is the empty text where every event would hold it.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when {
      CommandLine contains base64offset ‹''›
    }
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
        id: "E0409",
        severity: Severity::Error,
        title: "no such indicator",
        explanation: "An indicator is read by its type: a domain has labels and dots, an address is an address, a hash has its length. Defanged forms such as `hxxp` and `[.]` are read.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  ioc bad domain { ‹'not a domain'› }
}
"#,
        ),
    },
    Code {
        id: "E0410",
        severity: Severity::Error,
        title: "empty range of time",
        explanation: "`time in` takes a start that is included and an end that is not; they must differ. A range may pass midnight.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when {
      time in ‹07:00..07:00›
    }
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
        id: "E0411",
        severity: Severity::Error,
        title: "CSV file that cannot be used",
        explanation: "The first line of a CSV file names its columns; the column that is read must be there, and each line must have a value in it.",
        example: Example::Files(&[
            (
                "example.hunt",
                r#"hunt h {
  hypothesis "x"
  ioc samples sha256 from "a.csv" column ‹"sha"›
}
"#,
            ),
            (
                "a.csv",
                r#"sha256,note
"#,
            ),
        ]),
    },
    Code {
        id: "E0412",
        severity: Severity::Error,
        title: "no risk score",
        explanation: "Splunk's risk scores are whole numbers from 1 to 100.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when { Image endswith 'a.exe' }
    risk ‹160› on Computer
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
        id: "E0413",
        severity: Severity::Error,
        title: "empty text",
        explanation: "A title, a reason or a response that says nothing helps nobody. Say it, or leave the line out.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when { Image endswith 'a.exe' }
    response ‹""›
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
        id: "E0414",
        severity: Severity::Error,
        title: "title too long",
        explanation: "Sigma, Sentinel and Defender stop at 256 characters.",
        example: Example::Call(r#"huntc check long-title.hunt"#),
    },
    Code {
        id: "E0415",
        severity: Severity::Error,
        title: "no lawful period",
        explanation: "Schedules and suppressions last between one second and 366 days.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when { Image endswith 'a.exe' }
    schedule every ‹0m›
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
        id: "E0416",
        severity: Severity::Error,
        title: "too many copies",
        explanation: "An event of a test is repeated 1 to 10,000 times.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when { Image endswith 'a.exe' }
  }
  test "t" {
    event windows/process_creation repeat ‹20000› every 1s { Image: 'C:\a.exe' }
    expect r
  }
}
"#,
        ),
    },
    Code {
        id: "E0417",
        severity: Severity::Error,
        title: "incomplete test",
        explanation: "A test needs something to judge and something to judge it by: rows with a `base` before them, or events with an `expect` after them.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  test ‹"t"› { }
}
"#,
        ),
    },
    Code {
        id: "E0418",
        severity: Severity::Error,
        title: "value that cannot be raised",
        explanation: "`seq` raises an address, a number, or the last number of a text by one for each copy.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when { Image endswith 'a.exe' }
  }
  test "t" {
    event windows/process_creation repeat 2 every 1s { Image: seq ‹'C:\a.exe'› }
    expect r
  }
}
"#,
        ),
    },
    Code {
        id: "E0419",
        severity: Severity::Error,
        title: "tag that is none",
        explanation: "Tags travel with the rules as Sigma's tags do: a name space, a dot and a word of letters, digits, `.`, `_` and `-`. ATT&CK techniques, software and groups have words of their own in a hunt.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  tags 'cve.2017-0144', ‹'worm'›
  pattern p on windows/process_creation { Image endswith 'a.exe' }
}
"#,
        ),
    },
];
