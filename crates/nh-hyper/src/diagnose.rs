//! Why a push did not arrive.
//!
//! [`Client::diagnose`] asks the service what can be asked with the key at hand. It changes nothing and pushes nothing. The
//! [`Diagnosis`] has facts, and findings in plain sentences. [The guide](crate::guide::findings) has a paragraph for each code.
//!
//! ```
//! use nh_hyper::Notification;
//! use nh_hyper::diagnose::FindingCode;
//!
//! # demo::run!(|client, emulator| {
//! # emulator.delete_device(emulator.hub(), &nh_hyper::Platform::Gcm, "demo-gcm:APA91bGwOhvzVAzWr3Y8Ym8Zz1TJgk5Nnm2a")?;
//! let alert = Notification::apple(r#"{"aps":{"alert":"Goal!"}}"#)?;
//! let healthy = client.diagnose().tags("sports").sends(&alert).run().await?;
//! assert_eq!(healthy.codes(), []);
//!
//! let diagnosis = client.diagnose().tags("sprots").sends(&alert).run().await?;
//! assert_eq!(diagnosis.codes(), [FindingCode::NoDeviceHasTheTag]);
//! assert!(diagnosis.will_not_arrive());
//! for finding in &diagnosis.findings {
//!     println!("{}: {finding}", finding.code);
//! }
//! # });
//! ```

use crate::Client;
use crate::call_options::CallOptions;
use crate::error::Error;
use nh_core::diagnosis::{Asked, DescribeHub, Evidence, Listed, MaySend, Probe, Question, Where, judge};
use nh_core::retry::{Fate, RetryPolicy};
use nh_core::{
    BuildError, FeedbackPosition, Format, GetInstallation, GetNotificationDetails, GetRegistration,
    IntoAudience, List, ListRegistrations, ListRegistrationsByHandle, ListRegistrationsByTag, Notification,
    NotificationState, Operation, PnsHandle, Registration, Tag, TagExpression,
};
use std::collections::HashSet;
use std::error::Error as StdError;
use std::fmt::Write as _;
use std::time::Duration;

pub use nh_core::diagnosis::{
    DeviceCount, Diagnosis, Facts, Finding, FindingCode, InstallationFacts, NotificationFacts, OutcomeFact,
    Rights, Severity, Tier,
};

/// A registration with this id does not exist: the numbers of the service's own ids are large.
const NO_REGISTRATION: &str = "1-1-1";

/// The service gave no notification this id.
const NO_NOTIFICATION: &str = "NH-00010101000000000-00000000000000000000000000000000-00";

/// A question takes at most so long, with the wait for a service that throttles.
const LONGEST: Duration = Duration::from_secs(30);

const PAGE: u32 = 100;

/// So many reports of push services are read at most.
const MOST_REPORTS: usize = 50_000;

/// A question to the doctor. [`Client::diagnose`] makes it, [`run`](Diagnose::run) asks it.
///
/// [The module](self) has an example.
#[derive(Clone, Debug)]
#[must_use = "it asks nothing before it runs"]
pub struct Diagnose {
    client: Client,
    question: Question,
    most: usize,
    refused: Option<BuildError>,
}

impl Client {
    /// Begins a diagnosis: why a push did not arrive. Say what it is about, and run it. Without a word it is about the whole hub.
    ///
    /// See [`diagnose`](crate::diagnose) for an example.
    pub fn diagnose(&self) -> Diagnose {
        let once = CallOptions::new().retry(RetryPolicy::NEVER).overall_timeout(LONGEST);
        let question = Question::default();
        Diagnose { client: self.with_options(once), question, most: 5000, refused: None }
    }
}

impl Diagnose {
    /// The audience of the send: a tag, a tag expression, or a list of tags of which a device has at least one.
    pub fn tags(mut self, audience: impl IntoAudience) -> Diagnose {
        match std::mem::take(&mut self.question).with_tags(audience) {
            Ok(question) => self.question = question,
            Err(error) => self.refuse(error),
        }
        self
    }

    /// The user who did not get the push.
    pub fn user(mut self, id: impl Into<String>) -> Diagnose {
        let id = id.into();
        if let Err(error) = Tag::user(&id) {
            self.refuse(error);
        }
        self.question.user = Some(id);
        self
    }

    /// The installation that did not get the push.
    pub fn installation(mut self, id: impl Into<String>) -> Diagnose {
        let id = id.into();
        if let Err(error) = Tag::installation(&id) {
            self.refuse(error);
        }
        self.question.installation = Some(id);
        self
    }

    /// The device that did not get the push.
    pub fn device(mut self, handle: impl Into<PnsHandle>) -> Diagnose {
        self.question.device = Some(handle.into());
        self
    }

