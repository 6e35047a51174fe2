//! What became of the notification in question.

use super::evidence::Evidence;
use super::finding::{Finding, FindingCode, Severity};
use super::question::Question;
use crate::text::named;
use crate::{NotificationDetails, NotificationState, OutcomeName, Platform, ServiceError};
use std::collections::BTreeMap;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// The service may know nothing of a notification for so long (telemetry's reference page).
const NOT_YET: Duration = Duration::minutes(30);

pub(super) fn judge(question: &Question, evidence: &Evidence, findings: &mut Vec<Finding>) {
    let Some(id) = &question.notification_id else { return };
    let subject = format!("notification {}", named(id));
    if evidence.telemetry.refused().is_some_and(ServiceError::is_not_found) {
        findings.push(not_found(id, &subject, evidence.service_time()));
        return;
    }
    let Some(details) = evidence.telemetry.said() else { return };
    match &details.state {
        NotificationState::Scheduled => findings.push(Finding::warning(
            FindingCode::NotificationScheduled,
            subject,
            "has not been sent yet: it waits for the time that it is scheduled for.",
            "Wait for its time, or cancel it and send it at once.",
        )),
        NotificationState::Enqueued | NotificationState::Processing => findings.push(Finding::warning(
            FindingCode::NotificationOnItsWay,
            subject,
            "is on its way: the hub has not finished sending it.",
            "Ask again in 10 seconds. It can take 30 minutes.",
        )),
        NotificationState::Canceled => findings.push(Finding::error(
            FindingCode::NotificationCanceled,
            subject,
            "was canceled before its time. It was not sent.",
            "Send it again if it is still wanted.",
        )),
        NotificationState::Abandoned => findings.push(abandoned(&subject)),
        NotificationState::NoTargetFound => findings.push(no_target(&subject, details)),
        NotificationState::Completed => outcomes(&subject, details, findings),
        state => findings.push(Finding::note(
            FindingCode::OutcomeNotKnown,
            subject,
            format_args!("has the state {}, which says nothing of what became of it.", named(state.as_str())),
            "Ask again later.",
        )),
    }
}

fn abandoned(subject: &str) -> Finding {
    Finding::error(
        FindingCode::NotificationAbandoned,
        subject,
        "was given up: the hub could not reach the push service for 30 minutes.",
        "Send it again if it is still wanted.",
    )
}

fn no_target(subject: &str, details: &NotificationDetails) -> Finding {
    let tags = details.tags.as_deref().filter(|tags| !tags.is_empty());
    let tags = tags.map_or_else(String::new, |tags| format!(" Its tag expression was {}.", named(tags)));
    Finding::error(
        FindingCode::NoTargetFound,
        subject,
        format_args!(
            "matched no device: no device had the tags, or those that had them are not reached by its format.{tags}"
        ),
        "Ask the doctor again with the notification itself: then it also says whether its format reaches those that have the tags now.",
    )
}

fn not_found(id: &str, subject: &str, now: Option<OffsetDateTime>) -> Finding {
    let sent = sent_at(id);
    let is_new = matches!((sent, now), (Some(sent), Some(now)) if now - sent < NOT_YET);
    let (severity, text) = if is_new {
        (
            Severity::Warning,
            "is not known to this hub: another hub sent it, or the hub has no telemetry of it yet.",
        )
    } else {
        (
            Severity::Error,
            "is not known to this hub: another hub or another namespace sent it, or it is too old.",
        )
    };
    let remedy = "Check that the id is the whole id of the send's receipt, and that it is the hub that sent it. Telemetry can come 30 minutes after the send.";
    Finding::new(FindingCode::NotificationNotFound, severity, subject, text, remedy)
}

/// The time in an id of the current front end: `NH-{yyyyMMddHHmmssfff}-..` (recorded 2023).
fn sent_at(id: &str) -> Option<OffsetDateTime> {
    let digits = id.strip_prefix("NH-")?.get(..14)?;
    let part = |from: usize, to: usize| digits.get(from..to);
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
    let time = format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z");
    OffsetDateTime::parse(&time, &Rfc3339).ok()
}

