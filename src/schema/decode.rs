//! How a column becomes a canonical value: a closed set of conversions that mapping rows may name.

/// An expression over a product's columns that yields a canonical field's value.
///
/// Written in mapping files as a call: `column(FolderPath)`, `account(AccountDomain, AccountName)`,
/// `case(ActionType, "InboundConnectionAccepted", column(LocalIP), column(RemoteIP))`. "Absent" below means null, or the
/// empty text where the product cannot tell the two apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decode {
    /// `column(C)`: the column's value.
    Column(String),
    /// `coalesce(d, e, …)`: the first that is present (two renderings of one record).
    Coalesce(Vec<Decode>),
    /// `element(C, n)`: the n-th value, from 0, of a multivalue field (Splunk's classic `Account_Name`).
    Element { column: String, index: usize },
    /// `account(D, N)`: `domain\name`; the name alone where the domain is absent; absent where the name is.
    Account { domain: String, name: String },
    /// `path(F, N)`: folder, `\`, name; for products that store the two apart. Absent where the name is.
    Path { folder: String, name: String },
    /// `constant("v")`: the same for every row of the log source.
    Constant(String),
    /// `json(C, a.b)`: the text at a path inside a column that holds JSON.
    Json { column: String, path: Vec<String> },
    /// `xml_data(C, N)`: the text of `<Data Name="N">` inside a column that holds a Windows event's XML (`&amp;` and the like are
    /// characters again).
    XmlData { column: String, name: String },
    /// `xml_values(C)`: the texts of the `<Data>` elements without a name inside a column that holds a Windows event's XML, as a list
    /// in their order; an element without characters has no value. Of a whole field only, never a part of another conversion.
    XmlValues(String),
    /// `hash_in(C, SHA256)`: one algorithm's value inside a text like `MD5=…,SHA256=…`. `hash_in(C, N, SHA256)`: that text is the
    /// one of `<Data Name="N">` inside the XML of C.
    HashIn { column: String, data: Option<String>, algorithm: String },
    /// `hashes(MD5, C, SHA256, D, …)`: the text `MD5=…,SHA256=…` from columns, present ones in this order.
    Hashes(Vec<(String, String)>),
    /// `registry(K, V)`: key, `\`, value name, as Sysmon writes them. Roots: `HKEY_LOCAL_MACHINE\SOFTWARE\Classes` and
    /// `HKEY_CLASSES_ROOT` are `HKCR`, else `HKEY_LOCAL_MACHINE` is `HKLM`; `HKEY_USERS` is `HKU`, and so is `HKEY_CURRENT_USER` before
    /// `\S-1-` (Defender writes a user's hive so); `HKLM\SYSTEM\ControlSet001` is `…\CurrentControlSet`. A value without a name is
    /// `(Default)`. `registry(K)` is for keys. Absent where the key is.
    Registry { key: String, value: Option<String> },
    /// `registry_data(T, D)`: a registry value's data as Sysmon writes it, from a type column and a data column (Defender's words:
    /// `Dword` and `QWord` with decimal data, `Binary` without data, `String`, `ExpandString`, `MultiString`, `None`): `DWORD
    /// (0x00000001)`, `QWORD (0x00000000-0x00000001)`, `Binary Data`, the text, or `(Empty)` for a text without characters.
    RegistryData { kind: String, data: String },
    /// `case(C, "v", d, "w", e, f)`: by the value of a column (ignoring ASCII case); the last, unpaired one is for every other
    /// value (`absent` there if it is missing).
    Case { column: String, arms: Vec<(String, Decode)>, otherwise: Option<Box<Decode>> },
    /// `url_host(C)`: the host of a column that holds a URL or a bare host name: what stands after an optional `scheme://` and
    /// before the first `/`, `:`, `?` or `#`. Absent where that is empty.
    UrlHost(String),
    /// `after("p", d)`: what follows the text `p` where the value begins with it (ignoring ASCII case), else the value: Defender
    /// writes `\Device\NamedPipe\lsass` where Sysmon writes `\lsass`.
    After { prefix: String, value: Box<Decode> },
    /// `hex(C)`: an integer that the column writes, as text, as `0x3e7` or in decimal.
    Hex(String),
    /// `absent("why")`: this profile does not keep the field; the reason reaches the user.
    Absent(String),
}

impl Decode {
    /// Reads one expression.
    ///
    /// # Errors
    /// What is wrong with it, for the test that reads every row.
    pub fn parse(text: &str) -> Result<Decode, String> {
        let mut reader = Reader { rest: text.trim() };
        let decode = reader.decode()?;
        if reader.rest.trim().is_empty() { Ok(decode) } else { Err(format!("`{}` follows the expression", reader.rest)) }
    }

