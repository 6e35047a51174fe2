use super::{
    AuthorizationRule, HubDescription, MAX_RULES, PnsCredential, RegistrationTtl, credentials, pns_credential,
};
use crate::platform_rules::PlatformRules;
use crate::text::quoted;
use crate::{BuildError, Platform};
use serde::{Deserialize, Deserializer};
use std::fmt;

/// What a hub should be: its credentials, its rules and its settings, as a file declares them.
///
/// A section that is there is complete: what it does not name is removed. A section that is absent stays as it is. The sections
/// are `registration_ttl`, `user_metadata`, `disabled`, `credentials` and `authorization_rules`, spelled as in the JSON of a
/// [`HubDescription`].
///
/// Serde reads it from any format. Each key and each property of a credential is a secret. It can stand there itself, or as
/// `env:NAME` or `file:PATH`: see [`with_secrets`](DeclaredHub::with_secrets).
///
/// ```
/// use nh_core::{DeclaredHub, HubDescription};
///
/// let declared: DeclaredHub = serde_json::from_str(
///     r#"{"name": "news", "registration_ttl": "P90D", "credentials": {"gcm": {"GoogleApiKey": "c2VjcmV0"}}}"#,
/// )?;
/// let change = declared.change(Some(&HubDescription::new()))?;
/// let said: Vec<_> = change.differences().iter().map(ToString::to_string).collect();
/// assert_eq!(said, ["registration_ttl: added, P90D", "credential gcm: added, GoogleApiKey"]);
/// // The second time there is nothing to do.
/// assert!(declared.change(Some(change.description()))?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a hub: its name, and what it should be")]
pub struct DeclaredHub {
    pub(super) name: String,
    #[serde(default, deserialize_with = "super::checked_ttl")]
    pub(super) registration_ttl: Option<String>,
    pub(super) user_metadata: Option<String>,
    pub(super) disabled: Option<bool>,
    #[serde(default, deserialize_with = "credentials")]
    pub(super) credentials: Option<Vec<PnsCredential>>,
    pub(super) authorization_rules: Option<Vec<AuthorizationRule>>,
}

