//! What fuzzing starts from: the project's own hunts, emitted rules, pages and examples, and values that once were trouble.

use std::path::Path;

/// Seeds of a target, the same each time.
pub fn of(target: &str) -> Vec<Vec<u8>> {
    let bytes = |texts: Vec<String>| -> Vec<Vec<u8>> { texts.into_iter().map(String::into_bytes).collect() };
    match target {
        "hunt" => bytes([hunts(), conditions().iter().map(|condition| detect(condition)).collect()].concat()),
        "compiled" => bytes(conditions().iter().map(|condition| detect(condition)).collect()),
        "sigma" => bytes([below("outputs/sigma", &["yml", "yaml"]), sigma_rules()].concat()),
        "sigma_model" => bytes(below("outputs/sigma", &["yml", "yaml"])),
        "config" => bytes([below("src/cli/templates", &["yaml"]), fenced("yaml"), configurations()].concat()),
        "spl" => bytes(below("outputs/splunk", &["spl"])),
        "kql" => bytes(below("outputs", &["kql"])),
        "patterns" => patterns(),
        "csv" => {
            bytes([below("hunts/iocs", &["csv"]).into_iter().map(|file| format!("\u{3}{file}")).collect(), tables()].concat())
        }
        "intel" => bytes(intelligence()),
        "logs" => logs(),
        "windows" => bytes(WINDOWS.iter().map(|text| (*text).to_owned()).collect()),
        _ => Vec::new(),
    }
}

/// An event, a bundle, tables and a page of defanged values, each behind the number of its format.
fn intelligence() -> Vec<String> {
    let samples = below("tests/intel", &["json"]);
    let mut found: Vec<String> =
        samples.iter().map(|text| format!("{}{text}", if text.contains("\"bundle\"") { '\u{1}' } else { '\0' })).collect();
    found.extend(
        [
            "\u{2}value,type,tlp,last_seen\nhxxp://a[.]example/b,url,amber,2026-11-20\n1.2.3.4:80,ip,,\nx'\"y,filename,,\n",
            "\u{2}SHA256;File name\nd7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592;C:\\a b\\c.exe\n",
            "\u{3}# Report\n- evil[.]example[.]com\n| `hxxps[:]//a[.]com/b?c=(d)` | 2001[:]db8::1 |\nTLP:AMBER T1059.001 CVE-2026-10001\n",
            "\u{3}<html><title>T &amp; t</title><td>a<b>[.]</b>com</td><script>b[.]com</script>",
        ]
        .map(str::to_owned),
    );
    found
}

/// Texts of the files with such an ending, in the order of their paths.
fn below(folder: &str, endings: &[&str]) -> Vec<String> {
    let (mut waiting, mut files) = (vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)], Vec::new());
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
        } else if path.extension().is_some_and(|ending| endings.iter().any(|wanted| ending == *wanted)) {
            files.push(path);
        }
    }
    files.sort();
    files.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect()
}

/// Examples in the pages, of one language.
fn fenced(language: &str) -> Vec<String> {
    let pages = [below("docs", &["md"]), below("README.md", &["md"])].concat();
    let open = format!("```{language}\n");
    let blocks = pages.iter().flat_map(|page| page.split(&open).skip(1)).filter_map(|rest| rest.split("```").next());
    blocks.map(str::to_owned).collect()
}

fn hunts() -> Vec<String> {
    [below("hunts", &["hunt"]), below("tests/suite/hunts", &["hunt"]), below("src/cli/templates", &["hunt"]), examples(".hunt")]
        .concat()
}

/// The examples of the diagnostics, by the ending of the file.
fn examples(ending: &str) -> Vec<String> {
    let files = huntc::diag::codes::all().flat_map(|code| code.example.unmarked().files);
    files.filter(|(path, _)| path.ends_with(ending)).map(|(_, text)| text).collect()
}

