//! What other converters get wrong (reference of translation traps): each is a test here.

use huntc::ir::Direction;

use super::oracle;
use super::*;

#[test]
fn a_trailing_backslash_stays_a_backslash() {
    let on = defender("windows/registry_set");
    let lines = on.lines(on.text("TargetObject", TextOperator::Contains, &[r"\CurrentVersion\Run\"]));
    assert!(lines.contains(r#"| where TargetObject contains @"\CurrentVersion\Run\""#), "{lines}");
}

#[test]
fn a_star_in_a_value_is_a_star() {
    let on = defender("windows/process_creation");
    let lines = on.lines(on.text("CommandLine", TextOperator::Equals, &["a*b?c"]));
    assert_eq!(lines, r#"| where ProcessCommandLine =~ "a*b?c""#);
}

#[test]
fn two_values_of_one_field_are_two_clauses_not_terms() {
    let on = defender("windows/process_creation");
    let both = all(vec![
        on.text("CommandLine", TextOperator::Contains, &["delete"]),
        on.text("CommandLine", TextOperator::Contains, &["shadow"]),
    ]);
    let lines = on.lines(both);
    assert_eq!(lines, "| where ProcessCommandLine contains \"delete\"\n| where ProcessCommandLine contains \"shadow\"");
}

#[test]
fn negation_of_a_split_value_keeps_both_halves() {
    let on = defender("windows/process_creation");
    let lines = on.lines(not(on.text("User", TextOperator::Equals, &[r"CORP\a"])));
    assert_eq!(lines, r#"| where not(AccountDomain =~ "CORP" and AccountName =~ "a")"#);
}

#[test]
fn the_kind_of_event_is_asked_for_in_every_query() {
    for (profile, row) in Profile::ALL
        .iter()
        .filter(|profile| profile.target() != huntc::schema::Target::Splunk)
        .flat_map(|profile| catalogue::all().map(move |row| (*profile, row)))
    {
        let source = LogSourceId(row.id.into());
        let Ok(layout) = mapping::layout(profile, &source) else { continue };
        let on = On { profile, source, layout };
        let query = on.query(of(Test::Weekday { days: vec![0], offset: 0 })).unwrap();
        let asked = query.clauses.iter().filter(|clause| clause.span.is_none()).count();
        assert_eq!(asked, on.layout.scope.conditions.len(), "{profile:?} {}", on.source);
        assert!(!query.text.contains("//"), "a comment: {}", query.text);
    }
}

#[test]
fn no_value_becomes_syntax() {
    let on = defender("windows/process_creation");
    let awkward = [
        r#"" or 1 == 1 //"#,
        r#"\" | project x"#,
        "a\n| take 1",
        "`; drop",
        "{{7*7}}",
        "*/ x",
        "'\"\\",
        "```",
        "a\r\u{2028}b\u{0}",
        "\u{202e}exe.txt",
        "@\"x",
    ];
    let mut queries = Vec::new();
    for value in awkward {
        for operator in [TextOperator::Equals, TextOperator::Contains, TextOperator::Named] {
            if operator == TextOperator::Named && value.contains(['\\', '/']) {
                continue;
            }
            let query = on.query(on.text("Image", operator, &[value])).unwrap().text;
            let lines = query.lines().filter(|line| !line.starts_with("| where FolderPath has")).count();
            assert_eq!(lines, 4, "{value:?} made a line:\n{query}");
            assert!(!query.chars().any(|character| character.is_control() && character != '\n'), "{query}");
            queries.push((on.profile.target(), query));
        }
    }
    let Some(faults) = oracle::language_service(&queries) else { return };
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_query_longer_than_sentinel_takes_is_refused() {
    let values: Vec<String> = (0..900).map(|number| format!("value-{number}")).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let on = sentinel("windows/process_creation");
    let losses = on.query(on.text("CommandLine", TextOperator::Equals, &values)).unwrap_err();
    assert_eq!(losses[0].code, "L0305");
    let on = defender("windows/process_creation");
    assert!(on.query(on.text("CommandLine", TextOperator::Equals, &values)).is_ok());
}

#[test]
fn a_field_that_is_not_kept_refuses_the_rule_or_is_left_out() {
    let on = defender("windows/process_creation");
    let hash = of(Test::Hash {
        field: on.field("imphash"),
        algorithm: huntc::schema::HashAlgorithm::Imphash,
        values: vec!["0".repeat(32)],
    });
    let named = on.text("Image", TextOperator::Named, &["x.exe"]);
    let losses = on.query(all(vec![named.clone(), hash.clone()])).unwrap_err();
    assert_eq!((losses[0].code, losses[0].direction), ("L0301", None));
    assert!(losses[0].message.contains("no import hash"), "{}", losses[0].message);
    let query = on.query(all(vec![named.clone(), approximate(hash.clone())])).unwrap();
    assert_eq!(query.losses[0].direction, Some(Direction::Wider));
    let query = on.query(any(vec![named.clone(), approximate(hash.clone())])).unwrap();
    assert_eq!(query.losses[0].direction, Some(Direction::Narrower));
    // Out of an exception a part is left out below a `not`.
    let mut selection = on.selection(named.clone());
    selection.exceptions.push(exception("e", all(vec![on.text("User", TextOperator::Equals, &["x"]), approximate(hash)])));
    let query = on.compile(&rule(selection)).unwrap();
    assert_eq!(query.losses[0].direction, Some(Direction::Narrower));
    let excepted = "\nr_rule\n| where not(isempty(AccountDomain) and AccountName =~ \"x\")\n";
    assert!(query.text.ends_with(excepted), "{}", query.text);
}

#[test]
fn a_name_that_is_no_identifier_is_quoted() {
    let mut layout = (*defender("windows/process_creation").layout).clone();
    let mut mapping = layout.fields["CommandLine"].clone();
    mapping.decode = huntc::schema::Decode::Column("my field's".into());
    layout.fields.insert("CommandLine".into(), mapping);
    let on = On { layout: Arc::new(layout), ..defender("windows/process_creation") };
    let lines = on.lines(on.text("CommandLine", TextOperator::Equals, &["x"]));
    assert_eq!(lines, r#"| where ['my field\'s'] =~ "x""#);
}

/// What the index is given first is implied: by the literal's own borders, and by nothing else.
#[test]
fn a_term_is_looked_for_only_where_it_is_implied() {
    let on = defender("windows/process_creation");
    let first = |condition| on.lines(condition).lines().next().unwrap().to_owned();
    let text = |operator, values: &[&str]| first(on.text("CommandLine", operator, values));
    let narrowed =
        |line: String| line.strip_prefix("| where ProcessCommandLine ").filter(|line| line.starts_with("has")).map(str::to_owned);
    for (line, expected) in [
        (text(TextOperator::Contains, &[" delete shadows "]), Some(r#"has "shadows""#)),
        (text(TextOperator::Contains, &["/delete /shadows"]), Some(r#"has "delete""#)),
        (text(TextOperator::Contains, &["shadows"]), None),
        (text(TextOperator::Contains, &["_shadows_"]), None),
        (text(TextOperator::Contains, &["éshadows "]), None),
        (text(TextOperator::Contains, &[" shadowsé"]), None),
        (text(TextOperator::Contains, &[r"\überall\"]), None),
        (text(TextOperator::StartsWith, &["shadows"]), None),
        (text(TextOperator::StartsWith, &["shadows "]), Some(r#"has "shadows""#)),
        (text(TextOperator::EndsWith, &["shadows"]), None),
        (text(TextOperator::EndsWith, &[" shadows"]), Some(r#"has "shadows""#)),
        (text(TextOperator::Contains, &[" one ", " two ", " ONE "]), Some(r#"has_any ("one", "two")"#)),
        // One alternative without a term needs every row.
        (text(TextOperator::Contains, &[" one ", "two"]), None),
        (text(TextOperator::Contains, &[" ab cd "]), None),
        (first(on.text_as("CommandLine", TextOperator::Contains, &[" Shadows "], Case::Exact)), Some(r#"has_cs "Shadows""#)),
        (first(not(on.text("CommandLine", TextOperator::Contains, &[" shadows "]))), None),
        (first(on.like("CommandLine", "*-x* delete ?*")), Some(r#"has "delete""#)),
        (first(on.like("CommandLine", "*?shadows?*")), None),
        // UTF-16: each letter is a term of its own.
        (text(TextOperator::Contains, &["w\u{0}h\u{0}o\u{0}a\u{0}m\u{0}i\u{0}"]), None),
    ] {
        assert_eq!(narrowed(line.clone()).as_deref(), expected, "{line}");
    }
    // A clause that the index answers by itself narrows enough.
    let own = all(vec![
        on.text("Image", TextOperator::Named, &["vssadmin.exe"]),
        on.text("CommandLine", TextOperator::Contains, &[" shadows "]),
    ]);
    assert!(!on.lines(own).contains(" has "));
    // A null guard below `not` implies nothing; beside it the other clause does.
    let both =
        all(vec![not(on.number("ProcessId", Order::Equal, &[4])), on.text("CommandLine", TextOperator::EndsWith, &[" /quiet"])]);
    assert_eq!(first(both), r#"| where ProcessCommandLine has "quiet""#);
    // How a text inside a dynamic column is spelled is not documented: no term of it is.
    let on = sentinel("azure/signinlogs");
    let inside = on.lines(on.text("DeviceDetail.operatingSystem", TextOperator::Contains, &[" server "]));
    assert!(!inside.contains(" has"), "{inside}");
    // The element of XML, with the column that may hold the value instead, and both stay before what is computed of them.
    let on = sentinel("windows/security");
    let lines = on.lines(on.text("ObjectName", TextOperator::Contains, &[r"\\secrets&more\\"]));
    assert_eq!(lines.lines().next(), Some(r#"| where ObjectName has "secrets" or EventData has "secrets""#));
}

#[test]
fn each_clause_says_whether_the_index_can_use_it_and_why_not() {
    let on = sentinel("windows/security");
    let query = on.query(all(vec![
        on.text("ObjectName", TextOperator::Equals, &["x"]),
        on.number("EventID", Order::Equal, &[4663]),
        on.regex("ProcessName", "a+", ""),
        not(on.text("ProcessName", TextOperator::Equals, &["lsass.exe"])),
        on.text("SubjectUserName", TextOperator::Contains, &["adm"]),
        on.presence("ObjectType", Presence::IsPresent),
    ]));
    let shown: Vec<String> = query.unwrap().clauses.into_iter().map(|clause| clause.index).collect();
    assert_eq!(
        shown,
        [
            "yes",
            "no (the value is computed for each row)",
            "yes",
            "no (the value is computed for each row)",
            "no (what a row lacks is seen by reading it)",
            "no (the value is computed for each row)",
            "no (any value)",
        ]
    );
    let on = defender("windows/process_creation");
    let query = on.query(all(vec![
        on.text("CommandLine", TextOperator::EndsWith, &[" /quiet"]),
        on.regex("CommandLine", "a+", ""),
        on.text("Description", TextOperator::Equals, &["ab"]),
        on.fields("CommandLine", TextOperator::Contains, "Image"),
    ]));
    let shown: Vec<String> = query.unwrap().clauses.into_iter().skip(2).map(|clause| clause.index).collect();
    assert_eq!(
        shown,
        [
            "yes",
            "no (a part of a text, which need not be a whole term)",
            "no (an expression is tried on every value)",
            "no (no term of three letters or digits)",
            "no (two values of the row are compared)",
        ]
    );
}
