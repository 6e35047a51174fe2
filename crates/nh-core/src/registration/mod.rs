//! Registrations: what the service knows of a device that was registered with a PNS handle.

mod json;
mod pns_handle;
mod template;
mod xml;

pub use pns_handle::PnsHandle;
pub use template::RegistrationTemplate;

use crate::platform_rules::PlatformRules;
use crate::text::quoted;
use crate::{BuildError, IfMatch, IntoTag, Platform, Tag};
use std::collections::BTreeMap;
use std::fmt;
use time::OffsetDateTime;

/// A device that is registered with its PNS handle: natively, or for a template ([Registration management]).
///
/// What is made here goes out in the order that the service demands; what the service answers also has an id, an ETag and a
/// time of expiration. Tags that were read may be freer than [`Tag`]: the service adds names of templates, spaces included.
///
/// Serde reads and writes it as JSON with the words `kind`, `registration_id`, `device_token`, `tags`, .. for files and
/// command lines. What was read can be written as JSON, read and sent again; `expiration_time` is the service's to set.
///
/// ```
/// use nh_core::{CreateRegistration, PnsHandle, Registration, RegistrationTemplate};
///
/// let phone = PnsHandle::fcm_v1("dk3:APA91b_aB-c")?;
/// let native = Registration::new(phone.clone()).with_tags(["sports", "follows_RedSox"])?;
/// let templated = Registration::new(phone)
///     .with_tags(["sports"])?
///     .with_push_variable("language", "fr")
///     .with_template(RegistrationTemplate::new(r#"{"message":{"data":{"text":"$(text)"}}}"#).with_name("news")?);
/// let create = CreateRegistration::new(templated);
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// [Registration management]: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-push-notification-registration-management
#[derive(Clone, PartialEq)]
pub struct Registration {
    id: Option<String>,
    etag: Option<String>,
    expiration_time: Option<OffsetDateTime>,
    tags: Vec<String>,
    push_variables: BTreeMap<String, String>,
    handle: PnsHandle,
    secondary_tile_name: Option<String>,
    template: Option<RegistrationTemplate>,
    /// The element's name, if its kind is not known.
    unknown: Option<String>,
}

impl Registration {
    /// A native registration of a device.
    pub fn new(handle: PnsHandle) -> Registration {
        Registration {
            id: None,
            etag: None,
            expiration_time: None,
            tags: Vec::new(),
            push_variables: BTreeMap::new(),
            handle,
            secondary_tile_name: None,
            template: None,
            unknown: None,
        }
    }

    /// Replaces the tags. More than 60 are beyond the documented limit; the service has been seen to take 72.
    ///
    /// # Errors
    /// An illegal [`Tag`].
    pub fn with_tags(mut self, tags: impl IntoIterator<Item: IntoTag>) -> Result<Registration, BuildError> {
        self.tags = Tag::texts(tags)?;
        Ok(self)
    }

    /// Adds a tag, if it is not there. The others stay as they are, also those that were read and are no [`Tag`].
    ///
    /// ```
    /// use nh_core::Registration;
    ///
    /// // The service has made a tag of a template's name.
    /// let read = r#"{"kind":"gcm","gcm_registration_id":"g","tags":["breaking news"]}"#;
    /// let read: Registration = serde_json::from_str(read).unwrap();
    /// let changed = read.with_tag("sports")?.without_tag("politics");
    /// assert_eq!(changed.tags(), ["breaking news", "sports"]);
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// An illegal [`Tag`].
    pub fn with_tag(mut self, tag: impl IntoTag) -> Result<Registration, BuildError> {
        Tag::add_to(&mut self.tags, tag)?;
        Ok(self)
    }

    /// Takes a tag away, whatever it is.
    pub fn without_tag(mut self, tag: &str) -> Registration {
        self.tags.retain(|known| known != tag);
        self
    }

    /// Sets a value that fills in the device's templates besides those of the notification.
    pub fn with_push_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Registration {
        self.push_variables.insert(name.into(), value.into());
        self
    }

    /// Makes it a template registration: it receives template notifications only.
    pub fn with_template(mut self, template: RegistrationTemplate) -> Registration {
        self.template = Some(template);
        self
    }

