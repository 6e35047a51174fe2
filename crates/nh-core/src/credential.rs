use crate::text::secret_header_value;
use crate::{BuildError, ConnectionString, SharedAccessKey};
use http::HeaderValue;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Authorizes requests. It holds either a key that signs tokens, or a token that somebody else signed.
///
/// ```
/// use nh_core::Credential;
///
/// let key = Credential::shared_access_key("DefaultFullSharedAccessSignature", "c2VjcmV0")?;
/// assert_eq!(format!("{key:?}"), r#"Credential(SharedAccessKey { name: "DefaultFullSharedAccessSignature", .. })"#);
///
/// let token = Credential::token("SharedAccessSignature sr=https%3a%2f%2fcontoso&sig=x&se=1700000000&skn=Full")?;
/// assert_eq!(format!("{token:?}"), "Credential(token)");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// All clones are one credential. [`replace`](Credential::replace) changes the key in every clone, and in every hub and
/// namespace that uses one of them. So a program can rotate its key without a restart:
///
/// ```
/// use nh_core::{Credential, Namespace};
///
/// let namespace = Namespace::new(
///     "sb://contoso.servicebus.windows.net/",
///     Credential::shared_access_key("RootManageSharedAccessKey", "c2VjcmV0")?,
/// )?;
/// let hub = namespace.hub("news")?;
/// namespace.credential().replace(Credential::shared_access_key("RootManageSharedAccessKey", "bmV3")?);
/// // `hub` signs with the new key from now on.
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Credential(Arc<Shared>);

struct Shared {
    kind: RwLock<Kind>,
    /// Counts replacements. A signer sees a replacement without the lock.
    version: AtomicU64,
}

#[derive(Clone)]
enum Kind {
    Key(SharedAccessKey),
    /// Somebody who has the key signed it, for example for a device or a tenant. It is never renewed here.
    Token(HeaderValue),
}

impl Credential {
    /// Makes a credential from the name and the key of an access rule. It signs tokens when requests need them.
    ///
    /// # Errors
    /// Fails if [`SharedAccessKey::new`] refuses the name or the key.
    pub fn shared_access_key(name: &str, key: &str) -> Result<Credential, BuildError> {
        Ok(SharedAccessKey::new(name, key)?.into())
    }

    fn of(kind: Kind) -> Credential {
        Credential(Arc::new(Shared { kind: RwLock::new(kind), version: AtomicU64::new(0) }))
    }

    /// Replaces the key or token with the one in `other`, here and in all clones. Later changes to `other` have no effect here.
    pub fn replace(&self, other: Credential) {
        let new = other.kind();
        let mut kind = self.0.kind.write().unwrap_or_else(PoisonError::into_inner);
        *kind = new;
        // Under the lock: a thread that reads the new version then reads the new key too.
        self.0.version.fetch_add(1, Ordering::Release);
    }

    /// Are the two one credential? Then [`replace`](Credential::replace) changes both. Two credentials with the same key are not.
    ///
    /// ```
    /// use nh_core::Credential;
    ///
    /// let one = Credential::shared_access_key("Full", "c2VjcmV0")?;
    /// let other = Credential::shared_access_key("Full", "c2VjcmV0")?;
    /// assert!(one.is_same(&one.clone()) && !one.is_same(&other));
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    pub fn is_same(&self, other: &Credential) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Returns how often the key or token was replaced. A caller that was refused knows by it whether there is another key by now.
    ///
    /// ```
    /// use nh_core::Credential;
    ///
    /// let credential = Credential::shared_access_key("Full", "c2VjcmV0")?;
    /// assert_eq!(credential.replacements(), 0);
    /// credential.replace(Credential::shared_access_key("Full", "bmV3")?);
    /// assert_eq!(credential.replacements(), 1);
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    pub fn replacements(&self) -> u64 {
        self.0.version.load(Ordering::Acquire)
    }

