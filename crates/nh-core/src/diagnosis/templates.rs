//! What is wrong with the templates that a notification would fill.

use super::finding::{Finding, FindingCode, Severity};
use super::reached::{Reached, Template};
use crate::notification::WnsType;
use crate::platform_rules::{PlatformRules, Typed};
use crate::template_expression::{Reading, needed, read, values};
use crate::template_rules;
use crate::text::named;
use crate::{Format, Notification};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What is wrong, and of how many templates: devices of one app have the same template.
pub(super) fn judge(reached: &[&Reached<'_>], sends: Option<&Notification>, findings: &mut Vec<Finding>) {
    let given = sends.and_then(properties);
    let mut found: BTreeMap<(FindingCode, String, String), (Finding, usize)> = BTreeMap::new();
    for reached in reached {
        let Some(template) = &reached.template else { continue };
        for finding in of_template(reached, template, given.as_deref()) {
            let key = (finding.code, finding.subject.clone(), finding.text.clone());
            found.entry(key).or_insert((finding, 0)).1 += 1;
        }
    }
    findings.extend(found.into_values().map(|(finding, count)| match count {
        1 => finding,
        _ => Finding { subject: format!("{} ({count} registrations)", finding.subject), ..finding },
    }));
}

/// The names of the properties of a template notification, in lower case: the service ignores case.
fn properties(sends: &Notification) -> Option<Vec<String>> {
    if *sends.format() != Format::Template {
        return None;
    }
    let object: Map<String, Value> = serde_json::from_slice(sends.body()).ok()?;
    Some(object.keys().map(|name| name.to_ascii_lowercase()).collect())
}

fn of_template(reached: &Reached<'_>, template: &Template<'_>, given: Option<&[String]>) -> Vec<Finding> {
    let subject = reached.template_name();
    let Some(in_body) = values(template.body) else {
        return vec![Finding::error(
            FindingCode::TemplateBroken,
            subject,
            "has a body that is neither JSON nor XML, so nothing can be sent from it.",
            "Register the device again with a good template.",
        )];
    };
    let texts: Vec<&str> = in_body
        .iter()
        .map(String::as_str)
        .chain(template.headers.iter().map(|(_, value)| *value))
        .chain(template.others.iter().copied())
        .collect();
    let mut findings = Vec::new();
    if let Some(broken) = texts.iter().find(|text| read(text) == Reading::Broken) {
        findings.push(Finding::error(
            FindingCode::TemplateBroken,
            &subject,
            format_args!("has the value {}, which begins like an expression and is none.", named(broken)),
            "Write {'..'} around a text that begins with $, ., %, # or {.",
        ));
    }
    if let Some(literal) =
        texts.iter().find(|text| matches!(read(text), Reading::Literal { looks_filled: true }))
    {
        findings.push(Finding::warning(
            FindingCode::TemplateNotFilled,
            &subject,
            format_args!("has the value {}. The service fills only a value that is an expression as a whole, so the device shows this text.", named(literal)),
            "Write {'text ' + $(property)}.",
        ));
    }
    findings.extend(missing_properties(reached, &subject, &texts, given));
    findings.extend(shape(reached, template, &subject));
    findings.extend(windows_type(reached, template, &subject, given));
    findings
}

fn is_given(reached: &Reached<'_>, given: &[String], name: &str) -> bool {
    given.contains(&name.to_ascii_lowercase())
        || reached.variables.keys().any(|known| known.eq_ignore_ascii_case(name))
}

fn missing_properties(
    reached: &Reached<'_>,
    subject: &str,
    texts: &[&str],
    given: Option<&[String]>,
) -> Option<Finding> {
    let given = given?;
    let needed = needed(texts.iter().copied());
    let missing: Vec<String> = needed
        .iter()
        .filter(|(name, has_default)| !**has_default && !is_given(reached, given, name))
        .map(|(name, _)| named(name))
        .collect();
    if missing.is_empty() {
        return None;
    }
    let property = if missing.len() == 1 { "the property" } else { "the properties" };
    Some(Finding::warning(
        FindingCode::TemplatePropertyMissing,
        subject,
        format_args!(
            "needs {property} {}, which the notification lacks. The device gets an empty text there.",
            missing.join(", ")
        ),
        "Send the property, or give it a default in the template: $(name:{text}).",
    ))
}

/// The members that the push service wants around the payload.
fn shape(reached: &Reached<'_>, template: &Template<'_>, subject: &str) -> Option<Finding> {
    let envelope = PlatformRules::of(reached.platform)?.envelope.as_ref()?;
    let object: Map<String, Value> = serde_json::from_str(template.body).ok()?;
    if envelope.members.iter().any(|member| object.contains_key(*member)) {
        return None;
    }
    Some(lacks_envelope(envelope.without, subject))
}

/// A payload without the member that its push service wants.
fn lacks_envelope(code: FindingCode, subject: &str) -> Finding {
    match code {
        FindingCode::ApplePayloadWithoutAps => Finding::error(
            code,
            subject,
            "has no member 'aps': Apple's push service takes it, and the device shows nothing.",
            "Put the alert into it: {\"aps\":{\"alert\":\"..\"}}.",
        ),
        _ => Finding::error(
            code,
            subject,
            "has no member 'message': it has the shape of the legacy protocol, and FCM refuses it.",
            "Wrap it: {\"message\":{\"notification\":{..},\"data\":{..}}}. `nhub migrate gcm fcmv1` does this.",
        ),
    }
}

/// What native payloads lack. Of those that this crate lets build, only Apple's can.
pub(super) fn native_payload(sends: &Notification) -> Option<Finding> {
    let envelope = PlatformRules::of(sends.format().platform()?)?.envelope.as_ref()?;
    let object: Map<String, Value> = serde_json::from_slice(sends.body()).ok()?;
    if envelope.members.iter().any(|member| object.contains_key(*member)) {
        return None;
    }
    Some(lacks_envelope(envelope.without, "the notification"))
}

/// WNS refuses what has no type, or has another type than its content. A raw one may have any content.
fn windows_type(
    reached: &Reached<'_>,
    template: &Template<'_>,
    subject: &str,
    given: Option<&[String]>,
) -> Option<Finding> {
    let rules = PlatformRules::of(reached.platform)?;
    if rules.typed != Some(Typed::Wns) {
        return None;
    }
    let header =
        template.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(template_rules::WNS_TYPE));
    let problem = match header.map(|(_, value)| value.trim()) {
        None | Some("") => "has no header X-WNS-Type".to_owned(),
        Some(value) => match read(value) {
            Reading::Uses(properties) => {
                // What the notification fills is known when it is sent.
                let given = given?;
                let filled = properties
                    .iter()
                    .all(|property| property.has_default || is_given(reached, given, &property.name));
                if filled {
                    return None;
                }
                format!("has the header X-WNS-Type {}, which the notification does not fill", named(value))
            }
            _ => {
                let kind: WnsType = value.parse().ok()?;
                let of_body = WnsType::of_payload(template.body.as_bytes()).ok();
                if kind == WnsType::Raw || of_body == Some(kind) {
                    return None;
                }
                format!("has the header X-WNS-Type {}, and a body that is none", named(value))
            }
        },
    };
    Some(Finding::new(
        FindingCode::WindowsTemplateWithoutType,
        Severity::Error,
        subject,
        format_args!("{problem}: WNS refuses it."),
        "Register the device again with the type of its body: wns/toast, wns/tile, wns/badge or wns/raw.",
    ))
}
