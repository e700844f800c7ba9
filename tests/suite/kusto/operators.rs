//! Every operator, as it is emitted. Read a snapshot as a reviewer would: is this what the words mean, also where the field is
//! absent?

use super::*;

fn shown(cases: &[(&str, String)]) -> String {
    cases.iter().map(|(written, lines)| format!("{written}\n{lines}\n")).collect::<Vec<String>>().join("\n")
}

#[test]
fn a_whole_query() {
    let on = defender("windows/process_creation");
    let condition = all(vec![
        any(vec![
            on.text("Image", TextOperator::Named, &["vssadmin.exe", "wmic.exe"]),
            on.text("OriginalFileName", TextOperator::Equals, &["VSSADMIN.EXE", "wmic.exe"]),
        ]),
        on.text("CommandLine", TextOperator::Contains, &["delete"]),
        on.text("CommandLine", TextOperator::Contains, &["shadow"]),
        not(on.text("ParentImage", TextOperator::Named, &["VeeamAgent.exe", "wbengine.exe"])),
    ]);
    let mut selection = on.selection(condition);
    selection.output = ["Computer", "User", "ParentImage", "CommandLine"].map(|name| on.field(name)).to_vec();
    selection.exceptions.push(exception(
        "sccm_clean_up",
        all(vec![
            on.text("ParentImage", TextOperator::Named, &["ccmexec.exe"]),
            on.text("User", TextOperator::Equals, &[r"NT AUTHORITY\SYSTEM"]),
        ]),
    ));
    let mut rule = rule(selection);
    rule.entities = vec![entity(&on, EntityKind::Host, "Computer"), entity(&on, EntityKind::Account, "User")];
    rule.schedules = vec![(None, schedule(900, vec![on.field("Computer")]))];
    let query = on.compile(&rule).unwrap();
    insta::assert_snapshot!("defender_whole", query.text);
    insta::assert_debug_snapshot!(
        "defender_whole_facts",
        (
            &query.columns,
            &query.entities,
            &query.suppress_by,
            &query.assumes,
            query
                .clauses
                .iter()
                .map(|clause| format!("{} | {} | {:?}", clause.text, clause.index, clause.assumes))
                .collect::<Vec<_>>()
        )
    );
    let sentinel = sentinel("windows/process_creation");
    let query = sentinel.compile(&rule).unwrap();
    insta::assert_snapshot!("sentinel_whole", query.text);
    insta::assert_debug_snapshot!("sentinel_whole_entities", query.entities);
}