    /// Returns the name of the key, or `None` if it is a finished token.
    ///
    /// ```
    /// # let credential = nh_core::Credential::shared_access_key("Full", "c2VjcmV0")?;
    /// assert_eq!(credential.key_name().as_deref(), Some("Full"));
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    pub fn key_name(&self) -> Option<String> {
        match self.kind() {
            Kind::Key(key) => Some(key.name().to_owned()),
            Kind::Token(_) => None,
        }
    }

    fn kind(&self) -> Kind {
        self.0.kind.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes a credential from a finished token. Give the whole value of the `Authorization` header.
    ///
    /// Every request carries this token unchanged, also after its expiry. Give a new one with
    /// [`replace`](Credential::replace).
    ///
    /// # Errors
    /// - Fails if the text does not begin with `SharedAccessSignature ` (with the space).
    /// - Fails if the text has other characters than visible ASCII and spaces, or ends with a space.
    ///
    /// The error does not contain the token.
    pub fn token(token: &str) -> Result<Credential, BuildError> {
        const SUBJECT: &str = "shared access signature";
        if !token.starts_with("SharedAccessSignature ") {
            return Err(BuildError::new(
                SUBJECT,
                "does not begin with \"SharedAccessSignature \"",
                "give the whole value of the Authorization header",
            ));
        }
        Ok(Credential::of(Kind::Token(secret_header_value(SUBJECT, token)?)))
    }
}

impl From<SharedAccessKey> for Credential {
    fn from(key: SharedAccessKey) -> Credential {
        Credential::of(Kind::Key(key))
    }
}

impl TryFrom<&ConnectionString> for Credential {
    type Error = BuildError;
    fn try_from(text: &ConnectionString) -> Result<Credential, BuildError> {
        Credential::shared_access_key(text.shared_access_key_name(), text.shared_access_key())
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            Kind::Key(key) => f.debug_tuple("Credential").field(&key).finish(),
            Kind::Token(_) => f.write_str("Credential(token)"),
        }
    }
}

/// A signed token is valid for this time. After half of it a new one is signed.
pub(crate) const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Authorizes the requests to one target. It holds the target's credential and the current token.
pub(crate) struct Signer {
    resource_uri: String,
    credential: Credential,
    token: RwLock<Option<Token>>,
}

struct Token {
    value: HeaderValue,
    /// The version of the credential that made the token.
    version: u64,
    from: SystemTime,
    /// `None` if somebody else renews it.
    renew_at: Option<SystemTime>,
}

impl Token {
    /// A token also ends if the clock was set back: its expiry may then be too far in the future.
    fn is_good(&self, version: u64, now: SystemTime) -> bool {
        self.version == version && self.renew_at.is_none_or(|renew_at| self.from <= now && now < renew_at)
    }
}

impl Signer {
    pub(crate) fn new(resource_uri: &str, credential: Credential) -> Signer {
        Signer { resource_uri: resource_uri.to_lowercase(), credential, token: RwLock::new(None) }
    }

    pub(crate) fn credential(&self) -> &Credential {
        &self.credential
    }

    #[inline]
    pub(crate) fn authorization(&self, now: SystemTime) -> Result<HeaderValue, BuildError> {
        let version = self.credential.0.version.load(Ordering::Acquire);
        // The read lock ends with this statement. `renew` then takes the write lock.
        let ready = self.ready(&self.token.read().unwrap_or_else(PoisonError::into_inner), version, now);
        ready.map_or_else(|| self.renew(now), Ok)
    }

    #[inline]
    fn ready(&self, token: &Option<Token>, version: u64, now: SystemTime) -> Option<HeaderValue> {
        token.as_ref().filter(|token| token.is_good(version, now)).map(|token| token.value.clone())
    }