    /// The id of the notification that did not arrive, from the [receipt](nh_core::Receipt::notification_id) of its send.
    pub fn notification_id(mut self, id: impl Into<String>) -> Diagnose {
        let id = id.into();
        if let Err(error) = GetNotificationDetails::new(&id) {
            self.refuse(error);
        }
        self.question.notification_id = Some(id);
        self
    }

    /// The notification that is meant to be sent. It is not sent.
    pub fn sends(mut self, notification: impl Into<Notification>) -> Diagnose {
        self.question.sends = Some(notification.into());
        self
    }

    /// The format of the notification that is meant to be sent, if the payload is not at hand. [`sends`](Diagnose::sends) finds more.
    pub fn sends_as(mut self, format: impl Into<Format>) -> Diagnose {
        self.question.format = Some(format.into());
        self
    }

    /// Reads at most so many registrations: 5000 unless set. [`Facts::all_were_looked_at`] says whether there are more. The service
    /// gives them in pages of 100.
    pub fn look_at_most(mut self, registrations: usize) -> Diagnose {
        self.most = registrations;
        self
    }

    fn refuse(&mut self, error: BuildError) {
        self.refused.get_or_insert(error);
    }

    /// Asks the service, and judges the answers. Nothing is asked twice. A service that throttles is not asked further.
    ///
    /// It asks at most one request for each of these: a registration that does not exist (for the right Listen), the description of
    /// the hub (for the right Manage), telemetry (for the tier), a send that cannot push anything (for the right Send), the
    /// installation; and a page of registrations for each 100 of them.
    ///
    /// # Errors
    /// Fails if an argument is one that no request can carry, as an id that is none. What the service refuses, and a network that
    /// fails, are findings.
    pub async fn run(self) -> Result<Diagnosis, Error> {
        if let Some(error) = self.refused {
            return Err(error.into());
        }
        let hub = self.client.target();
        let host = hub.endpoint().authority().map_or_else(String::new, ToString::to_string);
        let mut evidence = Evidence::new(host, hub.name(), hub.api_version());
        evidence.key_name = hub.credential().key_name();
        let mut rounds = Rounds { client: self.client, question: self.question, most: self.most, evidence };
        rounds.ask_all().await?;
        Ok(judge(&rounds.question, &rounds.evidence))
    }
}

/// What is asked, and what came of it so far.
struct Rounds {
    client: Client,
    question: Question,
    most: usize,
    evidence: Evidence,
}

impl Rounds {
    async fn ask_all(&mut self) -> Result<(), BuildError> {
        self.evidence.now = Some(self.client.transport().runtime().now());
        let listen = self.ask(GetRegistration::new(NO_REGISTRATION)?).await;
        self.evidence.listen = without(listen);
        if self.is_over() {
            return Ok(());
        }
        self.evidence.description = self.ask(DescribeHub).await;
        let closed = |evidence: &Evidence| match &evidence.description {
            Asked::Said(hub) => hub.is_disabled(),
            Asked::Refused(error) => error.is_not_found(),
            _ => false,
        };
        if self.is_over() || closed(&self.evidence) {
            return Ok(());
        }
        let id = self.question.notification_id.as_deref().unwrap_or(NO_NOTIFICATION);
        self.evidence.telemetry = self.ask(GetNotificationDetails::new(id)?).await;
        self.adopt_expression();
        if let Some(id) = self.question.installation.clone().filter(|_| !self.is_over()) {
            self.evidence.installation = self.ask(GetInstallation::new(id)?).await;
        }
        if !self.is_over() {
            self.evidence.registrations = self.registrations().await?;
            self.look_around().await;
        }
        if !self.is_over() {
            self.evidence.send = self.ask(MaySend).await;
        }
        Ok(())
    }

    /// Is there no use in asking more?
    fn is_over(&self) -> bool {
        let evidence = &self.evidence;
        !evidence.is_answered || evidence.throttled.is_some() || evidence.is_shut_out()
    }

    async fn ask<O: Operation>(&mut self, operation: O) -> Asked<O::Output> {
        let asked = self.client.execute(&Probe::new(operation)).await;
        let error = match asked {
            Ok(probed) => {
                self.evidence.is_answered = true;
                if let Some(date) = probed.date {
                    let here = self.client.transport().runtime().now();
                    self.evidence.clocks.get_or_insert((here, date));
                }
                match probed.result {
                    Ok(answer) => return Asked::Said(answer),
                    Err(refusal) => {
                        if refusal.is_throttled() {
                            self.evidence.throttled = Some(refusal.retry_after());
                        }
                        return Asked::Refused(refusal);
                    }
                }
            }
            Err(error) => error,
        };
        if error.is_throttled() {
            self.evidence.throttled = Some(match error.fate() {
                Fate::NotDone { retry_after } => retry_after,
                _ => None,
            });
        }
        let why = in_full(&error);
        self.evidence.failure.get_or_insert_with(|| why.clone());
        Asked::Failed(why)
    }

