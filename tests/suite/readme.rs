//! The front pages say what is true: README's sessions are run, ARCHITECTURE's table of layers is the test's, links lead somewhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::layers::LAYERS;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn the_table_of_layers_is_the_one_that_is_tested() {
    let page = page("ARCHITECTURE.md");
    let table = page.split("<!-- layers").nth(1).expect("the mark before the table");
    let written: Vec<(String, Vec<String>)> = table
        .lines()
        .skip(1)
        .skip_while(|line| !line.starts_with("| `"))
        .take_while(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let allowed = match cells[2] {
                "nothing" => Vec::new(),
                "everything" => vec!["*".to_owned()],
                list => list.split(", ").map(|name| name.trim_matches('`').to_owned()).collect(),
            };
            (cells[0].trim_matches('`').to_owned(), allowed)
        })
        .collect();
    let tested: Vec<(String, Vec<String>)> = LAYERS
        .iter()
        .map(|(module, allowed)| ((*module).to_owned(), allowed.iter().map(|name| (*name).to_owned()).collect()))
        .collect();
    assert_eq!(written.iter().cloned().collect::<BTreeMap<_, _>>(), tested.into_iter().collect::<BTreeMap<_, _>>());
    for (module, _) in &written {
        assert!(root().join("src").join(module).is_dir(), "there is no module `{module}`");
    }
}

