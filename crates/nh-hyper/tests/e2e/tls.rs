//! Whom the client trusts.

use crate::calls::{alert, emulator, hub};
use nh_emulator::Emulator;
use nh_hyper::{Error, Runtime, Transport, TransportBuilder};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;

async fn send(builder: TransportBuilder, emulator: &Emulator) -> Result<(), Error> {
    builder.build()?.hub(hub(emulator)).send(alert(), "sports").await.map(drop)
}

pub(crate) fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    #[cfg(feature = "ring")]
    return Arc::new(rustls::crypto::ring::default_provider());
    #[cfg(not(feature = "ring"))]
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn config(roots: RootCertStore) -> ClientConfig {
    ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

fn authority(emulator: &Emulator) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(emulator.ca_pem().as_bytes()).unwrap()).unwrap();
    roots
}

pub(crate) async fn a_configuration_of_ones_own(runtime: impl Runtime + Clone) {
    let emulator = emulator().await;
    let builder = |roots| Transport::builder_on(runtime.clone()).tls_config(config(roots));
    send(builder(authority(&emulator)), &emulator).await.unwrap();
    let error = send(builder(RootCertStore::empty()), &emulator).await.unwrap_err();
    assert!(error.is_connect() && error.fate().is_not_done(), "{error}");
    assert_eq!(emulator.inbox().len(), 1);

    // ALPN is set for the client's own protocols, whatever was there.
    let mut odd = config(authority(&emulator));
    odd.alpn_protocols = vec![b"acme/1".to_vec()];
    send(Transport::builder_on(runtime).tls_config(odd), &emulator).await.unwrap();
}

/// A certificate that nobody trusts is not presented again and again.
pub(crate) async fn an_authority_that_is_not_trusted_is_asked_once(runtime: impl Runtime + Clone) {
    let emulator = emulator().await;
    let counted = crate::proxy::Proxy::new(crate::proxy::Kind::Http(None), emulator.address());
    let far = Emulator::builder().demo_devices(true).host("nh.test").start().await.unwrap();
    let builder = Transport::builder_on(runtime)
        .platform_roots(false)
        .proxy(&format!("http://{}", counted.address))
        .unwrap();
    let error = send(builder, &far).await.unwrap_err();
    assert!(error.is_connect(), "{error}");
    assert_eq!(counted.asked().len(), 1, "{error}");
}

#[cfg(feature = "webpki-roots")]
pub(crate) async fn mozillas_authorities_and_ones_own(runtime: impl Runtime + Clone) {
    let emulator = emulator().await;
    let builder = || Transport::builder_on(runtime.clone()).webpki_roots();
    let error = send(builder(), &emulator).await.unwrap_err();
    assert!(error.is_connect() && error.is_untrusted(), "{error}");
    send(builder().add_root_pem(emulator.ca_pem().as_bytes()).unwrap(), &emulator).await.unwrap();
}
