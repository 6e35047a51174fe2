//! The emulator's fuzz targets: a function of bytes for each of its parsers. libFuzzer calls them (`fuzz/fuzz_targets/`), and the
//! test below with the files in `fuzz/corpus/`.

use crate::documents::{hub_description, job, read_registration, write_registration};
use crate::model::hub_description::HubDescription;
use crate::model::installation;
use crate::model::job::{Job, JobKind, JobState};
use crate::model::packed::{Packer, Unpacker};
use crate::namespace::blobs::{BlobAccess, Blobs, parts_of};
use crate::rules;
use crate::template::filling::Filling;
use crate::template::properties::Properties;
use crate::template::render;
use std::borrow::Cow;
use time::OffsetDateTime;
use time::macros::datetime;

pub use crate::control::fuzzing::*;
pub use crate::rest::fuzzing::*;

/// All of them by name.
#[cfg(test)]
const TARGETS: &[(&str, corpus::Target)] = &[
    ("control_body", control_body),
    ("handle_filter", handle_filter),
    ("multipart", multipart),
    ("request_target", request_target),
    ("sas_header", sas_header),
    ("service_hub", service_hub),
    ("service_installation", service_installation),
    ("service_job", service_job),
    ("service_patch", service_patch),
    ("service_registration", service_registration),
    ("service_send", service_send),
    ("service_template", service_template),
    ("storage_url", storage_url),
    ("stored_hub", stored_hub),
];

pub(crate) const NOW: OffsetDateTime = datetime!(2024-04-01 12:00 UTC);

