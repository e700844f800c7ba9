//! A layer as a picture, laid out as the Navigator's SVG export: a column a tactic, a row a technique, a header that explains.
//!
//! The picture stands alone: no script, no address, no font from elsewhere. Its text is escaped, it has a title and a
//! description, each cell says in words what its colour means, and a dark page gets dark paper.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::color::Color;
use super::model::{Aggregate, Cell, Layer, Place, Sorting};
use super::write::score_text;
use crate::attack::{Tactic, Technique};

/// The size of a picture, in pixels of 96 to an inch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Size {
    /// As large as the cells need to be read.
    Fitting,
    Fixed {
        width: f64,
        height: f64,
    },
}

impl Size {
    /// Sheets of the Navigator, in inches, landscape.
    const SHEETS: &'static [(&'static str, f64, f64)] =
        &[("letter", 11.0, 8.5), ("legal", 14.0, 8.5), ("small", 17.0, 11.0), ("medium", 24.0, 18.0), ("large", 36.0, 24.0)];

    pub const NAMES: &'static [&'static str] = &["fitting", "letter", "legal", "small", "medium", "large"];

    /// One of [`Size::NAMES`].
    pub fn parse(name: &str) -> Option<Size> {
        if name == "fitting" {
            return Some(Size::Fitting);
        }
        let (_, width, height) = Size::SHEETS.iter().find(|(known, ..)| *known == name)?;
        Some(Size::Fixed { width: width * 96.0, height: height * 96.0 })
    }
}

const MARGIN: f64 = 5.0;
const HEADER: f64 = 96.0;
const BORDER: &str = "#6b7279";
/// A cell that is read without effort.
const WIDE: f64 = 132.0;
const HIGH: f64 = 25.0;
const LARGEST_TEXT: f64 = 12.0;
/// Items of a legend that have room.
const MOST_ITEMS: usize = 24;

/// A column of the picture.
struct Column {
    tactic: Tactic,
    rows: Vec<Row>,
}

struct Row {
    technique: Technique,
    place: Place,
    sub: bool,
    /// It has sub-techniques that follow.
    expanded: bool,
}

/// The layer as SVG, with a line feed at the end.
pub fn svg(layer: &Layer, size: Size) -> String {
    let columns = columns(layer);
    let tallest = columns.iter().map(|column| column.rows.len() + 1).max().unwrap_or(1);
    let (width, height) = match size {
        Size::Fixed { width, height } => (width, height),
        Size::Fitting => (columns.len() as f64 * WIDE + 2.0 * MARGIN, HEADER + 1.0 + tallest as f64 * HIGH + 2.0 * MARGIN),
    };
    let inner = (width - 2.0 * MARGIN).max(10.0);
    let row = (height - 2.0 * MARGIN - HEADER - 1.0).max(10.0) / tallest as f64;
    let column = inner / columns.len().max(1) as f64;
    let mut out = String::new();
    let release = layer.release.name();
    let annotated = layer.cells.values().filter(|cell| cell.is_annotated()).count();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" role=\"img\" \
         aria-labelledby=\"layer-title layer-description\" font-family=\"sans-serif\">\n<title id=\"layer-title\">{}</title>\n\
         <desc id=\"layer-description\">{}</desc>\n",
        escape(&layer.name),
        escape(&format!(
            "ATT&CK Enterprise {release}: {annotated} annotated cells of {} techniques. {}{}",
            layer.techniques(),
            layer.legend.iter().take(MOST_ITEMS).map(|item| format!("{}. ", cut(&item.label, 120))).collect::<String>(),
            cut(&layer.description, 1_000)
        )),
        w = round(width),
        h = round(height),
    );
    out.push_str(STYLE);
    let _ = writeln!(out, "<rect class=\"paper\" width=\"{}\" height=\"{}\" fill=\"#ffffff\"/>", round(width), round(height));
    let _ = writeln!(out, "<g transform=\"translate({MARGIN},{MARGIN})\">");
    header(&mut out, layer, inner);
    let _ = writeln!(out, "<g transform=\"translate(0,{})\">", round(HEADER + 1.0));
    if layer.show_tactic_row_background {
        let _ = writeln!(
            out,
            "<rect width=\"{}\" height=\"{}\" fill=\"{}\" stroke=\"{BORDER}\"/>",
            round(inner),
            round(row),
            layer.tactic_row_background.hex()
        );
    }
    let indent = (2.0 * row).min(15.0);
    let fonts = |rows: &mut dyn Iterator<Item = (String, f64)>| {
        rows.map(|(text, width)| fitted(&text, width, row).1).fold(LARGEST_TEXT, f64::min)
    };
    let text_size = fonts(
        &mut columns
            .iter()
            .flat_map(|each| &each.rows)
            .map(|each| (label(layer, &each.technique), if each.sub { column - indent } else { column })),
    );
    let title_size = fonts(&mut columns.iter().map(|each| (each.tactic.name.to_owned(), column)));
    for (index, each) in columns.iter().enumerate() {
        let _ = writeln!(
            out,
            "<g class=\"tactic {}\" transform=\"translate({},0)\">",
            each.tactic.short_name,
            round(index as f64 * column)
        );
        let ink = layer.show_tactic_row_background.then(|| layer.tactic_row_background.readable());
        words(
            &mut out,
            each.tactic.name,
            title_size,
            column / 2.0,
            column,
            row,
            ink,
            " font-weight=\"bold\" text-anchor=\"middle\"",
        );
        for (number, technique) in each.rows.iter().enumerate() {
            let y = (number + 1) as f64 * row;
            cell(&mut out, layer, technique, y, row, column, indent, text_size);
        }
        out.push_str("</g>\n");
    }
    out.push_str("</g>\n</g>\n</svg>\n");
    out
}

