use crate::BuildError;
use crate::hub::check_name;
use crate::text::quoted;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use uuid::Uuid;

/// The resource id of a namespace, of a hub, or of an access rule of one of them. The portal shows it under "Properties" or "JSON View".
///
/// ```
/// use nh_core::ResourceId;
///
/// let hub: ResourceId = "/subscriptions/29cfa613-cbbc-4512-b1d6-1b3a92c7fa40/resourceGroups/5ktrial\
///     /providers/Microsoft.NotificationHubs/namespaces/nh-sdk-ns/notificationHubs/nh-sdk-hub".parse()?;
/// assert_eq!((hub.namespace(), hub.hub(), hub.rule()), ("nh-sdk-ns", Some("nh-sdk-hub"), None));
///
/// let rule = hub.with_rule("DefaultFullSharedAccessSignature")?;
/// assert!(rule.to_string().ends_with("/nh-sdk-hub/authorizationRules/DefaultFullSharedAccessSignature"));
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// The names of resources have no case ([naming rules]). So two ids that differ in case only are equal.
///
/// [naming rules]: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
#[derive(Clone)]
pub struct ResourceId {
    subscription: String,
    resource_group: String,
    namespace: String,
    hub: Option<String>,
    rule: Option<String>,
}

const REMEDY: &str = "copy it from the portal: /subscriptions/{id}/resourceGroups/{group}/providers/Microsoft.NotificationHubs\
    /namespaces/{namespace}/notificationHubs/{hub}/authorizationRules/{rule}";

impl ResourceId {
    /// Makes the id of a namespace.
    ///
    /// ```
    /// use nh_core::ResourceId;
    ///
    /// let namespace = ResourceId::new("29cfa613-cbbc-4512-b1d6-1b3a92c7fa40", "5ktrial", "nh-sdk-ns")?;
    /// assert!(namespace.with_hub("nh-sdk-hub")?.to_string().ends_with("/namespaces/nh-sdk-ns/notificationHubs/nh-sdk-hub"));
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// - Fails if the subscription is not a GUID with hyphens.
    /// - Fails if the resource group is empty or has more than 90 characters, has other characters than letters, digits, `-`, `_`, `.`, `(` and
    ///   `)`, or ends with `.`.
    /// - Fails if the namespace does not have 6 to 50 characters, does not begin with a letter from `A` to `Z` or `a` to `z`, ends with `-`, or
    ///   has other characters than these letters, digits and `-`.
    ///
    /// These are the [naming rules].
    ///
    /// [naming rules]: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
    pub fn new(
        subscription: impl Into<String>,
        resource_group: impl Into<String>,
        namespace: impl Into<String>,
    ) -> Result<ResourceId, BuildError> {
        let (subscription, resource_group, namespace) =
            (subscription.into(), resource_group.into(), namespace.into());
        check_subscription(&subscription)?;
        check_resource_group(&resource_group)?;
        check_namespace(&namespace)?;
        Ok(ResourceId { subscription, resource_group, namespace, hub: None, rule: None })
    }

    /// Returns the id of a hub in the same namespace, without an access rule.
    ///
    /// # Errors
    /// Fails if [`Hub::new`](crate::Hub::new) would refuse the name.
    pub fn with_hub(&self, name: impl Into<String>) -> Result<ResourceId, BuildError> {
        let name = name.into();
        check_name(&name)?;
        Ok(ResourceId { hub: Some(name), rule: None, ..self.clone() })
    }

    /// Returns the id of an access rule of the same hub, or of the same namespace if the id names no hub.
    ///
    /// # Errors
    /// Fails if the name is empty or has more than 256 characters, is `.` or `..`, or has other characters than letters from `A` to `Z` and `a`
    /// to `z`, digits, and `! ( ) * + , - . _` ([List Keys]).
    ///
    /// [List Keys]: https://learn.microsoft.com/rest/api/notificationhubs/notification-hubs/list-keys
    pub fn with_rule(&self, name: impl Into<String>) -> Result<ResourceId, BuildError> {
        let name = name.into();
        check_rule(&name)?;
        Ok(ResourceId { rule: Some(name), ..self.clone() })
    }

