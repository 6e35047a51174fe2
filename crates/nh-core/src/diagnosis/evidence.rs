use crate::{Feedback, HubDescription, Installation, NotificationDetails, Registration, ServiceError};
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;

/// What came of a question to the service.
#[derive(Debug, Default)]
#[non_exhaustive]
pub enum Asked<T> {
    /// It was not asked.
    #[default]
    No,
    /// The service answered.
    Said(T),
    /// The service refused.
    Refused(ServiceError),
    /// There was no answer. The text says why.
    Failed(String),
}

impl<T> Asked<T> {
    /// Returns the answer, if there is one.
    pub fn said(&self) -> Option<&T> {
        match self {
            Asked::Said(answer) => Some(answer),
            _ => None,
        }
    }

    /// Returns the refusal, if it was refused.
    pub fn refused(&self) -> Option<&ServiceError> {
        match self {
            Asked::Refused(error) => Some(error),
            _ => None,
        }
    }
}

/// Some registrations of the hub.
#[derive(Debug, Default)]
pub struct Listed {
    /// Those that the question is about.
    pub registrations: Vec<Registration>,
    /// How many registrations were read.
    pub looked_at: usize,
    /// True if there are no others that the question is about.
    pub is_complete: bool,
}

/// What the service answered. Nothing of it is needed: what was not asked gives no finding.
///
/// [The module](super) has an example.
#[derive(Debug)]
#[non_exhaustive]
pub struct Evidence {
    /// The host of the namespace, with its port if that is not 443.
    pub host: String,
    /// The name of the hub.
    pub hub: String,
    /// The `api-version` of the requests.
    pub api_version: String,
    /// The name of the key, if the requests are signed with a key.
    pub key_name: Option<String>,
    /// True if the service answered anything.
    pub is_answered: bool,
    /// Why the first question had no answer.
    pub failure: Option<String>,
    /// This machine's clock when it asked.
    pub now: Option<SystemTime>,
    /// This machine's clock and the service's, read at the same moment.
    pub clocks: Option<(SystemTime, SystemTime)>,
    /// The service throttled. The wait that it asked for, if it named one.
    pub throttled: Option<Option<Duration>>,
    /// What it answered to the reading of a registration that does not exist: 404 to a key with the right Listen.
    pub listen: Asked<()>,
    /// The description of the hub. It needs the right Manage.
    pub description: Asked<HubDescription>,
    /// The telemetry of the notification in question, or of one that does not exist: 404 in the Standard tier.
    pub telemetry: Asked<NotificationDetails>,
    /// What it answered to [`MaySend`](super::MaySend): 400 to a key with the right Send.
    pub send: Asked<()>,
    /// The registrations that the question is about.
    pub registrations: Asked<Listed>,
    /// Any registrations of the hub, if none matched: for what the person may have meant.
    pub others: Asked<Listed>,
    /// The installation in question.
    pub installation: Asked<Installation>,
    /// What push services reported of the device in question.
    pub feedback: Asked<Vec<Feedback>>,
}

impl Evidence {
    /// Nothing has been asked yet.
    pub fn new(host: impl Into<String>, hub: impl Into<String>, api_version: impl Into<String>) -> Evidence {
        Evidence {
            host: host.into(),
            hub: hub.into(),
            api_version: api_version.into(),
            key_name: None,
            is_answered: false,
            failure: None,
            now: None,
            clocks: None,
            throttled: None,
            listen: Asked::No,
            description: Asked::No,
            telemetry: Asked::No,
            send: Asked::No,
            registrations: Asked::No,
            others: Asked::No,
            installation: Asked::No,
            feedback: Asked::No,
        }
    }

    /// The time on the service's clock, or on this machine's if the service's is not known.
    pub(super) fn service_time(&self) -> Option<OffsetDateTime> {
        let now = self.clocks.map(|(_, service)| service).or(self.now)?;
        let since = now.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        OffsetDateTime::UNIX_EPOCH.checked_add(since.try_into().ok()?)
    }

