//! Reports: text, Markdown, AsciiDoc and HTML, with indicators that are defanged or stand by themselves.
//!
//! A value that is defanged is one that its author says not to open. One that is not defanged is taken where it stands alone, in a
//! line of a list or in a cell of a table; in a sentence it is most often a product, a file or somebody's web site, and it is
//! left out with that reason.

use std::sync::{Arc, OnceLock};

use regex::Regex;

use super::recognise;
use super::techniques::{Attack, Found};
use super::{Collection, Indicator, Lifetimes, Read, Tlp, Type, day};
use crate::attack::Release;
use crate::diag::{SourceId, Span};
use crate::indicator::Kind;

/// What stands for a defanged dot, colon and at sign while a line is looked at: characters that no text holds.
const DOT: char = '\u{e000}';
const COLON: char = '\u{e001}';
const AT: char = '\u{e002}';

/// A longer line is looked at in pieces: no report has one, and an expression must not run over megabytes.
const LONGEST_LINE: usize = 64 * 1024;

/// Reads a report.
pub fn read(source: SourceId, text: &str, title: &str, release: Release, lifetimes: &Lifetimes) -> Read {
    let text = text.trim_start_matches('\u{feff}');
    let html = is_html(text);
    let stripped;
    let (body, heading) = if html {
        let (plain, heading) = plain_text(text);
        stripped = plain;
        (stripped.as_str(), heading)
    } else {
        (text, text.lines().take(40).find_map(heading))
    };
    let title = heading.unwrap_or_else(|| title.to_owned());
    let mut reader = Reader {
        attack: Attack::new(release),
        lifetimes,
        named: Arc::from(title.as_str()),
        collection: Collection { title, ..Collection::default() },
        defangs: false,
    };
    let marked: Vec<String> = body.lines().flat_map(pieces).map(marked).collect();
    let mark = |line: &&String| line.contains([DOT, COLON]) || line.to_ascii_lowercase().contains("hxxp");
    let link = |line: &&String| {
        line.contains("://") && !mark(line) && line.trim_start_matches(['-', '*', '|', ' ', '`']).starts_with("http")
    };
    reader.defangs = marked.iter().filter(mark).count() > marked.iter().filter(link).count();
    reader.collection.tlp = marked.iter().find_map(|line| marking(line));
    for line in &marked {
        reader.line(line);
        if reader.collection.is_full() {
            return Read { collections: Vec::new(), diagnostics: vec![super::too_many(Span::new(source, 0, 0))] };
        }
    }
    let Reader { mut collection, .. } = reader;
    collection.techniques.sort_unstable();
    collection.techniques.dedup();
    collection.finish();
    Read { collections: vec![collection], diagnostics: Vec::new() }
}

/// Pieces of a line that are short enough, cut at blanks where there are some.
fn pieces(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = line;
    while rest.len() > LONGEST_LINE {
        let mut at = LONGEST_LINE;
        while !rest.is_char_boundary(at) {
            at -= 1;
        }
        let at = rest[..at].rfind(char::is_whitespace).filter(|at| *at > 0).unwrap_or(at);
        let (piece, behind) = rest.split_at(at);
        found.push(piece);
        rest = behind;
    }
    found.push(rest);
    found
}

/// `# Title` of Markdown, `= Title` of AsciiDoc.
fn heading(line: &str) -> Option<String> {
    let rest = line.strip_prefix("# ").or_else(|| line.strip_prefix("= "))?;
    Some(rest.trim().trim_end_matches(['#', '=']).trim().to_owned()).filter(|title| !title.is_empty())
}

fn is_html(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(2048).collect::<String>().to_ascii_lowercase();
    start.starts_with("<!doctype html")
        || start.starts_with("<html")
        || start.contains("<body")
        || start.starts_with("<?xml") && start.contains("<html")
}

