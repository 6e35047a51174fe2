//! Reading allocates for what is kept, and for nothing else. Writing does not allocate for each part.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use allocation_counter::measure;
use nh_core::{
    Audience, DeviceHandle, Hub, Installation, ListRegistrations, Notification, Operation, Platform,
    PnsHandle, Registration, SendDirectBatch, SendNotification, SharedAccessKey, Tag, TagExpression,
    bytes::Bytes, http::Response,
};
use std::time::{Duration, SystemTime};

const ATOM: &str = "http://www.w3.org/2005/Atom";
const CONNECT: &str = "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect";

/// A feed as the service writes it: 100 entries, each with this content.
fn feed(content: impl Fn(usize) -> String) -> Bytes {
    let entries: String = (0..100)
        .map(|i| {
            format!(
                "<entry><id>https://contoso.servicebus.windows.net/news/registrations/{i}?api-version=2020-06</id>\
                 <title type=\"text\">{i}</title><published>2024-04-01T12:00:00Z</published>\
                 <updated>2024-04-01T12:00:00Z</updated><author><name>contoso</name></author>\
                 <link rel=\"self\" href=\"https://contoso.servicebus.windows.net/news/registrations?a=1&amp;b=2\"/>\
                 <content type=\"application/xml\">{}</content></entry>",
                content(i)
            )
        })
        .collect();
    format!("<?xml version=\"1.0\"?><feed xmlns=\"{ATOM}\">{entries}</feed>").into()
}

#[test]
fn a_registration_costs_what_is_kept_of_it() {
    let body = feed(|i| {
        format!(
            "<GcmRegistrationDescription xmlns=\"{CONNECT}\" xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\">\
             <ETag>{i}</ETag><ExpirationTime>9999-12-31T23:59:59.9999999</ExpirationTime>\
             <RegistrationId>{i}-2-3</RegistrationId><Tags>a,b,c</Tags>\
             <GcmRegistrationId>token-{i}</GcmRegistrationId></GcmRegistrationDescription>"
        )
    });
    let response = Response::new(body.clone());
    let mut read = Vec::new();
    let memory = measure(|| read = ListRegistrations::new().response(response).unwrap().items);
    assert_eq!((read.len(), read[99].id(), read[99].etag()), (100, Some("99-2-3"), Some("99")));
    assert_eq!(read[99].tags(), ["a", "b", "c"]);
    assert!(read[99].expiration_time().is_some());
    // The id, the ETag, the list of tags and its three, the handle; and the list of registrations.
    let kept = 100 * (1 + 1 + 4 + 1) + 1;
    assert_eq!(memory.count_current, kept, "{memory:?}");
    // The list of registrations grows six times, the reader has some of its own.
    assert!(memory.count_total <= kept as u64 + 20, "{memory:?}");
    drop(read);
}

#[test]
fn what_is_not_known_costs_nothing() {
    let unknown = "<new xmlns:n=\"urn:new\" n:kind=\"a&lt;b\"><n:newer>a&amp;b\r\n</n:newer></new><n/>\
                   <content>text alone</content>";
    let entry = feed(|_| String::new());
    let entry = std::str::from_utf8(&entry).unwrap().replace("<content type=\"application/xml\">", unknown);
    let body = Bytes::from(entry.replace("</content></entry>", "</entry>"));
    let mut read = 1;
    let memory =
        measure(|| read = ListRegistrations::new().response(Response::new(body)).unwrap().items.len());
    assert_eq!(read, 0);
    assert!(memory.count_total < 20, "{memory:?}");
}

#[test]
fn what_a_registration_has_beyond_the_contract_costs_nothing() {
    let body = |new: &str| {
        feed(|i| {
            format!(
                "<GcmRegistrationDescription xmlns=\"{CONNECT}\" xmlns:n=\"urn:new\">{new}\
                 <GcmRegistrationId>token-{i}</GcmRegistrationId>{new}</GcmRegistrationDescription>"
            )
        })
    };
    let new = "<New n:kind=\"a&lt;b\"/><n:Tags><n:Tag>1</n:Tag><![CDATA[<>]]>a&amp;b\r\n</n:Tags>";
    let [without, with] = [body(""), body(new)]
        .map(|body| measure(|| drop(ListRegistrations::new().response(Response::new(body)).unwrap())));
    assert!(with.count_total <= without.count_total + 3, "{without:?} {with:?}");
}

#[test]
fn an_expression_costs_its_tags() {
    let users: Vec<_> = (0..20).map(|i| format!("$UserId:{{{i}}}")).collect();
    let text = users.join(" || ");
    let mut read = None;
    let memory = measure(|| read = TagExpression::parse(&text).ok());
    assert_eq!(read.unwrap().tags().count(), 20);
    // A header value for each tag, the text, and a list that grows four times.
    assert!(memory.count_total <= 20 + 1 + 4, "{memory:?}");
}

