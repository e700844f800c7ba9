//! Words of a hunt's life, verbatim from MISP's taxonomy `hunt-ex` (version 4, predicates methodology, trigger, outcome, byproduct,
//! handoff, applicability), so that what is written here means the same there.

pub const TRIGGERS: &[&str] = &[
    "intel-report",
    "sector-alert",
    "prior-hunt",
    "incident-followup",
    "red-team",
    "purple-team",
    "crown-jewel",
    "detection-gap",
    "analyst-intuition",
    "ioc-sweep",
];

pub const METHODOLOGIES: &[&str] = &["structured-hypothesis-driven", "unstructured-baseline", "model-assisted"];

pub const APPLICABILITIES: &[&str] = &["universal", "sector-specific", "environment-specific", "campaign-specific"];

pub const OUTCOMES: &[&str] =
    &["hypothesis-confirmed-malicious", "hypothesis-confirmed-benign", "hypothesis-not-confirmed", "inconclusive"];

pub const BYPRODUCTS: &[&str] = &["detection-gap", "data-source-gap", "tooling-gap", "process-gap", "vuln-or-misconfig"];

pub const HANDOFFS: &[&str] =
    &["promote-to-detection", "keep-as-periodic-hunt", "retire", "escalated-to-ir", "handed-to-detection-engineering"];