    /// The same value where a column is known to have one of these values: arms of `case` that cannot be reached are left out,
    /// and a `case` whose remaining arms agree becomes what they agree on. Letters A–Z ignore case.
    #[must_use]
    pub fn given(&self, column: &str, values: &[&str]) -> Decode {
        match self {
            Decode::Coalesce(parts) => Decode::Coalesce(parts.iter().map(|part| part.given(column, values)).collect()),
            Decode::Case { column: by, arms, otherwise } if by == column => {
                let mut reached = Vec::new();
                let mut others = false;
                for value in values {
                    match arms.iter().find(|(arm, _)| arm.eq_ignore_ascii_case(value)) {
                        Some((arm, decode)) => reached.push((arm.clone(), decode.given(column, &[value]))),
                        None => others = true,
                    }
                }
                let otherwise = otherwise.as_ref().filter(|_| others).map(|decode| Box::new(decode.given(column, values)));
                match (&reached[..], &otherwise) {
                    ([], Some(decode)) => (**decode).clone(),
                    ([(_, first), rest @ ..], None) if !others && rest.iter().all(|(_, decode)| decode == first) => first.clone(),
                    ([(_, first), rest @ ..], Some(decode)) if **decode == *first && rest.iter().all(|(_, arm)| arm == first) => {
                        first.clone()
                    }
                    _ => Decode::Case { column: by.clone(), arms: reached, otherwise },
                }
            }
            Decode::Case { column: by, arms, otherwise } => Decode::Case {
                column: by.clone(),
                arms: arms.iter().map(|(value, decode)| (value.clone(), decode.given(column, values))).collect(),
                otherwise: otherwise.as_ref().map(|decode| Box::new(decode.given(column, values))),
            },
            other => other.clone(),
        }
    }

    /// The columns that the value is read from, in order of mention.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Decode::Column(column)
            | Decode::Element { column, .. }
            | Decode::Json { column, .. }
            | Decode::XmlData { column, .. }
            | Decode::XmlValues(column)
            | Decode::HashIn { column, .. }
            | Decode::UrlHost(column)
            | Decode::Hex(column) => vec![column],
            Decode::Coalesce(parts) => parts.iter().flat_map(Decode::columns).collect(),
            Decode::Account { domain, name } => vec![domain, name],
            Decode::Path { folder, name } => vec![folder, name],
            Decode::Hashes(parts) => parts.iter().map(|(_, column)| column.as_str()).collect(),
            Decode::Registry { key, value } => std::iter::once(key.as_str()).chain(value.as_deref()).collect(),
            Decode::RegistryData { kind, data } => vec![kind, data],
            Decode::Case { column, arms, otherwise } => std::iter::once(column.as_str())
                .chain(arms.iter().flat_map(|(_, decode)| decode.columns()))
                .chain(otherwise.iter().flat_map(|decode| decode.columns()))
                .collect(),
            Decode::After { value, .. } => value.columns(),
            Decode::Constant(_) | Decode::Absent(_) => Vec::new(),
        }
    }
}

impl std::fmt::Display for Decode {
    /// Writes the call notation that [`Decode::parse`] reads.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list = |formatter: &mut std::fmt::Formatter<'_>, name: &str, words: &[&str]| {
            write!(formatter, "{name}({})", words.join(", "))
        };
        match self {
            Decode::Column(column) => list(formatter, "column", &[column]),
            Decode::Hex(column) => list(formatter, "hex", &[column]),
            Decode::UrlHost(column) => list(formatter, "url_host", &[column]),
            Decode::XmlValues(column) => list(formatter, "xml_values", &[column]),
            Decode::Element { column, index } => write!(formatter, "element({column}, {index})"),
            Decode::Account { domain, name } => list(formatter, "account", &[domain, name]),
            Decode::Path { folder, name } => list(formatter, "path", &[folder, name]),
            Decode::After { prefix, value } => write!(formatter, "after(\"{prefix}\", {value})"),
            Decode::Constant(text) => write!(formatter, "constant(\"{text}\")"),
            Decode::Absent(reason) => write!(formatter, "absent(\"{reason}\")"),
            Decode::Json { column, path } => list(formatter, "json", &[column, &path.join(".")]),
            Decode::XmlData { column, name } => list(formatter, "xml_data", &[column, name]),
            Decode::HashIn { column, data, algorithm } => {
                let words: Vec<&str> =
                    std::iter::once(column.as_str()).chain(data.as_deref()).chain(std::iter::once(algorithm.as_str())).collect();
                list(formatter, "hash_in", &words)
            }
            Decode::Hashes(parts) => {
                let words: Vec<&str> =
                    parts.iter().flat_map(|(algorithm, column)| [algorithm.as_str(), column.as_str()]).collect();
                list(formatter, "hashes", &words)
            }
            Decode::Registry { key, value } => {
                let words: Vec<&str> = std::iter::once(key.as_str()).chain(value.as_deref()).collect();
                list(formatter, "registry", &words)
            }
            Decode::RegistryData { kind, data } => list(formatter, "registry_data", &[kind, data]),
            Decode::Coalesce(parts) => {
                let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
                write!(formatter, "coalesce({})", parts.join(", "))
            }
            Decode::Case { column, arms, otherwise } => {
                write!(formatter, "case({column}")?;
                for (value, decode) in arms {
                    write!(formatter, ", \"{value}\", {decode}")?;
                }
                if let Some(decode) = otherwise {
                    write!(formatter, ", {decode}")?;
                }
                formatter.write_str(")")
            }
        }
    }
}

