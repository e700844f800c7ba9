//! Perl-compatible regular expressions (Comparison and Conditional functions, `match`; Text functions, `replace`), read by the
//! rules of pcre2pattern(3) and spelled again for the `regex` crate.
//!
//! What the crate cannot say is refused, and so is what depends on how PCRE was built. Classes such as `\d` are ASCII, as
//! PCRE's are without `UCP`.

use regex::{Regex, RegexBuilder};

use super::problem::{Problem, ProblemKind};

/// Groups within each other.
const NESTING: usize = 64;
const WORD: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
const DIGIT: &[(char, char)] = &[('0', '9')];
/// Tab to carriage return, and the blank.
const SPACE: &[(char, char)] = &[('\t', '\r'), (' ', ' ')];
const LINE_FEED: &[(char, char)] = &[('\n', '\n')];

/// A pattern that is only asked whether it finds a match.
pub(super) fn find(pattern: &str) -> Result<Regex, Problem> {
    compile(pattern, true)
}

/// A pattern whose matches are replaced.
pub(super) fn span(pattern: &str) -> Result<Regex, Problem> {
    compile(pattern, false)
}

fn compile(pattern: &str, only_found: bool) -> Result<Regex, Problem> {
    let mut parser = Parser { pattern, rest: pattern, depth: 0, flags: Flags::default() };
    let node = parser.alternatives()?;
    if !parser.rest.is_empty() {
        return Err(parser.wrong("a parenthesis has no partner"));
    }
    let mut printer = Printer { pattern, out: String::new(), only_found };
    printer.node(&node, true)?;
    let too_big = |_| Problem::new(ProblemKind::Limit, "the regular expression is too large", pattern);
    RegexBuilder::new(&printer.out).build().map_err(too_big)
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Set {
    ranges: Vec<(char, char)>,
    negated: bool,
}

impl Set {
    fn new(ranges: &[(char, char)], negated: bool) -> Self {
        Set { ranges: ranges.to_vec(), negated }
    }

    fn one(character: char) -> Self {
        Set::new(&[(character, character)], false)
    }

    fn is(&self, ranges: &[(char, char)], negated: bool) -> bool {
        let mut sorted = self.ranges.clone();
        sorted.sort_unstable();
        sorted == ranges && self.negated == negated
    }

    /// Whether no character of it is a word character.
    fn has_no_word(&self) -> bool {
        let apart = |range: &(char, char)| WORD.iter().all(|word| range.1 < word.0 || word.1 < range.0);
        !self.negated && self.ranges.iter().all(apart)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Set(Set),
    /// `.` with `s`: any character.
    Any,
    Start,
    /// `\z`.
    End,
    /// `$`: the end, or before a line feed that is the last character.
    Dollar,
    WordBoundary,
    NotWordBoundary,
    /// One character ahead or behind.
    Look {
        ahead: bool,
        set: Set,
        negated: bool,
    },
    Never,
    Concat(Vec<Node>),
    Alternate(Vec<Node>),
    Group(Box<Node>),
    Capture(Box<Node>),
    Repeat {
        node: Box<Node>,
        least: u32,
        most: Option<u32>,
        lazy: bool,
    },
}

#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    fold: bool,
    dot_all: bool,
}

struct Parser<'t> {
    pattern: &'t str,
    rest: &'t str,
    depth: usize,
    flags: Flags,
}

