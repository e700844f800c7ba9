//! The hand-over page: what stands on it, that it stands alone, that it can be read by everybody, and that no value becomes markup.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::commands::Folder;

/// A tag of a page: its name, whether it closes, its attributes.
#[derive(Debug)]
struct Tag {
    name: String,
    closes: bool,
    attributes: BTreeMap<String, String>,
}

/// The tags of a page, read strictly: every attribute in double quotes or without a value, every element closed. Scripts and styles
/// are text.
fn tags(page: &str) -> Vec<Tag> {
    const EMPTY: &[&str] = &["meta", "!DOCTYPE", "br", "hr", "img", "input", "link"];
    let mut found = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let mut end = 0;
        let mut quoted = false;
        for (index, character) in rest.char_indices() {
            match character {
                '"' => quoted = !quoted,
                '>' if !quoted => {
                    end = index;
                    break;
                }
                _ => {}
            }
        }
        let (inner, behind) = (&rest[..end], &rest[end + 1..]);
        rest = behind;
        let closes = inner.starts_with('/');
        let inner = inner.trim_start_matches('/');
        let selfclosing = inner.ends_with('/');
        let inner = inner.trim_end_matches('/');
        let name: String = inner.chars().take_while(|character| !character.is_whitespace()).collect();
        assert!(
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '!'),
            "a `<` that begins no tag: {inner:.80}"
        );
        let mut attributes = BTreeMap::new();
        let mut left = inner[name.len()..].trim();
        while !left.is_empty() {
            let key_end = left.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(left.len());
            let key = left[..key_end].to_owned();
            left = left[key_end..].trim_start();
            let mut value = String::new();
            if let Some(quoted) = left.strip_prefix("=\"") {
                let close = quoted.find('"').unwrap();
                value = unescaped(&quoted[..close]);
                left = quoted[close + 1..].trim_start();
            } else {
                assert!(!left.starts_with('='), "an attribute without quotes: {left:.80}");
            }
            assert!(attributes.insert(key.clone(), value).is_none(), "`{key}` twice in `{inner:.120}`");
        }
        if closes {
            assert_eq!(open.pop().as_deref(), Some(name.as_str()), "elements overlap");
        } else if !selfclosing && !EMPTY.contains(&name.as_str()) {
            open.push(name.clone());
        }
        if !closes && (name == "script" || name == "style") {
            let close = rest.find(&format!("</{name}")).unwrap();
            rest = &rest[close..];
        }
        found.push(Tag { name, closes, attributes });
    }
    assert!(open.is_empty(), "never closed: {open:?}");
    found
}

