use crate::{PnsHandle, Registration, tag};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use time::OffsetDateTime;

/// An installation, as the hub's registrations show it. The service gives no list of installations; it gives one of registrations, and
/// each installation is among them (recorded): as one registration without a template, one more for each template, and those of its
/// secondary tiles. All have the tag `$InstallationId:{..}`.
///
/// [`GetInstallation`](crate::GetInstallation) reads all of an installation. The service allows few such calls.
///
/// Its `Debug` text does not contain the handle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ListedInstallation {
    /// The id of the installation.
    pub installation_id: String,
    /// The id of its user: from the tag `$UserId:{..}`.
    pub user_id: Option<String>,
    /// The handle of the device, with its platform.
    #[serde(flatten, serialize_with = "handle")]
    pub handle: PnsHandle,
    /// The tags, without those that the service makes itself. If only registrations for templates were seen, they are those of the
    /// template.
    pub tags: Vec<String>,
    /// The time at which the service deletes it: the end of the year 9999 if the hub has no time limit.
    #[serde(with = "time::serde::rfc3339::option")]
    pub expiration_time: Option<OffsetDateTime>,
    /// The registration that shows all this.
    pub registration_id: Option<String>,
}

fn handle<S: serde::Serializer>(handle: &PnsHandle, serializer: S) -> Result<S::Ok, S::Error> {
    use serde::ser::SerializeMap as _;
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("platform", handle.platform())?;
    handle.parts().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
    map.end()
}

impl ListedInstallation {
    /// Reads what a registration shows of its installation. Returns `None` if it belongs to none.
    pub fn of(registration: &Registration) -> Option<ListedInstallation> {
        let tags = registration.tags();
        let installation_id = registration.installation_id()?.to_owned();
        let user_id = tags.iter().find_map(|text| tag::user_id(text)).map(str::to_owned);
        Some(ListedInstallation {
            installation_id,
            user_id,
            handle: registration.handle().clone(),
            tags: tags.iter().filter(|tag| !tag.starts_with('$')).cloned().collect(),
            expiration_time: registration.expiration_time(),
            registration_id: registration.id().map(str::to_owned),
        })
    }
}

/// Folds registrations into installations: each comes out once.
///
/// ```
/// use nh_core::{FoldInstallations, Registration};
///
/// let read: Vec<Registration> = serde_json::from_str(r#"[
///     {"kind":"gcm","gcm_registration_id":"g","tags":["$InstallationId:{phone}","$UserId:{bob}","sports"]},
///     {"kind":"gcm","gcm_registration_id":"g","tags":["$InstallationId:{phone}","$UserId:{bob}","sports","greeting"],
///      "template":{"body":"{}","name":"greeting"}},
///     {"kind":"gcm","gcm_registration_id":"h","tags":["sports"]}]"#).unwrap();
/// let mut fold = FoldInstallations::of_all();
/// let mut installations: Vec<_> = read.iter().filter_map(|registration| fold.push(registration)).collect();
/// installations.extend(fold.finish());
/// assert_eq!(installations.len(), 1);
/// assert_eq!((&*installations[0].installation_id, installations[0].user_id.as_deref()), ("phone", Some("bob")));
/// ```
#[derive(Default)]
pub struct FoldInstallations {
    /// `None`: every installation comes with its registration without a template.
    some: Option<Partial>,
}

/// Of some registrations only: that without a template may not be among them.
#[derive(Default)]
struct Partial {
    given: HashSet<Box<str>>,
    /// Seen by the registration for a template or a tile only.
    waiting: BTreeMap<String, ListedInstallation>,
}

impl FoldInstallations {
    /// Folds all registrations of a hub, in any order. It remembers nothing: each installation comes out at its registration without a
    /// template, of which it has one.
    pub fn of_all() -> FoldInstallations {
        FoldInstallations { some: None }
    }

    /// Folds the registrations with a tag, in any order. A tag may be one of a template only; then the installation comes out at
    /// [`finish`](FoldInstallations::finish). It remembers the ids of the installations that it has seen.
    pub fn of_some() -> FoldInstallations {
        FoldInstallations { some: Some(Partial::default()) }
    }

