//! Codes E08 and W08, ATT&CK Navigator layers and their score expressions.

use super::super::Severity;
use super::{Code, Example};

pub const CODES: &[Code] = &[
    Code {
        id: "E0801",
        severity: Severity::Error,
        title: "score expression that cannot be read",
        explanation: "A score expression is written as in the Navigator's \"create layer from other layers\": numbers, the letters of the \
            layers (a for the first), operators such as `+`, `>`, `and`, `a > b ? 25 : 10`, and functions such as `max(a, b)`. The caret stands \
            where nothing that is known can follow. An expression has at most 2,000 bytes and nests at most 32 deep.",
        example: Example::Call("huntc layer WannaCry Stuxnet --expression 'a + * b'"),
    },
    Code {
        id: "E0802",
        severity: Severity::Error,
        title: "unknown name in a score expression",
        explanation: "Letters name layers in the order of the call, a to z. A letter behind the last layer, a word or a function that the \
            Navigator does not know would be an error there too. The Navigator lowers the whole expression, so that functions with capital \
            letters cannot be called.",
        example: Example::Call("huntc layer WannaCry Stuxnet --expression 'a + c'"),
    },
    Code {
        id: "E0803",
        severity: Severity::Error,
        title: "score that is no number",
        explanation: "A score is a number, or true or false as 1 and 0. The Navigator refuses complex numbers, units, texts and matrices with \
            \"math result is not a number\"; huntc does so at the place where one would arise.",
        example: Example::Call("huntc layer WannaCry Stuxnet --expression 'sqrt(a - b)'"),
    },
    Code {
        id: "E0804",
        severity: Severity::Error,
        title: "layer file that cannot be read",
        explanation: "A layer file is JSON: one layer, or a list of layers, with a name and the domain `enterprise-attack`, in layer format 4 \
            or later, for ATT&CK 4 or later. The caret stands where the file says something else.",
        example: Example::Call("huntc layer --layer broken.json"),
    },
    Code {
        id: "W0801",
        severity: Severity::Warning,
        title: "technique brought forward",
        explanation: "The layer was made for another release of ATT&CK. A technique that was revoked since stands under its successor, and an \
            annotation in a tactic that the technique has left stands in the tactics that it has now. Where two annotations meet in one cell, \
            the one with the greater score is kept.",
        example: Example::Call("huntc layer --layer of-18.json --attack 19.0"),
    },
    Code {
        id: "W0802",
        severity: Severity::Warning,
        title: "technique left out",
        explanation: "The layer annotates a technique that the release does not have: it is unknown, or was taken out without a successor. The \
            Navigator would not show it either.",
        example: Example::Call("huntc layer --layer strange.json"),
    },
    Code {
        id: "W0803",
        severity: Severity::Warning,
        title: "value of a layer passed over",
        explanation: "A field of the layer file has a value of another type than the format says, such as a score in quotation marks. The \
            Navigator passes over it with a message in the browser's console; so does huntc, and says where.",
        example: Example::Call("huntc layer --layer strange.json"),
    },
    Code {
        id: "W0804",
        severity: Severity::Warning,
        title: "score without a value",
        explanation: "A division by zero gives infinity, or no number at all. The Navigator writes such a score as `null` and then cannot read \
            its own file: the cells are written without a score, and the gradient covers the other scores. `b > 0 ? a / b : 0` says what a \
            cell without b is worth.",
        example: Example::Call("huntc layer WannaCry Stuxnet --expression 'a / b'"),
    },
    Code {
        id: "W0805",
        severity: Severity::Warning,
        title: "score expression that surprises",
        explanation: "The expression says something else than it seems to. An expression without a layer gives its score to every technique. \
            `e` alone is Euler's number for the Navigator, which tries an expression without layers first. Letters that stand directly behind a \
            digit, as in `2a`, are not seen by the Navigator: `2 * a` is.",
        example: Example::Call("huntc layer WannaCry Stuxnet --expression '2a + b'"),
    },
];