/// What a browser shows of a page, a line for each block and cell, and its title. Scripts, styles and comments are nothing.
fn plain_text(html: &str) -> (String, Option<String>) {
    let mut text = String::with_capacity(html.len() / 2);
    let mut title = None;
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text.push_str(&entities(&rest[..at]));
        rest = &rest[at..];
        if let Some(behind) = rest.strip_prefix("<!--") {
            rest = behind.find("-->").map_or("", |end| &behind[end + 3..]);
            continue;
        }
        let Some(end) = rest.find('>') else {
            rest = "";
            break;
        };
        let tag = &rest[1..end];
        let name: String =
            tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        rest = &rest[end + 1..];
        match name.as_str() {
            "script" | "style" | "template" | "svg" | "noscript" | "title" if !tag.starts_with('/') && !tag.ends_with('/') => {
                let close = format!("</{name}");
                let end = find_folded(rest, &close).unwrap_or(rest.len());
                if name == "title" && title.is_none() {
                    title = Some(entities(&rest[..end]).split_whitespace().collect::<Vec<_>>().join(" "))
                        .filter(|title| !title.is_empty());
                }
                rest = &rest[end..];
            }
            // These belong to a word.
            "a" | "abbr" | "b" | "bdi" | "code" | "em" | "font" | "i" | "kbd" | "mark" | "s" | "samp" | "small" | "span"
            | "strong" | "sub" | "sup" | "tt" | "u" | "var" | "wbr" => {}
            _ => text.push('\n'),
        }
    }
    text.push_str(&entities(rest));
    (text, title)
}

fn find_folded(text: &str, wanted: &str) -> Option<usize> {
    text.match_indices('<')
        .map(|(at, _)| at)
        .find(|at| text.get(*at..*at + wanted.len()).is_some_and(|found| found.eq_ignore_ascii_case(wanted)))
}

/// The characters that entities stand for, of those that indicators hold.
fn entities(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.char_indices().take(12).find(|(_, character)| *character == ';').map(|(end, _)| end);
        let named = end.and_then(|end| match &rest[1..end] {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some(' '),
            "period" => Some('.'),
            "colon" => Some(':'),
            "sol" => Some('/'),
            "commat" => Some('@'),
            "lsqb" | "lbrack" => Some('['),
            "rsqb" | "rbrack" => Some(']'),
            number => number
                .strip_prefix('#')
                .and_then(|digits| match digits.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok(),
                    None => digits.parse().ok(),
                })
                .and_then(char::from_u32),
        });
        match (named, end) {
            (Some(character), Some(end)) => {
                plain.push(character);
                rest = &rest[end + 1..];
            }
            _ => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// A line with marks where it is defanged.
fn marked(line: &str) -> String {
    static BRACKETS: OnceLock<Option<Regex>> = OnceLock::new();
    if !line.contains(['[', '(', '{', '\\', ']', DOT, COLON, AT]) {
        return line.to_owned();
    }
    let line: String = line.chars().filter(|character| ![DOT, COLON, AT].contains(character)).collect();
    let expression =
        r"(?i)\[:?//\]|\[://\]|\[:\]//|[\[({](?:::?)[\])}]| ?[\[({] ?(?:\.|dot|,) ?[\])}] ?|[\[({] ?(?:@|at) ?[\])}]|\[/\]";
    let Some(brackets) = compiled(&BRACKETS, expression) else { return line };
    let mut text = brackets
        .replace_all(&line, |found: &regex::Captures<'_>| {
            let whole = found.get(0).map_or("", |whole| whole.as_str());
            let inner: String =
                whole.chars().filter(|character| !" [](){}".contains(*character)).collect::<String>().to_lowercase();
            match inner.as_str() {
                "." | "dot" => DOT.to_string(),
                "," => whole.to_owned(),
                "@" | "at" => AT.to_string(),
                ":" => COLON.to_string(),
                "::" => format!("{COLON}{COLON}"),
                "/" => "/".to_owned(),
                _ => format!("{COLON}//"),
            }
        })
        .into_owned();
    // One-sided brackets and an escaped dot, between the letters of a name.
    for form in ["[.", ".]", "\\."] {
        let mut from = 0;
        while let Some(at) = text[from..].find(form).map(|at| at + from) {
            let before = text[..at].chars().next_back().is_some_and(|character| character.is_ascii_alphanumeric());
            let after = text[at + form.len()..].chars().next().is_some_and(|character| character.is_ascii_alphanumeric());
            let path = form == "\\." && text.matches('\\').count() > 1;
            if before && after && !path {
                text.replace_range(at..at + form.len(), DOT.encode_utf8(&mut [0; 4]));
            }
            from = at + 1;
            while !text.is_char_boundary(from) {
                from += 1;
            }
        }
    }
    text
}

fn compiled(cell: &'static OnceLock<Option<Regex>>, expression: &str) -> Option<&'static Regex> {
    cell.get_or_init(|| Regex::new(expression).ok()).as_ref()
}

fn plain(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            DOT => '.',
            COLON => ':',
            AT => '@',
            other => other,
        })
        .collect()
}

