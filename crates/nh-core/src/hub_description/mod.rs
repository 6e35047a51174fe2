//! Hub descriptions: hub management creates, reads and changes them.

mod access_rule;
pub mod credentials;
mod declared_hub;
mod hub_change;
mod pns_credential;
mod registration_ttl;
mod xml;

pub use access_rule::{AccessRight, AuthorizationRule};
pub use declared_hub::{DeclaredHub, SecretSource};
pub use hub_change::{HubChange, HubDifference, HubPart, PartChange};
pub use pns_credential::{ApnsEndpoint, PnsCredential};
pub use registration_ttl::RegistrationTtl;

use crate::{BuildError, Platform};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// A hub has at most so many authorization rules ([Service Bus access control]).
///
/// [Service Bus access control]: https://learn.microsoft.com/azure/service-bus-messaging/service-bus-sas
const MAX_RULES: usize = 12;

/// The description of a hub: the credentials for its push services, the keys that may use it, and how long registrations
/// live.
///
/// Serde reads and writes it as JSON, keys included.
///
/// ```
/// use nh_core::credentials::FcmV1Credential;
/// use nh_core::{CreateHub, HubDescription};
///
/// # let private_key = "-----BEGIN PRIVATE KEY-----\nx";
/// let description = HubDescription::new().with_credential(FcmV1Credential {
///     project_id: "my-project",
///     client_email: "sender@my-project.iam.gserviceaccount.com",
///     private_key,
/// })?;
/// let create = CreateHub::new("news", description)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "the description of a hub, a JSON object")]
pub struct HubDescription {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// As it was read: a text that this version cannot read is put back.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "checked_ttl")]
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
    /// Makes the description of a hub without credentials. The service gives it two rules:
    /// `DefaultListenSharedAccessSignature` and `DefaultFullSharedAccessSignature`.
    pub fn new() -> HubDescription {
        HubDescription::default()
    }

    /// Adds the credential for a push service, or replaces the one for the same push service. It takes a [`PnsCredential`] or
    /// one of the [`credentials`](crate::credentials).
    ///
    /// # Errors
    /// Fails if a part of the credential is empty. No error repeats a part.
    pub fn with_credential<C>(mut self, credential: C) -> Result<HubDescription, BuildError>
    where
        C: TryInto<PnsCredential>,
        BuildError: From<C::Error>,
    {
        let credential = credential.try_into()?;
        self.set_credential(credential);
        Ok(self)
    }

    fn set_credential(&mut self, credential: PnsCredential) {
        self.credentials.retain(|known| known.platform() != credential.platform());
        self.credentials.push(credential);
    }

    /// Removes the credential for a push service.
    pub fn without_credential(mut self, platform: &Platform) -> HubDescription {
        self.credentials.retain(|known| known.platform() != platform);
        self
    }

    /// Adds a rule, or replaces the rule of the same name.
    ///
    /// # Errors
    /// Fails if the rule lacks a key, or if it is the 13th.
    pub fn with_authorization_rule(mut self, rule: AuthorizationRule) -> Result<HubDescription, BuildError> {
        rule.check_complete()?;
        self.authorization_rules.retain(|known| known.key_name() != rule.key_name());
        self.authorization_rules.push(rule);
        self.check()?;
        Ok(self)
    }

    /// Removes a rule.
    pub fn without_authorization_rule(mut self, key_name: &str) -> HubDescription {
        self.authorization_rules.retain(|known| known.key_name() != key_name);
        self
    }

    /// Sets how long a registration lives after it was last written. It takes a [`RegistrationTtl`] or a
    /// [`Duration`](std::time::Duration).
    ///
    /// # Errors
    /// Fails if the time is less than a day, or longer than the service can hold.
    pub fn with_registration_ttl(
        mut self,
        ttl: impl Into<RegistrationTtl>,
    ) -> Result<HubDescription, BuildError> {
        let ttl = ttl.into();
        ttl.check()?;
        self.registration_ttl = Some(ttl.to_string());
        Ok(self)
    }

    /// Sets a text of your own.
    pub fn with_user_metadata(mut self, text: impl Into<String>) -> HubDescription {
        self.user_metadata = Some(text.into());
        self
    }

    /// Turns the hub off or on. A hub that is off answers 403 to everything but its management (.NET SDK).
    pub fn with_disabled(mut self, disabled: bool) -> HubDescription {
        self.disabled = Some(disabled);
        self
    }

    /// Returns the hub's name, if the description was read.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns how long a registration lives after it was last written. A text that was read and is no duration gives `None`. It
    /// is kept and put back.
    pub fn registration_ttl(&self) -> Option<RegistrationTtl> {
        self.registration_ttl.as_deref().and_then(RegistrationTtl::read)
    }

    /// Returns the rules with the keys that may use the hub.
    pub fn authorization_rules(&self) -> &[AuthorizationRule] {
        &self.authorization_rules
    }

    /// Returns the credentials for push services.
    pub fn credentials(&self) -> &[PnsCredential] {
        &self.credentials
    }

    /// Returns the credential for a push service.
    pub fn credential(&self, platform: &Platform) -> Option<&PnsCredential> {
        self.credentials.iter().find(|known| known.platform() == platform)
    }

    /// Returns a text of your own.
    pub fn user_metadata(&self) -> Option<&str> {
        self.user_metadata.as_deref()
    }

    /// Returns true if the hub is off.
    pub fn is_disabled(&self) -> bool {
        self.disabled.unwrap_or_default()
    }

    /// Returns the number of calls of the day, as the service counts them.
    pub fn daily_operations(&self) -> Option<u64> {
        self.daily_operations
    }

    /// Returns the most devices that were active on the day.
    pub fn daily_max_active_devices(&self) -> Option<u64> {
        self.daily_max_active_devices
    }

    /// Returns the most registrations that were active on the day.
    pub fn daily_max_active_registrations(&self) -> Option<u64> {
        self.daily_max_active_registrations
    }

    pub(crate) fn named(mut self, name: Option<String>) -> HubDescription {
        self.name = name;
        self
    }

    /// Checks what came as JSON: it has passed no method.
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

/// What a person writes as JSON is checked. What the service sends is not.
fn checked_ttl<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text: Option<String> = Option::deserialize(from)?;
    text.as_deref().map(RegistrationTtl::parse).transpose().map_err(D::Error::custom)?;
    Ok(text)
}

/// Clones the description.
impl From<&HubDescription> for HubDescription {
    fn from(description: &HubDescription) -> HubDescription {
        description.clone()
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
