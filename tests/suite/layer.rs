//! Navigator layers: known answers of the Navigator 5.1.0, which were computed by running its own code; reading, writing, the
//! picture, and bad input.

use std::collections::{BTreeMap, BTreeSet};

use huntc::attack::{Facts, Release};
use huntc::diag::render::{self, Format, Style};
use huntc::diag::{Diagnostic, SourceId, SourceMap};
use huntc::layer::{self, Combined, Expression, Layer, Options, Reach, Size, Source, evaluate};

use crate::shared;

fn source(facts: &'static Facts, name: &str, score: f64) -> Source {
    let object = facts.resolve_software(name).live().unwrap();
    layer::object_source(facts, facts, &object, Reach::default(), score)
}

/// WannaCry, Stuxnet and Conficker as a, b and c.
fn worms(release: Release) -> Vec<Source> {
    let facts = release.facts();
    [("WannaCry", 1.0), ("Stuxnet", 2.0), ("Conficker", 4.0)].map(|(name, score)| source(facts, name, score)).to_vec()
}

fn combine(sources: &[Source], written: &str, release: Release, options: &Options) -> Result<Combined, Vec<Diagnostic>> {
    let expression = Expression::read(SourceId(0), written).map_err(|diagnostic| vec![*diagnostic])?;
    layer::combine(sources, &expression, SourceId(0), options, release)
}

fn combined(written: &str, release: Release) -> Combined {
    combine(&worms(release), written, release, &Options::default()).unwrap()
}

/// Cells by score, as `1: 8, 2: 43`.
fn histogram(layer: &Layer) -> String {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for score in layer.cells.values().filter_map(|cell| cell.score) {
        *found.entry(if score == f64::INFINITY { "Infinity".to_owned() } else { format!("{score}") }).or_default() += 1;
    }
    found.into_iter().map(|(score, cells)| format!("{score}: {cells}")).collect::<Vec<_>>().join(", ")
}

/// Expression, cells by score, bounds and colours of the gradient, as the Navigator has them in 18.1.
const KNOWN: &[(&str, &str, f64, f64, &str)] = &[
    ("50", "50: 887", 0.0, 100.0, "redgreen"),
    ("2>1", "1: 887", 0.0, 100.0, "redgreen"),
    ("a+b+c", "1: 8, 2: 43, 3: 5, 4: 7, 5: 1, 6: 6, 7: 3", 1.0, 7.0, "redgreen"),
    ("(a+b)/2", "0.5: 9, 1: 49, 1.5: 8", 0.5, 1.5, "redgreen"),
    ("a>b", "0: 57, 1: 9", 0.0, 1.0, "transparentblue"),
    ("(a>b) and (b>=1)", "0: 66", 0.0, 100.0, "redgreen"),
    ("a > b ? 25 : 10", "10: 57, 25: 9", 10.0, 25.0, "redgreen"),
    ("100-a", "99: 17", 0.0, 100.0, "redgreen"),
    ("a*(b+c)", "0: 64, 2: 5, 4: 1, 6: 3", 0.0, 6.0, "redgreen"),
    ("a and b and c", "0: 70, 1: 3", 0.0, 1.0, "transparentblue"),
    ("a xor b", "0: 8, 1: 58", 0.0, 1.0, "transparentblue"),
    ("not a", "0: 17", 0.0, 100.0, "redgreen"),
    ("max(a,b,c)", "1: 8, 2: 48, 4: 17", 1.0, 4.0, "redgreen"),
    ("a-a", "0: 17", 0.0, 100.0, "redgreen"),
    ("a == 1", "1: 17", 0.0, 100.0, "redgreen"),
    ("min(a,b)", "0: 58, 1: 8", 0.0, 1.0, "transparentblue"),
    ("(a+b+c) == 7", "0: 70, 1: 3", 0.0, 1.0, "transparentblue"),
    // The Navigator's gradient reaches to infinity here, which its own file cannot hold: ours covers what is finite.
    ("a/b", "0: 49, 0.5: 8, Infinity: 9", 0.0, 0.5, "redgreen"),
];

#[test]
fn expressions_give_the_navigators_scores_and_gradients() {
    for (written, cells, least, most, preset) in KNOWN {
        let layer = combined(written, Release::V18_1).layer;
        assert_eq!(histogram(&layer), *cells, "{written}");
        assert_eq!((layer.gradient.least, layer.gradient.most), (*least, *most), "{written}");
        assert_eq!(layer.gradient.preset_name(), Some(*preset), "{written}");
    }
}