    /// Returns true if the service does not know the key or the token: it refuses everything.
    pub fn is_shut_out(&self) -> bool {
        self.shut_out().is_some()
    }

    /// A token can be for a part of the hub only. If it is not for sends, it is of no use.
    pub(super) fn shut_out(&self) -> Option<&ServiceError> {
        let is_of_a_part = |error: &ServiceError| {
            error.message().is_some_and(|message| message.to_ascii_lowercase().contains("audience"))
        };
        let mut refusals = self.refusals().map(|(_, error)| error).filter(|error| is_shut_out(error));
        refusals
            .find(|error| !is_of_a_part(error))
            .or_else(|| self.send.refused().filter(|error| is_shut_out(error)))
    }

    /// Returns true if the tier has telemetry, and feedback with it: Standard.
    pub fn has_telemetry(&self) -> bool {
        self.telemetry.said().is_some() || self.telemetry.refused().is_some_and(ServiceError::is_not_found)
    }

    /// Did the service give any answer that is one?
    pub(super) fn is_heard(&self) -> bool {
        let said = [
            self.listen.said().is_some(),
            self.description.said().is_some(),
            self.telemetry.said().is_some(),
            self.send.said().is_some(),
            self.registrations.said().is_some(),
            self.installation.said().is_some(),
        ];
        said.contains(&true) || self.refusals().any(|(_, error)| !is_failure(error))
    }

    /// All refusals, with what was asked.
    pub(super) fn refusals(&self) -> impl Iterator<Item = (&'static str, &ServiceError)> {
        [
            ("a registration", self.listen.refused()),
            ("the description of the hub", self.description.refused()),
            ("telemetry", self.telemetry.refused()),
            ("the right Send", self.send.refused()),
            ("the registrations", self.registrations.refused()),
            ("the installation", self.installation.refused()),
            ("the feedback", self.feedback.refused()),
        ]
        .into_iter()
        .filter_map(|(what, refusal)| Some((what, refusal?)))
    }

    /// All questions without an answer, with the reason.
    pub(super) fn failures(&self) -> impl Iterator<Item = (&'static str, &str)> {
        fn why<T>(asked: &Asked<T>) -> Option<&str> {
            match asked {
                Asked::Failed(why) => Some(why),
                _ => None,
            }
        }
        [
            ("a registration", why(&self.listen)),
            ("the description of the hub", why(&self.description)),
            ("telemetry", why(&self.telemetry)),
            ("the right Send", why(&self.send)),
            ("the registrations", why(&self.registrations)),
            ("the installation", why(&self.installation)),
            ("the feedback", why(&self.feedback)),
        ]
        .into_iter()
        .filter_map(|(what, why)| Some((what, why?)))
    }
}

/// The service broke, or said what cannot be read.
pub(super) fn is_failure(error: &ServiceError) -> bool {
    error.status().is_server_error() || error.is_unreadable()
}

/// 401, unless its text says that a right is missing.
fn is_shut_out(error: &ServiceError) -> bool {
    error.is_unauthorized() && !lacks_right(error)
}

/// "The notification hub was created with an older API version. .." (azure-notificationhubs-java-backend, issue 42), or a version
/// that the service does not know.
pub(super) fn refuses_version(error: &ServiceError) -> bool {
    let message = error.message().unwrap_or_default().to_ascii_lowercase();
    error.is_bad_request() && (message.contains("api version") || message.contains("api-version"))
}

/// A key may lack a right: 403, or on the old front end 401 with a text that names the claim (recorded 2020, .NET SDK).
pub(super) fn lacks_right(error: &ServiceError) -> bool {
    let names_claim =
        || error.message().is_some_and(|message| message.to_ascii_lowercase().contains("claim is required"));
    error.is_forbidden() && !names_tier(error) || error.is_unauthorized() && names_claim()
}

/// "This operation is not available for your tier" (azure-notificationhubs-dotnet, issue 200).
pub(super) fn names_tier(error: &ServiceError) -> bool {
    error.message().is_some_and(|message| message.to_ascii_lowercase().contains("tier"))
}
