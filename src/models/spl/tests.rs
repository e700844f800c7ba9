//! The examples of Splunk's documentation, and what the model refuses.

use super::*;

fn row(fields: &[(&str, &[&str])]) -> Row {
    Row::new(fields.iter().map(|(name, values)| ((*name).to_owned(), values.iter().map(|value| (*value).to_owned()).collect())))
}

fn read(text: &str) -> Result<Search, Problem> {
    Search::read(text, &BTreeMap::new())
}

fn selects(text: &str, fields: &[(&str, &[&str])]) -> bool {
    let search = read(text).unwrap_or_else(|problem| panic!("{text}: {problem}"));
    search.selects(&row(fields)).unwrap_or_else(|problem| panic!("{text}: {problem}"))
}

/// What an expression becomes.
fn value(expression: &str, fields: &[(&str, &[&str])]) -> Vec<String> {
    let search = read(&format!("* | eval n={expression} | table n")).unwrap_or_else(|problem| panic!("{expression}: {problem}"));
    let found = search.run(&[row(fields)]).unwrap_or_else(|problem| panic!("{expression}: {problem}"));
    found[0].columns[0].1.clone()
}

fn holds(condition: &str, fields: &[(&str, &[&str])]) -> bool {
    selects(&format!("* | where {condition}"), fields)
}

fn doubts(text: &str, fields: &[(&str, &[&str])]) -> Vec<Doubt> {
    match read(text).unwrap_or_else(|problem| panic!("{text}: {problem}")).selects(&row(fields)) {
        Err(Problem { kind: ProblemKind::Doubt(doubts), .. }) => doubts,
        other => panic!("{text}: {other:?}"),
    }
}