fn marking(line: &str) -> Option<Tlp> {
    static TLP: OnceLock<Option<Regex>> = OnceLock::new();
    let found = compiled(&TLP, r"(?i)\btlp[: ] ?(clear|white|green|amber\+strict|amber|red)\b")?.captures(line)?;
    Tlp::parse(found.get(1)?.as_str())
}

struct Reader<'l> {
    attack: Attack,
    lifetimes: &'l Lifetimes,
    named: Arc<str>,
    collection: Collection,
    /// The report defangs more often than not: a URL that is not defanged there is a link by its author's own habit.
    defangs: bool,
}

impl Reader<'_> {
    fn add(&mut self, kind: Kind, value: String) {
        let mut indicator = Indicator::new(Type::Indicator(kind), value, &self.named);
        indicator.tlp = self.collection.tlp;
        let seen = self.lifetimes.seen().or_else(|| self.collection.created.as_deref().and_then(day));
        indicator.expires = seen.and_then(|seen| self.lifetimes.until(indicator.kind, seen));
        self.collection.add(indicator);
    }

    fn skip(&mut self, kind: &str, value: &str, reason: &'static str) {
        let tlp = self.collection.tlp;
        self.collection.skip(kind, value, tlp, reason);
    }

    fn line(&mut self, line: &str) {
        static URL: OnceLock<Option<Regex>> = OnceLock::new();
        static EMAIL: OnceLock<Option<Regex>> = OnceLock::new();
        static HASH: OnceLock<Option<Regex>> = OnceLock::new();
        static CVE: OnceLock<Option<Regex>> = OnceLock::new();
        static V4: OnceLock<Option<Regex>> = OnceLock::new();
        static V6: OnceLock<Option<Regex>> = OnceLock::new();
        static HOST: OnceLock<Option<Regex>> = OnceLock::new();
        static TECHNIQUE: OnceLock<Option<Regex>> = OnceLock::new();
        if line.len() < 4 {
            return;
        }
        // What was understood is taken out, so that its parts are not read again.
        let mut rest = line.to_owned();
        if line.contains("//") {
            let expression = r#"(?i)([a-z*][a-z0-9*+.-]{1,11})[:\x{e001}]//( ?)([^\s"'<>`|\\^{}\x{201c}\x{201d}]+)"#;
            self.each(&mut rest, compiled(&URL, expression), Self::url);
        }
        if rest.contains(['@', AT]) {
            let expression = r"[A-Za-z0-9._%+-]+[@\x{e002}](?:[A-Za-z0-9-]+[.\x{e000}])+[A-Za-z]{2,}";
            self.each(&mut rest, compiled(&EMAIL, expression), Self::email);
        }
        self.each(&mut rest, compiled(&HASH, r"[0-9A-Fa-f]{32,128}"), Self::hash);
        self.each(&mut rest, compiled(&CVE, r"(?i)CVE-[0-9]{4}-[0-9]{4,9}"), Self::cve);
        self.each(
            &mut rest,
            compiled(&V4, r"[0-9]{1,3}(?:[.\x{e000}][0-9]{1,3}){3}(?:/[0-9]{1,2})?(?:[:\x{e001}][0-9]{1,5})?"),
            Self::v4,
        );
        if rest.contains([':', COLON]) {
            self.each(&mut rest, compiled(&V6, r"[0-9A-Fa-f:\x{e001}]{3,}(?:/[0-9]{1,3})?"), Self::v6);
        }
        self.each(&mut rest, compiled(&TECHNIQUE, r"\bT[0-9]{4}(?:\.[0-9]{3})?\b"), Self::technique);
        let expression = r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?[.\x{e000}])+[A-Za-z][A-Za-z0-9-]+(?:[:\x{e001}][0-9]{1,5})?(?:/[^\s\x22'<>`|\\^{}]*)?";
        self.each(&mut rest, compiled(&HOST, expression), Self::host);
    }

    /// Looks at each match; what it takes is blanked.
    fn each(
        &mut self,
        line: &mut String,
        expression: Option<&Regex>,
        look: fn(&mut Self, &str, std::ops::Range<usize>) -> Option<usize>,
    ) {
        let Some(expression) = expression else { return };
        let mut from = 0;
        while let Some(found) = expression.find_at(line, from) {
            let range = found.range();
            from = range.end.max(from + 1);
            while from < line.len() && !line.is_char_boundary(from) {
                from += 1;
            }
            if let Some(end) = look(self, line, range.clone()) {
                let taken = range.start..end;
                let blanks = " ".repeat(taken.len());
                line.replace_range(taken, &blanks);
            }
            if from >= line.len() {
                break;
            }
        }
    }

    fn url(&mut self, line: &str, range: std::ops::Range<usize>) -> Option<usize> {
        let whole = &line[range.clone()];
        let at = whole.find("//")?;
        let (scheme, mut tail) = (whole[..at].trim_end_matches([':', COLON]), &whole[at + 2..]);
        let blank = tail.starts_with(' ');
        if blank && !tail.contains(DOT) {
            return None;
        }
        tail = tail.trim_start();
        // An AsciiDoc link goes on with its text in brackets; a literal address stands in brackets, too.
        let literal = tail.starts_with('[');
        if !literal && let Some(cut) = tail.find(['[', ']']) {
            tail = &tail[..cut];
        }
        tail = trimmed(tail);
        let end = range.start + (tail.as_ptr() as usize).saturating_sub(line[range.start..].as_ptr() as usize) + tail.len();
        let lower = scheme.to_ascii_lowercase();
        let meant = match lower.as_str() {
            "hxxp" | "http" | "hxtp" | "htxp" | "hxxxp" => "http",
            "hxxps" | "https" | "hxtps" | "htxps" => "https",
            "ftp" | "ftps" | "sftp" | "ws" | "wss" | "ldap" | "ldaps" | "tcp" | "udp" => lower.as_str(),
            _ => {
                self.skip("url", &plain(whole), "a scheme that is not known");
                return Some(range.end);
            }
        };
        let host = tail.split(['/', '?', '#']).next().unwrap_or_default();
        let written = plain(&format!("{meant}://{tail}"));
        if line[end..].starts_with(['<', '{']) || written.contains("...") {
            self.skip("url", &written, "a URL with a placeholder");
            return Some(range.end);
        }
        let bare = plain(host);
        let bare = bare.rsplit('@').next().unwrap_or_default();
        let named = bare
            .rsplit_once(':')
            .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
            .map_or(bare, |(name, _)| name);
        let address = named.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>().is_ok();
        // AsciiDoc's `\http://…` keeps a URL from becoming a link.
        let escaped = line[..range.start].ends_with('\\');
        let defanged = escaped || host.contains(DOT) || whole.contains(COLON) || lower.contains('x') || lower.contains('*');
        if !address && !(Kind::Domain.normalise(named).is_ok() && (recognise::ends_in_domain(named) || defanged)) {
            self.skip("url", &written, "a URL without a host that can be");
            return Some(end);
        }
        let Ok(url) = Kind::Url.normalise(&written) else {
            self.skip("url", &written, "no URL");
            return Some(end);
        };
        if defanged || (!self.defangs && alone(line, range.start..end)) {
            self.add(Kind::Url, url);
        } else {
            if self.collection.references.len() < 50 && meant.starts_with("http") && !self.collection.references.contains(&url) {
                self.collection.references.push(url.clone());
            }
            self.skip("url", &url, "a link: it is not defanged");
        }
        Some(end)
    }

    fn email(&mut self, line: &str, range: std::ops::Range<usize>) -> Option<usize> {
        let whole = &line[range.clone()];
        // An address within a URL belongs to it.
        if around(line, &range).0.is_some_and(|before| matches!(before, '=' | '/' | '#' | '?' | '&' | ':')) {
            return None;
        }
        let Ok(email) = Kind::Email.normalise(&plain(whole)) else { return None };
        let host = email.rsplit('@').next().unwrap_or_default();
        if !recognise::ends_in_domain(host) && !whole.contains(DOT) {
            return None;
        }
        if whole.contains([DOT, AT]) || alone(line, range.clone()) {
            self.add(Kind::Email, email);
        } else {
            self.skip("email", &email, "in a sentence, and not defanged");
        }
        Some(range.end)
    }

    fn hash(&mut self, line: &str, range: std::ops::Range<usize>) -> Option<usize> {
        let whole = &line[range.clone()];
        let (before, after) = around(line, &range);
        let joined = |character: char| character.is_alphanumeric() || character == '_';
        if before.is_some_and(|character| joined(character) || matches!(character, '/' | '=' | '-' | '%'))
            || after.is_some_and(|character| joined(character) || matches!(character, '-' | '/'))
        {
            return None;
        }
        match recognise::hash(whole) {
            Some(kind) => {
                self.add(kind, whole.to_ascii_lowercase());
                Some(range.end)
            }
            None => {
                self.skip("hash", whole, "as many digits as no hash has");
                Some(range.end)
            }
        }
    }

    fn cve(&mut self, line: &str, range: std::ops::Range<usize>) -> Option<usize> {
        if let Ok(cve) = Kind::Cve.normalise(&line[range.clone()]) {
            self.add(Kind::Cve, cve);
        }
        Some(range.end)
    }

    fn v4(&mut self, line: &str, range: std::ops::Range<usize>) -> Option<usize> {
        let whole = plain(&line[range.clone()]);
        let (before, after) = around(line, &range);
        let joined = |character: char| character.is_alphanumeric() || matches!(character, '.' | DOT | '_');
        let more = after == Some('.') && line[range.end + 1..].starts_with(|character: char| character.is_ascii_digit());
        if before.is_some_and(|character| joined(character) || character == '-')
            || more
            || after.is_some_and(|character| character.is_alphanumeric() || character == '_')
        {
            return None;
        }
        let start: String = line[..range.start].chars().rev().take(12).collect::<String>().to_ascii_lowercase();
        if start.trim_start().starts_with("noisrev") || start.trim_start().starts_with(".rev") {
            self.skip("ip", &whole, "a version");
            return Some(range.end);
        }
        let (address, port) = match whole.split_once(':') {
            Some((address, port)) => (address, Some(port)),
            None => (whole.as_str(), None),
        };
        // A path behind it makes it a URL without a scheme: `192.0.2.1/a`.
        let block = address.split('/').nth(1).is_none_or(|prefix| prefix.parse::<u8>().is_ok_and(|prefix| prefix >= 8));
        let value = Kind::Ip.normalise(address).ok().filter(|_| block)?;
        if value == "0.0.0.0" || value.starts_with("127.") || value == "255.255.255.255" {
            self.skip("ip", &value, "an address of nobody");
            return Some(range.end);
        }
        if after == Some('/') && !address.contains('/') {
            let tail: &str = line[range.end..].split([' ', '\t', '"', '\'', '`', '|', '<', '>', ')']).next().unwrap_or_default();
            if tail.len() > 1 {
                let tail = trimmed(tail);
                self.add(Kind::Uri, format!("{whole}{}", plain(tail)));
                return Some(range.end + tail.len());
            }
        }
        self.add(Kind::Ip, value);
        if let Some(port) = port.and_then(|port| Kind::Port.normalise(port).ok()) {
            self.add(Kind::Port, port);
        }
        Some(range.end)
    }

    fn v6(&mut self, line: &str, range: std::ops::Range<usize>) -> Option<usize> {
        let whole = plain(&line[range.clone()]);
        let (before, after) = around(line, &range);
        let joined = |character: char| character.is_alphanumeric() || matches!(character, '.' | '_' | '-' | '\\');
        if whole.matches(':').count() < 2 || before.is_some_and(joined) || after.is_some_and(joined) {
            return None;
        }
        // `::` alone, and a namespace such as `dead::beef` of two words, are none.
        if whole.bytes().filter(u8::is_ascii_digit).count() < 2 {
            return None;
        }
        let value = Kind::Ip.normalise(whole.trim_end_matches(':')).ok()?;
        if value == "::1" {
            return Some(range.end);
        }
        self.add(Kind::Ip, value);
        Some(range.end)
    }

    fn technique(&mut self, line: &str, range: std::ops::Range<usize>) -> Option<usize> {
        if let Found::Technique(id) = self.attack.technique(&line[range.clone()]) {
            self.collection.techniques.push(id);
        }
        Some(range.end)
    }

    fn host(&mut self, line: &str, range: std::ops::Range<usize>) -> Option<usize> {
        let whole = &line[range.clone()];
        let (before, after) = around(line, &range);
        let defanged = whole.contains(DOT);
        if before.is_some_and(|character| {
            character.is_alphanumeric() || matches!(character, '@' | AT | '/' | '\\' | '=' | '&' | '%' | '$' | '_' | '.' | '-')
        }) && !defanged
        {
            return Some(range.end);
        }
        if matches!(after, Some('\\' | '(' | '_')) && !defanged {
            return Some(range.end);
        }
        let (host, path) = match whole.find('/') {
            Some(at) => (&whole[..at], trimmed(&whole[at..])),
            None => (whole, ""),
        };
        let (host, port) = match host.split_once([':', COLON]) {
            Some((host, port)) => (host, Some(port)),
            None => (host, None),
        };
        let end = range.start
            + if path.is_empty() { host.len() + port.map_or(0, |port| port.len() + 1) } else { whole.find('/')? + path.len() };
        let written = plain(host);
        let name = Kind::Domain.normalise(&written).ok()?;
        let ending = written.rsplit('.').next().unwrap_or_default();
        let known = recognise::ends_in_domain(&name);
        let file = matches!(recognise::value(&written).as_deref(), Some([(Kind::FileName, _)]));
        // A defanged name may end in what is no top level domain, as long as it is no file's ending.
        let sound = known || (defanged && ending.len() > 2 && !file);
        if !sound {
            return Some(range.end);
        }
        let lower = ending.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !defanged && (file || !lower) {
            return Some(end);
        }
        if !defanged && !alone(line, range.start..end) {
            self.skip("domain", &name, "in a sentence, and not defanged");
            return Some(end);
        }
        if path.len() > 1 {
            let port = port.map_or_else(String::new, |port| format!(":{port}"));
            self.add(Kind::Uri, format!("{name}{port}{}", plain(path)));
            return Some(end);
        }
        self.add(Kind::Domain, name);
        if let Some(port) = port.and_then(|port| Kind::Port.normalise(port).ok()) {
            self.add(Kind::Port, port);
        }
        Some(end)
    }
}

