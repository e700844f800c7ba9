//! The documentation's own examples, each with its page under learn.microsoft.com/kusto/query, and refusals.

use super::*;

/// One row with these columns.
fn one(columns: &[(&str, Type, Value<'static>)]) -> Database {
    let mut table = Table::new(columns.iter().map(|(name, kind, _)| ((*name).to_owned(), *kind)).collect());
    table.push(columns.iter().map(|(name, _, value)| (*name, value.clone()))).unwrap();
    Database { tables: BTreeMap::from([("T".to_owned(), table)]) }
}

fn answer_of(query: &str, database: &Database) -> Result<Vec<Vec<Value<'static>>>, Problem> {
    let plan = Query::read(query)?.plan(&database.schema())?;
    let answer = plan.run(database)?;
    if let Some(open) = answer.open.first() {
        return Err(Problem::new(0, format!("open: {}", open.why)));
    }
    Ok(answer.selected.into_iter().map(|row| row.columns.into_iter().map(|(_, value)| value).collect()).collect())
}

/// What an expression without columns gives.
fn computed(expression: &str) -> Value<'static> {
    let database = one(&[("x", Type::Long, Value::Integer(1))]);
    match answer_of(&format!("T | project r = {expression}"), &database) {
        Ok(mut rows) => rows.remove(0).remove(0),
        Err(problem) => panic!("{expression}: {problem}"),
    }
}

fn refused(query: &str) -> String {
    let database =
        one(&[("x", Type::Long, Value::Integer(1)), ("s", Type::String, Value::text("a")), ("d", Type::Dynamic, Value::Null)]);
    match answer_of(query, &database) {
        Ok(rows) => panic!("{query} gives {rows:?}"),
        Err(problem) => problem.message,
    }
}

fn text(value: &str) -> Value<'static> {
    Value::text(value)
}

/// scalar-data-types/null-values, "Equality and inequality of null values" and its example.
#[test]
fn null_values() {
    for (query, five, null) in [
        ("val > 3", true, false),
        ("val > 3 or isnull(val)", true, true),
        ("val == int(null)", false, false),
        ("val != 5", false, true),
        ("val !in (5)", false, true),
        ("not(val == 5)", false, true),
        ("not(val > 6)", true, false),
        ("not(coalesce(val > 6, false))", true, true),
        ("isnotnull(val)", true, false),
        ("isempty(val)", false, true),
        ("iff(val > 3, true, false)", true, false),
        ("case(val > 3, false, true)", false, true),
        ("val between (1 .. 5)", true, false),
    ] {
        for (value, expected) in [(Value::Integer(5), five), (Value::Null, null)] {
            let database = one(&[("val", Type::Int, value.clone())]);
            let rows = answer_of(&format!("T | where {query}"), &database).unwrap_or_else(|problem| panic!("{query}: {problem}"));
            assert_eq!(rows.len() == 1, expected, "{query} with {value:?}");
        }
    }
    assert_eq!(computed("bool(null)"), Value::Null);
    assert_eq!(computed("strlen(\"\")"), Value::Integer(0));
    assert_eq!(computed("isnull(\"\")"), Value::Bool(false));
}

/// Two pages contradict each other: scalar-data-types/null-values ("sticky", `==` of two nulls is null) and logical-operators
/// (`bool(null) and true` and `bool(null) == bool(null)` are false).
#[test]
fn where_pages_differ_the_row_is_open() {
    let database = one(&[("b", Type::Bool, Value::Null)]);
    let open = |query: &str| {
        let plan = Query::read(query).unwrap().plan(&database.schema()).unwrap();
        plan.run(&database).unwrap().open.len() == 1
    };
    assert!(open("T | where not(b == b)"));
    assert!(open("T | where not(b and true)"));
    // `where` takes null for false, so that nothing hangs on it here.
    assert!(!open("T | where b == b"));
    assert!(!open("T | where b and true"));
    assert!(!open("T | where b or true"));
    assert!(!open("T | where not(b and false)"));
    assert_eq!(answer_of("T | where b or true", &database).unwrap().len(), 1);
    assert_eq!(answer_of("T | where b == true", &database).unwrap().len(), 0);
    assert_eq!(answer_of("T | where not(b == true)", &database).unwrap().len(), 1);
}

