//! How long an indicator applies: counted from when it was last seen, by type.
//!
//! Addresses change hands within weeks, domains within months; a hash stays what it is. The defaults follow what others use:
//! SEKOIA.IO's published lifetimes (an address a month, a domain and a URL six months, a hash a year). A rule (YARA, Sigma), a
//! link or a vulnerability does not age.

use std::cell::RefCell;
use std::collections::HashMap;

use jiff::civil::Date;
use jiff::{Span, ToSpan};

use super::Type;
use crate::indicator::Kind;

/// Days that an indicator of each type applies after it was last seen.
#[derive(Clone, Debug, Default)]
pub struct Lifetimes {
    /// What the call says instead; `None`: it never expires.
    own: Vec<(Kind, Option<u32>)>,
    never: bool,
    /// When what comes without a date was seen.
    seen: Option<Date>,
    /// Dates that were calculated: a million indicators have a few hundred different ones.
    known: RefCell<Known>,
}

/// Last days, by the day on which something was seen and for how many days it applies.
type Known = HashMap<(Date, u32), Option<Box<str>>>;

/// Dates beyond which none is remembered.
const MOST_KNOWN: usize = 100_000;

/// A word of `--expires` that names no type of indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownType(pub String);

/// No lifetime is longer: a date must have four digits.
const LONGEST: u32 = 36_500;

impl Lifetimes {
    /// Nothing expires but what its source says.
    pub fn never() -> Lifetimes {
        Lifetimes { never: true, ..Lifetimes::default() }
    }

    /// Reads `domain=90d` or `sha256=never`, and sets it.
    ///
    /// # Errors
    /// What cannot be read, in words for the caller.
    pub fn set(&mut self, text: &str) -> Result<(), String> {
        if text == "never" {
            self.never = true;
            return Ok(());
        }
        let (kind, period) = text.split_once('=').ok_or("write TYPE=DAYS, such as domain=90d")?;
        let kind = Kind::parse(kind.trim()).ok_or_else(|| format!("there is no type of indicator called `{}`", kind.trim()))?;
        let days = match period.trim() {
            "never" => None,
            days => Some(
                days.trim_end_matches('d')
                    .parse::<u32>()
                    .ok()
                    .filter(|days| (1..=LONGEST).contains(days))
                    .ok_or_else(|| format!("`{days}` is no number of days from 1 to {LONGEST}"))?,
            ),
        };
        self.own.retain(|(known, _)| *known != kind);
        self.own.push((kind, days));
        Ok(())
    }

    /// Sets the day on which what comes without a date was last seen.
    ///
    /// # Errors
    /// Where the text is no date.
    pub fn set_seen(&mut self, date: &str) -> Result<(), String> {
        self.seen = Some(date.parse::<Date>().map_err(|_| format!("`{date}` is no date; write one such as 2026-11-24"))?);
        Ok(())
    }

    pub(super) fn seen(&self) -> Option<Date> {
        self.seen
    }

    /// The days of a type; `None` where it does not expire.
    pub fn days(&self, kind: Type) -> Option<u32> {
        let Type::Indicator(kind) = kind else { return None };
        if let Some((_, own)) = self.own.iter().find(|(known, _)| *known == kind) {
            return *own;
        }
        if self.never {
            return None;
        }
        match kind {
            Kind::Ip | Kind::Port => Some(30),
            Kind::Domain | Kind::Url | Kind::Uri | Kind::Email | Kind::EmailSubject | Kind::Asn | Kind::Mac => Some(180),
            Kind::Cve | Kind::Btc | Kind::Xmr | Kind::Dash => None,
            Kind::UserAgent
            | Kind::Md5
            | Kind::Sha1
            | Kind::Sha224
            | Kind::Sha256
            | Kind::Sha384
            | Kind::Sha512
            | Kind::Imphash
            | Kind::Pehash
            | Kind::Authentihash
            | Kind::Ssdeep
            | Kind::Tlsh
            | Kind::FileName
            | Kind::FilePath
            | Kind::Pdb
            | Kind::ProcessName
            | Kind::CommandLine
            | Kind::RegistryKey
            | Kind::RegistryValue
            | Kind::Mutex
            | Kind::NamedPipe
            | Kind::Service
            | Kind::ScheduledTask
            | Kind::CertificateMd5
            | Kind::CertificateSha1
            | Kind::CertificateSha256
            | Kind::CertificateSerial
            | Kind::Ja3
            | Kind::Ja3s
            | Kind::Jarm
            | Kind::Hassh
            | Kind::Text => Some(365),
        }
    }

    /// The last day on which an indicator applies that was seen on `seen`.
    pub(super) fn until(&self, kind: Type, seen: Date) -> Option<Box<str>> {
        let days = self.days(kind)?;
        if let Some(known) = self.known.borrow().get(&(seen, days)) {
            return known.clone();
        }
        let span: Span = i64::from(days).days();
        let until: Option<Box<str>> = seen.checked_add(span).ok().map(|date| date.to_string().into());
        let mut known = self.known.borrow_mut();
        if known.len() < MOST_KNOWN {
            known.insert((seen, days), until.clone());
        }
        until
    }
}
