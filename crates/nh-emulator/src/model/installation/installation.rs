use super::schema;
use crate::breach::Breach;
use crate::model::contract::Contract;
use crate::model::ids;
use crate::model::refusal::Refusal;
use crate::model::registration::{Registration, Template};
use crate::moment::{self, moment};
use crate::rules;
use crate::template::properties::Properties;
use nh_outcome::Platform;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

/// A document as it is kept.
pub(crate) type Document = Map<String, Value>;

/// From then on a time means: never.
const NEVER: OffsetDateTime = datetime!(9999-12-31 0:00 UTC);

/// Checks a document that is put under `id`, and adds what the service adds. Without a time of its own it ends when what the hub
/// registers now ends.
///
/// # Errors
/// Every fault on a line of its own.
pub(crate) fn checked(
    mut document: Document,
    id: &str,
    end: Option<OffsetDateTime>,
) -> Result<(Document, Vec<Registration>), Refusal> {
    let mut faults = Vec::new();
    schema::conform(&mut document, schema::INSTALLATION, "", &mut faults);
    match document.get("installationId") {
        // Reference page: it must be there.
        None => faults.push("'InstallationId' is required.".to_owned()),
        Some(given) if given != id => faults.push("The installationId is not that of the URL.".to_owned()),
        Some(_) => {}
    }
    if !faults.is_empty() {
        return Err(invalid(&faults));
    }
    document.entry("pushChannelExpired").or_insert(json!(false));
    document.entry("expirationTime").or_insert_with(|| {
        let end = end.map_or_else(|| moment::NEVER.to_owned(), moment);
        json!(format!("{end}Z"))
    });
    let registrations = registrations(&mut document, id, &mut faults);
    if faults.is_empty() { Ok((document, registrations)) } else { Err(invalid(&faults)) }
}

/// One native registration, and one for each template: tagged with the installation, its user, its tags, and for a template
/// its own and its name (recorded 2018).
fn registrations(document: &mut Document, id: &str, faults: &mut Vec<String>) -> Vec<Registration> {
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    let word = text("platform").unwrap_or_default();
    let platform = Platform::from(word);
    let is_word = platform.installation_word().eq_ignore_ascii_case(word);
    let Some(contract) = Contract::of(&platform).filter(|_| is_word) else {
        faults.push(match word {
            "" => "'Platform' is required.".to_owned(),
            _ => format!("The platform '{word}' is not known."),
        });
        return Vec::new();
    };
    let mut tags = vec![format!("$InstallationId:{{{id}}}")];
    if let Some(user) = text("userId") {
        note(rules::tag::check_user_id(user), faults);
        tags.push(format!("$UserId:{{{user}}}"));
    }
    tags.extend(tags_of(document, faults));
    let variables = document.get("pushVariables").map(|variables| variables.to_string());
    let variables = variables.and_then(|json| Properties::parse(json.as_bytes())).unwrap_or_default();
    let end = text("expirationTime").and_then(rules::time::read).filter(|end| *end < NEVER);
    let Some(handle) = channel(document, contract, faults) else { return Vec::new() };
    let mut first = Registration::new(contract, &handle.iter().map(String::as_str).collect::<Vec<_>>());
    first.tags = tags;
    first.push_variables = variables;
    first.installation = Some(id.to_owned());
    first.expires = end;
    let mut made = vec![first.clone()];
    made.extend(templates(document, &first, faults));
    if let Some(Value::Object(tiles)) = document.get_mut("secondaryTiles") {
        if contract.platform != Platform::Windows {
            // Reference page.
            faults.push("'SecondaryTiles' can be present only if platform is wns.".to_owned());
            return Vec::new();
        }
        for (name, tile) in tiles {
            let Value::Object(tile) = tile else { continue };
            let own = tags_of(tile, faults);
            let Some(handle) = channel(tile, contract, faults) else { continue };
            let [uri] = handle.as_slice() else { continue };
            let mut registration = Registration { id: ids::registration_id(), ..first.clone() };
            registration.tags.extend(own);
            registration.texts.insert("ChannelUri", rules::handle::normal(&contract.platform, uri));
            registration.texts.insert("SecondaryTileName", name.clone());
            made.extend(templates(tile, &registration, faults));
            made.push(registration);
        }
    }
    for registration in &mut made {
        note(registration.check(), faults);
        note(rules::tag::check_all(&registration.tags), faults);
        rules::tag::distinct(&mut registration.tags);
    }
    made
}

