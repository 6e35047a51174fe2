use super::DeadHandle;
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::fmt;

/// One thing to delete, and the feedback that calls its handle dead. A plan of nh-hyper's `prune` has them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deletion {
    /// What is deleted.
    pub what: Prunable,
    /// Why.
    pub dead: DeadHandle,
}

impl Deletion {
    /// A deletion, and the reason for it.
    pub fn new(what: Prunable, dead: DeadHandle) -> Deletion {
        Deletion { what, dead }
    }
}

/// What can be deleted. `Display` writes it in words: `installation phone-1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Prunable {
    /// An installation, by its id.
    Installation(String),
    /// A registration, by its id.
    Registration(String),
}

/// What feedback names and a plan does not delete.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Kept {
    /// The feedback.
    pub dead: DeadHandle,
    /// Why nothing is deleted.
    pub because: KeptBecause,
}

impl Kept {
    /// Nothing is deleted, and this is why.
    pub fn new(dead: DeadHandle, because: KeptBecause) -> Kept {
        Kept { dead, because }
    }
}

/// Why nothing is deleted for a dead handle. `Display` writes it in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeptBecause {
    /// Nobody has the handle any more.
    Gone,
    /// The device has another handle by now.
    HasAnotherHandle,
    /// The feedback names a new handle: put it in the place of the old one.
    HasANewHandle,
    /// It is the handle of a secondary tile; the device itself is not dead.
    IsATile,
    /// The feedback names no id, and its handle cannot be looked for.
    CannotBeFound,
}

/// Writes `installation_id` or `registration_id`, and `feedback`.
impl Serialize for Deletion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match &self.what {
            Prunable::Installation(id) => map.serialize_entry("installation_id", id)?,
            Prunable::Registration(id) => map.serialize_entry("registration_id", id)?,
        }
        map.serialize_entry("feedback", &self.dead.feedback)?;
        map.end()
    }
}

/// Writes `because` and `feedback`.
impl Serialize for Kept {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("because", &self.because)?;
        map.serialize_entry("feedback", &self.dead.feedback)?;
        map.end()
    }
}

/// Writes the words of `Display`.
impl Serialize for KeptBecause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Prunable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Prunable::Installation(id) => write!(f, "installation {id}"),
            Prunable::Registration(id) => write!(f, "registration {id}"),
        }
    }
}

impl fmt::Display for KeptBecause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeptBecause::Gone => "nobody has the handle any more",
            KeptBecause::HasAnotherHandle => "the device has another handle by now",
            KeptBecause::HasANewHandle => {
                "the feedback names a new handle: put it in the place of the old one"
            }
            KeptBecause::IsATile => "it is the handle of a secondary tile",
            KeptBecause::CannotBeFound => "the feedback names no id, and this handle cannot be looked for",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Feedback;
    use nh_outcome::xml::CONNECT;

    #[test]
    fn each_is_one_line_of_json() {
        let document = format!("<PnsFeedback xmlns='{CONNECT}'><Platform>gcm</Platform></PnsFeedback>");
        let dead = DeadHandle::of(Feedback::documents(document.as_bytes()).next().unwrap().unwrap());
        let deletion =
            serde_json::to_string(&Deletion::new(Prunable::Installation("phone".to_owned()), dead.clone()))
                .unwrap();
        assert!(
            deletion.starts_with(r#"{"installation_id":"phone","feedback":{"feedback_time":null,"#),
            "{deletion}"
        );
        let deletion =
            serde_json::to_string(&Deletion::new(Prunable::Registration("1-2-3".to_owned()), dead.clone()))
                .unwrap();
        assert!(deletion.starts_with(r#"{"registration_id":"1-2-3","feedback":{"#), "{deletion}");
        let kept = serde_json::to_string(&Kept::new(dead, KeptBecause::Gone)).unwrap();
        assert!(kept.starts_with(r#"{"because":"nobody has the handle any more","feedback":{"#), "{kept}");
    }
}
