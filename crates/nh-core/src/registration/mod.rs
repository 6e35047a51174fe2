//! Registrations: devices that are registered with a PNS handle.

mod json;
pub(crate) mod pns_handle;
pub(crate) mod template;
mod xml;

pub use pns_handle::PnsHandle;
pub use template::RegistrationTemplate;

use crate::platform_rules::PlatformRules;
use crate::tag;
use crate::tag_list::TagList;
use crate::text::quoted;
use crate::{BuildError, IfMatch, IntoTag, Platform, Tag};
use std::collections::BTreeMap;
use std::fmt;
use time::OffsetDateTime;

/// A device that is registered with its PNS handle: natively, or for a template ([Registration management]).
///
/// A registration that the service answered also has an id, an ETag and a time of expiration. Its tags can contain other
/// characters than a [`Tag`]: the service adds names of templates, spaces included.
///
/// An installation appears in lists as registrations, with tags such as `$InstallationId:{..}`. Such a registration can be
/// read and deleted. The service refuses to write it ("Tags can not start with $.", azure-notificationhubs-dotnet, issue 265),
/// so it is refused here when the request is built. Change the installation instead.
///
/// Serde reads and writes a registration as JSON with the words `kind`, `registration_id`, `device_token`, `tags`, .. for files
/// and command lines. A registration that was read from the service can be written as JSON, read and sent again. The
/// service sets `expiration_time`. A browser's handle is also read in the form that `JSON.stringify(subscription)` gives.
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
    tags: TagList,
    push_variables: BTreeMap<String, String>,
    handle: PnsHandle,
    secondary_tile_name: Option<String>,
    /// Boxed, because it is larger than all the rest and lists are long.
    template: Option<Box<RegistrationTemplate>>,
}

impl Registration {
    /// Makes a native registration of a device.
    pub fn new(handle: impl Into<PnsHandle>) -> Registration {
        Registration {
            id: None,
            etag: None,
            expiration_time: None,
            tags: TagList::default(),
            push_variables: BTreeMap::new(),
            handle: handle.into(),
            secondary_tile_name: None,
            template: None,
        }
    }

    /// Replaces the tags. More than 60 are beyond the documented limit. The service has been seen to take 72.
    ///
    /// # Errors
    /// Fails if a [`Tag`] is illegal or begins with `$`.
    pub fn with_tags(mut self, tags: impl IntoIterator<Item: IntoTag>) -> Result<Registration, BuildError> {
        self.tags = Tag::texts(tags)?;
        Ok(self)
    }

    /// Adds a tag, if it is not there. The other tags stay as they are.
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
    /// Fails if the [`Tag`] is illegal or begins with `$`.
    pub fn with_tag(mut self, tag: impl IntoTag) -> Result<Registration, BuildError> {
        self.tags.add(Tag::text(tag)?);
        Ok(self)
    }

    /// Removes a tag. Any text is accepted.
    pub fn without_tag(mut self, tag: &str) -> Registration {
        self.tags.remove(tag);
        self
    }

    /// Sets a variable. Templates of the device use it like a property of the notification.
    pub fn with_push_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Registration {
        self.push_variables.insert(name.into(), value.into());
        self
    }

    /// Makes it a template registration. It receives template notifications only. The template is checked when the request is
    /// built: its body, and its headers for the platform.
    pub fn with_template(mut self, template: RegistrationTemplate) -> Registration {
        self.template = Some(Box::new(template));
        self
    }

    /// Sets the name of the secondary tile whose channel is registered.
    ///
    /// # Errors
    /// Fails if the platform is neither Windows nor Windows Phone, or if the name is empty.
    pub fn with_secondary_tile(mut self, name: impl Into<String>) -> Result<Registration, BuildError> {
        let name = name.into();
        let refuse = |problem: &str, remedy: &str| {
            Err(BuildError::new(format_args!("secondary tile {}", quoted(&name)), problem, remedy))
        };
        if !self.handle.rules().is_some_and(|rules| rules.has_tiles) {
            return refuse("needs a Windows device", "only windows and windowsphone have secondary tiles");
        }
        if name.is_empty() {
            return refuse("has no name", "give the tile's name");
        }
        self.secondary_tile_name = Some(name);
        Ok(self)
    }

    /// Replaces the handle. Use it when the push service gave the app a new one.
    pub fn with_handle(mut self, handle: impl Into<PnsHandle>) -> Registration {
        self.handle = handle.into();
        self
    }

    /// Returns the id; `None` if the registration was not read.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Returns the version; `None` if the registration was not read.
    pub fn etag(&self) -> Option<&str> {
        self.etag.as_deref()
    }

