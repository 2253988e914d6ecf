//! TLS to the database, according to `sslmode` in its URL.

use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use std::{path::Path, sync::Arc};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How the server is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// `sslmode` is absent, `disable`, `allow` or `prefer`.
    Off,
    /// `require`: encrypted, with any server. If certificates are given, the server is verified nevertheless.
    Encrypted,
    /// `verify-full`: the certificate must be signed by a trusted one and name the host.
    Verified,
}

#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error(
        "sslmode={0:?} is not known: use disable, prefer, require (encrypted, not verified) or verify-full"
    )]
    UnknownMode(String),
    #[error(
        "--database-ca is given, but the database URL does not ask for TLS: add sslmode=verify-full to it"
    )]
    UnusedCertificates,
    #[error("the certificates of --database-ca cannot be read from {path}: {problem}")]
    Certificates { path: String, problem: String },
    #[error(
        "this machine trusts no certificates that could be read ({0}): name the database's with --database-ca"
    )]
    NoTrust(String),
    #[error("TLS cannot be set up: {0}")]
    Setup(#[from] rustls::Error),
}

impl Tls {
    /// Reads `sslmode` from a database URL or the key=value form, and returns the URL for the driver, which does not know `verify-full`.
    pub fn of_url(url: &str) -> Result<(Self, String), TlsError> {
        let Some(at) = url.find("sslmode=").map(|at| at + "sslmode=".len()) else {
            return Ok((Tls::Off, url.to_owned()));
        };
        let end = url[at..].find(['&', ' ']).map_or(url.len(), |end| at + end);
        let (tls, word) = match url[at..end].trim_matches('\'') {
            "disable" => (Tls::Off, "disable"),
            "allow" | "prefer" => (Tls::Off, "prefer"),
            "require" => (Tls::Encrypted, "require"),
            "verify-full" => (Tls::Verified, "require"),
            other => return Err(TlsError::UnknownMode(other.to_owned())),
        };
        Ok((tls, format!("{}{word}{}", &url[..at], &url[end..])))
    }

    /// The connector for this mode; `None` for connections without TLS.
    pub fn connector(self, ca: Option<&Path>) -> Result<Option<MakeRustlsConnect>, TlsError> {
        match (self, ca) {
            (Tls::Off, None) => Ok(None),
            (Tls::Off, Some(_)) => Err(TlsError::UnusedCertificates),
            (Tls::Encrypted, None) => Ok(Some(MakeRustlsConnect::new(unverified()?))),
            (Tls::Encrypted | Tls::Verified, Some(path)) => {
                Ok(Some(MakeRustlsConnect::new(verified(roots(path)?)?)))
            }
            (Tls::Verified, None) => Ok(Some(MakeRustlsConnect::new(verified(machine_roots()?)?))),
        }
    }
}

fn roots(path: &Path) -> Result<RootCertStore, TlsError> {
    let unreadable = |problem: String| TlsError::Certificates {
        path: path.display().to_string(),
        problem,
    };
    let certificates =
        CertificateDer::pem_file_iter(path).map_err(|e| unreadable(e.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| unreadable(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(unreadable("it holds no certificate in PEM form".to_owned()));
    }
    Ok(roots)
}

/// The certificates that this machine trusts.
fn machine_roots() -> Result<RootCertStore, TlsError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        return Err(TlsError::NoTrust(format!("{:?}", found.errors)));
    }
    Ok(roots)
}

fn verified(roots: RootCertStore) -> Result<ClientConfig, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn unverified() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let believer = Arc::new(Believer(provider.clone()));
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions()?;
    let builder = builder
        .dangerous()
        .with_custom_certificate_verifier(believer);
    Ok(builder.with_no_client_auth())
}

/// Accepts any certificate, as `sslmode=require` means; still checks that the server has the certificate's key.
#[derive(Debug)]
struct Believer(Arc<CryptoProvider>);

impl ServerCertVerifier for Believer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            cert,
            dss,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mode_is_found_in_both_forms_of_an_address() {
        for (url, tls, driver) in [
            ("postgres://h/db", Tls::Off, "postgres://h/db"),
            (
                "postgres://h/db?sslmode=prefer",
                Tls::Off,
                "postgres://h/db?sslmode=prefer",
            ),
            (
                "postgres://h/db?sslmode=require&x=1",
                Tls::Encrypted,
                "postgres://h/db?sslmode=require&x=1",
            ),
            (
                "postgres://h/db?sslmode=verify-full&x=1",
                Tls::Verified,
                "postgres://h/db?sslmode=require&x=1",
            ),
            (
                "host=h sslmode=verify-full user=u",
                Tls::Verified,
                "host=h sslmode=require user=u",
            ),
        ] {
            assert_eq!(Tls::of_url(url).unwrap(), (tls, driver.to_owned()));
        }
    }

    #[test]
    fn a_mode_that_is_not_known_is_refused_with_those_that_are() {
        let refusal = Tls::of_url("postgres://h/db?sslmode=verify-ca").unwrap_err();
        assert!(refusal.to_string().contains("verify-full"), "{refusal}");
    }

    #[test]
    fn certificates_that_nothing_would_be_checked_against_are_refused() {
        let refusal = Tls::Off.connector(Some(Path::new("ca.pem"))).err().unwrap();
        assert!(refusal.to_string().contains("sslmode=verify-full"));
    }

    #[test]
    fn a_file_without_certificates_is_refused_by_its_name() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let refusal = Tls::Verified.connector(Some(&file)).err().unwrap();
        assert!(refusal.to_string().contains("Cargo.toml"), "{refusal}");
    }
}
