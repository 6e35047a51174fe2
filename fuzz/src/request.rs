//! What must hold of every request that nh-core builds.

use nh_core::bytes::Bytes;
use nh_core::http::{Request, header};
use nh_core::{BuildError, Hub, Operation};
use std::time::{Duration, SystemTime};

/// A hub for targets and tests.
pub fn hub(name: &str) -> Result<Hub, BuildError> {
    let text =
        "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0";
    Hub::from_connection_string(text, name)
}

/// A time for targets and tests: they read no clock.
pub fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

/// Builds the request of an operation twice. If the core builds one, it is the same both times, and [`check`] holds.
pub fn build(hub: &Hub, operation: &impl Operation) -> Option<Request<Bytes>> {
    let [first, second] = [0, 1].map(|_| hub.request(operation, now()));
    match (first, second) {
        (Ok(first), Ok(second)) => {
            assert_eq!(parts(&first), parts(&second));
            check(hub, &first);
            Some(first)
        }
        (Err(first), Err(second)) => {
            assert_eq!(first.to_string(), second.to_string());
            None
        }
        (first, second) => panic!("built once, refused once: {first:?}, {second:?}"),
    }
}

/// Asserts that a request is signed, stays inside its hub, and is a message of HTTP/1.1 that an independent reader reads as it
/// was meant.
pub fn check(hub: &Hub, request: &Request<Bytes>) {
    let (uri, home) = (request.uri(), hub.uri());
    assert_eq!((uri.scheme(), uri.authority()), (home.scheme(), home.authority()), "another host");
    let inside = uri.path().strip_prefix(home.path()).unwrap_or_else(|| panic!("outside the hub: {uri}"));
    assert!(inside.is_empty() || inside.starts_with('/'), "another hub: {uri}");
    for segment in inside.split('/').skip(1) {
        let decoded = segment.to_ascii_lowercase().replace("%2e", ".");
        assert!(!matches!(&*decoded, "" | "." | ".."), "a segment that leads elsewhere: {uri}");
    }
    assert!(request.headers().contains_key(header::AUTHORIZATION), "not signed");

    let message = message(request);
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut read = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head) = read.parse(&message).expect("a head") else {
        panic!("a part of a head")
    };
    assert_eq!(read.method, Some(request.method().as_str()));
    assert_eq!(read.path, uri.path_and_query().map(|target| target.as_str()));
    assert_eq!(read.version, Some(1));
    let own = read.headers.iter().filter(|header| !["host", "content-length"].contains(&header.name));
    let own: Vec<(&str, &[u8])> = own.map(|header| (header.name, header.value)).collect();
    // A reader drops the blanks around a value.
    let meant: Vec<(&str, &[u8])> = request
        .headers()
        .iter()
        .filter(|(name, _)| *name != header::CONTENT_LENGTH)
        .map(|(name, value)| (name.as_str(), value.as_bytes().trim_ascii()))
        .collect();
    assert_eq!(own, meant, "another header");
    assert_eq!(&message[head..], request.body(), "another body");
}

/// The request as it goes over the wire.
fn message(request: &Request<Bytes>) -> Vec<u8> {
    let uri = request.uri();
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let mut message = format!("{} {target} HTTP/1.1\r\n", request.method()).into_bytes();
    let mut push = |name: &str, value: &[u8]| {
        message.extend_from_slice(name.as_bytes());
        message.extend_from_slice(b": ");
        message.extend_from_slice(value);
        message.extend_from_slice(b"\r\n");
    };
    push("host", uri.authority().map_or("", |authority| authority.as_str()).as_bytes());
    push("content-length", request.body().len().to_string().as_bytes());
    for (name, value) in request.headers() {
        if *name == header::CONTENT_LENGTH {
            assert_eq!((value.as_bytes(), request.body().len()), (&b"0"[..], 0), "another length");
            continue;
        }
        push(name.as_str(), value.as_bytes());
    }
    message.extend_from_slice(b"\r\n");
    message.extend_from_slice(request.body());
    message
}

/// All that a request consists of, to compare two.
pub fn parts(request: &Request<Bytes>) -> (String, String, Vec<(String, Vec<u8>)>, Bytes) {
    let headers = request.headers().iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
    (request.method().to_string(), request.uri().to_string(), headers.collect(), request.body().clone())
}