fn sigma_rules() -> Vec<String> {
    let mut found = [examples(".yml"), examples(".yaml")].concat();
    let rule = |detection: &str| {
        format!("title: T\nlogsource:\n  category: process_creation\n  product: windows\ndetection:\n{detection}\n")
    };
    let detections = [
        "  a:\n    CommandLine|contains|all: ['x', 'y\\*']\n    Image|endswith: '\\cmd.exe'\n  condition: a",
        "  a:\n    - 'one'\n    - 'two*'\n  b:\n    - User: null\n    - CommandLine|re|i: '^a.*b$'\n  condition: 1 of them and not b",
        "  a_1:\n    CommandLine|base64offset|contains: 'http'\n  a_2:\n    CommandLine|windash|contains: ' -f '\n  condition: all of a_*",
        "  a:\n    CommandLine|wide|base64offset|contains: é\n    ParentImage|fieldref: Image\n    ProcessId|gte: 4\n  condition: not a or a",
        "  a:\n    sha256: ed01ebfbc9eb5bbea545af4d01bf5f1071661840480439c6e5babe8e080e41aa\n    Hashes|contains: 'MD5='\n    LogonId: 0x3e7\n    User|cased: 'A'\n    CommandLine|exists: true\n  condition: a",
        "  a: &anchor\n    CommandLine|expand: '%placeholder%'\n  b: *anchor\n  condition: a and b",
        "  a:\n    CommandLine|contains: |\n      block\n      text\n    Image|endswith: \"\\\\a\\x41\\u00e9\"\n  condition: a",
    ];
    found.extend(detections.iter().map(|text| rule(text)));
    found.push("title: C\nname: c\ncorrelation:\n  type: event_count\n  rules: [a]\n  group-by: [User]\n  timespan: 5m\n  condition:\n    gte: 3\n".to_owned());
    found.push("title: F\nlogsource:\n  product: windows\nfilter:\n  rules: any\n  selection:\n    User: x\n  condition: not selection\n".to_owned());
    found
}

fn configurations() -> Vec<String> {
    vec![
        "version: 1\nattack: \"19.0\"\ntargets:\n  splunk:\n    profile: windows\n    scopes:\n      proxy: {macro: web}\n  sentinel: {}\ndefaults:\n  every: 1h\n  suppress: 30m\nlint:\n  W0115: allow\naccept_losses: [L0301]\n".to_owned(),
        "version: 2\ntargets: [a, b]\n".to_owned(),
        "targets:\n  defender:\n    fields:\n      windows/process_creation:\n        User: AccountName\n".to_owned(),
        "{a: &x [*x]}\n".to_owned(),
        "? - a\n: |+2\n    b\n---\n%YAML 1.2\n!!binary é\n".to_owned(),
    ]
}

/// A hunt of one detect.
fn detect(condition: &str) -> String {
    let (source, condition) = condition.split_once(": ").unwrap_or(("windows/process_creation", condition));
    format!("hunt h {{\n  hypothesis \"h\"\n  detect d on {source} {{\n    when {condition}\n  }}\n}}\n")
}

/// One of each kind of comparison, and ways to join them.
fn conditions() -> Vec<&'static str> {
    vec![
        "windows/process_creation: CommandLine contains 'delete'",
        r"windows/process_creation: Image endswith '\cmd.exe' and not User == 'ACME\bob'",
        r#"windows/process_creation: CommandLine contains all ("a\"b", 'c\d', "e\tf") or ParentImage named 'x.exe'"#,
        "windows/process_creation: CommandLine like '*a?b[*]c*' and not (Image exists or User is empty)",
        r"windows/process_creation: CommandLine matches /^a[b-d]{2,3}(e|\.f)+$/ims",
        r"windows/process_creation: CommandLine matches /\bwmic\b.*[^\s\\]+/i and User is present",
        "windows/process_creation: ProcessId in (4, 0x10) or LogonId == 0x3e7 or not ProcessId >= 100",
        "windows/process_creation: Image == field ParentImage and not CommandLine contains field User",
        "windows/process_creation: User startswith cased 'Adm' and CommandLine is null",
        "windows/process_creation: md5 == 'd41d8cd98f00b204e9800998ecf8427e' and anywhere contains 'x'",
        "windows/process_creation: time in 22:00..6:00 +02:00 and weekday in (sat, sun)",
        "windows/process_creation: CommandLine contains base64offset 'http' or CommandLine contains windash ' -f '",
        "windows/network_connection: DestinationIp in ('10.0.0.0/8', 'fe80::/10') and not DestinationPort == 443",
        "windows/network_connection: Initiated == true and DestinationHostname endswith '.example'",
        r"windows/registry_set: TargetObject contains '\CurrentVersion\Run\' and Details startswith 'DWORD'",
        r"windows/registry_event: TargetObject startswith 'HKLM\' and EventType == 'SetValue'",
        "windows/file_event: TargetFilename endswith '.lnk'",
        "windows/dns_query: QueryName in ('a.example', 'b.example') or QueryName endswith '.c'",
        "windows/image_load: Signed == false and ImageLoaded named 'x.dll'",
        "linux/process_creation: Image startswith '/tmp/' and CommandLine contains 'é'",
        "proxy: c-uri contains '/x?' and cs-host == 'h.example'",
        "azure/signinlogs: (anywhere contains 'x') and not (anywhere contains 'y')",
    ]
}

