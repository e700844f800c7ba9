//! Lookup tables: `transforms.conf` and CSV files as text, and what a table holds (SR/lookup; transforms.conf.spec).

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use super::address;
use super::doubts::{Doubt, Readings};
use super::problem::Problem;

/// The tables that searches may ask, by the name of their definition.
#[derive(Clone, Debug, Default)]
pub struct Lookups {
    tables: BTreeMap<String, Arc<Table>>,
}

/// A table of one column.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) column: String,
    rows: Rows,
}

#[derive(Debug)]
enum Rows {
    /// "case_sensitive_match … Default: true".
    Texts(BTreeSet<String>),
    /// `match_type = CIDR(column)`: networks by how many bits their addresses and prefixes have.
    Blocks(BTreeMap<(u8, u8), BTreeSet<u128>>),
}

impl Lookups {
    /// Reads the definitions of `transforms.conf` and the files that they name.
    ///
    /// # Errors
    /// A setting, a file or a row that is not known.
    pub fn read(transforms: &str, files: &BTreeMap<String, String>) -> Result<Lookups, Problem> {
        let mut stanzas: Vec<(String, BTreeMap<String, String>)> = Vec::new();
        for line in transforms.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                stanzas.push((name.to_owned(), BTreeMap::new()));
                continue;
            }
            let setting = line.split_once('=').zip(stanzas.last_mut());
            let Some(((key, value), (_, settings))) = setting else {
                return Err(Problem::syntax("this line of transforms.conf cannot be read", line));
            };
            settings.insert(key.trim().to_owned(), value.trim().to_owned());
        }
        let mut tables = BTreeMap::new();
        for (name, settings) in stanzas {
            let table = table(&name, &settings, files)?;
            tables.insert(name, Arc::new(table));
        }
        Ok(Lookups { tables })
    }

    pub(super) fn table(&self, name: &str) -> Result<Arc<Table>, Problem> {
        self.tables.get(name).cloned().ok_or_else(|| Problem::unknown("there is no definition of this lookup", name))
    }
}

fn table(name: &str, settings: &BTreeMap<String, String>, files: &BTreeMap<String, String>) -> Result<Table, Problem> {
    let mut match_type = None;
    for (key, value) in settings {
        match (key.as_str(), value.as_str()) {
            ("filename", _) => {}
            // Whichever rows match, that one does is all that is asked.
            ("max_matches", "1") => {}
            ("match_type", value) => match_type = Some(value),
            _ => return Err(Problem::unknown("this setting of a lookup is not known", &format!("{key} = {value}"))),
        }
    }
    let file = settings.get("filename").ok_or_else(|| Problem::unknown("a lookup without a file is not known", name))?;
    let text = files.get(file).ok_or_else(|| Problem::unknown("there is no file of this lookup", file))?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let mut records = reader.records().map(|record| match record {
        Ok(record) if record.len() == 1 => Ok(record.get(0).unwrap_or_default().to_owned()),
        Ok(_) => Err(Problem::unknown("a lookup of several columns is not known", file)),
        Err(_) => Err(Problem::syntax("this file of a lookup cannot be read", file)),
    });
    let column = records.next().ok_or_else(|| Problem::syntax("this file of a lookup has no header", file))??;
    let rows = match match_type {
        None => Rows::Texts(records.collect::<Result<_, _>>()?),
        Some(kind) if *kind == format!("CIDR({column})") => {
            let mut blocks: BTreeMap<(u8, u8), BTreeSet<u128>> = BTreeMap::new();
            for row in records {
                let row = row?;
                let block = address::block(&row).ok_or_else(|| Problem::unknown("this row is no block of addresses", &row))?;
                let (network, width) = block.network();
                blocks.entry((width, block.prefix())).or_default().insert(kept(network, width, block.prefix()));
            }
            Rows::Blocks(blocks)
        }
        Some(kind) => return Err(Problem::unknown("this way of matching is not known", kind)),
    };
    Ok(Table { column, rows })
}

/// The first bits of an address of so many.
fn kept(bits: u128, width: u8, prefix: u8) -> u128 {
    bits.checked_shr(u32::from(width - prefix)).unwrap_or(0)
}

impl Table {
    /// Whether some row matches the value.
    pub(super) fn holds(&self, value: &str, readings: &Readings) -> bool {
        match &self.rows {
            Rows::Texts(rows) => rows.contains(value),
            // As `cidrmatch` (see `address`): what is near to an address, and IPv4 addresses in IPv6 spelling, are doubts.
            Rows::Blocks(blocks) => {
                let usual = value.parse().is_ok_and(|address| some_holds(blocks, address, readings));
                let nearly = address::nearly(value).is_some_and(|address| some_holds(blocks, address, readings));
                readings.choose(Doubt::AddressSpelling, usual, usual || nearly)
            }
        }
    }
}

fn some_holds(blocks: &BTreeMap<(u8, u8), BTreeSet<u128>>, address: IpAddr, readings: &Readings) -> bool {
    let within = |address: IpAddr| {
        let (bits, width) = address::bits(address);
        blocks.iter().any(|((family, prefix), networks)| *family == width && networks.contains(&kept(bits, width, *prefix)))
    };
    let plain = within(address);
    let other = match address {
        IpAddr::V4(four) => within(IpAddr::V6(four.to_ipv6_mapped())),
        IpAddr::V6(six) => six.to_ipv4_mapped().is_some_and(|four| within(IpAddr::V4(four))),
    };
    readings.choose(Doubt::MappedAddress, plain, plain || other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookups(transforms: &str, file: &str) -> Result<Lookups, Problem> {
        Lookups::read(transforms, &BTreeMap::from([("t.csv".to_owned(), file.to_owned())]))
    }

    #[test]
    fn a_table_holds_its_rows_as_they_are() {
        let table = lookups("# c\n[t]\nfilename = t.csv\nmax_matches = 1\n", "key\na.example\n\"b, \"\"c\"\"\"\n")
            .unwrap()
            .table("t")
            .unwrap();
        let readings = Readings::default();
        assert!(table.holds("a.example", &readings) && table.holds("b, \"c\"", &readings));
        assert!(!table.holds("A.example", &readings) && !table.holds("key", &readings));
    }

    #[test]
    fn blocks_hold_addresses() {
        let text = "key\n10.0.0.0/8\n192.0.2.1/32\n2001:db8::/32\n";
        let table = lookups("[t]\nfilename = t.csv\nmatch_type = CIDR(key)\n", text).unwrap().table("t").unwrap();
        let readings = Readings::default();
        for (value, expected) in [
            ("10.255.1.2", true),
            ("11.0.0.0", false),
            ("192.0.2.1", true),
            ("192.0.2.2", false),
            ("2001:db8::9", true),
            ("2001:db9::", false),
        ] {
            assert_eq!(table.holds(value, &readings), expected, "{value}");
        }
        assert_eq!(readings.met(), 0);
        table.holds("::ffff:10.1.1.1", &readings);
        assert_ne!(readings.met(), 0, "a mapped address beside IPv4 rows alone is a doubt");
    }

    #[test]
    fn what_is_not_known_is_said() {
        for transforms in ["[t]\nfilename = t.csv\nmin_matches = 1\n", "[t]\n", "[t]\nfilename = u.csv\n", "x"] {
            assert!(lookups(transforms, "key\n").is_err(), "{transforms}");
        }
        assert!(lookups("[t]\nfilename = t.csv\n", "a,b\n").is_err());
    }
}
