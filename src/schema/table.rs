//! The tables of facts: UTF-8, tab-separated, without quoting; `#` lines are comments, the first other line is the header.

/// The rows of a table that has `N` columns, without comments and header. Rows with another number of cells are left out; a test
/// over every table finds them.
pub fn rows<const N: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    lines(text).filter_map(cells::<N>)
}

/// Neighbouring lines of a table whose first cell, `sources`, is the same.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    pub sources: &'static str,
    lines: &'static str,
}

impl Section {
    pub fn lines(self) -> std::str::Lines<'static> {
        self.lines.lines()
    }
}

/// A table by what its lines are about. Each start of the program asks for a few log sources of many, so a line is not looked
/// at beyond its first tab here.
pub fn sections(text: &'static str) -> Vec<Section> {
    let mut found: Vec<Section> = Vec::new();
    let mut from = 0;
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', text.as_bytes()) {
        let line = &text[start..end];
        let sources = memchr::memchr(b'\t', line.as_bytes()).map_or("", |tab| &line[..tab]);
        match found.last_mut() {
            Some(section) if section.sources == sources => section.lines = &text[from..end],
            _ => {
                from = start;
                found.push(Section { sources, lines: line });
            }
        }
        start = end + 1;
    }
    // Comments have no tab, or begin with their mark; the header names no log source.
    found.retain(|section| !section.sources.is_empty() && !section.sources.starts_with('#'));
    found
}

/// The lines of a table whose first cell is one that `named` accepts.
pub fn of<'n>(text: &'static str, named: impl Fn(&str) -> bool + 'n) -> impl Iterator<Item = &'static str> + 'n {
    sections(text).into_iter().filter(move |section| named(section.sources)).flat_map(Section::lines)
}

/// Every line that is neither a comment nor the header, with its number from 1.
pub fn numbered(text: &'static str) -> impl Iterator<Item = (usize, &'static str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .skip(1)
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    numbered(text).map(|(_, line)| line)
}

/// Exactly `N` cells of one line.
pub fn cells<const N: usize>(line: &'static str) -> Option<[&'static str; N]> {
    let mut cells = line.split('\t');
    let mut row = [""; N];
    for cell in &mut row {
        *cell = cells.next()?;
    }
    cells.next().is_none().then_some(row)
}
