//! A hub as a configuration declares it.

use super::hub_description::{HubDescription, HubElement, ORDER};
use crate::breach::Breach;
use crate::rules::access_rule::{AccessRule, Claim};
use nh_core::{AccessRight, AuthorizationRule, DeclaredHub, PnsCredential};

impl HubDescription {
    /// This hub with each declared section in the place of its own.
    ///
    /// # Errors
    /// What the service refuses.
    pub(crate) fn declared(&self, hub: &DeclaredHub) -> Result<HubDescription, Breach> {
        let mut made = self.clone();
        let mut set = |name: &'static str, text: String| {
            made.elements.retain(|(known, _)| *known != name);
            made.elements.push((name, HubElement::Text(text)));
        };
        if let Some(ttl) = hub.registration_ttl() {
            set("RegistrationTtl", ttl.to_string());
        }
        if let Some(text) = hub.user_metadata() {
            set("UserMetadata", text.to_owned());
        }
        if let Some(disabled) = hub.disabled() {
            set("Status", disabled.to_string());
        }
        if let Some(credentials) = hub.credentials() {
            made.elements.retain(|(_, element)| !matches!(element, HubElement::Credential(_)));
            for credential in credentials {
                made.elements.push(element(credential)?);
            }
        }
        if let Some(rules) = hub.authorization_rules() {
            if rules.is_empty() {
                return Err(Breach::new(
                    "authorization_rules is empty: leave the section out, or name a rule",
                ));
            }
            made.rules = rules.iter().map(rule).collect();
        }
        made.over(self)
    }
}

fn element(credential: &PnsCredential) -> Result<(&'static str, HubElement), Breach> {
    let word = credential.platform().element_word();
    let mut known = ORDER.into_iter();
    let name = known.find(|name| name.strip_suffix("Credential") == Some(word)).ok_or_else(|| {
        Breach::new(format!("a hub of the emulator has no credential for '{}'", credential.platform()))
    })?;
    let properties = credential.properties().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok((name, HubElement::Credential(properties.collect())))
}

fn rule(rule: &AuthorizationRule) -> AccessRule {
    let has = |right| rule.rights().contains(&AccessRight::Manage) || rule.rights().contains(&right);
    let rights = [
        (AccessRight::Listen, Claim::Listen),
        (AccessRight::Manage, Claim::Manage),
        (AccessRight::Send, Claim::Send),
    ];
    let claims: Vec<_> =
        rights.into_iter().filter(|(right, _)| has(*right)).map(|(_, claim)| claim).collect();
    AccessRule::new(
        rule.key_name(),
        &claims,
        [rule.primary_key().to_owned(), rule.secondary_key().to_owned()],
    )
}