/// Presentation that a program without style sheets does not see: dark paper, and outlines for whoever prints.
const STYLE: &str = "<style>@media (prefers-color-scheme: dark) { .paper, .box { fill: #1a1a23; stroke: #4c4c68 } .empty { fill: #2e2e3f } \
    .ink { fill: #ffffff } }</style>\n";

fn columns(layer: &Layer) -> Vec<Column> {
    let facts = layer.release.facts();
    let all: Vec<Technique> = facts.techniques().collect();
    let shown =
        |technique: &Technique| technique.platforms.iter().any(|platform| layer.platforms.iter().any(|each| each == platform));
    let mut columns: Vec<Column> = facts.tactics().iter().map(|tactic| Column { tactic: *tactic, rows: Vec::new() }).collect();
    let mut subs: BTreeMap<&'static str, Vec<&Technique>> = BTreeMap::new();
    for technique in all.iter().filter(|technique| shown(technique)) {
        if let Some(parent) = technique.parent() {
            subs.entry(parent).or_default().push(technique);
        }
    }
    for (index, column) in columns.iter_mut().enumerate() {
        let here = |technique: &&Technique| technique.tactics.iter().any(|tactic| tactic.id == column.tactic.id);
        let hidden = |place: Place| layer.hide_disabled && layer.cells.get(&place).is_some_and(|cell| !cell.enabled);
        let place = |technique: &Technique| Place { technique: technique.id, tactic: index };
        let mut parents: Vec<&Technique> = all
            .iter()
            .filter(|technique| technique.parent().is_none() && shown(technique))
            .filter(here)
            .filter(|technique| !hidden(place(technique)))
            .collect();
        sort(&mut parents, layer, index);
        for technique in parents {
            let mut own: Vec<&Technique> = subs.get(technique.id).into_iter().flatten().copied().filter(here).collect();
            own.retain(|sub| !hidden(place(sub)));
            sort(&mut own, layer, index);
            let annotated = own.iter().any(|sub| layer.cells.get(&place(sub)).is_some_and(Cell::is_annotated));
            let expanded = !own.is_empty()
                && match layer.layout.expanded_subtechniques {
                    "all" => true,
                    "annotated" => annotated,
                    _ => layer.cells.get(&place(technique)).is_some_and(|cell| cell.show_subtechniques),
                };
            column.rows.push(Row { technique: technique.clone(), place: place(technique), sub: false, expanded });
            if expanded {
                // The Navigator then shows the others too: a picture stays readable without them.
                if layer.layout.expanded_subtechniques == "annotated" {
                    own.retain(|sub| layer.cells.get(&place(sub)).is_some_and(Cell::is_annotated));
                }
                column.rows.extend(own.into_iter().map(|sub| Row {
                    technique: sub.clone(),
                    place: place(sub),
                    sub: true,
                    expanded: false,
                }));
            }
        }
    }
    columns
}

