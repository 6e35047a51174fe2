//! What a broken or hostile answer does to every operation that reads a document: an error, and nothing else.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use allocation_counter::measure;
use nh_core::{
    Audience, BlobContainer, CreateHub, CreateRegistration, GetHub, GetInstallation, GetJob,
    GetNotificationDetails, GetRegistration, HubDescription, ListBlobs, ListHubDescriptions, ListHubs,
    ListJobs, ListRegistrations, ListRegistrationsByHandle, ListRegistrationsByTag, Namespace, Notification,
    Operation, PnsHandle, Registration, SasUri, SendNotification, ServiceError, SubmitJob,
    UpsertRegistration, bytes::Bytes, http::Response,
};

const ATOM: &str = "http://www.w3.org/2005/Atom";
const CONNECT: &str = "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect";

/// Reads a body as the answer of one operation.
type Read = Box<dyn Fn(Bytes) -> Result<(), ServiceError>>;

fn of_hub<O: Operation + 'static>(operation: O) -> Read {
    Box::new(move |body| operation.response(Response::new(body)).map(drop))
}

fn of_namespace<O: Operation<Namespace> + 'static>(operation: O) -> Read {
    Box::new(move |body| operation.response(Response::new(body)).map(drop))
}

fn of_container<O: Operation<BlobContainer> + 'static>(operation: O) -> Read {
    Box::new(move |body| operation.response(Response::new(body)).map(drop))
}

/// Every operation whose answer is a document, by name.
fn operations() -> Vec<(&'static str, Read)> {
    let phone = || Registration::new(PnsHandle::gcm("g").unwrap());
    let notification = || Notification::apple("{}").unwrap();
    vec![
        ("test send", of_hub(SendNotification::new(notification(), Audience::EVERYONE).unwrap().test())),
        ("telemetry", of_hub(GetNotificationDetails::new("1").unwrap())),
        ("installation", of_hub(GetInstallation::new("1").unwrap())),
        ("create registration", of_hub(CreateRegistration::new(phone()))),
        ("upsert registration", of_hub(UpsertRegistration::new("1", phone()).unwrap())),
        ("get registration", of_hub(GetRegistration::new("1").unwrap())),
        ("list registrations", of_hub(ListRegistrations::new())),
        ("by tag", of_hub(ListRegistrationsByTag::new("a").unwrap())),
        ("by handle", of_hub(ListRegistrationsByHandle::new(phone().handle().clone()))),
        ("submit job", of_hub(SubmitJob::export(SasUri::new("https://a/").unwrap()))),
        ("get job", of_hub(GetJob::new("1").unwrap())),
        ("list jobs", of_hub(ListJobs)),
        ("create hub", of_namespace(CreateHub::new("h", HubDescription::new()).unwrap())),
        ("get hub", of_namespace(GetHub::new("h").unwrap())),
        ("list hubs", of_namespace(ListHubs)),
        ("list hub descriptions", of_namespace(ListHubDescriptions::new())),
        ("list blobs", of_container(ListBlobs::new())),
    ]
}

/// What is refused has not been built up first: this is all that may be held at any time.
const MOST_HELD: u64 = 64 * 1024;

fn refused_by_all(what: &str, body: impl Into<Bytes>) {
    refused_within(MOST_HELD, what, body);
}

fn refused_within(most_held: u64, what: &str, body: impl Into<Bytes>) {
    let body = body.into();
    for (name, read) in operations() {
        let (given, mut result) = (body.clone(), Ok(()));
        let memory = measure(|| result = read(given));
        assert!(memory.bytes_max < most_held, "{what}: {name}: {memory:?}");
        let error = result.expect_err(&format!("{what}: {name}"));
        assert!(error.is_unreadable(), "{what}: {name}: {error}");
        let text = format!("{error} {error:?}");
        assert!(text.len() < 2000 && error.body().len() <= 1024, "{what}: {name}: {} bytes", text.len());
    }
}

