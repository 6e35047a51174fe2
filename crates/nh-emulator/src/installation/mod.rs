//! Installations: JSON documents, and the registrations that each of them stands for.

mod documents;
mod patch;

pub(crate) use documents::Installations;
pub(crate) use patch::patch;

use crate::registration::{Contract, Registration, Template};
use crate::registration::{check_tag, check_template};
use crate::reply::Refusal;
use crate::template::Properties;
use nh_outcome::Platform;
use serde_json::{Map, Value, json};

/// A document as it is kept.
pub(crate) type Document = Map<String, Value>;

/// Checks a document that is put under `id`, and adds what the service adds.
///
/// # Errors
/// 400, with every fault on a line of its own.
pub(crate) fn checked(body: &[u8], id: &str) -> Result<(Document, Vec<Registration>), Refusal> {
    let Ok(Value::Object(mut document)) = serde_json::from_slice(body) else {
        return Err(invalid(&["The document is no JSON object."]));
    };
    document.retain(|_, value| !value.is_null());
    if document.get("installationId").is_some_and(|value| value != id) {
        return Err(invalid(&["The installationId is not that of the URL."]));
    }
    document.insert("installationId".into(), id.into());
    let registrations = registrations(&mut document, id)?;
    for registration in &registrations {
        check_template(registration).map_err(|why| invalid(&[&why.detail.unwrap_or_default()]))?;
    }
    let defaults =
        [("pushChannelExpired", json!(false)), ("expirationTime", json!("9999-12-31T23:59:59.9999999Z"))];
    for (name, value) in defaults {
        document.entry(name).or_insert(value);
    }
    Ok((document, registrations))
}

/// One native registration, and one for each template: tagged with the installation, its user, its tags, and for a template
/// its own and its name (recorded 2018).
fn registrations(document: &mut Document, id: &str) -> Result<Vec<Registration>, Refusal> {
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    let word = text("platform").unwrap_or_default();
    let platform = Platform::from(word);
    // The words of formats, such as `apple`, are none of an installation's.
    let contract =
        Contract::of(&platform).filter(|_| platform.installation_word().eq_ignore_ascii_case(word));
    let Some(contract) = contract else {
        return Err(invalid(&[&format!("The platform '{word}' is missing or not known.")]));
    };
    let mut tags = vec![format!("$InstallationId:{{{id}}}")];
    if let Some(user) = text("userId") {
        tags.push(format!("$UserId:{{{user}}}"));
    }
    tags.extend(tags_of(document)?);
    let variables = match document.get("pushVariables") {
        Some(variables) => Properties::parse(variables.to_string().as_bytes())
            .ok_or_else(|| invalid(&["The pushVariables are no object of strings."]))?,
        None => Properties::default(),
    };
    let handle = document.get("pushChannel").and_then(|channel| parts(contract, channel));
    let handle =
        handle.ok_or_else(|| invalid(&["The pushChannel is missing or does not fit the platform."]))?;
    let mut made = vec![native(contract, &handle, id, &tags, &variables)];
    made.extend(templates(document, &made[0])?);
    if let Some(Value::Object(tiles)) = document.get_mut("secondaryTiles") {
        for (name, tile) in tiles {
            let Value::Object(tile) = tile else { return Err(invalid(&["A secondary tile is no object."])) };
            let handle = tile.get("pushChannel").and_then(|channel| parts(contract, channel));
            let handle = handle.ok_or_else(|| invalid(&["A secondary tile has no pushChannel."]))?;
            let tags: Vec<_> = tags.iter().cloned().chain(tags_of(tile)?).collect();
            let mut registration = native(contract, &handle, id, &tags, &variables);
            registration.texts.insert("SecondaryTileName", name.clone());
            made.extend(templates(tile, &registration)?);
            made.push(registration);
        }
    }
    Ok(made)
}

fn parts(contract: &Contract, channel: &Value) -> Option<Vec<String>> {
    let found = match (&contract.platform, channel) {
        (Platform::Browser, Value::Object(keys)) => ["endpoint", "p256dh", "auth"]
            .iter()
            .map(|name| Some(keys.get(*name)?.as_str()?.to_owned()))
            .collect(),
        // The .NET and Java SDKs write the object as text.
        (Platform::Browser, Value::String(text)) => {
            let object: Value = serde_json::from_str(text).ok()?;
            return object.is_object().then(|| parts(contract, &object))?;
        }
        (Platform::Baidu, Value::String(text)) => {
            // One text for two ids: which is which is not documented.
            text.split_once('-').map_or_else(
                || Some(vec![text.clone(), text.clone()]),
                |(user, channel)| Some(vec![user.to_owned(), channel.to_owned()]),
            )
        }
        (_, Value::String(text)) => Some(vec![text.clone()]),
        _ => None,
    };
    found.filter(|parts: &Vec<String>| parts.iter().all(|part| !part.is_empty()))
}

