//! Names of the language for what others call by a title or a word of their own: rules, selections, collections of indicators.

use std::collections::BTreeSet;

use super::words::NOT_A_NAME;

/// The longest name that is made of a title: with an ending it stays a file's name.
pub const LONGEST: usize = 72;

/// `Shadow Copies Deleted - vssadmin.exe` as `shadow_copies_deleted_vssadmin_exe`, cut between words where it is longer than
/// `longest`. `instead` stands for a title without a letter, and before a name that could not be one. A file may be called so:
/// nothing of a title leads out of a folder.
pub fn of_title(title: &str, longest: usize, instead: &str) -> String {
    let mut name = String::new();
    for character in title.chars() {
        if character.is_ascii_alphanumeric() {
            name.push(character.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('_') && character != '\'' {
            name.push('_');
        }
    }
    let mut name = name.trim_end_matches('_').to_owned();
    if name.len() > longest {
        let cut = name[..longest].rfind('_').filter(|at| *at > longest / 2).unwrap_or(longest);
        name.truncate(cut);
    }
    named(name, instead)
}

/// A selection's or placeholder's name with other characters than letters, digits and `_` replaced.
pub fn of_word(word: &str, instead: &str) -> String {
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
pub fn unique(name: String, taken: &mut BTreeSet<String>) -> String {
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
        assert_eq!(of_title("Shadow Copies Deleted - vssadmin.exe", LONGEST, "rule"), "shadow_copies_deleted_vssadmin_exe");
        assert_eq!(of_title("7Zip's \"Archive\"", LONGEST, "rule"), "rule_7zips_archive");
        assert_eq!(of_title("日本", LONGEST, "rule"), "rule");
        assert_eq!(of_title("any", LONGEST, "rule"), "rule_any");
        assert!(of_title(&"long title ".repeat(30), LONGEST, "rule").len() <= LONGEST);
        assert_eq!(of_title("../../etc/passwd", LONGEST, "rule"), "etc_passwd");
        assert_eq!(of_word("selection-1", "selection"), "selection_1");
        assert_eq!(of_word("1of", "selection"), "selection_1of");
        let mut taken = BTreeSet::new();
        assert_eq!(unique("a".into(), &mut taken), "a");
        assert_eq!(unique("a".into(), &mut taken), "a_2");
    }
}
