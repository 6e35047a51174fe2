//! Whether a registration is the successor that another would get.

use crate::Registration;
use std::collections::{BTreeSet, HashSet};

/// Returns true if two registrations do the same for a device: the same handle, tags, push variables and template. Ids, ETags
/// and expirations do not count, nor do the order of tags and the spaces in a JSON body.
///
/// With this a migration that was interrupted finds what it has done: the successor of a registration is there, or it is not.
///
/// ```
/// use nh_core::{PnsHandle, Registration, migrate};
///
/// let phone = || Registration::new(PnsHandle::fcm_v1("dk3:APA91b_aB-c").unwrap());
/// assert!(migrate::is_same(&phone().with_tags(["a", "b"])?, &phone().with_tags(["b", "a"])?));
/// assert!(!migrate::is_same(&phone().with_tags(["a"])?, &phone().with_tags(["b"])?));
/// # Ok::<(), nh_core::BuildError>(())
/// ```
pub fn is_same(one: &Registration, other: &Registration) -> bool {
    // Most differ in what is cheap to compare.
    one.handle() == other.handle()
        && one.template().is_some() == other.template().is_some()
        && key(one) == key(other)
}

/// A text that is the same for two registrations that do the same.
pub(super) fn key(registration: &Registration) -> String {
    let handle: Vec<_> = registration.handle().parts().map(|(_, value)| value).collect();
    let template = registration.template().map(|template| {
        let body: Option<serde_json::Value> = serde_json::from_str(template.body()).ok();
        let body = body.map_or_else(|| template.body().to_owned(), |body| body.to_string());
        let headers: BTreeSet<_> = template.headers().collect();
        let of_apple = (template.expiry(), template.priority(), template.message_type());
        (template.name(), body, headers, of_apple)
    });
    let parts = (
        registration.platform().as_str(),
        handle,
        tags(registration),
        registration.push_variables(),
        registration.secondary_tile(),
        template,
    );
    serde_json::to_string(&parts).expect("texts are JSON")
}

/// The service keeps one of several tags that differ in case only (.NET SDK: `RegistrationDescription.SetTagsString`).
/// What it makes of a template's name is left out: it may not be there yet.
fn tags(registration: &Registration) -> BTreeSet<&str> {
    let mut known = HashSet::new();
    let name = registration.name_tag();
    let tags = registration.tags().iter().map(String::as_str).filter(|tag| Some(*tag) != name);
    tags.filter(|tag| known.insert(tag.to_ascii_lowercase())).collect()
}