#[test]
fn the_walk_through_is_the_navigators_in_both_releases() {
    // Score, cells and techniques.
    for (release, known) in [
        (Release::V18_1, [(1, 8, 8), (2, 43, 33), (3, 5, 5), (4, 7, 6), (5, 1, 1), (6, 6, 4), (7, 3, 2)]),
        (Release::V19_0, [(1, 8, 8), (2, 42, 32), (3, 5, 5), (4, 6, 5), (5, 1, 1), (6, 7, 5), (7, 3, 2)]),
    ] {
        let found = combined("a+b+c", release);
        let bands: Vec<_> = found.bands.iter().map(|band| (band.score as i32, band.cells, band.techniques)).collect();
        assert_eq!(bands, known);
        let names: Vec<String> = found.bands.iter().map(|band| band.names.clone().unwrap().join("+")).collect();
        assert_eq!(
            names,
            [
                "WannaCry",
                "Stuxnet",
                "WannaCry+Stuxnet",
                "Conficker",
                "WannaCry+Conficker",
                "Stuxnet+Conficker",
                "WannaCry+Stuxnet+Conficker"
            ]
        );
        let of = |score: f64| -> BTreeSet<&str> {
            found.layer.cells.iter().filter(|(_, cell)| cell.score == Some(score)).map(|(place, _)| place.technique).collect()
        };
        assert_eq!(of(7.0), BTreeSet::from(["T1210", "T1543.003"]));
        assert_eq!(of(5.0), BTreeSet::from(["T1490"]));
        assert_eq!(of(3.0), BTreeSet::from(["T1016", "T1047", "T1083", "T1120", "T1570"]));
        // 19.0 replaced Stuxnet's T1562 and Conficker's T1562.001 by one technique.
        let six = ["T1021.002", "T1091", "T1112", "T1124"].into_iter();
        assert_eq!(of(6.0), six.chain((release == Release::V19_0).then_some("T1685")).collect());
    }
}

/// What the Navigator wrote, technique by technique and field by field; its order of a technique's tactics alone is left open.
#[test]
fn files_equal_those_of_the_navigator() {
    let Some(folder) = shared::find("data/navigator") else { return };
    for (release, sub) in [(Release::V18_1, "v18"), (Release::V19_0, "v19")] {
        let read = |file: &str| -> serde_json::Value {
            serde_json::from_str(&std::fs::read_to_string(folder.join(sub).join(file)).unwrap()).unwrap()
        };
        let sorted = |mut value: serde_json::Value| {
            let key = |each: &serde_json::Value| (each["techniqueID"].to_string(), each["tactic"].to_string());
            value["techniques"].as_array_mut().unwrap().sort_by_key(key);
            serde_json::to_string_pretty(&value).unwrap()
        };
        let ours = |layer: &Layer| sorted(serde_json::from_str(&layer::json(layer)).unwrap());
        let sources = worms(release);
        for (source, file) in sources.iter().zip(["a-wannacry.json", "b-stuxnet.json", "c-conficker.json"]) {
            assert_eq!(ours(&layer::single(source, &Options::default()).layer), sorted(read(file)), "{sub}/{file}");
        }
        let merged = combined("a+b+c", release).layer;
        assert_eq!(ours(&merged), sorted(read("merged-default-gradient.json")), "{sub}");
        let options = Options { colors: layer::preset("transparentred"), ..Options::default() };
        let mut red = combine(&sources, "a+b+c", release, &options).unwrap().layer;
        red.name = "layer by operation1".to_owned();
        assert_eq!(ours(&red), sorted(read("merged-transparentred.json")), "{sub}");
        // The recorded histograms of every expression.
        let expressions = read("expressions.json");
        for (written, known) in expressions.as_object().unwrap() {
            let layer = combined(written, release).layer;
            let known_scores = known["byScore"].as_object().unwrap();
            let expected: BTreeMap<String, u64> =
                known_scores.iter().map(|(score, cells)| (score.clone(), cells.as_u64().unwrap())).collect();
            let expected: Vec<String> = expected.iter().map(|(score, cells)| format!("{score}: {cells}")).collect();
            assert_eq!(histogram(&layer), expected.join(", "), "{sub} {written}");
            if !known["max"].is_null() {
                assert_eq!(known["min"].as_f64(), Some(layer.gradient.least), "{sub} {written}");
                assert_eq!(known["max"].as_f64(), Some(layer.gradient.most), "{sub} {written}");
            }
        }
        // Theirs read back is ours.
        for file in ["a-wannacry.json", "merged-default-gradient.json"] {
            let text = std::fs::read_to_string(folder.join(sub).join(file)).unwrap();
            let (layers, found) = layer::read(SourceId(0), &text, release);
            assert!(found.is_empty(), "{found:?}");
            let expected = if file.starts_with('a') { sources[0].layer.cells.clone() } else { merged.cells.clone() };
            assert_eq!(layers[0].cells, expected);
        }
    }
}

