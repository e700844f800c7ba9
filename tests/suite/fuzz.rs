//! The fuzz targets without a fuzzer: the same readers (`fuzz/src/readers.rs`), from the same seeds, with changes at random. A
//! few of each by default; `HUNTC_COUNT=20000 cargo test --release --test suite fuzz:: -- --nocapture` runs so many of each,
//! `HUNTC_READER=NAME` of one alone. A failure prints `HUNTC_SEED`, which runs that one again with `HUNTC_COUNT=1`.

use std::panic;
use std::time::{Duration, Instant};

use crate::generate::Random;

#[path = "../../fuzz/src/readers.rs"]
mod readers;
#[path = "../../fuzz/src/seeds.rs"]
mod seeds;

/// No text this short may take longer, without optimisation and on a busy machine.
const LONGEST: Duration = Duration::from_secs(10);
/// Bytes of a seed: of longer ones a part is taken.
const BYTES: usize = 2000;
/// Inputs of each reader, unless `HUNTC_COUNT` asks for more.
const COUNT: u64 = 40;

/// What readers of text take for more than a character.
const PIECES: &[&str] = &[
    "\0",
    "\t",
    "\n",
    "\n\n",
    "\r\n",
    " ",
    "  ",
    "\"",
    "'",
    "\\",
    "\\\\",
    "\"\"\"",
    "`",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "|",
    ",",
    ";",
    ":",
    "-",
    "- ",
    "---\n",
    "#",
    "*",
    "?",
    ".",
    "/",
    "&",
    "!",
    "%",
    "$",
    "^",
    "+",
    "<",
    ">",
    "=",
    "==",
    "~",
    "@",
    "0",
    "-1",
    "18446744073709551616",
    "1e999",
    "0x",
    "null",
    "true",
    "not ",
    " and ",
    " or ",
    "\u{e9}",
    "\u{130}",
    "\u{feff}",
    "\u{2028}",
    "\u{1f600}",
    "\u{d7ff}",
    "a",
    "\\u0041",
    "\\x4",
    "{{",
    "}}",
    "/*",
    "//",
    "((((((((",
    "))))))))",
    "[[[[[[[[",
];

/// A seed with some changes; the first ones without any.
fn input(seeds: &[Vec<u8>], number: u64) -> Vec<u8> {
    let index = usize::try_from(number).unwrap();
    if let Some(seed) = seeds.get(index) {
        return seed[..seed.len().min(4 * BYTES)].to_vec();
    }
    let mut random = Random::new(number);
    let part = |random: &mut Random, most: usize| {
        let seed = random.pick(seeds);
        let from = if seed.len() > most { random.below(seed.len() - most) } else { 0 };
        seed[from..seed.len().min(from + most)].to_vec()
    };
    // Short seeds more often: they are read further.
    let mut bytes = (0..3).map(|_| random.pick(seeds)).min_by_key(|seed| seed.len()).unwrap().clone();
    bytes.truncate(4 * BYTES);
    for _ in 0..=random.below(4) {
        let from = random.below(bytes.len() + 1);
        let to = (from + random.below(12)).min(bytes.len());
        match random.below(7) {
            0 => drop(bytes.drain(from..to)),
            1 => drop(bytes.splice(from..to, random.pick(PIECES).bytes())),
            2 | 3 => drop(bytes.splice(from..from, random.pick(PIECES).bytes())),
            4 => {
                let other = part(&mut random, 30);
                drop(bytes.splice(from..to, other));
            }
            5 => {
                let again = bytes[from..to].to_vec();
                drop(bytes.splice(from..from, again));
            }
            _ => {
                if let Some(byte) = bytes.get_mut(from) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
    bytes
}

/// `cargo test --test suite fuzz:: -- --ignored`: what the fuzz targets start from.
#[test]
#[ignore = "writes fuzz/corpus"]
fn seeds_are_written() {
    for (name, _) in readers::ALL {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for (number, seed) in seeds::of(name).iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number:04}")), seed).unwrap();
        }
    }
}

#[test]
fn no_reader_takes_a_text_wrongly() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let only = std::env::var("HUNTC_READER").ok();
    let (first, count) = (number("HUNTC_SEED"), number("HUNTC_COUNT").unwrap_or(COUNT));
    let mut faults = Vec::new();
    for (name, reader) in readers::ALL {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        let seeds = seeds::of(name);
        assert!(seeds.len() >= 5, "{name} has {} seeds", seeds.len());
        // By default not the seeds as they are: most are read by other tests.
        let first = first.unwrap_or(if count > COUNT { 0 } else { 100_000 });
        let started = Instant::now();
        for number in first..first + count {
            let bytes = input(&seeds, number);
            let began = Instant::now();
            let told = panic::catch_unwind(|| reader(&bytes)).err().map(|payload| {
                let text = payload.downcast_ref::<String>().cloned();
                text.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
            });
            let late = (began.elapsed() > LONGEST).then(|| format!("took {:?}", began.elapsed()));
            if let Some(told) = told.or(late) {
                let text = String::from_utf8_lossy(&bytes);
                faults.push(format!("HUNTC_READER={name} HUNTC_SEED={number} HUNTC_COUNT=1: {told}\n{text:?}"));
                break;
            }
        }
        eprintln!("{name}: {count} inputs from {first} in {:?}", started.elapsed());
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}
