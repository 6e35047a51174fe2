//! Which ids, users, tags and platforms the service takes.

use crate::text::quoted;
use crate::{BuildError, Platform, Tag};

/// "Entity segments can contain only letters, numbers, periods (.), hyphens (-), and underscores (_)"
/// (azure-notificationhubs-dotnet, issue 48).
pub(crate) fn check_id(id: &str) -> Result<(), BuildError> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let problem = match id.char_indices().find(|(_, c)| !legal(*c)) {
        Some((at, c)) => format!("has {c:?} at byte {at}"),
        None if id.is_empty() => "is empty".to_owned(),
        None if matches!(id, "." | "..") => "would address something else".to_owned(),
        None => return Ok(()),
    };
    Err(BuildError::new(
        format_args!("installation id {}", quoted(id)),
        problem,
        "use ASCII letters, digits and . - _ only",
    ))
}

/// .NET SDK: a tag `$UserId:{..}` has characters of `[-_@#.:=\w]` between its braces. `\w` is a letter, digit or mark of any
/// script. A device with another user id could never be sent to.
pub(super) fn check_user(id: &str) -> Result<(), BuildError> {
    let legal = |c: char| {
        c.is_alphanumeric()
            || matches!(c, '_' | '@' | '#' | '.' | ':' | '=' | '-')
            // Marks that stand behind the letter that they belong to.
            || matches!(c, '\u{300}'..='\u{36f}')
    };
    let problem = match id.char_indices().find(|(_, c)| !legal(*c)) {
        Some((at, c)) => format!("has {c:?} at byte {at}, so no notification could be sent to it"),
        None if id.is_empty() => "is empty".to_owned(),
        None => return Ok(()),
    };
    let remedy = "use letters, digits and _ @ # . : = - only";
    Err(BuildError::new(format_args!("user id {}", quoted(id)), problem, remedy))
}

/// Checks a tag of an installation, its tile or its template.
pub(super) fn check_tag(tag: &str) -> Result<(), BuildError> {
    Tag::check_written(tag, "remove it: the service makes such tags from the installation id and the user id")
}

/// The service may know a platform that this version does not know, so other words are let through. `fcm` does not exist
/// (azure-notificationhubs-java-backend: `NotificationPlatform`). A document without a platform is refused.
pub(super) fn check_platform(platform: &Platform) -> Result<(), BuildError> {
    let Platform::Other(word) = platform else { return Ok(()) };
    let subject = format!("installation platform {}", quoted(word.as_str()));
    match word.as_str().to_ascii_lowercase().as_str() {
        "fcm" => Err(BuildError::new(subject, "does not exist", "FCM HTTP v1 is fcmv1, legacy FCM is gcm")),
        "unknown" => {
            let all: Vec<_> = Platform::KNOWN.iter().map(Platform::installation_word).collect();
            Err(BuildError::new(subject, "is no platform", format_args!("use one of {}", all.join(", "))))
        }
        _ => Ok(()),
    }
}