#[test]
fn text() {
    let on = defender("windows/process_creation");
    let line = |operator, values: &[&str]| on.lines(on.text("CommandLine", operator, values));
    let cased = |operator, values: &[&str]| on.lines(on.text_as("CommandLine", operator, values, Case::Exact));
    insta::assert_snapshot!(
        "text",
        shown(&[
            ("== 'abc'", line(TextOperator::Equals, &["abc"])),
            ("in ('a', 'b')", line(TextOperator::Equals, &["a", "b"])),
            ("contains 'abc'", line(TextOperator::Contains, &["abc"])),
            ("contains ('a', 'b')", line(TextOperator::Contains, &["a", "b"])),
            ("startswith 'abc'", line(TextOperator::StartsWith, &["abc"])),
            ("endswith 'abc'", line(TextOperator::EndsWith, &["abc"])),
            ("== cased 'Abc'", cased(TextOperator::Equals, &["Abc"])),
            ("in cased ('A', 'B')", cased(TextOperator::Equals, &["A", "B"])),
            ("contains cased 'Abc'", cased(TextOperator::Contains, &["Abc"])),
            ("startswith cased 'Abc'", cased(TextOperator::StartsWith, &["Abc"])),
            ("endswith cased 'Abc'", cased(TextOperator::EndsWith, &["Abc"])),
            ("== 'École'", line(TextOperator::Equals, &["École"])),
            ("== cased 'École'", cased(TextOperator::Equals, &["École"])),
            ("contains ('x', 'É', '–enc')", line(TextOperator::Contains, &["x", "É", "–enc"])),
            ("not == 'abc'", on.lines(not(on.text("CommandLine", TextOperator::Equals, &["abc"])))),
            ("Image named 'cmd.exe'", on.lines(on.text("Image", TextOperator::Named, &["cmd.exe"]))),
            (
                "Image named cased ('a.exe', 'B.exe')",
                on.lines(on.text_as("Image", TextOperator::Named, &["a.exe", "B.exe"], Case::Exact))
            ),
            (
                "CommandLine named 'x' (a column without a name of its own)",
                on.lines(of(Test::Text {
                    field: typed("CommandLine", "path"),
                    operator: TextOperator::Named,
                    values: vec!["x.exe".into(), "y.exe".into()],
                    case: Case::Folded,
                }))
            ),
            ("like 'a*b?c'", on.lines(on.like("CommandLine", "a*b?c"))),
            ("like '*e?f*'", on.lines(on.like("CommandLine", "*e?f*"))),
            ("like 'é*k'", on.lines(on.like("CommandLine", "é*k"))),
            (r"matches /\bcmd\d+\s$/i", on.lines(on.regex("CommandLine", r"\bcmd\d+\s$", "i"))),
            (r"matches /[a-t]x|[^k].(s)?/is", on.lines(on.regex("CommandLine", "[a-t]x|[^k].(s)?", "is"))),
            (r"matches /^\W+\D*?$/m", on.lines(on.regex("CommandLine", r"^\W+\D*?$", "m"))),
            ("== field OriginalFileName", on.lines(on.fields("CommandLine", TextOperator::Equals, "OriginalFileName"))),
            ("Image == field ParentImage", on.lines(on.fields("Image", TextOperator::Equals, "ParentImage"))),
            ("CommandLine contains field Image", on.lines(on.fields("CommandLine", TextOperator::Contains, "Image"))),
            (
                "anywhere contains ('mimikatz', 'x')",
                on.lines(of(Test::Anywhere { values: vec!["mimikatz".into(), "x".into()], case: Case::Folded }))
            ),
            (
                "not anywhere contains cased 'x'",
                on.lines(not(of(Test::Anywhere { values: vec!["x".into()], case: Case::Exact })))
            ),
        ])
    );
}

#[test]
fn presence_and_the_empty_text() {
    let on = defender("windows/process_creation");
    let state = |name: &str, state| on.lines(on.presence(name, state));
    let command = |operator, value: &str| on.text("CommandLine", operator, &[value]);
    insta::assert_snapshot!(
        "presence",
        shown(&[
            ("CommandLine is empty", state("CommandLine", Presence::IsEmpty)),
            ("CommandLine is present", state("CommandLine", Presence::IsPresent)),
            ("CommandLine is null", state("CommandLine", Presence::IsNull)),
            ("CommandLine exists", state("CommandLine", Presence::Exists)),
            ("User exists (never stored empty)", state("User", Presence::Exists)),
            ("Image is null (never stored empty)", state("Image", Presence::IsNull)),
            ("ProcessId is null", state("ProcessId", Presence::IsNull)),
            ("ProcessId is present", state("ProcessId", Presence::IsPresent)),
            ("UtcTime exists", state("UtcTime", Presence::Exists)),
            ("CommandLine == ''", on.lines(command(TextOperator::Equals, ""))),
            ("CommandLine contains ''", on.lines(command(TextOperator::Contains, ""))),
            ("Image contains ''", on.lines(on.text("Image", TextOperator::Contains, &[""]))),
            ("Image in ('', 'x')", on.lines(on.text("Image", TextOperator::Equals, &["", "x"]))),
            ("CommandLine matches /x?/", on.lines(on.regex("CommandLine", "x?", ""))),
            ("Image matches /x?/", on.lines(on.regex("Image", "x?", ""))),
            (
                "any { is null, == '' }: the difference vanishes",
                on.lines(any(vec![on.presence("CommandLine", Presence::IsNull), command(TextOperator::Equals, "")])),
            ),
            (
                "exists and contains 'x': the difference vanishes",
                on.lines(all(vec![on.presence("CommandLine", Presence::Exists), command(TextOperator::Contains, "x")])),
            ),
            (
                "exists and not == '': the difference vanishes",
                on.lines(all(vec![on.presence("CommandLine", Presence::Exists), not(command(TextOperator::Equals, ""))])),
            ),
            (
                "approximate is null",
                on.lines(all(vec![
                    on.text("Image", TextOperator::Named, &["x"]),
                    approximate(on.presence("CommandLine", Presence::IsNull))
                ])),
            ),
            ("imphash", on.lines(on.presence("imphash", Presence::Exists))),
        ])
    );
}

