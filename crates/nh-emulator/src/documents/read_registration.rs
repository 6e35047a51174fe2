//! Reads a registration as strictly as the service does.

use crate::breach::Breach;
use crate::model::contract::Contract;
use crate::model::refusal::Refusal;
use crate::model::registration::{Registration, Template};
use crate::rules;
use crate::template::properties::Properties;
use nh_outcome::ParseError;
use nh_outcome::xml::{ATOM, CONNECT, Element, Reader, decode};

/// What a client writes: the body of a POST or PUT, or a line of an import file.
///
/// # Errors
/// 400, in the service's words where they are known.
pub(crate) fn read(body: &[u8]) -> Result<Registration, Refusal> {
    let (registration, read_only) = document(body, rules::tag::split)?;
    if read_only {
        // Contract: `RegistrationDescription.Validate`.
        return Err(Breach::new("Cannot specify ExpirationTime.").into());
    }
    registration.check()?;
    Ok(registration)
}

/// What names a registration that is to be deleted: a line of an import file, or of an export.
///
/// # Errors
/// 400: what is no registration.
pub(crate) fn read_to_delete(line: &[u8]) -> Result<Registration, Refusal> {
    let as_written = |text: &str| Ok(text.split(',').map(str::to_owned).collect());
    document(line, as_written).map(|(registration, _)| registration)
}

/// How tags are read.
type ReadTags = fn(&str) -> Result<Vec<String>, Breach>;

/// A registration with or without its envelope, and whether it names what only the service writes.
fn document(body: &[u8], tags: ReadTags) -> Result<(Registration, bool), Refusal> {
    let document = decode(body).map_err(broken)?;
    let mut reader = Reader::new(&document);
    let root = reader.root().map_err(broken)?;
    if !root.is(ATOM, "entry") {
        let read = description_of(&mut reader, &root, tags)?;
        reader.end().map_err(broken)?;
        return Ok(read);
    }
    while let Some(child) = reader.child(&root).map_err(broken)? {
        if child.is(ATOM, "content")
            && let Some(description) = reader.child(&child).map_err(broken)?
        {
            let read = description_of(&mut reader, &description, tags)?;
            reader.end().map_err(broken)?;
            return Ok(read);
        }
    }
    Err(refuse("the entry has no content"))
}

fn description_of(
    reader: &mut Reader<'_>,
    root: &Element,
    tags: ReadTags,
) -> Result<(Registration, bool), Refusal> {
    let name = match root.name_in(CONNECT) {
        "RegistrationDescription" => root.type_name().unwrap_or_default(),
        name => name,
    };
    let Some((contract, is_template)) = Contract::of_element(name) else {
        // azure-sdk-for-js#23149.
        return Err(Breach::new("The specified resource description is invalid.").into());
    };
    let mut registration = Registration::new(contract, &[]);
    registration.template = is_template.then(Template::default);
    let order = contract.order(is_template);
    let is_required = |name: &&'static str| contract.is_required(name);
    let unexpected = |kind: &str, name: &str, at: u64, expecting: Option<&str>| {
        let expecting = expecting.map(|names| format!(" Expecting element '{names}'.")).unwrap_or_default();
        refuse(&format!(
            "Error in line 1 position {at}. '{kind}' '{name}' from namespace '{CONNECT}' is not expected.{expecting}"
        ))
    };
    let mut rest = order.iter().copied();
    let mut read_only = false;
    // What the contract does not know is skipped, as .NET does. What it knows has its place (azure-sdk-for-js#29081). Of what a
    // write does not decide, a late one is skipped: the older Node SDK writes its ETag after the tags (recorded as accepted).
    while let Some(child) = reader.child(root).map_err(broken)? {
        let name = child.name_in(CONNECT);
        if !order.contains(&name) {
            continue;
        }
        let mut after = rest.clone();
        let found = after.find(|expected| *expected == name);
        if found.is_none() && ["ETag", "RegistrationId"].contains(&name) {
            continue;
        }
        let passed =
            rest.clone().take_while(|expected| *expected != name).any(|passed| contract.is_required(passed));
        let (Some(found), false) = (found, passed) else {
            return Err(unexpected("Element", name, reader.position(), rest.find(is_required)));
        };
        rest = after;
        read_only |= element(reader, &mut registration, found, &child, tags)?;
    }
    if let Some(missing) = rest.find(is_required) {
        return Err(unexpected("EndElement", root.name(), reader.position(), Some(missing)));
    }
    Ok((registration, read_only))
}

/// Is it what only the service writes?
fn element(
    reader: &mut Reader<'_>,
    registration: &mut Registration,
    name: &'static str,
    element: &Element,
    tags: ReadTags,
) -> Result<bool, Refusal> {
    if let "ApnsHeaders" | "WnsHeaders" | "MpnsHeaders" = name {
        let read = headers(reader, element).map_err(broken)?;
        registration.template.get_or_insert_default().headers = read;
        return Ok(false);
    }
    let Some(text) = reader.text(element).map_err(broken)? else { return Ok(false) };
    match name {
        "ETag" => registration.etag = text.trim().parse().unwrap_or(1),
        "RegistrationId" if text.trim().is_empty() => {}
        "RegistrationId" => text.trim().clone_into(&mut registration.id),
        "ExpirationTime" => return Ok(true),
        "Tags" => registration.tags = tags(&text)?,
        "PushVariables" if text.is_empty() => {}
        "PushVariables" => {
            let read = Properties::parse(text.as_bytes());
            registration.push_variables =
                read.ok_or_else(|| refuse("'PushVariables' is no JSON object of strings"))?;
        }
        _ => {
            let handle = registration.contract.required().any(|required| required == name);
            let text = match handle {
                true => rules::handle::normal(registration.platform(), &text),
                false => text.into_owned(),
            };
            registration.texts.insert(name, text);
        }
    }
    Ok(false)
}

