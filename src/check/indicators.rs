//! Indicators: refanged, normalised by type, deduplicated (S6.1); and the CSV files they may lie in.

use crate::diag::{SourceId, Span};
use crate::schema::{FieldType, HashAlgorithm, ScalarType};

use super::values::parse_block;

/// What an indicator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Ip,
    Domain,
    Url,
    Hash(HashAlgorithm),
    Email,
    FileName,
    FilePath,
    RegistryKey,
    Mutex,
    UserAgent,
    Text,
}

impl Kind {
    pub(super) const ALL: &'static [Kind] = &[
        Kind::Ip,
        Kind::Domain,
        Kind::Url,
        Kind::Hash(HashAlgorithm::Md5),
        Kind::Hash(HashAlgorithm::Sha1),
        Kind::Hash(HashAlgorithm::Sha256),
        Kind::Hash(HashAlgorithm::Imphash),
        Kind::Email,
        Kind::FileName,
        Kind::FilePath,
        Kind::RegistryKey,
        Kind::Mutex,
        Kind::UserAgent,
        Kind::Text,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Ip => "ip",
            Kind::Domain => "domain",
            Kind::Url => "url",
            Kind::Hash(algorithm) => algorithm.field_name(),
            Kind::Email => "email",
            Kind::FileName => "file_name",
            Kind::FilePath => "file_path",
            Kind::RegistryKey => "registry_key",
            Kind::Mutex => "mutex",
            Kind::UserAgent => "user_agent",
            Kind::Text => "text",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Whether a field of this type can hold such an indicator.
    pub(super) fn fits(self, field: FieldType) -> bool {
        match (self, field.scalar) {
            (Kind::Ip, scalar) => scalar == ScalarType::Ip,
            (Kind::Hash(algorithm), ScalarType::Hash(other)) => algorithm == other,
            (Kind::Hash(_), _) | (_, ScalarType::Hash(_)) => false,
            (_, scalar) => matches!(scalar, ScalarType::String | ScalarType::Path),
        }
    }

    /// One form for each indicator, however it was written.
    pub(super) fn normalise(self, written: &str) -> Result<String, String> {
        let text = written.trim();
        if text.is_empty() {
            return Err("it is empty".to_owned());
        }
        match self {
            Kind::Ip => {
                let text = refang(text);
                let block = parse_block(&text)?;
                let most = if block.network.is_ipv4() { 32 } else { 128 };
                Ok(if block.prefix == most { block.network.to_string() } else { format!("{}/{}", block.network, block.prefix) })
            }
            Kind::Domain => domain(&refang(text)),
            Kind::Url => url(&refang(text)),
            Kind::Hash(algorithm) => {
                let lower = text.to_ascii_lowercase();
                if lower.len() == algorithm.digits() && lower.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return Ok(lower);
                }
                Err(format!("{} characters, where {} hexadecimal digits were expected", text.chars().count(), algorithm.digits()))
            }
            Kind::Email => {
                let text = refang(text).replace("[@]", "@").replace("[at]", "@").replace("(at)", "@");
                let (user, host) = text.split_once('@').ok_or("it has no `@`")?;
                if user.is_empty() || host.contains('@') {
                    return Err("one name, `@` and a domain were expected".to_owned());
                }
                Ok(format!("{user}@{}", domain(host)?))
            }
            Kind::FileName if text.contains(['\\', '/']) => {
                Err("a file's name alone was expected; a path is an indicator of type `file_path`".to_owned())
            }
            Kind::RegistryKey => Ok(registry_key(text)),
            Kind::FileName | Kind::FilePath | Kind::Mutex | Kind::UserAgent | Kind::Text => Ok(text.to_owned()),
        }
    }
}

/// Undoes what reports do to keep an indicator from being clicked.
fn refang(text: &str) -> String {
    let mut text = text.to_owned();
    for (defanged, plain) in
        [("[.]", "."), ("(.)", "."), ("{.}", "."), ("[dot]", "."), ("(dot)", "."), ("[:]", ":"), ("[://]", "://"), ("\\.", ".")]
    {
        text = text.replace(defanged, plain);
    }
    for (defanged, plain) in [("hxxps", "https"), ("hxxp", "http"), ("meow", "http"), ("fxp", "ftp")] {
        if let Some(scheme) = text.get(..defanged.len())
            && scheme.eq_ignore_ascii_case(defanged)
            && text[defanged.len()..].starts_with("://")
        {
            text.replace_range(..defanged.len(), plain);
        }
    }
    text
}