    #[cold]
    fn renew(&self, now: SystemTime) -> Result<HeaderValue, BuildError> {
        let mut token = self.token.write().unwrap_or_else(PoisonError::into_inner);
        // Read before the key. If the key is replaced in between, the only effect is one more renewal.
        let version = self.credential.0.version.load(Ordering::Acquire);
        // Another thread may have renewed it while this one waited.
        if let Some(ready) = self.ready(&token, version, now) {
            return Ok(ready);
        }
        let clock =
            |problem| BuildError::new("time of the request", problem, "set the system's clock").of_time();
        let since_epoch = now.duration_since(UNIX_EPOCH).map_err(|_| clock("is before 1970"))?;
        let (value, renew_at) = match self.credential.kind() {
            Kind::Token(value) => (value, None),
            Kind::Key(key) => {
                let renew_at = now.checked_add(LIFETIME / 2);
                let renew_at = renew_at.ok_or_else(|| clock("is later than the system can count"))?;
                (
                    key.token(&self.resource_uri, since_epoch.saturating_add(LIFETIME).as_secs()),
                    Some(renew_at),
                )
            }
        };
        *token = Some(Token { value: value.clone(), version, from: now, renew_at });
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn signer() -> Signer {
        Signer::new("https://contoso/news", Credential::shared_access_key("Full", "c2VjcmV0").unwrap())
    }

    fn expiry(token: &HeaderValue) -> u64 {
        let token = token.to_str().unwrap();
        token.split("&se=").nth(1).unwrap().split('&').next().unwrap().parse().unwrap()
    }

    #[test]
    fn a_token_is_valid_for_an_hour_and_used_for_half_of_it() {
        let signer = signer();
        let first = signer.authorization(at(1_700_000_000)).unwrap();
        assert_eq!(expiry(&first), 1_700_003_600);
        assert_eq!(signer.authorization(at(1_700_001_799)).unwrap(), first);
        assert_eq!(expiry(&signer.authorization(at(1_700_001_800)).unwrap()), 1_700_005_400);
    }

    #[test]
    fn a_clock_set_back_gets_a_new_token() {
        let signer = signer();
        signer.authorization(at(1_700_000_000)).unwrap();
        assert_eq!(expiry(&signer.authorization(at(1_600_000_000)).unwrap()), 1_600_003_600);
    }

    #[test]
    fn a_replaced_key_signs_the_next_request() {
        let (signer, now) = (signer(), at(1_700_000_000));
        let first = signer.authorization(now).unwrap();
        signer.credential().replace(Credential::shared_access_key("Full", "bmV3").unwrap());
        assert_ne!(signer.authorization(now).unwrap(), first);
    }

    #[test]
    fn a_token_is_replaced_by_a_key_and_a_key_by_a_token() {
        let (signer, now) = (signer(), at(1_700_000_000));
        let token = "SharedAccessSignature sr=a&sig=b&se=1&skn=c";
        signer.authorization(now).unwrap();
        signer.credential().replace(Credential::token(token).unwrap());
        assert_eq!(signer.authorization(now).unwrap(), token);
        let other = Credential::shared_access_key("Full", "bmV3").unwrap();
        signer.credential().replace(other.clone());
        let signed = signer.authorization(now).unwrap();
        assert_ne!(signed, token);
        other.replace(Credential::token(token).unwrap());
        assert_eq!(signer.authorization(now).unwrap(), signed);
    }

    #[test]
    fn a_ready_made_token_goes_out_as_it_is() {
        let text = "SharedAccessSignature sr=a&sig=b&se=1&skn=c";
        let signer = Signer::new("https://contoso/news", Credential::token(text).unwrap());
        let token = signer.authorization(at(1_700_000_000)).unwrap();
        assert!(token == text && token.is_sensitive());
    }

    #[test]
    fn a_refused_token_is_not_repeated() {
        for bad in ["Bearer sesame", "SharedAccessSignature sesame\r\nX-Evil: 1"] {
            let error = Credential::token(bad).unwrap_err().to_string();
            assert!(!error.contains("sesame"), "{error}");
        }
    }

    #[test]
    fn times_out_of_range_are_errors() {
        let error = signer().authorization(UNIX_EPOCH - Duration::from_secs(1)).unwrap_err();
        assert!(error.to_string().contains("before 1970"), "{error}");
    }

    #[test]
    fn many_threads_share_one_renewal() {
        let signer = signer();
        let now = at(1_700_000_000);
        let tokens: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| signer.authorization(now).unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(tokens.iter().all(|token| *token == tokens[0]));
    }
}
