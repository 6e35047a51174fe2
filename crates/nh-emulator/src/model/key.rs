//! Secrets: how they are made, and compared.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::crypto::ring;
use std::io;
use subtle::ConstantTimeEq;

/// 256 random bits, in base64.
///
/// # Errors
/// No randomness.
pub(crate) fn random_key() -> io::Result<String> {
    let mut bytes = [0; 32];
    ring::default_provider().secure_random.fill(&mut bytes).map_err(|_| io::Error::other("no randomness"))?;
    Ok(STANDARD.encode(bytes))
}

/// Is it the secret? The time that it takes does not tell how much of it is right.
pub(crate) fn is_same(shown: &str, secret: &str) -> bool {
    shown.as_bytes().ct_eq(secret.as_bytes()).into()
}
