use super::expiration::Expiration;
use super::push_channel::PushChannel;
use super::rules::check_user;
use super::secondary_tile::SecondaryTile;
use super::template::{InstallationTemplate, checked_body};
use crate::platform_rules::PlatformRules;
use crate::registration::template::not_empty;
use crate::template_rules::{check_header, check_name};
use crate::text::quoted;
use crate::{BuildError, IntoDevice, IntoTag, IntoTime, Platform, Tag};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// A change of an installation: one operation of a JSON Patch ([RFC 6902]) whose value is always text, as the service wants it.
///
/// Changes of the push channel, the tags and the templates also exist for a secondary tile: see
/// [`in_secondary_tile`](InstallationChange::in_secondary_tile).
///
/// Its `Debug` text does not contain the value.
///
/// ```
/// use nh_core::{InstallationChange, InstallationTemplate, PatchInstallation};
///
/// let patch = PatchInstallation::new("a213b4b2-d797-4392-8012-f683e16c1c52", [
///     InstallationChange::push_channel("dk3:APA91b_aB-c")?,
///     InstallationChange::add_tag("sports")?,
///     InstallationChange::remove_user(),
///     InstallationChange::template("greeting", &InstallationTemplate::new(r#"{"message":{"data":{"t":"$(t)"}}}"#))?,
///     InstallationChange::template_header("alarm", "apns-priority", "10")?,
///     InstallationChange::push_variable("language", "fr"),
/// ])?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// [RFC 6902]: https://www.rfc-editor.org/rfc/rfc6902
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct InstallationChange {
    op: &'static str,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

impl InstallationChange {
    /// Replaces the push channel. The platform is not known here, so a token that APNs does not know is not refused.
    ///
    /// # Errors
    /// Fails if the channel is an illegal [`DeviceHandle`](crate::DeviceHandle).
    pub fn push_channel(channel: impl IntoDevice) -> Result<InstallationChange, BuildError> {
        Ok(replace(&["pushChannel"], PushChannel::new(channel.to_device()?).text()))
    }

    /// Adds a tag. A tag that is there stays there.
    ///
    /// # Errors
    /// Fails if the [`Tag`] is illegal or begins with `$`.
    pub fn add_tag(tag: impl IntoTag) -> Result<InstallationChange, BuildError> {
        Ok(add(&["tags"], Tag::text(tag)?))
    }

    /// Removes a tag. The tag may be one that was read and is no legal [`Tag`]. The service refuses to remove a tag that is not
    /// there (RFC 6902, 4.2).
    ///
    /// # Errors
    /// Fails if the text is empty, or has a comma or a control character.
    pub fn remove_tag(tag: impl AsRef<str>) -> Result<InstallationChange, BuildError> {
        Tag::check_read(tag.as_ref())?;
        Ok(remove(&["tags", tag.as_ref()]))
    }

    /// Replaces all tags.
    ///
    /// ```
    /// use nh_core::InstallationChange;
    ///
    /// let change = InstallationChange::tags(["sports", "politics"])?;
    /// let json = serde_json::to_value(change).unwrap();
    /// assert_eq!(json["value"], r#"["sports","politics"]"#);
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// Fails if there is no tag, or if a [`Tag`] is illegal or begins with `$`.
    pub fn tags(tags: impl IntoIterator<Item: IntoTag>) -> Result<InstallationChange, BuildError> {
        Ok(replace(&["tags"], tags_text(tags, "InstallationChange::remove_tags")?))
    }

    /// Removes all tags.
    pub fn remove_tags() -> InstallationChange {
        remove(&["tags"])
    }

    /// Sets the id of the user that the device belongs to.
    ///
    /// # Errors
    /// Fails if [`Installation::with_user`](crate::Installation::with_user) would refuse the id.
    pub fn user(user_id: impl Into<String>) -> Result<InstallationChange, BuildError> {
        let user_id = user_id.into();
        check_user(&user_id)?;
        Ok(replace(&["userId"], user_id))
    }

    /// Removes the id of the user: the device belongs to nobody.
    pub fn remove_user() -> InstallationChange {
        remove(&["userId"])
    }

    /// Sets the time at which the service deletes the installation.
    ///
    /// ```
    /// use nh_core::InstallationChange;
    /// use std::time::{Duration, SystemTime};
    ///
    /// let in_a_month = SystemTime::UNIX_EPOCH + Duration::from_secs(1_702_592_000);
    /// let change = InstallationChange::expiration_time(in_a_month)?;
    /// assert_eq!(serde_json::to_value(change).unwrap()["value"], "2023-12-14T22:13:20Z");
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// Fails for years after 9999.
    pub fn expiration_time(time: impl IntoTime) -> Result<InstallationChange, BuildError> {
        let time = Expiration::At(time.to_moment());
        time.check()?;
        let value = serde_json::to_value(&time).ok();
        let text = value.and_then(|value| value.as_str().map(str::to_owned));
        Ok(replace(&["expirationTime"], text.expect("a time that was checked is a text")))
    }

    /// Sets a variable. Templates of the device use it like a property of the notification.
    pub fn push_variable(name: &str, value: impl Into<String>) -> InstallationChange {
        add(&["pushVariables", name], value.into())
    }

    /// Removes a variable.
    pub fn remove_push_variable(name: &str) -> InstallationChange {
        remove(&["pushVariables", name])
    }

    /// Replaces all variables.
    pub fn push_variables<N: Into<String>, V: Into<String>>(
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> InstallationChange {
        let all: BTreeMap<String, String> =
            variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        replace(&["pushVariables"], json(&all))
    }

    /// Removes all variables.
    pub fn remove_push_variables() -> InstallationChange {
        remove(&["pushVariables"])
    }

    /// Adds a template, or replaces the template of this name. A body with the root element of a WNS or MPNS notification also
    /// gets its type as a header.
    ///
    /// # Errors
    /// Fails if the name is empty or has more than 200 characters, if the body is blank, or if the template was read from JSON
    /// and has a header or tag that its methods would refuse.
    pub fn template(name: &str, template: &InstallationTemplate) -> Result<InstallationChange, BuildError> {
        Ok(add(&["templates", name], json(&template.complete(name)?)))
    }

    /// Removes a template.
    pub fn remove_template(name: &str) -> InstallationChange {
        remove(&["templates", name])
    }

    /// Replaces all templates.
    ///
    /// # Errors
    /// Fails if [`InstallationChange::template`] would refuse one of them.
    pub fn templates<'a, N: Into<String>>(
        templates: impl IntoIterator<Item = (N, &'a InstallationTemplate)>,
    ) -> Result<InstallationChange, BuildError> {
        let mut all = BTreeMap::new();
        for (name, template) in templates {
            let name = name.into();
            let complete = template.complete(&name)?;
            all.insert(name, complete);
        }
        Ok(replace(&["templates"], json(&all)))
    }

    /// Removes all templates.
    pub fn remove_templates() -> InstallationChange {
        remove(&["templates"])
    }

    /// Replaces the body of a template.
    ///
    /// # Errors
    /// Fails if the name is empty or has more than 200 characters, or if the body is blank.
    pub fn template_body(name: &str, body: impl Into<String>) -> Result<InstallationChange, BuildError> {
        Ok(replace(&["templates", name, "body"], checked_body(name, body.into())?))
    }

    /// Sets one header of a template.
    ///
    /// # Errors
    /// Fails if [`InstallationTemplate::with_header`] would refuse the header, or if the template's name is illegal.
    pub fn template_header(
        name: &str,
        header: &str,
        value: impl Into<String>,
    ) -> Result<InstallationChange, BuildError> {
        let value = value.into();
        check_name(name)?;
        check_header(header, &value)?;
        Ok(add(&["templates", name, "headers", header], value))
    }

    /// Removes one header of a template.
    pub fn remove_template_header(name: &str, header: &str) -> InstallationChange {
        remove(&["templates", name, "headers", header])
    }

    /// Replaces all headers of a template.
    ///
    /// # Errors
    /// Fails if [`InstallationTemplate::with_header`] would refuse a header, or if the template's name is illegal.
    pub fn template_headers<N: AsRef<str>, V: Into<String>>(
        name: &str,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Result<InstallationChange, BuildError> {
        check_name(name)?;
        let none = InstallationTemplate::default();
        let all =
            headers.into_iter().try_fold(none, |all, (name, value)| all.with_header(name.as_ref(), value))?;
        Ok(replace(&["templates", name, "headers"], json(all.headers())))
    }

    /// Removes all headers of a template.
    pub fn remove_template_headers(name: &str) -> InstallationChange {
        remove(&["templates", name, "headers"])
    }

    /// Sets the time until which APNs tries to deliver what is made from a template: a time, `0`, or a template expression.
    ///
    /// # Errors
    /// Fails if the text is blank, or if the template's name is illegal.
    pub fn template_expiry(name: &str, expiry: impl Into<String>) -> Result<InstallationChange, BuildError> {
        check_name(name)?;
        Ok(replace(&["templates", name, "expiry"], not_empty("template expiry", expiry.into())?))
    }

    /// Removes the expiry of a template.
    pub fn remove_template_expiry(name: &str) -> InstallationChange {
        remove(&["templates", name, "expiry"])
    }

    /// Adds a tag to a template.
    ///
    /// # Errors
    /// Fails if the [`Tag`] is illegal or begins with `$`, or if the template's name is illegal.
    pub fn add_template_tag(name: &str, tag: impl IntoTag) -> Result<InstallationChange, BuildError> {
        check_name(name)?;
        Ok(add(&["templates", name, "tags"], Tag::text(tag)?))
    }

    /// Removes a tag of a template.
    ///
    /// # Errors
    /// Fails if the text is empty, or has a comma or a control character.
    pub fn remove_template_tag(name: &str, tag: impl AsRef<str>) -> Result<InstallationChange, BuildError> {
        Tag::check_read(tag.as_ref())?;
        Ok(remove(&["templates", name, "tags", tag.as_ref()]))
    }

    /// Replaces all tags of a template.
    ///
    /// # Errors
    /// Fails if there is no tag, if a [`Tag`] is illegal or begins with `$`, or if the template's name is illegal.
    pub fn template_tags(
        name: &str,
        tags: impl IntoIterator<Item: IntoTag>,
    ) -> Result<InstallationChange, BuildError> {
        check_name(name)?;
        let tags = tags_text(tags, "InstallationChange::remove_template_tags")?;
        Ok(replace(&["templates", name, "tags"], tags))
    }

    /// Removes all tags of a template.
    pub fn remove_template_tags(name: &str) -> InstallationChange {
        remove(&["templates", name, "tags"])
    }

    /// Adds a secondary tile, or replaces the tile of this name.
    ///
    /// # Errors
    /// Fails if a template of the tile breaks the rules for Windows, or if the tile was read from JSON and has a channel or a
    /// tag that its methods would refuse.
    pub fn secondary_tile(name: &str, tile: &SecondaryTile) -> Result<InstallationChange, BuildError> {
        let complete = tile.complete(PlatformRules::of(&Platform::Windows))?;
        Ok(add(&["secondaryTiles", name], json(&complete)))
    }

    /// Removes a secondary tile.
    pub fn remove_secondary_tile(name: &str) -> InstallationChange {
        remove(&["secondaryTiles", name])
    }

    /// Makes the same change in a secondary tile: a change of the push channel, of tags, or of templates.
    ///
    /// ```
    /// use nh_core::InstallationChange;
    ///
    /// let change = InstallationChange::template_body("today", "<tile/>")?.in_secondary_tile("weather")?;
    /// let json = serde_json::to_value(change).unwrap();
    /// assert_eq!(json["path"], "/secondaryTiles/weather/templates/today/body");
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// Fails if a secondary tile has no such part, or if the push channel is a browser's.
    pub fn in_secondary_tile(mut self, tile: &str) -> Result<InstallationChange, BuildError> {
        let part = self.path.split('/').nth(1).unwrap_or_default();
        let browser =
            part == "pushChannel" && self.value.as_deref().is_some_and(|value| value.starts_with('{'));
        if !matches!(part, "pushChannel" | "tags" | "templates") || browser {
            return Err(BuildError::new(
                format_args!("change {} of {}", self.op, quoted(&self.path)),
                "is none of a secondary tile",
                "change its channel URI, its tags or its templates",
            ));
        }
        self.path.insert_str(0, &pointer(&["secondaryTiles", tile]));
        Ok(self)
    }

    /// Makes any other change: `add`, `remove` or `replace` at a JSON Pointer such as `/templates/greeting/expiry`.
    ///
    /// ```
    /// use nh_core::InstallationChange;
    ///
    /// let change = InstallationChange::new("replace", "/templates/greeting/expiry", Some("$(until)".into()))?;
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// Fails if the operation is another one, if the path does not begin with `/`, if a value is missing, or if a removal has
    /// a value.
    pub fn new(op: &str, path: &str, value: Option<String>) -> Result<InstallationChange, BuildError> {
        let subject = || format!("change {} of {}", quoted(op), quoted(path));
        let Some(op) = ["add", "remove", "replace"].into_iter().find(|known| *known == op) else {
            return Err(BuildError::new(
                subject(),
                "is not known to the service",
                "use add, remove or replace",
            ));
        };
        if !path.starts_with('/') {
            return Err(BuildError::new(subject(), "has no path", "begin it with /, as in /pushChannel"));
        }
        match (op, &value) {
            ("remove", Some(_)) => Err(BuildError::new(subject(), "has a value", "a removal has none")),
            ("add" | "replace", None) => {
                Err(BuildError::new(subject(), "has no value", "give it one, as text"))
            }
            _ => Ok(InstallationChange { op, path: path.to_owned(), value }),
        }
    }

    /// Returns true if it removes something. The service refuses to remove it again.
    pub(crate) fn is_removal(&self) -> bool {
        self.op == "remove"
    }
}

fn tags_text(tags: impl IntoIterator<Item: IntoTag>, way_out: &str) -> Result<String, BuildError> {
    let tags = Tag::texts(tags)?;
    if tags.is_empty() {
        return Err(BuildError::new(
            "list of tags",
            "is empty",
            format_args!("name a tag, or use {way_out}"),
        ));
    }
    Ok(json(&tags))
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts, lists and templates are JSON")
}

fn add(path: &[&str], value: String) -> InstallationChange {
    InstallationChange { op: "add", path: pointer(path), value: Some(value) }
}

fn replace(path: &[&str], value: String) -> InstallationChange {
    InstallationChange { op: "replace", path: pointer(path), value: Some(value) }
}

fn remove(path: &[&str]) -> InstallationChange {
    InstallationChange { op: "remove", path: pointer(path), value: None }
}

/// A JSON Pointer (RFC 6901).
fn pointer(path: &[&str]) -> String {
    path.iter().map(|name| format!("/{}", name.replace('~', "~0").replace('/', "~1"))).collect()
}

impl fmt::Debug for InstallationChange {
    /// Shows no value: it may be a handle or a browser's keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InstallationChange({} {})", self.op, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn sent(change: InstallationChange) -> Value {
        serde_json::to_value(change).unwrap()
    }

    #[test]
    fn values_are_text() {
        let browser = r#"{"endpoint":"https://e","keys":{"p256dh":"p","auth":"a"}}"#;
        let template = InstallationTemplate::new("{}").with_tags(["x"]).unwrap();
        for (change, op, path, value) in [
            (InstallationChange::push_channel("c").unwrap(), "replace", "/pushChannel", json!("c")),
            (
                InstallationChange::push_channel(browser).unwrap(),
                "replace",
                "/pushChannel",
                json!("{\"endpoint\":\"https://e\",\"p256dh\":\"p\",\"auth\":\"a\"}"),
            ),
            (InstallationChange::add_tag("news:eu").unwrap(), "add", "/tags", json!("news:eu")),
            (InstallationChange::remove_tag("a").unwrap(), "remove", "/tags/a", Value::Null),
            (InstallationChange::remove_tag("東 京").unwrap(), "remove", "/tags/東 京", Value::Null),
            (InstallationChange::user("zoë@x").unwrap(), "replace", "/userId", json!("zoë@x")),
            (InstallationChange::tags(["a", "b"]).unwrap(), "replace", "/tags", json!("[\"a\",\"b\"]")),
            (InstallationChange::remove_tags(), "remove", "/tags", Value::Null),
            (InstallationChange::push_variable("a/b", "1"), "add", "/pushVariables/a~1b", json!("1")),
            (InstallationChange::remove_push_variable("a"), "remove", "/pushVariables/a", Value::Null),
            (
                InstallationChange::push_variables([("a", "1")]),
                "replace",
                "/pushVariables",
                json!("{\"a\":\"1\"}"),
            ),
            (InstallationChange::remove_push_variables(), "remove", "/pushVariables", Value::Null),
            (
                InstallationChange::templates([("n", &template)]).unwrap(),
                "replace",
                "/templates",
                json!("{\"n\":{\"body\":\"{}\",\"tags\":[\"x\"]}}"),
            ),
            (InstallationChange::remove_templates(), "remove", "/templates", Value::Null),
            (
                InstallationChange::template("n", &InstallationTemplate::new("<toast/>")).unwrap(),
                "add",
                "/templates/n",
                json!("{\"body\":\"<toast/>\",\"headers\":{\"X-WNS-Type\":\"wns/toast\"}}"),
            ),
            (
                InstallationChange::template_header("n", "apns-topic", "$(t)").unwrap(),
                "add",
                "/templates/n/headers/apns-topic",
                json!("$(t)"),
            ),
            (
                InstallationChange::remove_template_header("n", "apns-topic"),
                "remove",
                "/templates/n/headers/apns-topic",
                Value::Null,
            ),
            (
                InstallationChange::template_headers("n", [("apns-topic", "t")]).unwrap(),
                "replace",
                "/templates/n/headers",
                json!("{\"apns-topic\":\"t\"}"),
            ),
            (InstallationChange::remove_template_headers("n"), "remove", "/templates/n/headers", Value::Null),
            (
                InstallationChange::template_expiry("n", "$(e)").unwrap(),
                "replace",
                "/templates/n/expiry",
                json!("$(e)"),
            ),
            (InstallationChange::remove_template_expiry("n"), "remove", "/templates/n/expiry", Value::Null),
            (InstallationChange::add_template_tag("n", "a").unwrap(), "add", "/templates/n/tags", json!("a")),
            (
                InstallationChange::remove_template_tag("n", "a b").unwrap(),
                "remove",
                "/templates/n/tags/a b",
                Value::Null,
            ),
            (
                InstallationChange::template_tags("n", ["a"]).unwrap(),
                "replace",
                "/templates/n/tags",
                json!("[\"a\"]"),
            ),
            (InstallationChange::remove_template_tags("n"), "remove", "/templates/n/tags", Value::Null),
            (
                InstallationChange::push_channel("https://a").unwrap().in_secondary_tile("t/1").unwrap(),
                "replace",
                "/secondaryTiles/t~11/pushChannel",
                json!("https://a"),
            ),
            (
                InstallationChange::add_tag("a").unwrap().in_secondary_tile("t").unwrap(),
                "add",
                "/secondaryTiles/t/tags",
                json!("a"),
            ),
            (
                InstallationChange::remove_template("n").in_secondary_tile("t").unwrap(),
                "remove",
                "/secondaryTiles/t/templates/n",
                Value::Null,
            ),
            (
                InstallationChange::template("a/b~", &template).unwrap(),
                "add",
                "/templates/a~1b~0",
                json!("{\"body\":\"{}\",\"tags\":[\"x\"]}"),
            ),
            (
                InstallationChange::template_body("t", "b").unwrap(),
                "replace",
                "/templates/t/body",
                json!("b"),
            ),
            (InstallationChange::remove_secondary_tile("t"), "remove", "/secondaryTiles/t", Value::Null),
        ] {
            let mut expected = json!({"op": op, "path": path});
            if !value.is_null() {
                expected["value"] = value;
            }
            assert_eq!(sent(change), expected);
        }
    }

    #[test]
    fn refusals() {
        for (op, path, value) in [
            ("move", "/a", Some("1")),
            ("add", "a", Some("1")),
            ("add", "/a", None),
            ("remove", "/a", Some("1")),
        ] {
            assert!(InstallationChange::new(op, path, value.map(str::to_owned)).is_err(), "{op} {path}");
        }
        assert!(InstallationChange::add_tag("a b").is_err());
        assert!(InstallationChange::remove_tag("a,b").is_err());
        assert!(InstallationChange::push_channel("").is_err());
        for refused in [
            InstallationChange::add_tag("$UserId:{bob}"),
            InstallationChange::tags(["$InstallationId:{1}"]),
            InstallationChange::tags(Vec::<String>::new()),
            InstallationChange::user(""),
            InstallationChange::user("bob smith"),
            InstallationChange::template_body("", "b"),
            InstallationChange::template_body("t", " "),
            InstallationChange::template_header("t", "X-WNS-Type", "toast"),
            InstallationChange::template_headers("t", [("a b", "1")]),
            InstallationChange::template_expiry("t", ""),
            InstallationChange::template_tags("t", ["a b"]),
            InstallationChange::template("t", &InstallationTemplate::new("")),
            InstallationChange::secondary_tile(
                "t",
                &SecondaryTile::new("https://a").unwrap().with_template("n", InstallationTemplate::new("{}")),
            ),
            InstallationChange::remove_user().in_secondary_tile("t"),
            InstallationChange::push_channel(r#"{"endpoint":"https://e","p256dh":"p","auth":"a"}"#)
                .unwrap()
                .in_secondary_tile("t"),
        ] {
            refused.unwrap_err();
        }
        let read = |json: Value| serde_json::from_value::<SecondaryTile>(json).unwrap();
        for tile in [json!({"pushChannel": ""}), json!({"pushChannel": "https://a", "tags": ["a,b"]})] {
            assert!(InstallationChange::secondary_tile("t", &read(tile)).is_err());
        }
        let template = serde_json::from_value(json!({"body": "{}", "tags": [""]})).unwrap();
        assert!(InstallationChange::template("t", &template).is_err());
    }
}