/// What must hold of every page.
fn sound(page: &str) -> Vec<Tag> {
    let tags = tags(page);
    let opened = || tags.iter().filter(|tag| !tag.closes);
    let count = |name: &str| opened().filter(|tag| tag.name == name).count();
    assert_eq!((count("h1"), count("main"), count("title") > 0, count("script")), (1, 1, true, 1));
    assert!(opened().any(|tag| tag.name == "html" && tag.attributes.get("lang").is_some_and(|lang| lang == "en")));
    assert!(opened().any(|tag| tag.attributes.get("name").is_some_and(|name| name == "viewport")));
    let mut ids = BTreeSet::new();
    let mut level = 0;
    for tag in opened() {
        if let Some(id) = tag.attributes.get("id") {
            assert!(ids.insert(id.clone()), "the id `{id}` stands twice");
            assert!(!id.contains(char::is_whitespace), "{id}");
        }
        if let Some(next) = tag.name.strip_prefix('h').and_then(|level| level.parse::<usize>().ok()) {
            assert!(next <= level + 1, "a heading of level {next} after one of level {level}");
            level = next;
        }
        // Nothing is loaded, and nothing runs but the page's one script.
        for (key, value) in &tag.attributes {
            assert!(!key.starts_with("on"), "`{key}` runs a script");
            let loads =
                matches!(key.as_str(), "src" | "srcset" | "data" | "poster" | "action" | "formaction" | "background" | "ping");
            assert!(!loads, "`{}` loads `{value}`", tag.name);
            if key == "href" {
                assert!(tag.name == "a", "`{}` loads `{value}`", tag.name);
                assert!(["#", "https://", "http://"].iter().any(|start| value.starts_with(start)), "{value}");
            }
            assert!(!value.contains("javascript:") || key != "href");
        }
        assert!(!matches!(tag.name.as_str(), "link" | "iframe" | "object" | "embed" | "base" | "img" | "form"), "{}", tag.name);
        match tag.name.as_str() {
            "th" => assert!(tag.attributes.contains_key("scope"), "a head of a table without scope"),
            "button" => assert_eq!(tag.attributes.get("type").map(String::as_str), Some("button")),
            _ => {}
        }
        if tag.attributes.get("role").is_some_and(|role| role == "region") {
            assert!(tag.attributes.contains_key("aria-label") && tag.attributes.contains_key("tabindex"));
        }
    }
    assert_eq!(count("table"), count("caption"));
    assert_eq!(count("details"), count("summary"));
    // What points at something finds it.
    for tag in opened() {
        for (key, value) in &tag.attributes {
            let targets: Vec<&str> = match key.as_str() {
                "aria-labelledby" | "aria-describedby" => value.split(' ').collect(),
                "data-copy" => vec![value.as_str()],
                "href" => value.strip_prefix('#').into_iter().collect(),
                _ => Vec::new(),
            };
            for target in targets {
                assert!(ids.contains(target), "`{key}` points at `{target}`, which is not there");
            }
        }
    }
    let (_, style) = page.split_once("<style>").unwrap();
    let (style, _) = style.split_once("</style>").unwrap();
    assert!(!style.contains("url(") && !style.contains("@import"));
    tags
}

fn hunts() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("hunts").display().to_string()
}

#[test]
fn the_page_of_our_hunts_is_sound_and_holds_every_query() {
    let folder = Folder::new("report-hunts");
    folder.run(&["report", &hunts(), "-o", "report.html"]).expect(0, &["6 hunts"]);
    let page = folder.read("report.html");
    let tags = sound(&page);
    let outputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("outputs");
    let plain = unescaped(&page);
    for file in [
        "splunk/wannacry_worm/recovery_chain.spl",
        "defender/stuxnet_usb/second_lsass.kql",
        "sigma/conficker_worm/at_job_created.yml",
    ] {
        let query = std::fs::read_to_string(outputs.join(file)).unwrap();
        assert!(plain.contains(query.trim_end()), "{file}");
    }
    for text in [
        "Hunt report: 6 hunts",
        "TLP:CLEAR",
        "As of 2026-11-24",
        "the exploit itself is inside SMB traffic",
        "not for this product",
    ] {
        assert!(plain.contains(text), "{text}");
    }
    let buttons = tags.iter().filter(|tag| !tag.closes && tag.attributes.contains_key("data-copy")).count();
    let codes = tags.iter().filter(|tag| !tag.closes && tag.name == "code").count();
    assert!(buttons > 300 && buttons == codes, "{buttons} buttons, {codes} queries");
    // The same input gives the same bytes.
    let again = folder.run(&["report", &hunts()]).expect(0, &[]);
    assert_eq!(again.out, page);
}

fn unescaped(text: &str) -> String {
    let mut text = text.to_owned();
    for (from, to) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#39;", "'"), ("&#x2f;", "/"), ("&amp;", "&")]
    {
        text = text.replace(from, to);
    }
    text
}

const HOSTILE: &str = r#"</script><img src=x onerror=alert(1)>"#;