/// Where a secret stands that a file does not hold itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretSource<'a> {
    /// `env:NAME`: the environment variable of this name.
    Variable(&'a str),
    /// `file:PATH`: the text of this file.
    File(&'a str),
}

impl<'a> SecretSource<'a> {
    /// Reads a reference. `None`: the text is the secret itself.
    ///
    /// ```
    /// use nh_core::SecretSource;
    ///
    /// assert_eq!(SecretSource::parse("env:GCM_KEY"), Some(SecretSource::Variable("GCM_KEY")));
    /// assert_eq!(SecretSource::parse("file:apns.p8"), Some(SecretSource::File("apns.p8")));
    /// assert_eq!(SecretSource::parse("c2VjcmV0"), None);
    /// ```
    pub fn parse(text: &'a str) -> Option<SecretSource<'a>> {
        let variable = text.strip_prefix("env:").map(SecretSource::Variable);
        variable.or_else(|| text.strip_prefix("file:").map(SecretSource::File))
    }
}

impl DeclaredHub {
    /// Declares a hub, and nothing of what it should be.
    pub fn new(name: impl Into<String>) -> DeclaredHub {
        DeclaredHub { name: name.into(), ..DeclaredHub::default() }
    }

    /// Declares how long a registration lives after it was last written.
    ///
    /// # Errors
    /// Fails if the time is less than a day, or longer than the service can hold.
    pub fn with_registration_ttl(
        mut self,
        ttl: impl Into<RegistrationTtl>,
    ) -> Result<DeclaredHub, BuildError> {
        let ttl = ttl.into();
        ttl.check()?;
        self.registration_ttl = Some(ttl.to_string());
        Ok(self)
    }

    /// Declares the text of your own.
    pub fn with_user_metadata(mut self, text: impl Into<String>) -> DeclaredHub {
        self.user_metadata = Some(text.into());
        self
    }

    /// Declares whether the hub is off.
    pub fn with_disabled(mut self, disabled: bool) -> DeclaredHub {
        self.disabled = Some(disabled);
        self
    }

    /// Declares all credentials. An empty list says that the hub has none.
    pub fn with_credentials(mut self, credentials: impl IntoIterator<Item = PnsCredential>) -> DeclaredHub {
        self.credentials = Some(credentials.into_iter().collect());
        self
    }

    /// Declares all rules.
    pub fn with_authorization_rules(
        mut self,
        rules: impl IntoIterator<Item = AuthorizationRule>,
    ) -> DeclaredHub {
        self.authorization_rules = Some(rules.into_iter().collect());
        self
    }

    /// Returns the hub's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns how long a registration should live, if it is declared.
    pub fn registration_ttl(&self) -> Option<RegistrationTtl> {
        self.registration_ttl.as_deref().and_then(RegistrationTtl::read)
    }

    /// Returns the text of your own, if it is declared.
    pub fn user_metadata(&self) -> Option<&str> {
        self.user_metadata.as_deref()
    }

    /// Returns whether the hub should be off, if it is declared.
    pub fn disabled(&self) -> Option<bool> {
        self.disabled
    }

    /// Returns the credentials, if they are declared.
    pub fn credentials(&self) -> Option<&[PnsCredential]> {
        self.credentials.as_deref()
    }

    /// Returns the rules, if they are declared.
    pub fn authorization_rules(&self) -> Option<&[AuthorizationRule]> {
        self.authorization_rules.as_deref()
    }

    /// Puts secrets in the place of `env:NAME` and `file:PATH`. `read` is given where the reference stands, such as
    /// `hub news: credential gcm: GoogleApiKey`, and what it names. It returns the secret. An APNs token may be a whole `.p8` file.
    ///
    /// ```
    /// use nh_core::{BuildError, DeclaredHub, Platform, SecretSource};
    ///
    /// let declared: DeclaredHub =
    ///     serde_json::from_str(r#"{"name": "news", "credentials": {"gcm": {"GoogleApiKey": "env:GCM_KEY"}}}"#)?;
    /// let declared = declared.with_secrets(|place, source| {
    ///     assert_eq!((place, source), ("hub news: credential gcm: GoogleApiKey", SecretSource::Variable("GCM_KEY")));
    ///     Ok::<_, BuildError>("c2VjcmV0".to_owned())
    /// })?;
    /// assert_eq!(declared.credentials().map(|all| all[0].property("GoogleApiKey")), Some(Some("c2VjcmV0")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Fails with the first error of `read`.
    pub fn with_secrets<E>(
        mut self,
        mut read: impl FnMut(&str, SecretSource<'_>) -> Result<String, E>,
    ) -> Result<DeclaredHub, E> {
        let hub = &self.name;
        let mut fill = |part: fmt::Arguments<'_>, text: &mut String| {
            if let Some(source) = SecretSource::parse(text) {
                // XML has no other line ends, so the hub cannot have them either.
                *text = read(&format!("hub {hub}: {part}"), source)?.replace("\r\n", "\n");
            }
            Ok(())
        };
        for credential in self.credentials.iter_mut().flatten() {
            let platform = credential.platform.clone();
            for (name, value) in &mut credential.properties {
                fill(format_args!("credential {platform}: {name}"), value)?;
                if platform == Platform::Apple && name == "Token" {
                    *value = credentials::bare_token(value);
                }
            }
        }
        for rule in self.authorization_rules.iter_mut().flatten() {
            let AuthorizationRule { key_name, primary_key, secondary_key, .. } = rule;
            fill(format_args!("rule {key_name}: primary_key"), primary_key)?;
            fill(format_args!("rule {key_name}: secondary_key"), secondary_key)?;
        }
        Ok(self)
    }

    /// Checks what no request can say, or what would be said twice.
    pub(super) fn check(&self) -> Result<(), BuildError> {
        crate::hub::check_name(&self.name)?;
        let refuse = |what: &str, problem: &str, remedy: &str| {
            Err(BuildError::new(format_args!("hub {}: {what}", quoted(&self.name)), problem, remedy))
        };
        if let Some(rules) = &self.authorization_rules {
            if rules.is_empty() {
                let remedy = "a hub always has rules: leave the section out, or name one";
                return refuse("authorization_rules", "is empty", remedy);
            }
            if rules.len() > MAX_RULES {
                return refuse("authorization_rules", "has more than 12 rules", "name at most 12");
            }
        }
        for (at, rule) in self.authorization_rules.iter().flatten().enumerate() {
            let what = format!("rule {}", quoted(&rule.key_name));
            rule.check()?;
            if rule.primary_key.is_empty() || rule.secondary_key.is_empty() {
                return refuse(&what, "lacks a key", "give it primary_key and secondary_key");
            }
            if rule.rights.is_empty() {
                return refuse(&what, "has no right", "give it Listen, Send or Manage");
            }
            let before = self.authorization_rules.iter().flatten().take(at);
            if before.clone().any(|other| other.key_name.eq_ignore_ascii_case(&rule.key_name)) {
                return refuse(&what, "is declared twice", "name it once");
            }
        }
        for credential in self.credentials.iter().flatten() {
            let what = format!("credential {}", quoted(credential.platform.as_str()));
            let has_place =
                |platform: &Platform| PlatformRules::of(platform).is_some_and(|rules| rules.has_credential);
            if !has_place(&credential.platform) {
                let known = Platform::KNOWN.iter().filter(|platform| has_place(platform));
                let known: Vec<_> = known.map(Platform::as_str).collect();
                return refuse(&what, "has no place in a hub", &format!("use one of {}", known.join(", ")));
            }
            if credential.properties.is_empty() {
                return refuse(&what, "has no property", "give it its properties, or leave it out");
            }
            if let Some((name, _)) = credential.properties().find(|(_, value)| value.is_empty()) {
                return refuse(&what, &format!("has an empty {name}"), "give it a value, or leave it out");
            }
        }
        Ok(())
    }

    /// The description of a new hub that is as declared.
    pub(super) fn fresh(&self) -> HubDescription {
        HubDescription { name: Some(self.name.clone()), ..HubDescription::new() }
    }

    pub(super) fn ttl_text(&self) -> Option<&str> {
        self.registration_ttl.as_deref()
    }
}

fn credentials<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<PnsCredential>>, D::Error> {
    pns_credential::by_platform::deserialize(from).map(Some)
}

/// Declares a hub of this name, and nothing of what it should be.
impl From<&str> for DeclaredHub {
    fn from(name: &str) -> DeclaredHub {
        DeclaredHub::new(name)
    }
}

/// Declares a hub of this name, and nothing of what it should be.
impl From<String> for DeclaredHub {
    fn from(name: String) -> DeclaredHub {
        DeclaredHub::new(name)
    }
}

/// Declares a hub of this name, and nothing of what it should be.
impl From<&String> for DeclaredHub {
    fn from(name: &String) -> DeclaredHub {
        DeclaredHub::new(name)
    }
}

impl fmt::Debug for DeclaredHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeclaredHub")
            .field("name", &self.name)
            .field("registration_ttl", &self.registration_ttl)
            .field("disabled", &self.disabled)
            .field("credentials", &self.credentials)
            .field("authorization_rules", &self.authorization_rules)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_from_a_windows_file_and_a_whole_p8() {
        let whole = "-----BEGIN PRIVATE KEY-----\r\nMIGT\r\nAgEA\r\n-----END PRIVATE KEY-----\r\n";
        let declared = r#"{"name": "news", "credentials": {
            "apple": {"Token": "file:key.p8"}, "fcmv1": {"PrivateKey": "file:key.pem"} }}"#;
        let declared: DeclaredHub = serde_json::from_str(declared).unwrap();
        let declared = declared.with_secrets(|_, _| Ok::<_, BuildError>(whole.to_owned())).unwrap();
        let secrets: Vec<_> =
            declared.credentials().unwrap().iter().flat_map(PnsCredential::properties).collect();
        assert!(secrets.contains(&("Token", "MIGTAgEA")), "{secrets:?}");
        assert!(secrets.contains(&("PrivateKey", &whole.replace('\r', ""))), "{secrets:?}");
    }
}