/// A reader of the call notation. Mapping files are our own, so it reports in one line and stops at the first fault.
struct Reader<'a> {
    rest: &'a str,
}

enum Argument {
    Word(String),
    Text(String),
    Call(Decode),
}

impl Reader<'_> {
    fn decode(&mut self) -> Result<Decode, String> {
        match self.argument()? {
            Argument::Call(decode) => Ok(decode),
            Argument::Word(word) | Argument::Text(word) => Err(format!("expected a call, found `{word}`")),
        }
    }

    fn argument(&mut self) -> Result<Argument, String> {
        self.rest = self.rest.trim_start();
        if let Some(after) = self.rest.strip_prefix('"') {
            let end = after.find('"').ok_or("text without an end")?;
            let text = after[..end].to_owned();
            self.rest = &after[end + 1..];
            return Ok(Argument::Text(text));
        }
        let end = self.rest.find(['(', ')', ',', '"']).unwrap_or(self.rest.len());
        let word = self.rest[..end].trim().to_owned();
        self.rest = &self.rest[end..];
        if !self.rest.starts_with('(') {
            return if word.is_empty() { Err("an argument is missing".to_owned()) } else { Ok(Argument::Word(word)) };
        }
        self.rest = &self.rest[1..];
        let mut arguments = Vec::new();
        loop {
            arguments.push(self.argument()?);
            self.rest = self.rest.trim_start();
            if let Some(after) = self.rest.strip_prefix(',') {
                self.rest = after;
            } else if let Some(after) = self.rest.strip_prefix(')') {
                self.rest = after;
                return build(&word, arguments).map(Argument::Call);
            } else {
                return Err(format!("`{word}(` without an end"));
            }
        }
    }
}

fn build(name: &str, arguments: Vec<Argument>) -> Result<Decode, String> {
    let mut arguments = arguments.into_iter();
    let wrong = || format!("wrong arguments of `{name}`");
    let decode = match name {
        "column" => Decode::Column(word(arguments.next()).ok_or_else(wrong)?),
        "hex" => Decode::Hex(word(arguments.next()).ok_or_else(wrong)?),
        "xml_values" => Decode::XmlValues(word(arguments.next()).ok_or_else(wrong)?),
        "url_host" => Decode::UrlHost(word(arguments.next()).ok_or_else(wrong)?),
        "after" => Decode::After {
            prefix: text(arguments.next()).ok_or_else(wrong)?,
            value: Box::new(call(arguments.next()).ok_or_else(wrong)?),
        },
        "constant" => Decode::Constant(text(arguments.next()).ok_or_else(wrong)?),
        "absent" => Decode::Absent(text(arguments.next()).ok_or_else(wrong)?),
        "coalesce" => {
            Decode::Coalesce(arguments.by_ref().map(|each| call(Some(each)).ok_or_else(wrong)).collect::<Result<_, _>>()?)
        }
        "element" => {
            let column = word(arguments.next()).ok_or_else(wrong)?;
            let index = word(arguments.next()).and_then(|index| index.parse().ok()).ok_or_else(wrong)?;
            Decode::Element { column, index }
        }
        "account" => {
            Decode::Account { domain: word(arguments.next()).ok_or_else(wrong)?, name: word(arguments.next()).ok_or_else(wrong)? }
        }
        "path" => {
            Decode::Path { folder: word(arguments.next()).ok_or_else(wrong)?, name: word(arguments.next()).ok_or_else(wrong)? }
        }
        "json" => Decode::Json {
            column: word(arguments.next()).ok_or_else(wrong)?,
            path: word(arguments.next()).ok_or_else(wrong)?.split('.').map(str::to_owned).collect(),
        },
        "xml_data" => {
            Decode::XmlData { column: word(arguments.next()).ok_or_else(wrong)?, name: word(arguments.next()).ok_or_else(wrong)? }
        }
        "hash_in" => {
            let column = word(arguments.next()).ok_or_else(wrong)?;
            let second = word(arguments.next()).ok_or_else(wrong)?;
            match word(arguments.next()) {
                Some(algorithm) => Decode::HashIn { column, data: Some(second), algorithm },
                None => Decode::HashIn { column, data: None, algorithm: second },
            }
        }
        "hashes" => {
            let mut parts = Vec::new();
            while let Some(algorithm) = arguments.next() {
                parts.push((word(Some(algorithm)).ok_or_else(wrong)?, word(arguments.next()).ok_or_else(wrong)?));
            }
            Decode::Hashes(parts)
        }
        "registry" => Decode::Registry { key: word(arguments.next()).ok_or_else(wrong)?, value: word(arguments.next()) },
        "registry_data" => Decode::RegistryData {
            kind: word(arguments.next()).ok_or_else(wrong)?,
            data: word(arguments.next()).ok_or_else(wrong)?,
        },
        "case" => {
            let column = word(arguments.next()).ok_or_else(wrong)?;
            let (mut arms, mut otherwise) = (Vec::new(), None);
            while let Some(argument) = arguments.next() {
                match argument {
                    Argument::Text(value) => arms.push((value, call(arguments.next()).ok_or_else(wrong)?)),
                    Argument::Call(decode) => {
                        otherwise = Some(Box::new(decode));
                        break;
                    }
                    Argument::Word(_) => return Err(wrong()),
                }
            }
            Decode::Case { column, arms, otherwise }
        }
        _ => return Err(format!("no conversion is called `{name}`")),
    };
    if arguments.next().is_some() { Err(wrong()) } else { Ok(decode) }
}