/// A value that wants to be markup stays text wherever it stands.
#[test]
fn no_value_becomes_markup() {
    let folder = Folder::new("report-hostile");
    let text = r#"hunt h {
  title "TITLE HOSTILE"
  author "AUTHOR HOSTILE"
  created 2026-11-24
  hypothesis """
    HYPOTHESIS HOSTILE

    {{ policy }} {% for x in hunts %} --> ]]> <!-- "quoted" 'single'
  """
  description "DESCRIPTION HOSTILE"
  techniques T1490
  blindspot T1486 "BLINDSPOT HOSTILE"
  references "javascript:alert(1)", "https://example.org/HOSTILE\" onclick=\"alert(1)", "data:text/html,HOSTILE"

  stop {
    when "STOP HOSTILE" not met "UNMET HOSTILE"
  }

  result {
    outcome inconclusive
    conclusion "CONCLUSION HOSTILE"
    examined windows/process_creation from 2026-08-26 to 2026-11-24 "EXAMINED HOSTILE"
    not examined proxy "NOT EXAMINED HOSTILE"
    variants T1490 "VARIANTS HOSTILE"
    byproduct tooling-gap "BYPRODUCT HOSTILE"
    handoff retire "HANDOFF HOSTILE"
  }

  detect r on windows/process_creation {
    title "RULE HOSTILE"
    when CommandLine contains 'QUERY HOSTILE'
    techniques T1490
    falsepositives "FALSE HOSTILE"
    response "RESPONSE HOSTILE"
    not on defender "NOT ON HOSTILE"
  }

  test "TEST HOSTILE" {
    base windows/process_creation { CommandLine: 'QUERY HOSTILE' }
    hit r { }
    miss r { CommandLine: 'x' }
  }
}
"#;
    folder.write("hunts/h.hunt", text.replace("HOSTILE", HOSTILE));
    let line = serde_json::json!({ "hunt": format!("MATCHED {HOSTILE}"), "rule": HOSTILE, "time": HOSTILE });
    folder.write("found.jsonl", format!("{line}\n\n{line}\n"));
    let title = format!("HEADING {HOSTILE}");
    let ran = folder.run(&["report", "-o", "r.html", "--matches", "found.jsonl", "--title", &title]).expect(0, &[]);
    assert!(ran.out.is_empty());
    let page = folder.read("r.html");
    sound(&page);
    assert!(!page.contains("<img") && page.matches("</script>").count() == 1);
    let plain = unescaped(&page);
    for place in [
        "HEADING",
        "TITLE",
        "AUTHOR",
        "HYPOTHESIS",
        "DESCRIPTION",
        "BLINDSPOT",
        "STOP",
        "UNMET",
        "CONCLUSION",
        "EXAMINED",
        "NOT EXAMINED",
        "VARIANTS",
        "BYPRODUCT",
        "HANDOFF",
        "RULE",
        "QUERY",
        "FALSE",
        "RESPONSE",
        "NOT ON",
        "TEST",
        "MATCHED",
    ] {
        assert!(plain.contains(&format!("{place} {HOSTILE}")), "{place} is not on the page");
    }
    assert!(plain.contains("{{ policy }} {% for x in hunts %}"));
    // Only what a browser opens as a page is a link.
    assert!(!page.contains("href=\"javascript") && !page.contains("href=\"data"));
}

/// Control characters are no text of HTML; a name that is no id makes none.
#[test]
fn odd_characters_do_not_break_the_page() {
    let folder = Folder::new("report-odd");
    let hunt = "hunt h {\n  title \"a\\u{0}b\\u{1b}[31mc\\u{202e}d\"\n  created 2026-11-24\n  hypothesis \"x\\u{feff}\"\n}\n";
    folder.write("hunts/h.hunt", hunt);
    let page = folder.run(&["report"]).expect(0, &[]).out;
    sound(&page);
    assert!(page.contains("a\u{fffd}b\u{fffd}[31mc") && !page.contains('\u{1b}') && !page.contains('\0'));
    assert!(page.contains("The hunt has no rule."));
}

