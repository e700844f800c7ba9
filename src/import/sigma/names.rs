//! Names of the language for titles, selections and placeholders of a rule.

use std::collections::BTreeSet;

use crate::syntax::words::NOT_A_NAME;

/// The longest name that is made of a title: with an ending it stays a file's name.
const LONGEST: usize = 72;

/// `Shadow Copies Deleted - vssadmin.exe` as `shadow_copies_deleted_vssadmin_exe`.
pub(super) fn of_title(title: &str) -> String {
    let mut name = String::new();
    for character in title.chars() {
        if character.is_ascii_alphanumeric() {
            name.push(character.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('_') && character != '\'' {
            name.push('_');
        }
    }
    let mut name = name.trim_end_matches('_').to_owned();
    if name.len() > LONGEST {
        let cut = name[..LONGEST].rfind('_').filter(|at| *at > LONGEST / 2).unwrap_or(LONGEST);
        name.truncate(cut);
    }
    named(name, "rule")
}

/// A selection's or placeholder's name with other characters than letters, digits and `_` replaced.
pub(super) fn of_word(word: &str, instead: &str) -> String {
    let name: String =
        word.chars().map(|character| if character.is_ascii_alphanumeric() { character } else { '_' }).take(LONGEST).collect();
    named(name, instead)
}

fn named(name: String, instead: &str) -> String {
    if name.trim_matches('_').is_empty() {
        return instead.to_owned();
    }
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        return format!("{instead}_{name}");
    }
    if NOT_A_NAME.contains(&name.as_str()) {
        return format!("{instead}_{name}");
    }
    name
}

/// The name, or with a number where it is taken.
pub(super) fn unique(name: String, taken: &mut BTreeSet<String>) -> String {
    let mut unique = name.clone();
    let mut number = 2;
    while !taken.insert(unique.clone()) {
        unique = format!("{name}_{number}");
        number += 1;
    }
    unique
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_and_selections_become_names() {
        assert_eq!(of_title("Shadow Copies Deleted - vssadmin.exe"), "shadow_copies_deleted_vssadmin_exe");
        assert_eq!(of_title("7Zip's \"Archive\""), "rule_7zips_archive");
        assert_eq!(of_title("日本"), "rule");
        assert_eq!(of_title("any"), "rule_any");
        assert!(of_title(&"long title ".repeat(30)).len() <= LONGEST);
        assert_eq!(of_word("selection-1", "selection"), "selection_1");
        assert_eq!(of_word("1of", "selection"), "selection_1of");
        let mut taken = BTreeSet::new();
        assert_eq!(unique("a".into(), &mut taken), "a");
        assert_eq!(unique("a".into(), &mut taken), "a_2");
    }
}
