//! The secrets by which the addresses of consumers are digested: in a file of the data directory, not in the database, and renewed every
//! 30 days.

use crate::domain::consumer::address::{SECRET_BYTES, Secrets};
use jiff::Timestamp;
use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::watch, time::sleep};

const FILE: &str = "consumer-secrets";
/// Only the server reads it.
const PRIVATE: u32 = 0o600;
const LOOKS_EVERY: Duration = Duration::from_secs(3_600);

/// Reads the secrets of a directory, or begins with new ones; without a directory they last as long as the process.
///
/// # Errors
/// The file cannot be read or written, or is none of ours.
pub(super) fn open(directory: Option<&Path>) -> io::Result<Secrets> {
    let Some(path) = directory.map(|directory| directory.join(FILE)) else {
        return Ok(Secrets::begin(random(), Timestamp::now()));
    };
    let secrets = match fs::read_to_string(&path) {
        Ok(text) => Secrets::from_text(&text).ok_or_else(|| {
            let sentence = format!("{} is damaged: remove it", path.display());
            io::Error::new(io::ErrorKind::InvalidData, sentence)
        })?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secrets = Secrets::begin(random(), Timestamp::now());
            write(&path, &secrets)?;
            secrets
        }
        Err(error) => return Err(error),
    };
    Ok(secrets)
}

/// Renews the secrets when they are due, as long as the server runs.
pub(super) async fn renew(secrets: watch::Sender<Arc<Secrets>>, directory: Option<PathBuf>) {
    loop {
        let known = secrets.borrow().clone();
        let now = Timestamp::now();
        if known.are_due(now) {
            let renewed = known.renewed(random(), now);
            let written = directory
                .as_ref()
                .map_or(Ok(()), |directory| write(&directory.join(FILE), &renewed));
            match written {
                Ok(()) => drop(secrets.send(Arc::new(renewed))),
                Err(error) => log::warn!("the secrets for consumers' addresses stay: {error}"),
            }
        }
        sleep(LOOKS_EVERY).await;
    }
}

fn random() -> [u8; SECRET_BYTES] {
    rand::random()
}

/// A file that is replaced whole, so that a crash leaves the old one or the new one.
fn write(path: &Path, secrets: &Secrets) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let new = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(PRIVATE)
        .open(&new)?;
    file.write_all(secrets.to_text().as_bytes())?;
    file.sync_all()?;
    fs::rename(new, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::consumer::address::LIFETIME;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_secrets_of_a_directory_outlive_the_process_and_nobody_else_reads_them() {
        let directory = tempfile::tempdir().unwrap();
        let first = open(Some(directory.path())).unwrap();
        assert!(open(Some(directory.path())).unwrap() == first);
        let file = directory.path().join(FILE);
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, PRIVATE);
        fs::write(&file, "not ours").unwrap();
        let error = open(Some(directory.path())).err().unwrap().to_string();
        assert!(error.contains("remove it"), "{error}");
        assert!(open(None).unwrap() != open(None).unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn secrets_that_are_due_are_replaced_and_kept_as_those_before() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE);
        let old = Secrets::begin([7; SECRET_BYTES], Timestamp::now() - LIFETIME);
        write(&path, &old).unwrap();
        let (sender, mut receiver) = watch::channel(Arc::new(old.clone()));
        let renewing = tokio::spawn(renew(sender, Some(directory.path().to_path_buf())));
        receiver.changed().await.unwrap();
        let renewed = receiver.borrow().clone();
        assert!(renewed.before.as_ref() == Some(&old.current));
        assert!(open(Some(directory.path())).unwrap() == *renewed);
        renewing.abort();
    }
}
