//! CSV files of lists and of indicators, with the place of each value.
//!
//! A set of indicators names its columns: `value`, and beside it any of `type`, `source`, `tlp`, `first_seen`, `last_seen`,
//! `expires`. A file of one's own is read by a column's name, and nothing else of it.

use super::Kind;
use crate::diag::{SourceId, Span};

/// Why a file cannot be read, with the place where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub message: String,
    pub help: Option<String>,
    pub span: Option<Span>,
}

/// One indicator of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub value: String,
    pub span: Span,
    /// A date, `2027-05-12`, and its place.
    pub expires: Option<(String, Span)>,
    /// Its marking, and its place.
    pub tlp: Option<(String, Span)>,
}

/// More values than this in one file are refused: a person keeps no such file, and a product holds no such rule.
pub const MOST_VALUES: usize = 2_000_000;

/// The cells of one column, with their places. The first line names the columns; without `column` the first is read. Lines
/// that are empty or start with `#` are passed over.
///
/// # Errors
/// Where the file is no such table.
pub fn read_column(source: SourceId, text: &str, column: Option<&str>) -> Result<Vec<(String, Span)>, Problem> {
    let mut cells = Vec::new();
    let mut wanted = 0;
    read_rows(source, text, |row| {
        match row {
            Row::Head(names) => wanted = choose(names, column)?,
            Row::Line(line) => {
                let Some((cell, span)) = line.cell(wanted) else { return Err(line.without_value()) };
                cells.push((cell.to_owned(), span));
                if cells.len() > MOST_VALUES {
                    return Err(line.too_many());
                }
            }
        }
        Ok(())
    })?;
    Ok(cells)
}

/// The indicators of a type. Where the first line names a column `value`, that is read, and with it `type` (lines of other types
/// are passed over), `expires` and `tlp`; else the first column is.
///
/// # Errors
/// Where the file is no such table, or a line's type is unknown.
pub fn read_set(source: SourceId, text: &str, kind: Kind) -> Result<Vec<Entry>, Problem> {
    let mut entries = Vec::new();
    let (mut value, mut kinds, mut expires, mut tlp) = (0, None, None, None);
    read_rows(source, text, |row| {
        let line = match row {
            Row::Head(names) => {
                let place = |wanted: &str| names.iter().position(|name| *name == wanted);
                if let Some(at) = place("value") {
                    (value, kinds, expires, tlp) = (at, place("type"), place("expires"), place("tlp"));
                }
                return Ok(());
            }
            Row::Line(line) => line,
        };
        if let Some(kinds) = kinds {
            let Some((word, span)) = line.cell(kinds) else {
                return Err(Problem { message: "this line has no type".to_owned(), help: None, span: Some(line.whole) });
            };
            match Kind::parse(word) {
                Some(other) if other == kind => {}
                Some(_) => return Ok(()),
                None => {
                    let near = crate::diag::nearest(word, Kind::all().map(Kind::name));
                    return Err(Problem {
                        message: format!("there is no type of indicator called `{word}`"),
                        help: near.map(|near| format!("did you mean `{near}`?")),
                        span: Some(span),
                    });
                }
            }
        }
        let Some((cell, span)) = line.cell(value) else { return Err(line.without_value()) };
        let owned =
            |column: Option<usize>| column.and_then(|column| line.cell(column)).map(|(cell, span)| (cell.to_owned(), span));
        entries.push(Entry { value: cell.to_owned(), span, expires: owned(expires), tlp: owned(tlp) });
        if entries.len() > MOST_VALUES { Err(line.too_many()) } else { Ok(()) }
    })?;
    Ok(entries)
}

fn choose(names: &[&str], column: Option<&str>) -> Result<usize, Problem> {
    let Some(wanted) = column else { return Ok(0) };
    names.iter().position(|each| *each == wanted).ok_or_else(|| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        Problem {
            message: format!("the CSV file has no column `{wanted}`"),
            help: Some(format!("its first line names {}", names.join(", "))),
            span: None,
        }
    })
}

/// A line of the file that holds something.
enum Row<'r> {
    /// The names of the columns.
    Head(&'r [&'r str]),
    Line(Line<'r>),
}

struct Line<'r> {
    record: &'r csv::StringRecord,
    text: &'r str,
    whole: Span,
}

impl<'r> Line<'r> {
    /// A cell that is not empty, and where it stands.
    fn cell(&self, index: usize) -> Option<(&'r str, Span)> {
        let cell = self.record.get(index).map(str::trim).filter(|cell| !cell.is_empty())?;
        let line = self.text.get(self.whole.range()).unwrap_or_default();
        // A short text may stand in an earlier cell, too: it is looked for from its own on.
        let earlier: usize = (0..index).filter_map(|at| self.record.get(at)).map(|cell| cell.len() + 1).sum();
        let from = if line.is_char_boundary(earlier.min(line.len())) { earlier.min(line.len()) } else { 0 };
        let at = line[from..].find(cell).map(|at| at + from).or_else(|| line.find(cell));
        let span = match at {
            Some(at) => {
                let start = self.whole.range().start + at;
                Span::new(self.whole.source, start, start + cell.len())
            }
            None => self.whole,
        };
        Some((cell, span))
    }