impl Parser<'_> {
    fn wrong(&self, message: &str) -> Problem {
        Problem::syntax(message, if self.rest.is_empty() { self.pattern } else { self.rest })
    }

    fn unknown(&self, message: &str) -> Problem {
        Problem::unknown(message, if self.rest.is_empty() { self.pattern } else { self.rest })
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next();
        self.rest = characters.as_str();
        next
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest.strip_prefix(text);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn alternatives(&mut self) -> Result<Node, Problem> {
        self.depth += 1;
        if self.depth > NESTING {
            return Err(Problem::new(ProblemKind::Limit, "groups stand too deeply within each other", self.pattern));
        }
        // A flag set inside a group ends with it.
        let flags = self.flags;
        let mut branches = vec![self.sequence()?];
        while self.eat("|") {
            branches.push(self.sequence()?);
        }
        self.flags = flags;
        self.depth -= 1;
        Ok(if branches.len() == 1 { branches.remove(0) } else { Node::Alternate(branches) })
    }

    fn sequence(&mut self) -> Result<Node, Problem> {
        let mut parts = Vec::new();
        while !(self.rest.is_empty() || self.rest.starts_with(['|', ')'])) {
            if let Some(atom) = self.atom()? {
                parts.push(self.repeated(atom)?);
            }
        }
        Ok(Node::Concat(parts))
    }

    fn repeated(&mut self, atom: Node) -> Result<Node, Problem> {
        let (least, most) = if self.eat("*") {
            (0, None)
        } else if self.eat("+") {
            (1, None)
        } else if self.eat("?") {
            (0, Some(1))
        } else if self.eat("{") {
            let Some((bounds, rest)) = self.rest.split_once('}') else { return Err(self.unknown("a brace without its partner")) };
            let number = |text: &str| text.parse::<u32>().map_err(|_| self.unknown("no number of repetitions"));
            let bounds = match bounds.split_once(',') {
                None => (number(bounds)?, Some(number(bounds)?)),
                Some((least, "")) => (number(least)?, None),
                Some((least, most)) => (number(least)?, Some(number(most)?)),
            };
            self.rest = rest;
            bounds
        } else {
            return Ok(atom);
        };
        let is_width = matches!(atom, Node::Set(_) | Node::Any | Node::Group(_) | Node::Capture(_) | Node::Never);
        if !is_width || most.is_some_and(|most| most < least) {
            return Err(self.unknown("this repetition is not known"));
        }
        let lazy = self.eat("?");
        if self.rest.starts_with(['*', '+', '?', '{']) {
            return Err(self.unknown("possessive or doubled repetition is not known"));
        }
        Ok(Node::Repeat { node: Box::new(atom), least, most, lazy })
    }

    /// `None` where the flags changed.
    fn atom(&mut self) -> Result<Option<Node>, Problem> {
        if self.eat("(") {
            return self.group();
        }
        if self.eat("[") {
            return self.class().map(|set| Some(Node::Set(set)));
        }
        if self.eat("\\") {
            return self.escape().map(Some);
        }
        let node = match self.next() {
            Some('^') => Node::Start,
            Some('$') => Node::Dollar,
            Some('.') if self.flags.dot_all => Node::Any,
            // pcre2pattern: by default `.` is any character but the newline, which is chosen when PCRE is built.
            Some('.') => {
                return Err(Problem::doubt("what `.` leaves out without `(?s)` depends on how PCRE was built", self.pattern));
            }
            Some('*' | '+' | '?' | '{' | '}' | ']') | None => {
                return Err(self.unknown("this sign means something only behind another"));
            }
            Some(character) => Node::Set(self.folded(Set::one(character))?),
        };
        Ok(Some(node))
    }

    fn group(&mut self) -> Result<Option<Node>, Problem> {
        let look = [("?<=", false, false), ("?<!", false, true), ("?=", true, false), ("?!", true, true)];
        for (sign, ahead, negated) in look {
            if self.eat(sign) {
                let inner = self.alternatives()?;
                self.close()?;
                let Node::Concat(mut parts) = inner else { return Err(self.unknown("only one character is looked at")) };
                return match (parts.len(), parts.pop()) {
                    (0, None) if negated => Ok(Some(Node::Never)),
                    (1, Some(Node::Set(set))) => Ok(Some(Node::Look { ahead, set, negated })),
                    _ => Err(self.unknown("only one character is looked at")),
                };
            }
        }
        if self.eat("?:") {
            let inner = self.alternatives()?;
            self.close()?;
            return Ok(Some(Node::Group(Box::new(inner))));
        }
        if self.eat("?") {
            let before = self.flags;
            let mut on = true;
            loop {
                match self.next() {
                    Some('-') => on = false,
                    Some('i') => self.flags.fold = on,
                    Some('s') => self.flags.dot_all = on,
                    Some(')') => return Ok(None),
                    Some(':') => break,
                    _ => return Err(self.unknown("this kind of group is not known")),
                }
            }
            let inner = self.alternatives()?;
            self.close()?;
            self.flags = before;
            return Ok(Some(Node::Group(Box::new(inner))));
        }
        let inner = self.alternatives()?;
        self.close()?;
        Ok(Some(Node::Capture(Box::new(inner))))
    }

    fn close(&mut self) -> Result<(), Problem> {
        if self.eat(")") { Ok(()) } else { Err(self.wrong("a group has no end")) }
    }

    fn escape(&mut self) -> Result<Node, Problem> {
        Ok(match self.next() {
            Some('A') => Node::Start,
            Some('z') => Node::End,
            Some('b') => Node::WordBoundary,
            Some('B') => Node::NotWordBoundary,
            Some(letter) => match shorthand(letter) {
                Some((ranges, negated)) => Node::Set(Set::new(ranges, negated)),
                None => {
                    let character = self.character(letter)?;
                    Node::Set(self.folded(Set::one(character))?)
                }
            },
            None => return Err(self.wrong("a backslash ends the regular expression")),
        })
    }

    /// The character that a backslash and what follows it stand for.
    fn character(&mut self, letter: char) -> Result<char, Problem> {
        match letter {
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            't' => Ok('\t'),
            'f' => Ok('\u{c}'),
            'x' => {
                let digits = match self.rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
                    Some((digits, rest)) => {
                        self.rest = rest;
                        digits
                    }
                    None => {
                        let digits = self.rest.get(..2).ok_or_else(|| self.unknown("`\\x` without two digits"))?;
                        self.rest = &self.rest[2..];
                        digits
                    }
                };
                let code = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
                code.ok_or_else(|| self.unknown("no character has this code"))
            }
            letter if letter.is_ascii_alphanumeric() => Err(self.unknown("this escape is not known")),
            sign => Ok(sign),
        }
    }

    fn class(&mut self) -> Result<Set, Problem> {
        let negated = self.eat("^");
        let mut ranges: Vec<(char, char)> = Vec::new();
        loop {
            if self.rest.starts_with("[:") {
                return Err(self.unknown("named classes are not known"));
            }
            let first = match self.next() {
                Some(']') if !ranges.is_empty() => break,
                // Behind the opening bracket it stands for itself; nobody should have to know.
                Some(']') | None => return Err(self.unknown("a class has no end")),
                Some('\\') => match self.next() {
                    Some(letter) if shorthand(letter).is_some() => {
                        if let Some((of, not)) = shorthand(letter) {
                            ranges.extend(if not { complement(of) } else { of.to_vec() });
                        }
                        continue;
                    }
                    Some('b') | None => return Err(self.unknown("this escape is not known")),
                    Some(letter) => self.character(letter)?,
                },
                Some(character) => character,
            };
            if self.rest.starts_with('-') && !self.rest.starts_with("-]") {
                self.next();
                let last = match self.next() {
                    Some('\\') => match self.next() {
                        Some(letter) if shorthand(letter).is_none() && letter != 'b' => self.character(letter)?,
                        _ => return Err(self.unknown("a range of a class")),
                    },
                    Some(character) if character != '[' => character,
                    _ => return Err(self.unknown("a range of a class")),
                };
                if last < first {
                    return Err(self.wrong("a range runs backwards"));
                }
                ranges.push((first, last));
            } else {
                ranges.push((first, first));
            }
        }
        self.folded(Set { ranges, negated })
    }

    /// The set with both cases where `i` is on. What else than A–Z is folded depends on how PCRE was built.
    fn folded(&self, mut set: Set) -> Result<Set, Problem> {
        if !self.flags.fold {
            return Ok(set);
        }
        if set.ranges.iter().any(|(first, last)| !first.is_ascii() || !last.is_ascii()) {
            return Err(Problem::doubt("which letters beyond ASCII `(?i)` folds depends on how PCRE was built", self.pattern));
        }
        let mut more = Vec::new();
        for (first, last) in &set.ranges {
            for (from, until) in [('A', 'Z'), ('a', 'z')] {
                let (first, last) = ((*first).max(from), (*last).min(until));
                if first <= last {
                    let other = |letter: char| {
                        if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
                    };
                    more.push((other(first), other(last)));
                }
            }
        }
        set.ranges.extend(more);
        Ok(set)
    }
}

