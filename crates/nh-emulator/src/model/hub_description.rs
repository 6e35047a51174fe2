use super::key::random_key;
use super::packed::{Packer, Unpacker};
use crate::breach::Breach;
use crate::rules;
use crate::rules::access_rule::{AccessRule, Claim};
use crate::xml;
use std::io;
use time::{Duration, OffsetDateTime};

/// The elements in the order that the service demands. `FcmV1Credential` has two places: after `GcmCredential`, where the articles
/// and the Java SDK write it, and near the end, where the contract has it and the .NET SDK reads it.
pub(crate) const ORDER: [&str; 16] = [
    "ApnsCredential",
    "RegistrationTtl",
    "WnsCredential",
    "AuthorizationRules",
    "GcmCredential",
    "FcmV1Credential",
    "MpnsCredential",
    "DailyOperations",
    "DailyMaxActiveDevices",
    "DailyMaxActiveRegistrations",
    "UserMetadata",
    "AdmCredential",
    "BaiduCredential",
    "Status",
    "FcmV1Credential",
    "BrowserCredential",
];

const MAX_METADATA: usize = 1024;

type DemoCredential = (&'static str, &'static [(&'static str, &'static str)]);

const DEMO_CREDENTIALS: [DemoCredential; 7] = [
    (
        "ApnsCredential",
        &[
            ("Endpoint", "https://api.push.apple.com:443/3/device"),
            ("Token", "ZGVtbw=="),
            ("KeyId", "DEMOKEYID0"),
            ("AppName", "com.example.demo"),
            ("AppId", "DEMOTEAMID"),
        ],
    ),
    ("WnsCredential", &[("PackageSid", "ms-app://s-1-15-2-1"), ("SecretKey", "demo")]),
    ("MpnsCredential", &[("MpnsCertificate", "ZGVtbw=="), ("CertificateKey", "demo")]),
    ("AdmCredential", &[("ClientId", "demo"), ("ClientSecret", "demo")]),
    ("BaiduCredential", &[("BaiduApiKey", "demo"), ("BaiduSecretKey", "demo")]),
    (
        "FcmV1Credential",
        &[
            ("ProjectId", "demo"),
            ("PrivateKey", "demo"),
            ("ClientEmail", "demo@demo.iam.gserviceaccount.com"),
        ],
    ),
    (
        "BrowserCredential",
        &[("Subject", "mailto:demo@example.com"), ("VapidPublicKey", "demo"), ("VapidPrivateKey", "demo")],
    ),
];