fn headers(reader: &mut Reader<'_>, list: &Element<'_>) -> Result<Vec<(String, String)>, ParseError> {
    let mut headers = Vec::new();
    while let Some(item) = reader.child(list)? {
        let (mut name, mut value) = (String::new(), String::new());
        while let Some(part) = reader.child(&item)? {
            match part.name_in(CONNECT) {
                "Header" => name = reader.string(&part)?.unwrap_or_default(),
                "Value" => value = reader.string(&part)?.unwrap_or_default(),
                _ => {}
            }
        }
        headers.push((name, value));
    }
    Ok(headers)
}

fn broken(why: ParseError) -> Refusal {
    refuse(&why.to_string())
}

fn refuse(why: &str) -> Refusal {
    Refusal::invalid(format!("Failed to parse RegistrationDescription {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::refusal::Reason;
    use nh_outcome::xml::INSTANCE;

    fn refusal(elements: &str) -> Option<String> {
        let body = format!(
            "<entry xmlns='{ATOM}'><content><BrowserRegistrationDescription xmlns='{CONNECT}'>{elements}\
             </BrowserRegistrationDescription></content></entry>"
        );
        read(body.as_bytes()).err().and_then(|refusal| refusal.words)
    }

    #[test]
    fn the_order_is_the_services() {
        assert_eq!(refusal("<Tags>a</Tags><Endpoint>e</Endpoint><P256DH>p</P256DH><Auth>a</Auth>"), None);
        for (elements, says) in [
            ("<Endpoint>e</Endpoint><Auth>a</Auth><P256DH>p</P256DH>", "'Element' 'Auth' from namespace"),
            ("<Endpoint>e</Endpoint><Auth>a</Auth><P256DH>p</P256DH>", "Expecting element 'P256DH'."),
            (
                "<Endpoint>e</Endpoint><P256DH>p</P256DH>",
                "'EndElement' 'BrowserRegistrationDescription' from",
            ),
            ("<Endpoint>e</Endpoint><P256DH>p</P256DH>", "Expecting element 'Auth'."),
            ("<Endpoint/><P256DH>p</P256DH><Auth>a</Auth>", "'Endpoint' is null or empty"),
            (
                "<Endpoint>e</Endpoint><P256DH>p</P256DH><Auth>a</Auth><Tags>late</Tags>",
                "'Element' 'Tags' from namespace",
            ),
            (
                "<ExpirationTime>2030-01-01</ExpirationTime><Endpoint>e</Endpoint><P256DH>p</P256DH><Auth>a</Auth>",
                "Cannot specify ExpirationTime.",
            ),
        ] {
            let detail = refusal(elements).unwrap();
            assert!(detail.contains(says), "{detail}");
        }
        let late = "<Tags>a</Tags><ETag>1</ETag><Endpoint>e</Endpoint><P256DH>p</P256DH><Auth>a</Auth>";
        assert_eq!(refusal(late), None);
        let unknown = "<Other/><Endpoint>e</Endpoint><P256DH>p</P256DH><Auth>a</Auth><Another/>";
        assert_eq!(refusal(unknown), None);
        assert!(refusal("<Tags>a b</Tags>").unwrap().starts_with("An invalid tag(s) 'a b'"));
        assert!(refusal("<Tags>a").is_some());
    }

    #[test]
    fn what_xml_cannot_hold_is_refused() {
        for text in ["e\0", "&#1;e", "e\u{b}"] {
            let elements = format!("<Endpoint>{text}</Endpoint><P256DH>p</P256DH><Auth>a</Auth>");
            assert!(refusal(&elements).is_some(), "{text:?}");
        }
    }

    #[test]
    fn handles_are_read_as_they_are_written() {
        let of = |kind: &str, elements: &str| {
            let name = format!("{kind}RegistrationDescription");
            read(format!("<{name} xmlns='{CONNECT}'>{elements}</{name}>").as_bytes())
        };
        assert!(of("Apple", "<DeviceToken> 00FF </DeviceToken>").is_err());
        assert_eq!(of("Gcm", "<GcmRegistrationId> g</GcmRegistrationId>").unwrap().pns_handle(), " g");
        let windows = of("Windows", "<ChannelUri>\nhttps://a.b\n</ChannelUri>").unwrap();
        assert_eq!(windows.pns_handle(), "https://a.b/");
    }

    #[test]
    fn what_is_to_be_deleted_may_have_what_the_service_writes() {
        let line = format!(
            "<RegistrationDescription xmlns='{CONNECT}' xmlns:i='{INSTANCE}' i:type='GcmRegistrationDescription'>\
             <ExpirationTime>9999-12-31T23:59:59Z</ExpirationTime><RegistrationId>1-2-3</RegistrationId>\
             <Tags>$InstallationId:{{i}}</Tags><GcmRegistrationId>g</GcmRegistrationId></RegistrationDescription>"
        );
        assert_eq!(read_to_delete(line.as_bytes()).unwrap().id, "1-2-3");
        assert_eq!(read(line.as_bytes()).unwrap_err().reason, Reason::Invalid);
        let unknown = line.replace("GcmRegistrationDescription", "FcmRegistrationDescription");
        let detail = read(unknown.as_bytes()).unwrap_err().words.unwrap();
        assert_eq!(detail, "The specified resource description is invalid.");
    }
}