fn shorthand(letter: char) -> Option<(&'static [(char, char)], bool)> {
    Some(match letter {
        'd' => (DIGIT, false),
        'D' => (DIGIT, true),
        'w' => (WORD, false),
        'W' => (WORD, true),
        's' => (SPACE, false),
        'S' => (SPACE, true),
        _ => return None,
    })
}

/// The rest of ASCII, and everything beyond. The ranges are in order, and ASCII.
fn complement(ranges: &[(char, char)]) -> Vec<(char, char)> {
    let mut out = Vec::new();
    let mut next = 0u8;
    for (first, last) in ranges {
        let (first, last) = (*first as u8, *last as u8);
        if next < first {
            out.push((char::from(next), char::from(first - 1)));
        }
        next = last + 1;
    }
    out.push((char::from(next), char::MAX));
    out
}

struct Printer<'t> {
    pattern: &'t str,
    out: String,
    only_found: bool,
}

impl Printer<'_> {
    fn unknown(&self, message: &str) -> Problem {
        Problem::unknown(message, self.pattern)
    }

    /// `last`: nothing stands behind the node.
    fn node(&mut self, node: &Node, last: bool) -> Result<(), Problem> {
        match node {
            Node::Set(set) => self.set(set),
            Node::Any => self.out.push_str("(?s:.)"),
            Node::Start => self.out.push_str(r"\A"),
            Node::End => self.out.push_str(r"\z"),
            Node::Dollar if last && self.only_found => self.out.push_str(r"\n?\z"),
            Node::Dollar => return Err(self.unknown("`$` is known only at the end; `\\z` is the very end")),
            Node::WordBoundary => self.out.push_str(r"(?-u:\b)"),
            Node::NotWordBoundary => self.out.push_str(r"(?-u:\B)"),
            Node::Look { .. } => self.concat(std::slice::from_ref(node), last)?,
            Node::Never => self.out.push_str(r"[^\x00-\x{10FFFF}]"),
            Node::Concat(parts) => self.concat(parts, last)?,
            Node::Alternate(branches) => {
                self.out.push_str("(?:");
                if is_inside_or_outside(branches) {
                    self.out.push_str(r"(?-u:\B)");
                } else {
                    for (index, branch) in branches.iter().enumerate() {
                        if index > 0 {
                            self.out.push('|');
                        }
                        self.node(branch, last)?;
                    }
                }
                self.out.push(')');
            }
            Node::Group(inner) => {
                self.out.push_str("(?:");
                self.node(inner, last)?;
                self.out.push(')');
            }
            Node::Capture(inner) => {
                self.out.push('(');
                self.node(inner, last)?;
                self.out.push(')');
            }
            Node::Repeat { node, least, most, lazy } => {
                self.out.push_str("(?:");
                self.node(node, false)?;
                self.out.push_str("){");
                self.out.push_str(&least.to_string());
                self.out.push(',');
                if let Some(most) = most {
                    self.out.push_str(&most.to_string());
                }
                self.out.push_str(if *lazy { "}?" } else { "}" });
            }
        }
        Ok(())
    }

    fn concat(&mut self, parts: &[Node], last: bool) -> Result<(), Problem> {
        let mut at = 0;
        while let Some(part) = parts.get(at) {
            let step = match part {
                Node::Look { .. } => self.look(parts, at)?,
                _ => {
                    self.node(part, last && at + 1 == parts.len())?;
                    1
                }
            };
            at += step;
        }
        Ok(())
    }

    /// One character ahead or behind, said with the crate's boundaries; how many parts that took.
    fn look(&mut self, parts: &[Node], at: usize) -> Result<usize, Problem> {
        let kind = |at: usize| match parts.get(at) {
            // Before a line feed or at the end, and behind one or at the start.
            Some(Node::Look { ahead, set, negated: true }) if set.is(LINE_FEED, true) => Some(Look::Line { ahead: *ahead }),
            Some(Node::Look { ahead, set, negated }) if set.is(WORD, false) => {
                Some(Look::Word { ahead: *ahead, negated: *negated })
            }
            _ => None,
        };
        let no_word = |node: Option<&Node>| match node {
            Some(Node::Set(set)) => set.has_no_word(),
            Some(Node::Start | Node::End) => true,
            _ => false,
        };
        let before = at.checked_sub(1).and_then(|before| parts.get(before));
        let (spelled, taken) = match (kind(at), kind(at + 1)) {
            (Some(Look::Line { ahead }), _) => (if ahead { "(?m:$)" } else { "(?m:^)" }, 1),
            (Some(Look::Word { ahead: false, negated: true }), Some(Look::Word { ahead: true, negated: false })) => {
                (r"(?-u:\b{start})", 2)
            }
            (Some(Look::Word { ahead: false, negated: false }), Some(Look::Word { ahead: true, negated: true })) => {
                (r"(?-u:\b{end})", 2)
            }
            (Some(Look::Word { ahead: false, negated: true }), _) => (r"(?-u:\b{start-half})", 1),
            (Some(Look::Word { ahead: true, negated: true }), _) => (r"(?-u:\b{end-half})", 1),
            // Beside what is no word character, a word character is a boundary.
            (Some(Look::Word { ahead: true, negated: false }), _) if no_word(before) => (r"(?-u:\b)", 1),
            (Some(Look::Word { ahead: false, negated: false }), _) if no_word(parts.get(at + 1)) => (r"(?-u:\b)", 1),
            _ => return Err(self.unknown("this look-around is not known")),
        };
        self.out.push_str(spelled);
        Ok(taken)
    }

    fn set(&mut self, set: &Set) {
        self.out.push_str(if set.negated { "[^" } else { "[" });
        for (first, last) in &set.ranges {
            for (index, character) in [first, last].into_iter().enumerate() {
                if index > 0 {
                    self.out.push('-');
                }
                self.out.push_str("\\x{");
                self.out.push_str(&hexadecimal(*character));
                self.out.push('}');
            }
        }
        self.out.push(']');
    }
}

