//! What a notification can reach: a registration, or a part of an installation.

use crate::text::named;
use crate::{Installation, InstallationTemplate, Platform, Registration};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// A device as a send sees it.
pub(super) struct Reached<'a> {
    pub(super) registration_id: Option<&'a str>,
    pub(super) platform: &'a Platform,
    pub(super) tags: Vec<String>,
    pub(super) variables: &'a BTreeMap<String, String>,
    pub(super) expires: Option<OffsetDateTime>,
    /// `None`: it is reached by native sends.
    pub(super) template: Option<Template<'a>>,
}

/// A template, of a registration or of an installation.
pub(super) struct Template<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) body: &'a str,
    pub(super) headers: Vec<(&'a str, &'a str)>,
    /// The expiry and the priority, which are filled like the headers.
    pub(super) others: Vec<&'a str>,
}

impl<'a> Reached<'a> {
    pub(super) fn of_registration(registration: &'a Registration) -> Reached<'a> {
        let template = registration.template().map(|template| Template {
            name: template.name(),
            body: template.body(),
            headers: template.headers().collect(),
            others: template.expiry().into_iter().chain(template.priority()).collect(),
        });
        Reached {
            registration_id: registration.id(),
            platform: registration.platform(),
            tags: registration.tags().to_vec(),
            variables: registration.push_variables(),
            expires: registration.expiration_time(),
            template,
        }
    }

    /// The registrations that an installation stands for: one without a template, and one for each template, of the device and of
    /// each of its secondary tiles (recorded 2018, .NET SDK).
    pub(super) fn of_installation(installation: &'a Installation) -> Vec<Reached<'a>> {
        let mut tags = vec![format!("$InstallationId:{{{}}}", installation.id())];
        tags.extend(installation.user().map(|user| format!("$UserId:{{{user}}}")));
        tags.extend_from_slice(installation.tags());
        let one = |tags: &[String], template: Option<(&'a String, &'a InstallationTemplate)>| Reached {
            registration_id: None,
            platform: installation.platform(),
            tags: match template {
                Some((name, template)) => [tags, template.tags(), std::slice::from_ref(name)].concat(),
                None => tags.to_vec(),
            },
            variables: installation.push_variables(),
            expires: installation.expiration_time(),
            template: template.map(|(name, template)| Template {
                name: Some(name.as_str()),
                body: template.body(),
                headers: template
                    .headers()
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .collect(),
                others: template.expiry().into_iter().collect(),
            }),
        };
        let mut all = vec![one(&tags, None)];
        all.extend(installation.templates().iter().map(|template| one(&tags, Some(template))));
        for tile in installation.secondary_tiles().values() {
            let tags = [tags.as_slice(), tile.tags()].concat();
            all.push(one(&tags, None));
            all.extend(tile.templates().iter().map(|template| one(&tags, Some(template))));
        }
        all
    }

    /// How a finding names its template.
    pub(super) fn template_name(&self) -> String {
        let name = self.template.as_ref().and_then(|template| template.name);
        let template = name.map_or_else(
            || "a template without a name".to_owned(),
            |name| format!("template {}", named(name)),
        );
        format!("{template} for {}", self.platform)
    }
}