/// The script that runs is the one that the policy names, and the policy allows nothing else.
#[test]
fn the_policy_allows_the_pages_own_script_alone() {
    use base64::Engine as _;
    use sha2::Digest as _;
    let folder = Folder::new("report-policy");
    folder.write("hunts/h.hunt", "hunt h {\n  hypothesis \"x\"\n}\n");
    let page = folder.run(&["report"]).expect(0, &[]).out;
    let (_, script) = page.split_once("<script>").unwrap();
    let (script, _) = script.split_once("</script>").unwrap();
    let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(script.as_bytes()));
    let (_, policy) = page.split_once("Content-Security-Policy\" content=\"").unwrap();
    let policy = unescaped(policy.split_once("\">").unwrap().0);
    assert!(policy.contains("default-src 'none'") && policy.contains(&format!("script-src 'sha256-{hash}'")), "{policy}");
    assert!(!policy.contains("script-src 'unsafe-inline'") && !policy.contains("http"), "{policy}");
}

/// The colours of the two palettes, by name.
fn palettes() -> [BTreeMap<String, [f64; 3]>; 2] {
    let style = include_str!("../../src/report/templates/report.css");
    let (light, dark) = style.split_once("@media (prefers-color-scheme: dark)").unwrap();
    let (dark, _) = dark.split_once("} }").unwrap();
    let read = |text: &str| {
        let mut colors = BTreeMap::new();
        for declaration in text.split([';', '{']) {
            if let Some((name, value)) = declaration.trim().strip_prefix("--").and_then(|rest| rest.split_once(": #")) {
                let part = |at: usize| f64::from(u8::from_str_radix(&value.trim()[at..at + 2], 16).unwrap());
                colors.insert(name.to_owned(), [part(0), part(2), part(4)]);
            }
        }
        colors
    };
    [read(light), read(dark)]
}

/// Contrast of two colours (WCAG 2.2, "contrast ratio").
fn contrast(one: [f64; 3], two: [f64; 3]) -> f64 {
    let luminance = |color: [f64; 3]| {
        let [red, green, blue] = color.map(|part| {
            let part = part / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (one, two) = (luminance(one), luminance(two));
    (one.max(two) + 0.05) / (one.min(two) + 0.05)
}

#[test]
fn text_can_be_read_on_every_ground() {
    assert!((contrast([0.0; 3], [255.0; 3]) - 21.0).abs() < 1e-9);
    let pairs = [
        ("text", "page"),
        ("quiet", "page"),
        ("link", "page"),
        ("text", "shade"),
        ("quiet", "shade"),
        ("good-text", "good"),
        ("warn-text", "warn"),
        ("bad-text", "bad"),
        ("none-text", "none"),
    ];
    for colors in palettes() {
        assert_eq!(colors.len(), 15, "{colors:?}");
        for (text, ground) in pairs {
            let found = contrast(colors[text], colors[ground]);
            assert!(found >= 4.5, "{text} on {ground}: {found:.2}");
        }
        // What only marks a focus has to be seen, not read.
        assert!(contrast(colors["focus"], colors["page"]) >= 3.0);
    }
}

#[test]
fn bad_calls_of_report_are_told() {
    let folder = Folder::new("report-bad");
    folder.write("hunts/h.hunt", "hunt h {\n  hypothesis \"x\"\n}\n");
    folder.write("found.jsonl", "{\"hunt\":\"h\",\"rule\":\"r\"}\nnot json\n").write("bytes.jsonl", [0xffu8, 0xfe]);
    folder.run(&["report", "--matches", "found.jsonl"]).expect(2, &["E1006", "found.jsonl:2:1"]);
    folder.run(&["report", "--matches", "bytes.jsonl"]).expect(2, &["E0602"]);
    folder.run(&["report", "--matches", "none.jsonl"]).expect(2, &["E0601"]);
    folder.run(&["report", "-o", "no/such/page.html"]).expect(2, &["E0608"]);
    folder.run(&["report", "--as-of", "soon"]).expect(2, &["a day such as"]);
    folder.write("lib/l.hunt", "library l {\n  list a { 'x' }\n}\n");
    folder.run(&["report", "lib/l.hunt"]).expect(2, &["there is no hunt to report"]);
    folder.write("hunts/h.hunt", "hunt h {");
    folder.run(&["report", "-o", "never.html"]).expect(1, &["E01"]);
    assert!(!folder.0.join("never.html").exists());
}
