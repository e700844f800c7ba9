//! Codes E09 and W09, threat intelligence: MISP, STIX, CSV and reports as indicators, and how far those may travel.

use super::super::Severity;
use super::{Code, Example};

pub const CODES: &[Code] = &[
    Code {
        id: "E0901",
        severity: Severity::Error,
        title: "intelligence that cannot be read",
        explanation: "The file is not what its format asks for: JSON with a syntax error or cut off, a table with a line that cannot be taken \
            apart. The caret stands where reading stopped. Nothing of such a file is imported: half an event would look like a whole one.",
        example: Example::Call("huntc import misp truncated.json"),
    },
    Code {
        id: "E0902",
        severity: Severity::Error,
        title: "file without intelligence of this format",
        explanation: "The file can be read, and is something else: JSON that holds no MISP event or no STIX object, a table without a column of \
            indicators. Each format has a command of its own: `misp`, `stix`, `csv`, `report`.",
        example: Example::Call("huntc import misp galaxy.json"),
    },
    Code {
        id: "E0904",
        severity: Severity::Error,
        title: "warninglist that cannot be read",
        explanation: "`--warninglists` names a folder of MISP's lists of well-known values, each a JSON file with `type`, `list` and \
            `matching_attributes`. A list that cannot be read would let through what it is there to hold back.",
        example: Example::Call("huntc import misp event.json --warninglists lists/"),
    },
    Code {
        id: "E0905",
        severity: Severity::Error,
        title: "indicators that may not travel so far",
        explanation: "A rule carries its hunt's marking (`tlp`) wherever it goes, and the values of its indicators with it. So a hunt must be \
            marked at least as strictly as the indicators that its rules use, in `ioc NAME TYPE tlp MARKING` or in the column `tlp` of their \
            file. Mark the hunt, or take the indicators out of it: `huntc import --max-tlp` leaves them out from the start.",
        example: Example::Hunt(
            "hunt proxy_tool {
  tlp ‹green›
  hypothesis 'the actor of the amber report uses its tool here'
  ioc samples md5 tlp amber {
    'd41d8cd98f00b204e9800998ecf8427e'
  }
  detect known_sample on windows/process_creation {
    when md5 in samples
  }
}
",
        ),
    },
    Code {
        id: "W0901",
        severity: Severity::Warning,
        title: "indicator left out",
        explanation: "A value is not what its source calls it: a domain without a dot, a hash with a digit too few, a URL with a blank in it. It \
            would match nothing, or something else, so it is left out and counted. Correct it in the source, or add it to the hunt by hand.",
        example: Example::Call("huntc import csv iocs.csv"),
    },
    Code {
        id: "W0902",
        severity: Severity::Warning,
        title: "reference to ATT&CK left out",
        explanation: "A tag, a galaxy or a label names a technique, group or software that the release of ATT&CK does not have and that nothing \
            replaces: it is of the mobile or ICS matrix, was deprecated, or is a name that nobody else uses. Ids and names that were revoked are \
            brought forward without a word.",
        example: Example::Call("huntc import misp event.json"),
    },
    Code {
        id: "W0903",
        severity: Severity::Warning,
        title: "STIX pattern read otherwise than written",
        explanation: "A pattern that asks for several indicators in one event (a domain and the address that it resolves to) becomes an indicator \
            for each, which selects more. A WITHIN that by STIX's grammar belongs to the last observation alone, where it says nothing, is read as \
            the window of the whole sequence. Look at the rule before you keep it.",
        example: Example::Call("huntc import stix bundle.json"),
    },
    Code {
        id: "W0904",
        severity: Severity::Warning,
        title: "entries of a warninglist left out",
        explanation: "Some entries of a warninglist are not what its type says, such as a word in a list of networks. The others are used; what \
            the list was to hold back by these is not held back.",
        example: Example::Call("huntc import misp event.json --warninglists lists/"),
    },
    Code {
        id: "W0905",
        severity: Severity::Warning,
        title: "date that is not read",
        explanation: "A table says in a form of its own when a value was seen or until when it applies: `31.12.2026` and `12/31/2026` are read \
            differently in different places, so neither is guessed. The value is taken without that date: it may apply for ever. Write dates \
            as 2026-12-31 or 2026-12-31T10:00:00Z.",
        example: Example::Call("huntc import csv iocs.csv"),
    },
];
