//! ATT&CK's detection strategies: which log sources would show a technique.
//!
//! Since 18 each technique has one strategy (`DET0329`) of analytics, one a platform, that name data components and log sources
//! (ATT&CK specification 3.3.0, `x-mitre-detection-strategy`, `x-mitre-analytic`). Of their channels event codes alone are kept:
//! the others are prose.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::Release;
use super::facts::{canonical, inflate};

/// What ATT&CK would look at to see a technique on one platform.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DetectionSource {
    /// `DET0329`.
    pub strategy: &'static str,
    /// `Windows`, `Linux`, `IaaS` …
    pub platform: &'static str,
    /// `Process Creation`; empty where the analytic names none.
    pub component: &'static str,
    /// `WinEventLog:Sysmon`; empty where the analytic names none.
    pub name: &'static str,
    /// `1`, `4624`.
    pub event_codes: Vec<&'static str>,
}

/// The release whose strategies are embedded: those of 19.0 are not among the facts that it was made of.
pub const DETECTION_RELEASE: Release = Release::V18_1;

/// The log sources for a technique of a release, in order. A technique that was renamed since has those of what it was; empty for a
/// technique that is younger than [`DETECTION_RELEASE`].
pub fn detection_sources(release: Release, technique: &str) -> Vec<DetectionSource> {
    let all = all();
    let id = canonical(technique);
    if let Some(found) = all.get(id.as_str()) {
        return found.clone();
    }
    // What became this technique.
    let mut found: Vec<DetectionSource> = release
        .facts()
        .revoked_names()
        .map(|(old, _)| old)
        .filter(|old| release.facts().revoked(old).is_some_and(|(_, successor)| successor == Some(id.as_str())))
        .filter_map(|old| all.get(old))
        .flatten()
        .cloned()
        .collect();
    found.sort();
    found.dedup();
    found
}

fn all() -> &'static BTreeMap<&'static str, Vec<DetectionSource>> {
    static ALL: OnceLock<BTreeMap<&'static str, Vec<DetectionSource>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut components: BTreeMap<&str, &str> = BTreeMap::new();
        let mut all: BTreeMap<&str, Vec<DetectionSource>> = BTreeMap::new();
        for line in inflate(include_bytes!("data/enterprise-18.1-detection.tsv.gz")).lines() {
            let cells: Vec<&str> = line.split('\t').collect();
            match cells.as_slice() {
                ["component", id, name] => {
                    components.insert(id, name);
                }
                ["source", technique, strategy, platform, component, name, codes] => {
                    all.entry(technique).or_default().push(DetectionSource {
                        strategy,
                        platform,
                        component: components.get(component).copied().unwrap_or_default(),
                        name,
                        event_codes: codes.split(',').filter(|code| !code.is_empty()).collect(),
                    });
                }
                _ => {}
            }
        }
        all
    })
}