#[test]
fn links_lead_to_files() {
    let mut broken = Vec::new();
    let mut pages =
        vec!["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "hunts/README.md", "tests/rows/README.md"]
            .into_iter()
            .map(|name| root().join(name))
            .collect::<Vec<_>>();
    pages.extend(
        fs::read_dir(root().join("docs"))
            .expect("docs")
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "md")),
    );
    for page in pages {
        let text = fs::read_to_string(&page).expect("a page");
        for part in text.split("](").skip(1) {
            let link = part.split(')').next().unwrap_or_default();
            let path = link.split('#').next().unwrap_or_default();
            if path.is_empty() || link.contains("://") {
                continue;
            }
            if !page.parent().expect("a folder").join(path).exists() {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Paths in back quotes, from the root or from `src`.
#[test]
fn files_that_are_named_are_there() {
    let mut missing = Vec::new();
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"] {
        for (index, path) in page(name).split('`').enumerate() {
            let of_a_path = |character: char| character.is_ascii_alphanumeric() || "./_-".contains(character);
            let looks_so = index % 2 == 1
                && path.chars().all(of_a_path)
                && [".rs", ".tsv", ".pest"].iter().any(|ending| path.ends_with(ending));
            let places = ["", "src", "tests/suite", "src/schema/data", "src/backends/splunk", "src/backends/kusto"];
            if looks_so && !places.iter().any(|place| root().join(place).join(path).exists()) {
                missing.push(format!("{name}: {path}"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn the_configuration_that_is_shown_is_read() {
    let page = page("docs/formats.md");
    let text = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a configuration");
    let (config, diagnostics) = huntc::config::parse(huntc::diag::SourceId(0), text);
    assert_eq!(diagnostics, []);
    assert_eq!(config.targets.len(), 3);
}

/// README's blocks marked `console`, run from the first to the last in one folder. A line `…` stands for any lines, `…` in a line for
/// any characters; what follows `<<'EOF'` up to `EOF` belongs to the command.
#[cfg(unix)]
mod sessions {
    use std::process::Command;

    use super::*;

    #[derive(Debug, Default)]
    struct Step {
        command: String,
        expected: Vec<String>,
    }

    fn steps(page: &str) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        let (mut inside, mut here) = (false, false);
        for line in page.lines() {
            if !inside {
                inside = line == "```console";
            } else if line == "```" {
                inside = false;
            } else if here {
                here = line != "EOF";
                let step = steps.last_mut().expect("a command");
                step.command.push('\n');
                step.command.push_str(line);
            } else if let Some(command) = line.strip_prefix("$ ") {
                here = command.ends_with("<<'EOF'");
                steps.push(Step { command: command.to_owned(), expected: Vec::new() });
            } else if let Some(step) = steps.last_mut() {
                step.expected.push(line.to_owned());
            }
        }
        steps
    }

    /// Whether a line is as written, where `…` is any text.
    fn line_fits(expected: &str, found: &str) -> bool {
        let mut parts = expected.split('…');
        let Some(mut rest) = found.strip_prefix(parts.next().unwrap_or_default()) else { return false };
        let mut last = "";
        let mut open = false;
        for part in parts {
            open = true;
            last = part;
            let Some(at) = rest.find(part) else { return false };
            rest = &rest[at + part.len()..];
        }
        rest.is_empty() || (open && last.is_empty()) || (open && found.ends_with(last))
    }

    fn fits(expected: &[String], found: &[&str]) -> bool {
        match expected.split_first() {
            None => found.is_empty(),
            Some((line, rest)) if line.trim() == "…" => (0..=found.len()).any(|skipped| fits(rest, &found[skipped..])),
            Some((line, rest)) => found.first().is_some_and(|first| line_fits(line.trim_end(), first)) && fits(rest, &found[1..]),
        }
    }

    #[test]
    fn the_sessions_of_the_readme_are_real() {
        let steps = run("README.md", &[]);
        assert!(steps > 5, "the README has sessions");
    }

    /// From a MISP event to rules in three products.
    #[test]
    fn the_three_commands_from_an_event_to_rules_are_real() {
        assert_eq!(run("docs/intel.md", &["tests/intel/event.json"]), 3);
    }

    /// Runs the sessions of a page in a folder of their own that holds some files of the project; how many commands there were.
    fn run(name: &str, files: &[&str]) -> usize {
        let program = Path::new(env!("CARGO_BIN_EXE_huntc"));
        let folder = std::env::temp_dir().join(format!("huntc-{}-{}", name.replace(['/', '.'], "-"), std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        let path = std::env::join_paths(
            std::iter::once(program.parent().expect("a folder").to_path_buf())
                .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
        )
        .expect("a path");
        for file in files {
            let file = root().join(file);
            fs::copy(&file, folder.join(file.file_name().expect("a name"))).expect("a copy");
        }
        let mut here = folder.clone();
        let mut wrong = String::new();
        let steps = steps(&page(name));
        let count = steps.len();
        for step in steps {
            if let Some(into) = step.command.strip_prefix("cd ") {
                here = here.join(into);
                continue;
            }
            let (command, place) = match step.command.strip_prefix("cargo run --release -- ") {
                // In the repository itself; its outputs stay as they are.
                Some(rest) => (format!("huntc {rest} -o '{}'", folder.join("outputs").display()), root()),
                None => (step.command.clone(), here.clone()),
            };
            let output = Command::new("sh")
                .arg("-c")
                .arg(format!("exec 2>&1\n{command}"))
                .current_dir(place)
                .env("PATH", &path)
                .env("NO_COLOR", "1")
                .output()
                .expect("sh");
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let mut found: Vec<&str> = text.lines().map(str::trim_end).collect();
            let mut expected = step.expected.clone();
            while found.last().is_some_and(|line| line.is_empty()) {
                found.pop();
            }
            while expected.last().is_some_and(String::is_empty) {
                expected.pop();
            }
            if !fits(&expected, &found) {
                wrong.push_str(&format!("$ {}\n{text}\n", step.command));
            }
        }
        let _ = fs::remove_dir_all(&folder);
        assert!(wrong.is_empty(), "{name} shows something else; the program says:\n{wrong}");
        count
    }

    #[test]
    fn the_comparison_of_sessions_can_fail() {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        assert!(fits(&lines("a\n…\nd"), &["a", "b", "c", "d"]));
        assert!(!fits(&lines("a\n…\nd"), &["a", "b", "c"]));
        assert!(fits(&lines("in … ms"), &["in 12 ms"]));
        assert!(!fits(&lines("in … ms"), &["in 12 s"]));
        assert!(!fits(&lines("a"), &["ab"]));
        assert!(!fits(&lines("a"), &["a", "b"]));
        assert!(fits(&lines("x … y …"), &["x 1 y 2"]));
    }
}