    /// Registers the channel of a secondary tile.
    ///
    /// # Errors
    /// Another platform than Windows and Windows Phone, and an empty name.
    pub fn with_secondary_tile(mut self, name: impl Into<String>) -> Result<Registration, BuildError> {
        let name = name.into();
        let refuse = |problem: &str, remedy: &str| {
            Err(BuildError::new(format_args!("secondary tile {}", quoted(&name)), problem, remedy))
        };
        if !self.handle.rules().is_some_and(|rules| rules.has_tiles) {
            return refuse("is of no Windows device", "name tiles of windows and windowsphone only");
        }
        if name.is_empty() {
            return refuse("has no name", "give the tile's name");
        }
        self.secondary_tile_name = Some(name);
        Ok(self)
    }

    /// Replaces the handle: what to do when the push service gave the app a new one.
    pub fn with_handle(mut self, handle: PnsHandle) -> Registration {
        self.handle = handle;
        self.unknown = None;
        self
    }

    /// The id that the service knows it by; `None` for one that was made here.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Its version, if it was read.
    pub fn etag(&self) -> Option<&str> {
        self.etag.as_deref()
    }

    /// When the service forgets it. Registrations do not expire unless the hub says so: then it is the end of the year 9999.
    pub fn expiration_time(&self) -> Option<OffsetDateTime> {
        self.expiration_time
    }

    /// The device.
    pub fn handle(&self) -> &PnsHandle {
        &self.handle
    }

    /// The platform. [`Platform::Other`] holds the element's name, as in `PigeonRegistrationDescription`.
    pub fn platform(&self) -> &Platform {
        self.handle.platform()
    }

    /// The tags, in the order of the service.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// The values that fill in the device's templates.
    pub fn push_variables(&self) -> &BTreeMap<String, String> {
        &self.push_variables
    }

    /// The secondary tile.
    pub fn secondary_tile(&self) -> Option<&str> {
        self.secondary_tile_name.as_deref()
    }

    /// The template; `None` for a native registration.
    pub fn template(&self) -> Option<&RegistrationTemplate> {
        self.template.as_ref()
    }

    /// The version that it was read with, as a condition of an update or a deletion.
    ///
    /// # Errors
    /// A registration without ETag: it was not read. An ETag that no header can hold.
    pub fn if_match(&self) -> Result<IfMatch, BuildError> {
        match &self.etag {
            Some(etag) => IfMatch::etag(etag),
            None => Err(BuildError::new(
                format_args!("registration {}", quoted(self.id().unwrap_or_default())),
                "has no ETag, so its version is not known",
                "read it first, or say IfMatch::ANY",
            )),
        }
    }

    /// What would be lost on writing is refused: each platform has elements of its own.
    fn writable(&self) -> Result<&'static PlatformRules, BuildError> {
        let platform = self.platform();
        let Some(rules) = self.handle.rules() else {
            return Err(BuildError::new(
                format_args!("registration of kind {}", quoted(platform.as_str())),
                "is not known to this version",
                "it can be read and deleted, not written",
            ));
        };
        let template = self.template.as_ref();
        let has = |part: fn(&RegistrationTemplate) -> bool| template.is_some_and(part);
        if has(|t| t.body.trim().is_empty()) {
            return Err(BuildError::new(
                format_args!("registration of kind {platform}"),
                "has a template with no body",
                "say what its device is sent",
            ));
        }
        let misfits = [
            (
                self.secondary_tile_name.is_some() && !rules.has_tiles,
                "a secondary tile",
                "windows and windowsphone",
            ),
            (
                has(|t| !t.headers.is_empty()) && rules.headers.is_none(),
                "template headers",
                "apple, windows and windowsphone",
            ),
            (has(|t| t.expiry.is_some()) && !rules.has_expiry, "a template expiry", "apple"),
            (has(|t| t.priority.is_some()) && !rules.has_expiry, "a template priority", "apple"),
            (has(|t| t.message_type.is_some()) && !rules.has_message_type, "a message type", "baidu"),
        ];
        match misfits.iter().find(|(misfit, ..)| *misfit) {
            None => Ok(rules),
            Some((_, what, platforms)) => Err(BuildError::new(
                format_args!("registration of kind {platform}"),
                format_args!("has {what}"),
                format_args!("only {platforms} can have that"),
            )),
        }
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration")
            .field("id", &self.id)
            .field("etag", &self.etag)
            .field("handle", &self.handle)
            .field("tags", &self.tags)
            .field("template", &self.template)
            .finish_non_exhaustive()
    }
}