/// Known answers: mathjs 12.4 over a = 3, b = 2, c = 4 and e = 7; truths as 1 and 0.
const MATHJS: &[(&str, f64)] = &[
    ("a+b*c", 11.0),
    ("a-b-c", -3.0),
    ("2^3^2", 512.0),
    ("-2^2", -4.0),
    ("2^-3", 0.125),
    ("(-8)^(2)", 64.0),
    ("5%3", 2.0),
    ("-5%3", 1.0),
    ("5%-3", -2.95),
    ("5%0", 5.0),
    ("50%", 0.5),
    ("10+10%", 11.0),
    ("10-50%", 5.0),
    ("10%*5", 0.5),
    ("10 mod 4", 2.0),
    ("3!", 6.0),
    ("-3!", -6.0),
    ("171!", f64::INFINITY),
    ("3!!", 720.0),
    ("5!=120", 1.0),
    ("1/0", f64::INFINITY),
    ("-1/0", f64::NEG_INFINITY),
    ("0/0", f64::NAN),
    ("true+1", 2.0),
    ("not 0", 1.0),
    ("not -1", 0.0),
    ("not 1*2", 0.0),
    ("1 xor 2", 0.0),
    ("5&3", 1.0),
    ("5|3", 7.0),
    ("5^|3", 6.0),
    ("~5", -6.0),
    ("1<<3", 8.0),
    ("-8>>1", -4.0),
    ("-8>>>28", 15.0),
    ("1<2<3", 1.0),
    ("3>2>1", 1.0),
    ("1==1==1", 1.0),
    ("7 > 3 == 1", 0.0),
    ("1<2>1", 1.0),
    ("0.1+0.2==0.3", 1.0),
    ("1e-13 == 0", 0.0),
    ("1000000000000 == 1000000000000.1", 1.0),
    ("1/2(3)", 1.5),
    ("6/2(1+2)", 9.0),
    ("1/2/4(8)", 0.25),
    ("-1/2(3)", -1.5),
    ("2(3)4", 24.0),
    ("(2)3", 6.0),
    ("a 2", 6.0),
    ("1!2", 2.0),
    ("6/2c", 12.0),
    ("a/2b", 0.75),
    ("2a c", 24.0),
    ("round(2.5)", 3.0),
    ("round(-2.5)", -3.0),
    ("round(1.005,2)", 1.01),
    ("round(2.567,1)", 2.6),
    ("mean(1,2,4)", 2.3333333333333335),
    ("median(1,5,3)", 3.0),
    ("median(1,5,3,4)", 3.5),
    ("sum(1,2)", 3.0),
    ("prod(2,3,4)", 24.0),
    ("std(1,2,3)", 1.0),
    ("variance(1,2,3)", 1.0),
    ("mad(1,2,5)", 1.0),
    ("1 ? 2 : 3 ? 4 : 5", 2.0),
    ("0 ? 2 : 0 ? 4 : 5", 5.0),
    ("a > b ? 25 : 10", 25.0),
    ("1e400", f64::INFINITY),
    ("0x1F", 31.0),
    ("0b11", 3.0),
    ("0o17", 15.0),
    (".5", 0.5),
    ("5.", 5.0),
    ("1.5e3", 1500.0),
    ("pi", std::f64::consts::PI),
    ("tau", std::f64::consts::TAU),
    ("phi", 1.618033988749895),
    ("cbrt(-8)", -2.0),
    ("gcd(4,6)", 2.0),
    ("gcd(12,18,8)", 2.0),
    ("lcm(4,6)", 12.0),
    ("hypot(3,4)", 5.0),
    ("sign(-2)", -1.0),
    ("fix(-1.5)", -1.0),
    ("fix(1.55,1)", 1.5),
    ("floor(1.55,1)", 1.5),
    ("floor(2.9999999999999999)", 3.0),
    ("ceil(1.2)", 2.0),
    ("ceil(1.21,1)", 1.3),
    ("exp(0)", 1.0),
    ("max(1,true)", 1.0),
    ("max(a,b,c)", 4.0),
    ("min(a,b)", 2.0),
    ("1 and 0", 0.0),
    ("1 or 0 and 0", 1.0),
    ("1 or 1 xor 1", 1.0),
    ("not true and false", 0.0),
    ("true and 1 == 1", 1.0),
    ("2 ^ not 0", 2.0),
    ("2^50%", 11258999068426.24),
    ("7 % 4 % 2", 1.0),
    ("3% * 2", 0.06),
    ("3 %(2)", 1.0),
    ("mod(-5,3)", 1.0),
    ("mod(5,-3)", -1.0),
    ("pow(2,10)", 1024.0),
    ("factorial(5)", 120.0),
    ("gamma(5)", 24.0),
    ("combinations(5,2)", 10.0),
    ("permutations(5,2)", 20.0),
    ("permutations(4)", 24.0),
    ("log(8,2)", 3.0),
    ("log(0)", f64::NEG_INFINITY),
    ("log2(8)", 3.0),
    ("log10(1000)", 3.0),
    ("log1p(0)", 0.0),
    ("log1p(4,2)", 2.321928094887362),
    ("compare(1,2)", -1.0),
    ("cube(2)", 8.0),
    ("square(3)", 9.0),
    ("or(0,0)", 0.0),
    ("xor(1,0)", 1.0),
    ("not(1)", 0.0),
    ("equal(1,1)", 1.0),
    ("unequal(1,2)", 1.0),
    ("larger(2,1)", 1.0),
    ("smaller(2,1)", 0.0),
    ("add(1,2,3)", 6.0),
    ("subtract(3,1)", 2.0),
    ("multiply(2,3,4)", 24.0),
    ("divide(1,2)", 0.5),
    ("number(true)", 1.0),
    ("boolean(2)", 1.0),
    ("abs(-3)", 3.0),
    ("inv(4)", 0.25),
    ("sqrt(16)", 4.0),
    ("3--2", 5.0),
    ("- -2", 2.0),
    ("+-+2", -2.0),
    ("2 pi", std::f64::consts::TAU),
    ("1^(1/0)", f64::NAN),
    ("0^0", 1.0),
    ("0.5^(1/0)", 0.0),
    ("a.*b", 6.0),
    ("a./b", 1.5),
    ("a.^b", 9.0),
    ("max(a , b)", 3.0),
    ("1 & 3 == 3", 1.0),
    ("1 | 2 == 2", 1.0),
    ("5 < 3 + 4", 1.0),
    ("1 << 2 + 1", 8.0),
    ("a+b>c", 1.0),
    ("(a>b) and (b>=1)", 1.0),
    ("a # comment", 3.0),
    ("2e1", 20.0),
    ("2 e", 14.0),
    ("e+a", 10.0),
    ("max(1,2)(3)", 6.0),
    ("(1+2)(3+4)", 21.0),
    ("2(3)^2", 18.0),
    ("a b^2", 12.0),
    ("50%(4)", 2.0),
    ("50%a", 2.0),
    ("50% a", 2.0),
    ("a%b", 1.0),
    ("-2!", -2.0),
    ("4 % - 3", -2.96),
    ("2^3!", 64.0),
    ("true ? false : true", 0.0),
    ("1 > 2 ? 3 > 4 : 5 > 4", 1.0),
    ("(1 ? 2 : 3) + 1", 3.0),
    ("1 ? 2 : 3 + 1", 2.0),
    ("a == 1 ? b : c", 4.0),
];