    /// A notification that matched nobody tells whom it was for.
    fn adopt_expression(&mut self) {
        let Question { expression, user, installation, device, .. } = &mut self.question;
        if expression.is_some() || user.is_some() || installation.is_some() || device.is_some() {
            return;
        }
        if let Asked::Said(details) = &self.evidence.telemetry
            && details.state == NotificationState::NoTargetFound
        {
            *expression = details.tags.as_deref().and_then(|tags| TagExpression::parse(tags).ok());
        }
    }

    /// The registrations that the question is about.
    async fn registrations(&mut self) -> Result<Asked<Listed>, BuildError> {
        let mut list =
            Reading { listed: Listed { is_complete: true, ..Listed::default() }, ids: HashSet::new() };
        let failed = match self.question.look() {
            Where::Device(handle) => {
                self.read(ListRegistrationsByHandle::new(handle).top(PAGE), &mut list).await
            }
            Where::Everywhere => self.read(ListRegistrations::new().top(PAGE), &mut list).await,
            Where::Tags(tags) => {
                let mut failed = None;
                for tag in tags {
                    failed = self.read(ListRegistrationsByTag::new(tag)?.top(PAGE), &mut list).await;
                    if failed.is_some() {
                        break;
                    }
                }
                failed
            }
            _ => None,
        };
        Ok(failed.unwrap_or(Asked::Said(list.listed)))
    }

    /// Reads pages up to the limit. What is returned is why it could not.
    async fn read<L>(&mut self, first: L, list: &mut Reading) -> Option<Asked<Listed>>
    where
        L: List<Item = Registration>,
    {
        let mut next = Some(first);
        while let Some(page) = next {
            if list.listed.looked_at >= self.most {
                list.listed.is_complete = false;
                return None;
            }
            match self.ask(page).await {
                Asked::Said(page) => {
                    list.add(page.items, &self.question);
                    next = page.next;
                }
                Asked::Refused(error) => return Some(Asked::Refused(error)),
                Asked::Failed(why) => return Some(Asked::Failed(why)),
                _ => return None,
            }
        }
        None
    }

    /// What push services reported of a device that the hub does not know any more. Only the tier Standard has reports.
    async fn read_feedback(&mut self, device: &PnsHandle) {
        let device = Registration::new(device);
        let mut found = Vec::new();
        let mut reports = self.client.read_feedback(FeedbackPosition::START);
        for _ in 0..MOST_REPORTS {
            match reports.next().await {
                Some(Ok(dead)) => {
                    let is_meant = dead.feedback.platform == *device.platform();
                    if is_meant && dead.is_of_registration(&device) {
                        found.push(dead.feedback);
                    }
                }
                // A report that cannot be read is none of this device.
                Some(Err(error)) if !error.is_lasting() => {}
                _ => break,
            }
        }
        self.evidence.feedback = Asked::Said(found);
    }

    /// If there is nobody: what became of the device, or what else is there?
    async fn look_around(&mut self) {
        let listed = self.evidence.registrations.said();
        let nobody = listed.is_some_and(|listed| listed.is_complete && listed.registrations.is_empty());
        let Question { user, installation, .. } = &self.question;
        if !nobody || self.is_over() {
            return;
        }
        match self.question.look() {
            Where::Device(device) if self.evidence.has_telemetry() => {
                return self.read_feedback(&device).await;
            }
            Where::Tags(_) if user.is_none() && installation.is_none() => {}
            _ => return,
        }
        if let Asked::Said(page) = self.ask(ListRegistrations::new().top(PAGE)).await {
            self.evidence.others = Asked::Said(Listed {
                looked_at: page.items.len(),
                is_complete: page.next.is_none(),
                registrations: page.items,
            });
        }
    }
}

/// Registrations that are read from several lists: each counts once.
struct Reading {
    listed: Listed,
    ids: HashSet<String>,
}

impl Reading {
    fn add(&mut self, items: Vec<Registration>, question: &Question) {
        self.listed.looked_at += items.len();
        for registration in items {
            let is_new = registration.id().is_none_or(|id| self.ids.insert(id.to_owned()));
            if is_new && question.is_about(registration.tags()) {
                self.listed.registrations.push(registration);
            }
        }
    }
}

fn without<T>(asked: Asked<T>) -> Asked<()> {
    match asked {
        Asked::Said(_) => Asked::Said(()),
        Asked::Refused(error) => Asked::Refused(error),
        Asked::Failed(why) => Asked::Failed(why),
        _ => Asked::No,
    }
}

/// With its causes, on one line.
fn in_full(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // Writing to a text cannot fail.
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}