fn word(argument: Option<Argument>) -> Option<String> {
    match argument? {
        Argument::Word(word) => Some(word),
        Argument::Text(_) | Argument::Call(_) => None,
    }
}

fn text(argument: Option<Argument>) -> Option<String> {
    match argument? {
        Argument::Text(text) => Some(text),
        Argument::Word(_) | Argument::Call(_) => None,
    }
}

fn call(argument: Option<Argument>) -> Option<Decode> {
    match argument? {
        // A list is no part of a text.
        Argument::Call(Decode::XmlValues(_)) | Argument::Word(_) | Argument::Text(_) => None,
        Argument::Call(decode) => Some(decode),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form_and_refuses_near_misses() {
        let read = |text| Decode::parse(text).unwrap();
        assert_eq!(read("column(FolderPath)"), Decode::Column("FolderPath".into()));
        assert_eq!(
            read(r#"case(ActionType, "In, side", column(LocalIP), column(RemoteIP))"#),
            Decode::Case {
                column: "ActionType".into(),
                arms: vec![("In, side".into(), Decode::Column("LocalIP".into()))],
                otherwise: Some(Box::new(Decode::Column("RemoteIP".into()))),
            }
        );
        assert_eq!(read("coalesce(column(A), element(B, 1))").columns(), ["A", "B"]);
        assert_eq!(read("xml_values(EventData_Xml)"), Decode::XmlValues("EventData_Xml".into()));
        assert_eq!(read("url_host(RemoteUrl)"), Decode::UrlHost("RemoteUrl".into()));
        assert_eq!(
            read(r#"after("\Device", json(F, a.b))"#),
            Decode::After {
                prefix: r"\Device".into(),
                value: Box::new(Decode::Json { column: "F".into(), path: vec!["a".into(), "b".into()] }),
            }
        );
        assert_eq!(read("registry(K)"), Decode::Registry { key: "K".into(), value: None });
        for bad in [
            "column",
            "coalesce(xml_values(A))",
            "column()",
            "column(A, B)",
            "nosuch(A)",
            "column(A) x",
            r#"constant(A)"#,
            "element(A, b)",
            r#"absent("x)"#,
        ] {
            assert!(Decode::parse(bad).is_err(), "{bad} was read");
        }
    }

    #[test]
    fn a_known_value_chooses_its_arm() {
        let read = |text| Decode::parse(text).unwrap();
        let decode = read(r#"case(EventCode, "4624", column(A), "4625", column(A), "4634", column(B), column(C))"#);
        assert_eq!(decode.given("EventCode", &["4624"]), Decode::Column("A".into()));
        assert_eq!(decode.given("EventCode", &["4624", "4625"]), Decode::Column("A".into()));
        assert_eq!(decode.given("EventCode", &["4700"]), Decode::Column("C".into()));
        assert_eq!(
            decode.given("EventCode", &["4624", "4634"]),
            read(r#"case(EventCode, "4624", column(A), "4634", column(B))"#)
        );
        assert_eq!(decode.given("EventCode", &["4634", "1"]), read(r#"case(EventCode, "4634", column(B), column(C))"#));
        assert_eq!(decode.given("Channel", &["x"]), decode);
        let without = read(r#"case(ActionType, "a", column(A))"#);
        assert_eq!(
            without.given("ActionType", &["b"]),
            Decode::Case { column: "ActionType".into(), arms: vec![], otherwise: None }
        );
    }
}