/// Notes what is wrong, once.
fn note(checked: Result<(), Breach>, faults: &mut Vec<String>) {
    if let Err(breach) = checked {
        let fault = breach.to_string();
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
}

/// The parts of a channel. In the document it stands as the service writes it.
fn channel(document: &mut Document, contract: &Contract, faults: &mut Vec<String>) -> Option<Vec<String>> {
    let given = document.get_mut("pushChannel").filter(|given| **given != Value::String(String::new()));
    let Some(given) = given else {
        // azure-notificationhubs-xamarin#25, XamarinComponents#998.
        faults.push("'PushChannel' is required.".to_owned());
        return None;
    };
    let parts = parts(contract, given);
    match parts.as_deref() {
        None => faults.push("'PushChannel' does not fit the platform.".to_owned()),
        Some([handle]) if given.is_string() => {
            *given = rules::handle::normal(&contract.platform, handle).into();
        }
        Some(_) => {}
    }
    parts
}

fn parts(contract: &Contract, channel: &Value) -> Option<Vec<String>> {
    match (&contract.platform, channel) {
        (Platform::Browser, Value::Object(keys)) => ["endpoint", "p256dh", "auth"]
            .iter()
            .map(|name| {
                let (_, value) = keys.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
                Some(value.as_str()?.to_owned())
            })
            .collect(),
        // The .NET and Java SDKs write the object as text.
        (Platform::Browser, Value::String(text)) => {
            let object: Value = serde_json::from_str(text).ok()?;
            if object.is_object() { parts(contract, &object) } else { None }
        }
        (Platform::Baidu, Value::String(text)) => {
            // The contract takes one text with both ids (`BaiduRegistrationDescription.SetPnsHandle`). Of a text without a hyphen
            // nothing is documented.
            let (user, channel) = text.split_once('-').unwrap_or((text, text));
            Some(vec![user.to_owned(), channel.to_owned()])
        }
        (_, Value::String(text)) => Some(vec![text.clone()]),
        _ => None,
    }
}

/// The name becomes a tag of the template. It may have any characters (recorded 2018), but is none of the service's own tags: a
/// registration has one `$InstallationId` at most (contract: `RegistrationDescription.ValidateTags`).
fn templates(document: &mut Document, of: &Registration, faults: &mut Vec<String>) -> Vec<Registration> {
    let Some(Value::Object(templates)) = document.get_mut("templates") else { return Vec::new() };
    let mut made = Vec::new();
    for (name, template) in templates {
        let Value::Object(template) = template else { continue };
        let text = |name: &str| template.get(name).and_then(Value::as_str);
        let Some(body) = text("body").filter(|body| !body.is_empty()).map(str::to_owned) else {
            faults.push(format!("The template '{name}' has no body."));
            continue;
        };
        let expiry = text("expiry").map(str::to_owned);
        let mut own = texts(template.get("tags"));
        for tag in own.iter().filter(|tag| *tag != name) {
            note(rules::tag::check(tag), faults);
        }
        if name.starts_with('$') {
            note(rules::tag::check(name), faults);
        }
        if !own.contains(name) {
            own.push(name.clone());
        }
        template.insert("tags".into(), json!(own));
        let headers = template.get("headers").and_then(Value::as_object).into_iter().flatten();
        let headers = headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        let mut registration = Registration { id: ids::registration_id(), ..of.clone() };
        registration.tags.extend(own);
        registration.texts.extend([("BodyTemplate", body), ("TemplateName", name.clone())]);
        if let Some(expiry) = expiry.filter(|_| *of.platform() == Platform::Apple) {
            registration.texts.insert("Expiry", expiry);
        }
        registration.template = Some(Template { headers: headers.collect() });
        made.push(registration);
    }
    made
}

fn tags_of(document: &Document, faults: &mut Vec<String>) -> Vec<String> {
    let tags = texts(document.get("tags"));
    for tag in &tags {
        note(rules::tag::check(tag), faults);
    }
    tags
}

/// The texts of a list.
fn texts(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

/// Reads the body of a PUT.
///
/// # Errors
/// What is no JSON object.
pub(crate) fn read(body: &[u8]) -> Result<Document, Refusal> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(document)) => Ok(document),
        _ => Err(invalid(&["The document is no JSON object.".to_owned()])),
    }
}