fn native(
    contract: &'static Contract,
    handle: &[String],
    id: &str,
    tags: &[String],
    variables: &Properties,
) -> Registration {
    let handle: Vec<&str> = handle.iter().map(String::as_str).collect();
    let mut registration = Registration::new(contract, &handle);
    registration.tags = tags.to_vec();
    registration.push_variables = variables.clone();
    registration.installation = Some(id.to_owned());
    registration
}

/// The name becomes a tag of the template, whatever it is.
fn templates(document: &mut Document, of: &Registration) -> Result<Vec<Registration>, Refusal> {
    let Some(Value::Object(templates)) = document.get_mut("templates") else { return Ok(Vec::new()) };
    let mut made = Vec::new();
    for (name, template) in templates {
        let Value::Object(template) = template else { return Err(invalid(&["A template is no object."])) };
        let body = template.get("body").and_then(Value::as_str).filter(|body| !body.is_empty());
        let body = body.ok_or_else(|| invalid(&[&format!("The template '{name}' has no body.")]))?.to_owned();
        let own = template.get("tags").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut own: Vec<String> = own.iter().filter_map(|tag| tag.as_str().map(str::to_owned)).collect();
        own.iter().filter(|tag| *tag != name).try_for_each(|tag| check_tag(tag))?;
        if !own.contains(name) {
            own.push(name.clone());
        }
        template.insert("tags".into(), json!(own));
        let headers = template.get("headers").and_then(Value::as_object).into_iter().flatten();
        let headers = headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        let mut registration = Registration { id: crate::registration::new_id(), ..of.clone() };
        registration.tags.extend(own);
        registration.texts.extend([("BodyTemplate", body), ("TemplateName", name.clone())]);
        if let Some(expiry) = template.get("expiry").and_then(Value::as_str) {
            registration.texts.insert("Expiry", expiry.to_owned());
        }
        registration.template = Some(Template { headers: headers.collect() });
        made.push(registration);
    }
    Ok(made)
}

fn tags_of(document: &Document) -> Result<Vec<String>, Refusal> {
    let Some(tags) = document.get("tags") else { return Ok(Vec::new()) };
    let all: Option<Vec<String>> =
        tags.as_array().and_then(|tags| tags.iter().map(|tag| Some(tag.as_str()?.to_owned())).collect());
    let all = all.ok_or_else(|| invalid(&["The tags are no array of strings."]))?;
    all.iter().try_for_each(|tag| check_tag(tag))?;
    Ok(all)
}

fn invalid(faults: &[&str]) -> Refusal {
    let faults = faults.join("\n");
    Refusal::bad_request(format!("Installation validation failed with following error(s):\n\n{faults}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_stands_for_registrations() {
        let body = json!({"platform": "Wns", "pushChannel": "https://a.b", "userId": "bob", "tags": ["x"],
            "templates": {"a b": {"body": "<toast/>", "headers": {"X-WNS-Type": "wns/toast"}, "tags": ["y"]}},
            "secondaryTiles": {"t": {"pushChannel": "https://c/d", "tags": ["z"]}}, "future": 1});
        let (document, made) = checked(body.to_string().as_bytes(), "1").unwrap();
        assert_eq!(document["templates"]["a b"]["tags"], json!(["y", "a b"]));
        assert_eq!((&document["future"], &document["pushChannelExpired"]), (&json!(1), &json!(false)));
        let tags: Vec<String> = made.iter().map(|registration| registration.tags.join(",")).collect();
        assert_eq!(
            tags,
            [
                "$InstallationId:{1},$UserId:{bob},x",
                "$InstallationId:{1},$UserId:{bob},x,y,a b",
                "$InstallationId:{1},$UserId:{bob},x,z"
            ]
        );
        assert_eq!(made[0].pns_handle(), "https://a.b/");
        assert_eq!(made[1].template_name(), Some("a b"));
        assert_eq!(made[2].text("SecondaryTileName"), Some("t"));
    }

    #[test]
    fn faults_are_named() {
        for (body, names) in [
            (json!([]), "no JSON object"),
            (json!({"platform": "apns"}), "pushChannel"),
            (json!({"platform": "fcm", "pushChannel": "x"}), "'fcm'"),
            (json!({"platform": "browser", "pushChannel": "x"}), "pushChannel"),
            (json!({"platform": "apns", "pushChannel": "x", "tags": ["a b"]}), "'a b'"),
            (json!({"platform": "apns", "pushChannel": "x", "installationId": "2"}), "installationId"),
            (json!({"platform": "apns", "pushChannel": "x", "templates": {"t": {}}}), "'t' has no body"),
        ] {
            let detail = checked(body.to_string().as_bytes(), "1").unwrap_err().detail.unwrap();
            assert!(detail.contains(names), "{detail}");
        }
    }
}
