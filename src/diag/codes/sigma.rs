//! Codes E07 and W07, Sigma as input.

use super::super::Severity;
use super::{Code, Example};

pub const CODES: &[Code] = &[
    Code {
        id: "E0701",
        severity: Severity::Error,
        title: "unreadable YAML",
        explanation: "A Sigma file is YAML. It has at most 4 MiB and 200,000 values, those of an alias counted each time that it stands, nested at most 48 deep; a key stands once in a mapping. Documents before the mistake are read.",
        example: Example::Files(&[(
            "rule.yml",
            "title: Cmd started
logsource:
  product: windows
  category: process_creation
detection:
  selection:
    Image: 'a.exe'
    ‹Image›: 'b.exe'
  condition: selection
",
        )]),
    },
    Code {
        id: "E0702",
        severity: Severity::Error,
        title: "incomplete Sigma rule",
        explanation: "A rule has a `logsource` with a product, a category or a service, and a `detection`: selections, which are mappings of fields to values or lists of these, and a `condition` that joins them.",
        example: Example::Files(&[(
            "rule.yml",
            "title: Cmd started
logsource:
  product: windows
  category: process_creation
‹detection›: selection
",
        )]),
    },
    Code {
        id: "E0703",
        severity: Severity::Error,
        title: "unknown modifier",
        explanation: "Behind a field's name stand the modifiers of Sigma 2.1. A rule with another one is left out; the rules beside it are not.",
        example: Example::Files(&[(
            "rule.yml",
            "title: Cmd started
logsource:
  product: windows
  category: process_creation
detection:
  selection:
    Image|‹endwith›: '\\cmd.exe'
  condition: selection
",
        )]),
    },
    Code {
        id: "E0704",
        severity: Severity::Error,
        title: "modifiers that do not go together",
        explanation: "One item has one kind of comparison. Encodings stand before `contains`, the flags `i`, `m` and `s` behind `re`. Parts of a time (`hour`, `day` …) cannot be compared.",
        example: Example::Files(&[(
            "rule.yml",
            "title: Cmd started
logsource:
  product: windows
  category: process_creation
detection:
  selection:
    CommandLine|contains|‹startswith›: 'cmd'
  condition: selection
",
        )]),
    },
    Code {
        id: "E0705",
        severity: Severity::Error,
        title: "unreadable Sigma condition",
        explanation: "A condition joins the names of selections with `and`, `or`, `not`, parentheses, `1 of` and `all of`. A pattern of names must mean at least one selection: other converters drop the rule in silence where it means none. Aggregations after `|` are no longer part of Sigma; correlations took their place.",
        example: Example::Files(&[(
            "rule.yml",
            "title: Cmd started
logsource:
  product: windows
  category: process_creation
detection:
  selection_image:
    Image|endswith: '\\cmd.exe'
  condition: 1 of ‹selections_*›
",
        )]),
    },
    Code {
        id: "E0706",
        severity: Severity::Error,
        title: "value that the field cannot have",
        explanation: "The catalogue knows each field's type. A number or a boolean may stand in quotes, and a text in a number's field is read as one where it is one; wildcards, `contains` and texts that are no number do not fit a number, and addresses are compared as addresses: the start of one (`10.`) is a block.",
        example: Example::Files(&[(
            "rule.yml",
            "title: Logon
logsource:
  product: windows
  service: security
detection:
  selection:
    EventID: ‹'46*'›
  condition: selection
",
        )]),
    },
    Code {
        id: "E0707",
        severity: Severity::Error,
        title: "correlation that cannot be said",
        explanation: "A correlation names rules of its own file by `id` or `name`, has a `timespan` of a fixed length, and compares with one number.",
        example: Example::Files(&[(
            "rule.yml",
            "title: Many starts
correlation:
  type: ‹event_cuont›
  rules: [start]
  group-by: [Computer]
  timespan: 5m
  condition:
    gte: 10
---
title: Start
name: start
logsource:
  product: windows
  category: process_creation
detection:
  selection:
    Image|endswith: '\\cmd.exe'
  condition: selection
",
        )]),
    },
    Code {
        id: "E0708",
        severity: Severity::Error,
        title: "filter without rules",
        explanation: "A filter says which rules it applies to: a list of ids or names, or `any` for every rule of its log source that is read with it.",
        example: Example::Files(&[(
            "filter.yml",
            "title: Administrators
logsource:
  product: windows
  category: process_creation
‹filter›:
  selection:
    User|startswith: 'adm_'
  condition: not selection
",
        )]),
    },
    Code {
        id: "E0709",
        severity: Severity::Error,
        title: "placeholder within a text",
        explanation: "A placeholder stands for the values of a list that the site gives: `site NAME { list admins { … } }` in a hunt file of the workspace. It is the whole value.",
        example: Example::Files(&[(
            "rule.yml",
            "title: Administrator
logsource:
  product: windows
  category: process_creation
detection:
  selection:
    User|expand: ‹'CORP\\%admins%'›
  condition: selection
",
        )]),
    },
    Code {
        id: "W0701",
        severity: Severity::Warning,
        title: "field that no event has",
        explanation: "A Sigma rule compares a field that events of its log source do not have by the catalogue. The rule is read; a target that has no column for the field refuses it and says so. A site's own column is given in `huntc.yaml`.",
        example: Example::Files(&[(
            "rule.yml",
            "title: File written
logsource:
  product: windows
  category: file_event
detection:
  selection:
    TargetFilename|endswith: '.hta'
    ‹FileMagicBytes›|startswith: '4D5A'
  condition: selection
",
        )]),
    },
    Code {
        id: "W0702",
        severity: Severity::Warning,
        title: "log source that the catalogue does not list",
        explanation: "The catalogue does not know which events these are, so no product's query can be written for the rule. It is checked and written as Sigma.",
        example: Example::Files(&[(
            "rule.yml",
            "title: Export
logsource:
  ‹product: acme
  service: audit›
detection:
  selection:
    action: 'export'
  condition: selection
",
        )]),
    },
    Code {
        id: "W0703",
        severity: Severity::Warning,
        title: "detail that is not kept",
        explanation: "Something beside the detection is not as Sigma has it, or as ATT&CK has it now: a date, an id, a level, a revoked technique. The rule is read without it, or with what took its place.",
        example: Example::Files(&[(
            "rule.yml",
            "title: Cmd started
level: ‹severe›
logsource:
  product: windows
  category: process_creation
detection:
  selection:
    Image|endswith: '\\cmd.exe'
  condition: selection
",
        )]),
    },
    Code {
        id: "W0704",
        severity: Severity::Warning,
        title: "YAML that is not Sigma",
        explanation: "A YAML document with neither `detection` nor `logsource`, `correlation` or `filter` is no Sigma and is passed over.",
        example: Example::Files(&[("notes.yml", "‹›author: nobody\nnotes: none\n")]),
    },
    Code {
        id: "W0705",
        severity: Severity::Warning,
        title: "selection that is not used",
        explanation: "A selection that the condition does not name has no effect: often a slip of the pen in one of the two.",
        example: Example::Files(&[(
            "rule.yml",
            "title: Cmd started
logsource:
  product: windows
  category: process_creation
detection:
  selection:
    Image|endswith: '\\cmd.exe'
  ‹filter›:
    User: 'SYSTEM'
  condition: selection
",
        )]),
    },
    Code {
        id: "W0706",
        severity: Severity::Warning,
        title: "filter without its rule",
        explanation: "A filter names a rule that is not among the files that were read, or one of another log source. It takes nothing out.",
        example: Example::Files(&[(
            "filter.yml",
            "title: Administrators
logsource:
  product: windows
  category: process_creation
filter:
  rules: [‹some_rule›]
  selection:
    User|startswith: 'adm_'
  condition: not selection
",
        )]),
    },
];
