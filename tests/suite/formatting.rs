//! `fmt` keeps meaning and comments.

use huntc::diag::SourceId;
use huntc::fmt::format;
use huntc::syntax::ast::File;
use huntc::syntax::parse;

const EVERYTHING: &str = include_str!("hunts/everything.hunt");

fn read(text: &str) -> File {
    let (file, diagnostics) = parse(SourceId(0), text);
    assert_eq!(diagnostics, [], "{text}");
    file
}

/// The law of the formatter: its output reads as the same tree, has the same comments, and is left alone by a second run.
fn lays_out(text: &str) -> String {
    let file = read(text);
    assert_eq!(file, read(text), "a tree equals itself");
    let formatted = format(&file, text);
    let again = read(&formatted);
    if again != file {
        let plain = |file: &File| -> String {
            let printed = format!("{:#?}", file.items);
            let places = ["start:", "end:", "span", "quoted:"];
            let lines = printed.lines().filter(|line| !places.iter().any(|word| line.contains(word)));
            lines.collect::<Vec<_>>().join("\n")
        };
        let (before, after) = (plain(&file), plain(&again));
        let changed = similar::TextDiff::from_lines(&before, &after).unified_diff().to_string();
        panic!("the tree changed: {changed}\n--- before\n{text}\n--- after\n{formatted}");
    }
    let comments = |file: &File| {
        let mut comments: Vec<String> = file.comments.iter().map(|comment| comment.text.clone()).collect();
        comments.sort();
        comments
    };
    assert_eq!(comments(&again), comments(&file), "comments changed\n--- before\n{text}\n--- after\n{formatted}");
    let twice = format(&again, &formatted);
    let changed = similar::TextDiff::from_lines(&formatted, &twice).unified_diff().to_string();
    assert!(twice == formatted, "a second run changes the text\n{changed}\n--- before\n{text}");
    assert!(
        !formatted.lines().any(|line| line.ends_with([' ', '\t'])) || formatted.contains("\"\"\""),
        "blanks at a line's end\n{formatted}"
    );
    assert!(!formatted.contains("\n\n\n"), "two blank lines\n{formatted}");
    formatted
}

#[test]
fn every_construct_is_laid_out() {
    insta::assert_snapshot!("every_construct_is_laid_out", lays_out(EVERYTHING));
}

#[test]
fn comments_and_blank_lines_stay() {
    let text = r##"# First.


# Second.
use a,   # behind a name
  b,
  # before a name
  c from "x"   # behind use
hunt   h{ # behind a head

  # before anything
  title "x"#behind a property
  techniques T1 ,  # behind a technique
    T2


  list l of string { # behind a list's head
    'a', # behind a value

    # between values
    'b' }
  pattern p on a/b { A == 1 # behind a clause
    B in ( # behind a parenthesis
      'x', 'y' # behind the last value
      # before the parenthesis ends
    )
    (A == 1 # behind an operand
      or B == 2
      # before an operand
      or C == 3)
    A == 1 # behind the first operand

      # before the second
      and B == # within a comparison
        2
    any { A == 1 } # behind a block
    # before the end
  }
  detect d on a/b {
    # only comments, and then
    when { # behind when
      A == 1 }
  } # behind a detect
  test "t" {
    hit d { A: 1 # behind a pair
      B: ({ C: 1 # within an object
        }) }
    miss d { } # behind a row
    # the last of a test
  }
  pattern q on a/b { A == 1 }
  # the last of a hunt
}
# the last
"##;
    insta::assert_snapshot!("comments_and_blank_lines_stay", lays_out(text));
}

#[test]
fn what_does_not_fit_is_broken() {
    let long = |what: &str, times: usize| (1..=times).map(|number| format!("'{what} {number}'")).collect::<Vec<_>>().join(", ");
    let text = format!(
        "hunt h {{
  list short of string {{
    'a'
    'b'
  }}
  list long of string {{ {} }}
  ioc i domain {{ 'example.com' }}
  references {}
  pattern p on a/b {{
    Image in ({})
    not Image contains all ({})
    Image endswith 'a rather long ending' or Image endswith 'another rather long ending' or Image endswith 'a third one'
    User == 'x' and (Image endswith 'a rather long ending' or Image endswith 'another rather long ending' or Image == 'short')
    User == 'x' and (Image endswith 'short' or Image == 'short')
    any {{ A == 1 }} or not none {{ B == 2 }}
  }}
  correlate c {{ when an_operand_with_a_long_name then another_with_a_long_name then a_third_one by Computer, User, cased Image within 5m fixed windows }}
  test \"t\" {{
    hit p {{ Image: 'C:\\Windows\\System32\\vssadmin.exe' CommandLine: 'vssadmin.exe delete shadows /all /quiet' Computer: 'srv-04' }}
    hit p {{ A: 1
      B: 2 }}
    hit p {{ Objects: ({{ Name: {} }}, {{ Name: 'y' }}) }}
  }}
}}
",
        long("value", 10),
        long("https://example.com/a/long/path", 4),
        long("value", 12),
        long("value", 12),
        long("value", 9).replace(", ", "  Other: "),
    );
    insta::assert_snapshot!("what_does_not_fit_is_broken", lays_out(&text));
}

