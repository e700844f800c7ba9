//! The tables of facts: UTF-8, tab-separated, without quoting; `#` lines are comments, the first other line is the header.

/// The rows of a table that has `N` columns, without comments and header. Rows with another number of cells are left out; a test
/// over every table finds them.
pub fn rows<const N: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    lines(text).filter_map(cells::<N>)
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