/// What could stand in an entry and a feed alike.
fn in_envelopes(what: &str, content: &str) {
    let entry = format!("<entry xmlns='{ATOM}'><content type='application/xml'>{content}</content></entry>");
    refused_by_all(what, format!("<feed xmlns='{ATOM}'>{entry}"));
    refused_by_all(what, format!("<?xml version='1.0'?>{entry}</entry>"));
}

#[test]
fn no_document() {
    for (what, body) in [
        ("text", "this is not XML"),
        ("html", "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"),
        ("nul", "\0\0\0\0"),
        ("no element", "<?xml version='1.0'?>"),
        ("a JSON number", "7"),
        ("a JSON list", "[]"),
        ("another document", "<Error><Code>500</Code></Error>"),
    ] {
        refused_by_all(what, body);
    }
    refused_by_all("no text", &b"\xff\xff\xff"[..]);
    refused_by_all("half of UTF-16", &b"\xff\xfe<\0a"[..]);
}

#[test]
fn a_document_type() {
    let lol = "<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]>";
    refused_by_all("entities", format!("{lol}<entry xmlns='{ATOM}'><title>&b;</title></entry>"));
    let file = "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>";
    refused_by_all("a file", format!("{file}<feed xmlns='{ATOM}'><title>&x;</title></feed>"));
}

#[test]
fn cut_off_anywhere() {
    let description = format!(
        "<GcmRegistrationDescription xmlns='{CONNECT}'><RegistrationId>1-2-3</RegistrationId><Tags>a,b</Tags>\
         </GcmRegistrationDescription>"
    );
    let entry = format!("<entry xmlns='{ATOM}'><title>t</title><content>{description}</content></entry>");
    let whole = GetRegistration::new("1").unwrap().response(Response::new(entry.clone().into())).unwrap();
    assert_eq!(whole.id(), Some("1-2-3"));
    // A test send may be answered with nothing.
    for end in 1..entry.len() {
        refused_by_all("cut off", entry[..end].to_owned());
    }
}

#[test]
fn another_namespace() {
    for namespace in ["", "http://example.com", "http://www.w3.org/2005/atom"] {
        for root in ["entry", "feed", "NotificationDetails", "NotificationOutcome"] {
            refused_by_all("another namespace", format!("<{root} xmlns='{namespace}'/>"));
        }
    }
}

#[test]
fn too_much() {
    refused_by_all("9 MiB of noise", "lorem ipsum ".repeat(800_000));
    // The parser notes the name of what is open: a copy, and room to grow.
    let name_only = format!("<feed xmlns='{ATOM}'>{}>", "<a".repeat(1 << 20));
    refused_within(2 * name_only.len() as u64 + MOST_HELD, "one long name", name_only);
    refused_by_all("1 MiB of nothing", vec![b' '; 1 << 20]);
    let million = "<a/>".repeat(1_000_000);
    in_envelopes("a million elements", &million);
    in_envelopes("deep elements", &"<a>".repeat(100_000));
    refused_by_all("deep JSON", "[".repeat(200_000));
    refused_by_all("deep JSON objects", "{\"a\":".repeat(200_000));
    let attributes: String = (0..100_000).map(|i| format!(" a{i}='x'")).collect();
    in_envelopes("attributes", &format!("<a{attributes}/>"));
}

/// The transport has bounded the answer. What it lets through is read, however much that is.
#[test]
fn a_list_of_12_mib_is_read_whole() {
    let entry = |i: usize| {
        format!(
            "<entry><title>{i}</title><content type='application/xml'><GcmRegistrationDescription xmlns='{CONNECT}'>\
             <ETag>1</ETag><RegistrationId>{i}-2-3</RegistrationId><Tags>a,b</Tags>\
             <GcmRegistrationId>token-{i}</GcmRegistrationId></GcmRegistrationDescription></content></entry>"
        )
    };
    let mut feed = format!("<feed xmlns='{ATOM}'>");
    let mut entries = 0;
    while feed.len() < 12 << 20 {
        feed += &entry(entries);
        entries += 1;
    }
    feed += "</feed>";
    assert!(feed.matches("</").count() > 200_000);
    let read = ListRegistrations::new().response(Response::new(feed.into())).unwrap().items;
    assert_eq!(read.len(), entries);
    assert_eq!(read[entries - 1].id(), Some(&*format!("{}-2-3", entries - 1)));
}

