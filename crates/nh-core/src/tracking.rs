use http::{HeaderMap, HeaderName, HeaderValue, Request};

/// What Azure support asks for.
const TRACKING_ID: HeaderName = HeaderName::from_static("trackingid");

/// Gives a request a `TrackingId` header, as the .NET SDK does, and returns the id: a GUID (RFC 9562, version 4) made of
/// `random`. The service repeats it in its answer, and Azure support finds the request by it. For transports.
///
/// ```
/// let mut request = nh_core::http::Request::new(());
/// let id = nh_core::track(&mut request, 0x7f195ef5_b950_46ab_bdaa_e07cd5a203cf);
/// assert_eq!(id, "7f195ef5-b950-46ab-bdaa-e07cd5a203cf");
/// assert_eq!(request.headers()["TrackingId"], id);
/// ```
pub fn track<B>(request: &mut Request<B>, random: u128) -> String {
    let bits = random & !(0xF << 76) | 4 << 76;
    let bits = bits & !(0b11 << 62) | 0b10 << 62;
    let group = |first: u32, digits: u32| bits >> (4 * (32 - first - digits)) & ((1 << (4 * digits)) - 1);
    let [a, b, c] = [8, 12, 16].map(|first| group(first, 4));
    let id = format!("{:08x}-{a:04x}-{b:04x}-{c:04x}-{:012x}", group(0, 8), group(20, 12));
    let value = HeaderValue::from_str(&id).expect("hexadecimal digits and dashes are header text");
    request.headers_mut().insert(TRACKING_ID, value);
    id
}

/// Returns the id that an answer carries, without the name of the gateway that the service puts behind it.
pub(crate) fn tracking_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(TRACKING_ID)?.to_str().ok()?.trim();
    let id = match id.rsplit_once("_G") {
        Some((id, gateway)) if !gateway.is_empty() && gateway.bytes().all(|b| b.is_ascii_digit()) => id,
        _ => id,
    };
    (!id.is_empty()).then(|| id.to_owned())
}
