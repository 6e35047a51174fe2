use crate::text::quoted;
use crate::{BuildError, Hub, Target as _};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// How much of a hub's feedback has been read: of each blob so many bytes. Keep it as text or with serde, and go on there after a restart.
///
/// It has one entry for each blob of the container. The service makes a blob a day.
///
/// ```
/// use nh_core::FeedbackPosition;
///
/// let mut position = FeedbackPosition::START;
/// position.set("11262026", 512);
/// let kept = position.to_string();
/// assert_eq!(kept, r#"{"hub":null,"blobs":{"11262026":512}}"#);
/// assert_eq!(kept.parse::<FeedbackPosition>()?, position);
/// assert_eq!((position.of("11262026"), position.of("11272026")), (512, 0));
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedbackPosition {
    hub: Option<String>,
    blobs: BTreeMap<String, u64>,
}

impl FeedbackPosition {
    /// Nothing has been read.
    pub const START: FeedbackPosition = FeedbackPosition { hub: None, blobs: BTreeMap::new() };

    /// Returns how many bytes of a blob have been read. The next document begins there.
    pub fn of(&self, blob: &str) -> u64 {
        self.blobs.get(blob).copied().unwrap_or(0)
    }

    /// Takes note that so many bytes of a blob have been read.
    pub fn set(&mut self, blob: impl Into<String>, bytes: u64) {
        self.blobs.insert(blob.into(), bytes);
    }

    /// Returns the names of the blobs of which something has been read.
    pub fn blobs(&self) -> impl Iterator<Item = &str> {
        self.blobs.keys().map(String::as_str)
    }

    /// Forgets the blobs that `is_there` does not know: those that the container has no longer.
    pub fn retain(&mut self, mut is_there: impl FnMut(&str) -> bool) {
        self.blobs.retain(|blob, _| is_there(blob));
    }

    /// Takes note of the hub whose feedback is read. A position of another hub would pass over what is new here: blobs have the same
    /// names in every hub.
    ///
    /// # Errors
    /// Fails if it is the position of another hub.
    pub fn claim(&mut self, hub: &Hub) -> Result<(), BuildError> {
        let authority = hub.address().authority().map_or("", |authority| authority.as_str());
        let name = format!("{authority}/{}", hub.name()).to_lowercase();
        match &self.hub {
            Some(other) if *other != name => Err(BuildError::new(
                format_args!("feedback position of hub {}", quoted(other)),
                format_args!("is used for hub {}", quoted(&name)),
                "use the position of this hub, or begin at the start",
            )),
            _ => {
                self.hub = Some(name);
                Ok(())
            }
        }
    }
}

/// Begins at the start.
impl Default for FeedbackPosition {
    fn default() -> FeedbackPosition {
        FeedbackPosition::START
    }
}

/// Writes it as JSON, in one line.
impl fmt::Display for FeedbackPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

/// Reads what [`Display`](fmt::Display) writes.
impl FromStr for FeedbackPosition {
    type Err = BuildError;
    fn from_str(text: &str) -> Result<FeedbackPosition, BuildError> {
        serde_json::from_str(text).map_err(|why| {
            BuildError::new("feedback position", why, "give the text that was kept, or begin at the start")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_belongs_to_one_hub() {
        let hub = |name| {
            let text = "Endpoint=sb://Contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0";
            Hub::from_connection_string(text, name).unwrap()
        };
        let mut position = FeedbackPosition::START;
        position.claim(&hub("news")).unwrap();
        position.claim(&hub("News")).unwrap();
        let mut kept: FeedbackPosition = position.to_string().parse().unwrap();
        assert_eq!(kept, position);
        let error = kept.claim(&hub("sports")).unwrap_err().to_string();
        assert!(error.contains("windows.net/news") && error.contains("windows.net/sports"), "{error}");
    }

    #[test]
    fn what_is_none_is_refused() {
        for bad in ["", "0", "{}", r#"{"hub":null,"blobs":{"a":-1}}"#, r#"{"hub":null,"blobs":{},"x":1}"#] {
            assert!(bad.parse::<FeedbackPosition>().is_err(), "{bad}");
        }
    }

    #[test]
    fn blobs_that_are_gone_are_forgotten() {
        let mut position = FeedbackPosition::START;
        position.set("old", 7);
        position.set("new", 8);
        position.retain(|blob| blob == "new");
        assert_eq!((position.of("old"), position.of("new")), (0, 8));
    }
}
