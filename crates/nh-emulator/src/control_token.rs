use crate::model::key::is_same;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderValue;
use sha2::Sha256;
use std::fmt::{self, Write as _};
use std::io;

/// Who may use the control API.
#[derive(Debug)]
pub(crate) enum ControlAccess {
    Loopback,
    Everyone,
    /// Whoever shows it.
    Token(ControlToken),
}

/// What lets its holder use the control API from anywhere.
pub(crate) struct ControlToken {
    token: String,
    cookie_name: String,
    /// Made from the token. Browsers send cookies to whatever listens on another port of the host; the token stays unknown there.
    cookie_value: String,
}

impl ControlToken {
    /// # Errors
    /// An empty token, as an environment variable that somebody forgot to fill leaves it, would let everyone in.
    pub(crate) fn new(token: String, port: u16) -> io::Result<ControlToken> {
        if token.is_empty() {
            let error = "the control token is empty; give one, or none to let only loopback in";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
        }
        let mut mac =
            Hmac::<Sha256>::new_from_slice(token.as_bytes()).expect("HMAC takes keys of any length");
        mac.update(b"nh-emulator cookie");
        let mut cookie_value = String::new();
        for byte in mac.finalize().into_bytes() {
            write!(cookie_value, "{byte:02x}").expect("a String takes every write");
        }
        // Emulators on one host do not take each other's.
        Ok(ControlToken { token, cookie_name: format!("nh-emulator-{port}"), cookie_value })
    }

    pub(crate) fn is(&self, shown: &str) -> bool {
        is_same(shown, &self.token)
    }

    /// Is it among the cookies of a request?
    pub(crate) fn is_in(&self, cookies: &str) -> bool {
        let mut cookies = cookies.split(';').filter_map(|cookie| cookie.trim().split_once('='));
        cookies.any(|(name, value)| name == self.cookie_name && is_same(value, &self.cookie_value))
    }

    pub(crate) fn set_cookie(&self) -> HeaderValue {
        let ControlToken { cookie_name, cookie_value, .. } = self;
        let cookie = format!("{cookie_name}={cookie_value}; Path=/$emulator; HttpOnly; SameSite=Strict");
        HeaderValue::try_from(cookie).expect("hexadecimal digits are header text")
    }
}

impl fmt::Debug for ControlToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ControlToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_as_good_as_the_token_it_was_made_from() {
        let token = ControlToken::new("sesame".into(), 8443).unwrap();
        assert!(token.is("sesame") && !token.is("sesam") && !token.is("sesame ") && !token.is(""));
        let set = token.set_cookie();
        let (cookie, _) = set.to_str().unwrap().split_once(';').unwrap();
        assert!(!cookie.contains("sesame"));
        assert!(token.is_in(cookie) && token.is_in(&format!("a=b; {cookie};c=d")));
        assert!(!token.is_in("nh-emulator-8443=sesame") && !token.is_in(""));
        assert!(!ControlToken::new("sesame".into(), 1).unwrap().is_in(cookie));
        assert!(!ControlToken::new("other".into(), 8443).unwrap().is_in(cookie));
        assert_eq!(ControlToken::new(String::new(), 1).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}