/// Roots as Sysmon writes them, and no separator at the end. `HKCU` stays: whose it is shows where it is compared.
fn registry_key(text: &str) -> String {
    const ROOTS: [(&str, &str); 5] = [
        ("HKEY_LOCAL_MACHINE", "HKLM"),
        ("HKEY_USERS", "HKU"),
        ("HKEY_CURRENT_USER", "HKCU"),
        ("HKEY_CLASSES_ROOT", "HKCR"),
        ("HKEY_CURRENT_CONFIG", "HKCC"),
    ];
    let text = text.trim_end_matches('\\');
    let (root, rest) = text.split_at(text.find('\\').unwrap_or(text.len()));
    let short = ROOTS.iter().find(|(long, short)| root.eq_ignore_ascii_case(long) || root.eq_ignore_ascii_case(short));
    match short {
        Some((_, short)) => format!("{short}{rest}"),
        None => text.to_owned(),
    }
}

fn domain(text: &str) -> Result<String, String> {
    let host = text.trim_end_matches('.').to_ascii_lowercase();
    if !host.is_ascii() {
        return Err("write a host with letters beyond ASCII in its `xn--` form".to_owned());
    }
    if host.len() > 253 {
        return Err("a host has at most 253 characters".to_owned());
    }
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    if !host.split('.').all(label) {
        return Err("labels of letters, digits and `-`, with dots between them, were expected".to_owned());
    }
    if !host.contains('.') {
        return Err("a domain has at least one dot".to_owned());
    }
    Ok(host)
}

fn url(text: &str) -> Result<String, String> {
    let (scheme, rest) = text.split_once("://").ok_or("it has no `://`")?;
    if scheme.is_empty() || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')) {
        return Err("the scheme cannot be read".to_owned());
    }
    if rest.chars().any(|character| character.is_whitespace() || character.is_control()) {
        return Err("a URL holds no blank".to_owned());
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    if host.is_empty() {
        return Err("it has no host".to_owned());
    }
    Ok(format!("{}://{}{path}", scheme.to_ascii_lowercase(), host.to_ascii_lowercase()))
}

pub(super) struct CsvProblem {
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) span: Option<Span>,
}

/// More values than this in one file are refused: they would not fit a query of any product.
const MOST_VALUES: usize = 100_000;

/// The cells of one column, with their places. The first line names the columns; without `column` the first is read. Lines
/// that are empty or start with `#` are passed over.
pub(super) fn read_csv(source: SourceId, text: &str, column: Option<&str>) -> Result<Vec<(String, Span)>, CsvProblem> {
    quotes_close(source, text)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).comment(Some(b'#')).from_reader(text.as_bytes());
    let mut wanted: Option<usize> = None;
    let mut width = 0;
    let mut cells = Vec::new();
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let at = error.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(0));
                return Err(CsvProblem {
                    message: "this line of the CSV file cannot be read".to_owned(),
                    help: None,
                    span: Some(Span::new(source, at, at)),
                });
            }
        }
        let start = record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(0));
        let Some(index) = wanted else {
            let header: Vec<&str> = record.iter().map(|name| name.trim().trim_start_matches('\u{feff}')).collect();
            let index = match column {
                None => Some(0),
                Some(name) => header.iter().position(|each| *each == name),
            };
            wanted = index;
            width = header.len();
            if index.is_none() {
                let names: Vec<String> = header.iter().map(|name| format!("`{name}`")).collect();
                return Err(CsvProblem {
                    message: format!("the CSV file has no column `{}`", column.unwrap_or_default()),
                    help: Some(format!("its first line names {}", names.join(", "))),
                    span: None,
                });
            }
            continue;
        };
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        // The reader's position stands before the empty lines and comments that it passed over.
        let mut line = text[start.min(text.len())..].trim_start_matches(['\r', '\n']);
        while line.starts_with('#') {
            let end = line.find('\n').unwrap_or(line.len());
            line = line[end..].trim_start_matches(['\r', '\n']);
        }
        let start = text.len() - line.len();
        let whole = Span::new(source, start, start + line.find(['\r', '\n']).unwrap_or(line.len()));
        if record.len() > width {
            return Err(CsvProblem {
                message: format!("this line has {} cells, and the first line names {width}", record.len()),
                help: Some("a cell that holds a comma stands in quotes".to_owned()),
                span: Some(whole),
            });
        }
        let Some(cell) = record.get(index).map(str::trim).filter(|cell| !cell.is_empty()) else {
            return Err(CsvProblem {
                message: "this line has no value in the column that is read".to_owned(),
                help: None,
                span: Some(whole),
            });
        };
        let span = match text.get(whole.range()).and_then(|line| line.find(cell)) {
            Some(at) => Span::new(source, start + at, start + at + cell.len()),
            None => whole,
        };
        cells.push((cell.to_owned(), span));
        if cells.len() > MOST_VALUES {
            return Err(CsvProblem {
                message: format!("the CSV file has more than {MOST_VALUES} values"),
                help: Some("split it; a query cannot hold so many".to_owned()),
                span: Some(whole),
            });
        }
    }
    Ok(cells)
}