#[test]
fn expressions_are_worth_what_mathjs_says() {
    let mut scores = [0.0; 26];
    [scores[0], scores[1], scores[2], scores[4]] = [3.0, 2.0, 4.0, 7.0];
    let mut wrong = Vec::new();
    for (written, known) in MATHJS {
        let found = match Expression::read(SourceId(0), written) {
            Ok(expression) => evaluate(&expression.tree, Some(&scores)).map_err(|trouble| format!("{trouble:?}")),
            Err(diagnostic) => Err(diagnostic.message),
        };
        // Two libraries of mathematics may differ in the last digit.
        let same =
            |found: f64| found == *known || found.is_nan() && known.is_nan() || (found - known).abs() <= known.abs() * 1e-14;
        if !found.as_ref().is_ok_and(|found| same(*found)) {
            wrong.push(format!("{written}: {found:?}, and mathjs says {known}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn shown(written: &str, diagnostics: &[Diagnostic]) -> String {
    let mut sources = SourceMap::default();
    sources.add("--expression", written);
    render::render(Format::Text, diagnostics, &sources, Style::default())
}

#[test]
fn mistakes_in_expressions_are_shown_where_they_stand() {
    let mut pages = String::new();
    for written in [
        "",
        "a +",
        "a + * b",
        "a ** 2",
        "(a + b",
        "a + b)",
        "a && b",
        "a = b",
        "!a",
        "2 3",
        "a ? b",
        "max()",
        "max(a, b",
        "round(a, 2, 3)",
        "a + d",
        "a + foo",
        "foo(a)",
        "maximum(a, b)",
        "max",
        "a(b + c)",
        "[a, b]",
        "'x'",
        "a to b",
        "1:3",
        "a; b",
        "null",
        "sqrt(b - a)",
        "(a - b)!",
        "a & 0.5",
        "mode(a, b)",
        "random()",
        "nthRoot(a, 3)",
        "a@b",
        "äb",
        "a , b",
    ] {
        let found = combine(&worms(Release::V18_1), written, Release::V18_1, &Options::default());
        let found = found.expect_err(written);
        pages.push_str(&shown(written, &found));
        pages.push('\n');
    }
    insta::assert_snapshot!("layer_expression_mistakes", pages);
}

#[test]
fn expressions_that_surprise_are_explained() {
    for (written, code, cells) in
        [("2a + b", "W0805", 66), ("50", "W0805", 887), ("a / b", "W0804", 66), ("true ? 3 : a", "W0805", 887)]
    {
        let found = combined(written, Release::V18_1);
        assert_eq!(found.diagnostics.iter().map(|each| each.code).collect::<Vec<_>>(), [code], "{written}");
        assert_eq!(found.layer.cells.len(), cells, "{written}");
    }
    // `e` alone is Euler's number, and a layer where another stands beside it.
    let mut five = worms(Release::V18_1);
    five.extend([five[0].clone(), five[1].clone()]);
    let alone = combine(&five, "e", Release::V18_1, &Options::default()).unwrap();
    assert_eq!((alone.diagnostics[0].code, alone.layer.cells.len()), ("W0805", 887));
    let beside = combine(&five, "e + 0 a", Release::V18_1, &Options::default()).unwrap();
    assert_eq!(beside.layer.cells.len(), 66);
    // The others are layers, also those that the Navigator knows as units.
    for letter in ["b", "g", "i", "m"] {
        let many: Vec<Source> = (0..26).map(|_| five[0].clone()).collect();
        let found = combine(&many, letter, Release::V18_1, &Options::default()).unwrap();
        assert_eq!((found.layer.cells.len(), found.diagnostics.len()), (17, 0), "{letter}");
    }
}

#[test]
fn deep_and_long_expressions_are_refused_and_never_crash() {
    for written in [
        "(".repeat(100_000),
        format!("{}a{}", "(".repeat(5_000), ")".repeat(5_000)),
        format!("{}a{}", "(".repeat(33), ")".repeat(33)),
        "a?".repeat(900),
        "-".repeat(1_000_000),
        "9".repeat(5_000),
        "max(".repeat(400),
    ] {
        let found = Expression::read(SourceId(0), &written).expect_err("too deep or too long");
        assert_eq!(found.code, "E0801");
    }
    // As much as is allowed.
    for written in [
        format!("{}a{}", "(".repeat(32), ")".repeat(32)),
        format!("{}a", "-".repeat(1_999)),
        format!("{}a", "not ".repeat(499)),
        format!("a{}", "+a".repeat(999)),
        format!("a{}", "^a".repeat(999)),
        format!("a{}", "!".repeat(1_999)),
        format!("a{}", " a".repeat(999)),
        format!("a{}", "<a".repeat(999)),
        format!("2{}", "%".repeat(1_999)),
        "9".repeat(2_000),
        format!("{}1{}", "a?".repeat(32), ":1".repeat(32)),
    ] {
        let expression =
            Expression::read(SourceId(0), &written).unwrap_or_else(|found| panic!("{}: {}", &written[..20], found.message));
        let _ = evaluate(&expression.tree, Some(&[1.0; 26]));
    }
}

#[test]
fn any_text_is_read_or_refused() {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    };
    const PARTS: &[&str] = &[
        "a", "b", "c", "e", "1", "2.5", ".5", "1e3", "0x1f", "(", ")", "+", "-", "*", "/", "%", "^", "!", "=", "==", "!=", "<",
        ">", "<=", ">=", "and", "or", "xor", "not", "mod", "?", ":", ",", " ", "max(", "round(", "sqrt(", "true", "pi", "&", "|",
        "~", "<<", ">>>", "^|", ".*", "ä", "\"", "[", "to", "in", "\n", ";", "@", "foo",
    ];
    let mut read = 0;
    for _ in 0..4_000 {
        let written: String = (0..next(14)).map(|_| PARTS[next(PARTS.len())]).collect();
        match Expression::read(SourceId(0), &written) {
            Ok(expression) => {
                read += 1;
                let _ = evaluate(&expression.tree, None);
                let _ = evaluate(&expression.tree, Some(&[1.5; 26]));
            }
            Err(found) => {
                assert!(found.code.starts_with("E080"), "{written}");
                let span = found.span.unwrap();
                assert!(
                    written.is_char_boundary(span.start as usize) && written.is_char_boundary(span.end as usize),
                    "{written:?} {span:?}"
                );
            }
        }
    }
    assert!(read > 40, "{read}");
}

#[test]
fn what_is_written_reads_back() {
    let options = Options { named: true, ..Options::default() };
    for release in Release::ALL {
        let written = combine(&worms(*release), "a+b+c", *release, &options).unwrap().layer;
        let text = layer::json(&written);
        let (read, found) = layer::read(SourceId(0), &text, *release);
        assert!(found.is_empty(), "{found:?}");
        assert_eq!(read, [written]);
        assert_eq!(layer::json(&read[0]), text);
    }
    let layer = combine(&worms(Release::V18_1), "a+b+c", Release::V18_1, &options).unwrap().layer;
    let cell = layer.cells.iter().find(|(place, _)| place.technique == "T1210").unwrap().1;
    assert_eq!(cell.comment, "WannaCry, Stuxnet, Conficker");
    let legend: Vec<String> = layer.legend.iter().map(|item| format!("{} {}", item.color.hex(), item.label)).collect();
    assert_eq!(
        legend,
        [
            "#ff6666 1: WannaCry",
            "#ff9366 2: Stuxnet",
            "#ffbd66 3: WannaCry + Stuxnet",
            "#fde665 4: Conficker",
            "#d6dc59 5: WannaCry + Conficker",
            "#b2d24e 6: Stuxnet + Conficker",
            "#8ec843 7: WannaCry + Stuxnet + Conficker"
        ]
    );
}

#[test]
fn each_thing_is_inherited_from_the_layer_that_was_named() {
    let text = r##"{"name": "mine", "versions": {"attack": "18", "layer": "4.5"}, "domain": "enterprise-attack",
        "filters": {"platforms": ["Windows", "AWS"]},
        "gradient": {"colors": ["white", "#f00"], "minValue": 0, "maxValue": 9}, "legendItems": [{"label": "x", "color": "#123456"}],
        "techniques": [
          {"techniqueID": "T1210", "tactic": "lateral-movement", "comment": "seen", "color": "#abcdef", "enabled": false,
           "metadata": [{"name": "n", "value": "v"}, {"divider": true}], "links": [{"label": "l", "url": "https://example.org/"}]},
          {"techniqueID": "T1005", "score": 3}]}"##;
    let (layers, found) = layer::read(SourceId(0), text, Release::V18_1);
    assert!(found.is_empty(), "{found:?}");
    let mine = Source { title: "mine".to_owned(), layer: layers[0].clone(), details: BTreeMap::new() };
    let sources = [source(Release::V18_1.facts(), "WannaCry", 1.0), mine.clone()];
    let only = |inherit: layer::Inherit| {
        combine(&sources, "a", Release::V18_1, &Options { inherit, ..Options::default() }).unwrap().layer
    };
    let b = Some(1);
    let plain = only(layer::Inherit::default());
    assert_eq!(plain.cells.len(), 17);
    let place = *plain.cells.keys().find(|place| place.technique == "T1210").unwrap();
    assert!(!plain.cells[&place].is_annotated() || plain.cells[&place].comment.is_empty());
    // Inheritance also brings the techniques that the other layer alone has, as the Navigator's does.
    let comments = only(layer::Inherit { comments: b, ..Default::default() });
    assert_eq!((comments.cells[&place].comment.as_str(), comments.cells.len()), ("seen", 18));
    assert_eq!(comments.cells[&place].score, Some(1.0));
    assert_eq!(only(layer::Inherit { coloring: b, ..Default::default() }).cells[&place].color.unwrap().hex(), "#abcdef");
    assert!(!only(layer::Inherit { states: b, ..Default::default() }).cells[&place].enabled);
    assert_eq!(only(layer::Inherit { metadata: b, ..Default::default() }).cells[&place].metadata.len(), 2);
    assert_eq!(only(layer::Inherit { links: b, ..Default::default() }).cells[&place].links.len(), 1);
    assert_eq!(only(layer::Inherit { filters: b, ..Default::default() }).platforms, ["IaaS", "Windows"]);
    assert_eq!(only(layer::Inherit { legend: b, ..Default::default() }).legend, mine.layer.legend);
    assert_eq!(only(layer::Inherit { gradient: b, ..Default::default() }).gradient, mine.layer.gradient);
    assert_eq!(mine.layer.gradient.color(9.0).unwrap().hex(), "#ff0000");
}

#[test]
fn older_layers_are_brought_forward() {
    let text = r#"{"name": "old", "version": "3.0", "domain": "mitre-enterprise", "viewMode": 1, "techniques": [
        {"techniqueID": "T1562", "tactic": "defense-evasion", "score": 2},
        {"techniqueID": "T1562.001", "tactic": "defense-evasion", "score": 4},
        {"techniqueID": "T1014", "tactic": "defense-evasion", "score": 1, "comment": "kept"},
        {"techniqueID": "T1055", "score": 5},
        {"techniqueID": "T1064", "score": 5},
        {"techniqueID": "T9999", "score": 5}]}"#;
    let (layers, found) = layer::read(SourceId(0), text, Release::V19_0);
    let cells: Vec<String> = layers[0]
        .cells
        .iter()
        .map(|(place, cell)| {
            let tactic = layer::tactic(Release::V19_0.facts(), *place).unwrap().short_name;
            format!("{} {tactic} {:?} {}", place.technique, cell.score, cell.comment)
        })
        .collect();
    assert_eq!(
        cells,
        [
            "T1014 stealth Some(1.0) kept",
            "T1055 privilege-escalation Some(5.0) ",
            "T1055 stealth Some(5.0) ",
            "T1685 defense-impairment Some(4.0) "
        ]
    );
    assert_eq!(found.iter().map(|each| each.code).collect::<Vec<_>>(), ["W0801", "W0801", "W0802", "W0802", "W0801"]);
    assert!(layers[0].layout.show_id && !layers[0].layout.show_name);
    // In its own release nothing moves.
    let (layers, _) = layer::read(SourceId(0), text, Release::V18_1);
    assert_eq!(layers[0].cells.len(), 5);
}

