//! What is kept of requests and answers: no signature, and no body that carries credentials.

use bytes::Bytes;
use http::HeaderMap;

/// Of a body, so much is kept.
const MAX_BODY: usize = 16 * 1024;

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
    String::from_utf8_lossy(body.get(..MAX_BODY).unwrap_or(body)).into_owned()
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
