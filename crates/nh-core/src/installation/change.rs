use super::push_channel::PushChannel;
use super::{InstallationTemplate, SecondaryTile};
use crate::text::quoted;
use crate::{BuildError, DeviceHandle, IntoDevice, IntoTag, Tag};
use serde::Serialize;
use std::fmt;

/// A change of an installation: one operation of a JSON Patch ([RFC 6902]) whose value is always text, as the service wants it.
///
/// ```
/// use nh_core::{InstallationChange, InstallationTemplate, PatchInstallation};
///
/// let patch = PatchInstallation::new("a213b4b2-d797-4392-8012-f683e16c1c52", [
///     InstallationChange::push_channel("dk3:APA91b_aB-c")?,
///     InstallationChange::add_tag("sports")?,
///     InstallationChange::remove_user(),
///     InstallationChange::template("greeting", &InstallationTemplate::new(r#"{"message":{"data":{"t":"$(t)"}}}"#))?,
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
    /// Gives it another channel.
    ///
    /// # Errors
    /// An illegal [`DeviceHandle`].
    pub fn push_channel(channel: impl IntoDevice) -> Result<InstallationChange, BuildError> {
        Ok(set(&["pushChannel"], PushChannel::new(channel.to_device()?).text()))
    }

    /// Adds a tag. One that is there stays there.
    ///
    /// # Errors
    /// An illegal [`Tag`].
    pub fn add_tag(tag: impl IntoTag) -> Result<InstallationChange, BuildError> {
        Ok(InstallationChange { op: "add", path: "/tags".into(), value: Some(tag.to_tag()?.as_str().into()) })
    }

    /// Removes a tag, also one that was read and is no [`Tag`]. To remove one that is not there is an error (RFC 6902, 4.2).
    ///
    /// # Errors
    /// A text that is empty, or has a comma or a control character.
    pub fn remove_tag(tag: impl AsRef<str>) -> Result<InstallationChange, BuildError> {
        Tag::check_read(tag.as_ref())?;
        Ok(remove(&["tags", tag.as_ref()]))
    }

    /// Says whose it is.
    pub fn user(user_id: impl Into<String>) -> InstallationChange {
        set(&["userId"], user_id.into())
    }

    /// Says that it is nobody's any more.
    pub fn remove_user() -> InstallationChange {
        remove(&["userId"])
    }

    /// Adds a template, or replaces the one of this name.
    ///
    /// # Errors
    /// A template that was read from JSON, with a tag that is empty or has a comma or a control character.
    pub fn template(name: &str, template: &InstallationTemplate) -> Result<InstallationChange, BuildError> {
        template.check(name)?;
        let json = serde_json::to_string(template).expect("a template is JSON");
        Ok(InstallationChange { op: "add", path: pointer(&["templates", name]), value: Some(json) })
    }

    /// Replaces the body of a template.
    pub fn template_body(name: &str, body: impl Into<String>) -> InstallationChange {
        set(&["templates", name, "body"], body.into())
    }

    /// Removes a template.
    pub fn remove_template(name: &str) -> InstallationChange {
        remove(&["templates", name])
    }

    /// Adds a secondary tile, or replaces the one of this name.
    ///
    /// # Errors
    /// A tile that was read from JSON, with a channel or a tag that [`SecondaryTile::new`] and its methods would refuse.
    pub fn secondary_tile(name: &str, tile: &SecondaryTile) -> Result<InstallationChange, BuildError> {
        tile.check()?;
        let json = serde_json::to_string(tile).expect("a tile is JSON");
        Ok(InstallationChange { op: "add", path: pointer(&["secondaryTiles", name]), value: Some(json) })
    }

    /// Gives a secondary tile another channel.
    ///
    /// # Errors
    /// One that is empty or has a control character.
    pub fn secondary_tile_push_channel(
        name: &str,
        channel: impl Into<String>,
    ) -> Result<InstallationChange, BuildError> {
        let channel = DeviceHandle::new(channel)?.handle().to_owned();
        Ok(set(&["secondaryTiles", name, "pushChannel"], channel))
    }

    /// Removes a secondary tile.
    pub fn remove_secondary_tile(name: &str) -> InstallationChange {
        remove(&["secondaryTiles", name])
    }

    /// Any other change: `add`, `remove` or `replace` at a JSON Pointer such as `/templates/greeting/expiry`.
    ///
    /// ```
    /// use nh_core::InstallationChange;
    ///
    /// let change = InstallationChange::new("replace", "/templates/greeting/expiry", Some("$(until)".into()))?;
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// Another operation, a path that does not begin with `/`, a missing value, or one where there is none.
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

    /// Does it take something away? The second time it is not there.
    pub(crate) fn is_removal(&self) -> bool {
        self.op == "remove"
    }
}

fn set(path: &[&str], value: String) -> InstallationChange {
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
    /// Names no value: it may be a browser's keys.
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
        let browser = DeviceHandle::browser("https://e", "p", "a").unwrap();
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
            (InstallationChange::user("bob"), "replace", "/userId", json!("bob")),
            (
                InstallationChange::template("a/b~", &template).unwrap(),
                "add",
                "/templates/a~1b~0",
                json!("{\"body\":\"{}\",\"tags\":[\"x\"]}"),
            ),
            (InstallationChange::template_body("t", "b"), "replace", "/templates/t/body", json!("b")),
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
        assert!(InstallationChange::secondary_tile_push_channel("t", "").is_err());
        let read = |json: Value| serde_json::from_value::<SecondaryTile>(json).unwrap();
        for tile in [json!({"pushChannel": ""}), json!({"pushChannel": "https://a", "tags": ["a,b"]})] {
            assert!(InstallationChange::secondary_tile("t", &read(tile)).is_err());
        }
        let template = serde_json::from_value(json!({"body": "{}", "tags": [""]})).unwrap();
        assert!(InstallationChange::template("t", &template).is_err());
    }
}