    /// Takes a registration. Returns its installation, if it comes out here.
    pub fn push(&mut self, registration: &Registration) -> Option<ListedInstallation> {
        let installation = ListedInstallation::of(registration)?;
        let is_first = registration.template().is_none() && registration.secondary_tile().is_none();
        let Some(some) = &mut self.some else { return is_first.then_some(installation) };
        let id = &*installation.installation_id;
        if some.given.contains(id) {
            return None;
        }
        if is_first {
            some.waiting.remove(id);
            some.given.insert(id.into());
            return Some(installation);
        }
        some.waiting.entry(id.to_owned()).or_insert(installation);
        None
    }

    /// Ends the list. Returns the installations that have not come out.
    pub fn finish(self) -> impl Iterator<Item = ListedInstallation> {
        self.some.into_iter().flat_map(|some| some.waiting.into_values())
    }
}

impl fmt::Debug for FoldInstallations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |count: fn(&Partial) -> usize| self.some.as_ref().map(count);
        f.debug_struct("FoldInstallations")
            .field("given", &count(|some| some.given.len()))
            .field("waiting", &count(|some| some.waiting.len()))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Platform, RegistrationTemplate};

    fn registration(json: &str) -> Registration {
        serde_json::from_str(&format!("{{\"kind\":\"gcm\",\"gcm_registration_id\":\"sesame\",{json}}}"))
            .unwrap()
    }

    const FIRST: &str = r#""tags":["$installationid:{a}","$UserId:{é=}","x"]"#;
    const TEMPLATE: &str = r#""tags":["$InstallationId:{a}","x","t"],"template":{"body":"{}","name":"t"}"#;
    const OTHER: &str = r#""tags":["$InstallationId:{b}","t"],"template":{"body":"{}","name":"t"}"#;

    fn folded(mut fold: FoldInstallations, all: &[&str]) -> (Vec<String>, Vec<String>) {
        let id = |installation: ListedInstallation| installation.installation_id;
        let now = all.iter().filter_map(|json| fold.push(&registration(json))).map(id).collect();
        (now, fold.finish().map(id).collect())
    }

    #[test]
    fn each_comes_out_once_in_any_order() {
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let orders = [
            [FIRST, TEMPLATE, OTHER, TEMPLATE],
            [TEMPLATE, OTHER, TEMPLATE, FIRST],
            [OTHER, TEMPLATE, FIRST, OTHER],
        ];
        for order in orders {
            assert_eq!(folded(FoldInstallations::of_all(), &order), (ids(&["a"]), ids(&[])));
            assert_eq!(folded(FoldInstallations::of_some(), &order), (ids(&["a"]), ids(&["b"])));
        }
        assert_eq!(folded(FoldInstallations::of_some(), &[r#""tags":["a"]"#]), (ids(&[]), ids(&[])));
    }

    #[test]
    fn a_tile_is_not_the_device() {
        let mut tile: Registration = serde_json::from_str(
            r#"{"kind":"windows","channel_uri":"https://a/1","tags":["$InstallationId:{pc}"],"secondary_tile_name":"t"}"#,
        )
        .unwrap();
        assert_eq!(FoldInstallations::of_all().push(&tile), None);
        tile = tile.with_template(RegistrationTemplate::new("<toast/>"));
        assert_eq!(FoldInstallations::of_all().push(&tile), None);
    }

    #[test]
    fn it_shows_what_the_registration_has() {
        let listed = ListedInstallation::of(&registration(FIRST)).unwrap();
        assert_eq!((listed.user_id.as_deref(), &*listed.tags), (Some("é="), &["x".to_owned()][..]));
        assert_eq!(listed.handle.platform(), &Platform::Gcm);
        assert!(!format!("{listed:?}").contains("sesame"));
        assert_eq!(
            serde_json::to_string(&listed).unwrap(),
            r#"{"installation_id":"a","user_id":"é=","platform":"gcm","gcm_registration_id":"sesame","tags":["x"],"expiration_time":null,"registration_id":null}"#
        );
    }
}
