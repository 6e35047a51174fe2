//! Where the examples send to: your hub, or an emulator that is started when there is none.

use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use nh_core::bytes::Bytes;
use nh_emulator::Emulator;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::BuilderVerifierExt;
use std::env;
use std::error::Error;
use std::sync::Arc;

/// A hub, and what it takes to reach it.
#[derive(Debug)]
pub struct Target {
    /// `NOTIFICATIONHUBS_CONNECTION_STRING`, or the emulator's.
    pub connection_string: String,
    /// `NOTIFICATION_HUB_NAME`, or the emulator's.
    pub hub: String,
    /// The emulator's certificate authority, in PEM. A real hub needs none.
    pub ca_pem: Option<String>,
    _emulator: Option<Emulator>,
}

impl Target {
    /// Reads the environment, and starts an emulator if it names no hub.
    ///
    /// # Errors
    /// A connection string without a hub name, or no room for an emulator.
    pub fn find() -> Result<Target, Box<dyn Error>> {
        if let Ok(connection_string) = env::var("NOTIFICATIONHUBS_CONNECTION_STRING") {
            let hub = env::var("NOTIFICATION_HUB_NAME").map_err(|_| "set NOTIFICATION_HUB_NAME too")?;
            return Ok(Target { connection_string, hub, ca_pem: None, _emulator: None });
        }
        let emulator = Emulator::start_blocking()?;
        println!(
            "NOTIFICATIONHUBS_CONNECTION_STRING is not set: using an emulator at {}",
            emulator.address()
        );
        Ok(Target::from(emulator))
    }
}

impl From<Emulator> for Target {
    fn from(emulator: Emulator) -> Target {
        Target {
            connection_string: emulator.namespace_connection_string().to_owned(),
            hub: emulator.hub().to_owned(),
            ca_pem: Some(emulator.ca_pem().to_owned()),
            _emulator: Some(emulator),
        }
    }
}

/// A client of hyper's own, for those who put something round it.
///
/// # Errors
/// A certificate authority that cannot be read, or none of the platform.
pub fn https(target: &Target) -> Result<Client<HttpsConnector<HttpConnector>, Full<Bytes>>, Box<dyn Error>> {
    let provider = rustls::crypto::ring::default_provider();
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()?;
    let tls = match &target.ca_pem {
        None => tls.with_platform_verifier()?.with_no_client_auth(),
        Some(pem) => {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(pem.as_bytes())?)?;
            tls.with_root_certificates(roots).with_no_client_auth()
        }
    };
    let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_only().enable_http1().build();
    Ok(Client::builder(TokioExecutor::new()).build(connector))
}

/// The README's programs compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
