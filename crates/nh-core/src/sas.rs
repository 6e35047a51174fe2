mod token_text;

use crate::BuildError;
use crate::path::RESERVED;
use crate::text::quoted;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderValue;
use percent_encoding::utf8_percent_encode;
use sha2::Sha256;
use std::borrow::Cow;
use std::fmt;
use token_text::TokenText;

/// A rule's name and its key have at most this many characters each (Service Bus SAS documentation).
const MAX_CHARS: usize = 256;

/// The name and the key of an access rule. It signs shared access signatures (SAS).
///
/// The key is used as text. It is not decoded from base64 ([Common concepts]). Only the state of the HMAC is kept, and this
/// state is overwritten with zeros when it is dropped.
///
/// ```
/// use nh_core::SharedAccessKey;
///
/// let key = SharedAccessKey::new("DefaultFullSharedAccessSignature", "c2VjcmV0")?;
/// let token = key.token("https://contoso.servicebus.windows.net/news", 1_700_003_600);
/// assert!(token.to_str().unwrap().starts_with("SharedAccessSignature sr=https%3A%2F%2Fcontoso.servicebus"));
/// assert!(token.is_sensitive());
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// [Common concepts]: https://learn.microsoft.com/rest/api/notificationhubs/common-concepts
#[derive(Clone)]
pub struct SharedAccessKey {
    name: String,
    /// `&skn={name}`, encoded.
    tail: String,
    pre_keyed: Hmac<Sha256>,
}

/// Was the key wrapped when it was copied? The service makes keys of base64. It signs with the text, so a key of one's own that is
/// no base64 may have spaces in it.
pub(crate) fn is_torn(key: &str) -> bool {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    let mut rest = key.chars().filter(|c| !c.is_whitespace());
    key.contains(char::is_control) || (key.contains(char::is_whitespace) && rest.all(is_base64))
}

impl SharedAccessKey {
    /// Makes a key from the name and the key of an access rule, as the portal shows them under "Access Policies".
    ///
    /// # Errors
    /// Fails if the name or the key is empty or has more than 256 characters, if the key has a control character in
    /// it, or if the key is base64 but for a space in it. The error does not contain the key.
    pub fn new(name: &str, key: &str) -> Result<SharedAccessKey, BuildError> {
        let check = |subject: &str, text: &str| match text.chars().count() {
            0 => Err(BuildError::new(subject, "is empty", "copy it from the portal's Access Policies")),
            1..=MAX_CHARS => Ok(()),
            n => Err(BuildError::new(
                subject,
                format_args!("has {n} characters; the limit is {MAX_CHARS}"),
                "copy it from the portal's Access Policies",
            )),
        };
        check("shared access key name", name)?;
        let subject = format!("shared access key of {}", quoted(name));
        check(&subject, key)?;
        if is_torn(key) {
            return Err(BuildError::new(
                subject,
                "has a space or a control character in it",
                "copy it from the portal's Access Policies",
            ));
        }
        Ok(SharedAccessKey {
            name: name.to_owned(),
            tail: format!("&skn={}", utf8_percent_encode(name, RESERVED)),
            pre_keyed: Hmac::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length"),
        })
    }

    /// Returns the name of the access rule.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Signs a token for `resource_uri` and everything below it. `expiry` is in seconds after 1970. Returns the value of an
    /// `Authorization` header, marked sensitive.
    ///
    /// The token's `sr` is the URI in lower case, percent-encoded. The key signs these same bytes, a line feed and the expiry
    /// ([Common concepts]).
    ///
    /// [Common concepts]: https://learn.microsoft.com/rest/api/notificationhubs/common-concepts
    pub fn token(&self, resource_uri: &str, expiry: u64) -> HeaderValue {
        let uri = lower_case(resource_uri);
        let mut digits = itoa::Buffer::new();
        let expiry = digits.format(expiry);
        // Made on the stack if it fits there: then the value is the only allocation.
        let mut small = [0; 512];
        let mut large = Vec::new();
        let most = 3 * uri.len() + self.tail.len() + 256;
        let mut token = TokenText::new(if most <= small.len() {
            &mut small
        } else {
            large.resize(most, 0);
            &mut large
        });

        token.push(b"SharedAccessSignature sr=");
        let start = token.len();
        token.push_encoded(uri.as_bytes());
        let end = token.len();
        token.push(b"\n");
        token.push(expiry.as_bytes());
        let mut mac = self.pre_keyed.clone();
        mac.update(token.since(start));
        let mut signature = [0; 44];
        STANDARD
            .encode_slice(mac.finalize().into_bytes(), &mut signature)
            .expect("32 bytes are 44 characters of base64");

        token.cut(end);
        token.push(b"&sig=");
        token.push_encoded(&signature);
        token.push(b"&se=");
        token.push(expiry.as_bytes());
        token.push(self.tail.as_bytes());
        let mut token = HeaderValue::from_bytes(token.since(0)).expect("everything is percent-encoded");
        token.set_sensitive(true);
        token
    }
}