/// Text for parsers of text. Bytes that are none become U+FFFD, so that no input is lost.
pub(crate) fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// The first lines of an input, for targets with several arguments. The last argument is the rest, with its line breaks.
pub(crate) fn arguments<const N: usize>(bytes: &[u8]) -> [&[u8]; N] {
    let mut parts = bytes.splitn(N, |byte| *byte == b'\n');
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// The description of a hub: what is taken is written and kept, and is the same when it is read again.
pub fn service_hub(bytes: &[u8]) {
    let Ok(read) = hub_description::read(bytes) else { return };
    let fresh = HubDescription::fresh().expect("a source of random numbers");
    let Ok(hub) = read.over(&fresh) else { return };
    let _ = (hub.is_disabled(), hub.end_of(NOW));
    let entry = hub_description::entry(&hub, "h", "https://localhost/h", "2020-06");
    let again =
        hub_description::read(entry.as_bytes()).expect("it was written").over(&hub).expect("it was taken");
    let lasting = |hub: &HubDescription| (hub.elements.clone(), hub.rules.clone(), hub.created);
    assert_eq!(lasting(&again), lasting(&hub), "{entry}");
    kept(&hub);
}

/// A hub as a store holds it, whatever became of its bytes: what can be read is kept as it is.
pub fn stored_hub(bytes: &[u8]) {
    if let Some(hub) = HubDescription::unpack(&mut Unpacker::new(bytes)) {
        let _ = (hub.is_disabled(), hub.end_of(NOW));
        kept(&hub);
    }
}

fn kept(hub: &HubDescription) {
    let mut to = Packer::default();
    hub.pack(&mut to);
    assert_eq!(HubDescription::unpack(&mut Unpacker::new(&to.end())).as_ref(), Some(hub));
}

/// A job: what is taken names what it needs, is answered, and is the same when the answer is read.
pub fn service_job(bytes: &[u8]) {
    let Ok(asked) = job::read(bytes) else { return };
    assert!(!asked.output.is_empty());
    assert!(asked.input.as_ref().map_or(asked.kind == JobKind::Export, |input| !input.is_empty()));
    for uri in [&asked.output].into_iter().chain(&asked.input) {
        if let Some((path, _)) = parts_of(uri) {
            assert!(!path.is_empty() && !path.starts_with('/') && !path.contains("//"), "{path}");
        }
    }
    let (output_path, failed_path) = ("a&b/Output.txt".to_owned(), "a&b/Failed.txt".to_owned());
    for state in [
        JobState::Started,
        JobState::Completed { output_path, failed_path },
        JobState::Failed("<no>".to_owned()),
    ] {
        let job = Job { state, ..Job::started(asked.clone()) };
        let entry = job::entry(&job, "https://localhost/h?a&b");
        assert_eq!(job::read(entry.as_bytes()).ok().as_ref(), Some(&asked), "{entry}");
    }
}

/// A registration, as the body of a request and as a line of a file: what is taken is written, and is the same when it is read
/// again.
pub fn service_registration(bytes: &[u8]) {
    // Tags that are only to be deleted are taken as they stand.
    let taken = [(read_registration::read(bytes), true), (read_registration::read_to_delete(bytes), false)];
    for (registration, is_checked) in taken {
        let Ok(registration) = registration else { continue };
        let _ = registration.pns_handle();
        let line = write_registration::line(&registration);
        assert!(!line.contains(['\n', '\r']), "one line: {line}");
        // What XML cannot hold is read leniently.
        let Ok(again) = read_registration::read_to_delete(line.as_bytes()) else { continue };
        assert_eq!((again.contract, again.etag), (registration.contract, registration.etag));
        assert_eq!(again.pns_handle(), registration.pns_handle());
        assert_eq!(again.push_variables, registration.push_variables);
        if is_checked {
            assert_eq!((&again.tags, &again.texts), (&registration.tags, &registration.texts), "{line}");
        }
        let _ = write_registration::feed([&registration, &again], "https://localhost/h");
    }
}

/// An installation: what is taken is taken again, and stands for the same devices.
pub fn service_installation(bytes: &[u8]) {
    if let Ok(document) = installation::read(bytes) {
        again(document);
    }
}

/// An installation on the first line, and a patch of it.
pub fn service_patch(bytes: &[u8]) {
    let [document, patch] = arguments(bytes);
    let Ok(mut document) = installation::read(document) else { return };
    let before = document.clone();
    if installation::patch(&mut document, patch).is_ok() {
        again(document);
    }
    assert!(before.len() <= bytes.len());
}

fn again(document: installation::Document) {
    let id = document.iter().find(|(name, _)| name.eq_ignore_ascii_case("installationId"));
    let id = id.and_then(|(_, id)| id.as_str()).unwrap_or("phone").to_owned();
    let Ok((kept, first)) = installation::checked(document, &id, Some(NOW)) else { return };
    let (same, second) = installation::checked(kept.clone(), &id, Some(NOW)).expect("it was taken");
    assert_eq!(same, kept);
    assert_eq!(second.len(), first.len());
    for (second, first) in second.iter().zip(&first) {
        assert_eq!((&second.tags, &second.texts, second.expires), (&first.tags, &first.texts, first.expires));
    }
}

/// Values on the first line, and a template: what is filled in is a document of the same kind.
pub fn service_template(bytes: &[u8]) {
    let [values, body] = arguments(bytes);
    let (values, body) = (Properties::parse(values).unwrap_or_default(), text(body));
    let filling = Filling::new(&values);
    let _ = render::render_text(&body, &filling);
    if let Ok(filled) = render::render(&body, &filling) {
        match body.trim_start().starts_with('<') {
            true => assert!(filled.trim_start().starts_with('<'), "{filled}"),
            false => drop(serde_json::from_str::<serde::de::IgnoredAny>(&filled).expect("it was JSON")),
        }
    }
}

/// A path and a query of the storage: nothing is open that is not signed.
pub fn storage_url(bytes: &[u8]) {
    let [path, query] = arguments(bytes).map(text);
    let blobs = Blobs::new("key".to_owned());
    for access in [BlobAccess::Read, BlobAccess::Write, BlobAccess::List] {
        assert!(blobs.check(&path, &query, access).is_err(), "open without a signature");
    }
    let _ = (blobs.get(&path), blobs.list(&path, &query, Some(&query), 2));
    if let Some((path, _)) = parts_of(&path) {
        assert!(!path.is_empty() && !path.starts_with('/') && !path.contains("//"), "{path}");
    }
    let _ = (rules::time::read(&path), rules::duration::registration_ttl(&path).ok());
}

#[cfg(test)]
#[path = "../../../fuzz/src/corpus.rs"]
#[expect(unreachable_pub, reason = "a module of the fuzz crate")]
mod corpus;

#[cfg(test)]
mod tests {
    #[test]
    fn each_target_over_its_corpus() {
        super::corpus::run(super::TARGETS);
    }
}