#[test]
fn numbers_truth_values_addresses_and_hashes() {
    let on = defender("windows/process_creation");
    let network = defender("windows/network_connection");
    let signin = sentinel("azure/signinlogs");
    let security = sentinel("windows/security");
    let ten = network.address("DestinationIp", &[("10.0.0.0", 8), ("::1", 128)]);
    insta::assert_snapshot!(
        "numbers",
        shown(&[
            ("ProcessId == 4", on.lines(on.number("ProcessId", Order::Equal, &[4]))),
            ("ProcessId in (4, -1)", on.lines(on.number("ProcessId", Order::Equal, &[4, -1]))),
            ("ProcessId >= 1000", on.lines(on.number("ProcessId", Order::GreaterOrEqual, &[1000]))),
            ("not ProcessId > 4", on.lines(not(on.number("ProcessId", Order::Greater, &[4])))),
            ("ProcessId < the smallest", on.lines(on.number("ProcessId", Order::Less, &[i64::MIN]))),
            ("DestinationPort == 445", network.lines(network.number("DestinationPort", Order::Equal, &[445]))),
            ("Initiated == true", network.lines(network.boolean("Initiated", true))),
            ("not Initiated == true", network.lines(not(network.boolean("Initiated", true)))),
            ("IsInteractive == false", signin.lines(signin.boolean("IsInteractive", false))),
            ("not IsInteractive == false", signin.lines(not(signin.boolean("IsInteractive", false)))),
            ("DeviceDetail.isCompliant == true", signin.lines(signin.boolean("DeviceDetail.isCompliant", true))),
            ("Status.errorCode == 50126", signin.lines(signin.number("Status.errorCode", Order::Equal, &[50126]))),
            ("EventID in (4624, 4625)", security.lines(security.number("EventID", Order::Equal, &[4624, 4625]))),
            ("SubjectLogonId == 0x3e7", security.lines(security.number("SubjectLogonId", Order::Equal, &[0x3e7]))),
            ("DestinationIp in ('10.0.0.0/8', '::1')", network.lines(ten.clone())),
            ("not DestinationIp in …", network.lines(not(ten))),
            ("DestinationIp in '::/0' (no v4 address)", network.lines(network.address("DestinationIp", &[("::", 0)]))),
            ("SourceIp == field DestinationIp", network.lines(network.fields("SourceIp", TextOperator::Equals, "DestinationIp"))),
            (
                "SourcePort == field DestinationPort",
                network.lines(network.fields("SourcePort", TextOperator::Equals, "DestinationPort"))
            ),
            (
                "sha256 in (…)",
                on.lines(of(Test::Hash {
                    field: on.field("sha256"),
                    algorithm: huntc::schema::HashAlgorithm::Sha256,
                    values: vec!["a".repeat(64), "b".repeat(64)],
                }))
            ),
        ])
    );
}

#[test]
fn time() {
    let on = defender("windows/process_creation");
    let clock = |start, end, offset| on.lines(of(Test::TimeOfDay { start, end, offset }));
    insta::assert_snapshot!(
        "time",
        shown(&[
            ("time in 09:00..17:30", clock(540, 1050, 0)),
            ("time in 19:00..07:00 +02:00", clock(1140, 420, 120)),
            ("not time in 09:00..17:00 -05:30", on.lines(not(of(Test::TimeOfDay { start: 540, end: 1020, offset: -330 })))),
            ("weekday in (sat, sun)", on.lines(of(Test::Weekday { days: vec![5, 6], offset: 0 }))),
            ("not weekday in (mon) +02:00", on.lines(not(of(Test::Weekday { days: vec![0], offset: 120 })))),
        ])
    );
}