fn sort(techniques: &mut [&Technique], layer: &Layer, tactic: usize) {
    let score = |technique: &Technique| {
        layer.cells.get(&Place { technique: technique.id, tactic }).and_then(|cell| cell.score).unwrap_or(0.0)
    };
    techniques.sort_by(|a, b| {
        let by_name = a.name.cmp(b.name).then(a.id.cmp(b.id));
        match layer.sorting {
            Sorting::Name => by_name,
            Sorting::NameBackwards => by_name.reverse(),
            Sorting::Score => score(a).total_cmp(&score(b)).then(by_name),
            Sorting::ScoreBackwards => score(b).total_cmp(&score(a)).then(by_name),
        }
    });
}

fn label(layer: &Layer, technique: &Technique) -> String {
    match (layer.layout.show_id, layer.layout.show_name) {
        (true, true) => format!("{}: {}", technique.id, technique.name),
        (true, false) => technique.id.to_owned(),
        (false, true) => technique.name.to_owned(),
        (false, false) => String::new(),
    }
}

/// What a technique and its sub-techniques come to, where the layer shows that.
fn aggregate(layer: &Layer, place: Place) -> Option<f64> {
    if !layer.layout.show_aggregate_scores || place.technique.contains('.') {
        return None;
    }
    let facts = layer.release.facts();
    let below = |id: &str| id == place.technique || id.strip_prefix(place.technique).is_some_and(|rest| rest.starts_with('.'));
    let members = facts.techniques().filter(|technique| below(technique.id)).count();
    let scores: Vec<f64> = layer
        .cells
        .iter()
        .filter(|(other, _)| other.tactic == place.tactic && below(other.technique))
        .filter_map(|(_, cell)| cell.score)
        .collect();
    if scores.is_empty() {
        return None;
    }
    let sum: f64 = scores.iter().sum();
    let found = match layer.layout.aggregate {
        Aggregate::Average => sum / if layer.layout.count_unscored { members } else { scores.len() } as f64,
        Aggregate::Least => scores.iter().copied().fold(f64::INFINITY, f64::min),
        Aggregate::Most => scores.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        Aggregate::Sum => sum,
    };
    Some((found * 100.0).round() / 100.0)
}

#[expect(clippy::too_many_arguments, reason = "where a cell stands and how large it is")]
fn cell(out: &mut String, layer: &Layer, row: &Row, y: f64, height: f64, column: f64, indent: f64, text_size: f64) {
    let known = layer.cells.get(&row.place);
    let aggregate = aggregate(layer, row.place);
    let enabled = known.is_none_or(|cell| cell.enabled);
    let by_hand = known.filter(|cell| cell.enabled).and_then(|cell| cell.color);
    let fill = if enabled {
        by_hand
            .or_else(|| aggregate.and_then(|score| layer.gradient.color(score)))
            .or_else(|| known.and_then(|cell| layer.fill(cell)))
    } else {
        Some(Color::WHITE)
    };
    let ink = if enabled { fill.map(Color::readable) } else { Color::parse("#aaaaaa") };
    let (x, width) = if row.sub { (indent, column - indent) } else { (0.0, column) };
    let class = if row.sub { "subtechnique" } else { "technique" };
    let _ = write!(
        out,
        "<g class=\"{class} {}\" transform=\"translate({},{})\"><title>{}</title>",
        row.technique.id,
        round(x),
        round(y),
        escape(&spoken(row, known, aggregate))
    );
    let paint = match fill {
        Some(fill) => format!("class=\"cell\" fill=\"{}\"", fill.hex()),
        None => "class=\"cell empty\" fill=\"#ffffff\"".to_owned(),
    };
    let _ = write!(out, "<rect {paint} width=\"{}\" height=\"{}\" stroke=\"{BORDER}\"/>", round(width), round(height));
    if row.sub {
        let _ = write!(out, "<rect x=\"-3\" width=\"3\" height=\"{}\" fill=\"{BORDER}\" stroke=\"{BORDER}\"/>", round(height));
    }
    words(out, &label(layer, &row.technique), text_size, 4.0, width, height, ink, "");
    if row.expanded {
        let tip = round((indent - 3.0).max(0.0));
        let _ = write!(
            out,
            "<polygon transform=\"translate(0,{})\" points=\"0,0 {tip},0 {tip},{tip}\" fill=\"{BORDER}\"/>",
            round(height)
        );
    }
    out.push_str("</g>\n");
}