/// SR/search.
#[test]
fn search_compares_a_field_with_a_value() {
    // "(code=10 OR code=29) host!="localhost" xqp>5", and the same with IN.
    for text in [r#"(code=10 OR code=29) host!="localhost" xqp>5"#, r#"code IN(10, 29) host!="localhost" xqp>5"#] {
        assert!(selects(text, &[("code", &["29"]), ("host", &["www"]), ("xqp", &["10"])]));
        assert!(!selects(text, &[("code", &["29"]), ("host", &["LocalHost"]), ("xqp", &["10"])]));
        assert!(!selects(text, &[("code", &["29"]), ("xqp", &["10"])]), "!= wants the field");
        assert!(!selects(text, &[("code", &["290"]), ("host", &["www"]), ("xqp", &["10"])]));
    }
    // `"1" does not match "1.0"`; numbers are ordered as numbers, other values by their codes.
    assert!(!selects("a=1", &[("a", &["1.0"])]) && selects("a>=1", &[("a", &["1.0"])]));
    assert!(selects("a>9", &[("a", &["10"])]) && !selects("a>9x", &[("a", &["10x"])]) && selects("a<a", &[("a", &["A"])]));
    assert!(selects("error_code IN (40*, 500)", &[("error_code", &["404"])]));
    assert!(selects("NOT clientip IN (211.166.11.101, 182.236.164.11)", &[]));
    assert!(selects(r#"ip="10.10.10.0/24""#, &[("ip", &["10.10.10.23"])]));
    assert!(!selects(r#"ip="10.10.10.0/24""#, &[("ip", &["50.10.10.17"])]));
    assert!(selects(r#"src="10.9.165.*" OR dst="10.9.165.8""#, &[("src", &["10.9.165.254"])]));
    assert!(selects(r#"country="IN""#, &[("country", &["in"])]));
    assert!(selects("status=*", &[("status", &["x"])]) && !selects("status=*", &[]));
    // One of several values is enough.
    assert!(selects("a=1", &[("a", &["2", "1"])]) && !selects("NOT a=1", &[("a", &["2", "1"])]));
    assert!(selects(r#""*oba*""#, &[("_raw", &["fOOBAr"])]) && !selects(r#""*oba*""#, &[("a", &["foobar"])]));
}

/// SM, "Boolean expressions with logical operators": `search` takes OR before AND, `where` AND before OR.
#[test]
fn operators_bind_as_documented() {
    let fields = |names: &str| -> Vec<(String, Vec<String>)> {
        ["A", "B", "C"]
            .iter()
            .map(|name| ((*name).to_owned(), vec![if names.contains(name) { "1" } else { "0" }.to_owned()]))
            .collect()
    };
    for (text, selected) in [
        ("A=1 AND B=1 OR C=1", ["AB", "AC"].as_slice()),
        ("A=1 B=1 OR C=1", &["AB", "AC"]),
        ("NOT A=1 OR B=1 C=1", &["C", "BC", "ABC"]),
        ("(A=1 B=1) OR C=1", &["AB", "C"]),
        ("* | where A=1 AND B=1 OR C=1", &["AB", "C", "AC"]),
        ("* | where NOT A=1 OR B=1 AND C=1", &["", "B", "ABC"]),
        ("* | where A=1 XOR B=1 OR C=1", &["A", "B", "BC"]),
        ("* | where NOT NOT A=1", &["A"]),
    ] {
        let search = read(text).unwrap();
        for names in selected {
            assert!(search.selects(&Row::new(fields(names))).unwrap(), "{text}: {names}");
        }
    }
    let search = read("A=1 AND B=1 OR C=1").unwrap();
    assert!(!search.selects(&Row::new(fields("C"))).unwrap());
    let search = read("* | where A=1 AND B=1 OR C=1").unwrap();
    assert!(!search.selects(&Row::new(fields("B"))).unwrap());
}

/// SM, "Difference between != and NOT"; SR/where.
#[test]
fn absent_fields() {
    assert!(!selects("a!=1", &[]) && selects("NOT a=1", &[]));
    assert!(!holds("a!=1", &[]) && !holds("a=1", &[]) && holds("isnull(a)", &[]) && !holds("isnotnull(a)", &[]));
    assert!(holds("isnull(a) OR a=1", &[]) && !holds("isnotnull(a) AND a=1", &[]) && holds("NOT (isnotnull(a) AND a=1)", &[]));
    assert_eq!(doubts("* | where NOT a=1", &[]), [Doubt::NotOfNull]);
    assert_eq!(doubts(r#"* | where NOT match(a, "x")"#, &[]), [Doubt::NotOfNull]);
    assert!(holds(r#"isnull(a) OR NOT match(a, "x")"#, &[]));
    assert!(!holds("isnull(a)", &[("a", &[""])]));
}

/// Comparison and Conditional functions.
#[test]
fn conditional_functions() {
    let description = r#"case(status==200, "OK", status==404, "Not found", status==500, "Internal Server Error")"#;
    assert_eq!(value(description, &[("status", &["404"])]), ["Not found"]);
    assert!(value(description, &[("status", &["408"])]).is_empty());
    assert_eq!(value(r#"case(status==200, "OK", true(), "Other")"#, &[("status", &["408"])]), ["Other"]);
    assert_eq!(value("coalesce(clientip,ipaddress)", &[("ipaddress", &["1"])]), ["1"]);
    assert_eq!(value(r#"if(error == 200, "OK", "Error")"#, &[("error", &["200"])]), ["OK"]);
    assert_eq!(value(r#"if(error == 200, "OK", "Error")"#, &[]), ["Error"]);
    assert_eq!(value(r#"if(cidrmatch("123.132.32.0/25",ip), "local", "not local")"#, &[("ip", &["123.132.32.127"])]), ["local"]);
    assert_eq!(value(r#"if(cidrmatch("192.0.2.0/24", ip), "true", "false")"#, &[("ip", &["192.0.3.0"])]), ["false"]);
    assert!(holds(r#"status in("400", "401", "403", "404")"#, &[("status", &["403"])]));
    assert!(
        holds(r#"in(status, "400", "401")"#, &[("status", &["401"])]) && !holds(r#"in(status, "400")"#, &[("status", &["401"])])
    );
    assert!(holds(r#""203.0.113.255" in(ipaddress, clientip)"#, &[("clientip", &["203.0.113.255"])]));
    assert!(
        holds(r#"like(ipaddress, "198.%")"#, &[("ipaddress", &["198.1"])]) && !holds(r#"like(a, "198.%")"#, &[("a", &["1981"])])
    );
    assert!(holds(r#"a LIKE "f_o%""#, &[("a", &["f\nox"])]) && !holds(r#"a LIKE "f_o%""#, &[("a", &["Foo"])]));
    assert!(
        holds(r#"match(test, "\"yes\"")"#, &[("test", &["\"yes\""])]) && !holds(r#"match(test, "yes")"#, &[("test", &["YES"])])
    );
    assert!(value("null()", &[]).is_empty());
}

/// Text functions.
#[test]
fn text_functions() {
    assert_eq!(value("len(names)", &[("names", &["buttercup"])]), ["9"]);
    assert_eq!(value("len(names)", &[("names", &["é"])]), ["1"]);
    assert_eq!(value("lower(username)", &[("username", &["ADMIN", "Bob"])]), ["admin", "bob"]);
    assert_eq!(value(r#"substr("string", 1, 3) + substr("string", -3)"#, &[]), ["string"]);
    assert_eq!(value(r#"substr("string", 9).substr("string", 0, 2).substr("string", 5, 9)"#, &[]), ["sng"]);
    assert_eq!(value(r#"replace(date, "^(\d{1,2})/(\d{1,2})/", "\2/\1/")"#, &[("date", &["1/14/2023"])]), ["14/1/2023"]);
    assert_eq!(value(r#"replace(dst,"(?s):.*","")"#, &[("dst", &["54.81.233.206:443:X1"])]), ["54.81.233.206"]);
    assert_eq!(value(r#"spath(x, "a.b")"#, &[("x", &[r#"{"a": {"b": "c"}}"#])]), ["c"]);
    assert!(value(r#"spath(x, "a.b")"#, &[("x", &["no JSON"])]).is_empty());
    assert_eq!(value(r#"a."-".b"#, &[("a", &["1"]), ("b", &["2"])]), ["1-2"]);
}

/// Multivalue eval functions.
#[test]
fn functions_of_several_values() {
    let names: &[(&str, &[&str])] =
        &[("names", &["alex", "celestino", "claudia", "david", "ikraam", "nyah", "rutherford", "wei"]), ("one", &["x"])];
    assert_eq!(value("mvindex(names,2)", names), ["claudia"]);
    assert_eq!(value("mvindex(names,0,3)", names), ["alex", "celestino", "claudia", "david"]);
    assert_eq!(value("mvindex(names,-1)", names), ["wei"]);
    assert_eq!(value("mvindex(names,-3,-1)", names), ["nyah", "rutherford", "wei"]);
    assert!(value("mvindex(names,8)", names).is_empty() && value("mvindex(nobody,0)", names).is_empty());
    assert_eq!(value("mvcount(names)", names), ["8"]);
    assert_eq!(value("mvcount(one)", names), ["1"]);
    assert!(value("mvcount(nobody)", names).is_empty());
    assert_eq!(value(r#"mvcount(split(one,"@"))-1"#, names), ["0"]);
    assert_eq!(value(r#"split(to, "@")"#, &[("to", &["a@b@c"])]), ["a", "b", "c"]);
    assert_eq!(value(r#"mvappend(mvappend("localhost", srcip), destip)"#, &[("srcip", &["1", "2"])]), ["localhost", "1", "2"]);
    assert_eq!(value(r#"mvjoin(one, ";").mvjoin(mvindex(names,0,1), " OR ")"#, names), ["xalex OR celestino"]);
    let email: &[(&str, &[&str])] = &[("email", &["a@b.net", "a@b.com", "c@d.org"])];
    assert_eq!(value(r#"mvfilter(match(email, "\.net$") OR match(email, "\.org$"))"#, email), ["a@b.net", "c@d.org"]);
    assert!(value(r#"mvfilter(match(email, "x"))"#, email).is_empty());
    assert_eq!(value(r#"mvfind(email, "com")"#, email), ["1"]);
    assert_eq!(value("mvmap(results, results*10)", &[("results", &["1", "2"])]), ["10", "20"]);
    assert_eq!(value("mvmap(results, results*threshold)", &[("results", &["1", "2"]), ("threshold", &["3"])]), ["3", "6"]);
}

/// SR/eval and the Conversion and Mathematical functions.
#[test]
fn numbers() {
    assert_eq!(value("floor((_time+3600)/60)%1440", &[("_time", &["1795514400.500"])]), ["660"]);
    assert_eq!(value("tonumber(\"0A4\",16)", &[]), ["164"]);
    assert!(value("tonumber(a)", &[("a", &["x"])]).is_empty() && value("1/0", &[]).is_empty());
    assert!(holds("tonumber(a)>9", &[("a", &["10"])]) && holds("a>9", &[("a", &["10"])]) && holds("a=007", &[("a", &["7"])]));
    assert_eq!(value("2+3*4", &[]), ["14"]);
    assert_eq!(value("-1-2-3", &[]), ["-6"]);
}

/// SR/table, SR/fields, SR/rename.
#[test]
fn columns() {
    let columns = |text: &str| {
        let found =
            read(text).unwrap().run(&[row(&[("b", &["1"]), ("a", &["2", "3"]), ("_time", &["4"]), ("c", &["5"])])]).unwrap();
        found[0].columns.iter().map(|(name, values)| format!("{name}={}", values.join("+"))).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(columns("* | table c a, \"x y\" b"), "c=5 a=2+3 x y= b=1");
    assert_eq!(columns("* | fields a"), "_time=4 a=2+3");
    assert_eq!(columns("* | fields - a, c"), "_time=4 b=1");
    assert_eq!(columns("* | rename a AS z | fields + z"), "_time=4 z=2+3");
    assert_eq!(columns("b=1"), "_time=4 a=2+3 b=1 c=5");
    assert_eq!(columns("* | eval a=null(), 'x-y'=b.\"!\""), "_time=4 b=1 c=5 x-y=1!");
}

#[test]
fn what_is_open_is_a_doubt_only_where_an_event_hangs_on_it() {
    assert_eq!(doubts("* | where a=\"1.0\"", &[("a", &["1"])]), [Doubt::NumericText]);
    assert!(holds("a=\"1.0\"", &[("a", &["1.0"])]));
    assert_eq!(doubts("* | where a>5", &[("a", &["1e3"])]), [Doubt::NumberSpelling]);
    assert_eq!(doubts("* | where match(a, \"x\")", &[("a", &["x", "y"])]), [Doubt::SeveralValues]);
    assert!(holds("match(a, \"x\")", &[("a", &["x", "xx"])]));
    assert_eq!(doubts("a!=1", &[("a", &["1", "2"])]), [Doubt::SeveralUnequal]);
    assert_eq!(doubts("a=\"é\"", &[("a", &["É"])]), [Doubt::SearchCase]);
    assert_eq!(doubts("* | where lower(a)=\"é\"", &[("a", &["É"])]), [Doubt::LowerCase]);
    assert_eq!(doubts(r#"* | where cidrmatch("10.0.0.0/8", a)"#, &[("a", &["::ffff:10.1.2.3"])]), [Doubt::MappedAddress]);
    let both = r#"* | where cidrmatch("10.0.0.0/8", a) OR cidrmatch("::ffff:a00:0/104", a)"#;
    assert!(selects(both, &[("a", &["::ffff:10.1.2.3"])]));
    assert_eq!(doubts("* | where a=9007199254740993", &[("a", &["9007199254740992"])]), [Doubt::LongNumbers]);
    // Two that must be chosen together.
    let together = r#"* | where NOT a="1.0" AND NOT b=1"#;
    assert_eq!(doubts(together, &[("a", &["1"])]), [Doubt::NotOfNull, Doubt::NumericText]);
}

#[test]
fn what_is_not_known_is_refused() {
    let kind = |text: &str| read(text).map(|_| ()).map_err(|problem| problem.kind);
    for text in [
        "| tstats count",
        "* | stats count",
        "* | regex a=b",
        "* | where frob(a)",
        "earliest=-1h",
        "tag=x",
        "* | where searchmatch(\"x\")",
        "TERM(a)",
        "* | table a*",
        "host::x",
        "* | where match(a, b)",
        "a=b | inputlookup x",
        "* | where match(a, \"(?<!ab)c\")",
    ] {
        assert_eq!(kind(text), Err(ProblemKind::Unknown), "{text}");
    }
    for text in [
        "",
        "|",
        "a=",
        "a=b | lookup x",
        "(a=1",
        "a=1)",
        "a IN ()",
        "a IN (1,)",
        "* | where a",
        "* | eval a=isnull(b)",
        "* | where a=\"x\"y\"",
        "a=\"x\"y\"",
        "country=IN",
        "a AND",
        "* | where a=1 AND",
        "* | eval a",
        "* | where match(a)",
        "* | where mvcount(a, b)>1",
        "* | where a=1=1",
        "* | where mvfilter(a=b)=1",
        "a=1 | | table b",
        "* | where a=1 b=1",
        "* | where NOT",
        "* | where a like \"x\"",
        "* | where match(a, \"(\")",
        "* | where lower(match(a, \"b\"))=1",
    ] {
        assert_eq!(kind(text), Err(ProblemKind::Syntax), "{text}");
    }
    for text in [
        "a*b",
        "a=a*b",
        "foo",
        "\"*foo bar*\"",
        "* | where lower(a) IN (\"x\")",
        "* | where in(a, \"x*\")",
        "* | where like(a, \"x\\%\")",
        "* | where match(a, \"a.b\")",
        "* | where match(a, \"a\\\\b\")",
        "* | where a=\"\\q\"",
        "a=b\\c",
        "* | where a=true",
        "country=in",
        "* | where a=b.c+1",
    ] {
        assert!(matches!(kind(text), Err(ProblemKind::Doubt(_))), "{text}: {:?}", kind(text));
    }
}

/// Bounds: neither nesting nor size brings the reader down.
#[test]
fn hostile_texts_are_refused() {
    for text in [
        format!("* | where {}a=1{}", "(".repeat(5000), ")".repeat(5000)),
        format!("{}a=1{}", "(".repeat(5000), ")".repeat(5000)),
        format!("* | where {}a=1", "NOT ".repeat(100_000)),
        format!("{}a=1", "NOT ".repeat(100_000)),
        format!("* | where a={}1", "-".repeat(100_000)),
        format!("* | where a=\"{}", "\\".repeat(100_001)),
        format!("* | where {}", "a=1 AND ".repeat(20_000)),
        format!("* | eval a={}1", "1+".repeat(100_000)),
    ] {
        let _ = read(&text);
    }
    let deepest = format!("* | where {}a=1{}", "(".repeat(96), ")".repeat(96));
    assert!(read(&deepest).unwrap().selects(&row(&[("a", &["1"])])).unwrap());
    let deepest = format!("* | eval b={}a{} | where b=\"x\"", "lower(".repeat(96), ")".repeat(96));
    assert!(read(&deepest).unwrap().selects(&row(&[("a", &["X"])])).unwrap());
    let deepest = format!("{}a=1{}", "(NOT ".repeat(96), ")".repeat(96));
    assert!(read(&deepest).unwrap().selects(&row(&[("a", &["1"])])).unwrap());
}
