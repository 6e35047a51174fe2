//! What the measured work cannot do without: the floors that the benchmarks are compared to, and devices to send to.

mod bare;
mod devices;
pub mod documents;
mod pair;
mod server;
pub mod work;

pub use bare::Bare;
pub use devices::{devices, resident};
pub use pair::{Pair, measure};
pub use server::{Memory, Server, client_tls};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue, Method, Request, Uri, header};
use sha2::Sha256;

/// The connection string of a namespace at this host and port.
pub fn connection_string_at(host: &str) -> String {
    format!("Endpoint=sb://{host}/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0")
}

/// Returns the figure in the middle.
///
/// # Panics
/// Panics if there is none.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// The hub `news` of a namespace at this host and port.
///
/// # Errors
/// Fails if there is no such hub.
pub fn hub_at(host: &str) -> Result<nh_core::Hub, nh_core::BuildError> {
    nh_core::Hub::from_connection_string(connection_string_at(host), "news")
}

/// The request that a client sends, with the headers that the transport adds.
///
/// # Errors
/// Fails if the send cannot be written.
pub fn ready(
    hub: &nh_core::Hub,
    send: &nh_core::SendNotification,
) -> Result<Request<Bytes>, nh_core::BuildError> {
    let mut request = hub.request(send, std::time::SystemTime::now())?;
    let tracking_id = HeaderValue::from_static("7f195ef5-b950-46ab-bdaa-e07cd5a203cf");
    request.headers_mut().insert("trackingid", tracking_id);
    request.headers_mut().insert(header::USER_AGENT, HeaderValue::from_static("nh-hyper/0.1.0"));
    Ok(request)
}

/// A send whose parts are all at hand. Cloning them into an [`http::Request`] is all that is left to do.
#[derive(Clone, Debug)]
pub struct HandMade {
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl HandMade {
    /// Takes a request apart.
    pub fn of(request: &Request<Bytes>) -> HandMade {
        HandMade {
            uri: request.uri().clone(),
            headers: request.headers().clone(),
            body: request.body().clone(),
        }
    }

    /// Puts the request together again.
    pub fn request(&self) -> Request<Bytes> {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        request
    }
}

/// A pre-keyed HMAC-SHA256 and base64, of what a token signs and nothing else.
#[derive(Clone, Debug)]
pub struct Signature {
    pre_keyed: Hmac<Sha256>,
    encoded_uri: String,
}

impl Signature {
    /// Keys the HMAC.
    pub fn new(key: &str, encoded_uri: &str) -> Signature {
        let pre_keyed = Hmac::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
        Signature { pre_keyed, encoded_uri: encoded_uri.to_owned() }
    }

    /// Signs the URI and an expiry of ten digits.
    pub fn sign(&self, expiry: &[u8; 10]) -> [u8; 44] {
        let mut mac = self.pre_keyed.clone();
        mac.update(self.encoded_uri.as_bytes());
        mac.update(b"\n");
        mac.update(expiry);
        let mut text = [0; 44];
        STANDARD
            .encode_slice(mac.finalize().into_bytes(), &mut text)
            .expect("32 bytes are 44 characters of base64");
        text
    }
}
