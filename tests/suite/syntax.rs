//! What is read, and how near misses are reported.

use huntc::diag::SourceId;
use huntc::syntax::parse;

const EVERYTHING: &str = include_str!("hunts/everything.hunt");

#[test]
fn every_construct_is_read() {
    let (file, diagnostics) = parse(SourceId(0), EVERYTHING);
    for diagnostic in &diagnostics {
        let at = huntc::diag::Position::of(EVERYTHING, diagnostic.span.map_or(0, |span| span.start as usize));
        println!("{}:{} {} {}", at.line, at.column, diagnostic.code, diagnostic.message);
    }
    assert!(diagnostics.is_empty());
    assert_eq!(file.items.len(), 7);
}

/// The fenced blocks of the design that the language must read, where it is at hand.
#[test]
fn the_examples_of_the_design_are_read() {
    let shared = std::env::var("HUNTC_SHARED").unwrap_or_else(|_| "../shared".to_owned());
    let Ok(page) = std::fs::read_to_string(format!("{shared}/design/language.md")) else {
        println!("skipped: {shared}/design/language.md is not there");
        return;
    };
    let blocks: Vec<&str> = page.split("```hunt\n").skip(1).filter_map(|block| block.split("```").next()).collect();
    assert!(blocks.len() >= 2);
    for block in blocks {
        let (_, diagnostics) = parse(SourceId(0), block);
        assert_eq!(diagnostics, [], "{block}");
    }
}

/// Takes `‹` and `›` out of an example: the text, and the range that stood between them.
fn marked(example: &str) -> (String, std::ops::Range<usize>) {
    let start = example.find('‹').expect("an example marks its place");
    let end = example.find('›').expect("an example marks the end of its place") - '‹'.len_utf8();
    (example.replace(['‹', '›'], ""), start..end)
}