/// Twice the list takes twice the memory in all, not four times.
#[test]
fn work_grows_as_the_list_does() {
    let description = |i: usize| {
        format!(
            "<c:GcmTemplateRegistrationDescription><c:RegistrationId>{i}</c:RegistrationId><c:Tags>a,b</c:Tags>\
             <c:PushVariables>{{\"x\":1}}</c:PushVariables></c:GcmTemplateRegistrationDescription>"
        )
    };
    let feed = |n: usize, content: &dyn Fn(usize) -> String| {
        let entries: String = (0..n).map(|i| format!("<entry>{}</entry>", content(i))).collect();
        Bytes::from(format!("<feed xmlns='{ATOM}' xmlns:c='{CONNECT}'>{entries}</feed>"))
    };
    let full = |i: usize| format!("<content>{}</content>", description(i));
    let empty = |_: usize| String::new();
    let contents: [&dyn Fn(usize) -> String; 2] = [&full, &empty];
    for content in contents {
        let [once, twice] = [10_000, 20_000].map(|n| {
            let body = feed(n, content);
            measure(|| drop(ListRegistrations::new().response(Response::new(body)).unwrap()))
        });
        assert!(twice.count_total <= once.count_total * 21 / 10, "{once:?} {twice:?}");
        assert!(twice.bytes_total <= once.bytes_total * 21 / 10, "{once:?} {twice:?}");
        assert!(twice.bytes_max <= once.bytes_max * 21 / 10, "{once:?} {twice:?}");
    }
    // An entry that says nothing is not kept.
    let nothing = measure(|| {
        let page = ListRegistrations::new().response(Response::new(feed(60_000, &empty))).unwrap();
        assert!(page.items.is_empty());
    });
    assert!(nothing.bytes_current == 0, "{nothing:?}");
}

#[test]
fn an_installation_has_a_limit() {
    let padded = |bytes: usize| {
        let json = r#"{"installationId":"1","platform":"apns","pushChannel":"A","x":""#;
        Bytes::from(format!("{json}{}\"}}", "x".repeat(bytes - json.len() - 2)))
    };
    let get = || GetInstallation::new("1").unwrap();
    assert!(get().response(Response::new(padded(GetInstallation::MAX_BYTES))).is_ok());
    assert!(
        get().response(Response::new(padded(GetInstallation::MAX_BYTES + 1))).unwrap_err().is_unreadable()
    );
    // Numbers grow most: none of them is looked at.
    refused_by_all("a million numbers", format!("[{}0]", "0,".repeat(4_000_000)));
}

#[test]
fn values_that_are_none() {
    for (what, body) in [
        (
            "a time",
            "<GcmRegistrationDescription xmlns='{}'><ExpirationTime>soon</ExpirationTime></GcmRegistrationDescription>",
        ),
        (
            "push variables",
            "<GcmRegistrationDescription xmlns='{}'><PushVariables>[1]</PushVariables></GcmRegistrationDescription>",
        ),
    ] {
        let entry = format!(
            "<entry xmlns='{ATOM}'><content>{}</content></entry>",
            body.replace("{}'", &format!("{CONNECT}'"))
        );
        let read = GetRegistration::new("1").unwrap().response(Response::new(entry.into()));
        assert!(read.unwrap_err().is_unreadable(), "{what}");
    }
    for job in ["<Progress>much</Progress>", "<Progress>inf</Progress>", "<CreatedAt>soon</CreatedAt>"] {
        let entry = format!(
            "<entry xmlns='{ATOM}'><content><NotificationHubJob xmlns='{CONNECT}'>{job}</NotificationHubJob></content></entry>"
        );
        let read = GetJob::new("1").unwrap().response(Response::new(entry.into()));
        assert!(read.unwrap_err().is_unreadable(), "{job}");
    }
}
