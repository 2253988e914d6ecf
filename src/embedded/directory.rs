//! The data directory: its lock, its layout, and the creation of a cluster.
//!
//! Only PostgreSQL's user (and root) can look into it.
//!
//! ```text
//! data directory/
//!   consumer-secrets  by which the addresses of consumers are digested
//!   gaveurs.lock      held while a process uses the directory
//!   cluster/          PostgreSQL's own files
//!   cluster.new.PID/  an initdb under way (or a leftover of a killed one)
//!   run/              the server's socket, unless its path would be too long
//!   postgres.log      the server's log of this start, and
//!   postgres.log.1    of the one before, or of this one before it grew too long
//! ```

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process;

use rustix::fs::{FlockOperation, flock};

use super::binaries::Binaries;
use super::error::{ClusterError, directory_error};
use super::identity::{Identity, setpriv_error};
use super::socket::{CLOSED, close};

const LOCK: &str = "gaveurs.lock";
const CLUSTER: &str = "cluster";
const SIDE_PREFIX: &str = "cluster.new.";
/// Mode of files that only their owner reads.
const PRIVATE: u32 = 0o600;
/// Bytes after which the log moves to the place of the one before.
const LONGEST_LOG: u64 = 8 * 1024 * 1024;

/// A data directory that is locked against other processes as long as this value lives.
#[derive(Debug)]
pub(super) struct DataDirectory {
    path: PathBuf,
    lock: File,
}

