use super::{AccessRight, AuthorizationRule, DeclaredHub, HubDescription, PnsCredential, RegistrationTtl};
use crate::BuildError;
use serde::Serialize;
use std::fmt;

/// What is to be done so that a hub becomes as declared: [`DeclaredHub::change`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubChange {
    name: String,
    creates: bool,
    differences: Vec<HubDifference>,
    description: HubDescription,
}

/// One part of a hub that is not as declared. It holds no secret: of keys and credentials it says that they differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HubDifference {
    part: HubPart,
    /// Of a credential its platform, of a rule its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    change: PartChange,
    details: Vec<String>,
}

/// A part of a hub that can be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HubPart {
    /// How long registrations live.
    RegistrationTtl,
    /// The text of your own.
    UserMetadata,
    /// Whether the hub is off.
    Disabled,
    /// The credential for a push service.
    Credential,
    /// A rule with its keys.
    Rule,
}

/// What becomes of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PartChange {
    /// The hub does not have it yet.
    Added,
    /// The hub has another one.
    Changed,
    /// The hub has it, and a section that is declared does not name it.
    Removed,
}

impl DeclaredHub {
    /// Compares with the hub as it is. `None`: there is no such hub.
    ///
    /// A credential is as declared if the hub has each declared property with the declared value. The service may have added
    /// others. If one differs, the declared credential takes its place as a whole. Of a rule, rights and keys count, and its name
    /// in any case.
    ///
    /// # Errors
    /// Fails if what is declared makes no sense: an illegal name, no rule at all, a rule without a key or a right, a name twice,
    /// a credential with an empty part, or for a platform that has none in a hub.
    pub fn change(&self, actual: Option<&HubDescription>) -> Result<HubChange, BuildError> {
        self.check()?;
        let mut description = actual.cloned().unwrap_or_else(|| self.fresh());
        let mut differences = Vec::new();
        if let (Some(text), Some(ttl)) = (self.ttl_text(), self.registration_ttl()) {
            // A new hub's registrations never expire unless it says otherwise.
            let is = description.registration_ttl();
            if is != Some(ttl) {
                let details = match is {
                    Some(is) => format!("{} to {}", ttl_text(is), ttl_text(ttl)),
                    None => ttl_text(ttl),
                };
                differences.push(setting(HubPart::RegistrationTtl, is.is_some(), vec![details]));
                description.registration_ttl = Some(text.to_owned());
            }
        }
        if let Some(text) = &self.user_metadata
            && description.user_metadata.as_deref().unwrap_or_default() != text
        {
            differences.push(setting(HubPart::UserMetadata, description.user_metadata.is_some(), vec![]));
            description.user_metadata = Some(text.clone());
        }
        if let Some(disabled) = self.disabled
            && description.is_disabled() != disabled
        {
            let details = vec![disabled.to_string()];
            differences.push(setting(HubPart::Disabled, description.disabled.is_some(), details));
            description.disabled = Some(disabled);
        }
        if let Some(declared) = &self.credentials {
            compare_credentials(declared, &mut description.credentials, &mut differences);
        }
        if let Some(declared) = &self.authorization_rules {
            compare_rules(declared, &mut description.authorization_rules, &mut differences);
        }
        Ok(HubChange { name: self.name.clone(), creates: actual.is_none(), differences, description })
    }
}

impl HubChange {
    /// Returns the hub's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns true if the hub is as declared.
    pub fn is_empty(&self) -> bool {
        !self.creates && self.differences.is_empty()
    }

    /// Returns true if the hub is not there yet.
    pub fn creates(&self) -> bool {
        self.creates
    }

    /// Returns what differs: settings, then credentials, then rules.
    pub fn differences(&self) -> &[HubDifference] {
        &self.differences
    }

    /// Returns the description that makes the hub as declared. What is not declared is as it was read.
    pub fn description(&self) -> &HubDescription {
        &self.description
    }

    /// Returns true if the rule of this name is removed or changed. Who uses its key may be locked out.
    pub fn touches_rule(&self, key_name: &str) -> bool {
        self.differences.iter().any(|difference| {
            difference.part == HubPart::Rule
                && difference.change != PartChange::Added
                && difference.name().is_some_and(|name| name.eq_ignore_ascii_case(key_name))
        })
    }
}

