//! The directory of the server's socket, into which only PostgreSQL's user can look.

use std::fs::{self, DirBuilder, Permissions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::error::{ClusterError, directory_error};
use super::identity::Identity;

/// Only a part of the socket's name: there is no TCP.
pub(super) const PORT: u16 = 5432;
/// Longest path of a socket on Linux.
const LONGEST: usize = 107;
pub(super) const CLOSED: u32 = 0o700;

/// The socket in its directory.
pub(super) fn socket_in(directory: &Path) -> PathBuf {
    directory.join(format!(".s.PGSQL.{PORT}"))
}

/// Creates the directory unless it is there.
///
/// # Errors
/// It cannot be created, or is another user's.
pub(super) fn prepare(data_dir: &Path, identity: Identity) -> Result<PathBuf, ClusterError> {
    let directory = place(data_dir, runtime_directory(identity));
    match DirBuilder::new().mode(CLOSED).create(&directory) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            return Err(directory_error("create", &directory)(error));
        }
        _ => {}
    }
    // Somebody else may have put something there: what a link leads to does not count.
    let found = fs::symlink_metadata(&directory).map_err(directory_error("read", &directory))?;
    let ourselves = rustix::process::geteuid().as_raw();
    if !found.is_dir() || ![ourselves, identity.uid()].contains(&found.uid()) {
        return Err(ClusterError::ForeignSocketDirectory { directory });
    }
    close(&directory, identity)?;
    Ok(directory)
}

/// Gives the directory to PostgreSQL's user and closes it to all others.
pub(super) fn close(directory: &Path, identity: Identity) -> Result<(), ClusterError> {
    identity.give(directory)?;
    fs::set_permissions(directory, Permissions::from_mode(CLOSED))
        .map_err(directory_error("close to other users", directory))
}

/// In the data directory, or, if that path is too long for a socket, beside those of other servers.
fn place(data_dir: &Path, runtime_directory: PathBuf) -> PathBuf {
    let inside = data_dir.join("run");
    if socket_in(&inside).as_os_str().len() <= LONGEST {
        return inside;
    }
    let mut hasher = DefaultHasher::new();
    data_dir.hash(&mut hasher);
    runtime_directory.join(format!("gaveurs-{:016x}", hasher.finish()))
}

fn runtime_directory(identity: Identity) -> PathBuf {
    let own = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    match identity {
        Identity::Postgres { .. } => PathBuf::from("/run"),
        Identity::Ourselves { .. } => own
            .filter(|own| own.is_dir() && own.as_os_str().len() < LONGEST / 2)
            .unwrap_or_else(|| PathBuf::from("/tmp")),
    }
}

/// The address of a database behind the socket in this directory, as `psql` and the driver understand it.
pub(super) fn url(role: &str, directory: &Path, database: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let bytes = directory.as_os_str().as_bytes().iter();
    let host: String = bytes
        .map(|byte| match *byte {
            byte if plain(byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect();
    format!("postgres://{role}@{host}/{database}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_lies_in_the_data_directory_unless_its_path_would_be_too_long() {
        let runtime = || PathBuf::from("/run/user/1000");
        let short = Path::new("/var/lib/gaveurs");
        assert_eq!(place(short, runtime()), short.join("run"));
        let of = |length: usize| PathBuf::from(format!("/{}", "d".repeat(length - 1)));
        // "/run/.s.PGSQL.5432" has 18 bytes.
        let longest = of(LONGEST - 18);
        assert_eq!(place(&longest, runtime()), longest.join("run"));
        let beside = place(&of(LONGEST - 17), runtime());
        assert!(beside.starts_with("/run/user/1000"), "{}", beside.display());
        assert!(socket_in(&beside).as_os_str().len() <= LONGEST);
        assert_ne!(beside, place(&of(LONGEST - 16), runtime()));
    }

    #[test]
    fn every_letter_of_a_path_survives_in_the_address() {
        assert_eq!(
            url("role", Path::new("/d/é %@?/run"), "ferme"),
            "postgres://role@%2Fd%2F%C3%A9%20%25%40%3F%2Frun/ferme"
        );
    }

    #[test]
    fn a_directory_that_is_no_directory_is_refused() {
        let data_dir = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), data_dir.path().join("run")).unwrap();
        let uid = rustix::process::geteuid().as_raw();
        let refusal = prepare(data_dir.path(), Identity::Ourselves { uid }).unwrap_err();
        assert!(matches!(
            refusal,
            ClusterError::ForeignSocketDirectory { .. }
        ));
    }
}
