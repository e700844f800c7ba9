//! Codes E01, syntax: what the reader could not read.

use super::{Code, Example};
use crate::diag::Severity;

const fn code(id: &'static str, title: &'static str, explanation: &'static str, example: &'static str) -> Code {
    Code { id, severity: Severity::Error, title, explanation, example: Example::Hunt(example) }
}

pub const CODES: &[Code] = &[
    Code {
        id: "E0100",
        severity: Severity::Error,
        title: "unreadable statement",
        explanation: "The statement has the right form, but the compiler has no place for it. This is a fault of the compiler and never \
             of the hunt; please report it. The hunt is refused, since a statement that is left out could change what a rule means.",
        example: Example::Call("no hunt is known that shows it"),
    },
    code(
        "E0101",
        "unexpected word or symbol",
        "Something stands where the language expects something else. The message names what could stand there. The most frequent \
         cause is text without quotes: a text stands in '…', and only names of patterns, lists and rules are bare words.",
        "hunt example {
  pattern shells on windows/process_creation {
    Image endswith ‹cmd.exe›
  }
}
",
    ),
    code(
        "E0102",
        "text without end",
        "A text in '…' or \"…\" and a field in back quotes end on the line on which they begin. In \"…\" a backslash is an escape, \
         so \"C:\\\" does not end; a Windows path is best written as '…'. Prose of several lines stands between \"\"\" and \"\"\".",
        "hunt example {
  pattern shells on windows/process_creation {
    Image endswith ‹'›cmd.exe
  }
}
",
    ),
    code(
        "E0103",
        "prose without end",
        "Prose begins with \"\"\" and goes on to the next \"\"\", over as many lines as it likes. Here the second one is missing, so that the \
         rest of the file would be prose.",
        "hunt example {
  hypothesis ‹\"\"\"›
    An adversary has reached one of our servers.
}
",
    ),
    code(
        "E0104",
        "regular expression without end",
        "A slash that does not touch a word on its left begins a regular expression, which ends at the next slash on the same line. A \
         slash within it is written \\/, also between brackets. In a log source no blank stands before a slash.",
        "hunt example {
  pattern shells on windows/process_creation {
    CommandLine matches ‹/›-enc.*
  }
}
",
    ),
    code(
        "E0105",
        "unknown escape",
        "In \"…\" a backslash begins an escape: \\\\ is a backslash, \\\" a quote, \\n a line break, \\t a tab, \\u{e9} the character with that code \
         point. Others are refused, since \"C:\\Windows\" almost always means the path. In '…' a backslash means itself.",
        "hunt example {
  pattern shells on windows/process_creation {
    Image endswith \"‹\\W›indows\"
  }
}
",
    ),
    code(
        "E0106",
        "bracket without end",
        "A bracket is still open where the file ends, or where a statement begins that cannot stand inside of it. The place is the line \
         before which the closing bracket is missing, or the bracket itself; the label names the innermost bracket that is open.",
        "hunt example {
  detect shells on windows/process_creation {
    when {
      Image endswith 'cmd.exe'
  }

  ‹detect scripts› on windows/process_creation {
    when Image endswith 'wscript.exe'
  }
}
",
    ),
    code(
        "E0107",
        "bracket without beginning",
        "A closing bracket has no opening one. Most often it was left behind when a block was removed, or the block was closed twice.",
        "hunt example {
}
‹}›
",
    ),
    code(
        "E0108",
        "nested too deeply",
        "Parentheses, blocks and chains of not and approximate nest at most 64 deep together. Nobody can read such a clause; give its \
         inner part a name of its own as a pattern.",
        "hunt example {
  pattern deep on windows/process_creation {
    ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((‹(›A == 1)))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))
  }
}
",
    ),
    Code {
        id: "E0109",
        severity: Severity::Error,
        title: "file too large",
        explanation: "A file has at most 16 MiB and two million words and values, a line at most 1 MiB, a statement at most 200,000 words and \
             values. Long lists belong into CSV files: list NAME of TYPE from \"file\".",
        example: Example::Call("huntc check a-file-of-20-megabytes.hunt"),
    },
    code(
        "E0110",
        "control character",
        "Control characters, a carriage return that no line feed follows, and characters that turn the reading direction cannot stand in \
         a hunt, not even in comments: with them a file can look other than it reads. In text they are written \"\\u{…}\".",
        "hunt example {
  title \"tab‹\u{1}›\"
}
",
    ),
    code(
        "E0112",
        "and beside or",
        "Languages differ in what binds tighter, and search and where of one product may differ, too. So both words beside each other \
         need parentheses that say what belongs together. Both readings are offered as fixes.",
        "hunt example {
  pattern shells on windows/process_creation {
    Image endswith 'cmd.exe' and User == 'a' ‹or› User == 'b'
  }
}
",
    ),
    code(
        "E0113",
        "two statements on a line",
        "A statement, and so a clause, ends at the end of its line. Clauses on lines of their own are joined by and. Within parentheses \
         a line break means nothing, so there and or or stands between two clauses.",
        "hunt example {
  pattern shells on windows/process_creation {
    Image endswith 'cmd.exe' ‹User› == 'a'
  }
}
",
    ),
    code(
        "E0114",
        "word or symbol of another language",
        "The symbol or word belongs to another language. Here equality is ==, the joining words are and, or and not, and comments begin \
         with #. The message offers what is meant.",
        "hunt example {
  pattern shells on windows/process_creation {
    Image ‹=› 'cmd.exe'
  }
}
",
    ),
    code(
        "E0115",
        "operator without blanks",
        "Symbol operators stand between blanks, since names of fields may hold - and . and a comparison is easier to read so.",
        "hunt example {
  pattern web on windows/network_connection {
    DestinationPort‹<›1024
  }
}
",
    ),
    code(
        "E0116",
        "negation in the middle",
        "not stands before the whole comparison: not F in (…). F is not null is written F exists, and F is not empty is F is present.",
        "hunt example {
  pattern shells on windows/process_creation {
    Image ‹not› in ('cmd.exe', 'powershell.exe')
  }
}
",
    ),
    code(
        "E0117",
        "unknown operator",
        "After a field stands an operator: ==, !=, <, <=, >, >=, in, contains, startswith, endswith, named, like, matches, is or exists.",
        "hunt example {
  pattern shells on windows/process_creation {
    CommandLine ‹contians› 'delete'
  }
}
",
    ),
    code(
        "E0118",
        "one value or a list",
        "in takes a list in parentheses or the name of one. ==, !=, <, <=, > and >= take one value. That a field is none of several values \
         is not F in (…). Two fields are compared with ==, !=, contains, startswith or endswith.",
        "hunt example {
  pattern shells on windows/process_creation {
    Image in ‹'cmd.exe'›
  }
}
",
    ),
    code(
        "E0119",
        "comparison with null",
        "A comparison on an absent field is false, so nothing equals null. Write F is null, or better F is empty, which is exact in every \
         target.",
        "hunt example {
  pattern shells on windows/process_creation {
    ParentImage == ‹null›
  }
}
",
    ),
    code(
        "E0120",
        "operator at the start of a line",
        "A statement goes on in the next line where its line ends with an operator, a comma, and, or or not, and where the next line begins \
         with and or or. A line that begins with another operator has lost what stands before it.",
        "hunt example {
  pattern shells on windows/process_creation {
    Image
    ‹==› 'cmd.exe'
  }
}
",
    ),
    code(
        "E0121",
        "1 of them",
        "Sigma's them stands for all selections of a rule. A hunt may hold many patterns, so the ones that are meant are named: 1 of (a, b), \
         all of (a, b), or 1 of pattern_* by how their names begin.",
        "hunt example {
  detect shells on windows/process_creation {
    when 1 of ‹them›
  }
}
",
    ),
    code(
        "E0122",
        "curly quotes",
        "Word processors and chat programs turn quotes into curly ones. Write ' or \" instead.",
        "hunt example {
  title ‹“Shells”›
}
",
    ),
    code(
        "E0123",
        "semicolon",
        "A statement ends at the end of its line; no semicolon is needed, or allowed.",
        "hunt example {
  title \"Shells\"‹;›
}
",
    ),
    code(
        "E0124",
        "no name",
        "A name has letters, digits and _ and begins with no digit. Words that could be read as something else where a name is used cannot \
         be names: and or not any all none some anywhere approximate true false null field cased prior nothing, and the encodings.",
        "hunt example {
  list ‹cased› of string { 'a' }
}
",
    ),
    code(
        "E0125",
        "empty block or list",
        "A block of clauses or a list without anything in it could be read as always true or never true, so it is refused.",
        "hunt example {
  detect shells on windows/process_creation {
    when ‹{
    }›
  }
}
",
    ),
    code(
        "E0126",
        "unknown statement",
        "A statement begins with a keyword, and this word is none that may stand here.",
        "hunt example {
  ‹detct› shells on windows/process_creation {
    when Image endswith 'cmd.exe'
  }
}
",
    ),
    code(
        "E0127",
        "statement in the wrong place",
        "The statement is known, but it belongs elsewhere. A hunt holds patterns and rules, a detect its when, a pattern and a when hold \
         clauses.",
        "hunt example {
  ‹when› Image endswith 'cmd.exe'
}
",
    ),
    code(
        "E0128",
        "brace on a line of its own",
        "The { of a block stands on the line of its head.",
        "hunt example {
  pattern shells on windows/process_creation
  ‹{›
    Image endswith 'cmd.exe'
  }
}
",
    ),
    code(
        "E0129",
        "comma missing or in excess",
        "The values of a list in parentheses and the parts of a property are separated by commas, with none after the last. The pairs of a test \
         are separated by blanks.",
        "hunt example {
  pattern shells on windows/process_creation {
    Image in ('cmd.exe'‹,›)
  }
}
",
    ),
    code(
        "E0130",
        "reserved word as a field",
        "and, or, not, any, all, none, some, anywhere and approximate begin or join clauses. A field of such a name stands in back quotes there.",
        "hunt example {
  pattern odd on windows/process_creation {
    ‹any› == 'x'
  }
}
",
    ),
    code(
        "E0131",
        "malformed date, time or number",
        "Dates are 2026-11-24, durations one whole number and one of the units s, m, h and d, times of the day 19:00, offsets +02:00, days mon \
         to sun, counts whole numbers.",
        "hunt example {
  stop {
    timebox ‹2weeks›
  }
}
",
    ),
    code(
        "E0132",
        "unknown flag",
        "A regular expression has the flags i (ignore case), m (^ and $ at every line) and s (. is also a line break), each at most once. It \
         always finds a match anywhere, so g has no meaning.",
        "hunt example {
  pattern shells on windows/process_creation {
    CommandLine matches /-enc/i‹g›
  }
}
",
    ),
    code(
        "E0133",
        "modifiers out of order",
        "Between operator and values stand, in this order: any or all, cased, and encodings; each once.",
        "hunt example {
  pattern shells on windows/process_creation {
    CommandLine contains cased ‹all› ('-Enc', '-NoP')
  }
}
",
    ),
    code(
        "E0134",
        "no correlation",
        "A correlate counts (count, distinct, sum, …), relates operands by one kind of word (and, then, without), or finds first values. Different \
         words in one condition are said by correlates of their own that use each other by name.",
        "hunt example {
  pattern a on windows/process_creation { Image endswith 'cmd.exe' }
  pattern b on windows/process_creation { Image endswith 'net.exe' }
  correlate both {
    when a and b ‹then› a by Computer within 5m
  }
}
",
    ),
    code(
        "E0136",
        "statement repeated",
        "This statement may stand once. Two of them would leave open which one counts.",
        "hunt example {
  detect shells on windows/process_creation {
    when Image endswith 'cmd.exe'
    ‹when Image endswith 'net.exe'›
  }
}
",
    ),
];
