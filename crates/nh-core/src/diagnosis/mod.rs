//! Why a push did not arrive: what the service's answers mean together.
//!
//! The judgement asks nothing. A program asks the service, fills in the [`Evidence`], and gives it to [`judge`] with the
//! [`Question`]. `nh_hyper::diagnose` does this over its transport. The operations that ask without harm stand here too:
//! [`Probe`], [`DescribeHub`] and [`MaySend`].
//!
//! ```
//! use nh_core::diagnosis::{Asked, Evidence, FindingCode, Listed, Question, judge};
//!
//! let question = Question { expression: Some("sports".parse()?), ..Question::default() };
//! let mut evidence = Evidence::new("contoso.servicebus.windows.net", "news", "2020-06");
//! evidence.is_answered = true;
//! evidence.registrations = Asked::Said(Listed { is_complete: true, ..Listed::default() });
//!
//! let diagnosis = judge(&question, &evidence);
//! assert_eq!(diagnosis.codes(), [FindingCode::NoDeviceHasTheTag]);
//! println!("{}", diagnosis.findings[0]);
//! # Ok::<(), nh_core::BuildError>(())
//! ```

mod ask;
mod devices;
mod evidence;
mod facts;
pub(crate) mod finding;
mod hub;
mod installation;
mod notification;
mod question;
mod reached;
mod templates;

pub use ask::{DescribeHub, MaySend, Probe, Probed};
pub use evidence::{Asked, Evidence, Listed};
pub use facts::{DeviceCount, Facts, InstallationFacts, NotificationFacts, OutcomeFact, Rights, Tier};
pub use finding::{Finding, FindingCode, Severity};
pub use question::{Question, Where};

use serde::Serialize;

/// What was found: facts about the hub, and what is wrong.
///
/// [The module](self) has an example.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Diagnosis {
    /// What is known of the hub, of the devices and of the notification.
    pub facts: Facts,
    /// What is wrong. Empty if nothing was found.
    pub findings: Vec<Finding>,
}

impl Diagnosis {
    /// Returns true if a finding says that a push will not arrive.
    pub fn will_not_arrive(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// Returns true if the service could not be asked: there was no answer, or failures only.
    ///
    /// ```
    /// use nh_core::diagnosis::{Asked, Evidence, Question, judge};
    ///
    /// let mut evidence = Evidence::new("contoso.servicebus.windows.net", "news", "2020-06");
    /// evidence.failure = Some("could not connect".to_owned());
    /// assert!(judge(&Question::default(), &evidence).is_unanswered());
    /// ```
    pub fn is_unanswered(&self) -> bool {
        let says_so = |finding: &Finding| match finding.code {
            FindingCode::NoAnswer => true,
            FindingCode::ServiceFailed => finding.severity == Severity::Error,
            _ => false,
        };
        self.findings.iter().any(says_so)
    }

    /// Returns the codes of the findings, in order.
    pub fn codes(&self) -> Vec<FindingCode> {
        self.findings.iter().map(|finding| finding.code).collect()
    }
}

/// Judges what was asked. It finds the cause first: what follows from a finding is not a finding of its own. So a hub that does
/// not exist has one finding, although no device matches in it either.
///
/// [The module](self) has an example.
pub fn judge(question: &Question, evidence: &Evidence) -> Diagnosis {
    let facts = Facts::of(question, evidence);
    let mut findings = Vec::new();
    if hub::judge(evidence, &facts, &mut findings).is_continue() {
        if installation::judge(question, evidence, &mut findings).is_continue() {
            devices::judge(question, evidence, &facts, &mut findings);
        }
        notification::judge(question, evidence, &mut findings);
    }
    Diagnosis { facts, findings }
}

#[cfg(test)]
mod tests;
