//! The program as a user calls it: exit statuses, streams, and every kind of bad input.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder of its own for each test, below the build folder, empty at the start.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("commands-{name}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let file = self.0.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
        self
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap()
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, b"")
    }

    pub fn run_with(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut child = Command::new(env!("CARGO_BIN_EXE_huntc"))
            .args(arguments)
            .current_dir(&self.0)
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The program may end before it has read everything.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        Ran {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

pub struct Ran {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    #[track_caller]
    pub fn expect(self, status: i32, told: &[&str]) -> Self {
        assert_eq!(self.status, status, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        for text in told {
            assert!(self.err.contains(text), "`{text}` is not told:\n{}", self.err);
        }
        for text in ["panicked", "RUST_BACKTRACE", "src/"] {
            assert!(!self.err.contains(text), "{}", self.err);
        }
        self
    }
}

const HUNT: &str = r#"hunt h {
  hypothesis "somebody deletes shadow copies"
  created 2026-11-24

  detect r on windows/process_creation {
    when {
      Image named 'vssadmin.exe'
      CommandLine contains 'delete'
    }
    level high
    techniques T1490
  }

  test "t" {
    base windows/process_creation {
      Image: 'C:\Windows\System32\vssadmin.exe'
      CommandLine: 'vssadmin delete shadows'
    }
    hit r { }
    miss r { CommandLine: 'vssadmin list shadows' }
  }
}
"#;

#[test]
fn init_gives_a_workspace_that_checks_tests_and_builds() {
    let folder = Folder::new("init");
    folder.run(&["init", "w"]).expect(0, &[]);
    folder.run(&["check", "w", "--deny", "warnings"]).expect(0, &["no mistakes"]);
    let tested = folder.run(&["test", "w"]).expect(0, &[]);
    assert!(tested.out.contains("1 passed, 0 failed"), "{}", tested.out);
    folder.run(&["build", "w"]).expect(0, &["files written"]);
    folder.run(&["build", "w", "--check"]).expect(0, &[]);
    folder.run(&["fmt", "w", "--check"]).expect(0, &[]);
    // A second time nothing is overwritten.
    folder.run(&["init", "w"]).expect(2, &["is there already"]);
    folder.run(&["init", "s", "--software", "WannaCry"]).expect(0, &[]);
    folder.run(&["check", "s"]).expect(0, &[]);
    folder.run(&["init", "n", "--software", "WannaCri"]).expect(2, &["WannaCri"]);
}

#[test]
fn a_build_replaces_the_folder_and_tells_what_is_stale() {
    let folder = Folder::new("build");
    folder.write("hunts/h.hunt", HUNT);
    folder.run(&["build"]).expect(0, &[]);
    let first = folder.read("outputs/splunk/h/r.spl");
    let checked = folder.run(&["build", "--check"]).expect(0, &["verified "]);
    assert!(!folder.run(&["build", "--check", "--no-verify"]).expect(0, &[]).err.contains("verified"), "{}", checked.err);
    folder.run(&["build", "--verify"]).expect(0, &["verified "]);
    folder.run(&["build", "--verify", "--no-verify"]).expect(2, &[]);
    // What the author says of the hunt travels with its rules.
    folder.write("said/d.hunt", HUNT.replace("  created", "  description \"seen in two intrusions\"\n  created"));
    folder.run(&["build", "said", "-o", "o"]).expect(0, &[]);
    let sigma = folder.read("o/sigma/h/r.yml");
    assert!(sigma.contains("somebody deletes shadow copies") && sigma.contains("seen in two intrusions"), "{sigma}");
    // The same input gives the same bytes.
    let manifest = folder.read("outputs/manifest.json");
    folder.run(&["build"]).expect(0, &[]);
    assert_eq!(folder.read("outputs/manifest.json"), manifest);
    // One value changed: stale, with a diff that shows it.
    folder.write(
        "hunts/h.hunt",
        HUNT.replace("contains 'delete'", "contains 'resize'").replace("vssadmin delete", "vssadmin resize"),
    );
    let stale = folder.run(&["build", "--check"]).expect(1, &["stale"]);
    assert!(
        stale.out.contains("outputs/splunk/h/r.spl")
            && stale.out.lines().any(|line| line.starts_with('+') && line.contains("resize")),
        "{}",
        stale.out
    );
    assert_eq!(folder.read("outputs/splunk/h/r.spl"), first);
    // What others put there stays; what no hunt makes any more goes.
    folder.write("outputs/NOTES.md", "ours");
    folder.write("hunts/h.hunt", HUNT.replace("detect r ", "detect q ").replace("hit r", "hit q").replace("miss r", "miss q"));
    folder.run(&["build"]).expect(0, &[]);
    assert_eq!(folder.read("outputs/NOTES.md"), "ours");
    assert!(!folder.0.join("outputs/splunk/h/r.spl").exists());
    assert!(folder.0.join("outputs/splunk/h/q.spl").exists());
}

#[test]
fn a_mistake_writes_nothing() {
    let folder = Folder::new("mistake");
    folder.write("hunts/h.hunt", HUNT);
    folder.run(&["build"]).expect(0, &[]);
    let before = folder.read("outputs/manifest.json");
    folder.write("hunts/h.hunt", HUNT.replace("CommandLine contains", "CommandLin contains"));
    folder.run(&["build"]).expect(1, &["E0203", "did you mean `CommandLine`?", "nothing was written"]);
    assert_eq!(folder.read("outputs/manifest.json"), before);
    let tested = folder.run(&["test"]).expect(1, &["E0203"]);
    assert!(tested.out.contains("1 not run"), "{}", tested.out);
    let shown = folder.run(&["show", "r", "-t", "splunk"]).expect(1, &["E0203"]);
    assert!(!shown.err.contains("E0607"), "{}", shown.err);
}

#[test]
fn one_refusal_stops_one_target() {
    let folder = Folder::new("refusal");
    folder.write("hunts/h.hunt", HUNT.replace("CommandLine contains 'delete'", "imphash == '00000000000000000000000000000000'"));
    folder.run(&["build"]).expect(1, &["loss[L0301]", "sigma and splunk are written"]);
    assert!(folder.0.join("outputs/splunk/h/r.spl").exists());
    assert!(!folder.0.join("outputs/defender/h/r.kql").exists());
    assert!(folder.read("outputs/manifest.json").contains("\"refused\""));
}

#[test]
fn unreadable_hunts_have_a_place_and_a_reason() {
    let folder = Folder::new("unreadable");
    folder.write("empty.hunt", "");
    folder.run(&["check", "empty.hunt"]).expect(0, &[]);
    folder.write("binary.hunt", b"hunt h {\n\x00\x01\x02 }\n");
    folder.run(&["check", "binary.hunt"]).expect(1, &["E0602", "binary.hunt:2:1"]);
    folder.write("latin.hunt", b"hunt h {\n  title \"caf\xE9\"\n}\n");
    folder.run(&["check", "latin.hunt"]).expect(1, &["E0602", "latin.hunt:2:13"]);
    folder.write("wide.hunt", [0xFF, 0xFE, b'h', 0]);
    folder.run(&["check", "wide.hunt"]).expect(1, &["E0602", "UTF-16"]);
    folder.write("brace.hunt", "hunt h {\n  pattern p on proxy {\n    c-uri contains 'x'\n");
    folder.run(&["check", "brace.hunt"]).expect(1, &["brace.hunt:"]);
    folder.write("string.hunt", "hunt h {\n  title \"no end\n}\n");
    folder.run(&["check", "string.hunt"]).expect(1, &["string.hunt:2:"]);
    let deep = format!(
        "hunt h {{\n  pattern p on proxy {{\n    {}c-uri contains 'x'{}\n  }}\n}}\n",
        "(".repeat(10_000),
        ")".repeat(10_000)
    );
    folder.write("deep.hunt", deep);
    folder.run(&["check", "deep.hunt"]).expect(1, &["deep.hunt:3:"]);
    folder.write(
        "nots.hunt",
        format!("hunt h {{\n  pattern p on proxy {{\n    {}c-uri contains 'x'\n  }}\n}}\n", "not ".repeat(100_000)),
    );
    folder.run(&["check", "nots.hunt"]).expect(1, &["nots.hunt:3:"]);
    folder.run(&["check", "missing.hunt"]).expect(2, &["there is no file `missing.hunt`"]);
    folder.run(&["check", "emtpy.hunt"]).expect(2, &["did you mean `empty.hunt`?"]);
    folder.write("rule.txt", "title: x\n");
    folder.run(&["check", "rule.txt"]).expect(2, &["is no hunt file"]);
    folder.write("rule.yml", "title: x\n");
    folder.run(&["check", "rule.yml"]).expect(0, &["this is no Sigma document"]);
}

#[test]
fn a_file_of_fifty_megabytes_is_refused_before_it_is_parsed() {
    let folder = Folder::new("large");
    folder.write("large.hunt", vec![b'#'; 50 * 1024 * 1024]);
    folder.run(&["check", "large.hunt"]).expect(1, &["E0601", "larger than"]);
    fs::remove_file(folder.0.join("large.hunt")).unwrap();
}

#[test]
fn carriage_returns_and_a_byte_order_mark_are_read() {
    let folder = Folder::new("crlf");
    folder.write("hunts/h.hunt", format!("\u{feff}{}", HUNT.replace('\n', "\r\n")));
    folder.run(&["check", "--deny", "warnings"]).expect(0, &["no mistakes"]);
    folder.run(&["build"]).expect(0, &[]);
    let with = folder.read("outputs/splunk/h/r.spl");
    folder.write("hunts/h.hunt", HUNT);
    folder.run(&["build"]).expect(0, &[]);
    assert_eq!(folder.read("outputs/splunk/h/r.spl"), with);
}

#[test]
fn files_that_hunts_name() {
    let folder = Folder::new("named");
    let with = |line: &str| HUNT.replace("  detect r", &format!("{line}\n\n  detect r"));
    folder.write("hunts/h.hunt", with("  ioc a sha256 from \"none.csv\""));
    folder.run(&["check"]).expect(1, &["E0601", "hunts/h.hunt:5:21"]);
    folder.write("hunts/h.hunt", with("  ioc a sha256 from \"../../x.csv\""));
    folder.run(&["check"]).expect(1, &["E0603"]);
    folder.write("hunts/h.hunt", with("  ioc a sha256 from \"/etc/passwd\""));
    folder.run(&["check"]).expect(1, &["E0603"]);
    folder.write("hunts/h.hunt", format!("use x from \"lib.hunt\"\n\n{HUNT}"));
    folder.write("hunts/lib.hunt", "use y from \"h2.hunt\"\n\nlibrary one {\n  list x { 'a' }\n}\n");
    folder.write("hunts/h2.hunt", "use x from \"lib.hunt\"\n\nlibrary two {\n  list y { 'b' }\n}\n");
    folder.run(&["check"]).expect(1, &["E0604"]);
    #[cfg(unix)]
    {
        fs::remove_file(folder.0.join("hunts/lib.hunt")).unwrap();
        fs::remove_file(folder.0.join("hunts/h2.hunt")).unwrap();
        folder.write("hunts/h.hunt", with("  ioc a sha256 from \"link.csv\""));
        std::os::unix::fs::symlink("/etc/hostname", folder.0.join("hunts/link.csv")).unwrap();
        folder.run(&["check"]).expect(1, &["leads out of the workspace"]);
    }
}

#[test]
fn configuration_and_call() {
    let folder = Folder::new("call");
    folder.write("hunts/h.hunt", HUNT).write("huntc.yaml", "version: 1\ntragets: [sigma]\n");
    folder.run(&["check"]).expect(2, &["E0606", "huntc.yaml:2:1", "did you mean `targets`?"]);
    folder.write("huntc.yaml", "version: 1\ntargets: [splnuk]\n");
    folder.run(&["build"]).expect(2, &["E0607", "did you mean `splunk`?"]);
    folder.write("huntc.yaml", "version: 1\ntargets:\n  - target: splunk\n    profile: linux\n");
    folder.run(&["build"]).expect(2, &["no profile `linux`"]);
    let fields = "version: 1\ntargets:\n  - target: splunk\n    fields:\n      windows/process_creation: { Imag: x }\n";
    folder.write("huntc.yaml", fields);
    folder.run(&["build"]).expect(2, &["`Imag`", "did you mean `Image`?"]);
    folder.write("huntc.yaml", "version: 1\nlint: { deny: [untested_rul] }\n");
    folder.run(&["check"]).expect(2, &["did you mean `untested_rule`?"]);
    folder.write("huntc.yaml", "version: [\n");
    folder.run(&["check"]).expect(2, &["E0605"]);
    folder.write("huntc.yaml", "version: 1\ntargets: [sigma]\n");
    folder.run(&["build"]).expect(0, &[]);
    assert!(!folder.0.join("outputs/splunk").exists());
    folder.run(&["biuld"]).expect(2, &["build"]);
    folder.run(&["build", "-t", "kql", "-o", "k"]).expect(0, &[]);
    assert!(folder.0.join("k/sentinel/h/r.kql").exists() && folder.0.join("k/defender/h/r.kql").exists());
    folder.run(&["show", "rr"]).expect(2, &["there is no rule `rr`"]);
    folder.run(&["explain", "E9999"]).expect(2, &["there is no code"]);
    folder.run(&["schema", "windows/proces_creation"]).expect(2, &["did you mean `windows/process_creation`?"]);
    assert!(folder.run(&["explain", "E0203"]).expect(0, &[]).out.contains("did you mean"));
    assert!(folder.run(&["attack", "T1490"]).expect(0, &[]).out.contains("Inhibit System Recovery"));
    let shown = folder.run(&["show", "h.r", "-t", "splunk"]).expect(0, &[]);
    assert!(shown.out.starts_with("`sysmon` EventCode=1"), "{}", shown.out);
    for shell in ["bash", "zsh", "fish"] {
        assert!(folder.run(&["completions", shell]).expect(0, &[]).out.contains("huntc"));
    }
}

#[cfg(unix)]
#[test]
fn folders_that_cannot_be_written_stay_as_they_are() {
    let folder = Folder::new("unwritable");
    folder.write("hunts/h.hunt", HUNT);
    folder.run(&["build", "-o", "/proc/huntc-outputs"]).expect(2, &["E0608"]);
    folder.write("file", "x");
    folder.run(&["build", "-o", "file/below"]).expect(2, &["E0608"]);
    // A folder of somebody else's is not replaced.
    folder.write("theirs/a.txt", "x");
    folder.run(&["build", "-o", "theirs"]).expect(2, &["E0608", "not empty"]);
    assert_eq!(folder.read("theirs/a.txt"), "x");
    // Nothing half-written is left beside any of them.
    let left: Vec<String> =
        fs::read_dir(&folder.0).unwrap().flatten().map(|entry| entry.file_name().into_string().unwrap()).collect();
    assert!(left.iter().all(|name| !name.starts_with('.')), "{left:?}");
    // A full disk: the results' stream cannot take a byte.
    if let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") {
        let status = Command::new(env!("CARGO_BIN_EXE_huntc"))
            .args(["show", "r", "-t", "splunk"])
            .current_dir(&folder.0)
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert_eq!(status.status.code(), Some(2));
    }
}

/// A value is a value in every target and every envelope, whatever it looks like.
#[test]
fn values_never_become_syntax() {
    let folder = Folder::new("injection");
    let nasty = [
        r#"x" | delete"#,
        "*/ drop",
        "{{7*7}}",
        "$(x)",
        "`macro`",
        "a'b",
        r"C:\end\",
        "%value%",
        "]] | where 1==1",
        "${jndi}",
        "$result.x$",
        "[stanza]",
        "a = b",
    ];
    let mut hunt = String::from("hunt h {\n  hypothesis \"x\"\n");
    for (index, value) in nasty.iter().enumerate() {
        let literal = format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
        let prose = format!("\"{} {index}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
        hunt.push_str(&format!(
            "  detect r{index} on windows/process_creation {{\n    title {prose}\n    when {{ CommandLine contains {literal} }}\n    response {prose}\n    falsepositives {prose}\n    except {prose} {{ User == {literal} }}\n  }}\n"
        ));
    }
    hunt.push_str("  detect lines on windows/process_creation {\n    title \"two\\nlines\"\n    when { CommandLine contains \"a\\nb\" }\n    response \"a\\n[evil]\\nsearch = x\"\n  }\n}\n");
    folder.write("hunts/h.hunt", hunt);
    folder.run(&["build"]).expect(0, &[]);
    for (index, value) in nasty.iter().enumerate() {
        let json: serde_json::Value = serde_json::from_str(&folder.read(&format!("outputs/defender/h/r{index}.json"))).unwrap();
        assert!(json.to_string().contains("queryText"), "{json}");
        let yaml: serde_yaml::Value = serde_yaml::from_str(&folder.read(&format!("outputs/sentinel/h/r{index}.yaml"))).unwrap();
        // The query in the envelope is the query alone.
        assert_eq!(yaml["query"].as_str().unwrap().trim(), folder.read(&format!("outputs/sentinel/h/r{index}.kql")).trim());
        let sigma: serde_yaml::Value = serde_yaml::from_str(&folder.read(&format!("outputs/sigma/h/r{index}.yml"))).unwrap();
        assert!(sigma["title"].as_str().unwrap().starts_with(value.trim()), "{sigma:?}");
        let kql = folder.read(&format!("outputs/defender/h/r{index}.kql"));
        assert!(!kql.contains("14") || value.contains("14"), "{kql}");
    }
    // Stanzas are those of the rules and no other.
    let conf = folder.read("outputs/splunk/app/default/savedsearches.conf");
    let mut continued = false;
    let mut stanzas = 0;
    for line in conf.lines() {
        if !continued && line.starts_with('[') {
            stanzas += 1;
        }
        continued = line.ends_with('\\');
    }
    assert_eq!(stanzas, nasty.len() + 1, "{conf}");
}

#[test]
fn standard_input_and_streams() {
    let folder = Folder::new("streams");
    folder.write("hunts/keep.hunt", HUNT.replace("hunt h {", "hunt other {"));
    folder.run_with(&["check", "-"], HUNT.as_bytes()).expect(0, &["no mistakes"]);
    folder.run_with(&["check", "-"], b"hunt h {\n").expect(1, &["-:1:"]);
    let formatted = folder.run_with(&["fmt", "-"], HUNT.as_bytes()).expect(0, &[]);
    assert_eq!(formatted.out, HUNT);
    let bad = HUNT.replace("CommandLine contains", "CommandLin contains");
    let json = folder.run_with(&["check", "-", "--diagnostics", "json"], bad.as_bytes()).expect(1, &[]);
    for line in json.err.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(value["code"], "E0203");
    }
    let sarif = folder.run_with(&["check", "-", "--diagnostics", "sarif"], bad.as_bytes()).expect(1, &[]);
    let sarif: serde_json::Value = serde_json::from_str(&sarif.err).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let github = folder.run_with(&["check", "-", "--diagnostics", "github"], bad.as_bytes()).expect(1, &[]);
    assert!(github.err.starts_with("::error file="), "{}", github.err);
}

/// Every command has a help page with an example.
#[test]
fn every_help_page_has_an_example() {
    let folder = Folder::new("help");
    let top = folder.run(&["--help"]).expect(0, &[]);
    for command in
        ["init", "check", "build", "show", "test", "search", "fmt", "layer", "attack", "schema", "explain", "completions"]
    {
        assert!(top.out.contains(command), "{command} is missing from the help");
        let page = folder.run(&[command, "--help"]).expect(0, &[]);
        assert!(page.out.contains("Examples:\n") && page.out.contains(&format!("huntc {command}")), "{}", page.out);
    }
}

const SIGMA: &str = "title: Cmd started\nid: 0d6d3c3e-8f9c-4f0e-9c37-1c7c2b5c0a11\nlogsource:\n  product: windows\n  category: process_creation\ndetection:\n  selection:\n    Image|endswith: '\\cmd.exe'\n  condition: selection\n";

#[test]
fn commands_take_sigma_as_they_take_hunts() {
    let folder = Folder::new("sigma");
    folder.write("rules/a/cmd.yml", SIGMA);
    folder.write("rules/b/cmd.yaml", SIGMA.replace("cmd.exe", "sh.exe"));
    folder.write("rules/broken.yml", SIGMA.replace("endswith", "endwith"));
    folder.run(&["check", "rules"]).expect(1, &["error[E0703]", "rules/broken.yml:8:11", "2 rules in 3 files"]);
    // One rule's mistake does not keep the others from being written.
    folder.run(&["build", "rules", "-o", "out"]).expect(1, &["error[E0703]", "Sigma files", "files written"]);
    assert!(folder.read("out/splunk/cmd_started/cmd_started.spl").contains("cmd.exe"));
    assert!(folder.read("out/splunk/cmd_started_2/cmd_started_2.spl").contains("sh.exe"));
    let shown = folder.run(&["show", "cmd_started", "rules/a", "-t", "sigma"]).expect(0, &[]);
    assert!(shown.out.contains("id: 0d6d3c3e-8f9c-4f0e-9c37-1c7c2b5c0a11"), "{}", shown.out);
    folder.write(
        "day.jsonl",
        "{\"EventID\":1,\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Image\":\"C:\\\\x\\\\cmd.exe\"}\n",
    );
    let found = folder.run(&["search", "rules/a", "--logs", "day.jsonl", "--format", "json"]).expect(0, &[]);
    assert!(found.out.contains("\"rule\":\"cmd_started\""), "{}", found.out);
    folder.run(&["fmt", "rules/a/cmd.yml"]).expect(2, &["is Sigma", "import sigma"]);
    // As hunts: in the same folders, and never over what is there.
    folder.run(&["import", "sigma", "rules", "-o", "mine"]).expect(1, &["2 hunt files written"]);
    folder.run(&["import", "sigma", "rules/a", "-o", "mine/a"]).expect(0, &["0 hunt files written; 1 there already"]);
    folder.run(&["check", "mine/a/cmd_started.hunt"]).expect(0, &[]);
    folder.run(&["fmt", "--check", "mine"]).expect(0, &[]);
    let printed = folder.run(&["import", "sigma", "rules/a/cmd.yml"]).expect(0, &[]);
    assert!(printed.out.contains("hunt cmd_started {") && printed.out.contains("Image endswith '\\cmd.exe'"), "{}", printed.out);
    // YAML that is no Sigma is passed over with a word.
    folder.write("w/hunts/cmd.yml", SIGMA);
    folder.write("w/huntc.yaml", "version: 1\n");
    folder.write("w/ci.yml", "jobs: none\n");
    folder.run(&["check", "w"]).expect(0, &["warning[W0704]", "ci.yml:1:1", "1 rule in 2 files"]);
}

#[test]
fn layers_are_written_from_the_call_alone() {
    let folder = Folder::new("layer");
    let worms = ["layer", "WannaCry=1", "Stuxnet=2", "Conficker=4"];
    // The same three ways of calling give the same bytes.
    let first = folder.run(&[&worms[..], &["--expression", "a+b+c", "--attack", "18.1"]].concat());
    let first = first.expect(0, &["ATT&CK 18.1: 73 cells of 59 techniques", "WannaCry + Stuxnet + Conficker"]);
    let options = [
        "layer",
        "--software",
        "S0366",
        "--software",
        "stuxnet",
        "--software",
        "Conficker=4",
        "--score",
        "a+b+c",
        "--attack",
        "18",
    ];
    assert_eq!(folder.run(&options).expect(0, &[]).out, first.out);
    folder.run(&[&worms[..], &["-e", "a+b+c", "--attack", "v18", "-o", "l.json", "--svg", "l.svg"]].concat()).expect(0, &[]);
    assert_eq!(folder.read("l.json"), first.out);
    assert!(folder.read("l.svg").starts_with("<svg "));
    let picture = folder.run(&[&worms[..], &["-e", "a+b+c", "--attack", "v18", "--svg"]].concat()).expect(0, &[]);
    assert_eq!(picture.out, folder.read("l.svg"));
    assert_eq!(folder.run(&[&worms[..], &["-q"]].concat()).expect(0, &[]).err, "");

    // Letters are given in the order of the call, across options.
    let mixed =
        folder.run(&["layer", "--layer", "l.json", "--group", "G0032=3", "Emotet", "-e", "c", "-q"]).expect(0, &["W0801"]);
    assert_eq!(mixed.out.matches("\"score\": 4,").count(), mixed.out.matches("\"score\"").count());

    // Hunts, in their own release.
    folder.write("hunts/h.hunt", "hunt h {\n  hypothesis 'x'\n  detect d on windows/process_creation {\n    techniques T1490\n    when { Image endswith 'a.exe' }\n  }\n}\n");
    let hunts = folder.run(&["layer", "--hunt", "hunts", "WannaCry", "-e", "b and not a"]).expect(0, &["ATT&CK 19.0"]);
    assert!(hunts.out.contains("hunts: h.d"), "{}", hunts.out);
    assert_eq!(hunts.out.matches("\"score\": 0,").count(), 1);

    // A picture of the Navigator's: nothing of our own in it.
    let plain = folder.run(&[&worms[..], &["--plain"]].concat()).expect(0, &[]).out;
    assert!(
        plain.contains("\"legendItems\": [],")
            && plain.contains("\"name\": \"layer by operation\"")
            && !plain.contains("\"comment\": \"W")
    );
    let chosen = folder
        .run(
            &[
                &worms[..],
                &["--gradient", "#fff,#f00", "--platform", "windows", "--name", "n", "--description", "d", "--show-id"],
            ]
            .concat(),
        )
        .expect(0, &[])
        .out;
    for part in ["\"#ff0000ff\"", "\"Windows\"\n", "\"name\": \"n\"", "\"description\": \"d\"", "\"showID\": true"] {
        assert!(chosen.contains(part), "{part}");
    }
}

#[test]
fn bad_calls_for_a_layer_say_what_is_wrong() {
    let folder = Folder::new("layer-bad");
    folder.write("bad.json", "{\n  \"name\": 1\n}").write("bytes.json", [0xff, 0xfe]);
    for (arguments, told) in [
        (&["layer"][..], "no source is named"),
        (&["layer", "WannaCryy"], "did you mean `S0366` (WannaCry)?"),
        (&["layer", "--software", "Lazarus Group"], "E0308"),
        (&["layer", "--group", "G0042"], "E0306"),
        (&["layer", "sofacy"], "--group G0007 (APT28)"),
        (&["layer", "Sandworm"], "`Sandworm Team` (G0034)"),
        (&["layer", "T1490"], "`T1490` is no software, group or campaign"),
        (&["layer", "WannaCry=x"], "--> the call:1:10"),
        (&["layer", "WannaCry=inf"], "`inf` is no score"),
        (&["layer", "WannaCry", "-e", "a + d"], "--> --expression:1:5"),
        (&["layer", "-e", "a"], "there is no layer"),
        (&["layer", "WannaCry", "--attack", "17.1"], "write 18.1 or 19.0"),
        (&["layer", "WannaCry", "--gradient", "redgren"], "did you mean `redgreen`?"),
        (&["layer", "WannaCry", "--inherit", "comment=a"], "did you mean `comments`?"),
        (&["layer", "WannaCry", "--inherit", "comments=b"], "names no layer of the call"),
        (&["layer", "WannaCry", "--platform", "Window"], "did you mean `Windows`?"),
        (&["layer", "WannaCry", "--group-techniques", "some"], "write direct, campaigns, software or all"),
        (&["layer", "WannaCry", "--svg-size", "a4"], "write one of fitting"),
        (&["layer", "--svg", "WannaCry=1"], "a picture's name ends in .svg"),
        (&["layer", "--layer", "none.json"], "it is missing"),
        (&["layer", "--layer", "bad.json"], "--> bad.json:2:11"),
        (&["layer", "bytes.json"], "is no UTF-8 text"),
        (&["layer", "WannaCry", "-o", "no/such/folder.json"], "E0608"),
    ] {
        let ran = folder.run(arguments).expect(2, &[told]);
        assert_eq!(ran.out, "", "{arguments:?}");
    }
    let many: Vec<String> = std::iter::once("layer".to_owned()).chain((0..27).map(|_| "WannaCry".to_owned())).collect();
    folder.run(&many.iter().map(String::as_str).collect::<Vec<_>>()).expect(2, &["27 sources are more than there are letters"]);
}

#[test]
fn import_reads_feeds_and_keeps_what_somebody_edited() {
    let folder = Folder::new("import-intel");
    let event = |uuid: &str, title: &str, value: &str| {
        format!(
            r#"{{"Event": {{"uuid": "{uuid}", "info": "{title}", "date": "2026-11-20", "Tag": [{{"name": "tlp:amber"}}], "Attribute": [{{"type": "domain", "value": "{value}"}}]}}}}"#
        )
    };
    let (one, two) = ("3f0c1f5a-0000-4b46-9a0e-5d1f0c0a7c01", "3f0c1f5a-0000-4b46-9a0e-5d1f0c0a7c02");
    folder
        .write("feed/manifest.json", format!(r#"{{"{one}": {{}}, "{two}": {{}}}}"#))
        .write(&format!("feed/{one}.json"), event(one, "First", "one.example"))
        .write(&format!("feed/{two}.json"), event(two, "../../Second", "two.example"))
        .write("feed/hashes.csv", "x,y\n");
    folder.run(&["import", "misp", "feed", "-o", "hunts"]).expect(0, &["2 hunt files written", "2 indicators: 2 domain"]);
    assert!(folder.read("hunts/first.hunt").contains("tlp amber"));
    assert!(folder.read("hunts/second.hunt").contains("'two.example'"));
    folder.write("hunts/first.hunt", "# mine\n");
    folder
        .run(&["import", "misp", "feed/manifest.json", "-o", "hunts"])
        .expect(0, &["0 hunt files written; 2 there already and left alone"]);
    assert_eq!(folder.read("hunts/first.hunt"), "# mine\n");
    let none = folder
        .run(&["import", "misp", "feed", "--max-tlp", "green"])
        .expect(0, &["0 indicators", "2 skipped, marked more strictly than green: 2 domain"]);
    assert_eq!(none.out, "");
    let lines = folder.run(&["import", "misp", "feed", "--format", "json"]).expect(0, &[]);
    assert_eq!(lines.out.lines().count(), 2);
    assert!(lines.out.starts_with(r#"{"type":"domain","value":"one.example","source":"First","tlp":"amber","first_seen":null"#));
    // A table on standard input, and calls that are wrong.
    let table = folder
        .run_with(&["import", "csv", "-", "--seen", "2026-11-20"], b"value\nevil.com\n")
        .expect(0, &["1 indicator: 1 domain"]);
    assert!(table.out.contains("ioc domains domain expires 2027-05-19"));
    folder.run(&["import", "misp", "nothing.json"]).expect(2, &["E0601"]);
    folder.run(&["import", "csv", "-", "--expires", "domian=3d"]).expect(2, &["E0607", "did you mean `domain`?"]);
    folder.run(&["import", "csv", "-", "--max-tlp", "purple"]).expect(2, &["E0607", "amber+strict"]);
    folder.run(&["import", "report", "feed", "--format", "xml"]).expect(2, &["E0607", "hunt or json"]);
    folder.run(&["import", "misp", "feed", "--warninglists", "hunts"]).expect(2, &["holds no warninglists"]);
}

#[test]
fn import_refuses_a_file_that_is_too_large_before_it_reads_it() {
    let folder = Folder::new("import-large");
    let file = fs::File::create(folder.0.join("large.json")).unwrap();
    // Without blocks on the disk: its size is all there is.
    file.set_len(1024 * 1024 * 1024).unwrap();
    let started = std::time::Instant::now();
    folder.run(&["import", "misp", "large.json"]).expect(2, &["E0601", "larger than 419 MB"]);
    assert!(started.elapsed().as_secs() < 5);
}

const SWEPT: &str = "hunt h {\n  title \"h\"\n  created 2026-11-24\n  hypothesis 'x'\n  ioc i ip expires 2026-12-01 { '192.0.2.1' }\n  \
                     detect d on windows/process_creation {\n    when Image named 'a.exe'\n    level low\n  }\n  sweep s {\n    \
                     indicators i\n    not on defender 'x'\n  }\n  test 't' {\n    base firewall { dst_ip: '192.0.2.1' }\n    \
                     hit s { }\n  }\n}\n";

/// Time passes without anybody's mistake.
#[test]
fn a_sweep_whose_indicators_expired_stops_no_other_rule() {
    let folder = Folder::new("expired-sweep");
    folder.write("huntc.yaml", "version: 1\n").write("hunts/h.hunt", SWEPT);
    folder.run(&["build", "--as-of", "2026-12-01"]).expect(0, &[]);
    assert!(folder.read("outputs/manifest.json").contains("\"sweep\""));
    let said = folder.run(&["build", "--as-of", "2026-12-02", "--removed", "gone.csv"]).expect(0, &["W0103", "becomes no rule"]);
    let manifest = folder.read("outputs/manifest.json");
    assert!(manifest.contains("\"rule\": \"d\"") && !manifest.contains("\"sweep\""), "{}{manifest}", said.err);
    assert_eq!(folder.read("gone.csv"), "rule,type,indicator\nh.s,ip,192.0.2.1\n");
    folder.run(&["status", "--as-of", "2026-12-02"]).expect(0, &["1 hunt: 0 may close"]);
}

#[test]
fn what_is_gone_is_written_before_the_folder_is_replaced() {
    let folder = Folder::new("removed-first");
    folder.write("huntc.yaml", "version: 1\n").write("hunts/h.hunt", SWEPT);
    folder.run(&["build"]).expect(0, &[]);
    let before = folder.read("outputs/manifest.json");
    folder.run(&["build", "--as-of", "2026-12-02", "--removed", "no/such/gone.csv"]).expect(2, &["E0608"]);
    assert_eq!(folder.read("outputs/manifest.json"), before);
}

#[test]
fn dates_of_a_table_that_are_not_read_are_told() {
    let folder = Folder::new("table-dates");
    let table = "value,last_seen,expires\n203.0.113.5,20/11/2026,31.12.2026\n203.0.113.6,2026-11-20,2026-12-31\n";
    let said = folder.run_with(&["import", "csv", "-"], table.as_bytes()).expect(0, &["W0905", "`31.12.2026`", "`20/11/2026`"]);
    assert_eq!(said.err.matches("W0905").count(), 2, "{}", said.err);
}