/// A cell in words.
fn spoken(row: &Row, cell: Option<&Cell>, aggregate: Option<f64>) -> String {
    let mut text = format!("{} {}", row.technique.id, row.technique.name);
    let Some(cell) = cell else { return text };
    if let Some(score) = cell.score {
        let _ = write!(text, "\nscore {}", score_text(score));
    }
    if let Some(aggregate) = aggregate {
        let _ = write!(text, "\nwith sub-techniques {}", score_text(aggregate));
    }
    if !cell.enabled {
        text.push_str("\ndisabled");
    }
    if !cell.comment.is_empty() {
        let _ = write!(text, "\n{}", cell.comment);
    }
    text
}

/// Text in a box, broken into lines as fits best, centred from top to bottom.
#[expect(clippy::too_many_arguments, reason = "where a text stands and how it looks")]
fn words(out: &mut String, text: &str, size: f64, x: f64, width: f64, height: f64, ink: Option<Color>, more: &str) {
    if text.is_empty() {
        return;
    }
    let lines = fitted(text, width, height).0;
    let paint = match ink {
        Some(ink) => format!("fill=\"{}\"", ink.hex()),
        None => "class=\"ink\" fill=\"#000000\"".to_owned(),
    };
    let _ = write!(out, "<text font-size=\"{}\" {paint}{more}>", round(size));
    let distance = height.min((LARGEST_TEXT + 3.0) * lines.len() as f64);
    let step = distance / lines.len() as f64;
    for (number, line) in lines.iter().enumerate() {
        let y = (height - distance) / 2.0 + step * (number as f64 + 0.5) + size * 0.35;
        let _ = write!(out, "<tspan x=\"{}\" y=\"{}\">{}</tspan>", round(x), round(y), escape(line));
    }
    out.push_str("</text>");
}

/// The lines of a text, and the largest size at which they fit: the Navigator's estimate of how wide a letter is.
fn fitted(text: &str, width: f64, height: f64) -> (Vec<String>, f64) {
    let words: Vec<&str> = text.split(' ').collect();
    let mut best: (Vec<String>, f64) = (vec![text.to_owned()], size_of(&[text.chars().count()], width, height));
    for lines in 2..=words.len().min(4) {
        let broken = balanced(&words, lines);
        let lengths: Vec<usize> = broken.iter().map(|line| line.chars().count()).collect();
        let size = size_of(&lengths, width, height);
        if size > best.1 {
            best = (broken, size);
        }
    }
    best
}

fn size_of(lengths: &[usize], width: f64, height: f64) -> f64 {
    let lines = lengths.len() as f64;
    let distance = height.min((LARGEST_TEXT + 3.0) * lines);
    let longest = lengths.iter().copied().max().unwrap_or_default().max(1) as f64;
    LARGEST_TEXT.min(distance / lines * 0.8).min((width - 8.0) / longest * 1.45)
}

/// Words in a number of lines, so that the longest line is as short as it can be.
fn balanced(words: &[&str], lines: usize) -> Vec<String> {
    let longest = words.iter().map(|word| word.chars().count()).max().unwrap_or_default();
    let whole = words.iter().map(|word| word.chars().count() + 1).sum::<usize>();
    for limit in longest..=whole {
        let mut broken: Vec<String> = Vec::new();
        for word in words {
            match broken.last_mut() {
                Some(line) if line.chars().count() + 1 + word.chars().count() <= limit => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => broken.push((*word).to_owned()),
            }
        }
        if broken.len() <= lines {
            return broken;
        }
    }
    vec![words.join(" ")]
}