fn around(line: &str, range: &std::ops::Range<usize>) -> (Option<char>, Option<char>) {
    (line[..range.start].chars().next_back(), line[range.end..].chars().next())
}

/// A URL without what belongs to the sentence around it. Brackets that it opened itself stay.
fn trimmed(url: &str) -> &str {
    let mut url = url;
    while let Some(last) = url.chars().next_back() {
        let unbalanced = |open: char, close: char| url.matches(close).count() > url.matches(open).count();
        let goes = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '*' | '+' | '~' | '\'' | '"' | '`' | '\u{2019}' | DOT => true,
            ')' => unbalanced('(', ')'),
            ']' => unbalanced('[', ']'),
            _ => false,
        };
        if !goes {
            break;
        }
        url = &url[..url.len() - last.len_utf8()];
    }
    url
}

/// Whether a value is all that stands in its line, or in its cell of a table, before a remark.
fn alone(line: &str, range: std::ops::Range<usize>) -> bool {
    let is_mark = |character: char| character.is_whitespace() || "-*+•·|`'\",;:()[]<>#=_~".contains(character);
    let cell_start = line[..range.start].rfind(['|', '\t', ',', ';']).map_or(0, |at| at + 1);
    let before = &line[cell_start..range.start];
    // `C2: value` and `1. value` name what follows.
    let named = before.trim_end().ends_with(':') && before.split_whitespace().count() <= 3;
    let numbered = before.trim().trim_end_matches(['.', ')']).bytes().all(|byte| byte.is_ascii_digit());
    if !(before.chars().all(is_mark) || named || numbered) {
        return false;
    }
    let after = &line[range.end..];
    // The text of a Markdown link.
    if after.starts_with("](") {
        return false;
    }
    let after = after.trim_start_matches(['`', '*', '+', '"', '\'', ')', ']', '>']);
    let after = after.trim_start_matches([' ', '\u{a0}']);
    after.is_empty()
        || after.starts_with(['|', '\t', ',', ';', '-', '\u{2013}', '\u{2014}', '(', '#', '/', '\r', ':', '*', '[', '<'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let read = read(SourceId(0), text, "report", Release::default(), &Lifetimes::default());
        read.collections[0].indicators.iter().map(|each| format!("{} {}", each.kind.name(), each.value)).collect()
    }

    #[test]
    fn reads_what_is_defanged_or_stands_alone() {
        for (text, expected) in [
            ("The loader asks evil[.]example[.]org for orders.", vec!["domain evil.example.org"]),
            ("see hxxps[:]//evil[.]com/a?b=c, and then", vec!["url https://evil.com/a?b=c"]),
            ("- 192.0.2.7:8080\n| 2001[:]db8[::]17 |", vec!["ip 192.0.2.7", "port 8080", "ip 2001:db8::17"]),
            ("`evil.com`\nVisit our site good.com for more.", vec!["domain evil.com"]),
            ("Win32/Turla.BR, ASP.NET, System.IO.File, update.exe, v1.2.3.4, T1059.001", vec![]),
            ("mail a[at]b[dot]com and c@d.com", vec!["email a@b.com"]),
            (
                "<html><head><title>T</title><script>x('evil[.]com')</script></head><body><td>b<b>[.]</b>com</td><td>d41d8cd98f00b204e9800998ecf8427e</td></body>",
                vec!["domain b.com", "md5 d41d8cd98f00b204e9800998ecf8427e"],
            ),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }
}