impl HubDifference {
    /// Returns the part.
    pub fn part(&self) -> HubPart {
        self.part
    }

    /// Returns the platform of a credential, and the name of a rule.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns what becomes of it.
    pub fn change(&self) -> PartChange {
        self.change
    }

    /// Returns what differs in it, in words without secrets.
    pub fn details(&self) -> &[String] {
        &self.details
    }
}

/// One line without secrets: `rule backend: changed, primary key`.
impl fmt::Display for HubDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.part {
            HubPart::RegistrationTtl => "registration_ttl",
            HubPart::UserMetadata => "user_metadata",
            HubPart::Disabled => "disabled",
            HubPart::Credential => "credential",
            HubPart::Rule => "rule",
        })?;
        if let Some(name) = &self.name {
            write!(f, " {name}")?;
        }
        f.write_str(match self.change {
            PartChange::Added => ": added",
            PartChange::Changed => ": changed",
            PartChange::Removed => ": removed",
        })?;
        self.details.iter().try_for_each(|detail| write!(f, ", {detail}"))
    }
}

fn setting(part: HubPart, is_there: bool, details: Vec<String>) -> HubDifference {
    let change = if is_there { PartChange::Changed } else { PartChange::Added };
    HubDifference { part, name: None, change, details }
}

fn ttl_text(ttl: RegistrationTtl) -> String {
    match ttl {
        RegistrationTtl::Never => "never".to_owned(),
        after => after.to_string(),
    }
}

fn compare_credentials(
    declared: &[PnsCredential],
    actual: &mut Vec<PnsCredential>,
    differences: &mut Vec<HubDifference>,
) {
    let difference = |credential: &PnsCredential, change, details| HubDifference {
        part: HubPart::Credential,
        name: Some(credential.platform().to_string()),
        change,
        details,
    };
    for credential in declared {
        let Some(known) = actual.iter_mut().find(|known| known.platform() == credential.platform()) else {
            let names = credential.properties().map(|(name, _)| name.to_owned()).collect();
            differences.push(difference(credential, PartChange::Added, names));
            actual.push(credential.clone());
            continue;
        };
        let differs = credential.properties().filter(|(name, value)| known.property(name) != Some(value));
        let names: Vec<_> = differs.map(|(name, _)| name.to_owned()).collect();
        if !names.is_empty() {
            differences.push(difference(credential, PartChange::Changed, names));
            known.clone_from(credential);
        }
    }
    actual.retain(|known| {
        let stays = declared.iter().any(|credential| credential.platform() == known.platform());
        if !stays {
            differences.push(difference(known, PartChange::Removed, vec![]));
        }
        stays
    });
}

fn compare_rules(
    declared: &[AuthorizationRule],
    actual: &mut Vec<AuthorizationRule>,
    differences: &mut Vec<HubDifference>,
) {
    let same_name =
        |a: &AuthorizationRule, b: &AuthorizationRule| a.key_name.eq_ignore_ascii_case(&b.key_name);
    let difference = |rule: &AuthorizationRule, change, details| HubDifference {
        part: HubPart::Rule,
        name: Some(rule.key_name().to_owned()),
        change,
        details,
    };
    for rule in declared {
        let rights = rights(rule.rights());
        let Some(known) = actual.iter_mut().find(|known| same_name(known, rule)) else {
            differences.push(difference(rule, PartChange::Added, vec![words(&rights)]));
            actual.push(AuthorizationRule { rights, ..rule.clone() });
            continue;
        };
        let mut details = Vec::new();
        if self::rights(known.rights()) != rights || known.other_rights != rule.other_rights {
            details.push(format!(
                "rights from {} to {}",
                words(&self::rights(known.rights())),
                words(&rights)
            ));
            known.rights = rights;
            known.other_rights.clone_from(&rule.other_rights);
        }
        if known.primary_key != rule.primary_key {
            details.push("primary key".to_owned());
            known.primary_key.clone_from(&rule.primary_key);
        }
        if known.secondary_key != rule.secondary_key {
            details.push("secondary key".to_owned());
            known.secondary_key.clone_from(&rule.secondary_key);
        }
        if !details.is_empty() {
            differences.push(difference(rule, PartChange::Changed, details));
        }
    }
    actual.retain(|known| {
        // A rule of the access control service has no name, and no file can declare it.
        let stays = !known.is_shared_access() || declared.iter().any(|rule| same_name(rule, known));
        if !stays {
            differences.push(difference(known, PartChange::Removed, vec![]));
        }
        stays
    });
}

