//! TLS to the database, and a role that is no superuser.

use crate::process::{data_dir, reachable_directory};
use gaveurs::{
    embedded::{Cluster, ClusterSettings, ROLE},
    store::{
        self,
        migrate::migrate,
        pool::{self, PoolSettings},
    },
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::{
    net::Ipv4Addr,
    os::unix::fs::{MetadataExt, OpenOptionsExt, chown},
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// A cluster with TLS, which there is over TCP only, and a certificate for `localhost`.
struct Encrypted {
    cluster: Cluster,
    /// One of this machine's, on which nothing else listens.
    address: Ipv4Addr,
    directory: TempDir,
}

impl Encrypted {
    async fn start() -> Self {
        let directory = reachable_directory();
        let mut settings = ClusterSettings {
            data_dir: data_dir(&directory).into(),
            ..ClusterSettings::default()
        };
        let fresh = Cluster::start(&settings).await.unwrap();
        fresh.stop().await.unwrap();
        let cluster_dir = settings.data_dir.join("cluster");
        let authority = authority();
        std::fs::write(directory.path().join("ca.pem"), authority.pem()).unwrap();
        std::fs::write(directory.path().join("other.pem"), self::authority().pem()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        for (name, text) in [
            ("server.crt", certificate.pem()),
            ("server.key", key.serialize_pem()),
        ] {
            write_for_owner(&cluster_dir.join(name), &text, &cluster_dir);
        }
        let everybody = "local all all trust\nhost all all 127.0.0.0/8 trust\n";
        std::fs::write(cluster_dir.join("pg_hba.conf"), everybody).unwrap();
        let address = Ipv4Addr::from_bits(0x7f00_0000 | rand::random_range(0x1_0000..0xff_0000));
        settings.extra_settings = vec![
            ("ssl".to_owned(), "on".to_owned()),
            ("listen_addresses".to_owned(), address.to_string()),
        ];
        let cluster = Cluster::start(&settings).await.unwrap();
        cluster.create_database("gaveurs").await.unwrap();
        Encrypted {
            cluster,
            address,
            directory,
        }
    }

    fn ca(&self, name: &str) -> Option<PathBuf> {
        Some(self.directory.path().join(name))
    }

    /// Whether a session with these settings is encrypted, or why it fails.
    async fn session(&self, host: &str, mode: &str, ca: Option<PathBuf>) -> Result<bool, String> {
        let address = self.address;
        let url = format!("postgres://{ROLE}@{host}/gaveurs?hostaddr={address}&sslmode={mode}");
        let mut settings = PoolSettings::new(url);
        settings.ca = ca;
        let pool = pool::build(&settings).map_err(|error| error.to_string())?;
        store::ping(&pool)
            .await
            .map_err(|error| error.to_string())?;
        let client = pool.get().await.unwrap();
        let encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        Ok(client.query_one(encrypted, &[]).await.unwrap().get(0))
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// PostgreSQL requires that only the cluster's owner can read a key.
fn write_for_owner(file: &Path, text: &str, cluster: &Path) {
    let mut options = std::fs::OpenOptions::new();
    let mut opened = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(file)
        .unwrap();
    std::io::Write::write_all(&mut opened, text.as_bytes()).unwrap();
    let owner = std::fs::metadata(cluster).unwrap();
    chown(file, Some(owner.uid()), Some(owner.gid())).unwrap();
}

#[actix_web::test]
async fn sslmode_decides_whether_a_session_is_encrypted_and_whom_it_believes() {
    let server = Encrypted::start().await;
    let session = async |host, mode, ca| server.session(host, mode, ca).await;
    assert_eq!(session("localhost", "disable", None).await, Ok(false));
    assert_eq!(session("127.0.0.1", "require", None).await, Ok(true));
    assert_eq!(
        session("localhost", "verify-full", server.ca("ca.pem")).await,
        Ok(true)
    );
    for (host, mode, ca, complaint) in [
        (
            "localhost",
            "verify-full",
            server.ca("other.pem"),
            "invalid peer certificate",
        ),
        (
            "127.0.0.1",
            "verify-full",
            server.ca("ca.pem"),
            "not valid for name",
        ),
        (
            "localhost",
            "require",
            server.ca("other.pem"),
            "invalid peer certificate",
        ),
        ("localhost", "verify-full", None, "invalid peer certificate"),
        (
            "localhost",
            "disable",
            server.ca("ca.pem"),
            "does not ask for TLS",
        ),
    ] {
        let refusal = session(host, mode, ca).await.unwrap_err();
        assert!(refusal.contains(complaint), "{host} {mode}: {refusal}");
    }
    server.cluster.stop().await.unwrap();
}

#[actix_web::test]
async fn a_server_without_tls_is_not_spoken_to_in_clear_when_the_address_asks_for_tls() {
    let database = crate::common::database::TestDatabase::create().await;
    let url = format!("{}sslmode=require", database.url());
    let pool = pool::build(&PoolSettings::new(url)).unwrap();
    let refusal = store::ping(&pool).await.unwrap_err();
    assert!(refusal.is_unavailable(), "{refusal}");
}

#[actix_web::test]
async fn a_role_that_owns_its_database_needs_no_further_rights() {
    let directory = reachable_directory();
    let settings = ClusterSettings {
        data_dir: data_dir(&directory).into(),
        ..ClusterSettings::default()
    };
    let cluster = Cluster::start(&settings).await.unwrap();
    let superuser = cluster.superuser_url("postgres");
    let admin = pool::build(&PoolSettings::new(superuser)).unwrap();
    for statement in [
        "CREATE ROLE modest LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE",
        "CREATE DATABASE ferme OWNER modest",
    ] {
        admin
            .get()
            .await
            .unwrap()
            .batch_execute(statement)
            .await
            .unwrap();
    }
    let role = format!("{ROLE}@");
    let url = cluster.url("ferme").replace(&role, "modest@");
    let app = gaveurs::app::Application::build(&crate::common::server::settings(&url, &[]))
        .await
        .unwrap();
    let mut producer = crate::common::client::Client::connect(app.address(), "/ws/gavage").await;
    producer.next().await;
    let reading = crate::common::readings::meal("LL2611001", 1, 0);
    assert_eq!(producer.ask(reading).await["type"], "ack");
    producer.close().await;
    assert!(migrate(app.pool()).await.unwrap().migrations.is_empty());
    app.stop().await.unwrap();
    admin.close();
    cluster.stop().await.unwrap();
}