/// The words of azure-mobile-apps-node#508.
fn invalid(faults: &[String]) -> Refusal {
    let faults = faults.join("\n");
    Refusal::invalid(format!("Installation validation failed with following error(s):\n\n{faults}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(body: &Value) -> Result<(Document, Vec<Registration>), Refusal> {
        let mut body = body.clone();
        if let Value::Object(document) = &mut body {
            document.entry("installationId").or_insert(json!("1"));
        }
        checked(read(body.to_string().as_bytes())?, "1", None)
    }

    const TOAST: &str = "<toast/>";

    #[test]
    fn an_installation_stands_for_registrations() {
        let body = json!({"platform": "Wns", "pushChannel": "https://a.b", "userID": "bob", "tags": ["x"],
            "templates": {"a b": {"body": TOAST, "headers": {"X-WNS-Type": "wns/toast"}, "tags": ["y"]}},
            "secondaryTiles": {"t": {"pushChannel": "https://c", "tags": ["z"]}}, "future": 1});
        let (document, made) = asked(&body).unwrap();
        assert_eq!(document["templates"]["a b"]["tags"], json!(["y", "a b"]));
        assert_eq!((&document["future"], &document["pushChannelExpired"]), (&json!(1), &json!(false)));
        assert_eq!(
            (&document["pushChannel"], &document["secondaryTiles"]["t"]["pushChannel"]),
            (&json!("https://a.b/"), &json!("https://c/"))
        );
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
        assert_eq!(
            (made[2].text("SecondaryTileName"), made[2].pns_handle()),
            (Some("t"), "https://c/".to_owned())
        );
    }

    #[test]
    fn a_registration_has_each_tag_once() {
        let body = json!({"platform": "gcm", "pushChannel": "g", "tags": ["a", "A", "t"],
            "templates": {"t": {"body": "{}", "tags": ["a"]}}});
        let (document, made) = asked(&body).unwrap();
        assert_eq!(document["tags"], json!(["a", "A", "t"]));
        assert_eq!(made[1].tags, ["$InstallationId:{1}", "a", "t"]);
    }

    #[test]
    fn when_it_ends() {
        let phone = |time: Option<&str>, end| {
            let body =
                json!({"installationId": "1", "platform": "gcm", "pushChannel": "g", "expirationTime": time});
            let (document, made) = checked(read(body.to_string().as_bytes()).unwrap(), "1", end).unwrap();
            (document["expirationTime"].as_str().unwrap().to_owned(), made[0].expires)
        };
        let end = datetime!(2030-01-02 3:04:05 UTC);
        assert_eq!(phone(None, None), ("9999-12-31T23:59:59.9999999Z".to_owned(), None));
        assert_eq!(phone(None, Some(end)), ("2030-01-02T03:04:05.0000000Z".to_owned(), Some(end)));
        assert_eq!(
            phone(Some("2030-01-02T04:04:05+01:00"), None),
            ("2030-01-02T04:04:05+01:00".to_owned(), Some(end))
        );
        assert_eq!(phone(Some("9999-12-31T23:59:59.9999999Z"), Some(end)).1, None);
    }

    #[test]
    fn faults_are_named() {
        let token = "00FF";
        for (body, names) in [
            (json!([]), "no JSON object"),
            (json!({"platform": "apns"}), "'PushChannel' is required."),
            (json!({"platform": "apns", "pushChannel": ""}), "'PushChannel' is required."),
            (json!({"pushChannel": "x"}), "'Platform' is required."),
            (json!({"platform": "fcm", "pushChannel": "x"}), "'fcm'"),
            (json!({"platform": "browser", "pushChannel": "x"}), "does not fit"),
            (json!({"platform": "apns", "pushChannel": {"a": "b"}}), "does not fit"),
            (json!({"platform": "apns", "pushChannel": "not hex"}), "hexadecimal"),
            (json!({"platform": "wns", "pushChannel": "not a uri"}), "Channel URI"),
            (json!({"platform": "apns", "pushChannel": token, "tags": ["a b"]}), "An invalid tag(s) 'a b'"),
            (json!({"platform": "apns", "pushChannel": token, "tags": ["$x"]}), "Tags can not start with $."),
            (json!({"platform": "apns", "pushChannel": token, "userId": "a b"}), "{a b}"),
            (json!({"platform": "apns", "pushChannel": token, "tags": vec!["x".repeat(99); 81]}), "'8000'"),
            (json!({"platform": "apns", "pushChannel": token, "installationId": "2"}), "installationId"),
            (json!({"platform": "apns", "pushChannel": token, "templates": {"t": {}}}), "'t' has no body"),
            (json!({"platform": "apns", "pushChannel": token, "templates": "x"}), "'templates'"),
            // Its name becomes a tag: it would pass for another installation.
            (
                json!({"platform": "gcm", "pushChannel": "g", "templates": {"$InstallationId:{2}": {"body": "{}"}}}),
                "Tags can not start with $.",
            ),
            (json!({"platform": "gcm", "pushChannel": "a\u{1}b"}), "U+0001"),
            (json!({"platform": "gcm", "pushChannel": "g", "pushVariables": {"a": "\u{fffe}"}}), "U+FFFE"),
            (
                json!({"platform": "gcm", "pushChannel": "g", "templates": {"\u{2}": {"body": "{}"}}}),
                "U+0002",
            ),
            (
                json!({"platform": "wns", "pushChannel": "http://a", "templates": {"t": {"body": TOAST,
                    "headers": {"X-WNS-Type": "wns/toast", "X-WNS-Tag": "\u{3}"}}}}),
                "U+0003",
            ),
            (
                json!({"platform": "apns", "pushChannel": token, "secondaryTiles": {}}),
                "only if platform is wns",
            ),
            (
                json!({"platform": "mpns", "pushChannel": "http://a/b", "templates": {"t": {"body": TOAST}}}),
                "Mpns",
            ),
        ] {
            let detail = asked(&body).unwrap_err().words.unwrap();
            assert!(
                detail.starts_with("Installation validation failed") && detail.contains(names),
                "{detail}"
            );
        }
        let without = json!({"platform": "gcm", "pushChannel": "g"});
        let detail =
            checked(read(without.to_string().as_bytes()).unwrap(), "1", None).unwrap_err().words.unwrap();
        assert!(detail.contains("'InstallationId' is required."), "{detail}");
        let two = json!({"platform": "apns", "pushChannel": "x", "tags": ["a b", "c d"]});
        let detail = asked(&two).unwrap_err().words.unwrap();
        assert_eq!(detail.lines().count(), 5, "{detail}");
    }
}