    /// Reads a resource id. The `/` at its beginning can be missing. Its fixed words can have any case.
    ///
    /// # Errors
    /// Fails if the text is not the id of a namespace, a hub or an access rule of Notification Hubs, or if one of its names breaks the rules of
    /// [`new`](ResourceId::new), [`with_hub`](ResourceId::with_hub) or [`with_rule`](ResourceId::with_rule).
    pub fn parse(text: &str) -> Result<ResourceId, BuildError> {
        let refuse = |problem: fmt::Arguments<'_>| {
            BuildError::new(format_args!("resource id {}", quoted(text)), problem, REMEDY)
        };
        let trimmed = text.trim();
        let mut segments = trimmed.strip_prefix('/').unwrap_or(trimmed).split('/');
        let mut named = |word: &str| {
            match segments.next() {
                Some(found) if found.eq_ignore_ascii_case(word) => {}
                Some(found) => return Err(refuse(format_args!("has {} in place of {word}", quoted(found)))),
                None => return Err(refuse(format_args!("ends before {word}"))),
            }
            segments.next().ok_or_else(|| refuse(format_args!("ends after {word}")))
        };
        let (subscription, group) = (named("subscriptions")?, named("resourceGroups")?);
        let provider = named("providers")?;
        if !provider.eq_ignore_ascii_case(PROVIDER) {
            return Err(refuse(format_args!("is not of {PROVIDER}")));
        }
        let mut id = ResourceId::new(subscription, group, named("namespaces")?)?;
        while let Some(word) = segments.next() {
            let name = segments.next().ok_or_else(|| refuse(format_args!("ends after {}", quoted(word))))?;
            id = match word {
                _ if id.rule.is_some() => return Err(refuse(format_args!("goes on after the access rule"))),
                _ if word.eq_ignore_ascii_case("notificationHubs") && id.hub.is_none() => {
                    id.with_hub(name)?
                }
                _ if word.eq_ignore_ascii_case("authorizationRules") => id.with_rule(name)?,
                _ => return Err(refuse(format_args!("has {} after its names", quoted(word)))),
            };
        }
        Ok(id)
    }

    /// Returns the GUID of the subscription.
    pub fn subscription(&self) -> &str {
        &self.subscription
    }

    /// Returns the name of the resource group.
    pub fn resource_group(&self) -> &str {
        &self.resource_group
    }

    /// Returns the name of the namespace.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Returns the name of the hub, if the id is that of a hub or of one of its access rules.
    pub fn hub(&self) -> Option<&str> {
        self.hub.as_deref()
    }

    /// Returns the name of the access rule, if the id is that of one.
    pub fn rule(&self) -> Option<&str> {
        self.rule.as_deref()
    }

    /// The words and names of the id, in turn.
    pub(crate) fn segments(&self) -> Vec<&str> {
        let mut segments = vec![
            "subscriptions",
            &self.subscription,
            "resourceGroups",
            &self.resource_group,
            "providers",
            PROVIDER,
            "namespaces",
            &self.namespace,
        ];
        let more = [("notificationHubs", &self.hub), ("authorizationRules", &self.rule)];
        for (word, name) in more {
            segments.extend(name.iter().flat_map(|name| [word, name.as_str()]));
        }
        segments
    }

    /// An access rule: only rules have keys.
    pub(crate) fn checked_rule(&self) -> Result<&ResourceId, BuildError> {
        match &self.rule {
            Some(_) => Ok(self),
            None => Err(BuildError::new(
                format_args!("resource id {}", quoted(&self.to_string())),
                "names no access rule",
                "add /authorizationRules/ and the name of a rule, as the portal shows it under Access Policies",
            )),
        }
    }
}

const PROVIDER: &str = "Microsoft.NotificationHubs";

fn refused(what: &str, name: &str, problem: fmt::Arguments<'_>) -> BuildError {
    BuildError::new(format_args!("{what} {}", quoted(name)), problem, REMEDY)
}

fn check_subscription(id: &str) -> Result<(), BuildError> {
    // Other forms of a GUID are shorter or longer.
    match id.len() == 36 && Uuid::try_parse(id).is_ok() {
        true => Ok(()),
        false => Err(refused("subscription", id, format_args!("is not a GUID"))),
    }
}

