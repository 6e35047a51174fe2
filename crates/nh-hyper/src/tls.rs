use crate::error::Error;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;
use std::sync::Arc;

/// Which certificate authorities are good.
pub(crate) struct Roots {
    pub(crate) platform: bool,
    #[cfg(feature = "webpki-roots")]
    pub(crate) webpki: bool,
    pub(crate) own: Vec<CertificateDer<'static>>,
}

/// Reads the certificates of a PEM file.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if certificates.is_empty() => Err(Error::configuration(
            "the PEM text has no certificate; a certificate begins with -----BEGIN CERTIFICATE-----",
        )),
        Ok(certificates) => Ok(certificates),
        Err(why) => Err(Error::configuration(format!("the PEM text cannot be read: {why}"))),
    }
}

/// The library that does the cryptography: ring, or aws-lc-rs where only that is compiled in.
fn provider() -> Result<CryptoProvider, Error> {
    #[cfg(feature = "ring")]
    return Ok(rustls::crypto::ring::default_provider());
    #[cfg(all(feature = "aws-lc-rs", not(feature = "ring")))]
    return Ok(rustls::crypto::aws_lc_rs::default_provider());
    #[cfg(not(any(feature = "aws-lc-rs", feature = "ring")))]
    return Err(Error::configuration(
        "TLS has no cryptography compiled in; switch on the feature ring or aws-lc-rs, or give a tls_config",
    ));
}

/// TLS 1.2 and up, with these certificate authorities. Verification cannot be switched off: without any, no certificate is
/// good.
pub(crate) fn config(roots: Roots) -> Result<ClientConfig, Error> {
    let provider = Arc::new(provider()?);
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .expect("the provider supports TLS 1.2 and 1.3");
    let mut own = RootCertStore::empty();
    for root in &roots.own {
        let refused = |why| Error::configuration(format!("a certificate authority cannot be used: {why}"));
        own.add(root.clone()).map_err(refused)?;
    }
    #[cfg(feature = "webpki-roots")]
    if roots.webpki {
        own.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        return Ok(builder.with_root_certificates(own).with_no_client_auth());
    }
    if roots.platform {
        let verifier = Verifier::new_with_extra_roots(roots.own, provider).map_err(|why| {
            Error::configuration(format!(
                "the platform's certificate authorities cannot be used: {why}; install them (the package is often called \
                 ca-certificates), or give your own with platform_roots(false) and add_root_pem, or use webpki_roots"
            ))
        })?;
        let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
        return Ok(builder.with_no_client_auth());
    }
    Ok(builder.with_root_certificates(own).with_no_client_auth())
}