#[test]
fn lists_of_objects() {
    let on = sentinel("azure/signinlogs");
    let member = |name: &str, value: &str| {
        of(Test::Text {
            field: typed(name, "string"),
            operator: TextOperator::Equals,
            values: vec![value.into()],
            case: Case::Folded,
        })
    };
    let some = |condition| of(Test::Some { field: on.field("AuthenticationDetails"), condition: Box::new(condition) });
    let password = some(all(vec![
        member("authenticationMethod", "Password"),
        not(of(Test::Boolean { field: typed("succeeded", "boolean"), value: true })),
    ]));
    insta::assert_snapshot!(
        "lists",
        shown(&[
            ("some AuthenticationDetails { … }", on.lines(password.clone())),
            ("not some … or …", on.lines(any(vec![not(password), on.text("AppDisplayName", TextOperator::Equals, &["x"])]))),
            (
                "nested",
                on.lines(some(of(Test::Some {
                    field: typed("steps", "list of object"),
                    condition: Box::new(member("a-b", "x"))
                })))
            ),
            (
                "a list of strings",
                on.lines(some(of(Test::Text {
                    field: typed("names", "list of string"),
                    operator: TextOperator::Contains,
                    values: vec!["x".into()],
                    case: Case::Folded,
                })))
            ),
            ("anywhere inside", on.lines(some(of(Test::Anywhere { values: vec!["x".into()], case: Case::Folded })))),
            ("is present", on.lines(on.presence("AuthenticationDetails", Presence::IsPresent))),
        ])
    );
}

#[test]
fn decoded_columns() {
    let on = defender("windows/process_creation");
    let registry = defender("windows/registry_set");
    let event = defender("windows/registry_event");
    let network = defender("windows/network_connection");
    let security = sentinel("windows/security");
    let user = |operator, values: &[&str]| on.lines(on.text("User", operator, values));
    insta::assert_snapshot!(
        "decoded",
        shown(&[
            (r"User == 'ACME\bob'", user(TextOperator::Equals, &[r"ACME\bob"])),
            (
                r"User in ('ACME\bob', 'acme\eve', 'root', 'X\y')",
                user(TextOperator::Equals, &[r"ACME\bob", r"acme\eve", "root", r"X\y"])
            ),
            (r"User endswith '\bob'", user(TextOperator::EndsWith, &[r"\bob"])),
            ("User endswith 'ob'", user(TextOperator::EndsWith, &["ob"])),
            (r"User startswith 'ACME\'", user(TextOperator::StartsWith, &[r"ACME\"])),
            ("User contains 'AUTHORI'", user(TextOperator::Contains, &["AUTHORI"])),
            (r"not User == 'ACME\bob'", on.lines(not(on.text("User", TextOperator::Equals, &[r"ACME\bob"])))),
            (
                r"TargetObject endswith '\Run\evil'",
                registry.lines(registry.text("TargetObject", TextOperator::EndsWith, &[r"\Run\evil"]))
            ),
            (
                "Details == 'DWORD (0x00000001)'",
                registry.lines(registry.text("Details", TextOperator::Equals, &["DWORD (0x00000001)"]))
            ),
            (
                "EventType == 'SetValue' (always so)",
                registry.lines(registry.text("EventType", TextOperator::Equals, &["SetValue"]))
            ),
            (
                "EventType == 'DeleteKey' (never so)",
                registry.lines(registry.text("EventType", TextOperator::Equals, &["DeleteKey"]))
            ),
            (
                "EventType in ('DeleteKey', 'DeleteValue')",
                event.lines(event.text("EventType", TextOperator::Equals, &["DeleteKey", "DeleteValue"]))
            ),
            (
                "DestinationHostname endswith '.test'",
                network.lines(network.text("DestinationHostname", TextOperator::EndsWith, &[".test"]))
            ),
            (
                "Protocol == 'tcp' (a name that the table has)",
                network.lines(network.text("Protocol", TextOperator::Equals, &["tcp"]))
            ),
            ("ServiceName contains '<x>'", security.lines(security.text("ObjectDN", TextOperator::Contains, &["<x>"]))),
        ])
    );
}