/// What a group of outcomes means together, and what to do.
fn group(name: &OutcomeName) -> Option<(FindingCode, &'static str)> {
    use OutcomeName as Name;
    Some(match name {
        // The device had it already.
        Name::Success | Name::Skipped => return None,
        Name::BadChannel | Name::ExpiredChannel | Name::WrongChannel => (
            FindingCode::DevicesAreGone,
            "Remove these devices: the hub deletes them, and its feedback names them. The app has to register its new handle. If it is every device of the platform, check that the credential of the hub is of the same app and environment (sandbox or production).",
        ),
        Name::InvalidCredentials
        | Name::AuthenticationError
        | Name::InvalidToken
        | Name::WrongToken
        | Name::TokenProviderUnreachable => (
            FindingCode::CredentialRefused,
            "Put a good credential for this platform into the description of the hub. It has to be of the app's own project.",
        ),
        Name::InvalidNotificationFormat | Name::InvalidNotificationSize => (
            FindingCode::PayloadRefused,
            "Check the payload, or the templates of the devices, against the rules of the push service.",
        ),
        Name::ChannelThrottled | Name::Throttled => {
            (FindingCode::PushServiceThrottles, "Send to these devices less often.")
        }
        Name::PnsInterfaceError | Name::PnsServerError | Name::PnsUnavailable | Name::PnsUnreachable => {
            (FindingCode::PushServiceFailed, "Send it again later, if it is still wanted.")
        }
        Name::Dropped | Name::ChannelDisconnected => (
            FindingCode::PushServiceDroppedIt,
            "The device was off or not connected. Send it again if it is still wanted.",
        ),
        Name::AbandonedNotificationMessages => {
            (FindingCode::NotificationAbandoned, "Send it again if it is still wanted.")
        }
        Name::NoTargets => {
            (FindingCode::NoTargetFound, "Check the tag expression and the format of the send.")
        }
        _ => (FindingCode::OutcomeNotKnown, "Ask Azure support with the id of the notification."),
    })
}

fn outcomes(subject: &str, details: &NotificationDetails, findings: &mut Vec<Finding>) {
    type Group<'a> = (&'static str, Vec<(OutcomeName, u64)>);
    let mut groups: BTreeMap<(FindingCode, &Platform), Group<'_>> = BTreeMap::new();
    for (platform, counts) in &details.outcome_counts {
        for (name, count) in counts.iter().filter(|(_, count)| **count > 0) {
            let name = OutcomeName::from(name.as_str());
            if let Some((code, remedy)) = group(&name) {
                groups.entry((code, platform)).or_insert((remedy, Vec::new())).1.push((name, *count));
            }
        }
    }
    for ((code, platform), (remedy, names)) in groups {
        let arrived = details.outcome_counts.get(platform).is_some_and(|counts| {
            counts
                .iter()
                .any(|(name, count)| *count > 0 && OutcomeName::from(name.as_str()) == OutcomeName::Success)
        });
        let severity = if arrived { Severity::Warning } else { Severity::Error };
        let said = names.iter().map(|(name, count)| {
            let devices = if *count == 1 { "device" } else { "devices" };
            format!("{} on {count} {devices}: {}", named(name.as_str()), name.meaning())
        });
        let text = format!("did not arrive everywhere on {platform}. {}", said.collect::<Vec<_>>().join(" "));
        findings.push(Finding::new(code, severity, subject, text, remedy));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn each_known_outcome_has_its_group() {
        for name in OutcomeName::KNOWN {
            let group = group(name).map(|(code, _)| code);
            assert_eq!(name.device_is_gone(), group == Some(FindingCode::DevicesAreGone), "{name}");
            let is_unknown = group == Some(FindingCode::OutcomeNotKnown);
            assert_eq!(is_unknown, *name == OutcomeName::UnknownError, "{name}");
        }
    }

    #[test]
    fn an_id_tells_when_it_was_sent() {
        let id = "NH-20230803155355238-23cfaa9cd29144c8a8e05c08336d5153-07";
        assert_eq!(sent_at(id), Some(datetime!(2023-08-03 15:53:55 UTC)));
        for bad in [
            "",
            "NH-",
            "NH-2023",
            "NH-20231303155355238-x",
            "73622a22797441e4b434e8c2c14112ce-20181107001834-1-18",
        ] {
            assert_eq!(sent_at(bad), None, "{bad}");
        }
        let found = |now| not_found(id, "it", Some(now)).severity;
        assert_eq!(found(datetime!(2023-08-03 16:00 UTC)), Severity::Warning);
        assert_eq!(found(datetime!(2023-08-03 17:00 UTC)), Severity::Error);
    }
}
