//! What is wrong with the installation in question.

use super::evidence::Evidence;
use super::finding::{Finding, FindingCode};
use super::question::Question;
use crate::ServiceError;
use crate::text::named;
use std::ops::ControlFlow;

/// Breaks if it cannot be reached, whatever is sent.
pub(super) fn judge(
    question: &Question,
    evidence: &Evidence,
    findings: &mut Vec<Finding>,
) -> ControlFlow<()> {
    let Some(id) = &question.installation else { return ControlFlow::Continue(()) };
    let subject = format!("installation {}", named(id));
    let again = "The app has to write it again: it does that at its next start, if it was built so.";
    if evidence.installation.refused().is_some_and(ServiceError::is_not_found) {
        findings.push(Finding::error(
            FindingCode::InstallationNotFound,
            subject,
            "does not exist in this hub: it was never written, it was deleted, or it expired long ago.",
            "Check the id and the hub. Then let the app write the installation again.",
        ));
        return ControlFlow::Break(());
    }
    let Some(installation) = evidence.installation.said() else { return ControlFlow::Continue(()) };
    let unknown: Vec<String> = installation.unknown_members().map(|(path, _)| named(&path)).collect();
    if !unknown.is_empty() {
        findings.push(Finding::warning(
            FindingCode::InstallationHasUnknownMembers,
            &subject,
            format_args!("has members that the service does not use: {}.", unknown.join(", ")),
            "Check how they are spelled: 'tags', 'templates', 'pushChannel', 'userId'.",
        ));
    }
    if installation.push_channel_expired() == Some(true) {
        findings.push(Finding::error(
            FindingCode::ChannelExpired,
            subject,
            "has an expired push channel: the push service reported its handle as gone. The hub sends nothing to it.",
            "The app has to get a new handle from its platform and write the installation again. If the app was removed, delete the installation.",
        ));
        return ControlFlow::Break(());
    }
    if let (Some(end), Some(now)) = (installation.expiration_time(), evidence.service_time())
        && end <= now
    {
        findings.push(Finding::error(
            FindingCode::InstallationExpired,
            subject,
            format_args!("expired at {}. The hub sends nothing to it.", moment(end)),
            again,
        ));
        return ControlFlow::Break(());
    }
    if let (None, Some(listed)) = (&question.device, evidence.registrations.said())
        && listed.is_complete
        && listed.registrations.is_empty()
    {
        findings.push(Finding::error(
            FindingCode::InstallationHasNoRegistration,
            subject,
            "can be read, and the hub has no registration of it yet. The service carries out a write a little later.",
            format_args!("Ask again in a minute. {again}"),
        ));
        return ControlFlow::Break(());
    }
    ControlFlow::Continue(())
}

/// A time to the second, in UTC.
pub(super) fn moment(time: time::OffsetDateTime) -> String {
    let time = time.to_offset(time::UtcOffset::UTC);
    let (hour, minute, second) = time.to_hms();
    format!("{} {hour:02}:{minute:02}:{second:02} UTC", time.date())
}
