//! Hub descriptions: what hub management creates, reads and changes.

mod access_rule;
mod pns_credential;
mod xml;

pub use access_rule::{AccessRight, AuthorizationRule};
pub use pns_credential::{ApnsEndpoint, PnsCredential};

use crate::{BuildError, Platform};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// A hub has at most so many authorization rules ([Service Bus access control]).
///
/// [Service Bus access control]: https://learn.microsoft.com/azure/service-bus-messaging/service-bus-sas
const MAX_RULES: usize = 12;

/// What a hub is: the credentials for its push services, the keys that may use it, and how long registrations live.
///
/// Serde reads and writes it as JSON, keys included.
///
/// ```
/// use nh_core::{ApnsEndpoint, CreateHub, HubDescription, PnsCredential};
///
/// # let (private_key, p8) = ("-----BEGIN PRIVATE KEY-----\nx", "c2VjcmV0");
/// let description = HubDescription::new()
///     .with_credential(PnsCredential::fcm_v1("my-project", "sender@my-project.iam.gserviceaccount.com", private_key)?)
///     .with_credential(PnsCredential::apns_token(ApnsEndpoint::Production, "KEYID12345", "TEAMID1234", "com.contoso.app", p8)?);
/// let create = CreateHub::new("news", description)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HubDescription {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_ttl: Option<String>,
    authorization_rules: Vec<AuthorizationRule>,
    #[serde(with = "pns_credential::by_platform")]
    credentials: Vec<PnsCredential>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_metadata: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    daily_operations: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    daily_max_active_devices: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    daily_max_active_registrations: Option<u64>,
}

impl HubDescription {
    /// A hub without credentials. The service gives it two rules: `DefaultListenSharedAccessSignature` and
    /// `DefaultFullSharedAccessSignature`.
    pub fn new() -> HubDescription {
        HubDescription::default()
    }

    /// Adds the credential for a push service, or replaces the one for the same.
    pub fn with_credential(mut self, credential: PnsCredential) -> HubDescription {
        self.credentials.retain(|known| known.platform() != credential.platform());
        self.credentials.push(credential);
        self
    }

    /// Takes away the credential for a push service.
    pub fn without_credential(mut self, platform: &Platform) -> HubDescription {
        self.credentials.retain(|known| known.platform() != platform);
        self
    }

    /// Adds a rule, or replaces the one of the same name.
    ///
    /// # Errors
    /// A 13th rule.
    pub fn with_authorization_rule(mut self, rule: AuthorizationRule) -> Result<HubDescription, BuildError> {
        self.authorization_rules.retain(|known| known.key_name() != rule.key_name());
        self.authorization_rules.push(rule);
        self.check()?;
        Ok(self)
    }

    /// Takes away a rule.
    pub fn without_authorization_rule(mut self, key_name: &str) -> HubDescription {
        self.authorization_rules.retain(|known| known.key_name() != key_name);
        self
    }

    /// How long a registration lives after it was last written, in whole seconds. For ever unless set.
    ///
    /// # Errors
    /// Less than a day.
    pub fn with_registration_ttl(mut self, ttl: Duration) -> Result<HubDescription, BuildError> {
        const DAY: u64 = 24 * 60 * 60;
        let seconds = ttl.as_secs();
        if seconds < DAY {
            return Err(BuildError::new(
                format_args!("registration TTL of {seconds} s"),
                "is too short",
                "a day is the least",
            ));
        }
        // xs:duration, as the service writes it.
        let (days, rest) = (seconds / DAY, seconds % DAY);
        self.registration_ttl =
            Some(if rest == 0 { format!("P{days}D") } else { format!("P{days}DT{rest}S") });
        Ok(self)
    }

    /// Text of your own.
    pub fn with_user_metadata(mut self, text: impl Into<String>) -> HubDescription {
        self.user_metadata = Some(text.into());
        self
    }

    /// Turns the hub off, or on again: a disabled hub answers 403 to everything but its management (.NET SDK).
    pub fn with_disabled(mut self, disabled: bool) -> HubDescription {
        self.disabled = Some(disabled);
        self
    }

    /// The hub's name, if the description was read.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// How long a registration lives, as an `xs:duration`: `P10675199DT2H48M5.4775807S` is for ever.
    pub fn registration_ttl(&self) -> Option<&str> {
        self.registration_ttl.as_deref()
    }

    /// The keys that may use the hub.
    pub fn authorization_rules(&self) -> &[AuthorizationRule] {
        &self.authorization_rules
    }

    /// The credentials for push services.
    pub fn credentials(&self) -> &[PnsCredential] {
        &self.credentials
    }

    /// The credential for a push service.
    pub fn credential(&self, platform: &Platform) -> Option<&PnsCredential> {
        self.credentials.iter().find(|known| known.platform() == platform)
    }

    /// Text of your own.
    pub fn user_metadata(&self) -> Option<&str> {
        self.user_metadata.as_deref()
    }

    /// Is the hub turned off?
    pub fn is_disabled(&self) -> bool {
        self.disabled.unwrap_or_default()
    }

    /// Calls of the day, as the service counts them.
    pub fn daily_operations(&self) -> Option<u64> {
        self.daily_operations
    }

    /// The most devices of the day.
    pub fn daily_max_active_devices(&self) -> Option<u64> {
        self.daily_max_active_devices
    }

    /// The most registrations of the day.
    pub fn daily_max_active_registrations(&self) -> Option<u64> {
        self.daily_max_active_registrations
    }

    pub(crate) fn named(mut self, name: Option<String>) -> HubDescription {
        self.name = name;
        self
    }

    /// What came as JSON has passed no method.
    fn check(&self) -> Result<(), BuildError> {
        let rules = self.authorization_rules.len();
        if rules > MAX_RULES {
            return Err(BuildError::new(
                format_args!("{rules} authorization rules"),
                "are too many",
                format_args!("{MAX_RULES} are the most"),
            )
            .of_count());
        }
        self.authorization_rules.iter().try_for_each(AuthorizationRule::check)
    }
}

impl fmt::Debug for HubDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubDescription")
            .field("name", &self.name)
            .field("registration_ttl", &self.registration_ttl)
            .field("authorization_rules", &self.authorization_rules)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}
