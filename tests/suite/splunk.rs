//! SPL: what is emitted, operator by operator.

use huntc::diag::Span;
use huntc::ir::{Body, HuntInfo, Level, Meta, Rule, Uuid};

/// A rule without anything that a query would take from it.
pub fn rule() -> Rule {
    Rule {
        id: Uuid::from_u128(1),
        hunt: HuntInfo {
            name: "hunt".into(),
            title: "Hunt".into(),
            authors: Vec::new(),
            created: None,
            modified: None,
            status: None,
            tlp: None,
            references: Vec::new(),
            hypothesis: String::new(),
            attack: Vec::new(),
        },
        name: "rule".into(),
        meta: Meta {
            title: "Rule".into(),
            level: Level::High,
            techniques: Vec::new(),
            tactics: Vec::new(),
            false_positives: Vec::new(),
            response: None,
        },
        body: Body::Select(Vec::new()),
        schedules: Vec::new(),
        entities: Vec::new(),
        risk: None,
        not_on: Vec::new(),
        span: Span::default(),
    }
}