#[test]
fn every_example_shows_its_code_at_its_place() {
    use huntc::diag::codes::{Example, syntax::CODES};
    let mut wrong = Vec::new();
    for code in CODES {
        let Example::Hunt(example) = code.example else { continue };
        let (text, range) = marked(example);
        let (_, diagnostics) = parse(SourceId(0), &text);
        let found: Vec<_> = diagnostics.iter().map(|found| (found.code, found.span.map(|span| span.range()))).collect();
        if found != [(code.id, Some(range.clone()))] {
            wrong.push(format!("{} at {range:?}: {diagnostics:#?}", code.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a reader of the terminal sees of one mistake, short enough to review many: the text at fault, what is said of it, and
/// the text after each fix.
fn told(text: &str, shown: impl Fn(&str) -> String) -> String {
    use std::fmt::Write as _;
    let (_, diagnostics) = parse(SourceId(0), text);
    let mut out = String::new();
    for diagnostic in &diagnostics {
        let span = diagnostic.span.expect("syntax errors have a place");
        let _ = write!(out, "  {} `{}` {}", diagnostic.code, text[span.range()].replace('\n', "⏎"), diagnostic.message);
        if let Some(label) = &diagnostic.label {
            let _ = write!(out, " | {label}");
        }
        out.push('\n');
        for label in &diagnostic.labels {
            let at = huntc::diag::Position::of(text, label.span.start as usize);
            let _ = writeln!(out, "    also {}:{} {}", at.line, at.column, label.message);
        }
        if let Some(help) = &diagnostic.help {
            let _ = writeln!(out, "    help: {help}");
        }
        for fix in &diagnostic.fixes {
            let fixed = apply(text, fix);
            let (_, left) = parse(SourceId(0), &fixed);
            let rest =
                if left.is_empty() { String::new() } else { format!("  [leaves {} errors: {}]", left.len(), left[0].message) };
            let _ = writeln!(out, "    fix: {} => {}{rest}", fix.message, shown(&fixed));
        }
    }
    if diagnostics.is_empty() {
        out.push_str("  reads\n");
    }
    out
}

fn apply(text: &str, fix: &huntc::diag::Fix) -> String {
    let mut edits = fix.edits.clone();
    edits.sort_by_key(|(span, _)| (span.start, span.end));
    let mut fixed = text.to_owned();
    for (span, replacement) in edits.iter().rev() {
        fixed.replace_range(span.range(), replacement);
    }
    fixed
}

/// Near misses within one clause; each is put into a pattern.
const CLAUSES: &[&str] = &[
    "A = 1",
    "A=1",
    "A === 1",
    "A =~ 'x'",
    "A <> 1",
    "A => 1",
    "A == 1 && B == 2",
    "A == 1 || B == 2",
    "!A == 1",
    "A: 'x'",
    "A|contains: 'x'",
    "A<5",
    "A <5",
    "A< 5",
    "A==1",
    "A not in ('x')",
    "B == 1 and A not contains 'x'",
    "A not exists",
    "A not == 1",
    "A is not null",
    "A is not empty",
    "A is not present",
    "A is not 'x'",
    "A is 'x'",
    "A is true",
    "A is nul",
    "A contians 'x'",
    "A CONTAINS 'x'",
    "A equals 'x'",
    "A regex /x/",
    "A has 'x'",
    "A frobs 'x'",
    "A in 'x'",
    "A in cased 'x'",
    "A == ('x', 'y')",
    "A != ('x', 'y')",
    "A < (1, 2)",
    "A == null",
    "A != null",
    "== 1",
    "contains 'x'",
    "and B == 1",
    "B == 1\n    == 1",
    "1 of them",
    "all of them",
    "any of p*",
    "none of p*",
    "A == “x”",
    "A in (“x”, “it's”)",
    "A == 1;",
    "A == 1; B == 2",
    "A == \"C:\\Windows\"",
    "A == \"a\\u{110000}b\"",
    "A == \"C:\\\"",
    "A == 'it's'",
    "A == 1 and B == 2 or C == 3",
    "A == 1 or B == 2 and C == 3 or D == 4",
    "(A == 1 or B == 2 and C == 3) and D == 4",
    "A == 1 B == 2",
    "A == 1, B == 2",
    "(A == 1\n    B == 2)",
    "any { A == 1 } B == 2",
    "A == cmd.exe",
    "A == 10.0.0.1",
    "A in (10.0.0.0/8, 'x')",
    "A in (a, b)",
    "A in ['x', 'y']",
    "A in ('x' 'y')",
    "A in ('x', )",
    "A in ()",
    "A in (,'x')",
    "A 'x'",
    "A /x/",
    "A == ",
    "A ==\n    B == 2",
    "not",
    "A == 1 and",
    "any == 'x'",
    "all contains 'x'",
    "any (A == 1)",
    "ayn { A == 1 }",
    "lower(A) == 'x'",
    "'x' == A",
    "1 < A < 5",
    "A > 1 < 5",
    "time in 19:00-07:00",
    "time in 25:00..07:00",
    "time in 19:00..07:00 +25:00",
    "weekday in (sat, sunday)",
    "A contains cased all ('x')",
    "A contains any all ('x')",
    "A contains cased cased 'x'",
    "A matches /x/g",
    "A matches /x",
    "A matches /x/ii",
    "A matches field B",
    "A == field",
    "A == 2026-02-30",
    "// A == 1",
    "A == 1 // comment",
    "any { }",
    "any {\n    }",
    "some { A == 1 }",
    "some F { }",
    "1 of (a b)",
    "1 of (a, b",
    "A == 1)",
    "A == 1 }",
    "Imagé == 1",
    "A\u{a0}== 1",
    "A == 1 \u{200b}",
    "anywhere == 'x'",
    "anywhere contains windash 'x'",
    "level high",
    "title \"x\"",
];

#[test]
fn near_misses_of_clauses() {
    let before = "hunt h {\n  pattern p on windows/process_creation {\n    ";
    let after = "\n  }\n}\n";
    let mut out = String::new();
    for clause in CLAUSES {
        out.push_str(&format!("{clause}\n"));
        out.push_str(&told(&format!("{before}{clause}{after}"), |fixed| {
            let inner = fixed.strip_prefix(before).and_then(|fixed| fixed.strip_suffix(after)).unwrap_or(fixed);
            format!("`{}`", inner.replace('\n', "⏎"))
        }));
    }
    insta::assert_snapshot!("near_misses_of_clauses", out);
}

/// Near misses of a whole file.
const FILES: &[&str] = &[
    "hunt h {\n  titel \"x\"\n}",
    "hunnt h { title \"x\" }",
    "detect d on a/b { when A == 1 }",
    "hunt h {\n  Image endswith 'x'\n}",
    "hunt h {\n  detect d on a/b {\n    Image endswith 'x'\n  }\n}",
    "hunt h {\n  title shadow copies\n  level \"high\"\n  created \"2026-11-24\"\n  created 2026/11/24\n  techniques \"T1490\"\n  author \"a\" \"b\"\n  techniques T1 T2\n  title\n  level\n  title: \"x\"\n  title \"a\", \"b\"\n}",
    "hunt h {\n  techniques T1486,\n  level high\n}",
    "hunt h {\n  level high techniques T1490\n}",
    "hunt h-1 { }",
    "hunt \"h\" { }",
    "hunt 1h { }",
    "hunt h {\n  pattern any on a/b { A == 1 }\n}",
    "hunt h {\n  pattern p a/b { A == 1 }\n}",
    "hunt h {\n  pattern p on a /b { A == 1 }\n}",
    "hunt h\n{\n  title \"x\"\n}",
    "hunt h {\n  detect a on x {\n    when {\n      A == 1\n    level high\n    response \"x\"\n  }\n}",
    "hunt h {\n  detect a on x {\n    when {\n      A in ('x', 'y'\n    }\n    level high\n  }\n}",
    "hunt h {\n  detect a on x {\n    when {\n      A in ('x', 'y'\n      B == 1\n    level high\n  detect b on y { when B == 1 }\n}",
    "hunt h {\n  detect a on x {\n    when A == 1\n\n  detect b on y {\n    when B == 1\n  }\n}",
    "hunt h {\n  detect a on x {\n    when A == 1\n}\n",
    "hunt h {\n  detect a on x {\n    when (A == 1\n  }\n}\n",
    "hunt h {\n  test \"t\" {\n    hit r { A: 'x'\n    miss r { A: 'y' }\n  }\n}\n",
    "hunt h {\n  list l of string { cmd.exe, 'b' 'c', 10.0.0.1 }\n}",
    "hunt h {\n  list l of string\n  site list s of string { 'a' }\n  list m { 'a',, 'b', }\n}",
    "hunt h {\n  ioc i sha256 form \"x.csv\"\n  ioc j sha256 from x.csv\n}",
    "hunt h {\n  stop {\n    timebox 2 weeks\n    timebox 1h30m\n    level high\n  }\n}",
    "hunt h {\n  test \"t\" {\n    hit r { A: 'x', B: 1 }\n    hit r { A == 'x' }\n    hit r { A 'x' }\n    hit r { A: x }\n    hit r { A: }\n    expect\n    expects r\n    event a/b at 5min { A: 1 }\n  }\n}",
    "hunt h {\n  correlate c {\n    when cuont of p >= 10 by A within 5m\n  }\n  correlate d {\n    when a or b by A within 5m\n  }\n  correlate e {\n    when a\n  }\n  correlate f {\n    when count p >= 10\n  }\n  correlate g {\n    when count of p>=10 within 5 minutes\n  }\n  correlate i {\n    when { a then b }\n  }\n  correlate j {\n    when a followed by b by A within 5m\n  }\n  correlate k {\n    when a then b group by A within 5m\n  }\n  correlate l {\n    when a and b wihtin 5m\n  }\n  correlate m {\n    when percentile 200 F of p > 5\n  }\n  correlate n {\n    when a without b without c\n  }\n  correlate o {\n    when all of (a, b) within 5m\n  }\n  correlate q {\n    when count of p >= 10 by A by B within 5m\n  }\n  correlate r {\n    when count of p >= x\n  }\n}",
    "hunt h {\n  sweep s {\n    when A == 1\n  }\n  detect d on x {\n    when A == 1\n    when B == 2\n    detect e on y\n    tags \"x\"\n  }\n}",
    "logsource a/b {\n  name: string\n  fields { name string, port: }\n}",
    "hunt h {\n  detect d on x { when A == 1 } level high\n}",
    "use a from lib.hunt\nuse from \"x\"\nuse a b from \"x\"",
    "hunt h {\n  hypothesis \"\"\"\n    never ends\n    title \"x\"\n  level high\n  nonsense here\n}\n",
    "hunt h {\n  title “A”\n  title 'B\n  title \"C\n}",
];

#[test]
fn near_misses_of_files() {
    let mut out = String::new();
    for file in FILES {
        out.push_str(&format!("{file}\n"));
        out.push_str(&told(file, |fixed| {
            let changed: Vec<&str> = fixed.lines().filter(|line| !file.lines().any(|other| other == *line)).collect();
            format!("`{}`", changed.join("⏎"))
        }));
        out.push('\n');
    }
    insta::assert_snapshot!("near_misses_of_files", out);
}

/// A small generator of numbers, so that a failing seed fails again (xorshift64*, Vigna 2016).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(number).unwrap_or(0) % bound.max(1)
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// Every place that the tree or a diagnostic names lies in the text, between characters.
fn places_are_sound(text: &str) {
    let (file, diagnostics) = parse(SourceId(0), text);
    let sound = |span: huntc::diag::Span| {
        assert!(span.start <= span.end && text.get(span.range()).is_some(), "{span:?} in {text:?}");
    };
    for diagnostic in &diagnostics {
        sound(diagnostic.span.expect("a syntax error has a place"));
        diagnostic.labels.iter().for_each(|label| sound(label.span));
        diagnostic.fixes.iter().flat_map(|fix| &fix.edits).for_each(|(span, _)| sound(*span));
    }
    // The tree prints every span in it; reading them from there misses none.
    let printed = format!("{file:?}");
    for part in printed.split("Span { source: SourceId(0), start: ").skip(1) {
        let (start, rest) = part.split_once(", end: ").expect("a span is printed with both ends");
        let end = rest.split(' ').next().unwrap_or_default();
        sound(huntc::diag::Span::new(SourceId(0), start.parse().expect("a number"), end.parse().expect("a number")));
    }
}

#[test]
fn no_text_panics() {
    const PIECES: &[&str] = &[
        "hunt h {",
        "}",
        "{",
        "(",
        ")",
        ",",
        "'",
        "\"",
        "\"\"\"",
        "`",
        "/",
        "\\",
        "#",
        "\n",
        "\r\n",
        "\r",
        " ",
        "\t",
        "and",
        "or",
        "not",
        "any {",
        "some F {",
        "approximate",
        "when",
        "when {",
        "detect d on a/b {",
        "correlate c {",
        "test \"t\" {",
        "hit r {",
        "list l {",
        "ioc i sha256 {",
        "except \"x\" {",
        "stop {",
        "result {",
        "met",
        "not examined",
        "fields {",
        "A",
        "==",
        "=",
        "<",
        "in",
        "contains",
        "all",
        "cased",
        "matches /x/",
        "1",
        "0x",
        "-",
        ".",
        ":",
        ";",
        "“",
        "é",
        "\u{feff}",
        "\u{0}",
        "\u{7}",
        "\u{202e}",
        "𝒜",
        "time in 1:00..2:00",
        "weekday in (mon)",
        "1 of",
        "2026-11-24",
        "5m",
        "field",
        "seq",
        "by",
        "within 5m",
        "then",
        "without prior",
        "fixed windows",
        "*",
        "_",
        "@",
        "|",
        "&&",
        "%",
        "$",
    ];
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for _ in 0..1000 {
        let length = random.below(40);
        let mut text = String::new();
        for _ in 0..length {
            text.push_str(random.pick(PIECES));
            if random.below(2) == 0 {
                text.push(' ');
            }
        }
        places_are_sound(&text);
    }
    // Mutations of a file that reads: parts removed, doubled, swapped for others.
    for _ in 0..100 {
        let mut text = EVERYTHING.to_owned();
        for _ in 0..=random.below(4) {
            let boundary = |text: &str, at: usize| (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
            let start = boundary(&text, random.below(text.len()));
            let end = boundary(&text, (start + random.below(60)).min(text.len()));
            match random.below(3) {
                0 => text.replace_range(start..end, ""),
                1 => text.insert_str(start, random.pick(PIECES)),
                _ => text.replace_range(start..end, random.pick(PIECES)),
            }
        }
        places_are_sound(&text);
    }
}

/// Cutting a file anywhere leaves something that is reported, or reads.
#[test]
fn no_prefix_panics() {
    for (at, _) in EVERYTHING.char_indices().step_by(37) {
        places_are_sound(&EVERYTHING[..at]);
    }
}

#[test]
fn extreme_texts_end_quickly() {
    let clause = |clause: &str| format!("hunt h {{\n  pattern p on windows/process_creation {{\n    {clause}\n  }}\n}}\n");
    let texts = [
        ("10,000 parentheses", clause(&format!("{}A == 1{}", "(".repeat(10_000), ")".repeat(10_000)))),
        ("10,000 open parentheses", clause(&"(".repeat(10_000))),
        ("10,000 open parentheses on lines", clause(&"(\n".repeat(10_000))),
        ("10,000 blocks", clause(&format!("{}A == 1{}", "any {\n".repeat(10_000), "\n}".repeat(10_000)))),
        ("10,000 hunts", "hunt h {\n".repeat(10_000)),
        ("10,000 closing braces", "}\n".repeat(10_000)),
        ("100,000 times not", clause(&format!("{}A == 1", "not ".repeat(100_000)))),
        ("5,000 clauses", clause(&"A == 1\n".repeat(5_000))),
        ("5,000 operands", clause(&format!("A == 1{}", " or A == 1".repeat(5_000)))),
        ("5,000 mixed operands", clause(&format!("A == 1{}", " or A == 1 and B == 2".repeat(2_500)))),
        ("5,000 values", clause(&format!("A in (1{})", ", 1".repeat(5_000)))),
        ("5,000 listed values", format!("hunt h {{ list l of integer {{\n{}}} }}", "1\n".repeat(5_000))),
        ("10,000 comments", "# x\n".repeat(10_000)),
        ("10,000 open quotes", "'\n".repeat(10_000)),
        ("10,000 prose quotes", "\"\"\"".repeat(10_001)),
        ("10,000 slashes", "/".repeat(10_000)),
        ("10,000 bad statements", clause(&"A\n== B\n".repeat(5_000))),
        ("10,000 objects", format!("hunt h {{ test \"t\" {{ hit r {{ A: {}", "{ A: ".repeat(10_000))),
        ("a long word", clause(&"a".repeat(1_000_000))),
        ("a line that is too long", clause(&"a ".repeat(1_000_000))),
        ("17 MiB", "x".repeat(17 * 1024 * 1024)),
    ];
    for (what, text) in &texts {
        let start = std::time::Instant::now();
        let (file, diagnostics) = parse(SourceId(0), text);
        let reading = start.elapsed();
        println!("{what}: {reading:?}, {} diagnostics", diagnostics.len());
        let reads = ["5,000 clauses", "5,000 operands", "5,000 values", "5,000 listed values", "10,000 comments", "a long word"]
            .contains(what);
        assert_eq!(diagnostics.is_empty(), reads, "{what}: {:?}", diagnostics.first());
        drop(file);
    }
}

#[test]
fn sixty_four_is_deep_enough_and_no_more() {
    let nested = |open: &str, close: &str, times: usize| {
        format!(
            "hunt h {{\n  detect d on a/b {{\n    when {{\n{}A == 1{}\n    }}\n  }}\n}}\n",
            open.repeat(times),
            close.repeat(times)
        )
    };
    for (open, close) in [("(", ")"), ("not ", ""), ("approximate ", ""), ("any {\n", "\n}")] {
        assert_eq!(parse(SourceId(0), &nested(open, close, 64)).1, [], "64 times {open}");
        let codes: Vec<_> = parse(SourceId(0), &nested(open, close, 65)).1.iter().map(|found| found.code).collect();
        assert_eq!(codes, ["E0108"], "65 times {open}");
    }
    // Together: 16 times four.
    assert_eq!(parse(SourceId(0), &nested("not approximate (all {\n", "\n})", 16)).1, []);
    let codes: Vec<_> =
        parse(SourceId(0), &nested("not approximate (all {\n", "\n})", 17)).1.iter().map(|found| found.code).collect();
    assert_eq!(codes, ["E0108"]);
}

use huntc::syntax::ast::{Clause, ClauseKind, Item, Member, Operand, Value};

/// Every clause of a file, also those within others.
fn clauses_of(file: &huntc::syntax::ast::File) -> Vec<Clause> {
    fn walk(clauses: &[Clause], all: &mut Vec<Clause>) {
        for clause in clauses {
            all.push(clause.clone());
            match &clause.kind {
                ClauseKind::And(inner) | ClauseKind::Or(inner) => walk(inner, all),
                ClauseKind::Block { clauses, .. } | ClauseKind::Some { clauses, .. } => walk(clauses, all),
                ClauseKind::Not(inner) | ClauseKind::Approximate(inner) | ClauseKind::Group(inner) => {
                    walk(std::slice::from_ref(inner), all);
                }
                _ => {}
            }
        }
    }
    let mut all = Vec::new();
    for item in &file.items {
        let (Item::Hunt(unit) | Item::Library(unit) | Item::Site(unit)) = item else { continue };
        for member in &unit.members {
            match member {
                Member::Pattern(pattern) => walk(&pattern.clauses, &mut all),
                Member::Detect(detect) => {
                    detect.when.iter().for_each(|when| walk(&when.clauses, &mut all));
                    detect.exceptions.iter().for_each(|except| walk(&except.clauses, &mut all));
                }
                Member::Except(except) => walk(&except.clauses, &mut all),
                _ => {}
            }
        }
    }
    all
}

/// A span is exact when what stands there, read alone, is the same clause, and what stands at its parts' spans is they.
#[test]
fn the_place_of_a_clause_holds_that_clause_and_no_more() {
    let (file, _) = parse(SourceId(0), EVERYTHING);
    // In parentheses, since a clause that stood in some may break its lines where others may not.
    let alone = |text: &str| {
        let text = format!("hunt h {{\n  pattern p on a/b {{\n({text}\n)\n}}\n}}\n");
        let (file, diagnostics) = parse(SourceId(0), &text);
        assert_eq!(diagnostics, [], "{text}");
        match clauses_of(&file).first().map(|clause| clause.kind.clone()) {
            Some(ClauseKind::Group(inner)) => Some(*inner),
            other => panic!("{other:?}"),
        }
    };
    let value = |value: &Value| {
        let text = &EVERYTHING[value.span.range()];
        let Some(ClauseKind::Comparison(read)) = alone(&format!("A contains {text}")).map(|clause| clause.kind) else {
            panic!("{text}")
        };
        assert_eq!(read.operand, Operand::Value(value.clone()), "{text}");
    };
    let clauses = clauses_of(&file);
    assert!(clauses.len() > 80);
    for clause in &clauses {
        let text = &EVERYTHING[clause.span.range()];
        assert_eq!(text, text.trim());
        assert_eq!(alone(text).as_ref(), Some(clause), "{text}");
        if let ClauseKind::Comparison(comparison) = &clause.kind {
            assert_eq!(EVERYTHING[comparison.field.span.range()].trim_matches('`'), comparison.field.name);
            assert_eq!(&EVERYTHING[comparison.operator.span.range()], comparison.operator.node.text());
            match &comparison.operand {
                Operand::Value(each) => value(each),
                Operand::List { values, .. } => values.iter().for_each(value),
                Operand::Name(name) => assert_eq!(&EVERYTHING[name.span.range()], name.node),
                Operand::Field(field) => assert_eq!(EVERYTHING[field.span.range()].trim_matches('`'), field.name),
                Operand::Nothing => {}
            }
        }
    }
}

#[test]
fn line_breaks_of_windows_and_a_byte_order_mark_change_nothing() {
    let (file, _) = parse(SourceId(0), EVERYTHING);
    let (windows, diagnostics) = parse(SourceId(0), &EVERYTHING.replace('\n', "\r\n"));
    assert_eq!(diagnostics, []);
    assert_eq!(windows, file);
    assert_eq!(windows.comments.len(), file.comments.len());
    assert!(windows.comments.iter().zip(&file.comments).all(|(left, right)| left.text == right.text));
    let (marked, diagnostics) = parse(SourceId(0), &format!("\u{feff}{EVERYTHING}"));
    assert_eq!(diagnostics, []);
    assert_eq!(marked, file);
}

/// What the tree makes of texts: escapes, regular expressions, prose.
#[test]
fn texts_mean_what_the_language_says() {
    let read = |value: &str| {
        let text = format!("hunt h {{\n  pattern p on a/b {{\nA == {value}\n}}\n}}\n");
        let (file, diagnostics) = parse(SourceId(0), &text);
        assert_eq!(diagnostics, [], "{text}");
        match clauses_of(&file).remove(0).kind {
            ClauseKind::Comparison(comparison) => match comparison.operand {
                Operand::Value(value) => value.kind,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    };
    use huntc::syntax::ast::ValueKind;
    let text = |value: &str| match read(value) {
        ValueKind::Text(text) => text.value,
        other => panic!("{other:?}"),
    };
    assert_eq!(text(r"'C:\Windows\n\'"), r"C:\Windows\n\");
    assert_eq!(text(r#""a\\b\"c\n\t\u{e9}\u{1F600}""#), "a\\b\"c\n\té😀");
    assert_eq!(text("\"\"\"a 'b' \"c\" \\n\"\"\""), "a 'b' \"c\" \\n");
    let regex = |value: &str| match read(value) {
        ValueKind::Regex { pattern, flags, .. } => (pattern, flags),
        other => panic!("{other:?}"),
    };
    assert_eq!(regex(r"/a\/b[\/'#]\\/ims"), (r"a/b[/'#]\\".to_owned(), "ims".to_owned()));
    assert_eq!(regex("/ { ( , # ; /"), (" { ( , # ; ".to_owned(), String::new()));
}