/// In one order. Manage includes the other two, as the service demands.
fn rights(rights: &[AccessRight]) -> Vec<AccessRight> {
    let manages = rights.contains(&AccessRight::Manage);
    AccessRight::ALL.into_iter().filter(|right| manages || rights.contains(right)).collect()
}

fn words(rights: &[AccessRight]) -> String {
    rights.iter().map(|right| right.as_str()).collect::<Vec<_>>().join("+")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn rule() -> impl Strategy<Value = AuthorizationRule> {
        let rights = prop::collection::vec(prop::sample::select(&AccessRight::ALL[..]), 1..4);
        ("[a-d]", rights, "[a-c]", "[a-c]").prop_map(|(name, rights, first, second)| AuthorizationRule {
            key_name: name,
            rights,
            primary_key: format!("sesame{first}"),
            secondary_key: format!("sesame{second}"),
            ..AuthorizationRule::default()
        })
    }

    fn rules() -> impl Strategy<Value = Vec<AuthorizationRule>> {
        prop::collection::btree_map("[a-d]", rule(), 1..4).prop_map(|all| {
            all.into_iter().map(|(name, rule)| AuthorizationRule { key_name: name, ..rule }).collect()
        })
    }

    fn credentials() -> impl Strategy<Value = Vec<PnsCredential>> {
        let properties = prop::collection::btree_map("[A-C]", "sesame[a-c]", 1..3);
        let platforms = prop::sample::select(vec!["gcm", "adm", "apple", "windows"]);
        prop::collection::btree_map(platforms, properties, 0..4).prop_map(|all| {
            let all = all.into_iter();
            all.map(|(word, parts)| PnsCredential::read(word.into(), parts.into_iter().collect())).collect()
        })
    }

    prop_compose! {
        fn declared()(
            ttl in prop::option::of(1_u64..4),
            user_metadata in prop::option::of("sesame[a-b]"),
            disabled in prop::option::of(any::<bool>()),
            credentials in prop::option::of(credentials()),
            authorization_rules in prop::option::of(rules()),
        ) -> DeclaredHub {
            let hub = DeclaredHub { user_metadata, disabled, credentials, authorization_rules, ..DeclaredHub::new("news") };
            match ttl {
                Some(days) => hub.with_registration_ttl(std::time::Duration::from_secs(days * 86_400)).unwrap(),
                None => hub,
            }
        }
    }

    proptest! {
        #[test]
        fn what_was_applied_is_there_and_the_second_time_nothing_differs(
            before in declared(),
            after in declared(),
            is_there in any::<bool>(),
        ) {
            let before = before.change(None).unwrap().description().clone();
            let change = after.change(is_there.then_some(&before)).unwrap();
            let made = change.description();
            let again = after.change(Some(made)).unwrap();
            prop_assert!(again.is_empty(), "{again:?}");
            prop_assert_eq!(again.description(), made);
            // A section that is declared is complete, and what is not declared is as it was.
            let before = if is_there { before } else { after.fresh() };
            match &after.credentials {
                Some(all) => prop_assert_eq!(all.len(), made.credentials().len()),
                None => prop_assert_eq!(before.credentials(), made.credentials()),
            }
            match &after.authorization_rules {
                Some(all) => prop_assert_eq!(all.len(), made.authorization_rules().len()),
                None => prop_assert_eq!(before.authorization_rules(), made.authorization_rules()),
            }
            if after.registration_ttl().is_none() {
                prop_assert_eq!(before.registration_ttl(), made.registration_ttl());
            }
            let said = format!("{change:?} {}", serde_json::to_string(change.differences()).unwrap());
            prop_assert!(!said.contains("sesame"), "{said}");
            prop_assert!(change.differences().iter().all(|difference| !difference.to_string().contains("sesame")));
        }
    }

    fn read(hub: serde_json::Value) -> DeclaredHub {
        serde_json::from_value(hub).unwrap()
    }

    #[test]
    fn each_difference_in_words() {
        let is: HubDescription = serde_json::from_value(json!({
            "name": "news",
            "registration_ttl": "P90D",
            "credentials": {"gcm": {"GoogleApiKey": "sesame1"}, "adm": {"ClientId": "i", "ClientSecret": "sesame"}},
            "authorization_rules": [
                {"key_name": "Old", "rights": ["Send"], "primary_key": "sesame1", "secondary_key": "sesame2"},
                {"key_name": "backend", "rights": ["Send"], "primary_key": "sesame1", "secondary_key": "sesame2"},
            ],
        }))
        .unwrap();
        let declared = read(json!({
            "name": "news",
            "registration_ttl": "P30D",
            "user_metadata": "sesame",
            "disabled": true,
            "credentials": {"gcm": {"GoogleApiKey": "sesame3"}, "baidu": {"BaiduApiKey": "sesame"}},
            "authorization_rules": [
                {"key_name": "Backend", "rights": ["Manage"], "primary_key": "sesame3", "secondary_key": "sesame2"},
                {"key_name": "app", "rights": ["Listen"], "primary_key": "sesame1", "secondary_key": "sesame2"},
            ],
        }));
        let change = declared.change(Some(&is)).unwrap();
        let said: Vec<_> = change.differences().iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "registration_ttl: changed, P90D to P30D",
                "user_metadata: added",
                "disabled: added, true",
                "credential baidu: added, BaiduApiKey",
                "credential gcm: changed, GoogleApiKey",
                "credential adm: removed",
                "rule Backend: changed, rights from Send to Listen+Manage+Send, primary key",
                "rule app: added, Listen",
                "rule Old: removed",
            ]
        );
        assert!(change.touches_rule("backend") && change.touches_rule("old") && !change.touches_rule("app"));
    }

    #[test]
    fn a_property_that_the_service_adds_is_no_difference() {
        let is: HubDescription = serde_json::from_value(
            json!({"credentials": {"gcm": {"GoogleApiKey": "sesame", "GcmEndpoint": "https://fcm"}}}),
        )
        .unwrap();
        let declared = read(json!({"name": "news", "credentials": {"gcm": {"GoogleApiKey": "sesame"}}}));
        assert!(declared.change(Some(&is)).unwrap().is_empty());
    }

    #[test]
    fn what_makes_no_sense_is_refused_without_a_secret() {
        let rule = |name: &str| json!({"key_name": name, "rights": ["Send"], "primary_key": "sesame", "secondary_key": "sesame"});
        for (hub, says) in [
            (json!({"name": "a/b"}), "a/b"),
            (json!({"name": "n", "authorization_rules": []}), "leave the section out"),
            (json!({"name": "n", "authorization_rules": [rule("r"), rule("R")]}), "is declared twice"),
            (
                json!({"name": "n", "authorization_rules": [{"key_name": "r", "rights": ["Send"], "primary_key": "sesame"}]}),
                "secondary_key",
            ),
            (
                json!({"name": "n", "authorization_rules": [{"key_name": "r", "rights": [], "primary_key": "sesame", "secondary_key": "sesame"}]}),
                "no right",
            ),
            (json!({"name": "n", "credentials": {"gcm": {}}}), "has no property"),
            (
                json!({"name": "n", "credentials": {"apple2": {"Token": "sesame"}}}),
                "has no place in a hub; use one of apple",
            ),
            (
                json!({"name": "n", "credentials": {"adm": {"ClientId": "sesame", "ClientSecret": ""}}}),
                "empty ClientSecret",
            ),
        ] {
            let error = read(hub).change(None).unwrap_err().to_string();
            assert!(error.contains(says) && !error.contains("sesame"), "{error}");
        }
        assert!(
            !format!("{:?}", read(json!({"name": "n", "authorization_rules": [rule("r")]})))
                .contains("sesame")
        );
    }
}
