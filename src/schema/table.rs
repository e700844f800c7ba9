//! The tables of facts: UTF-8, tab-separated, without quoting; `#` lines are comments, the first other line is the header.

/// The rows of a table that has `N` columns, without comments and header. Rows with another number of cells are left out; a test
/// over every table finds them.
pub fn rows<const N: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    lines(text).filter_map(cells::<N>)
}

/// The lines of a table whose first cell, `sources`, is one that `named` accepts. Most calls of the program end here for each
/// log source of a hunt, so a line that is not asked for costs the search for its end and its first tab. Rows that name the
/// same sources stand together, so that the answer for one is that for the next.
pub fn of<'n>(text: &'static str, named: impl Fn(&str) -> bool + 'n) -> impl Iterator<Item = &'static str> + 'n {
    let bytes = text.as_bytes();
    let mut start = 0;
    let mut last = ("", false);
    memchr::memchr_iter(b'\n', bytes).filter_map(move |end| {
        let line = &text[start..end];
        start = end + 1;
        let sources = &line[..memchr::memchr(b'\t', line.as_bytes())?];
        if sources != last.0 {
            last = (sources, !sources.starts_with('#') && named(sources));
        }
        last.1.then_some(line)
    })
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