/// What the layer is, and what its colours mean.
fn header(out: &mut String, layer: &Layer, width: f64) {
    let scored = layer.cells.values().any(|cell| cell.score.is_some());
    let mut boxes: Vec<&str> = vec!["about", "domain", "platforms"];
    if scored || !layer.legend.is_empty() {
        boxes.push("legend");
    }
    // The legend says most, and gets the room for it.
    let shares: Vec<f64> = boxes.iter().map(|name| if *name == "legend" { 2.6 } else { 1.0 }).collect();
    let gap = 10.0;
    let unit = (width - gap * (boxes.len() - 1) as f64) / shares.iter().sum::<f64>();
    let mut x = 0.0;
    for (name, share) in boxes.iter().zip(&shares) {
        let wide = unit * share;
        let _ = writeln!(
            out,
            "<g transform=\"translate({},5)\"><rect class=\"box\" width=\"{}\" height=\"{}\" rx=\"5\" fill=\"#ffffff\" stroke=\"#000000\"/>\
             <rect class=\"paper\" x=\"8\" y=\"-7\" width=\"{}\" height=\"12\" fill=\"#ffffff\" stroke=\"none\" style=\"stroke:none\"/>\
             <text class=\"ink\" x=\"10\" y=\"3\" font-size=\"12\" fill=\"#000000\">{name}</text>",
            round(x),
            round(wide),
            round(HEADER - 10.0),
            name.len() as f64 * 6.4 + 4.0
        );
        let inside = HEADER - 10.0;
        match *name {
            "about" => {
                let half = if layer.description.is_empty() { inside } else { inside / 2.0 };
                boxed(out, &layer.name, 0.0, wide, half);
                if !layer.description.is_empty() {
                    boxed(out, &layer.description, half, wide, half);
                }
            }
            "domain" => boxed(out, &format!("Enterprise ATT&CK v{}", layer.release.name()), 0.0, wide, inside),
            "platforms" => boxed(out, &layer.platforms.join(", "), 0.0, wide, inside),
            _ => legend(out, layer, wide, inside, scored),
        }
        out.push_str("</g>\n");
        x += wide + gap;
    }
}

/// A text on one line, cut where it is far too long to be read.
fn cut(text: &str, most: usize) -> String {
    let mut short: String = text.chars().map(|each| if each.is_whitespace() { ' ' } else { each }).take(most).collect();
    if text.chars().nth(most).is_some() {
        short.push('…');
    }
    short.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn boxed(out: &mut String, text: &str, y: f64, width: f64, height: f64) {
    let short = cut(text, 240);
    let size = fitted(&short, width, height - 14.0).1;
    let _ = write!(out, "<g transform=\"translate(2,{})\">", round(y + 7.0));
    words(out, &short, size, 4.0, width, height - 14.0, None, "");
    out.push_str("</g>");
}

fn legend(out: &mut String, layer: &Layer, width: f64, height: f64, scored: bool) {
    let room = width - 16.0;
    if scored && layer.legend.is_empty() {
        // Two fields for each colour, as in the Navigator.
        let fields = (layer.gradient.colors.len() * 2).min(20);
        let wide = room / fields as f64;
        for field in 0..fields {
            let share = field as f64 / (fields - 1).max(1) as f64;
            let score = layer.gradient.least + (layer.gradient.most - layer.gradient.least) * share;
            let color = layer.gradient.color(score).unwrap_or(Color::WHITE);
            swatch(out, &score_text((score * 100.0).round() / 100.0), color, 8.0 + field as f64 * wide, 16.0, wide, 24.0);
        }
        return;
    }
    let items = layer.legend.len().min(MOST_ITEMS);
    let rows = if items > 4 { 2 } else { 1 };
    let columns = items.div_ceil(rows).max(1);
    let (wide, high) = (room / columns as f64, (height - 16.0) / rows as f64);
    for (number, item) in layer.legend.iter().take(MOST_ITEMS).enumerate() {
        let (x, y) = (8.0 + (number % columns) as f64 * wide, 10.0 + (number / columns) as f64 * high);
        swatch(out, &cut(&item.label, 120), item.color, x, y, wide, high);
    }
}

/// A coloured field with its label.
fn swatch(out: &mut String, label: &str, color: Color, x: f64, y: f64, width: f64, height: f64) {
    let (wide, high) = ((width - 3.0).max(1.0), (height - 3.0).max(1.0));
    let size = fitted(label, wide, high).1;
    let _ = write!(
        out,
        "<g transform=\"translate({},{})\"><rect width=\"{}\" height=\"{}\" fill=\"{}\" stroke=\"{BORDER}\"/>",
        round(x),
        round(y),
        round(wide),
        round(high),
        color.hex()
    );
    words(out, label, size, 4.0, wide, high, Some(color.readable()), "");
    out.push_str("</g>");
}

/// A length with two decimals at most.
fn round(length: f64) -> f64 {
    // No negative zero: it would be written with its sign.
    (length * 100.0).round() / 100.0 + 0.0
}

/// Text for XML: what would be markup is spelled, and what XML 1.0 does not allow is replaced.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(character),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(character),
        }
    }
    out
}