/// What a hub is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HubDescription {
    /// Elements and what they hold, in order.
    pub(crate) elements: Vec<(&'static str, HubElement)>,
    pub(crate) rules: Vec<AccessRule>,
    pub(crate) created: OffsetDateTime,
    pub(crate) modified: OffsetDateTime,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum HubElement {
    Text(String),
    Credential(Vec<(String, String)>),
    /// The rules stand here.
    Rules,
}

impl HubDescription {
    /// A hub as the service makes it, with two rules.
    ///
    /// # Errors
    /// No randomness.
    pub(crate) fn fresh() -> io::Result<HubDescription> {
        let keys = || Ok::<_, io::Error>([random_key()?, random_key()?]);
        let rules = vec![
            AccessRule::new(AccessRule::LISTEN, &[Claim::Listen], keys()?),
            AccessRule::new(AccessRule::FULL, &Claim::ALL, keys()?),
        ];
        let now = OffsetDateTime::now_utc();
        let mut description = HubDescription { elements: Vec::new(), rules, created: now, modified: now };
        description.complete();
        Ok(description)
    }

    /// With a credential for each push service that is in use: the emulator stands in for all of them. Only the one for the legacy
    /// protocol of FCM is not there, which Google has turned off.
    pub(crate) fn with_demo_credentials(mut self) -> HubDescription {
        for (name, properties) in DEMO_CREDENTIALS {
            let properties = properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            self.elements.push((name, HubElement::Credential(properties.collect())));
        }
        self.complete();
        self
    }

    /// This, and what it leaves out as `known` has it: the hub that is there, or a fresh one.
    ///
    /// # Errors
    /// What the service refuses.
    pub(crate) fn over(mut self, known: &HubDescription) -> Result<HubDescription, Breach> {
        self.check()?;
        self.created = known.created;
        self.modified = self.modified.max(known.created);
        if self.rules.is_empty() {
            self.rules.clone_from(&known.rules);
        }
        for rule in &mut self.rules {
            let same_name = |known: &&AccessRule| known.name.eq_ignore_ascii_case(&rule.name);
            if let Some(known) = known.rules.iter().find(same_name) {
                rule.created = known.created;
                let same = known.key == rule.key
                    && known.secondary_key == rule.secondary_key
                    && known.claims == rule.claims;
                if same {
                    rule.modified = known.modified;
                }
            }
        }
        self.complete();
        Ok(self)
    }

    /// A disabled hub answers 403 to all but its management.
    pub(crate) fn is_disabled(&self) -> bool {
        self.text("Status").and_then(boolean).unwrap_or_default()
    }

    /// When what is registered now ends; `None`: never.
    pub(crate) fn end_of(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let ttl = self.ttl().ok().flatten()?;
        now.checked_add(ttl)
    }

    /// The rule of that name.
    pub(crate) fn rule(&self, name: &str) -> Option<&AccessRule> {
        self.rules.iter().find(|rule| rule.name.eq_ignore_ascii_case(name))
    }

    /// Gives the rule with all rights this primary key; if it has no such rule any more, it gets one.
    pub(crate) fn set_full_key(&mut self, key: &str) {
        let known = self.rules.iter_mut().find(|rule| rule.name.eq_ignore_ascii_case(AccessRule::FULL));
        match known {
            Some(rule) => key.clone_into(&mut rule.key),
            None => {
                let rule = AccessRule::new(AccessRule::FULL, &Claim::ALL, [key.to_owned(), String::new()]);
                self.rules.push(rule);
            }
        }
    }

    pub(crate) fn pack(&self, to: &mut Packer) {
        to.time(self.created);
        to.time(self.modified);
        to.list(&self.elements, |to, (name, element)| {
            to.text(name);
            match element {
                HubElement::Text(text) => {
                    to.number(0);
                    to.text(text);
                }
                HubElement::Credential(properties) => {
                    to.number(1);
                    to.list(properties, |to, (name, value)| {
                        to.text(name);
                        to.text(value);
                    });
                }
                HubElement::Rules => to.number(2),
            }
        });
        to.list(&self.rules, |to, rule| {
            to.text(&rule.name);
            to.text(&rule.key);
            to.text(&rule.secondary_key);
            to.list(&rule.claims, |to, claim| to.number(*claim as u64));
            to.time(rule.created);
            to.time(rule.modified);
        });
    }

    /// Reads what [`pack`](HubDescription::pack) has written.
    pub(crate) fn unpack(from: &mut Unpacker<'_>) -> Option<HubDescription> {
        let (created, modified) = (from.time()?, from.time()?);
        let elements = from.list(|from| {
            let name = from.text()?;
            let name = ORDER.into_iter().find(|known| *known == name)?;
            let element = match from.number()? {
                0 => HubElement::Text(from.text()?.to_owned()),
                1 => {
                    let property =
                        |from: &mut Unpacker<'_>| Some((from.text()?.to_owned(), from.text()?.to_owned()));
                    HubElement::Credential(from.list(property)?)
                }
                2 => HubElement::Rules,
                _ => return None,
            };
            Some((name, element))
        })?;
        let rules = from.list(|from| {
            let mut text = || from.text().map(str::to_owned);
            let (name, key, secondary_key) = (text()?, text()?, text()?);
            let claims = from.list(|from| {
                let number = from.number()?;
                Claim::ALL.into_iter().find(|claim| *claim as u64 == number)
            })?;
            let (created, modified) = (from.time()?, from.time()?);
            Some(AccessRule { name, key, secondary_key, claims, created, modified })
        })?;
        Some(HubDescription { elements, rules, created, modified })
    }

    fn text(&self, name: &str) -> Option<&str> {
        let found = self.elements.iter().find(|(known, _)| *known == name);
        found.and_then(|(_, element)| match element {
            HubElement::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    fn ttl(&self) -> Result<Option<Duration>, Breach> {
        self.text("RegistrationTtl").map_or(Ok(None), rules::duration::registration_ttl)
    }

    fn check(&self) -> Result<(), Breach> {
        self.ttl()?;
        // The contract has a boolean and numbers there.
        let wrong = |name: &str, kind: &str| Err(Breach::new(format!("The value of '{name}' is no {kind}.")));
        if self.text("Status").is_some_and(|text| boolean(text).is_none()) {
            return wrong("Status", "boolean");
        }
        for name in ["DailyOperations", "DailyMaxActiveDevices", "DailyMaxActiveRegistrations"] {
            if self.text(name).is_some_and(|text| text.trim().parse::<i64>().is_err()) {
                return wrong(name, "number");
            }
        }
        // Contract: `Constants.MaximumUserMetadataLength`.
        if self.text("UserMetadata").is_some_and(|text| text.chars().count() > MAX_METADATA) {
            return Err(Breach::new(format!("UserMetadata has more than {MAX_METADATA} characters.")));
        }
        rules::access_rule::check_all(&self.rules)?;
        self.elements.iter().try_for_each(|(name, element)| match element {
            HubElement::Credential(properties) => {
                let mut texts = properties.iter().flat_map(|(name, value)| [name, value]);
                texts.try_for_each(|text| xml::check_text(text))?;
                rules::credential::check(name, properties)
            }
            HubElement::Text(text) => xml::check_text(text),
            HubElement::Rules => Ok(()),
        })
    }

    /// What every hub has, and all of it in order.
    fn complete(&mut self) {
        let ttl = || HubElement::Text(rules::duration::FOR_EVER.to_owned());
        for (name, element) in [("RegistrationTtl", ttl()), ("AuthorizationRules", HubElement::Rules)] {
            if !self.elements.iter().any(|(known, _)| *known == name) {
                self.elements.push((name, element));
            }
        }
        self.elements.sort_by_key(|(name, _)| ORDER.iter().rposition(|known| known == name));
    }
}

/// An `xs:boolean`.
fn boolean(text: &str) -> Option<bool> {
    match text.trim() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}
