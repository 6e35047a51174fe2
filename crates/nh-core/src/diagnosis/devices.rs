//! Which devices a send reaches, and why it reaches none.

use super::evidence::{Evidence, Listed};
use super::facts::Facts;
use super::finding::{Finding, FindingCode, Severity};
use super::installation::moment;
use super::question::{Question, Where};
use super::reached::Reached;
use super::templates;
use crate::platform_rules::PlatformRules;
use crate::text::named;
use crate::{Feedback, Format, Notification, Platform, Tag, TagExpression};
use std::collections::BTreeSet;

/// What programs write where a value is missing.
const MISSING_VALUES: [&str; 6] = ["undefined", "null", "None", "nil", "NaN", "[object"];

pub(super) fn judge(question: &Question, evidence: &Evidence, facts: &Facts, findings: &mut Vec<Finding>) {
    let (sends, format) = (question.sends.as_ref(), question.format());
    findings.extend(question.expression.as_ref().and_then(missing_value));
    findings.extend(sends.into_iter().flat_map(payload));
    let scope = match (&question.device, evidence.installation.said(), evidence.registrations.said()) {
        (None, Some(installation), _) => Reached::of_installation(installation),
        (_, _, Some(listed)) => listed.registrations.iter().map(Reached::of_registration).collect(),
        _ => {
            findings.extend(no_credential(facts, &wanted(format)));
            return;
        }
    };
    let is_complete = question.device.is_none() && evidence.installation.said().is_some()
        || facts.all_were_looked_at != Some(false);
    if scope.is_empty() {
        findings.push(match is_complete {
            true => nobody(question, evidence, facts),
            false => not_all_looked_at(facts, "none of them matches"),
        });
        return;
    }
    let matching: Vec<&Reached<'_>> =
        scope.iter().filter(|reached| question.matches(&reached.tags)).collect();
    if matching.is_empty() {
        findings.push(lacks_the_tag(question, &scope));
        return;
    }
    findings.extend(expired(question, evidence, &matching));
    let (reaches, why_not) = match format {
        None => (matching.clone(), None),
        Some(format) => reaches(question, format, &matching),
    };
    match why_not {
        Some(_) if !is_complete => {
            findings.push(not_all_looked_at(facts, "none of them is reached by this notification"))
        }
        Some(why_not) => findings.push(why_not),
        None => {}
    }
    let legacy = legacy(format, &matching, &reaches, findings);
    findings.extend(legacy);
    templates::judge(&reaches, sends, findings);
    let mut platforms: BTreeSet<&Platform> = reaches.iter().map(|reached| reached.platform).collect();
    platforms.extend(wanted(format));
    findings.extend(no_credential(facts, &platforms));
}

fn wanted(format: Option<&Format>) -> BTreeSet<&Platform> {
    format.and_then(Format::platform).into_iter().collect()
}

/// How a sentence names whom the question is about.
fn whom(question: &Question) -> String {
    match (&question.device, &question.installation, &question.user, &question.expression) {
        (Some(device), ..) => format!("the {} device", device.platform()),
        (None, Some(id), ..) => format!("installation {}", named(id)),
        (None, None, Some(user), _) => format!("user {}", named(user)),
        (None, None, None, Some(expression)) => format!("tag expression {}", named(&expression.to_string())),
        _ => "the hub".to_owned(),
    }
}

fn counted(count: usize) -> String {
    if count == 1 { "1 registration".to_owned() } else { format!("{count} registrations") }
}

fn missing_value(expression: &TagExpression) -> Option<Finding> {
    let looks_missing = |tag: &&Tag| {
        let value = tag.as_str().rsplit(':').next().unwrap_or_default().trim_matches(['{', '}']);
        MISSING_VALUES.contains(&value)
    };
    let tag = expression.tags().find(looks_missing)?;
    Some(Finding::warning(
        FindingCode::TagLooksLikeAMissingValue,
        format_args!("tag {}", named(tag.as_str())),
        "looks like a value that was missing in the program that sends.",
        "Check the variable that the tag is made from.",
    ))
}

