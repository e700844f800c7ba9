//! Codes E02, names and types.

use super::super::Severity;
use super::{Code, Example};

pub const CODES: &[Code] = &[
    Code {
        id: "E0201",
        severity: Severity::Error,
        title: "unknown log source",
        explanation: "A pattern or rule looks at a log source that the catalogue does not hold. The catalogue's names are Sigma's: product, then category or service. `huntc schema` lists them; a log source of your own is declared at the top of a file.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  pattern p on ‹windows/proces_creation› { Image endswith 'a.exe' }
}
"#,
        ),
    },
    Code {
        id: "E0202",
        severity: Severity::Error,
        title: "unknown name",
        explanation: "A condition names a pattern, a list, an ioc or a rule that neither the hunt declares nor the file `use`s. A bare name in a condition is a pattern; a bare name after an operator is a list or an ioc, never a field.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when {
      ‹scans_smb›
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
        id: "E0203",
        severity: Severity::Error,
        title: "unknown field",
        explanation: "The log source has no such field. Field names are Sigma's and their case matters. `huntc schema LOGSOURCE` lists the fields of a log source with their types.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when {
      ‹CommandLin› contains 'delete'
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
        id: "E0204",
        severity: Severity::Error,
        title: "declared twice",
        explanation: "Two things that must differ have the same name: hunts of a workspace, the lists, iocs, patterns and rules of a hunt, techniques in one line, fields of one test row. Rename one of them.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  list tools { 'a.exe' }
  list ‹tools› { 'b.exe' }
}
"#,
        ),
    },
    Code {
        id: "E0205",
        severity: Severity::Error,
        title: "operator does not fit the type",
        explanation: "Each field has a type, and each operator goes with some types: text operators with text, `<` and `>` with numbers, `in` with blocks of addresses, `named` with paths. The message names the operators that fit.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  pattern p on windows/network_connection { DestinationPort ‹contains› '44' }
}
"#,
        ),
    },
    Code {
        id: "E0206",
        severity: Severity::Error,
        title: "value of another type",
        explanation: "A value must be of its field's type, so that it means the same in every product: `443` for a number, `'443'` for text, `true` for a boolean, `'10.0.0.0/8'` for addresses.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  pattern p on windows/network_connection { DestinationPort == ‹'443'› }
}
"#,
        ),
    },
    Code {
        id: "E0207",
        severity: Severity::Error,
        title: "comparison without a log source",
        explanation: "A rule without `on LOGSOURCE` can name patterns only: nothing says which events a field comparison would look at.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r {
    when {
      ‹Image› endswith 'a.exe'
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
        id: "E0208",
        severity: Severity::Error,
        title: "log sources differ",
        explanation: "A pattern describes one kind of event, so it may only name patterns on its own log source. A row of a test must be of a log source that its rule looks at.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  pattern a on windows/file_event { TargetFilename endswith '.x' }
  pattern b on windows/process_creation {
    Image endswith 'a.exe'
    ‹a›
  }
}
"#,
        ),
    },
    Code {
        id: "E0209",
        severity: Severity::Error,
        title: "nothing of this name to use",
        explanation: "A `use` line asks for a name that the file does not offer. Only what stands in a `library { … }` can be used elsewhere.",
        example: Example::Files(&[
            (
                "example.hunt",
                r#"use ‹office_app› from "lib.hunt"

hunt h {
  hypothesis "x"
  pattern p on windows/process_creation { Image endswith 'a.exe' }
}
"#,
            ),
            (
                "lib.hunt",
                r#"library processes {
  list office_apps { 'winword.exe' }
}
"#,
            ),
        ]),
    },
    Code {
        id: "E0211",
        severity: Severity::Error,
        title: "not allowed here",
        explanation: "Rules and what describes a hunt stand in a `hunt`; lists, iocs and patterns in a `hunt` or a `library`; exceptions for other hunts' rules and the values of site lists in a `site`.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  ‹level› high
}
"#,
        ),
    },
    Code {
        id: "E0212",
        severity: Severity::Error,
        title: "incomplete rule",
        explanation: "A detect and a correlate need a `when` that says which events they are about; a sweep needs `indicators`.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  ‹detect r› on windows/process_creation {
    level high
  }
}
"#,
        ),
    },
    Code {
        id: "E0213",
        severity: Severity::Error,
        title: "unknown word",
        explanation: "Some properties take one of a few words: a level, a status, a marking, a kind of entity, a target, a type. The message lists them.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when { Image endswith 'a.exe' }
    level ‹hihg›
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
        id: "E0214",
        severity: Severity::Error,
        title: "always or never true",
        explanation: "The condition holds for every event of its log source, or for none. Such a rule is never meant: the clauses exclude each other, or belong to different log sources.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  pattern a on windows/process_creation { Image endswith 'a.exe' }
  pattern b on windows/file_event { TargetFilename endswith '.x' }
  detect r {
    ‹when {
      a
      b
    }›
  }
}
"#,
        ),
    },
    Code {
        id: "E0215",
        severity: Severity::Error,
        title: "only what must not be is left",
        explanation: "A detect over several log sources becomes one rule for each. For an event of one log source the patterns of the others are false, so `not` on them is true; where nothing positive is left, the rule would select nearly every event.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  pattern a on windows/process_creation { Image endswith 'a.exe' }
  pattern b on windows/file_event { TargetFilename endswith '.x' }
  detect r {
    when { a or not ‹b› }
  }
}
"#,
        ),
    },
    Code {
        id: "E0217",
        severity: Severity::Error,
        title: "exception for no rule",
        explanation: "A site file makes an exception for a rule that no hunt of the workspace has. Check the spelling of `hunt.rule`, or remove the exception.",
        example: Example::Files(&[(
            "example.hunt",
            r#"site hq {
  except ‹nosuch›.r "known" { Image endswith 'a.exe' }
}
"#,
        )]),
    },
    Code {
        id: "E0218",
        severity: Severity::Error,
        title: "given twice",
        explanation: "A property, a schedule or an `expect` stands twice where one is allowed. Leave one of them out.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when { Image endswith 'a.exe' }
    level high
    ‹level› low
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
        id: "E0219",
        severity: Severity::Error,
        title: "pattern names itself",
        explanation: "A pattern may name other patterns, but no chain of them may lead back to itself.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  pattern a on windows/process_creation { b }
  pattern b on windows/process_creation { ‹a› }
}
"#,
        ),
    },
    Code {
        id: "E0220",
        severity: Severity::Error,
        title: "impossible number of patterns",
        explanation: "`n of` needs patterns to choose from and a number that they can satisfy: from one to as many as there are. A glob must match at least one pattern's name.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when {
      1 of ‹nosuch_*›
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
        id: "E0221",
        severity: Severity::Error,
        title: "too many comparisons",
        explanation: "Patterns that name patterns multiply. A condition of more than 20,000 comparisons would fit no product and nobody could read it.",
        example: Example::Call(r#"huntc check too-large.hunt"#),
    },
    Code {
        id: "E0222",
        severity: Severity::Error,
        title: "`cased` does not fit",
        explanation: "`cased` makes a text comparison heed upper and lower case. Numbers, addresses and booleans have no case, and a regular expression heeds it unless it has the flag `i`.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when {
      CommandLine matches ‹cased› /a+/
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
        id: "E0223",
        severity: Severity::Error,
        title: "encoding does not fit",
        explanation: "`windash` goes with the text operators, `base64` and `base64offset` with `==` and `contains`, each after at most one of `utf16le`, `utf16be`, `utf16` and `wide`.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  detect r on windows/process_creation {
    when {
      CommandLine endswith ‹base64› 'abc'
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
        id: "E0224",
        severity: Severity::Error,
        title: "one value expected",
        explanation: "`==`, `!=` and the orders compare with one value. A list takes `in`, and its opposite is `not FIELD in (…)`.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  list tools { 'a.exe' }
  detect r on windows/process_creation {
    when {
      Image ‹==› tools
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
        id: "E0225",
        severity: Severity::Error,
        title: "list of another type",
        explanation: "A list or an ioc has a type, and is compared with fields of that type.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  list ports of integer { 445 }
  pattern p on windows/process_creation { Image in ‹ports› }
}
"#,
        ),
    },
    Code {
        id: "E0226",
        severity: Severity::Error,
        title: "site list without values",
        explanation: "A hunt declares `site list NAME of TYPE`, and a site file of the workspace gives its values. Without them a rule that uses it would be wrong, so it is refused.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  site list admins of string
  pattern p on windows/process_creation { User in ‹admins› }
}
"#,
        ),
    },
    Code {
        id: "E0227",
        severity: Severity::Error,
        title: "nothing to compare with",
        explanation: "A list or an ioc has no value left: it is empty, or all its indicators have expired. The comparison would never hold.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  created 2026-11-24
  ioc old domain expires 2020-01-01 { 'a.example' }
  pattern p on windows/dns_query { QueryName in ‹old› }
}
"#,
        ),
    },
    Code {
        id: "E0228",
        severity: Severity::Error,
        title: "indicators that no field holds",
        explanation: "A sweep compares indicators with the fields that hold their type: addresses, hosts, URLs, hashes, files, registry keys, \
                      accounts, user agents (`docs/sweeps.md` lists them). Nothing of the catalogue holds a mutex in a field of its own, and \
                      `text` has no field at all: compare those in a `detect`, with the field that you mean.",
        example: Example::Hunt(
            r#"hunt h {
  hypothesis "x"
  ioc locks mutex { 'Global\MsWinZonesCacheCounterMutexA' }
  sweep s { indicators ‹locks› }
}
"#,
        ),
    },
];
