use super::evidence::{Asked, Evidence, lacks_right, names_tier, refuses_version};
use super::question::Question;
use super::reached::Reached;
use crate::{NotificationState, OutcomeName, Platform, ServiceError};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::SystemTime;
use time::OffsetDateTime;

/// What is known of the hub. What could not be asked is `None`.
///
/// Serde writes it as JSON.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Facts {
    /// The host of the namespace.
    pub host: String,
    /// The name of the hub.
    pub hub: String,
    /// The `api-version` of the requests.
    pub api_version: String,
    /// The name of the key.
    pub key_name: Option<String>,
    /// True if the hub exists.
    pub exists: Option<bool>,
    /// True if the hub is disabled.
    pub is_disabled: Option<bool>,
    /// The rights of the key.
    pub rights: Rights,
    /// The pricing tier.
    pub tier: Option<Tier>,
    /// How many seconds this machine's clock is ahead of the service's. Negative if it is behind.
    pub clock_ahead_seconds: Option<i64>,
    /// The platforms for which the hub has a credential. It needs the right Manage.
    pub credentials: Option<Vec<Platform>>,
    /// How many registrations were read.
    pub registrations_looked_at: Option<usize>,
    /// False if there are registrations that were not looked at.
    pub all_were_looked_at: Option<bool>,
    /// The registrations that match, by platform.
    pub devices: Option<Vec<DeviceCount>>,
    /// The installation in question.
    pub installation: Option<InstallationFacts>,
    /// The notification in question.
    pub notification: Option<NotificationFacts>,
    /// What could not be asked, and why: a sentence each.
    pub unknown: Vec<String>,
}

/// What a key may do. `None`: it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Rights {
    /// It may register devices.
    pub listen: Option<bool>,
    /// It may send.
    pub send: Option<bool>,
    /// It may read and change the hub.
    pub manage: Option<bool>,
}

/// A pricing tier, as far as refusals tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Tier {
    /// Free or Basic: it has no telemetry, no feedback, no scheduled sends and no jobs.
    FreeOrBasic,
    /// Standard.
    Standard,
}

/// How many registrations of a platform match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeviceCount {
    /// The platform.
    pub platform: Platform,
    /// Those that native sends reach.
    pub native: usize,
    /// Those that template sends reach.
    pub template: usize,
}

/// What is known of an installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct InstallationFacts {
    /// Its id.
    pub id: String,
    /// Its platform.
    pub platform: Platform,
    /// The time at which the service deletes it.
    #[serde(with = "time::serde::rfc3339::option")]
    pub expiration_time: Option<OffsetDateTime>,
    /// True if its push channel has expired.
    pub push_channel_expired: Option<bool>,
    /// The names of its templates.
    pub templates: Vec<String>,
    /// Its tags.
    pub tags: Vec<String>,
}

/// What is known of a notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NotificationFacts {
    /// Its id.
    pub id: String,
    /// Its state.
    pub state: NotificationState,
    /// The tag expression of the send.
    pub tags: Option<String>,
    /// How often each outcome came.
    pub outcomes: Vec<OutcomeFact>,
}

/// An outcome of a notification, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OutcomeFact {
    /// The platform.
    pub platform: Platform,
    /// The name of the outcome.
    pub name: OutcomeName,
    /// How often it came.
    pub count: u64,
    /// What it means.
    pub meaning: &'static str,
    /// True if the device should be removed.
    pub device_is_gone: bool,
}

/// The key was let in: what is refused is refused for another reason.
fn is_let_in(error: &ServiceError) -> bool {
    error.is_not_found() || error.is_gone() || error.is_bad_request() && !refuses_version(error)
}

/// The right that an answer shows.
fn right<T>(asked: &Asked<T>) -> Option<bool> {
    match asked {
        Asked::Said(_) => Some(true),
        Asked::Refused(error) if is_let_in(error) => Some(true),
        Asked::Refused(error) if lacks_right(error) => Some(false),
        _ => None,
    }
}

impl Facts {
    pub(super) fn of(question: &Question, evidence: &Evidence) -> Facts {
        let rights = Rights {
            listen: right(&evidence.listen),
            send: right(&evidence.send),
            manage: right(&evidence.description),
        };
        let description = evidence.description.said();
        // A rule has at least one right, so a key that may do nothing is one of a hub that is disabled.
        let nothing = [rights.listen, rights.send, rights.manage] == [Some(false); 3];
        let is_disabled = description.map(|hub| hub.is_disabled()).or(nothing.then_some(true));
        let rights = match (nothing, is_disabled) {
            (true, _) => Rights::default(),
            (_, Some(true)) => Rights { manage: rights.manage, ..Rights::default() },
            _ => rights,
        };
        let missing = evidence.refusals().any(|(_, error)| is_hub_missing(error))
            || evidence.description.refused().is_some_and(ServiceError::is_not_found);
        let exists = if missing { Some(false) } else { description.map(|_| true) };
        let listed = evidence.registrations.said();
        Facts {
            host: evidence.host.clone(),
            hub: evidence.hub.clone(),
            api_version: evidence.api_version.clone(),
            key_name: evidence.key_name.clone(),
            exists,
            is_disabled,
            rights,
            tier: if is_disabled == Some(true) { None } else { tier(evidence, rights) },
            clock_ahead_seconds: evidence.clocks.map(ahead),
            credentials: description.map(|hub| {
                hub.credentials().iter().map(|credential| credential.platform().clone()).collect()
            }),
            registrations_looked_at: listed.map(|listed| listed.looked_at),
            all_were_looked_at: listed.map(|listed| listed.is_complete),
            devices: devices(question, evidence),
            installation: evidence.installation.said().map(|installation| InstallationFacts {
                id: installation.id().to_owned(),
                platform: installation.platform().clone(),
                expiration_time: installation.expiration_time(),
                push_channel_expired: installation.push_channel_expired(),
                templates: installation.templates().keys().cloned().collect(),
                tags: installation.tags().to_vec(),
            }),
            notification: notification(question, evidence),
            unknown: unknown(question, evidence),
        }
    }
}

