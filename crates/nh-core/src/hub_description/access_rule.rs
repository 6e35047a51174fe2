use crate::BuildError;
use crate::text::quoted;
use serde::{Deserialize, Serialize};
use std::fmt;
use time::OffsetDateTime;

/// Names and keys of rules have at most so many characters ([Service Bus access control]).
///
/// [Service Bus access control]: https://learn.microsoft.com/azure/service-bus-messaging/service-bus-sas
const LONGEST: usize = 256;

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum AccessRight {
    /// Register devices.
    Listen,
    /// Everything else. It includes the other two.
    Manage,
    /// Send notifications.
    Send,
}

impl AccessRight {
    pub(super) const ALL: [AccessRight; 3] = [AccessRight::Listen, AccessRight::Manage, AccessRight::Send];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            AccessRight::Listen => "Listen",
            AccessRight::Manage => "Manage",
            AccessRight::Send => "Send",
        }
    }
}

impl fmt::Display for AccessRight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A shared access rule of a hub: a name, two keys, and what they may do.
///
/// ```
/// use nh_core::{AccessRight, AuthorizationRule};
///
/// let rule = AuthorizationRule::new("backend", [AccessRight::Send], "c2VjcmV0MQ==", "c2VjcmV0Mg==")?;
/// assert_eq!(format!("{rule:?}"), "AuthorizationRule(backend [Send])");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorizationRule {
    pub(super) key_name: String,
    pub(super) rights: Vec<AccessRight>,
    pub(super) primary_key: String,
    pub(super) secondary_key: String,
    #[serde(skip)]
    pub(super) created_time: Option<OffsetDateTime>,
    #[serde(skip)]
    pub(super) modified_time: Option<OffsetDateTime>,
}

impl AuthorizationRule {
    /// A rule with keys of your own making: 32 random bytes in base64 are usual. Manage brings the other rights with it.
    ///
    /// # Errors
    /// No right; a name or key that is empty or has more than 256 characters. The error does not repeat a key.
    pub fn new(
        key_name: impl Into<String>,
        rights: impl IntoIterator<Item = AccessRight>,
        primary_key: impl Into<String>,
        secondary_key: impl Into<String>,
    ) -> Result<AuthorizationRule, BuildError> {
        let mut rights: Vec<_> = rights.into_iter().collect();
        if rights.contains(&AccessRight::Manage) {
            rights = AccessRight::ALL.to_vec();
        }
        rights.sort_unstable();
        rights.dedup();
        let rule = AuthorizationRule {
            key_name: key_name.into(),
            rights,
            primary_key: primary_key.into(),
            secondary_key: secondary_key.into(),
            created_time: None,
            modified_time: None,
        };
        rule.check()?;
        Ok(rule)
    }

    pub(super) fn check(&self) -> Result<(), BuildError> {
        let parts = [
            ("name", &self.key_name),
            ("primary key", &self.primary_key),
            ("secondary key", &self.secondary_key),
        ];
        let refuse = |problem: &dyn fmt::Display, remedy: &str| {
            let subject = format_args!("authorization rule {}", quoted(&self.key_name)).to_string();
            Err(BuildError::new(subject, problem, remedy))
        };
        for (what, text) in parts {
            let characters = text.chars().count();
            if !(1..=LONGEST).contains(&characters) {
                return refuse(&format_args!("has a {what} of {characters} characters"), "use 1 to 256");
            }
        }
        if self.rights.is_empty() {
            return refuse(&"has no right", "give it Listen, Send or Manage");
        }
        Ok(())
    }

    /// The rule's name.
    pub fn key_name(&self) -> &str {
        &self.key_name
    }

    /// What its keys may do.
    pub fn rights(&self) -> &[AccessRight] {
        &self.rights
    }

    /// One key: a secret.
    pub fn primary_key(&self) -> &str {
        &self.primary_key
    }

    /// The other key, to change over to while the first is replaced: a secret.
    pub fn secondary_key(&self) -> &str {
        &self.secondary_key
    }

    /// When it was made, if it was read.
    pub fn created_time(&self) -> Option<OffsetDateTime> {
        self.created_time
    }

    /// When it was last changed, if it was read.
    pub fn modified_time(&self) -> Option<OffsetDateTime> {
        self.modified_time
    }
}

impl fmt::Debug for AuthorizationRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthorizationRule({} {:?})", self.key_name, self.rights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manage_brings_the_others() {
        let rule = AuthorizationRule::new("r", [AccessRight::Manage], "p", "s").unwrap();
        assert_eq!(rule.rights(), AccessRight::ALL);
    }

    #[test]
    fn refusals_do_not_repeat_a_key() {
        let sesame = "sesame".repeat(50);
        for (name, rights, primary) in [
            ("", &[AccessRight::Send][..], "k"),
            ("r", &[], "k"),
            ("r", &[AccessRight::Send], ""),
            ("r", &[AccessRight::Send], &sesame),
        ] {
            let refused = AuthorizationRule::new(name, rights.to_vec(), primary, "sesame");
            assert!(!refused.unwrap_err().to_string().contains("sesame"));
        }
    }
}