/// The hunts of this project, and the examples of the diagnostics as far as they read.
#[test]
fn every_hunt_is_laid_out() {
    let mut folders = vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("hunts")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "hunt") {
                lays_out(&std::fs::read_to_string(&path).expect("a hunt is text"));
                seen += 1;
            }
        }
    }
    println!("{seen} hunts");
    for code in huntc::diag::codes::all() {
        if let huntc::diag::codes::Example::Hunt(example) = code.example {
            let text = example.replace(['‹', '›'], "");
            if parse(SourceId(0), &text).1.is_empty() {
                lays_out(&text);
            }
        }
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap_or(0) % bound.max(1)
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// A random clause; a blank of it may become a line break and a comment where the language allows that.
fn clause(random: &mut Random, depth: usize, parenthesised: bool) -> String {
    let gap = |random: &mut Random| match random.below(12) {
        0 if parenthesised => "\n".to_owned(),
        1 if parenthesised => format!(" # c{}\n", random.below(1000)),
        2 if parenthesised => format!("\n# c{}\n", random.below(1000)),
        _ => " ".to_owned(),
    };
    let leaf = depth == 0 || random.below(3) == 0;
    if leaf {
        const VALUES: &[&str] = &[
            "'x'",
            "\"a\\\\b\"",
            "1",
            "-0.5",
            "true",
            "/a\\/b/i",
            "'a rather long value that takes its place'",
            "\"\"\"p\"\"\"",
        ];
        let field = random.pick(&["A", "Image", "`any`", "`Process Name`", "c-uri", "a.b", "@t"]);
        return match random.below(8) {
            0 => format!("{field} is empty"),
            1 => "scans_smb".to_owned(),
            2 => format!("{}{}of{}(a, b)", random.below(3) + 1, gap(random), gap(random)),
            3 => format!("{field} == field {}", random.pick(&["B", "`x y`", "any"])),
            4 => "time in 9:00..17:00 -02:30".to_owned(),
            _ => {
                let operator = random.pick(&[
                    "in",
                    "contains",
                    "contains any",
                    "endswith all",
                    "startswith cased",
                    "contains all cased windash",
                ]);
                let mut list = String::new();
                for index in 0..=random.below(6) {
                    if index > 0 {
                        list.push(',');
                        list.push_str(&gap(random));
                    }
                    list.push_str(random.pick(VALUES));
                    if random.below(6) == 0 {
                        list.push_str(random.pick(&["\n", " # in a list\n", "\n# before a value\n"]));
                    }
                }
                format!("{field}{}{operator} ({list})", gap(random))
            }
        };
    }
    match random.below(5) {
        0 => {
            let word = random.pick(&["and", "or"]);
            let parts: Vec<String> = (0..2 + random.below(3)).map(|_| unary(random, depth - 1, parenthesised)).collect();
            let mut text = parts[0].clone();
            for part in &parts[1..] {
                // Behind the word, and before it, a line may break anywhere.
                let before = random.pick(&[" ", "\n", " # c\n", "\n\n# c\n"]);
                let after = random.pick(&[" ", " ", "\n", " # d\n"]);
                text.push_str(&format!("{before}{word}{after}{part}"));
            }
            text
        }
        _ => unary(random, depth, parenthesised),
    }
}

fn unary(random: &mut Random, depth: usize, parenthesised: bool) -> String {
    if depth == 0 {
        return clause(random, 0, parenthesised);
    }
    match random.below(4) {
        0 => format!("{} {}", random.pick(&["not", "approximate", "not not"]), unary(random, depth - 1, parenthesised)),
        1 => {
            let open = random.pick(&["(", "(\n", "( # open\n"]);
            let close = random.pick(&[")", "\n)", " # close\n)", "\n# close\n)"]);
            format!("{open}{}{close}", clause(random, depth - 1, true))
        }
        2 => {
            let head = random.pick(&["any", "all", "none", "some Objects"]);
            let open = random.pick(&[" {\n", " { # head\n", " {\n\n# first\n", " { "]);
            let clauses: Vec<String> = (0..=random.below(3)).map(|_| clause(random, depth - 1, false)).collect();
            let close = random.pick(&["\n}", " # last\n}", "\n\n# last\n}"]);
            format!("{head}{open}{}{close}", clauses.join(random.pick(&["\n", "\n\n", " # each\n", "\n# between\n"])))
        }
        _ => clause(random, 0, parenthesised),
    }
}

#[test]
fn random_clauses_are_laid_out() {
    let mut random = Random(0x0123_4567_89AB_CDEF);
    for _ in 0..400 {
        let clauses: Vec<String> = (0..=random.below(3)).map(|_| clause(&mut random, 4, false)).collect();
        lays_out(&format!("hunt h {{\n  detect d on a/b {{\n    when {{\n{}\n}}\n  }}\n}}\n", clauses.join("\n")));
    }
}

/// Comments, blank lines and blanks put anywhere between the lines of a file.
#[test]
fn random_comments_stay() {
    let mut random = Random(0xFEDC_BA98_7654_3210);
    for _ in 0..60 {
        let mut text = String::new();
        let mut prose = false;
        for (number, line) in EVERYTHING.lines().enumerate() {
            let quotes = line.matches("\"\"\"").count();
            let inside = prose || quotes % 2 == 1;
            prose ^= quotes % 2 == 1;
            text.push_str(line);
            if !inside {
                match random.below(8) {
                    0 if !line.contains('#') => text.push_str(&format!(" # behind {number}")),
                    1 => text.push_str(&format!("\n      # below {number}")),
                    2 => text.push_str("\n\n\n"),
                    3 => text.push_str("   \r"),
                    _ => {}
                }
            }
            text.push('\n');
        }
        lays_out(&text);
    }
}

/// A tree that was made and not read has no places; it is laid out all the same, and reads as itself.
#[test]
fn a_tree_without_text_is_laid_out() {
    let file = read(EVERYTHING);
    let printed = huntc::fmt::print(&file);
    let again = read(&printed);
    assert_eq!(again.items.len(), file.items.len());
    insta::assert_snapshot!("a_tree_without_text_is_laid_out", printed);
}