/// Finds the first character that is not `legal`, and counts them all.
fn check_chars(
    what: &str,
    name: &str,
    lengths: std::ops::RangeInclusive<usize>,
    legal: impl Fn(char) -> bool,
) -> Result<(), BuildError> {
    if let Some((at, c)) = name.char_indices().find(|(_, c)| !legal(*c)) {
        return Err(refused(what, name, format_args!("has {c:?} at byte {at}")));
    }
    let length = name.chars().count();
    if !lengths.contains(&length) {
        let (least, most) = lengths.into_inner();
        return Err(refused(
            what,
            name,
            format_args!("has {length} characters; it must have {least} to {most}"),
        ));
    }
    Ok(())
}

fn check_resource_group(name: &str) -> Result<(), BuildError> {
    let what = "resource group";
    check_chars(what, name, 1..=90, |c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '(' | ')'))?;
    match name.ends_with('.') {
        true => Err(refused(what, name, format_args!("ends with '.'"))),
        false => Ok(()),
    }
}

fn check_namespace(name: &str) -> Result<(), BuildError> {
    let what = "namespace";
    check_chars(what, name, 6..=50, |c| c.is_ascii_alphanumeric() || c == '-')?;
    match name.starts_with(|c: char| c.is_ascii_alphabetic()) && !name.ends_with('-') {
        true => Ok(()),
        false => Err(refused(what, name, format_args!("does not begin with a letter, or ends with '-'"))),
    }
}

fn check_rule(name: &str) -> Result<(), BuildError> {
    let what = "access rule";
    check_chars(what, name, 1..=256, |c| c.is_ascii_alphanumeric() || "!()*+,-._".contains(c))?;
    match name {
        "." | ".." => Err(refused(what, name, format_args!("cannot be part of a URL"))),
        _ => Ok(()),
    }
}

impl FromStr for ResourceId {
    type Err = BuildError;
    fn from_str(text: &str) -> Result<ResourceId, BuildError> {
        ResourceId::parse(text)
    }
}

/// Writes the id in full, with the fixed words in the case of the documentation.
impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.segments().iter().try_for_each(|segment| write!(f, "/{segment}"))
    }
}

impl fmt::Debug for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResourceId({self})")
    }
}

impl PartialEq for ResourceId {
    fn eq(&self, other: &ResourceId) -> bool {
        self.to_string().to_lowercase() == other.to_string().to_lowercase()
    }
}

impl Eq for ResourceId {}