impl DataDirectory {
    /// Creates the directory if it is missing, closes it to other users and takes its lock; the error names the process that holds it.
    ///
    /// # Errors
    /// The directory cannot be created, holds files of something else, or another server holds the lock.
    pub fn claim(path: &Path, identity: Identity) -> Result<DataDirectory, ClusterError> {
        fs::create_dir_all(path).map_err(directory_error("create", path))?;
        let path = path
            .canonicalize()
            .map_err(directory_error("resolve", path))?;
        close_to_others(&path, identity)?;
        let lock = claim_lock(&path)?;
        Ok(DataDirectory { path, lock })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn cluster(&self) -> PathBuf {
        self.path.join(CLUSTER)
    }

    pub fn log(&self) -> PathBuf {
        self.path.join("postgres.log")
    }

    /// The major version that created the cluster; `None` if there is no cluster yet.
    pub fn made_by(&self) -> Option<u32> {
        let version = fs::read_to_string(self.cluster().join("PG_VERSION")).ok()?;
        version.trim().parse().ok()
    }

    /// Opens a new server log and keeps the previous start's log.
    ///
    /// # Errors
    /// The log cannot be moved or created.
    pub fn open_log(&self) -> Result<File, ClusterError> {
        let log = self.log();
        if log.exists() {
            let kept = log_before(&log);
            fs::rename(&log, &kept).map_err(directory_error("rename", &log))?;
            fs::set_permissions(&kept, Permissions::from_mode(PRIVATE))
                .map_err(directory_error("close to other users", &kept))?;
        }
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(PRIVATE)
            .open(&log)
            .map_err(directory_error("write to", &log))
    }

    /// Checks that the files belong to this user. PostgreSQL's own refusal does not say which user it runs as, nor what to do.
    ///
    /// # Errors
    /// The files belong to another user, or cannot be read.
    pub fn check_owner(&self, identity: Identity) -> Result<(), ClusterError> {
        let cluster = self.cluster();
        let owner = fs::metadata(&cluster)
            .map_err(directory_error("read", &cluster))?
            .uid();
        let runs_as = identity.uid();
        if owner == runs_as {
            return Ok(());
        }
        Err(ClusterError::OtherOwner {
            cluster,
            owner,
            runs_as,
        })
    }

    /// Creates the cluster in a temporary directory and renames it when it is complete, so that a first start that is killed leaves no
    /// half-made cluster.
    ///
    /// # Errors
    /// `initdb` fails, or the directory cannot be written.
    pub fn create_cluster(
        &self,
        binaries: &Binaries,
        identity: Identity,
    ) -> Result<(), ClusterError> {
        log::info!("creating a database cluster in {}", self.path.display());
        self.remove_leftovers();
        let side = self.path.join(format!("{SIDE_PREFIX}{}", process::id()));
        DirBuilder::new()
            .mode(CLOSED)
            .create(&side)
            .map_err(directory_error("create", &side))?;
        identity.give(&side)?;
        initdb(binaries, identity, &side).inspect_err(|_| drop(fs::remove_dir_all(&side)))?;
        self.move_into_place(&side)
    }

    fn move_into_place(&self, side: &Path) -> Result<(), ClusterError> {
        let cluster = self.cluster();
        fs::rename(side, &cluster).map_err(directory_error("move the new cluster to", &cluster))?;
        File::open(&self.path)
            .and_then(|directory| directory.sync_all())
            .map_err(directory_error("flush", &self.path))
    }

    /// Best effort: an `initdb` whose parent was just killed may still be removing its own files.
    fn remove_leftovers(&self) {
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten();
        for entry in entries {
            if entry.file_name().to_string_lossy().starts_with(SIDE_PREFIX)
                && let Err(error) = fs::remove_dir_all(entry.path())
            {
                log::warn!("cannot remove {}: {error}", entry.path().display());
            }
        }
    }
}

/// Empties a log that has grown too long, after copying it to the place of the one before. The server has the file open and goes on
/// writing at its end; what it says in between is lost.
pub(super) fn bound_log(log: &Path, file: &File) -> std::io::Result<()> {
    if file.metadata()?.len() > LONGEST_LOG {
        fs::copy(log, log_before(log))?;
        file.set_len(0)?;
    }
    Ok(())
}

fn log_before(log: &Path) -> PathBuf {
    log.with_extension("log.1")
}

/// Only a directory that is empty or already ours is closed: others may need what else lies there.
fn close_to_others(path: &Path, identity: Identity) -> Result<(), ClusterError> {
    let found = fs::metadata(path).map_err(directory_error("read", path))?;
    if found.uid() == identity.uid() && found.mode() & 0o777 == CLOSED {
        return Ok(());
    }
    let entries = fs::read_dir(path).map_err(directory_error("read", path))?;
    let mut names = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .peekable();
    let is_ours = |name: String| name == LOCK || name == CLUSTER || name.starts_with(SIDE_PREFIX);
    if names.peek().is_some() && !names.any(is_ours) {
        let dir = path.to_path_buf();
        return Err(ClusterError::OtherFiles { dir });
    }
    close(path, identity)
}

impl Drop for DataDirectory {
    fn drop(&mut self) {
        // Closing alone does not unlock: a child that another thread is spawning holds a copy of the descriptor until it calls exec.
        if let Err(error) = flock(&self.lock, FlockOperation::Unlock) {
            log::warn!("cannot unlock {}: {error}", self.path.display());
        }
    }
}

fn claim_lock(dir: &Path) -> Result<File, ClusterError> {
    let path = dir.join(LOCK);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(PRIVATE)
        .open(&path)
        .map_err(directory_error("open", &path))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => sign(&mut file).map_err(directory_error("write to", &path))?,
        Err(rustix::io::Errno::WOULDBLOCK) => return Err(in_use(dir, &mut file)),
        Err(error) => return Err(directory_error("lock", &path)(error.into())),
    }
    Ok(file)
}

fn sign(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    writeln!(file, "{}", process::id())
}

fn in_use(dir: &Path, file: &mut File) -> ClusterError {
    let mut written = String::new();
    let holder = match file.read_to_string(&mut written) {
        Ok(_) if !written.trim().is_empty() => format!("process {}", written.trim()),
        _ => "another process".to_owned(),
    };
    let dir = dir.to_path_buf();
    ClusterError::InUse { dir, holder }
}

