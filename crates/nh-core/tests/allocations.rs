//! Reading allocates for what is kept, and for nothing else.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use allocation_counter::measure;
use nh_core::{ListRegistrations, Operation, bytes::Bytes, http::Response};

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
    let mut read = Vec::new();
    let memory = measure(|| read = ListRegistrations::new().response(Response::new(body)).unwrap().items);
    assert_eq!((read.len(), read[99].id(), read[99].etag()), (100, Some("99-2-3"), Some("99")));
    assert_eq!(read[99].tags(), ["a", "b", "c"]);
    assert!(read[99].expiration_time().is_some());
    // The id, the ETag, the list of tags and its three, the list of the handle's parts and its one.
    let kept = 100 * (1 + 1 + 4 + 2);
    // The list of registrations grows six times, the reader has some of its own.
    assert!(memory.count_total <= kept + 20, "{memory:?}");
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
