//! Undoes what reports do to keep an indicator from being clicked.

use std::borrow::Cow;

/// What stands for a dot, a colon and an at sign, in lower case. Brackets may be one-sided, as slips of the pen leave them.
const FORMS: &[(&str, &str)] = &[
    ("[://]", "://"),
    ("[:]//", "://"),
    ("[::]", "::"),
    ("[:]", ":"),
    ("[.]", "."),
    ("(.)", "."),
    ("{.}", "."),
    ("[dot]", "."),
    ("(dot)", "."),
    ("{dot}", "."),
    ("[@]", "@"),
    ("(@)", "@"),
    ("[at]", "@"),
    ("(at)", "@"),
    ("[/]", "/"),
    ("[.", "."),
    (".]", "."),
    ("\\.", "."),
];

/// The text without what defangs it. It is meant for one indicator: in a text of words, `(at)` may be a word.
pub fn refang(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    if text.contains(['[', '(', '{', '\\', ']']) {
        text = Cow::Owned(without_brackets(&text));
    }
    for (defanged, plain) in [("hxxps", "https"), ("hxxp", "http"), ("meow", "http"), ("fxp", "ftp")] {
        if let Some(scheme) = text.get(..defanged.len())
            && scheme.eq_ignore_ascii_case(defanged)
            && text[defanged.len()..].starts_with("://")
        {
            text.to_mut().replace_range(..defanged.len(), plain);
        }
    }
    // `http:// example.com`, where the defanged part was a blank.
    if let Some(at) = text.find(":// ") {
        let end = at + 3 + (text[at + 3..].len() - text[at + 3..].trim_start_matches(' ').len());
        text.to_mut().replace_range(at + 3..end, "");
    }
    text
}

fn without_brackets(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let form = FORMS
            .iter()
            .find(|(defanged, _)| rest.get(..defanged.len()).is_some_and(|start| start.eq_ignore_ascii_case(defanged)));
        match form {
            // A literal address of version 6 in a URL keeps its brackets: `http://[2001:db8::1]/`.
            Some((defanged, meant)) => {
                // Up to three blanks on each side go with it: `example [.] com`.
                if defanged.len() > 2 && matches!(*meant, "." | "@") {
                    let kept = plain.trim_end_matches(' ').len();
                    if plain.len() - kept <= 3 {
                        plain.truncate(kept);
                    }
                }
                plain.push_str(meant);
                rest = &rest[defanged.len()..];
                if defanged.len() > 2 && matches!(*meant, "." | "@") {
                    let after = rest.trim_start_matches(' ');
                    if rest.len() - after.len() <= 3 {
                        rest = after;
                    }
                }
            }
            None => {
                plain.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::refang;

    #[test]
    fn undoes_the_usual_forms() {
        for (written, plain) in [
            ("1[.]2[.]3[.]4", "1.2.3.4"),
            ("1.2.3[.4", "1.2.3.4"),
            ("example.]com", "example.com"),
            ("example [.] com", "example.com"),
            ("example[DOT]com", "example.com"),
            ("example\\.com", "example.com"),
            ("hxxps[://]example[.]com/a", "https://example.com/a"),
            ("http:// example[.]com/a", "http://example.com/a"),
            ("user[at]example(dot)com", "user@example.com"),
            ("2001[:]db8[::]1", "2001:db8::1"),
            ("plain.example", "plain.example"),
            ("http://[2001:db8::1]/a", "http://[2001:db8::1]/a"),
        ] {
            assert_eq!(refang(written), plain, "{written}");
        }
    }
}