/// The first byte says what the rest is: see `readers::patterns`.
fn patterns() -> Vec<Vec<u8>> {
    let of =
        |kind: u8, texts: &[&str]| -> Vec<Vec<u8>> { texts.iter().map(|text| [&[kind], text.as_bytes()].concat()).collect() };
    let plain = [
        r"\",
        r"\\",
        r"\\server\c$",
        r"a\",
        r"\*",
        "a*b?c",
        "[*]",
        "\"",
        "'",
        "`",
        "|",
        "$x$",
        "%x%",
        "{{x}}",
        "-",
        " ",
        "  x ",
        "\t",
        "\u{1}",
        "é",
        "ﬀ",
        "İ",
        "ſ",
        "K",
        "\u{feff}x",
        "null",
        "true",
        "0x10",
        "1e5",
        "# x",
        ": x",
        "--",
        "//",
        "/*",
        "=~",
        "x\" or \"y",
        "x' | delete",
        "*",
        "?",
        "",
        "\n",
        "\r\n",
        "\u{85}",
        "\u{2028}",
        "\u{a0}",
        "a,b",
        "<>",
        "&amp;",
        "^$",
        "~",
        "!x",
        "@x",
    ];
    let like =
        ["*a*b*", "a?*", "[*][?][[]", "[a]", "*", "**", "?", "?*?", r"*\a\*\b.exe", "[", "[*", "*]", "a**?b", "é*", "*\n*"];
    let regex = [
        "/abc",
        "i/^a.c$",
        "s/a.b",
        "m/^a$",
        "ims/.",
        "/[0-9]+",
        "/[^\\]a-]",
        "/(a|b|)c*?",
        "/a{2,3}",
        "/a{0}",
        r"/\d\w\s\D\W\S\b\B",
        r"/\.\\\/\x41\u00e9",
        "/(?:a)",
        "/[a-z&&b]",
        "/^",
        "/$",
        "/(^|x)a($|y)",
        "/((((a))))",
        "/a{1000}",
        "/(a*)*b",
        "/[é-ü]",
        r"/[\s\S]",
        r"/\t\n\r",
        "/ ",
        "i/K",
        "i/[^k]",
        "/a|^b",
    ];
    let networks = [
        "10.0.0.0/8",
        "10.1.2.3",
        "::1",
        "fe80::/10",
        "::ffff:10.0.0.0/104",
        "0.0.0.0/0",
        "::/0",
        "10.0.0.0/8,192.168.0.0/16,::1/128",
        "1.2.3.4/33",
        "1.2.3",
        "255.255.255.255/32",
        "2001:db8::/127",
        "::ffff:0:0/96",
        "::/95",
        "010.1.1.1",
        "0.0.0.0/1",
    ];
    let plains = (4..8).filter(|kind| *kind != 4).flat_map(|kind| of(kind, &plain));
    [of(0, &like), of(2, &regex), of(4, &networks)].concat().into_iter().chain(plains).collect()
}

