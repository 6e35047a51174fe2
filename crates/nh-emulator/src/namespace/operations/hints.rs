//! What will surprise on the real service, in one sentence each.

use crate::model::notification::{Content, Notification};
use crate::model::send::{Send, Target};
use crate::model::verdict::DeviceResult;
use crate::namespace::hub::Hub;
use crate::namespace::registrations::Census;
use nh_core::{TagExpression, TagTerm};
use nh_outcome::Platform;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What programs write where a value is missing.
const MISSING_VALUES: [&str; 6] = ["undefined", "null", "None", "nil", "NaN", "[object Object]"];

pub(super) fn hints(hub: &Hub, send: &Send, results: &[DeviceResult]) -> Vec<String> {
    let mut hints = Vec::new();
    if let Target::Audience(audience) = &send.target {
        hints.extend(audience.as_ref().and_then(missing_value));
        if results.is_empty() {
            let census = hub.state().registrations.census(audience.as_ref());
            hints.push(nobody(&send.notification, audience.as_ref(), &census));
        }
    }
    hints.extend(without_aps(&send.notification));
    hints.extend(unfilled(results));
    hints
}

/// One sentence for each property that templates ask for in vain.
fn unfilled(results: &[DeviceResult]) -> Vec<String> {
    let mut counts = BTreeMap::<&str, u64>::new();
    for name in results.iter().flat_map(|device| &device.unfilled) {
        *counts.entry(name).or_default() += 1;
    }
    let told = counts.into_iter().map(|(name, count)| {
        let whose = match count {
            1 => "The template of 1 device uses".to_owned(),
            count => format!("The templates of {count} devices use"),
        };
        format!("The notification has no property '{name}'. {whose} it, and nothing is shown in its place.")
    });
    told.collect()
}

fn missing_value(audience: &TagExpression) -> Option<String> {
    let mut found = None;
    audience.fold(|term: TagTerm<'_, ()>| {
        if let TagTerm::Tag(tag) = term {
            let tag = tag.as_str();
            let value = tag.rsplit(':').next().unwrap_or(tag).trim_matches(['{', '}']);
            if MISSING_VALUES.contains(&value) {
                found.get_or_insert_with(|| tag.to_owned());
            }
        }
    });
    found.map(|tag| format!("The tag '{tag}' looks like a value that was missing in the program that sends."))
}

/// Why nobody has got it.
fn nobody(notification: &Notification, audience: Option<&TagExpression>, census: &Census) -> String {
    let whom = match audience {
        Some(expression) => format!("the tag expression '{expression}'"),
        None => "this send".to_owned(),
    };
    let native: u64 = census.natives.iter().map(|(_, count)| count).sum();
    match &notification.content {
        Content::Template(_) if native > 0 => format!(
            "No template matches {whom}. {} registered without a template: a template notification does not reach them.",
            devices(native)
        ),
        Content::Native(platform) if native == 0 && census.templates > 0 => format!(
            "No device matches {whom} natively. {} registered with a template: a notification for '{platform}' does not \
             reach them, a template notification does.",
            devices(census.templates)
        ),
        Content::Native(platform) if native > 0 => {
            let others: Vec<_> = census.natives.iter().map(|(platform, _)| format!("'{platform}'")).collect();
            format!(
                "No device of the platform '{platform}' matches {whom}. {} of other platforms: {}.",
                devices_that_match(native),
                others.join(", ")
            )
        }
        _ if census.all == 0 => "The hub has no devices.".to_owned(),
        _ => format!("No device matches {whom}. The hub has {}.", counted(census.all)),
    }
}

fn counted(count: u64) -> String {
    match count {
        1 => "1 registration".to_owned(),
        count => format!("{count} registrations"),
    }
}

fn devices(count: u64) -> String {
    match count {
        1 => "1 device that matches is".to_owned(),
        count => format!("{count} devices that match are"),
    }
}

fn devices_that_match(count: u64) -> String {
    match count {
        1 => "1 device matches, and is".to_owned(),
        count => format!("{count} devices match, and are"),
    }
}

/// APNs takes it, and the phone shows nothing.
fn without_aps(notification: &Notification) -> Option<String> {
    let Content::Native(Platform::Apple) = notification.content else { return None };
    let object: Map<String, Value> = serde_json::from_slice(&notification.body).ok()?;
    // Device management wakes a device so.
    if object.contains_key("aps") || object.contains_key("mdm") {
        return None;
    }
    Some("The payload has no 'aps': Apple's push service takes it, and the device shows nothing.".to_owned())
}