fn initdb(binaries: &Binaries, identity: Identity, dir: &Path) -> Result<(), ClusterError> {
    let output = identity
        .command(&binaries.initdb())
        .arg("--pgdata")
        .arg(dir)
        // Who reaches the socket is the owner of the cluster, or root.
        .args([
            "--username=postgres",
            "--auth-local=trust",
            "--auth-host=reject",
        ])
        .arg("--encoding=UTF8")
        // Collation by bytes is the same on every machine; `C.UTF-8` as character type still classifies accented letters.
        .args(["--locale=C", "--lc-ctype=C.UTF-8", "--no-instructions"])
        .output()
        .map_err(setpriv_error)?;
    if output.status.success() {
        return Ok(());
    }
    Err(ClusterError::Initdb {
        dir: dir.to_path_buf(),
        status: output.status,
        output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

/// The directory of the socket of a running server, which PostgreSQL writes on the fifth line of its `postmaster.pid`.
pub(super) fn socket_of_running(data_dir: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string(data_dir.join(CLUSTER).join("postmaster.pid")).ok()?;
    let line = text.lines().nth(4).map(str::trim);
    line.filter(|line| !line.is_empty()).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ourselves() -> Identity {
        let uid = rustix::process::geteuid().as_raw();
        Identity::Ourselves { uid }
    }

    fn claim(path: &Path) -> Result<DataDirectory, ClusterError> {
        DataDirectory::claim(path, ourselves())
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn a_claimed_directory_is_refused_with_the_number_of_its_holder() {
        let dir = tempfile::tempdir().unwrap();
        let held = claim(dir.path()).unwrap();
        let message = claim(dir.path()).unwrap_err().to_string();
        let expected = format!("is already in use by process {}: ", process::id());
        assert!(message.contains(&expected), "{message}");
        drop(held);
        claim(dir.path()).unwrap();
    }

    #[test]
    fn a_missing_directory_is_created_with_its_parents() {
        let dir = tempfile::tempdir().unwrap();
        let claimed = claim(&dir.path().join("a/b")).unwrap();
        assert!(claimed.path().ends_with("a/b") && claimed.path().is_dir());
        assert_eq!(claimed.made_by(), None);
    }

    #[test]
    fn the_log_of_the_start_before_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let claimed = claim(dir.path()).unwrap();
        writeln!(claimed.open_log().unwrap(), "first").unwrap();
        writeln!(claimed.open_log().unwrap(), "second").unwrap();
        assert_eq!(fs::read_to_string(claimed.log()).unwrap(), "second\n");
        let kept = fs::read_to_string(dir.path().join("postgres.log.1")).unwrap();
        assert_eq!(kept, "first\n");
        for log in ["postgres.log", "postgres.log.1"] {
            assert_eq!(mode(&dir.path().join(log)), PRIVATE, "{log}");
        }
    }

    #[test]
    fn a_log_that_grows_too_long_moves_aside() {
        let dir = tempfile::tempdir().unwrap();
        let claimed = claim(dir.path()).unwrap();
        let mut log = claimed.open_log().unwrap();
        log.write_all(b"a line\n").unwrap();
        bound_log(&claimed.log(), &log).unwrap();
        assert!(!dir.path().join("postgres.log.1").exists());
        log.write_all(&vec![b'x'; LONGEST_LOG as usize]).unwrap();
        bound_log(&claimed.log(), &log).unwrap();
        writeln!(log, "further").unwrap();
        assert_eq!(fs::read_to_string(claimed.log()).unwrap(), "further\n");
        let kept = fs::metadata(dir.path().join("postgres.log.1")).unwrap();
        assert_eq!(kept.len(), LONGEST_LOG + 7);
    }

    #[test]
    fn a_directory_is_closed_to_others_if_it_is_new_empty_or_ours() {
        let dir = tempfile::tempdir().unwrap();
        let open = |path: &Path| fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
        let data = dir.path().join("data");
        drop(claim(&data).unwrap());
        assert_eq!(mode(&data), CLOSED);
        open(&data);
        drop(claim(&data).unwrap());
        assert_eq!(mode(&data), CLOSED);
        let busy = dir.path().join("busy");
        fs::create_dir(&busy).unwrap();
        open(&busy);
        fs::write(busy.join("letter.txt"), "").unwrap();
        let refusal = claim(&busy).unwrap_err().to_string();
        assert!(refusal.contains("--data-dir"), "{refusal}");
        assert_eq!(mode(&busy), 0o755);
        assert!(!busy.join(LOCK).exists());
    }

    #[test]
    fn a_cluster_of_another_user_is_refused_with_both_numbers() {
        let dir = tempfile::tempdir().unwrap();
        let claimed = claim(dir.path()).unwrap();
        fs::create_dir(claimed.cluster()).unwrap();
        let owner = rustix::process::geteuid().as_raw();
        claimed
            .check_owner(Identity::Ourselves { uid: owner })
            .unwrap();
        let other = Identity::Ourselves { uid: owner + 1 };
        let message = claimed.check_owner(other).unwrap_err().to_string();
        let expected =
            format!("user with id {owner}, but PostgreSQL would run as the user with id");
        assert!(message.contains(&expected), "{message}");
    }
}
