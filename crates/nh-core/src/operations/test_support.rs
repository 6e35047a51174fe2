//! A hub, a time and answers for the tests of the operations.

use crate::{BuildError, Hub, Operation};
use bytes::Bytes;
use http::{Request, Response};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

pub(crate) fn request<O: Operation>(operation: &O) -> Result<Request<Bytes>, BuildError> {
    let text =
        "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0";
    Hub::from_connection_string(text, "news")?.request(operation, now())
}

/// The request line and all headers but the signature, one a line.
pub(crate) fn head(request: &Request<Bytes>) -> String {
    let mut text = format!("{} {}", request.method(), request.uri());
    for (name, value) in request.headers().iter().filter(|(name, _)| *name != "authorization") {
        text += &format!("\n{name}: {}", value.to_str().unwrap());
    }
    text
}

pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &'static str) -> Response<Bytes> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Bytes::from_static(body.as_bytes())).unwrap()
}