fn hexadecimal(character: char) -> String {
    let code = u32::from(character);
    let digit = |shift: u32| char::from_digit(code >> shift & 0xf, 16).unwrap_or('0');
    (0..6).rev().map(|place| digit(place * 4)).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Line { ahead: bool },
    Word { ahead: bool, negated: bool },
}

/// `(?<=\w)(?=\w)|(?<!\w)(?!\w)`: no boundary.
fn is_inside_or_outside(branches: &[Node]) -> bool {
    let pair = |branch: &Node, negated: bool| {
        let look = |ahead: bool| Node::Look { ahead, set: Set::new(WORD, false), negated };
        let sorted = |node: &Node| match node {
            Node::Look { ahead, set, negated } if set.is(WORD, false) => {
                Some(Node::Look { ahead: *ahead, set: Set::new(WORD, false), negated: *negated })
            }
            _ => None,
        };
        let Node::Concat(parts) = branch else { return false };
        matches!(parts.as_slice(), [one, two] if sorted(one) == Some(look(false)) && sorted(two) == Some(look(true)))
    };
    matches!(branches, [one, two] if pair(one, false) && pair(two, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> bool {
        find(pattern).unwrap_or_else(|problem| panic!("{pattern}: {problem}")).is_match(text)
    }

    #[test]
    fn patterns_of_the_documentation() {
        let address = r"^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$";
        assert!(found(address, "10.9.165.8") && !found(address, "x10.9.165.8") && !found(address, "10.9.165.8 "));
        // pcre2pattern: `$` also stands before a line feed at the very end; `\z` does not.
        assert!(found(address, "10.9.165.8\n") && !found(r"8\z", "8\n"));
        assert!(!found(r"\d", "٣") && !found(r"\w", "é") && found(r"[^\w]", "é"));
        assert!(found("yes", "a yes b") && !found("yes", "Yes") && found("(?i)yes", "YES"));
        let swapped = span(r"^(\d{1,2})/(\d{1,2})/").unwrap().replace_all("1/14/2023", "${2}/${1}/").into_owned();
        assert_eq!(swapped, "14/1/2023");
    }

    #[test]
    fn looks_are_boundaries() {
        let word = "[0-9A-Za-z_]";
        let boundary = format!("(?:(?<!{word})(?={word})|(?<={word})(?!{word}))");
        assert!(found(&format!("{boundary}a{boundary}"), "b a") && !found(&format!("{boundary}a"), "ba"));
        let inside = format!("x(?:(?<={word})(?={word})|(?<!{word})(?!{word}))");
        assert!(found(&inside, "xy") && !found(&inside, "x y") && found(&inside, "xyz"));
        assert!(found(&format!("(?<!{word})foo(?!{word})"), "é foo-") && !found(&format!("foo(?!{word})"), "food"));
        assert!(found(&format!(r"\.(?={word})"), ".a") && !found(&format!(r"\.(?={word})"), ". "));
        assert!(find(&format!("[a.](?={word})")).is_err() && find("a(?=bc)").is_err() && find(r"(?<=[^\n])a").is_err());
        assert!(found(r"(?<![^\n])foo(?![^\n])", "x\nfoo\ny") && !found(r"(?<![^\n])foo(?![^\n])", "xfoo"));
        assert!(!found("(?!)", "a") && !found("(?!)", ""));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for pattern in [
            "a++",
            "a**",
            r"(a)\1",
            "a.b",
            "(?<n>a)",
            "(?P<n>a)",
            "(?>a)",
            "a{,3}",
            r"\p{L}",
            "[[:alpha:]]",
            "(?m)^a",
            "(?i)é",
            "(a",
            "a)",
            "[a",
            r"\Z",
            "$a",
            "*",
            r"\h",
        ] {
            assert!(find(pattern).is_err(), "{pattern}");
        }
        assert!(find(&"(".repeat(100_000)).is_err());
        assert!(found(r"(?s)a.b", "a\nb") && found(r"a[^\n]b", "a.b") && found("(?:a|b|)c?", "") && found(r"[\s\S]", "\n"));
        assert!(
            found(r"[\x5c/]", r"a\b") && found(r"[a\-z\]\[\^]", "-") && !found(r"[a\-z]", "b") && found(r"\x{202E}", "\u{202e}")
        );
        assert!(found(r"[\t-\r ]", "\n") && found(r"\x22", "\"") && found(r"(?:a|foo){2,3}?\z", "aafoo"));
    }
}
