use crate::ring::Numbered;
use bytes::Bytes;
use http::HeaderMap;
use serde::Serialize;
use time::OffsetDateTime;

/// The newest so many requests are kept.
pub(crate) const KEPT: usize = 1000;

/// Of a body, so much is kept.
const MOST_OF_A_BODY: usize = 16 * 1024;

/// A request of the data plane, and its answer. The signature is left out, and so are the bodies of what carries credentials.
///
/// ```
/// use nh_emulator::Emulator;
///
/// let emulator = Emulator::start_blocking()?;
/// assert!(emulator.requests().is_empty());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LoggedRequest {
    /// Its number; they count up.
    pub id: u64,
    /// When, by the emulator's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
    /// `POST`, ..
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The hub that the path names.
    pub hub: Option<String>,
    /// The operation, with its name in nh-core; `None` if it is none.
    pub operation: Option<String>,
    /// The answer's status; `None` if the connection was dropped.
    pub status: Option<u16>,
    /// How long it took, faults included.
    pub microseconds: u64,
    /// The fault that befell it.
    pub fault: Option<u64>,
    /// Names in lower case, and values.
    pub request_headers: Vec<(String, String)>,
    /// The first 16 KiB. What is not UTF-8 is replaced.
    pub request_body: String,
    /// Names in lower case, and values.
    pub response_headers: Vec<(String, String)>,
    /// The first 16 KiB. What is not UTF-8 is replaced.
    pub response_body: String,
}

impl Numbered for LoggedRequest {
    fn id_mut(&mut self) -> &mut u64 {
        &mut self.id
    }

    fn id(&self) -> u64 {
        self.id
    }
}

/// Headers in their order, the signature left out.
pub(crate) fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        let value = if name == http::header::AUTHORIZATION { redacted(&value) } else { value };
        (name.to_string(), value)
    };
    headers.iter().map(text).collect()
}

/// A token of another scheme is left out whole.
fn redacted(authorization: &str) -> String {
    let Some(fields) = authorization.strip_prefix("SharedAccessSignature ") else {
        return "[redacted]".to_owned();
    };
    let field = |field: &str| match field.trim_start().starts_with("sig=") {
        true => "sig=[redacted]".to_owned(),
        false => field.to_owned(),
    };
    format!("SharedAccessSignature {}", fields.split('&').map(field).collect::<Vec<_>>().join("&"))
}

pub(crate) fn body(body: &Bytes, confidential: bool) -> String {
    if confidential && !body.is_empty() {
        return format!("[{} bytes, confidential]", body.len());
    }
    String::from_utf8_lossy(&body[..body.len().min(MOST_OF_A_BODY)]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_signature_is_kept() {
        assert_eq!(
            redacted("SharedAccessSignature sr=a&sig=sesame%3D&se=1&skn=Full"),
            "SharedAccessSignature sr=a&sig=[redacted]&se=1&skn=Full"
        );
        assert_eq!(redacted("Bearer sesame"), "[redacted]");
        assert_eq!(body(&Bytes::from_static(b"key"), true), "[3 bytes, confidential]");
    }
}
