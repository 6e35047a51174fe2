//! One authority that is trusted, one that is not, and what they sign.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use std::sync::{Arc, LazyLock};

/// What a server shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Shows {
    Good,
    AnotherName,
    UnknownAuthority,
    Expired,
}

struct Authority {
    params: CertificateParams,
    key: KeyPair,
    pem: String,
}

static TRUSTED: LazyLock<Authority> = LazyLock::new(Authority::new);
static UNKNOWN: LazyLock<Authority> = LazyLock::new(Authority::new);

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { params, key, pem }
    }
}

/// The authority that clients trust.
pub(crate) fn trusted_pem() -> &'static [u8] {
    TRUSTED.pem.as_bytes()
}

/// A server that shows this, and speaks these protocols over TLS.
pub(crate) fn server(shows: Shows, protocols: &[&str]) -> Arc<ServerConfig> {
    let name = if shows == Shows::AnotherName { "other.test" } else { "127.0.0.1" };
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    if shows == Shows::Expired {
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    }
    let authority = if shows == Shows::UnknownAuthority { &*UNKNOWN } else { &*TRUSTED };
    let key = KeyPair::generate().unwrap();
    let issuer = Issuer::from_params(&authority.params, &authority.key);
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    Arc::new(config)
}
