//! Standard output and error, colour and the form of findings.

use std::io::{IsTerminal, Write};

use clap::ArgMatches;

use crate::diag::render::{self, Format, Style};
use crate::diag::{Diagnostic, SourceMap};

/// Results go to standard output, findings and summaries to standard error.
pub(super) struct Terminal {
    out: std::io::BufWriter<std::io::Stdout>,
    pub(super) format: Format,
    pub(super) style: Style,
    pub(super) out_color: bool,
    pub(super) quiet: bool,
    /// Set once a stream cannot be written, such as a full disk behind a redirection.
    broken: bool,
    /// A reader that went away (`huntc show … | head`) is no failure.
    closed: bool,
}

impl Terminal {
    pub(super) fn new(arguments: &ArgMatches) -> Self {
        let format =
            arguments.get_one::<String>("diagnostics").and_then(|name| Format::ALL.iter().find(|format| format.name() == name));
        let colored = |is_terminal: bool| match arguments.get_one::<String>("color").map(String::as_str) {
            Some("always") => true,
            Some("never") => false,
            _ => is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        };
        Terminal {
            out: std::io::BufWriter::new(std::io::stdout()),
            format: format.copied().unwrap_or_default(),
            style: Style { color: colored(std::io::stderr().is_terminal()), ..Style::default() },
            out_color: colored(std::io::stdout().is_terminal()),
            quiet: arguments.get_flag("quiet"),
            broken: false,
            closed: false,
        }
    }

    /// Writes a result.
    pub(super) fn print(&mut self, text: &str) {
        if self.broken || self.closed {
            return;
        }
        if let Err(error) = self.out.write_all(text.as_bytes()) {
            self.failed(&error);
        }
    }

    /// Writes findings in the form that was asked for.
    pub(super) fn report(&mut self, diagnostics: &[Diagnostic], sources: &SourceMap) {
        // Results that stand above a finding must be seen above it.
        self.flush();
        let text = render::render(self.format, diagnostics, sources, self.style);
        self.error(&text);
    }

    /// A line that counts what happened; not shown with `--quiet`, nor beside findings that a machine reads.
    pub(super) fn summary(&mut self, text: &str) {
        if !self.quiet && self.format == Format::Text {
            self.flush();
            self.error(&format!("{text}\n"));
        }
    }

    /// A finding about the call itself.
    pub(super) fn complain(&mut self, code: &'static str, message: impl Into<String>, help: Option<&str>) {
        let mut diagnostic = Diagnostic::of_the_call(code, message);
        if let Some(help) = help {
            diagnostic = diagnostic.help(help);
        }
        self.report(&[diagnostic], &SourceMap::default());
    }

    pub(super) fn error(&mut self, text: &str) {
        // Where standard error is gone there is nobody to tell.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }

    fn flush(&mut self) {
        if let Err(error) = self.out.flush() {
            self.failed(&error);
        }
    }

    fn failed(&mut self, error: &std::io::Error) {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            self.closed = true;
        } else if !self.broken {
            self.broken = true;
            self.error(&format!("error[E0608]: the result cannot be written: {error}\n"));
        }
    }

    /// Whether everything was written.
    pub(super) fn finish(&mut self) -> bool {
        if !self.broken && !self.closed {
            self.flush();
        }
        !self.broken
    }
}