    fn without_value(&self) -> Problem {
        Problem { message: "this line has no value in the column that is read".to_owned(), help: None, span: Some(self.whole) }
    }

    fn too_many(&self) -> Problem {
        Problem {
            message: format!("the CSV file has more than {MOST_VALUES} values"),
            help: Some("split it; no product holds so many".to_owned()),
            span: Some(self.whole),
        }
    }
}

fn read_rows(source: SourceId, text: &str, mut see: impl FnMut(Row<'_>) -> Result<(), Problem>) -> Result<(), Problem> {
    quotes_close(source, text)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).comment(Some(b'#')).from_reader(text.as_bytes());
    let mut width: Option<usize> = None;
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let at = error.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(0));
                return Err(Problem {
                    message: "this line of the CSV file cannot be read".to_owned(),
                    help: None,
                    span: Some(Span::new(source, at, at)),
                });
            }
        }
        let start = record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(0));
        let Some(width) = width else {
            let header: Vec<&str> = record.iter().map(|name| name.trim().trim_start_matches('\u{feff}')).collect();
            width = Some(header.len());
            see(Row::Head(&header))?;
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
            return Err(Problem {
                message: format!("this line has {} cells, and the first line names {width}", record.len()),
                help: Some("a cell that holds a comma stands in quotes".to_owned()),
                span: Some(whole),
            });
        }
        see(Row::Line(Line { record: &record, text, whole }))?;
    }
    Ok(())
}

/// A quoted cell that does not close would swallow the lines below it, and text after a closing quote would be glued to it:
/// both are mistakes that a lenient reader hides.
fn quotes_close(source: SourceId, text: &str) -> Result<(), Problem> {
    let bytes = text.as_bytes();
    let problem = |message: &str, start: usize, end: usize| Problem {
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
    fn reads_a_column_with_places() {
        let text = "name,sha256\r\n# note\r\na,\"x y\"\r\n\r\nb,z\r\n";
        let cells = read_column(SourceId(0), text, Some("sha256")).ok().unwrap();
        let found: Vec<(&str, &str)> = cells.iter().map(|(cell, span)| (cell.as_str(), &text[span.range()])).collect();
        assert_eq!(found, [("x y", "x y"), ("z", "z")]);
        assert!(read_column(SourceId(0), text, Some("nosuch")).is_err());
        let refused =
            |text: &str| read_column(SourceId(0), text, None).err().and_then(|problem| problem.span).map(|span| span.start);
        assert_eq!(refused("h\na\n\"b\nc\n"), Some(4), "a quote that does not close");
        assert_eq!(refused("h\n\"x\"y\n"), Some(5), "text after a closing quote");
        assert_eq!(refused("h,g\nb,c,d\n"), Some(4), "a cell too many");
        let wide = read_column(SourceId(0), "h\n\"x\"é\n", None).err().and_then(|problem| problem.span);
        assert_eq!(wide.map(|span| span.range()), Some(5..7), "the whole of a character of two bytes");
        assert_eq!(read_column(SourceId(0), "h\n\"a\"\"b\"\nc\"d\n", None).map(|cells| cells.len()).ok(), Some(2));
    }

    #[test]
    fn reads_a_set_by_its_columns() {
        let text = "type,value,expires,tlp\ndomain,a.example,2027-01-01,amber\nip,192.0.2.1,,\ndomain,b.example,,\n";
        let found = read_set(SourceId(0), text, Kind::Domain).unwrap();
        assert_eq!(found.iter().map(|entry| entry.value.as_str()).collect::<Vec<_>>(), ["a.example", "b.example"]);
        let (expires, span) = found[0].expires.clone().unwrap();
        assert_eq!((expires.as_str(), &text[span.range()]), ("2027-01-01", "2027-01-01"));
        assert_eq!(found[0].tlp.as_ref().map(|(tlp, _)| tlp.as_str()), Some("amber"));
        let problem = read_set(SourceId(0), "type,value\ndomian,a.example\n", Kind::Domain).unwrap_err();
        assert_eq!(problem.help.as_deref(), Some("did you mean `domain`?"));
        // A file without a column `value` is a file of one's own: its first column.
        assert_eq!(read_set(SourceId(0), "host,type\na.example,x\n", Kind::Domain).unwrap().len(), 1);
    }
}
