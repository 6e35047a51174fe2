//! What became of one send, for people and for scripts.

use super::Send;
use crate::document::time_text;
use crate::failure::Failure;
use crate::global::Global;
use crate::terminal::{print, print_json, shown};
use nh_core::{Format, NotificationOutcome, Receipt, TestReceipt};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

#[derive(Serialize)]
struct Report<'a> {
    notification_id: Option<&'a str>,
    tracking_id: Option<&'a str>,
    outcome: Option<&'a NotificationOutcome>,
}

/// Tells of a send that the service has accepted.
pub(super) fn receipt(global: &Global, send: &Send, receipt: &Receipt) -> Result<(), Failure> {
    let next = match (&receipt.notification_id, send.at) {
        (_, Some(at)) => format!("scheduled for {}; `nhub cancel ID` takes it back", time_text(at)),
        (Some(_), None) if !send.connection.is_emulator() => {
            "accepted; `nhub outcome ID --wait` tells what became of it".to_owned()
        }
        _ => "accepted; with --test it is told what became of it".to_owned(),
    };
    tell(global, receipt, None, &[("state", next)])
}

/// Tells of a test send, and fails if it reached nobody or failed on a device.
pub(super) fn test(global: &Global, send: &Send, answer: &TestReceipt) -> Result<(), Failure> {
    let Some(outcome) = &answer.outcome else {
        let state = "accepted; the service does not say what became of it".to_owned();
        return tell(global, &answer.receipt, None, &[("state", state)]);
    };
    let mut lines = vec![("succeeded", outcome.success.to_string()), ("failed", outcome.failure.to_string())];
    for result in &outcome.results {
        let handle = result.pns_handle.as_deref().unwrap_or("(no handle)");
        lines.push((result.application_platform.as_str(), format!("{handle}  {}", result.outcome)));
    }
    tell(global, &answer.receipt, Some(outcome), &lines)?;
    verdict(send, outcome)
}

/// What is told cannot be lost without a word: the notification is on its way.
fn tell(
    global: &Global,
    receipt: &Receipt,
    outcome: Option<&NotificationOutcome>,
    lines: &[(&str, String)],
) -> Result<(), Failure> {
    let notification_id = receipt.notification_id.as_deref();
    let tracking_id = receipt.tracking_id.as_deref();
    let told = if global.json {
        print_json(&Report { notification_id, tracking_id, outcome })
    } else {
        let mut text = String::new();
        let mut line = |name: &str, value: &str| {
            writeln!(text, "{:<16} {}", shown(name), shown(value)).expect("a String takes every write")
        };
        match (notification_id, outcome) {
            (Some(id), _) => line("notification id", id),
            (None, None) => line("notification id", "none (only hubs of the Standard tier give one)"),
            (None, Some(_)) => {}
        }
        if let Some(id) = tracking_id {
            line("tracking id", id);
        }
        lines.iter().for_each(|(name, value)| line(name, value));
        print(&text)
    };
    told.map_err(|failure| {
        let id = match (notification_id, tracking_id) {
            (Some(id), _) => format!(" (notification id {id})"),
            (None, Some(id)) => format!(" (tracking id {id})"),
            (None, None) => String::new(),
        };
        failure.after(format_args!("the notification was sent{id}"))
    })
}

/// Did a test send reach somebody, and everybody whom it tried?
fn verdict(send: &Send, outcome: &NotificationOutcome) -> Result<(), Failure> {
    let whom = send.whom();
    if outcome.success == 0 && outcome.failure == 0 {
        let problem = match &send.format {
            Format::Template => format!(
                "no device{whom} has a template. A template send skips devices that are registered natively: send in the \
                 format of their platform"
            ),
            Format::Native(platform) => format!(
                "no device{whom} is registered natively for {platform}. A native send skips devices that registered only \
                 templates: `nhub send template` reaches them"
            ),
        };
        return Err(Failure::undelivered(format!(
            "the test send reached nobody: {problem}. `nhub doctor --send {}`, with the same tags, says more",
            send.format
        )));
    }
    // What went wrong, each once, with how often.
    let mut failed: BTreeMap<&str, (u64, &str)> = BTreeMap::new();
    for result in outcome.results.iter().filter(|result| !result.outcome.is_success()) {
        failed.entry(result.outcome.as_str()).or_insert((0, result.outcome.meaning())).0 += 1;
    }
    if outcome.failure == 0 && failed.is_empty() {
        return Ok(());
    }
    let tried = outcome.success + outcome.failure;
    let why = failed.into_iter().map(|(sentence, (count, meaning))| match tried {
        1 => format!("{sentence}. {meaning}"),
        _ => format!("{count} of them: {sentence}. {meaning}"),
    });
    let why = why.collect::<Vec<_>>().join(" ");
    let text = format!("the test send failed on {} of {tried} devices: {why}", outcome.failure);
    Err(Failure::undelivered(text))
}

impl Send {
    /// Which devices it goes to, in words that stand behind `device`.
    fn whom(&self) -> String {
        let list = |one: &str, many: &str, all: &[String]| match all {
            [only] => format!(" {one} '{only}'"),
            all => format!(" {many} '{}'", all.join("', '")),
        };
        match self {
            Send { expression: Some(expression), .. } => {
                format!(" that matches the tag expression '{expression}'")
            }
            _ if self.to_devices() => " with this handle".to_owned(),
            _ if !self.users.is_empty() => list("of the user", "of the users", &self.users),
            _ if self.to_users() => " of the users in the file".to_owned(),
            _ if !self.installations.is_empty() => {
                list("of the installation", "of the installations", &self.installations)
            }
            _ if self.to_installations() => " of the installations in the file".to_owned(),
            _ if self.tags.is_empty() => " of this hub".to_owned(),
            _ => list("with the tag", "with one of the tags", &self.tags),
        }
    }
}