impl Hash for ResourceId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_string().to_lowercase().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NAMESPACE: &str = "/subscriptions/29cfa613-cbbc-4512-b1d6-1b3a92c7fa40/resourceGroups/5ktrial\
        /providers/Microsoft.NotificationHubs/namespaces/nh-sdk-ns";

    fn parse(text: &str) -> Result<ResourceId, String> {
        ResourceId::parse(text).map_err(|error| error.to_string())
    }

    #[test]
    fn it_is_printed_as_it_is_read() {
        for tail in [
            "",
            "/authorizationRules/RootManageSharedAccessKey",
            "/notificationHubs/nh-sdk-hub",
            "/notificationHubs/nh-sdk-hub/authorizationRules/sdk-AuthRules-5800",
        ] {
            let text = format!("{NAMESPACE}{tail}");
            assert_eq!(parse(&text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn case_does_not_matter() {
        let shouted = NAMESPACE.to_uppercase();
        assert_eq!(parse(&shouted).unwrap(), parse(NAMESPACE).unwrap());
        assert!(
            parse(&shouted).unwrap().to_string().contains("/resourceGroups/5KTRIAL/providers/Microsoft.N")
        );
        // The portal and the command line of Azure differ in it.
        let other =
            format!(" {}/NOTIFICATIONHUBS/news\n", NAMESPACE.replace("resourceGroups", "resourcegroups"));
        assert_eq!(parse(&other).unwrap().hub(), Some("news"));
        assert_eq!(parse(NAMESPACE.trim_start_matches('/')).unwrap(), parse(NAMESPACE).unwrap());
    }

    #[test]
    fn each_refusal_names_what_is_wrong_and_the_way_out() {
        let id = |subscription: &str, group: &str, namespace: &str, tail: &str| {
            format!(
                "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.NotificationHubs/namespaces/{namespace}{tail}"
            )
        };
        let guid = "29cfa613-cbbc-4512-b1d6-1b3a92c7fa40";
        for (text, problem) in [
            (String::new(), "has \"\" in place of subscriptions"),
            ("/subscriptions".into(), "ends after subscriptions"),
            (format!("/subscriptions/{guid}"), "ends before resourceGroups"),
            (format!("/subscriptions/{guid}/providers/x"), "has \"providers\" in place of resourceGroups"),
            (format!("/subscriptions/{guid}/resourceGroups/g/providers/Microsoft.ServiceBus"), "is not of"),
            (id("1234", "group", "nh-sdk-ns", ""), "subscription \"1234\": is not a GUID"),
            (id("29cfa613cbbc4512b1d61b3a92c7fa40", "group", "nh-sdk-ns", ""), "is not a GUID"),
            (id(guid, "", "nh-sdk-ns", ""), "resource group \"\": has 0 characters"),
            (id(guid, "a b", "nh-sdk-ns", ""), "resource group \"a b\": has ' ' at byte 1"),
            (id(guid, "group.", "nh-sdk-ns", ""), "ends with '.'"),
            (id(guid, &"g".repeat(91), "nh-sdk-ns", ""), "has 91 characters"),
            (id(guid, "group", "short", ""), "has 5 characters; it must have 6 to 50"),
            (id(guid, "group", "1-namespace", ""), "does not begin with a letter"),
            (id(guid, "group", "namespace-", ""), "ends with '-'"),
            (id(guid, "group", "name_space", ""), "has '_' at byte 4"),
            (id(guid, "group", "nh-sdk-ns", "/"), "ends after \"\""),
            (id(guid, "group", "nh-sdk-ns", "/notificationHubs"), "ends after \"notificationHubs\""),
            (id(guid, "group", "nh-sdk-ns", "/notificationHubs/.."), "cannot be part of a URL"),
            (id(guid, "group", "nh-sdk-ns", "/queues/news"), "has \"queues\" after its names"),
            (
                id(guid, "group", "nh-sdk-ns", "/notificationHubs/a/notificationHubs/b"),
                "has \"notificationHubs\" after",
            ),
            (
                id(guid, "group", "nh-sdk-ns", "/authorizationRules/a/listKeys/b"),
                "goes on after the access rule",
            ),
            (id(guid, "group", "nh-sdk-ns", "/authorizationRules/a/listKeys"), "ends after \"listKeys\""),
            (id(guid, "group", "nh-sdk-ns", "/authorizationRules/.."), "cannot be part of a URL"),
            (id(guid, "group", "nh-sdk-ns", "/authorizationRules/a b"), "has ' ' at byte 1"),
        ] {
            let error = parse(&text).expect_err(&text);
            assert!(error.contains(problem), "{text}: {error}");
        }
        let error = parse("/subscriptions/x").unwrap_err();
        assert!(error.ends_with(REMEDY), "{error}");
    }

    #[test]
    fn a_connection_string_in_its_place_is_not_shown() {
        let error =
            parse("Endpoint=sb://c.net/;SharedAccessKeyName=Full;SharedAccessKey=sesame").unwrap_err();
        assert!(!error.contains("sesame"), "{error}");
    }

    #[test]
    fn only_a_rule_has_keys() {
        let namespace = parse(NAMESPACE).unwrap();
        let error = namespace.checked_rule().unwrap_err().to_string();
        assert!(error.contains("names no access rule; add /authorizationRules/"), "{error}");
        let rule = namespace.with_rule("Root!()*+,-._").unwrap();
        assert_eq!(rule.checked_rule().unwrap(), &rule);
        // A hub has rules of its own.
        assert_eq!(rule.with_hub("news").unwrap().rule(), None);
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_as_equal(
            group in "[\\p{L}0-9._()-]{0,8}[\\p{L}0-9]", namespace in "[a-z][a-z0-9-]{4,20}[a-z0-9]",
            hub in proptest::option::of("[a-z][a-zA-Z0-9._-]{0,20}"),
            rule in proptest::option::of("[a-z][a-zA-Z0-9!()*+,._-]{0,20}"),
        ) {
            let mut id = ResourceId::new("29cfa613-cbbc-4512-b1d6-1b3a92c7fa40", group, namespace).unwrap();
            if let Some(hub) = hub {
                id = id.with_hub(hub).unwrap();
            }
            if let Some(rule) = rule {
                id = id.with_rule(rule).unwrap();
            }
            prop_assert_eq!(&ResourceId::parse(&id.to_string()).unwrap(), &id);
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,40}(/\\PC{0,10}){0,12}") {
            let _ = ResourceId::parse(&text);
        }
    }
}
