use crate::BuildError;
use crate::text::quoted;
use serde::{Deserialize, Serialize};
use std::fmt;
use time::OffsetDateTime;

/// Names and keys of rules have at most so many characters ([Service Bus access control]).
///
/// [Service Bus access control]: https://learn.microsoft.com/azure/service-bus-messaging/service-bus-sas
const LONGEST: usize = 256;

/// The type of a rule with keys, and the claim that such rules make.
pub(super) const SHARED_ACCESS: &str = "SharedAccessAuthorizationRule";
pub(super) const CLAIM_TYPE: &str = "SharedAccessKey";
pub(super) const CLAIM_VALUE: &str = "None";

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
/// A rule that was read is put back as it was, also what this version does not know of it: other rights, another type, its
/// revision.
///
/// ```
/// use nh_core::{AccessRight, AuthorizationRule};
///
/// let rule = AuthorizationRule::new("backend", [AccessRight::Send], "c2VjcmV0MQ==", "c2VjcmV0Mg==")?;
/// assert_eq!(format!("{rule:?}"), "AuthorizationRule(backend [Send])");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorizationRule {
    pub(super) key_name: String,
    pub(super) rights: Vec<AccessRight>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) other_rights: Vec<String>,
    pub(super) primary_key: String,
    /// Empty if there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) secondary_key: String,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub(super) created_time: Option<OffsetDateTime>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub(super) modified_time: Option<OffsetDateTime>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) revision: Option<String>,
    /// These four only if they are not what every shared access rule has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rule_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) issuer_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) claim_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) claim_value: Option<String>,
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
            ..AuthorizationRule::default()
        };
        for (what, text) in rule.parts() {
            if text.is_empty() {
                return Err(rule.refusal(format_args!("has an empty {what}"), "use 1 to 256 characters"));
            }
        }
        if rule.rights.is_empty() {
            return Err(rule.refusal("has no right", "give it Listen, Send or Manage"));
        }
        rule.check()?;
        Ok(rule)
    }

    fn parts(&self) -> [(&'static str, &str); 3] {
        [("name", &self.key_name), ("primary key", &self.primary_key), ("secondary key", &self.secondary_key)]
    }

    fn refusal(&self, problem: impl fmt::Display, remedy: &str) -> BuildError {
        BuildError::new(format_args!("authorization rule {}", quoted(&self.key_name)), problem, remedy)
    }

    /// What was read may lack a part; what came as JSON has passed no method.
    pub(super) fn check(&self) -> Result<(), BuildError> {
        for (what, text) in self.parts() {
            let characters = text.chars().count();
            if characters > LONGEST {
                let problem = format_args!("has a {what} of {characters} characters");
                return Err(self.refusal(problem, "use 1 to 256"));
            }
        }
        if self.is_shared_access() && self.key_name.is_empty() {
            return Err(self.refusal("has no name", "give it a key_name"));
        }
        let kind = self.rule_type();
        if kind.is_empty() || !kind.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(self.refusal("is of a type that is none", "leave rule_type as it was read, or out"));
        }
        Ok(())
    }

    pub(super) fn rule_type(&self) -> &str {
        self.rule_type.as_deref().unwrap_or(SHARED_ACCESS)
    }

    pub(super) fn is_shared_access(&self) -> bool {
        self.rule_type() == SHARED_ACCESS
    }

    /// The rule's name.
    pub fn key_name(&self) -> &str {
        &self.key_name
    }

    /// What its keys may do.
    pub fn rights(&self) -> &[AccessRight] {
        &self.rights
    }

    /// Rights that were read and that this version does not know, as the service writes them.
    pub fn other_rights(&self) -> &[String] {
        &self.other_rights
    }

    /// One key: a secret.
    pub fn primary_key(&self) -> &str {
        &self.primary_key
    }

    /// The other key, to change over to while the first is replaced: a secret. Empty if the rule was read without one.
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
        assert!(AuthorizationRule::new("r", [AccessRight::Send], "k", "").is_err());
    }

    #[test]
    fn json_by_hand_is_checked() {
        let read = |rule: serde_json::Value| serde_json::from_value::<AuthorizationRule>(rule).unwrap();
        let rule = |name: &str, kind: &str| serde_json::json!({"key_name": name, "rights": ["Send"], "primary_key": "p", "rule_type": kind});
        assert!(read(rule("r", SHARED_ACCESS)).check().is_ok());
        for refused in [rule("", SHARED_ACCESS), rule(&"r".repeat(257), SHARED_ACCESS), rule("r", "a'b")] {
            assert!(read(refused.clone()).check().is_err(), "{refused}");
        }
    }
}
