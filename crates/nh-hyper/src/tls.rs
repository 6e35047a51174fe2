use crate::Error;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;
use std::sync::Arc;

/// Reads the certificates of a PEM file.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if certificates.is_empty() => Err(Error::configuration(
            "the PEM text has no certificate; it begins with -----BEGIN CERTIFICATE-----",
        )),
        Ok(certificates) => Ok(certificates),
        Err(why) => Err(Error::configuration(format!("the PEM text cannot be read: {why}"))),
    }
}

/// TLS 1.2 and up, with the certificate authorities of the platform, these ones, or both. Verification cannot be
/// switched off: without either, no certificate is good.
pub(crate) fn config(platform: bool, roots: Vec<CertificateDer<'static>>) -> Result<ClientConfig, Error> {
    let provider: Arc<CryptoProvider> = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .expect("ring supports TLS 1.2 and 1.3");
    if platform {
        let verifier = Verifier::new_with_extra_roots(roots, provider).map_err(|why| {
            Error::configuration(format!(
                "the platform's certificate authorities cannot be used: {why}; install them (ca-certificates), or bring \
                 your own with platform_roots(false) and add_root_pem"
            ))
        })?;
        let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
        return Ok(builder.with_no_client_auth());
    }
    let mut store = RootCertStore::empty();
    for root in roots {
        let refused = |why| Error::configuration(format!("a certificate authority cannot be used: {why}"));
        store.add(root).map_err(refused)?;
    }
    Ok(builder.with_root_certificates(store).with_no_client_auth())
}
