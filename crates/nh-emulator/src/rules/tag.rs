//! What is a good tag, and a good user id.

use crate::breach::Breach;
use crate::rules::name::check_id;
use std::collections::HashSet;

/// A tag has at most so many characters (contract: `Constants.MaximumTagSize`).
const LONGEST: usize = 120;

/// The tags of a device, joined by commas, have at most so many characters (azure-docs#48743). A number of tags is documented
/// too, 60, but 72 were seen to work (azure-docs#63462).
const LONGEST_JOINED: usize = 8000;

/// A tag that a client gives: letters, digits and `_ @ - . : #` (contract: `RegistrationDescription.SingleTagRegex`). The
/// service's own tags begin with `$`, and only the service writes them (dotnet#265).
///
/// # Errors
/// The words of dotnet#265, and of CrossGeeks/AzurePushNotificationPlugin#8.
pub(crate) fn check(tag: &str) -> Result<(), Breach> {
    if tag.starts_with('$') {
        return Err(Breach::new("Tags can not start with $."));
    }
    let legal = |c: char| is_letter_or_digit(c) || "_@-.:#".contains(c);
    if tag.is_empty() || tag.chars().count() > LONGEST || !tag.chars().all(legal) {
        return Err(invalid(tag));
    }
    Ok(())
}

/// A tag that the service writes: of an installation, or of its user.
pub(crate) fn is_of_the_service(tag: &str) -> bool {
    let inside = |kind: &str| tag.strip_prefix(kind)?.strip_suffix('}');
    inside("$UserId:{").is_some_and(|user| check_user_id(user).is_ok())
        || inside("$InstallationId:{").is_some_and(|id| check_id(id).is_ok())
}

/// The patterns of .NET see a character beyond the first 65,536 as two halves, and neither is a letter.
fn is_letter_or_digit(c: char) -> bool {
    c.is_alphanumeric() && c.len_utf16() == 1
}

/// The answer to a tag, or to an expression of tags, that is none.
pub(crate) fn invalid(tag: &str) -> Breach {
    let words = "Valid tag characters are alphanumeric, _, @, -, ., : and #.";
    Breach::new(format!("An invalid tag(s) '{tag}' was supplied. {words}"))
}

/// All tags of a device, those of the service among them.
///
/// # Errors
/// The words of azure-docs#48743.
pub(crate) fn check_all(tags: &[String]) -> Result<(), Breach> {
    let commas = tags.len().saturating_sub(1);
    let size = tags.iter().map(|tag| tag.chars().count()).sum::<usize>() + commas;
    if size > LONGEST_JOINED {
        return Err(Breach::new(format!(
            "Registration Tags serialized size is more than maximum supported value. Actual Size: '{size}' and Max Allowed \
             Size: '{LONGEST_JOINED}'"
        )));
    }
    Ok(())
}

/// Each tag once, whatever its case: the contract keeps them in a set (`RegistrationDescription.SetTagsString`).
pub(crate) fn distinct(tags: &mut Vec<String>) {
    let mut known = HashSet::new();
    tags.retain(|tag| known.insert(tag.to_ascii_lowercase()));
}

/// The tags of a registration, joined by commas. A space after a comma is documented, an empty tag is invalid (contract:
/// `RegistrationDescription.ValidateTags`), and so is a space alone.
///
/// # Errors
/// As [`check`] and [`check_all`].
pub(crate) fn split(text: &str) -> Result<Vec<String>, Breach> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let mut tags: Vec<String> = text.split(',').map(|tag| tag.trim().to_owned()).collect();
    check_all(&tags)?;
    tags.iter().try_for_each(|tag| check(tag))?;
    distinct(&mut tags);
    Ok(tags)
}

/// The id of an installation's user becomes a tag in braces: the same characters, and `=` (contract:
/// `RegistrationDescription.UserIdRegex`).
///
/// # Errors
/// An invalid tag.
pub(crate) fn check_user_id(id: &str) -> Result<(), Breach> {
    let legal = |c: char| is_letter_or_digit(c) || "_@-.:#=".contains(c);
    if id.is_empty() || !id.chars().all(legal) {
        return Err(invalid(&format!("$UserId:{{{id}}}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_and_length() {
        for tag in ["a", "Room#4", "_@-.:#", "ü", &"x".repeat(120)] {
            assert_eq!(check(tag), Ok(()), "{tag}");
        }
        for tag in ["", "a b", "a/b", "a+b", "50%", "a=b", "a,b", "\u{1d49c}", &"x".repeat(121)] {
            let words = check(tag).unwrap_err().to_string();
            assert!(words.starts_with(&format!("An invalid tag(s) '{tag}' was supplied.")), "{words}");
        }
    }

    #[test]
    fn the_services_own_tags_are_not_written_by_clients() {
        for tag in ["$UserId:{ann}", "$InstallationId:{p1}", "$x"] {
            assert_eq!(check(tag).unwrap_err().to_string(), "Tags can not start with $.");
        }
    }

    #[test]
    fn joined_tags() {
        assert_eq!(split("a, b"), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(split(""), Ok(Vec::new()));
        // The contract keeps them in a set without case.
        assert_eq!(split("a,B,A,b,c"), Ok(["a", "B", "c"].map(str::to_owned).to_vec()));
        for text in ["a,,b", "a,", ",a", " ", "\n"] {
            assert_eq!(split(text), Err(invalid("")), "{text}");
        }
        let many = |n: usize| vec!["x".repeat(99); n].join(",");
        assert!(split(&many(80)).is_ok());
        let words = split(&many(81)).unwrap_err().to_string();
        assert!(words.contains("Actual Size: '8099' and Max Allowed Size: '8000'"), "{words}");
    }

    #[test]
    fn user_ids() {
        for id in ["ann", "ann@example.com", "a=b:c#d-e_f.g"] {
            assert_eq!(check_user_id(id), Ok(()), "{id}");
        }
        for id in ["", "ann b", "a/b", "a}"] {
            assert!(check_user_id(id).is_err(), "{id}");
        }
    }
}
