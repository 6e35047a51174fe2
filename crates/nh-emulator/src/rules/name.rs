//! What is a good name of a hub, and a good id of an installation.

use crate::breach::Breach;

/// A hub's name has at most so many characters (contract: `Constants.NotificationHubNameMaximumLength`).
const LONGEST_HUB: usize = 260;

/// # Errors
/// The words of the contract: `NotificationHubNameLengthTooLong`, `InvalidCharactersInEntityName`.
pub(crate) fn check_hub(name: &str) -> Result<(), Breach> {
    if name.chars().count() > LONGEST_HUB {
        return Err(Breach::new(format!(
            "The name of the notification hub cannot be longer than '{LONGEST_HUB}' characters"
        )));
    }
    if !is_segment(name) {
        return Err(Breach::new(format!(
            "The notification hub name '{name}' contains character(s) that are not allowed by Notification Hubs. Entity names or \
             path can contain only letters, numbers, periods (.), hyphens (-), and underscores (_)."
        )));
    }
    Ok(())
}

/// The id of an installation or of a registration, as it stands in a URL.
///
/// # Errors
/// The words of dotnet#48.
pub(crate) fn check_id(id: &str) -> Result<(), Breach> {
    if is_segment(id) {
        return Ok(());
    }
    Err(Breach::new(format!(
        "'{id}' contains character(s) that are not allowed by Service Bus. Entity segments can contain only letters, numbers, \
         periods (.), hyphens (-), and underscores (_)."
    )))
}

fn is_segment(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_hubs() {
        for name in ["h", "My.Hub-1_2", &"n".repeat(260)] {
            assert_eq!(check_hub(name), Ok(()), "{name}");
        }
        for name in ["", "a b", "a+b", "a!b", "$emulator", "a/b", "ü"] {
            assert!(check_hub(name).unwrap_err().to_string().contains("not allowed"), "{name}");
        }
        assert!(check_hub(&"n".repeat(261)).unwrap_err().to_string().contains("'260'"));
    }

    #[test]
    fn ids() {
        assert_eq!(check_id("0e7c5973-714c.a_B"), Ok(()));
        for id in ["", "ann@example.com", "a+b", "a$b", "a(b)", "a:b", "a b"] {
            let words = check_id(id).unwrap_err().to_string();
            assert!(words.contains("can contain only letters, numbers, periods (.), hyphens (-)"), "{words}");
        }
    }
}
