//! Texts against texts: folding, terms, and parts of a text.

use super::tree::TextOperator;

/// What a comparison gives, and whether another reading of the documentation gives something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub holds: bool,
    pub otherwise: bool,
}

impl Answer {
    fn sure(holds: bool) -> Answer {
        Answer { holds, otherwise: holds }
    }
}

/// Lower case of each character alone: `tolower` "converts the input string to lower case"
/// (learn.microsoft.com/kusto/query/tolower-function). What would become several characters stays.
pub(super) fn lower(text: &str) -> String {
    text.chars()
        .map(|character| {
            let mut lower = character.to_lowercase();
            match (lower.next(), lower.next()) {
                (Some(only), None) => only,
                _ => character,
            }
        })
        .collect()
}

/// As [`lower`], for `toupper`.
pub(super) fn upper(text: &str) -> String {
    text.chars()
        .map(|character| {
            let mut upper = character.to_uppercase();
            match (upper.next(), upper.next()) {
                (Some(only), None) => only,
                _ => character,
            }
        })
        .collect()
}

/// `=~` (learn.microsoft.com/kusto/query/equals-operator): "case-insensitive operators are currently supported only for
/// ASCII-text. For non-ASCII comparison, use the tolower() function." So two readings where both sides have other letters.
pub(super) fn equal_folded(left: &str, right: &str) -> Answer {
    let holds = left.eq_ignore_ascii_case(right);
    if left.is_ascii() || right.is_ascii() {
        return Answer::sure(holds);
    }
    Answer { holds, otherwise: lower(left) == lower(right) }
}

/// The operators of learn.microsoft.com/kusto/query/datatypes-string-operators that look for a part. The folded ones take the
/// right side as it is written.
pub(super) fn part(operator: TextOperator, cased: bool, left: &str, right: &str) -> Answer {
    if cased {
        return one_way(operator, left, right);
    }
    let found = one_way(operator, &left.to_ascii_lowercase(), &right.to_ascii_lowercase());
    if left.is_ascii() || right.is_ascii() {
        return found;
    }
    let wide = one_way(operator, &lower(left), &lower(right));
    let others = [found.otherwise, wide.holds, wide.otherwise];
    Answer { holds: found.holds, otherwise: others.into_iter().find(|other| *other != found.holds).unwrap_or(found.holds) }
}

fn one_way(operator: TextOperator, left: &str, right: &str) -> Answer {
    match operator {
        TextOperator::Contains => Answer::sure(left.contains(right)),
        TextOperator::StartsWith => Answer::sure(left.starts_with(right)),
        TextOperator::EndsWith => Answer::sure(left.ends_with(right)),
        TextOperator::Has => term(left, right, true, true),
        TextOperator::HasPrefix => term(left, right, true, false),
        TextOperator::HasSuffix => term(left, right, false, true),
    }
}

/// "Each string value is broken into maximal sequences of alphanumeric characters, and each of those sequences is made into a
/// term" (learn.microsoft.com/kusto/query/datatypes-string-operators, "What is a term?"). What a term boundary is beside a
/// character that is in no term is not said: here none is needed, and in the other reading one is. Letters beyond ASCII are
/// alphanumeric in one reading and not in the other, since older versions of the page speak of ASCII.
fn term(text: &str, wanted: &str, begins: bool, ends: bool) -> Answer {
    let of = |in_term: fn(char) -> bool, strict: bool| {
        let edge = |inside: Option<char>, outside: Option<char>| match (inside, outside) {
            (_, None) => true,
            (Some(inside), Some(outside)) if in_term(inside) => !in_term(outside),
            (_, Some(outside)) => !strict || !in_term(outside),
        };
        text.match_indices(wanted).any(|(at, _)| {
            (!begins || edge(wanted.chars().next(), text[..at].chars().next_back()))
                && (!ends || edge(wanted.chars().next_back(), text[at + wanted.len()..].chars().next()))
        }) && !(strict && wanted.is_empty())
    };
    let holds = of(char::is_alphanumeric, false);
    let others = [of(char::is_alphanumeric, true), of(|each| each.is_ascii_alphanumeric(), false)];
    Answer { holds, otherwise: others.into_iter().find(|other| *other != holds).unwrap_or(holds) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(operator: TextOperator, cased: bool, left: &str, right: &str) -> bool {
        let answer = part(operator, cased, left, right);
        assert_eq!(answer.holds, answer.otherwise, "{left} {right}");
        answer.holds
    }

    /// The examples of datatypes-string-operators.
    #[test]
    fn the_table_of_operators() {
        use TextOperator::*;
        for (operator, cased, left, right, expected) in [
            (Has, false, "North America", "america", true),
            (Has, false, "North America", "amer", false),
            (Has, true, "North America", "America", true),
            (Has, true, "North America", "amer", false),
            (HasPrefix, false, "North America", "ame", true),
            (HasPrefix, false, "North America", "mer", false),
            (HasPrefix, true, "North America", "Ame", true),
            (HasPrefix, true, "North America", "CA", false),
            (HasSuffix, false, "North America", "ica", true),
            (HasSuffix, false, "North America", "americ", false),
            (HasSuffix, true, "North America", "icA", false),
            (Contains, false, "FabriKam", "BRik", true),
            (Contains, false, "Fabrikam", "xyz", false),
            (Contains, true, "FabriKam", "Kam", true),
            (StartsWith, false, "Fabrikam", "fab", true),
            (StartsWith, true, "Fabrikam", "fab", false),
            (EndsWith, false, "Fabrikam", "Kam", true),
            (EndsWith, true, "Fabrikam", "brik", false),
            (Has, false, "Kusto:ad67d136-c1db-4f9f-88ef-d94f3b6b0b5a;KustoExplorerQueryRun", "4f9f", true),
            (Has, false, "Kusto:ad67d136-c1db-4f9f-88ef-d94f3b6b0b5a;KustoExplorerQueryRun", "Kust", false),
        ] {
            assert_eq!(holds(operator, cased, left, right), expected, "{left} {operator:?} {right}");
        }
        assert!(equal_folded("abc", "ABC").holds);
    }

    #[test]
    fn what_the_pages_leave_open_has_two_answers() {
        let open = |answer: Answer| answer.holds != answer.otherwise;
        assert!(open(equal_folded("É", "é")));
        assert!(open(part(TextOperator::Contains, false, "xÉx", "é")));
        assert!(!open(part(TextOperator::Contains, false, "xÉx", "x")));
        assert!(!open(part(TextOperator::Has, false, "cmd -enc x", "enc")));
        assert!(open(part(TextOperator::Has, false, "a-encoded", "-")));
        assert!(open(part(TextOperator::Has, false, "éenc", "enc")));
    }
}
