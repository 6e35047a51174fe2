//! A certificate authority of its own, new at each start or kept in a directory, and a certificate for the emulator's names.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// The authority's certificate, in a directory that keeps it.
const CA_FILE: &str = "ca.pem";

/// Its private key, for its owner's eyes only.
const CA_KEY_FILE: &str = "ca-key.pem";

/// How long a server's certificate is good; at each start there is a new one. Apple's platforms take 825 days at most.
const LIFETIME: Duration = Duration::days(800);

pub(crate) struct Tls {
    pub(crate) ca_pem: String,
    pub(crate) config: Arc<ServerConfig>,
}

/// A certificate that was made elsewhere, and its private key, in PEM.
#[derive(Clone)]
pub(crate) struct OwnCertificate {
    pub(crate) chain_pem: String,
    pub(crate) key_pem: String,
}

/// # Errors
/// A certificate or a key that is none, or that do not belong together.
pub(crate) fn given(own: &OwnCertificate) -> io::Result<Tls> {
    let wrong = |why: &dyn std::fmt::Display| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("the certificate cannot be used: {why}"))
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(own.chain_pem.as_bytes()).collect();
    let chain = chain.map_err(|why| wrong(&why))?;
    if chain.is_empty() {
        return Err(wrong(&"there is none in the PEM text"));
    }
    let key = PrivateKeyDer::from_pem_slice(own.key_pem.as_bytes());
    let key = key.map_err(|why| wrong(&format!("its private key: {why}")))?;
    let config = server_config(Arc::new(ring::default_provider()), chain, key).map_err(|why| wrong(&why))?;
    Ok(Tls { ca_pem: own.chain_pem.clone(), config })
}

/// `names`: the host names and addresses that the certificate is for.
pub(crate) fn make(names: Vec<String>, directory: Option<&Path>) -> io::Result<Tls> {
    let (ca_pem, ca_key) = match directory {
        Some(directory) => kept(directory)?,
        None => new_authority()?,
    };
    let issuer = Issuer::new(authority(), ca_key);
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.use_authority_key_identifier_extension = true;
    // Without these Apple's platforms do not take it (<https://support.apple.com/103769>).
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let now = OffsetDateTime::now_utc();
    (params.not_before, params.not_after) = (now - Duration::DAY, now + LIFETIME);
    let certificate = params.signed_by(&key, &issuer).map_err(io::Error::other)?;

    let provider = Arc::new(ring::default_provider());
    let certificate = CertificateDer::from(certificate.der().to_vec());
    if let Some(directory) = directory {
        check(&ca_pem, &certificate, &provider).map_err(|why| unusable(directory, &why))?;
    }
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = server_config(provider, vec![certificate], key).map_err(io::Error::other)?;
    Ok(Tls { ca_pem, config })
}

fn server_config(
    provider: Arc<CryptoProvider>,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = builder.with_no_client_auth().with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// What the authority says of itself. With the same key it is the same authority.
fn authority() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "nh-emulator");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn new_authority() -> io::Result<(String, KeyPair)> {
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let certificate = authority().self_signed(&key).map_err(io::Error::other)?;
    Ok((certificate.pem(), key))
}

/// The authority that a directory keeps. An empty one is given a new one.
fn kept(directory: &Path) -> io::Result<(String, KeyPair)> {
    let of_directory = |why: io::Error| {
        let words = format!("a certificate authority cannot be kept in {}: {why}", directory.display());
        io::Error::new(why.kind(), words)
    };
    fs::create_dir_all(directory).map_err(of_directory)?;
    let (certificate, key) = (directory.join(CA_FILE), directory.join(CA_KEY_FILE));
    if !certificate.try_exists().map_err(of_directory)? && !key.try_exists().map_err(of_directory)? {
        let (pem, pair) = new_authority()?;
        write_new(&key, &pair.serialize_pem(), 0o600).map_err(of_directory)?;
        write_new(&certificate, &pem, 0o644).map_err(of_directory)?;
        return Ok((pem, pair));
    }
    let read = |path: &Path| {
        fs::read_to_string(path).map_err(|why| unusable(directory, &format!("{}: {why}", path.display())))
    };
    let (pem, pair) = (read(&certificate)?, read(&key)?);
    let pair =
        KeyPair::from_pem(&pair).map_err(|why| unusable(directory, &format!("{CA_KEY_FILE}: {why}")))?;
    Ok((pem, pair))
}

#[cfg_attr(not(unix), expect(unused_variables, reason = "other systems have no modes"))]
fn write_new(path: &Path, pem: &str, mode: u32) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    options.open(path)?.write_all(pem.as_bytes())
}

/// Would whoever trusts the kept certificate trust the new one?
fn check(
    ca_pem: &str,
    certificate: &CertificateDer<'_>,
    provider: &Arc<CryptoProvider>,
) -> Result<(), String> {
    let ca = CertificateDer::from_pem_slice(ca_pem.as_bytes()).map_err(|why| format!("{CA_FILE}: {why}"))?;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(ca).map_err(|why| format!("{CA_FILE}: {why}"))?;
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone()).build();
    let verifier = verifier.map_err(|why| why.to_string())?;
    let name = ServerName::try_from("localhost").map_err(|why| why.to_string())?;
    let verified = verifier.verify_server_cert(certificate, &[], &name, &[], UnixTime::now());
    verified
        .map(drop)
        .map_err(|why| format!("{CA_FILE} and {CA_KEY_FILE} do not belong together, or are damaged: {why}"))
}

fn unusable(directory: &Path, why: &str) -> io::Error {
    let text = format!(
        "the certificate authority in {} cannot be used: {why}; delete {CA_FILE} and {CA_KEY_FILE} there to have a new one made",
        directory.display()
    );
    io::Error::new(io::ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        vec!["localhost".to_owned()]
    }

    #[test]
    fn a_directory_keeps_the_authority() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join("tls");
        let first = make(names(), Some(&place)).unwrap().ca_pem;
        assert_eq!(make(names(), Some(&place)).unwrap().ca_pem, first);
        assert_ne!(make(names(), None).unwrap().ca_pem, first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(place.join(CA_KEY_FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn what_is_damaged_is_reported_and_left_alone() {
        let (other, _) = new_authority().unwrap();
        for (file, content) in
            [(CA_FILE, "nonsense"), (CA_FILE, &*other), (CA_KEY_FILE, "nonsense"), (CA_FILE, "")]
        {
            let directory = tempfile::tempdir().unwrap();
            make(names(), Some(directory.path())).unwrap();
            fs::write(directory.path().join(file), content).unwrap();
            let Err(why) = make(names(), Some(directory.path())) else { panic!("{file} was used") };
            assert!(why.to_string().contains(file) && why.to_string().contains("delete"), "{why}");
            assert_eq!(fs::read_to_string(directory.path().join(file)).unwrap(), content);
        }
    }
}