/// What is wrong with the notification, whoever gets it.
fn payload(sends: &Notification) -> Vec<Finding> {
    let size = sends.check();
    let too_large = size.is_over().then(|| {
        Finding::error(
            FindingCode::PayloadTooLarge,
            "the notification",
            format_args!(
                "has {size}: the hub takes it, and the push service of {} refuses it.",
                sends.format()
            ),
            "Send less, and let the app fetch the rest.",
        )
    });
    too_large.into_iter().chain(templates::native_payload(sends)).collect()
}

fn not_all_looked_at(facts: &Facts, what: &str) -> Finding {
    let count = facts.registrations_looked_at.unwrap_or_default();
    Finding::warning(
        FindingCode::NotAllLookedAt,
        format_args!("hub {}", named(&facts.hub)),
        format_args!("has more registrations than the {count} that were looked at, and {what}."),
        "Look at more of them, or ask for a tag.",
    )
}

/// Why the question is about no registration at all.
fn nobody(question: &Question, evidence: &Evidence, facts: &Facts) -> Finding {
    let subject = whom(question);
    if question.device.is_some() {
        return no_device(evidence, subject);
    }
    if question.installation.is_some() {
        return Finding::error(
            FindingCode::InstallationHasNoRegistration,
            subject,
            "has no registration in the hub.",
            "Let the app write the installation again.",
        );
    }
    if question.user.is_some() {
        return Finding::error(
            FindingCode::UserHasNoDevice,
            subject,
            "has no device in the hub. Only installations have a user, and only if they were written with api-version 2020-06 or later.",
            "Check the id, and let the app write it as the userId of its installation.",
        );
    }
    let is_empty = |listed: &Listed| listed.is_complete && listed.looked_at == 0;
    let hub_is_empty = match question.look() {
        Where::Everywhere => evidence.registrations.said().is_some_and(is_empty),
        _ => evidence.others.said().is_some_and(is_empty),
    };
    let Some(expression) = question.expression.as_ref().filter(|_| !hub_is_empty) else {
        return Finding::error(
            FindingCode::HubHasNoDevices,
            format_args!("hub {}", named(&facts.hub)),
            "has no registrations: nobody can be reached.",
            "Let the app register its device. Check that app and program use the same hub.",
        );
    };
    let meant = evidence.others.said().and_then(|others| {
        similar(expression, others.registrations.iter().flat_map(|registration| registration.tags()))
    });
    let remedy = "Let the app register with this tag, or send to another one.";
    Finding::error(
        FindingCode::NoDeviceHasTheTag,
        subject,
        "matches no registration in the hub. The service takes a send to it all the same.",
        match meant {
            Some(tag) => format!("{remedy} There are devices with the tag {}.", named(tag)),
            None => remedy.to_owned(),
        },
    )
}

fn no_device(evidence: &Evidence, subject: String) -> Finding {
    let reports = evidence.feedback.said().map(Vec::as_slice).unwrap_or_default();
    let newest = reports.iter().max_by_key(|report| report.feedback_time);
    let Some(Feedback { feedback_time, notification_system_error, notification_id, new_pns_handle, .. }) =
        newest
    else {
        return Finding::error(
            FindingCode::DeviceNotRegistered,
            subject,
            "is not registered in this hub. Only a direct send to its handle reaches it.",
            "Check the handle and the hub. A hub deletes a device when its push service says that it is gone.",
        );
    };
    let at = feedback_time.map_or_else(String::new, |time| format!(" at {}", moment(time)));
    let send = notification_id
        .as_ref()
        .map_or_else(String::new, |id| format!(", to the notification {}", named(id)));
    Finding::error(
        FindingCode::DeviceIsDead,
        subject,
        format_args!(
            "was deleted from the hub: its push service answered {}{at}{send}.",
            named(notification_system_error)
        ),
        match new_pns_handle {
            Some(_) => "Register the new handle that the feedback names.",
            None => "The app has to get a new handle from its platform and register it.",
        },
    )
}

