//! A diagnosis for people: the facts, then the findings.

use crate::document::cut;
use crate::terminal::shown;
use nh_core::Platform;
use nh_hyper::diagnose::{Diagnosis, Facts, Finding, InstallationFacts, NotificationFacts, Tier};
use std::fmt::Write as _;

/// So many tags or names stand on a line.
const MOST_NAMES: usize = 12;

struct Lines(String);

impl Lines {
    fn add(&mut self, name: &str, value: impl AsRef<str>) {
        let (name, value) = (shown(name), shown(value.as_ref()));
        writeln!(self.0, "{name:<16} {value}").expect("a String takes every write");
    }

    fn blank(&mut self) {
        self.0.push('\n');
    }
}

pub(super) fn text(diagnosis: &Diagnosis) -> String {
    let mut lines = Lines(String::new());
    facts(&mut lines, &diagnosis.facts);
    for finding in &diagnosis.findings {
        lines.blank();
        one(&mut lines, finding);
    }
    if diagnosis.findings.is_empty() {
        lines.blank();
        let text = match diagnosis.facts.unknown.is_empty() {
            true => "Nothing is wrong.",
            false => "Nothing is wrong, as far as it could be asked.",
        };
        lines.0 += text;
        lines.blank();
    }
    lines.0
}

fn one(lines: &mut Lines, finding: &Finding) {
    lines.add(finding.severity.as_str(), finding.code.as_str());
    lines.add("", finding.sentence());
    lines.add("what to do", &finding.remedy);
}

fn facts(lines: &mut Lines, facts: &Facts) {
    lines.add("hub", format!("{} at {}, api-version {}", facts.hub, facts.host, facts.api_version));
    lines.add("key", key(facts));
    let tier = match facts.tier {
        Some(Tier::Standard) => "Standard",
        Some(Tier::FreeOrBasic) => "Free or Basic",
        _ => "not known",
    };
    lines.add("tier", tier);
    if let Some(seconds) = facts.clock_ahead_seconds {
        let clock = match seconds {
            -2..=2 => "in step with the service's".to_owned(),
            seconds if seconds > 0 => format!("{seconds} s ahead of the service's"),
            seconds => format!("{} s behind the service's", seconds.unsigned_abs()),
        };
        lines.add("clock", clock);
    }
    if let Some(credentials) = &facts.credentials {
        let names: Vec<_> = credentials.iter().map(Platform::as_str).collect();
        lines.add("credentials", if names.is_empty() { "none".to_owned() } else { names.join(", ") });
    }
    devices(lines, facts);
    if let Some(installation) = &facts.installation {
        of_installation(lines, installation);
    }
    if let Some(notification) = &facts.notification {
        of_notification(lines, notification);
    }
    for unknown in &facts.unknown {
        lines.add("not known", unknown);
    }
}

fn key(facts: &Facts) -> String {
    let rights =
        [("Listen", facts.rights.listen), ("Send", facts.rights.send), ("Manage", facts.rights.manage)];
    let with = |wanted: Option<bool>| -> Vec<_> {
        rights.iter().filter(|(_, has)| *has == wanted).map(|(right, _)| *right).collect()
    };
    let name = facts.key_name.as_deref().unwrap_or("a token");
    if with(None).len() == rights.len() {
        return format!("{name}: its rights are not known");
    }
    let mut parts = Vec::new();
    for (wanted, words) in [(Some(true), "may"), (Some(false), "may not"), (None, "not known:")] {
        let found = with(wanted);
        if !found.is_empty() {
            parts.push(format!("{words} {}", found.join(", ")));
        }
    }
    format!("{name}: {}", parts.join("; "))
}

fn devices(lines: &mut Lines, facts: &Facts) {
    if let Some(count) = facts.registrations_looked_at {
        let all = if facts.all_were_looked_at == Some(true) { "" } else { "; there are more" };
        let things = if count == 1 { "registration" } else { "registrations" };
        lines.add("looked at", format!("{count} {things}{all}"));
    }
    for count in facts.devices.iter().flatten() {
        let text = format!("{:>8} native {:>8} template", count.native, count.template);
        lines.add(&format!("  {}", count.platform), text);
    }
}

fn of_installation(lines: &mut Lines, installation: &InstallationFacts) {
    lines.add("installation", format!("{} on {}", installation.id, installation.platform));
    if let Some(end) = installation.expiration_time {
        let text = if end.year() >= 9999 { "never".to_owned() } else { end.to_string() };
        lines.add("  expires", text);
    }
    if let Some(expired) = installation.push_channel_expired {
        lines.add("  push channel", if expired { "expired" } else { "good" });
    }
    for (name, all) in [("  templates", &installation.templates), ("  tags", &installation.tags)] {
        if !all.is_empty() {
            lines.add(name, names(all));
        }
    }
}

fn names(all: &[String]) -> String {
    let first: Vec<_> = all.iter().take(MOST_NAMES).map(|name| cut(name, 60)).collect();
    let more = if all.len() > MOST_NAMES { ", .." } else { "" };
    first.join(", ") + more
}

fn of_notification(lines: &mut Lines, notification: &NotificationFacts) {
    lines.add("notification", format!("{} is {}", notification.id, notification.state));
    if let Some(tags) = &notification.tags {
        lines.add("  tags", tags);
    }
    for outcome in &notification.outcomes {
        let gone = if outcome.device_is_gone { " Remove this device." } else { "" };
        let text = format!("{:>8}  {}: {}{gone}", outcome.count, outcome.name, outcome.meaning);
        lines.add(&format!("  {}", outcome.platform), text);
    }
}
