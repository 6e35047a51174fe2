//! Reads a registration as strictly as the service does.

use super::check::check;
use super::{Contract, Registration, Template, normal};
use crate::reply::Refusal;
use crate::template::Properties;
use nh_outcome::ParseError;
use nh_outcome::xml::{ATOM, CONNECT, Element, Reader, decode};

/// Tags have at most so many characters together (azure-docs, issue 48743).
const MOST_TAGS: usize = 8000;

/// The body of a POST or PUT.
///
/// # Errors
/// 400, in the service's words where they are known.
pub(crate) fn read(body: &[u8]) -> Result<Registration, Refusal> {
    let document = decode(body).map_err(broken)?;
    let mut reader = Reader::new(&document);
    let root = reader.root().map_err(broken)?;
    if root.is(ATOM, "entry") {
        while let Some(child) = reader.child(&root).map_err(broken)? {
            if child.is(ATOM, "content")
                && let Some(description) = reader.child(&child).map_err(broken)?
            {
                let registration = description_of(&mut reader, &description)?;
                reader.end().map_err(broken)?;
                check(&registration)?;
                return Ok(registration);
            }
        }
        return Err(refuse("the entry has no content"));
    }
    // A line of an import file has no envelope.
    let registration = description_of(&mut reader, &root)?;
    reader.end().map_err(broken)?;
    check(&registration)?;
    Ok(registration)
}

fn description_of(reader: &mut Reader<'_>, root: &Element<'_>) -> Result<Registration, Refusal> {
    let name = match root.name_in(CONNECT) {
        "RegistrationDescription" => root.type_name().unwrap_or_default(),
        name => name,
    };
    let Some((contract, is_template)) = Contract::of_element(name) else {
        return Err(refuse(&format!("'{}' is no registration", root.name())));
    };
    let mut registration = Registration::new(contract, &[]);
    registration.template = is_template.then(Template::default);
    // As the data contract reader of .NET does: what is not expected here is skipped, so an optional element in the wrong place
    // is lost, but no required one may be passed over.
    let order = contract.order(is_template);
    let is_required =
        |name: &&&str| contract.required().any(|required| required == **name) || **name == "BodyTemplate";
    let unexpected = |kind: &str, name: &str, at: u64, expecting: &str| {
        refuse(&format!(
            "Error in line 1 position {at}. '{kind}' '{name}' from namespace '{CONNECT}' is not expected. \
             Expecting element '{expecting}'."
        ))
    };
    let mut next = 0;
    while let Some(child) = reader.child(root).map_err(broken)? {
        let name = child.name_in(CONNECT);
        let Some(found) = order[next..].iter().position(|expected| *expected == name) else { continue };
        if let Some(passed) = order[next..next + found].iter().find(is_required) {
            return Err(unexpected("Element", name, reader.position(), passed));
        }
        next += found + 1;
        element(reader, &mut registration, order[next - 1], &child)?;
    }
    if let Some(missing) = order[next..].iter().find(is_required) {
        return Err(unexpected("EndElement", root.name(), reader.position(), missing));
    }
    let empty = |name: &&str| registration.text(name).is_none_or(str::is_empty);
    if let Some(name) = order.iter().filter(is_required).find(|name| empty(name)) {
        return Err(refuse(&format!("'{name}' is empty")));
    }
    Ok(registration)
}

fn element(
    reader: &mut Reader<'_>,
    registration: &mut Registration,
    name: &'static str,
    element: &Element<'_>,
) -> Result<(), Refusal> {
    match name {
        "ApnsHeaders" | "WnsHeaders" | "MpnsHeaders" => {
            let read = headers(reader, element).map_err(broken)?;
            registration.template.get_or_insert_default().headers = read;
        }
        _ => {
            let Some(text) = reader.text(element).map_err(broken)? else { return Ok(()) };
            match name {
                "ETag" => registration.etag = text.trim().parse().unwrap_or(1),
                "RegistrationId" => text.trim().clone_into(&mut registration.id),
                "ExpirationTime" => {}
                "Tags" => registration.tags = tags(&text)?,
                "PushVariables" => {
                    let read = Properties::parse(text.as_bytes());
                    registration.push_variables =
                        read.ok_or_else(|| refuse("'PushVariables' is no JSON object of strings"))?;
                }
                _ => {
                    let handle = registration.contract.handle.contains(&name) && name != "SecondaryTileName";
                    let text =
                        if handle { normal(registration.contract, text.trim()) } else { text.into_owned() };
                    registration.texts.insert(name, text);
                }
            }
        }
    }
    Ok(())
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

fn tags(text: &str) -> Result<Vec<String>, Refusal> {
    if text.len() > MOST_TAGS {
        return Err(Refusal::bad_request(format!(
            "The serialized tags are too long, Max Allowed Size: '{MOST_TAGS}'"
        )));
    }
    let tags = text.split(',').map(str::trim).filter(|tag| !tag.is_empty());
    tags.map(|tag| check_tag(tag).map(|()| tag.to_owned())).collect()
}

/// Letters, digits and `_ @ - . : #`, at most 120; the two tags of the service also have braces and `=`.
pub(crate) fn check_tag(tag: &str) -> Result<(), Refusal> {
    let bare = |text: &str, more: &str| {
        text.chars().all(|c| c.is_alphanumeric() || "_@-.:#".contains(c) || more.contains(c))
    };
    let inside = ["$InstallationId:{", "$UserId:{"]
        .iter()
        .find_map(|start| tag.strip_prefix(start)?.strip_suffix('}'));
    let legal = inside.map_or_else(|| bare(tag, ""), |id| bare(id, "="));
    if legal && !tag.is_empty() && tag.chars().count() <= 120 {
        return Ok(());
    }
    let words = "Valid tag characters are alphanumeric, _, @, -, ., : and #.";
    Err(Refusal::bad_request(format!("An invalid tag(s) '{tag}' was supplied. {words}")))
}

fn broken(why: ParseError) -> Refusal {
    refuse(&why.to_string())
}

fn refuse(why: &str) -> Refusal {
    Refusal::bad_request(format!("Failed to parse RegistrationDescription {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(elements: &str) -> Option<String> {
        let body = format!(
            "<entry xmlns='{ATOM}'><content><BrowserRegistrationDescription xmlns='{CONNECT}'>{elements}\
             </BrowserRegistrationDescription></content></entry>"
        );
        read(body.as_bytes()).err().and_then(|refusal| refusal.detail)
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
            ("<Endpoint/><P256DH>p</P256DH><Auth>a</Auth>", "'Endpoint' is empty"),
        ] {
            let detail = refusal(elements).unwrap();
            assert!(detail.contains(says), "{detail}");
        }
        let late = "<Endpoint>e</Endpoint><P256DH>p</P256DH><Auth>a</Auth><Tags>lost</Tags><Other/>";
        assert_eq!(refusal(late), None);
        assert!(refusal("<Tags>a b</Tags>").unwrap().starts_with("An invalid tag(s) 'a b'"));
        assert!(refusal("<Tags>a").is_some());
    }
}
