use crate::BuildError;
use crate::text::quoted;
use serde::{Deserialize, Serialize};
use std::fmt;
use time::OffsetDateTime;

/// A name or a key of a rule has at most so many characters ([Service Bus access control]).
///
/// [Service Bus access control]: https://learn.microsoft.com/azure/service-bus-messaging/service-bus-sas
const MAX_CHARACTERS: usize = 256;

/// The type of a rule with keys, and the claim of such a rule.
pub(super) const SHARED_ACCESS: &str = "SharedAccessAuthorizationRule";
pub(super) const CLAIM_TYPE: &str = "SharedAccessKey";
pub(super) const CLAIM_VALUE: &str = "None";

/// A right that a rule gives to its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum AccessRight {
    /// Register devices.
    Listen,
    /// Manage the hub. This right includes the other two.
    Manage,
    /// Send notifications.
    Send,
}

impl AccessRight {
    pub(super) const ALL: [AccessRight; 3] = [AccessRight::Listen, AccessRight::Manage, AccessRight::Send];

    /// Returns the word of the service.
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

/// A shared access rule of a hub: a name, two keys, and the rights of the keys.
///
/// A rule that was read is put back as it was. Parts that this version does not know stay as they are: other rights, another
/// type, its revision.
///
/// Its `Debug` text contains no key.
///
/// ```
/// use nh_core::{AccessRight, AuthorizationRule, HubDescription};
///
/// let rule = AuthorizationRule::new("backend", [AccessRight::Send])?
///     .with_primary_key("c2VjcmV0MQ==")?
///     .with_secondary_key("c2VjcmV0Mg==")?;
/// assert_eq!(format!("{rule:?}"), "AuthorizationRule(backend [Send])");
/// let description = HubDescription::new().with_authorization_rule(rule)?;
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
    /// Makes a rule without keys. The right Manage includes the other two.
    ///
    /// # Errors
    /// Fails if there is no right, or if the name is empty or has more than 256 characters.
    pub fn new(
        key_name: impl Into<String>,
        rights: impl IntoIterator<Item = AccessRight>,
    ) -> Result<AuthorizationRule, BuildError> {
        let mut rights: Vec<_> = rights.into_iter().collect();
        if rights.contains(&AccessRight::Manage) {
            rights = AccessRight::ALL.to_vec();
        }
        rights.sort_unstable();
        rights.dedup();
        let rule = AuthorizationRule { key_name: key_name.into(), rights, ..AuthorizationRule::default() };
        if rule.rights.is_empty() {
            return Err(rule.refusal("has no right", "give it Listen, Send or Manage"));
        }
        rule.check()?;
        Ok(rule)
    }

    /// Sets the primary key: a text of your own choice. 32 random bytes in base64 are usual.
    ///
    /// # Errors
    /// Fails if the key is empty or has more than 256 characters. The error does not repeat it.
    pub fn with_primary_key(mut self, key: impl Into<String>) -> Result<AuthorizationRule, BuildError> {
        self.primary_key = key.into();
        self.check_keys(&[("primary key", &self.primary_key)])?;
        Ok(self)
    }

    /// Sets the secondary key. Clients change over to it while the primary key is replaced.
    ///
    /// # Errors
    /// Fails if the key is empty or has more than 256 characters. The error does not repeat it.
    pub fn with_secondary_key(mut self, key: impl Into<String>) -> Result<AuthorizationRule, BuildError> {
        self.secondary_key = key.into();
        self.check_keys(&[("secondary key", &self.secondary_key)])?;
        Ok(self)
    }

    /// Checks a rule that is added to a hub. A rule that was read may lack a key.
    pub(super) fn check_complete(&self) -> Result<(), BuildError> {
        if !self.is_shared_access() {
            return Ok(());
        }
        self.check_keys(&[("primary key", &self.primary_key), ("secondary key", &self.secondary_key)])
    }

    fn check_keys(&self, keys: &[(&str, &str)]) -> Result<(), BuildError> {
        if let Some((what, _)) = keys.iter().find(|(_, key)| key.is_empty()) {
            let remedy = "give it with_primary_key and with_secondary_key, 1 to 256 characters each";
            return Err(self.refusal(format_args!("has no {what}"), remedy));
        }
        self.check()
    }

    fn parts(&self) -> [(&'static str, &str); 3] {
        [("name", &self.key_name), ("primary key", &self.primary_key), ("secondary key", &self.secondary_key)]
    }

    fn refusal(&self, problem: impl fmt::Display, remedy: &str) -> BuildError {
        BuildError::new(format_args!("authorization rule {}", quoted(&self.key_name)), problem, remedy)
    }

    /// Checks what was read or came as JSON: it has passed no method. A key may be missing.
    pub(super) fn check(&self) -> Result<(), BuildError> {
        for (what, text) in self.parts() {
            let characters = text.chars().count();
            if characters > MAX_CHARACTERS {
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

    /// Returns the rule's name.
    pub fn key_name(&self) -> &str {
        &self.key_name
    }

    /// Returns the rights of its keys.
    pub fn rights(&self) -> &[AccessRight] {
        &self.rights
    }

    /// Returns the rights that were read and that this version does not know, as the service writes them.
    pub fn other_rights(&self) -> &[String] {
        &self.other_rights
    }

    /// Returns the primary key: a secret. It is empty if the rule has none.
    pub fn primary_key(&self) -> &str {
        &self.primary_key
    }

    /// Returns the secondary key: a secret. It is empty if the rule has none.
    pub fn secondary_key(&self) -> &str {
        &self.secondary_key
    }

    /// Returns the time at which the rule was made, if it was read.
    pub fn created_time(&self) -> Option<OffsetDateTime> {
        self.created_time
    }

    /// Returns the time of the last change, if it was read.
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
        let rule = AuthorizationRule::new("r", [AccessRight::Manage]).unwrap();
        assert_eq!(rule.rights(), AccessRight::ALL);
    }

    #[test]
    fn refusals_do_not_repeat_a_key() {
        let sesame = "sesame".repeat(50);
        for refused in [AuthorizationRule::new("", [AccessRight::Send]), AuthorizationRule::new("r", [])] {
            refused.unwrap_err();
        }
        let rule = || AuthorizationRule::new("r", [AccessRight::Send]).unwrap();
        let half = rule().with_primary_key("sesame").unwrap();
        for error in [
            rule().with_primary_key("").unwrap_err(),
            rule().with_primary_key(&*sesame).unwrap_err(),
            half.clone().with_secondary_key("").unwrap_err(),
            half.clone().with_secondary_key(&*sesame).unwrap_err(),
            rule().check_complete().unwrap_err(),
            half.check_complete().unwrap_err(),
        ] {
            let error = error.to_string();
            assert!(error.contains("256") && !error.contains("sesame"), "{error}");
        }
        half.with_secondary_key("sesame").unwrap().check_complete().unwrap();
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