/// A tag that differs little from one of the expression's: in case, in signs, or by two letters at most.
fn similar<'a>(expression: &TagExpression, tags: impl Iterator<Item = &'a String>) -> Option<&'a str> {
    let plain = |tag: &str| -> String {
        tag.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let wanted: Vec<String> = expression.tags().map(|tag| plain(tag.as_str())).collect();
    let known: BTreeSet<&str> = tags.map(String::as_str).filter(|tag| !tag.starts_with('$')).collect();
    let distance =
        |tag: &str| wanted.iter().map(|wanted| distance(wanted, &plain(tag))).min().unwrap_or(usize::MAX);
    let near = known.into_iter().map(|tag| (distance(tag), tag)).min()?;
    Some(near.1).filter(|tag| near.0 <= 2.min(tag.len() / 3))
}

/// How many letters have to be added, removed or changed (V. I. Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, c) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(row.first_mut().unwrap_or(&mut 0), line + 1);
        let mut left = line + 1;
        for (cell, known) in row.iter_mut().skip(1).zip(&other) {
            let changed = diagonal + usize::from(c != *known);
            diagonal = *cell;
            left = changed.min(left + 1).min(*cell + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

fn lacks_the_tag(question: &Question, scope: &[Reached<'_>]) -> Finding {
    let tags: BTreeSet<&str> = scope.iter().flat_map(|reached| &reached.tags).map(String::as_str).collect();
    let tags: Vec<String> = tags.into_iter().take(10).map(named).collect();
    let has = if tags.is_empty() {
        "It has no tags".to_owned()
    } else {
        format!("Its tags are {}", tags.join(", "))
    };
    let expression = question.expression.as_ref().map(ToString::to_string).unwrap_or_default();
    Finding::error(
        FindingCode::DeviceLacksTheTag,
        whom(question),
        format_args!("does not match the tag expression {}. {has}.", named(&expression)),
        "Let the app register with the tag, or send to one that it has.",
    )
}

/// Registrations whose time is over: the service deletes them.
fn expired(question: &Question, evidence: &Evidence, matching: &[&Reached<'_>]) -> Option<Finding> {
    let now = evidence.service_time().filter(|_| question.installation.is_none())?;
    let expired: Vec<_> = matching
        .iter()
        .filter_map(|reached| reached.expires.filter(|end| *end <= now).map(|end| (reached, end)))
        .collect();
    let (first, end) = expired.first()?;
    let severity = if expired.len() == matching.len() { Severity::Error } else { Severity::Warning };
    Some(Finding::new(
        FindingCode::RegistrationExpired,
        severity,
        format_args!("registration {}", named(first.registration_id.unwrap_or_default())),
        format_args!(
            "expired at {} ({} in all). The hub sends nothing to it.",
            moment(*end),
            counted(expired.len())
        ),
        "Let the app register again. RegistrationTtl of the hub says how long a registration lives.",
    ))
}

/// Whom a notification reaches of those that match, and why nobody.
fn reaches<'m, 'a>(
    question: &Question,
    format: &Format,
    matching: &[&'m Reached<'a>],
) -> (Vec<&'m Reached<'a>>, Option<Finding>) {
    let subject = whom(question);
    let natives = matching.iter().filter(|reached| reached.template.is_none());
    let templates = matching.iter().filter(|reached| reached.template.is_some());
    let Format::Native(platform) = format else {
        let reached: Vec<_> = templates.copied().collect();
        let native = natives.count();
        let why_not = reached.is_empty().then(|| {
            Finding::error(
                FindingCode::OnlyNativeDevices,
                subject,
                format_args!(
                    "matches {} without a template only. A template notification does not reach them.",
                    counted(native)
                ),
                "Send the native format of their platforms, or let the app register a template.",
            )
        });
        return (reached, why_not);
    };
    let reached: Vec<_> = natives.clone().filter(|reached| reached.platform == platform).copied().collect();
    if !reached.is_empty() {
        return (reached, None);
    }
    let succeeds = |reached: &&&Reached<'_>| successor(reached.platform) == Some(platform);
    let of_platform = templates.clone().filter(|reached| reached.platform == platform).count();
    if of_platform == 0 && matching.iter().any(|reached| succeeds(&reached)) {
        // What is said of the registrations that are left says it.
        return (reached, None);
    }
    let others: BTreeSet<&str> = natives.clone().map(|reached| reached.platform.as_str()).collect();
    let why_not = if of_platform > 0 || others.is_empty() {
        Finding::error(
            FindingCode::OnlyTemplateDevices,
            subject,
            format_args!(
                "matches {} with a template, and no native one of {platform}. A native notification does not reach devices that registered a template.",
                counted(templates.count())
            ),
            "Send a template notification, or let the app register natively too.",
        )
    } else {
        let others: Vec<_> = others.into_iter().collect();
        Finding::error(
            FindingCode::NoDeviceOfThePlatform,
            subject,
            format_args!("matches no device of {platform}. Those that match are of {}.", others.join(", ")),
            "Send the format of their platforms.",
        )
    };
    (reached, Some(why_not))
}

fn successor(platform: &Platform) -> Option<&'static Platform> {
    PlatformRules::of(platform)?.successor.as_ref()
}

/// Registrations of a platform whose push service was turned off.
fn legacy(
    format: Option<&Format>,
    matching: &[&Reached<'_>],
    reaches: &[&Reached<'_>],
    before: &[Finding],
) -> Option<Finding> {
    let concerns = |reached: &Reached<'_>| match format {
        None => true,
        Some(Format::Template) => reached.template.is_some(),
        Some(Format::Native(sent)) => {
            let is_meant = sent == reached.platform || successor(reached.platform) == Some(sent);
            is_meant && reached.template.is_none()
        }
    };
    let is_left = |reached: &&&Reached<'_>| successor(reached.platform).is_some() && concerns(reached);
    let left: Vec<_> = matching.iter().filter(is_left).collect();
    let first = left.first()?;
    let new = successor(first.platform)?;
    // If the notification reaches anybody else, it is no reason for it not to arrive there.
    let reaches_others = reaches.iter().any(|reached| successor(reached.platform).is_none());
    let is_cause = format.is_some()
        && !reaches_others
        && before.iter().all(|finding| finding.severity != Severity::Error);
    Some(Finding::new(
        FindingCode::LegacyRegistrations,
        if is_cause { Severity::Error } else { Severity::Warning },
        format_args!("{} of {}", counted(left.len()), first.platform),
        format_args!(
            "{} left: the push service was turned off in 2024. A notification of the format {new} does not go there, and one of the format {} arrives nowhere.",
            if left.len() == 1 { "is" } else { "are" },
            first.platform
        ),
        format_args!(
            "Register the same tokens as {new}. `nhub migrate {} {new}` does it for all.",
            first.platform
        ),
    ))
}

/// Platforms that a send reaches, and for which the hub has nothing to show to the push service.
fn no_credential(facts: &Facts, platforms: &BTreeSet<&Platform>) -> Option<Finding> {
    let known = facts.credentials.as_ref()?;
    let lacks = |platform: &&&Platform| {
        let rules = PlatformRules::of(platform);
        rules.is_some_and(|rules| rules.has_credential && rules.successor.is_none())
            && !known.contains(platform)
    };
    let lacking: Vec<&str> = platforms.iter().filter(lacks).map(|platform| platform.as_str()).collect();
    if lacking.is_empty() {
        return None;
    }
    Some(Finding::error(
        FindingCode::NoCredential,
        format_args!("hub {}", named(&facts.hub)),
        format_args!("has no credential for {}: its push service refuses the hub.", lacking.join(", ")),
        "Put the credential into the description of the hub, in the portal or with `nhub hub`.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (one, other, steps) in [
            ("", "", 0),
            ("a", "", 1),
            ("sports", "sport", 1),
            ("sprots", "sports", 2),
            ("abc", "xyz", 3),
            ("", "ab", 2),
        ] {
            assert_eq!((distance(one, other), distance(other, one)), (steps, steps), "{one} {other}");
        }
    }

    #[test]
    fn what_a_person_may_have_meant() {
        let meant = |wanted: &str, tags: &[&str]| {
            let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
            similar(&wanted.parse().unwrap(), tags.iter()).map(str::to_owned)
        };
        assert_eq!(meant("sport", &["news", "sports"]).as_deref(), Some("sports"));
        assert_eq!(meant("follows-RedSox", &["follows_redsox"]).as_deref(), Some("follows_redsox"));
        assert_eq!(meant("ab", &["cd", "ac"]), None);
        assert_eq!(meant("politics && x", &["sports", "$UserId:{politics}"]), None);
    }
}
