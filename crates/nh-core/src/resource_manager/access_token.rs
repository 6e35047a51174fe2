use crate::BuildError;
use crate::round_time::RoundTime;
use http::HeaderValue;
use std::fmt;
use std::time::SystemTime;
use zeroize::Zeroizing;

/// A token of Microsoft Entra ID, which lets a program call [`ResourceManager`](crate::ResourceManager).
///
/// It is a secret: everybody who has it can do what the program can do. It is overwritten with zeros when it is dropped. The headers that
/// are made of it are not. No `Debug`, no error and no dump shows it.
///
/// ```
/// use nh_core::AccessToken;
///
/// let token = AccessToken::new("eyJ0eXAi.eyJhdWQi.c2VjcmV0")?;
/// assert_eq!(format!("{token:?}"), "AccessToken(..)");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone)]
pub struct AccessToken {
    /// The whole value of the header.
    authorization: Zeroizing<String>,
    expires: Option<SystemTime>,
}

const SUBJECT: &str = "access token";

impl AccessToken {
    /// Takes the token alone, without the word `Bearer`.
    ///
    /// # Errors
    /// - Fails if the token is empty.
    /// - Fails if it has other characters than those of a bearer token: letters, digits, `-`, `.`, `_`, `~`, `+`, `/`, and `=` at its
    ///   end ([RFC 6750], 2.1). So it can stand in a header.
    ///
    /// The error does not contain the token.
    ///
    /// [RFC 6750]: https://www.rfc-editor.org/rfc/rfc6750
    pub fn new(token: impl AsRef<str>) -> Result<AccessToken, BuildError> {
        let token = token.as_ref();
        let refuse =
            |problem: fmt::Arguments<'_>, remedy: &str| Err(BuildError::new(SUBJECT, problem, remedy));
        let bare = token.trim_end_matches('=');
        if bare.is_empty() {
            return refuse(format_args!("is empty"), "give the text that the credential returns");
        }
        if token.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer ")) {
            return refuse(format_args!("begins with the word Bearer"), "give the token alone");
        }
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | '+' | '/');
        if let Some((at, _)) = bare.char_indices().find(|(_, c)| !legal(*c)) {
            // The character is a part of a secret.
            return refuse(
                format_args!("has a character at byte {at} that no bearer token has"),
                "give the token alone, without spaces, quotation marks and line ends",
            );
        }
        let mut authorization = Zeroizing::new(String::with_capacity("Bearer ".len() + token.len()));
        authorization.push_str("Bearer ");
        authorization.push_str(token);
        Ok(AccessToken { authorization, expires: None })
    }

    /// Sets when the token ends. A request after this time is refused here. Without it, ARM refuses the request with 401.
    ///
    /// ```
    /// use nh_core::AccessToken;
    /// use std::time::{Duration, SystemTime};
    ///
    /// let end = SystemTime::now() + Duration::from_secs(3600);
    /// assert_eq!(AccessToken::new("eyJ0eXAi")?.expires_at(end).expires(), Some(end));
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    #[must_use]
    pub fn expires_at(mut self, time: SystemTime) -> AccessToken {
        self.expires = Some(time);
        self
    }

    /// Returns when the token ends, if it is known.
    pub fn expires(&self) -> Option<SystemTime> {
        self.expires
    }

    /// The value of an `Authorization` header, marked sensitive.
    pub(crate) fn authorization(&self, now: SystemTime) -> Result<HeaderValue, BuildError> {
        if let Some(ago) = self.expires.and_then(|end| now.duration_since(end).ok()) {
            return Err(BuildError::new(
                SUBJECT,
                format_args!("ended {} ago", RoundTime(ago)),
                "get a new one, or set the system's clock",
            )
            .of_time());
        }
        let mut value =
            HeaderValue::from_str(&self.authorization).expect("its characters were checked when it was made");
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn what_cannot_stand_in_a_header_is_refused_and_not_repeated() {
        for (bad, problem) in [
            ("", "is empty"),
            ("==", "is empty"),
            ("Bearer sesame", "the word Bearer"),
            ("bearer sesame", "the word Bearer"),
            ("sesame\r\nX-Evil: 1", "at byte 6"),
            ("sesame ", "at byte 6"),
            ("\"sesame\"", "at byte 0"),
            ("ses=ame", "at byte 3"),
            ("sesamé", "at byte 5"),
        ] {
            let error = AccessToken::new(bad).expect_err(bad).to_string();
            assert!(error.contains(problem) && !error.contains("sesam"), "{bad}: {error}");
        }
    }

    #[test]
    fn it_ends() {
        let end = UNIX_EPOCH + Duration::from_secs(1000);
        let token = AccessToken::new("sesame==").unwrap().expires_at(end);
        let value = token.authorization(end - Duration::from_secs(1)).unwrap();
        assert!(value == "Bearer sesame==" && value.is_sensitive());
        let error = token.authorization(end + Duration::from_secs(60)).unwrap_err();
        assert!(error.is_time(), "{error}");
        assert_eq!(
            error.to_string(),
            "access token: ended 60 s ago; get a new one, or set the system's clock"
        );
        assert!(AccessToken::new("sesame").unwrap().authorization(end).is_ok());
    }

    proptest! {
        #[test]
        fn what_is_taken_goes_out_as_it_is(text in "\\PC{0,40}|[a-zA-Z0-9._~+/-]{1,40}={0,2}") {
            if let Ok(token) = AccessToken::new(&text) {
                let value = token.authorization(UNIX_EPOCH).unwrap();
                prop_assert_eq!(value.to_str().unwrap(), format!("Bearer {text}"));
            }
        }
    }
}
