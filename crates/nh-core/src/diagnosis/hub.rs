//! What is wrong with the way to the hub, the key or the hub itself.

use super::evidence::{Evidence, is_failure, refuses_version};
use super::facts::{Facts, Tier, ahead};
use super::finding::{Finding, FindingCode, Severity};
use crate::ServiceError;
use crate::round_time::RoundTime;
use crate::text::named;
use std::ops::ControlFlow;
use std::time::Duration;

/// A token is valid for an hour and renewed after half of it. A clock that is off by less than this does no harm.
const HARMLESS_SECONDS: u64 = 300;

/// Breaks if nothing else can be known.
pub(super) fn judge(evidence: &Evidence, facts: &Facts, findings: &mut Vec<Finding>) -> ControlFlow<()> {
    let hub = format!("hub {}", named(&facts.hub));
    if !evidence.is_answered {
        if let Some(wait) = evidence.throttled {
            findings.push(throttled(facts, wait));
            return ControlFlow::Break(());
        }
        if let Some(why) = &evidence.failure {
            findings.push(Finding::error(
                FindingCode::NoAnswer,
                format_args!("host {}", named(&facts.host)),
                format_args!("gives no answer: {why}."),
                "Check the Endpoint of the connection string, the network, and the proxy.",
            ));
            return ControlFlow::Break(());
        }
    }
    let wrong_clock = wrong_clock(evidence);
    if let Some(refusal) = evidence.shut_out() {
        findings.push(match wrong_clock {
            Some(clock) => Finding { severity: Severity::Error, ..clock },
            None => shut_out(facts, refusal),
        });
        return ControlFlow::Break(());
    }
    findings.extend(wrong_clock);
    if let Some(refusal) = evidence.refusals().map(|(_, error)| error).find(|error| refuses_version(error)) {
        findings.push(Finding::error(
            FindingCode::ApiVersionRefused,
            &hub,
            format_args!(
                "refuses the api-version {}: {}",
                named(&facts.api_version),
                sentence(refusal.message().unwrap_or("it is too new for this hub"))
            ),
            "Use an older api-version for this hub (Hub::with_api_version), or create the hub again.",
        ));
        return ControlFlow::Break(());
    }
    if facts.exists == Some(false) {
        findings.push(Finding::error(
            FindingCode::HubNotFound,
            &hub,
            format_args!("does not exist in the namespace {}.", named(&facts.host)),
            "Check the name of the hub. It is the hub's own name, and not the name of the namespace.",
        ));
        return ControlFlow::Break(());
    }
    if facts.is_disabled == Some(true) {
        let (text, remedy) = match facts.rights.manage {
            Some(true) => ("is disabled: it refuses everything but its management.", "Enable the hub."),
            _ => (
                "refuses everything that this key asks for: the hub is disabled, or the key has no right.",
                "Enable the hub. If it is enabled, use a key that may send.",
            ),
        };
        findings.push(Finding::error(FindingCode::HubDisabled, &hub, text, remedy));
        return ControlFlow::Break(());
    }
    if let Some(wait) = evidence.throttled {
        findings.push(throttled(facts, wait));
    }
    findings.extend(failed(evidence));
    if facts.rights.send == Some(false) {
        let key = facts
            .key_name
            .as_deref()
            .map_or_else(|| "the token".to_owned(), |name| format!("key {}", named(name)));
        findings.push(Finding::error(
            FindingCode::KeyCannotSend,
            key,
            "lacks the right Send: the service answers 403 to each send.",
            "Send with a key that has the right Send, as DefaultFullSharedAccessSignature does. Apps keep the key that can only Listen.",
        ));
    }
    if facts.tier == Some(Tier::FreeOrBasic) {
        findings.push(Finding::note(
            FindingCode::TierWithoutTelemetry,
            &hub,
            "is of the tier Free or Basic, which has no telemetry, no feedback, no scheduled sends and no jobs.",
            "To see what became of a push, use a test send, or move the namespace to the tier Standard.",
        ));
    }
    ControlFlow::Continue(())
}

fn throttled(facts: &Facts, wait: Option<Duration>) -> Finding {
    let wait = wait.map_or_else(
        || "Wait, and send more slowly.".to_owned(),
        |wait| format!("Wait for {}, and send more slowly.", RoundTime(wait)),
    );
    Finding::error(
        FindingCode::Throttled,
        format_args!("namespace {}", named(&facts.host)),
        "is throttled: the service got too many requests in this minute, and refuses more.",
        wait,
    )
}

fn wrong_clock(evidence: &Evidence) -> Option<Finding> {
    let seconds = ahead(evidence.clocks?);
    if seconds.unsigned_abs() <= HARMLESS_SECONDS {
        return None;
    }
    let off = RoundTime(Duration::from_secs(seconds.unsigned_abs()));
    let direction = if seconds > 0 { "ahead of" } else { "behind" };
    Some(Finding::warning(
        FindingCode::ClockIsWrong,
        "the clock of this machine",
        format_args!(
            "is {off} {direction} the service's clock. A token that is signed with a wrong time can be refused."
        ),
        "Set the clock, for example with NTP.",
    ))
}

fn shut_out(facts: &Facts, refusal: &ServiceError) -> Finding {
    let message = refusal.message().unwrap_or("401 without a reason");
    if message.to_ascii_lowercase().contains("expired") {
        return Finding::error(
            FindingCode::TokenExpired,
            "the token",
            format_args!("has expired: {}", sentence(message)),
            "Make a new token. With a key in the connection string, tokens are renewed without you.",
        );
    }
    let (subject, which) = match &facts.key_name {
        Some(name) => (format!("key {}", named(name)), "This key"),
        None => ("the token".to_owned(), "This token"),
    };
    Finding::error(
        FindingCode::KeyOrHubNameIsWrong,
        subject,
        format_args!(
            "is refused for the hub {}: {} A key of a hub opens this hub only, so a wrong hub name looks like a wrong key.",
            named(&facts.hub),
            sentence(message)
        ),
        format_args!(
            "Check the name of the hub first. Then copy the connection string again from the portal. {which} may also have been replaced."
        ),
    )
}

/// What the service could not do, though the key may ask for it.
fn failed(evidence: &Evidence) -> Vec<Finding> {
    let refused = evidence.refusals().filter(|(_, error)| is_failure(error));
    let refused = refused.map(|(what, error)| (what, error.to_string()));
    let silent = evidence.failures().map(|(what, why)| (what, why.to_owned()));
    let all: Vec<_> = refused.chain(silent).collect();
    // One sentence is enough for what is probably one failure.
    let Some((_, why)) = all.first() else { return Vec::new() };
    let what: Vec<_> = all.iter().map(|(what, _)| *what).collect();
    let severity = if evidence.is_heard() { Severity::Warning } else { Severity::Error };
    vec![Finding::new(
        FindingCode::ServiceFailed,
        severity,
        format_args!("host {}", named(&evidence.host)),
        format_args!("gave no good answer about {}: {}", what.join(", "), sentence(why)),
        "Ask again in a minute. If it stays, give the tracking id to Azure support.",
    )]
}

/// With a point at its end.
fn sentence(text: &str) -> String {
    let text = crate::text::shown(text.trim(), 300);
    if text.ends_with(['.', '!', '?']) { text } else { format!("{text}.") }
}