impl fmt::Debug for SharedAccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedAccessKey").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Most URIs are in lower case already.
fn lower_case(uri: &str) -> Cow<'_, str> {
    // A loop without an early end: the compiler looks at many bytes at once.
    match uri.bytes().fold(true, |lower, b| lower & b.is_ascii() & !b.is_ascii_uppercase()) {
        true => Cow::Borrowed(uri),
        false => Cow::Owned(uri.to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn signs_what_it_sends() {
        let key = SharedAccessKey::new("My Policy+é", "not-base64!").unwrap();
        let token = key.token("https://Contoso.ServiceBus.Windows.net/My Hub", 1_700_000_000);
        let token = token.to_str().unwrap().strip_prefix("SharedAccessSignature ").unwrap();
        let fields: Vec<_> = token.split('&').map(|field| field.split_once('=').unwrap()).collect();
        let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["sr", "sig", "se", "skn"]);
        assert_eq!(fields[0].1, "https%3A%2F%2Fcontoso.servicebus.windows.net%2Fmy%20hub");
        assert_eq!(fields[2].1, "1700000000");
        assert_eq!(fields[3].1, "My%20Policy%2B%C3%A9");

        let mut mac = Hmac::<Sha256>::new_from_slice(b"not-base64!").unwrap();
        mac.update(format!("{}\n{}", fields[0].1, fields[2].1).as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        assert_eq!(percent_encoding::percent_decode_str(fields[1].1).decode_utf8().unwrap(), signature);
    }

    #[test]
    fn debug_is_silent_about_the_key() {
        let key = SharedAccessKey::new("Full", "c2VjcmV0").unwrap();
        assert_eq!(format!("{key:?}"), "SharedAccessKey { name: \"Full\", .. }");
    }

    #[test]
    fn limits() {
        assert!(SharedAccessKey::new(&"n".repeat(256), &"é".repeat(256)).is_ok());
        let error = SharedAccessKey::new("Full", &"sesame".repeat(43)).unwrap_err().to_string();
        assert!(error.contains("258 characters") && !error.contains("sesame"), "{error}");
        assert!(SharedAccessKey::new("", "k").is_err());
        assert!(SharedAccessKey::new("n", "").is_err());
        assert!(SharedAccessKey::new("n", "not base64!").is_ok());
        for torn in ["sesa me", "sesa\nme", "sesame "] {
            let error = SharedAccessKey::new("n", torn).unwrap_err().to_string();
            assert!(error.contains("has a space") && !error.contains("sesa"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_uri_makes_a_token(name in "\\PC{1,256}", uri in "\\PC{0,600}", expiry: u64) {
            let token = SharedAccessKey::new(&name, "k").unwrap().token(&uri, expiry);
            let encoded = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
            let uri = encoded(&uri.to_lowercase());
            let mut mac = Hmac::<Sha256>::new_from_slice(b"k").unwrap();
            mac.update(format!("{uri}\n{expiry}").as_bytes());
            let signature = encoded(&STANDARD.encode(mac.finalize().into_bytes()));
            let expected =
                format!("SharedAccessSignature sr={uri}&sig={signature}&se={expiry}&skn={}", encoded(&name));
            prop_assert_eq!(token.to_str().unwrap(), expected);
        }
    }
}