#[test]
fn a_batch_of_a_thousand_costs_as_many_allocations_as_one_of_one() {
    let hello = Notification::from(Notification::apple("{}").unwrap());
    // The first clone of a body allocates for its count.
    drop(hello.clone());
    let devices: Vec<_> = (0..1000).map(|i| DeviceHandle::new(format!("{i:0>64}")).unwrap()).collect();
    let [one, all] = [&devices[..1], &devices]
        .map(|devices| measure(|| assert!(SendDirectBatch::new(&hello, devices).is_ok())));
    assert_eq!(one.count_total, all.count_total, "{one:?} {all:?}");
    // The body, and a reference to each handle while it is made.
    assert!(all.bytes_max < 1000 * (64 + 3 + 24) + 2000, "{all:?}");
}

/// What is allocated for twice as many is about twice as much. A copy of all at each step would make it four times.
fn is_linear(what: &str, build: impl Fn(usize)) {
    let [half, whole] = [2000, 4000].map(|n| measure(|| build(n)));
    assert!(whole.count_total * 10 <= half.count_total * 22, "{what}: {half:?} {whole:?}");
    assert!(whole.bytes_total * 10 <= half.bytes_total * 23, "{what}: {half:?} {whole:?}");
}

#[test]
fn expressions_in_a_loop_cost_in_proportion() {
    let tags: Vec<Tag> = (0..4000).map(|i| Tag::new(format!("tag-{i:04}")).unwrap()).collect();
    let all = |n: usize, join: fn(TagExpression, (usize, &Tag)) -> TagExpression| {
        let first = TagExpression::from(&tags[0]);
        let joined = tags[..n].iter().enumerate().skip(1).fold(first, join);
        assert_eq!(joined.tags().count(), n);
        assert!(joined.to_string().len() >= 8 * n && joined == joined.clone());
        std::hint::black_box(joined.matches(["none"]));
        assert!(Audience::expression(joined).is_err());
    };
    is_linear("e | tag", |n| all(n, |e, (_, tag)| e | tag));
    is_linear("tag | e", |n| all(n, |e, (_, tag)| tag | e));
    is_linear("e & tag", |n| all(n, |e, (_, tag)| e & tag));
    is_linear("tag & e", |n| all(n, |e, (_, tag)| tag & e));
    is_linear("!e", |n| all(n, |e, (_, tag)| !e | tag));
    is_linear("by turns", |n| all(n, |e, (i, tag)| if i % 2 == 0 { e | tag } else { tag & e }));
}

#[test]
fn lists_of_tags_in_a_loop_cost_in_proportion() {
    let tags: Vec<String> = (0..4000).map(|i| format!("tag-{i:04}")).collect();
    let registration = || Registration::new(PnsHandle::fcm_v1("token").unwrap());
    let installation = || Installation::new("1", Platform::FcmV1, "token").unwrap();
    is_linear("a registration's with_tag", |n| {
        let with = tags[..n].iter().fold(registration(), |device, tag| device.with_tag(tag).unwrap());
        assert_eq!(with.tags().len(), n);
    });
    is_linear("an installation's with_tag", |n| {
        let with = tags[..n].iter().fold(installation(), |device, tag| device.with_tag(tag).unwrap());
        assert_eq!(with.tags().len(), n);
    });
    is_linear("with_tags", |n| assert_eq!(registration().with_tags(&tags[..n]).unwrap().tags().len(), n));
}

const CONNECTION_STRING: &str =
    "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0";

/// The two are those of the header map.
#[test]
fn a_prepared_send_is_built_with_two_allocations() {
    let hub = Hub::from_connection_string(CONNECTION_STRING, "news").unwrap();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let hello = Notification::from(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#).unwrap());
    let send = SendNotification::new(&hello, "sports").unwrap();
    hub.request(&send, now).unwrap();
    assert_eq!(measure(|| drop(hub.request(&send, now).unwrap())).count_total, 2);

    let one_shot = || drop(hub.request(&SendNotification::new(&hello, "sports").unwrap(), now).unwrap());
    assert!(measure(one_shot).count_total <= 4, "{:?}", measure(one_shot));
}

#[test]
fn a_token_is_one_allocation() {
    let key = SharedAccessKey::new("Full", "c2VjcmV0").unwrap();
    let uri = "https://contoso.servicebus.windows.net/news";
    let memory = measure(|| drop(key.token(uri, 1_700_003_600)));
    assert_eq!(memory.count_total, 1);
}