#[test]
fn mistakes_in_layer_files_are_shown_where_they_stand() {
    let head = r#""name": "x", "domain": "enterprise-attack""#;
    let mut pages = String::new();
    for text in [
        "".to_owned(),
        "{\n  \"name\": \"x\",\n  oops\n}".to_owned(),
        "[]".to_owned(),
        "[1]".to_owned(),
        "{}".to_owned(),
        r#"{"name": 1}"#.to_owned(),
        r#"{"name": "x"}"#.to_owned(),
        r#"{"name": "x", "domain": "ics-attack"}"#.to_owned(),
        format!(r#"{{{head}, "versions": {{"layer": "5.0"}}}}"#),
        format!(
            r#"{{{head}, "sorting": 9, "layout": {{"layout": "wide"}}, "hideDisabled": "no", "gradient": {{"colors": ["red"], "minValue": 1, "maxValue": 1}}}}"#
        ),
        format!(
            r#"{{{head}, "techniques": [7, {{}}, {{"techniqueID": 5}}, {{"techniqueID": "T1210", "score": "7", "color": "reddish", "comment": 4, "enabled": 1, "links": [{{}}], "metadata": {{}}}}]}}"#
        ),
        format!(r#"{{{head}, "techniques": {{"a": 1}}, "legendItems": [{{"label": "x"}}], "tacticRowBackground": "url(x)"}}"#),
    ] {
        let mut sources = SourceMap::default();
        let source = sources.add("mine.json", text.as_str());
        let (_, found) = layer::read(source, &text, Release::V19_0);
        assert!(!found.is_empty(), "{text}");
        pages.push_str(&render::render(Format::Text, &found, &sources, Style::default()));
        pages.push('\n');
    }
    insta::assert_snapshot!("layer_file_mistakes", pages);
}

#[test]
fn hostile_layer_files_are_read_in_bounds() {
    let head = r#""name": "x", "domain": "enterprise-attack""#;
    let deep = "[".repeat(200_000) + &"]".repeat(200_000);
    let wrong: String = (0..20_000).map(|number| format!(r#"{{"techniqueID": "T{number}", "score": "x"}},"#)).collect();
    for text in [
        deep.clone(),
        "[".repeat(300_000),
        format!("{{{head}, \"metadata\": {deep}}}"),
        format!("{{{head}, \"techniques\": [{{\"techniqueID\": {deep}}}]}}"),
        format!("{{{head}, \"techniques\": [{wrong} null]}}"),
        format!("{{{head}, \"description\": \"{}\", \"domain\": 3}}", "x".repeat(4_000_000)),
        format!("{{{head}, \"techniques\": [{{\"techniqueID\": \"{}\"}}]}}", "é".repeat(100_000)),
        format!(
            "{{{head}, \"gradient\": {{\"colors\": [{}\"red\"], \"minValue\": 0, \"maxValue\": 1e999}}}}",
            "\"red\",".repeat(100_000)
        ),
        "\u{feff}{\"name\": \"\\ud800\"}".to_owned(),
    ] {
        let (_, found) = layer::read(SourceId(0), &text, Release::V19_0);
        assert!((1..60).contains(&found.len()), "{} findings of {}", found.len(), &text[..40]);
        for diagnostic in &found {
            let span = diagnostic.span.unwrap();
            assert!(text.get(span.range()).is_some(), "{span:?}");
            assert!(diagnostic.message.len() < 400);
        }
    }
}

/// Tags of a picture are closed in their order, and no text is markup.
fn well_formed(svg: &str) -> Vec<&str> {
    let (mut open, mut names) = (Vec::new(), Vec::new());
    let mut rest = svg;
    while let Some(start) = rest.find('<') {
        assert!(!rest[..start].contains('>'), "{}", &rest[..start]);
        let end = start + rest[start..].find('>').expect("a tag ends");
        let tag = &rest[start + 1..end];
        assert!(!tag.contains('<'), "{tag}");
        assert!(tag.matches('"').count().is_multiple_of(2), "{tag}");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None => {
                let name = tag.split([' ', '/']).next().unwrap();
                names.push(name);
                if !tag.ends_with('/') {
                    open.push(name);
                }
            }
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "{open:?}");
    names
}

#[test]
fn the_picture_is_one_self_contained_safe_file() {
    let options = Options { named: true, ..Options::default() };
    let mut layer = combine(&worms(Release::V19_0), "a+b+c", Release::V19_0, &options).unwrap().layer;
    layer.name = "<script>alert(\"x\")</script> & 'co' \u{1}".to_owned();
    layer.description = "]]>".repeat(500_000);
    layer.legend[0].label = format!("<b>{}", "wörd ".repeat(100_000));
    layer.cells.values_mut().next().unwrap().comment = "\"><img onerror=x>\u{b}".to_owned();
    layer.show_tactic_row_background = true;
    layer.layout.show_aggregate_scores = true;
    for size in [Size::Fitting, Size::parse("letter").unwrap()] {
        let svg = layer::svg(&layer, size);
        assert_eq!(svg, layer::svg(&layer, size));
        let names = well_formed(&svg);
        let allowed = ["svg", "title", "desc", "style", "g", "rect", "text", "tspan", "polygon"];
        assert!(names.iter().all(|name| allowed.contains(name)), "{names:?}");
        assert!(names[..3] == ["svg", "title", "desc"]);
        assert!(svg.len() < 3_000_000, "{}", svg.len());
        for word in ["<script", "href", "url(", "http://www.w3.org/1999", "\u{1}", "\u{b}"] {
            assert!(!svg.contains(word), "{word}");
        }
        assert_eq!(svg.matches("http").count(), 1, "the name space alone");
        // Every tactic, and the cell of all three with its colour and in words.
        for tactic in Release::V19_0.facts().tactics() {
            assert!(svg.contains(&format!("<g class=\"tactic {}\"", tactic.short_name)));
        }
        let cell = svg.split("<g class=\"technique T1210\"").nth(1).unwrap().split("</g>").next().unwrap();
        assert!(
            cell.contains("score 7\n")
                && cell.contains("\nWannaCry, Stuxnet, Conficker</title>")
                && cell.contains("fill=\"#8ec843\""),
            "{cell}"
        );
    }
}

#[test]
fn groups_reach_as_far_as_was_asked() {
    let facts = Release::V18_1.facts();
    let group = facts.resolve_actor("Sandworm Team").live().unwrap();
    let count = |reach| layer::techniques_of(facts, &group, reach).len();
    let (direct, campaigns, software, all) =
        (count(Reach::Direct), count(Reach::Campaigns), count(Reach::Software), count(Reach::All));
    assert_eq!(direct, facts.uses(group.id).techniques.len());
    assert!(
        direct < campaigns && direct < software && software < all && campaigns < all,
        "{direct} {campaigns} {software} {all}"
    );
    let mut own: BTreeSet<&str> = facts.uses(group.id).techniques.iter().copied().collect();
    for campaign in facts.campaigns_of(group.id) {
        own.extend(&facts.uses(campaign.id).techniques);
    }
    assert_eq!(campaigns, own.len());
}