/// A quoted cell that does not close would swallow the lines below it, and text after a closing quote would be glued to it:
/// both are mistakes that a lenient reader hides.
fn quotes_close(source: SourceId, text: &str) -> Result<(), CsvProblem> {
    let bytes = text.as_bytes();
    let problem = |message: &str, start: usize, end: usize| CsvProblem {
        message: message.to_owned(),
        help: Some("a quote inside a quoted cell is written twice".to_owned()),
        span: Some(Span::new(source, start, end)),
    };
    let (mut at, mut line_start) = (0, true);
    while at < bytes.len() {
        if line_start && bytes[at] == b'#' {
            at += bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - at);
        } else if bytes[at] == b'"' {
            let open = at;
            at += 1;
            loop {
                match (bytes.get(at), bytes.get(at + 1)) {
                    (None, _) => return Err(problem("this quote does not close", open, open + 1)),
                    (Some(b'"'), Some(b'"')) => at += 2,
                    (Some(b'"'), after) => {
                        at += 1;
                        if !matches!(after, None | Some(b',' | b'\r' | b'\n')) {
                            let after = text[at..].chars().next().map_or(0, char::len_utf8);
                            return Err(problem("text follows the closing quote", at, at + after));
                        }
                        break;
                    }
                    _ => at += 1,
                }
            }
        } else {
            // An unquoted cell ends at the next comma or line end; a quote within it is an ordinary character.
            at += bytes[at..].iter().position(|byte| matches!(byte, b',' | b'\n')).unwrap_or(bytes.len() - at);
        }
        line_start = bytes.get(at) == Some(&b'\n');
        at += 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refangs_and_normalises_by_type() {
        let normal = |kind: &str, text: &str| Kind::parse(kind).unwrap().normalise(text);
        assert_eq!(normal("domain", "WWW.Example[.]COM.").unwrap(), "www.example.com");
        assert_eq!(normal("ip", "192[.]0[.]2[.]1").unwrap(), "192.0.2.1");
        assert_eq!(normal("ip", "2001:DB8:0::1").unwrap(), "2001:db8::1");
        assert_eq!(normal("url", "hXXp://Evil[.]example/Path?Q=1").unwrap(), "http://evil.example/Path?Q=1");
        assert_eq!(normal("md5", "D41D8CD98F00B204E9800998ECF8427E").unwrap(), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(normal("email", "a.b[@]Example[.]org").unwrap(), "a.b@example.org");
        assert_eq!(normal("registry_key", r"hkey_local_machine\Software\Evil\").unwrap(), r"HKLM\Software\Evil");
        assert_eq!(normal("registry_key", r"HKCU\Software\Evil").unwrap(), r"HKCU\Software\Evil");
        assert!(normal("file_name", r"C:\evil.exe").is_err());
        for (kind, bad) in
            [("domain", "localhost"), ("domain", "a..b"), ("md5", "d41d"), ("url", "no scheme"), ("ip", "300.1.1.1")]
        {
            assert!(normal(kind, bad).is_err(), "{kind} {bad}");
        }
    }

    #[test]
    fn reads_a_column_with_places() {
        let text = "name,sha256\r\n# note\r\na,\"x y\"\r\n\r\nb,z\r\n";
        let cells = read_csv(SourceId(0), text, Some("sha256")).ok().unwrap();
        let found: Vec<(&str, &str)> = cells.iter().map(|(cell, span)| (cell.as_str(), &text[span.range()])).collect();
        assert_eq!(found, [("x y", "x y"), ("z", "z")]);
        assert!(read_csv(SourceId(0), text, Some("nosuch")).is_err());
        let refused =
            |text: &str| read_csv(SourceId(0), text, None).err().and_then(|problem| problem.span).map(|span| span.start);
        assert_eq!(refused("h\na\n\"b\nc\n"), Some(4), "a quote that does not close");
        assert_eq!(refused("h\n\"x\"y\n"), Some(5), "text after a closing quote");
        assert_eq!(refused("h,g\nb,c,d\n"), Some(4), "a cell too many");
        let wide = read_csv(SourceId(0), "h\n\"x\"é\n", None).err().and_then(|problem| problem.span);
        assert_eq!(wide.map(|span| span.range()), Some(5..7), "the whole of a character of two bytes");
        assert_eq!(read_csv(SourceId(0), "h\n\"a\"\"b\"\nc\"d\n", None).map(|cells| cells.len()).ok(), Some(2));
    }
}
