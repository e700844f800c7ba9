//! ATT&CK's names of logs as log sources of the language.

/// The log source that holds an event which ATT&CK's analytics call `WinEventLog:Sysmon` 1; nothing where the language has none.
pub fn log_source(name: &str, event_code: Option<&str>) -> Option<&'static str> {
    let mut general = None;
    for line in include_str!("data/log_sources.tsv").lines().filter(|line| !line.starts_with('#')) {
        let mut cells = line.split('\t');
        let (known, code, id) = (cells.next()?, cells.next()?, cells.next()?);
        if known != name {
            continue;
        }
        if Some(code) == event_code {
            return Some(id);
        }
        if code == "-" {
            general = Some(id);
        }
    }
    general
}
