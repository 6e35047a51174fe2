use http::{HeaderMap, HeaderName, HeaderValue, Request};
use uuid::Uuid;

/// What Azure support asks for.
const TRACKING_ID: HeaderName = HeaderName::from_static("trackingid");

/// Gives a request a `TrackingId` header, as the .NET SDK does, and returns the id: a GUID (RFC 9562, version 4) made of
/// `random`. The service repeats it in its answer, and Azure support finds the request by it. For transports.
///
/// ```
/// let mut request = nh_core::http::Request::new(());
/// let id = nh_core::track(&mut request, 0x7f195ef5_b950_46ab_bdaa_e07cd5a203cf);
/// assert_eq!(id.to_string(), "7f195ef5-b950-46ab-bdaa-e07cd5a203cf");
/// assert_eq!(request.headers()["TrackingId"], id.to_string());
/// ```
pub fn track<B>(request: &mut Request<B>, random: u128) -> Uuid {
    let id = uuid::Builder::from_random_bytes(random.to_be_bytes()).into_uuid();
    let mut text = Uuid::encode_buffer();
    let value = HeaderValue::from_str(id.hyphenated().encode_lower(&mut text))
        .expect("hexadecimal digits and dashes are header text");
    request.headers_mut().insert(TRACKING_ID, value);
    id
}

/// What blob storage calls it ([troubleshooting]).
///
/// [troubleshooting]: https://learn.microsoft.com/rest/api/storageservices/troubleshooting-api-operations
const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");

/// Returns the id that an answer carries, without the name of the gateway that the service puts behind it.
pub(crate) fn tracking_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(TRACKING_ID).or_else(|| headers.get(REQUEST_ID))?.to_str().ok()?.trim();
    let without_digits = id.trim_end_matches(|c: char| c.is_ascii_digit());
    let has_digits = without_digits.len() < id.len();
    let id = without_digits.strip_suffix("_G").filter(|_| has_digits).unwrap_or(id);
    (!id.is_empty()).then(|| id.to_owned())
}
