//! From FCM's legacy protocol to FCM HTTP v1: the rules, without I/O.
//!
//! Google turned the legacy protocol off in 2024. A hub keeps its legacy registrations and installations, and no push reaches
//! them. Tokens stay valid, so each can have a successor for FCM v1 with the same token and the same tags ([FCM migration]).
//! A template's body gets its new shape if a rule can do that: see [`template_body`]. What no rule can do is reported, and
//! nothing is dropped.
//!
//! ```
//! use nh_core::migrate::{self, Migration};
//! use nh_core::{PnsHandle, Registration, RegistrationTemplate};
//!
//! let template = RegistrationTemplate::new(r#"{"data":{"text":"$(text)"},"time_to_live":60}"#).with_name("news")?;
//! let old = Registration::new(PnsHandle::gcm("dk3:APA91b_aB-c")?).with_tags(["sports"])?.with_template(template);
//!
//! let Migration::Migrated(new) = migrate::registration(&old) else { panic!("rules can do this") };
//! assert_eq!(new.handle(), &PnsHandle::fcm_v1("dk3:APA91b_aB-c")?);
//! assert_eq!(new.tags(), ["sports"]);
//! let body = new.template().map(RegistrationTemplate::body);
//! assert_eq!(body, Some(r#"{"message":{"data":{"text":"$(text)"},"android":{"ttl":"60s"}}}"#));
//! # Ok::<(), nh_core::BuildError>(())
//! ```
//!
//! [FCM migration]: https://learn.microsoft.com/azure/notification-hubs/firebase-migration-rest

mod body;
mod file;
mod json;
mod same;

pub use body::template_body;
pub use file::{FileLine, FileMigration};
pub use same::is_same;

use crate::text::quoted;
use crate::{BuildError, Installation, Platform, PnsHandle, Registration};

/// What becomes of a registration or an installation.
#[derive(Clone, Debug, PartialEq)]
pub enum Migration<T> {
    /// This takes its place.
    Migrated(T),
    /// It is for FCM v1 already.
    AlreadyThere,
    /// It is of another platform. The migration leaves it alone.
    OtherPlatform,
    /// No rule can migrate it. The errors name each part that is in the way, and the way out.
    Reported(Vec<BuildError>),
}

/// Makes the successor of a legacy registration.
///
/// The successor has the same token, tags and push variables, and the same template with the body that [`template_body`] makes.
/// A tag that the service has made of the template's name is left out if it is no legal tag: the service makes it again.
/// It has no id and no ETag: it is a new registration. The service sets its expiration when it is stored, by the rule of
/// the hub. (One page says that a registration can change its kind under its id, [FCM migration]; another says that new
/// registrations are needed, [FCM questions]. A new one is right by both.)
///
/// ```
/// use nh_core::migrate::{self, Migration};
/// use nh_core::{PnsHandle, Registration, RegistrationTemplate};
///
/// let phone = PnsHandle::gcm("dk3:APA91b_aB-c")?;
/// let native = migrate::registration(&Registration::new(phone.clone()));
/// assert_eq!(native, Migration::Migrated(Registration::new(PnsHandle::fcm_v1("dk3:APA91b_aB-c")?)));
///
/// let odd = RegistrationTemplate::new(r#"{"data":{"a":"$(a)"},"content_available":true}"#).with_name("news")?;
/// let Migration::Reported(why) = migrate::registration(&Registration::new(phone).with_template(odd)) else { panic!() };
/// assert_eq!(why[0].subject(), "content_available in the template \"news\"");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// A registration is reported if
/// - it belongs to an installation: migrate that, with [`installation`];
/// - its template has a part that no rule can carry over;
/// - this crate would refuse to write the successor, for example because a tag begins with `$`.
///
/// [FCM migration]: https://learn.microsoft.com/azure/notification-hubs/firebase-migration-rest
/// [FCM questions]: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-gcm-to-fcm#faq
pub fn registration(registration: &Registration) -> Migration<Registration> {
    match registration.platform() {
        Platform::Gcm => {}
        Platform::FcmV1 => return Migration::AlreadyThere,
        _ => return Migration::OtherPlatform,
    }
    if let Some(id) = registration.installation_id() {
        return Migration::Reported(vec![BuildError::new(
            "registration",
            format_args!("belongs to the installation {}", quoted(id)),
            "migrate the installation instead",
        )]);
    }
    let of_service = registration.tags().iter().filter(|tag| tag.starts_with('$'));
    let of_service: Vec<_> = of_service
        .map(|tag| {
            let problem = "is a tag that only the service writes, so a new registration cannot have it";
            BuildError::new(format_args!("tag {}", quoted(tag)), problem, "let the app put an installation")
        })
        .collect();
    if !of_service.is_empty() {
        return Migration::Reported(of_service);
    }
    let body = registration.template().map(|template| {
        let name = template.name().map_or("the template".to_owned(), named);
        body::template_body_in(&name, template.body())
    });
    let handle = registration.handle().parts().next().map_or("", |(_, token)| token);
    let successor = body.transpose().and_then(|body| {
        let handle = PnsHandle::from_parts(&Platform::FcmV1, [handle]).map_err(|why| vec![why])?;
        let successor = registration.successor(handle, body);
        successor.write_line().map_err(|why| vec![why])?;
        Ok(successor)
    });
    successor.map_or_else(Migration::Reported, Migration::Migrated)
}

/// Makes the successor of a legacy installation: the same id, push channel, user, tags, push variables and expiration, and each
/// template with the body that [`template_body`] makes. Put it: it takes the place of the old one.
///
/// ```
/// use nh_core::migrate::{self, Migration};
/// use nh_core::{Installation, InstallationTemplate, Platform};
///
/// let template = InstallationTemplate::new(r#"{"notification":{"title":"$(title)","sound":"default"}}"#);
/// let old = Installation::new("a213b4b2", Platform::Gcm, "dk3:APA91b_aB-c")?.with_template("news", template);
///
/// let Migration::Migrated(new) = migrate::installation(&old) else { panic!("rules can do this") };
/// assert_eq!((new.id(), new.platform()), ("a213b4b2", &Platform::FcmV1));
/// assert_eq!(
///     new.templates()["news"].body(),
///     r#"{"message":{"notification":{"title":"$(title)"},"android":{"notification":{"sound":"default"}}}}"#
/// );
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// An installation is reported if one of its templates has a part that no rule can carry over, or if this crate would refuse to
/// put the successor. It is migrated as a whole or not at all.
pub fn installation(installation: &Installation) -> Migration<Installation> {
    match installation.platform() {
        Platform::Gcm => {}
        Platform::FcmV1 => return Migration::AlreadyThere,
        _ => return Migration::OtherPlatform,
    }
    let mut reasons = Vec::new();
    let mut bodies = Vec::new();
    for (name, template) in installation.templates() {
        match body::template_body_in(&named(name), template.body()) {
            Ok(body) => bodies.push(body),
            Err(why) => reasons.extend(why),
        }
    }
    let successor = installation.successor(Platform::FcmV1, bodies);
    if reasons.is_empty()
        && let Err(why) = successor.complete()
    {
        reasons.push(why);
    }
    if reasons.is_empty() { Migration::Migrated(successor) } else { Migration::Reported(reasons) }
}

fn named(name: &str) -> String {
    format!("the template {}", quoted(name))
}

#[cfg(test)]
mod tests;