fn tables() -> Vec<String> {
    let texts = [
        "\u{0}value\na\nb\n",
        "\u{1}name,value\r\nx,\"y,z\"\r\n# note\r\n\r\nq,\"a\"\"b\"\r\n",
        "\u{2}value\n1\n0x10\n-5\n",
        "\u{4}\u{feff}host\nexample[.]com\nhxxp://x\n",
        "\u{5}value,why\n  a.exe  ,\"line\nbreak\"\n",
        "\u{1}value\n\"open\n",
        "\u{1}value\n\"a\"b\n",
        "\u{1}other\na\n",
        "\u{0}value\na,b\n",
    ];
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn logs() -> Vec<Vec<u8>> {
    let texts: &[&[u8]] = &[
        br#"{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","CommandLine":"cmd /c x","UtcTime":"2026-11-24 10:00:00.000"}"#,
        br##"{"Event":{"System":{"EventID":{"#text":4688},"Channel":"Security","Provider":{"#attributes":{"Name":"Microsoft-Windows-Security-Auditing"}},"TimeCreated":{"#attributes":{"SystemTime":"2026-11-24T10:00:00.1234567Z"}}},"EventData":{"NewProcessName":"C:\\x.exe"}}}"##,
        br#"{"a":[1,-2.5e3,true,null,{"b":"\u00e9\ud83d\ude00\n"}],"a":2}"#,
        b"\xef\xbb\xbf{\"a\":1}\r\n\r\nnot json\n[1]\n{\"b\":\"\xff\"}\n{\"c\":\"\\ud800\"}\n{\"d\":",
        b"\xff\xfe{\0}\0",
        br#"{"@timestamp":"2026-11-24T10:00:00+02:00","n":18446744073709551616,"m":-9223372036854775808,"f":1e400,"z":-0.0}"#,
        br#"{"eventVersion":"1.08","eventSource":"iam.amazonaws.com","eventName":"CreateUser","eventTime":"2026-11-24T10:00:00Z","userIdentity":{"type":"Root"}}"#,
        br#"{"Timestamp":1795514400,"SyslogMessage":"sshd[1]: x"}"#,
        // One line of JSON in gzip, and one in Zstandard.
        &[
            31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 114, 45, 75, 205, 43, 241, 116, 81, 178, 50, 212, 81, 114, 206, 207, 205, 77, 204, 75, 241, 201, 204,
            75, 85, 178, 82, 170, 80, 170, 229, 2, 0, 85, 124, 149, 227, 32, 0, 0, 0,
        ],
        &[0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x41, 0x00, 0x00, 0x7b, 0x22, 0x61, 0x22, 0x3a, 0x31, 0x7d, 0x0a, 0xe2, 0xef, 0xec, 0xe0],
    ];
    texts.iter().map(|text| text.to_vec()).collect()
}

const WINDOWS: &[&str] = &[
    "EventID=1\nChannel=\"Microsoft-Windows-Sysmon/Operational\"\nComputer=a\nProvider={\"#attributes\":{\"Name\":\"Microsoft-Windows-Sysmon\"}}\n\nImage=C:\\x.exe\nCommandLine=x \"y\"\nProcessId=4\n",
    "EventID={\"#text\":4688,\"#attributes\":{\"Qualifiers\":0}}\nChannel=Security\nTimeCreated={\"#attributes\":{\"SystemTime\":\"2026-11-24T10:00:00Z\"}}\n\nNewProcessName=C:\\x.exe\nSubjectUserName=bob\n",
    "EventID=7045\nChannel=System\nExecution={\"#attributes\":{\"ProcessID\":4}}\n\nServiceName=x\nThreat Name=y\nEventID=inner\n",
    "EventID=4104\n\nData=[\"a\",\"b\"]\nScriptBlockText=line\n#text=z\n#attributes={\"Name\":\"q\"}\n",
    "EventID=\"1\"\n\nData={\"#text\":[\"a\",null],\"#attributes\":{\"Name\":\"CommandLine\"}}\nBinary=null\n",
];