    /// Returns the time at which the service deletes it. It is the end of the year 9999 if the hub has no time limit for
    /// registrations.
    pub fn expiration_time(&self) -> Option<OffsetDateTime> {
        self.expiration_time
    }

    /// Returns the handle of the device.
    pub fn handle(&self) -> &PnsHandle {
        &self.handle
    }

    /// Returns the platform. [`Platform::Other`] holds the name of the element, as in `PigeonRegistrationDescription`.
    pub fn platform(&self) -> &Platform {
        self.handle.platform()
    }

    /// Returns the tags, in the order of the service.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// Returns the variables for the device's templates.
    pub fn push_variables(&self) -> &BTreeMap<String, String> {
        &self.push_variables
    }

    /// Returns the id of the installation that it belongs to. The service gives the registrations of an installation a tag
    /// `$InstallationId:{..}`.
    ///
    /// ```
    /// use nh_core::Registration;
    ///
    /// let read = r#"{"kind":"fcmv1","fcm_v1_registration_id":"f","tags":["a","$InstallationId:{7}"]}"#;
    /// let read: Registration = serde_json::from_str(read)?;
    /// assert_eq!(read.installation_id(), Some("7"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn installation_id(&self) -> Option<&str> {
        self.tags.iter().find_map(|text| tag::installation_id(text))
    }

    /// Returns the name of the secondary tile.
    pub fn secondary_tile(&self) -> Option<&str> {
        self.secondary_tile_name.as_deref()
    }

    /// Returns the template; `None` for a native registration.
    pub fn template(&self) -> Option<&RegistrationTemplate> {
        self.template.as_deref()
    }

    /// Returns its version as the condition of an update or a deletion.
    ///
    /// # Errors
    /// Fails if the registration was not read, or if no header can hold its ETag.
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

    /// Returns the tag that the service has made of the template's name, if nobody else could have written it: a name may have a
    /// space. The service makes it again when the registration is stored.
    pub(crate) fn name_tag(&self) -> Option<&str> {
        let name = self.template()?.name()?;
        (Tag::check_stored(name).is_err() && self.tags.iter().any(|tag| tag == name)).then_some(name)
    }

    /// Makes a new registration of the same device under another handle, with another body in its template.
    pub(crate) fn successor(&self, handle: PnsHandle, body: Option<String>) -> Registration {
        let mut successor =
            Registration { id: None, etag: None, expiration_time: None, handle, ..self.clone() };
        if let (Some(template), Some(body)) = (&mut successor.template, body) {
            template.body = body;
        }
        match self.name_tag() {
            Some(name) => successor.without_tag(name),
            None => successor,
        }
    }

    /// Checks that it can be written. What has no element in the XML of its platform would be lost, so it is refused.
    fn writable(&self) -> Result<Writable, BuildError> {
        let platform = self.platform();
        let Some(rules) = self.handle.rules() else {
            return Err(BuildError::new(
                format_args!("registration of kind {}", quoted(platform.as_str())),
                "is not known to this version",
                "it can be read and deleted, not written",
            ));
        };
        let template = self.template();
        let has = |part: fn(&RegistrationTemplate) -> bool| template.is_some_and(part);
        let misfits = [
            (
                self.secondary_tile_name.is_some() && !rules.has_tiles,
                "a secondary tile",
                "windows and windowsphone",
            ),
            (has(|t| t.expiry.is_some()) && !rules.has_expiry, "a template expiry", "apple"),
            (has(|t| t.priority.is_some()) && !rules.has_expiry, "a template priority", "apple"),
            (has(|t| t.message_type.is_some()) && !rules.has_message_type, "a message type", "baidu"),
        ];
        if let Some((_, what, platforms)) = misfits.iter().find(|(misfit, ..)| *misfit) {
            return Err(BuildError::new(
                format_args!("registration of kind {platform}"),
                format_args!("has {what}"),
                format_args!("only {platforms} can have that"),
            ));
        }
        self.handle.check()?;
        let remedy = "the registration belongs to an installation: change the installation instead";
        self.tags.iter().try_for_each(|tag| Tag::check_written(tag, remedy))?;
        let lacking = template.map_or(Ok(Vec::new()), |template| template.lacking_headers(rules))?;
        Ok(Writable { rules, lacking })
    }
}

/// How a registration is written: by the rules of its platform, with the headers that its template lacks.
struct Writable {
    rules: &'static PlatformRules,
    lacking: Vec<(&'static str, &'static str)>,
}

/// Clones the registration.
impl From<&Registration> for Registration {
    fn from(registration: &Registration) -> Registration {
        registration.clone()
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
