//! The hand-over of hunts: one HTML page that stands alone, for whoever takes over.
//!
//! Every value goes through the template engine's escaping for HTML; what is not escaped is our own style sheet, our own script and
//! the picture, which escapes for itself. The page's own policy forbids every request and every script but that one.

mod contents;
mod matches;

pub use matches::{Matches, read_matches};

use std::fmt;

use base64::Engine as _;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, context};
use sha2::{Digest, Sha256};

use crate::compile::{Build, Session};
use crate::coverage::{self, Coverage};
use crate::layer::{self, Size};
use crate::lifecycle::Standing;
use crate::runner::TestReport;

const TEMPLATE: &str = include_str!("templates/report.html");
const STYLE: &str = include_str!("templates/report.css");
const SCRIPT: &str = include_str!("templates/report.js");

/// Everything that a page is made of.
#[derive(Clone, Copy)]
pub struct Page<'a> {
    /// The heading; nothing for one that is made of the hunts.
    pub title: Option<&'a str>,
    pub session: &'a Session,
    pub build: &'a Build,
    pub standings: &'a [Standing],
    pub coverage: &'a Coverage,
    pub tests: &'a [TestReport],
    /// What a search found.
    pub matches: Option<&'a Matches>,
    /// `YYYY-MM-DD`; empty where no file tells of a day.
    pub as_of: &'a str,
}

impl fmt::Debug for Page<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Page").field("title", &self.title).field("as_of", &self.as_of).finish_non_exhaustive()
    }
}

/// The page's text.
///
/// # Errors
/// What is wrong with the template, which is a part of the program: a test renders it.
pub fn html(page: &Page<'_>) -> Result<String, Error> {
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(SCRIPT.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; img-src data:"
    );
    let picture = layer::svg(&coverage::layer(page.coverage), Size::Fitting);
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("report.html", TEMPLATE)?;
    let mut text = environment.get_template("report.html")?.render(context! {
        policy,
        css => Value::from_safe_string(STYLE.to_owned()),
        js => Value::from_safe_string(SCRIPT.to_owned()),
        picture => Value::from_safe_string(picture),
        huntc => env!("CARGO_PKG_VERSION"),
        ..Serde(contents::contents(page))
    })?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}