#[test]
fn functions_on_texts() {
    for (expression, expected) in [
        // substring-function
        (r#"substring("123456", 1)"#, "23456"),
        (r#"substring("123456", 2, 2)"#, "34"),
        (r#"substring("ABCD", 0, 2)"#, "AB"),
        (r#"substring("123456", -2, 2)"#, "56"),
        (r#"substring("12", 5)"#, ""),
        // strcat-function
        (r#"strcat("hello", " ", "world")"#, "hello world"),
        (r#"strcat("a", 1, long(null), "b")"#, "a1b"),
        // tostring-function
        ("tostring(123)", "123"),
        ("tostring(long(null))", ""),
        ("tostring(datetime(2017-01-01))", "2017-01-01T00:00:00.0000000Z"),
        // tolower-function, toupper-function
        (r#"tolower("Hello")"#, "hello"),
        (r#"toupper("hellö")"#, "HELLÖ"),
        // tohex-function
        ("tohex(256)", "100"),
        ("tohex(-546)", "fffffffffffffdde"),
        ("tohex(256, 8)", "00000100"),
        ("tohex(256, 2)", "100"),
        // coalesce-function: of texts the first that is not empty
        (r#"coalesce("", "b", "c")"#, "b"),
        // iff-function, case-function
        (r#"iff(1 == 1, "yes", "no")"#, "yes"),
        (r#"case(3 <= 3, "Small", 3 <= 10, "Medium", "Large")"#, "Small"),
        // extract-function
        (r#"extract("x=([0-9.]+)", 1, "hello x=45.6|wo")"#, "45.6"),
        (r#"extract("x=([0-9.]+)", 0, "hello x=45.6|wo")"#, "x=45.6"),
        (r#"extract("^.{2,2}(.{4,4})", 1, "ThisIsText")"#, "isIs"),
        (r#"extract("y", 0, "x")"#, ""),
        // replace-string-function, replace-regex-function
        (
            r#"replace_string("A magic trick can turn a cat into a dog", "cat", "hamster")"#,
            "A magic trick can turn a hamster into a dog",
        ),
        (r#"replace_regex("Number is 1", "is (\\d+)", "was: \\1")"#, "Number was: 1"),
        // scalar-data-types/string: literals side by side are one; verbatim ones keep their backslashes
        (r#"strcat("a" "b", @"C:\x", 'c')"#, r"abC:\xc"),
        // dynamic values: tostring(parse_json(…))
        (r#"tostring(parse_json('{"a":{"b":[1,"x"]}}').a.b[1])"#, "x"),
        (r#"tostring(parse_json('{"a-b":true}')["a-b"])"#, "true"),
        (r#"tostring(parse_json('{"a":1}').b)"#, ""),
        (r#"tostring(dynamic([1, 2, 3])[-1])"#, "3"),
        // gettype-function
        (r#"gettype("a")"#, "string"),
        ("gettype(111)", "long"),
        ("gettype(1 == 1)", "bool"),
        (r#"gettype(parse_json(' {"abc":1} '))"#, "dictionary"),
        (r#"gettype(parse_json(' [1, 2, 3] '))"#, "array"),
        (r#"gettype(parse_json(' "abc" '))"#, "string"),
        (r#"gettype(parse_json(""))"#, "null"),
        // trim-function, for a text that stands once
        (r#"trim("--", "--https://bing.com--")"#, "https://bing.com"),
    ] {
        if expression.starts_with("trim(") {
            assert!(refused(&format!("T | project r = {expression}")).contains("trim"), "{expression}");
            continue;
        }
        assert_eq!(computed(expression), text(expected), "{expression}");
    }
}

#[test]
fn other_functions() {
    let number = Value::Integer;
    let yes = || Value::Bool(true);
    let no = || Value::Bool(false);
    for (expression, expected) in [
        // tolong-function: null where the conversion fails
        (r#"tolong("123")"#, number(123)),
        (r#"tolong("0x1F")"#, number(31)),
        (r#"tolong("abc")"#, Value::Null),
        (r#"toint("4294967295")"#, Value::Null),
        (r#"tolong(parse_json('{"a":"7"}').a)"#, number(7)),
        (r#"toreal("123.4")"#, Value::Real(123.4)),
        // tobool-function
        (r#"tobool("true")"#, yes()),
        (r#"tobool("false")"#, no()),
        ("tobool(1)", yes()),
        ("tobool(123)", yes()),
        (r#"tobool("x")"#, Value::Null),
        // coalesce-function: tolong("not a number"), tolong("42"), 33
        (r#"coalesce(tolong("not a number"), tolong("42"), 33)"#, number(42)),
        (r#"extract("[0-9]+", 0, "a 12", typeof(long))"#, number(12)),
        (r#"extract("[0-9]+", 0, "a", typeof(long))"#, Value::Null),
        // isnull-function, isempty-function: their tables
        (r#"isnull("")"#, no()),
        (r#"isnull(parse_json(""))"#, yes()),
        (r#"isnull(parse_json("[]"))"#, no()),
        (r#"isempty("")"#, yes()),
        (r#"isempty("x")"#, no()),
        (r#"isempty(parse_json(""))"#, yes()),
        (r#"isempty(parse_json("[]"))"#, no()),
        (r#"isempty(parse_json("{}"))"#, no()),
        ("isnotempty(long(null))", no()),
        // array-length-function
        ("array_length(dynamic([1, 2, 3, \"four\"]))", number(4)),
        (r#"array_length(parse_json('{"a":1}'))"#, Value::Null),
        ("array_length(dynamic([]))", number(0)),
        ("array_length(pack_array(dynamic(null), \"a\"))", number(2)),
        // ipv4-is-in-any-range-function, both of its forms
        ("ipv4_is_in_any_range('192.168.1.6', '192.168.1.1/24', '10.0.0.1/8', '127.1.0.1/16')", yes()),
        (r#"ipv4_is_in_any_range("127.0.0.1", dynamic(["127.0.0.1", "192.168.1.1"]))"#, yes()),
        (r#"ipv4_is_in_any_range("1.1.1.1", "10.0.0.0/8")"#, no()),
        (r#"ipv4_is_in_any_range("x", "10.0.0.0/8")"#, Value::Null),
        (r#"ipv4_is_in_any_range("::1", "10.0.0.0/8")"#, Value::Null),
        // ipv6-is-in-any-range-function
        (r#"ipv6_is_in_any_range("fe80::1", "fe80::/10", "::1")"#, yes()),
        (r#"ipv6_is_in_any_range("10.1.2.3", "::ffff:10.0.0.0/104")"#, yes()),
        (r#"ipv6_is_in_any_range("", "::1")"#, Value::Null),
        // ipv6-compare-function
        (r#"ipv6_compare("::ffff:7f00:1", "127.0.0.1")"#, number(0)),
        (r#"ipv6_compare("fe80::85d:e82c:9446:7994", "fe80::85d:e82c:9446:7995")"#, number(-1)),
        (r#"ipv6_compare("x", "::1")"#, Value::Null),
        // ipv4-is-private-function
        (r#"ipv4_is_private("192.168.1.1")"#, yes()),
        (r#"ipv4_is_private("208.1.2.3")"#, no()),
        // dayofweek-function: 1947-11-30 was a Sunday, 1970-05-11 a Monday
        ("dayofweek(datetime(1947-11-30 10:00:05))", Value::Span(0)),
        ("dayofweek(datetime(1970-05-11)) == 1d", yes()),
        ("hourofday(datetime(2015-12-14 18:54))", number(18)),
        // startofday-function
        ("datetime(2017-01-01 10:10:17) - startofday(datetime(2017-01-01 10:10:17)) == time(10:10:17)", yes()),
        ("(datetime(2017-01-01 22:30) + 2h) - startofday(datetime(2017-01-01 22:30) + 2h) < 1h", yes()),
        // split-function
        (r#"array_length(split("aa__bb", "_"))"#, number(3)),
        (r#"array_length(split("aabbcc", "bb"))"#, number(2)),
        (r#"indexof("abcdefg", "cde")"#, number(2)),
        (r#"indexof("abcdefg", "x")"#, number(-1)),
        // in-operator, has-any-operator, has-all-operator
        (r#""ALASKA" in~ ("florida", "alaska")"#, yes()),
        (r#""ALASKA" in ("alaska")"#, no()),
        (r#""ALASKA" !in~ ("alaska")"#, no()),
        (r#""ALASKA" in~ (dynamic(["alaska"]))"#, yes()),
        (r#""CAROLINA NORTH" has_any ("south", "north")"#, yes()),
        (r#""cold and snow" has_all ("cold", "strong")"#, no()),
        // matches-regex-operator, regex: `(?i)`, ASCII boundaries
        (r#""Fabrikam" matches regex "b.*k""#, yes()),
        (r#""FABRIKAM" matches regex @"(?i)b.*k(?-u:\b)""#, no()),
        (r#""a\nb" matches regex "a.b""#, no()),
        (r#""a" !contains "b" and "a" !~ "b" and "a" != "b" and "a" !startswith "b""#, yes()),
        ("1 + 2 * 3 - 1 == 6", yes()),
        ("-5 < 1.5", yes()),
        ("true and false or true", yes()),
        ("true or true and false", yes()),
    ] {
        assert_eq!(computed(expression), expected, "{expression}");
    }
}

/// where-operator: `* has "cow"`.
#[test]
fn any_column() {
    let database = one(&[
        ("a", Type::String, text("North America")),
        ("n", Type::Long, Value::Integer(4624)),
        ("b", Type::Bool, Value::Null),
    ]);
    let count = |query: &str| answer_of(query, &database).map(|rows| rows.len());
    assert_eq!(count("T | where * has 'america'"), Ok(1));
    assert_eq!(count("T | where * contains_cs 'america'"), Ok(0));
    assert_eq!(count("T | where * contains 'x'"), Ok(0));
    assert!(count("T | where * contains '462'").is_err());
}

/// extend-operator, project-operator, project-away-operator, project-keep-operator, project-rename-operator, let-statement.
#[test]
fn columns_of_the_result() {
    let database = one(&[("a", Type::Long, Value::Integer(1)), ("s", Type::String, text("x")), ("c-d", Type::String, text("y"))]);
    let rows = |query: &str| answer_of(query, &database).unwrap_or_else(|problem| panic!("{query}: {problem}"));
    assert_eq!(rows("T"), [[Value::Integer(1), text("x"), text("y")]]);
    assert_eq!(rows("T | extend a = a + 1, b = a | project b, a"), [[Value::Integer(1), Value::Integer(2)]]);
    assert_eq!(rows("T | project-away a, s"), [[text("y")]]);
    assert_eq!(rows("T | project-keep s"), [[text("x")]]);
    assert_eq!(rows("T | project-rename z = ['c-d'] | project z"), [[text("y")]]);
    assert_eq!(rows("T | project n = strcat(['c-d'], s) | where n =~ 'YX'"), [[text("yx")]]);
    assert_eq!(
        rows(
            "// why\nlet list = dynamic(['X', \"Y\"]);\nlet few =\n  T // all\n  | where s in~ (list);\nfew\n| where a == 1 // it\n"
        ),
        [[Value::Integer(1), text("x"), text("y")]]
    );
    assert_eq!(rows("let U = T; let n = 1; U | where a == n | project s"), [[text("x")]]);
    assert_eq!(rows("T() | project s"), [[text("x")]]);
    // Expressions see the columns before.
    assert!(answer_of("T | extend p = 1 + a, q = p", &database).is_err());
    assert!(answer_of("T | project s | where a == 1", &database).is_err());
}

/// union-operator.
#[test]
fn union() {
    let mut database = one(&[("a", Type::Long, Value::Integer(1)), ("s", Type::String, text("x"))]);
    let mut other = Table::new(vec![("a".into(), Type::Long), ("t".into(), Type::String)]);
    other.push([("a", Value::Integer(2)), ("t", text("y"))]).unwrap();
    database.tables.insert("U".into(), other);
    let query = "union T, (U | where a > 1) | where a > 0 | project a, s, t";
    let plan = Query::read(query).unwrap().plan(&database.schema()).unwrap();
    let answer = plan.run(&database).unwrap();
    let found: Vec<_> = answer.selected.iter().map(|row| (row.table, row.row, row.columns.clone())).collect();
    assert_eq!(
        found,
        [
            ("T", 0, vec![("a", Value::Integer(1)), ("s", text("x")), ("t", text(""))]),
            ("U", 0, vec![("a", Value::Integer(2)), ("s", text("")), ("t", text("y"))]),
        ]
    );
    assert_eq!(answer_of("T | union (U) | where s == ''", &database).unwrap().len(), 1);
    assert!(answer_of("T | union kind=inner (U)", &database).is_err());
}

/// mv-apply-operator, with `summarize` at the end.
#[test]
fn mv_apply() {
    let found = |items: &str, condition: &str| {
        let items: serde_json::Value = serde_json::from_str(items).unwrap();
        let database = one(&[("d", Type::Dynamic, Value::dynamic(items)), ("s", Type::String, text("x"))]);
        answer_of(&format!("T | mv-apply e = d on (summarize f = countif({condition}) > 0) | where f | project s"), &database)
            .map(|rows| rows.len())
    };
    assert_eq!(found(r#"[{"m":"a"},{"m":"b"}]"#, "tostring(e.m) == 'b'"), Ok(1));
    assert_eq!(found(r#"[{"m":"a"},null]"#, "tostring(e.m) == 'b'"), Ok(0));
    assert_eq!(found(r#"["x"]"#, "tostring(e) == s"), Ok(1));
    assert!(found("[]", "true").is_err());
    assert!(found(r#"{"m":1}"#, "true").is_err());
    let nested = r#"T | mv-apply e = d on (
            mv-apply g = e.list on (summarize h = countif(tolong(g) > 2) > 0)
            | summarize f = countif(h and tostring(e.m) =~ "A") > 0
        )
        | where not(f)"#;
    for (items, selected) in [
        (r#"[{"m":"a","list":[1,3]}]"#, 0),
        (r#"[{"m":"a","list":[1]},{"m":"b","list":[3]}]"#, 1),
        (r#"[{"m":"b","list":[1]},{"m":"a","list":[3]}]"#, 0),
    ] {
        let items: serde_json::Value = serde_json::from_str(items).unwrap();
        let database = one(&[("d", Type::Dynamic, Value::dynamic(items))]);
        assert_eq!(answer_of(nested, &database).unwrap().len(), selected);
    }
}

/// What is not known is never guessed.
#[test]
fn refusals() {
    for (query, message) in [
        ("T | summarize c = count()", "`summarize`"),
        ("T | join (T) on x", "operator `join`"),
        ("T | where nosuch == 1", "no column `nosuch`"),
        ("T | where X == 1", "no column `X`"),
        ("U | where x == 1", "no table `U`"),
        ("T | where s == 1", "a string with a long"),
        ("T | where x == '1'", "a long with a string"),
        ("T | where x contains 'a'", "a long where a string"),
        ("T | where s < 'b'", "not modelled"),
        ("T | where d == 'a'", "a dynamic with a string"),
        ("T | where s matches regex '(?=a)'", "documented syntax"),
        ("T | where s matches regex s", "no literal"),
        ("T | where s == 'a' == true", "need brackets"),
        ("T | where nosuch(s)", "function `nosuch`"),
        ("T | where ago(1d) < now()", "function `ago`"),
        ("T | where s", "a string where a bool"),
        ("T | where x", "a long where a bool"),
        ("T | where", "no KQL"),
        ("T | where s == 'a", "no end"),
        ("T | where (x == 1", "no KQL"),
        ("T | where s == \"\\q\"", "no escape"),
        ("T | where s in (T | project s)", "no KQL"),
        ("T | extend strcat(s, s)", "needs a name"),
        ("T | where s in~ (s)", "no literal"),
        ("T; T", "no KQL"),
        ("T | where x == 1 x", "no KQL"),
        ("let a = T; let a = T; a", "twice"),
        ("let b = a; let a = T; b", "no table"),
        ("let unused = T | where nosuch == 1; T", "no column `nosuch`"),
        ("T | where case(true, 1, 'a') == 1", "different types"),
        ("T | where s matches regex '(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)'", "16 groups"),
        ("T | where * !contains 'a'", "negated"),
    ] {
        let found = refused(query);
        assert!(found.contains(message), "{query}: {found}");
    }
}

/// No text makes the model recurse without bound, or run away.
#[test]
fn hostile_texts() {
    let database = one(&[("x", Type::Long, Value::Integer(1)), ("d", Type::Dynamic, Value::Null)]);
    let nested = |depth: usize| format!("T | where {}x == 1{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(answer_of(&nested(120), &database).unwrap().len(), 1);
    let not = |depth: usize| format!("T | where {}x == 1{}", "not(".repeat(depth), ")".repeat(depth));
    assert_eq!(answer_of(&not(120), &database).unwrap().len(), 1);
    for query in [
        nested(20_000),
        format!("T | where {}", "not(".repeat(20_000)),
        format!("T | where {}", "[".repeat(20_000)),
        format!("T | where isnull(d{})", ".a".repeat(20_000)),
        format!("T | where x == {}1", "-".repeat(20_000)),
        format!("T | where x == 1{}", " + 1".repeat(20_000)),
        format!("{}T", "let a = T; ".repeat(20_000)),
        (0..60).fold("let a0 = T; ".to_owned(), |all, index| format!("{all}let a{} = union a{index}, a{index}; ", index + 1))
            + "a60",
        "\"".repeat(99_999),
        "`".repeat(100_001),
        "//".repeat(20_000),
        "T | mv-apply ".repeat(10_000),
        String::new(),
        "\0".to_owned(),
        "T | where x == 1 \u{feff}".to_owned(),
    ] {
        let start: String = query.chars().take(40).collect();
        assert!(answer_of(&query, &database).is_err(), "{start}");
    }
    let long = format!("T | where {}", vec!["x == 1"; 20_000].join(" or "));
    assert_eq!(answer_of(&long, &database).unwrap().len(), 1);
}