/// The words for a hub that does not exist (recorded 2018, .NET SDK).
pub(super) fn is_hub_missing(error: &ServiceError) -> bool {
    error.is_not_found() && error.message().is_some_and(|message| message.contains("No service is hosted"))
}

/// Telemetry is refused below the Standard tier, also for an id that does not exist. Which right it needs is not documented.
fn tier(evidence: &Evidence, rights: Rights) -> Option<Tier> {
    match &evidence.telemetry {
        Asked::Said(_) => Some(Tier::Standard),
        Asked::Refused(error) if error.is_not_found() && !is_hub_missing(error) => Some(Tier::Standard),
        Asked::Refused(error) if error.is_forbidden() => {
            let may = rights.send == Some(true) || rights.manage == Some(true);
            (names_tier(error) || may).then_some(Tier::FreeOrBasic)
        }
        _ => None,
    }
}

/// Whole seconds.
pub(super) fn ahead((here, there): (SystemTime, SystemTime)) -> i64 {
    let seconds = |duration: std::time::Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    match here.duration_since(there) {
        Ok(ahead) => seconds(ahead),
        Err(behind) => -seconds(behind.duration()),
    }
}

/// Those that the question is about, whatever the notification.
pub(super) fn reached<'a>(question: &Question, evidence: &'a Evidence) -> Option<Vec<Reached<'a>>> {
    let all = match (&question.device, evidence.installation.said()) {
        (None, Some(installation)) => Reached::of_installation(installation),
        _ => {
            let listed = evidence.registrations.said()?;
            listed.registrations.iter().map(Reached::of_registration).collect()
        }
    };
    Some(all.into_iter().filter(|reached| question.matches(&reached.tags)).collect())
}

fn devices(question: &Question, evidence: &Evidence) -> Option<Vec<DeviceCount>> {
    let mut counts: BTreeMap<&Platform, (usize, usize)> = BTreeMap::new();
    let reached = reached(question, evidence)?;
    for reached in &reached {
        let count = counts.entry(reached.platform).or_default();
        match reached.template {
            None => count.0 += 1,
            Some(_) => count.1 += 1,
        }
    }
    let counts = counts.into_iter();
    Some(
        counts
            .map(|(platform, (native, template))| DeviceCount {
                platform: platform.clone(),
                native,
                template,
            })
            .collect(),
    )
}

fn notification(question: &Question, evidence: &Evidence) -> Option<NotificationFacts> {
    let id = question.notification_id.clone()?;
    let details = evidence.telemetry.said()?;
    let counts = details.outcome_counts.iter();
    let outcomes = counts.flat_map(|(platform, counts)| {
        counts.iter().map(|(name, count)| {
            let name = OutcomeName::from(name.as_str());
            OutcomeFact {
                platform: platform.clone(),
                count: *count,
                meaning: name.meaning(),
                device_is_gone: name.device_is_gone(),
                name,
            }
        })
    });
    Some(NotificationFacts {
        id,
        state: details.state.clone(),
        tags: details.tags.clone().filter(|tags| !tags.is_empty()),
        outcomes: outcomes.collect(),
    })
}

fn unknown(question: &Question, evidence: &Evidence) -> Vec<String> {
    // Then a finding says it.
    if !evidence.is_answered {
        return Vec::new();
    }
    let mut unknown: Vec<String> = evidence
        .refusals()
        .filter(|(_, error)| lacks_right(error))
        .filter_map(|(what, _)| match what {
            "the description of the hub" => {
                Some("Credentials are not known: the key lacks the right Manage.".to_owned())
            }
            "the registrations" if question.device.is_none() => {
                Some("Devices were not counted: the key lacks the right Manage.".to_owned())
            }
            "the registrations" => {
                Some("The device was not looked up: the key lacks the right Listen.".to_owned())
            }
            "the installation" => {
                Some("The installation was not read: the key lacks the right Listen.".to_owned())
            }
            _ => None,
        })
        .collect();
    unknown.extend(evidence.failures().map(|(what, why)| format!("No answer about {what}: {why}.")));
    unknown
}
