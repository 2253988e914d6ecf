//! Spawns `postgres` and waits until it answers.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::thread::sleep;
use std::time::Duration;

use tokio::time::Instant;

use super::error::{ClusterError, directory_error};
use super::identity::{Identity, setpriv_error};
use super::pause::wake_all_in;
use super::socket;

/// Long enough for the recovery of a full write-ahead log on a slow disk.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// How long to wait for a killed server to go away; it may still be writing its last checkpoint.
const RETRY_FOR: Duration = Duration::from_secs(30);
const RETRY_PAUSE: Duration = Duration::from_millis(200);
const POLL: Duration = Duration::from_millis(10);
const TAIL_LINES: usize = 20;

/// Settings for a machine with 2 cores that also runs this program; `extra_settings` come later and override them.
const SETTINGS: [(&str, &str); 14] = [
    ("listen_addresses", ""),
    ("unix_socket_permissions", "0700"),
    ("fsync", "on"),
    ("shared_buffers", "64MB"),
    ("max_connections", "100"),
    // Containers have 64 MB of /dev/shm, too little for parallel queries.
    ("max_parallel_workers_per_gather", "0"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("log_destination", "stderr"),
    ("logging_collector", "off"),
    ("log_checkpoints", "off"),
    ("log_line_prefix", "%m [%p] "),
    ("lc_messages", "C"),
    ("cluster_name", "gaveurs"),
];

/// Everything needed to spawn the server.
pub(super) struct Plan<'a> {
    pub postgres: PathBuf,
    pub identity: Identity,
    pub cluster: PathBuf,
    /// Holds the socket.
    pub socket_dir: PathBuf,
    pub log: PathBuf,
    pub log_file: File,
    pub extra_settings: &'a [(String, String)],
}

/// Why a server ended before it was ready.
#[derive(Debug, PartialEq, Eq)]
enum Obstacle {
    /// A server that was just killed is still running.
    Remains,
    /// A lock file, of the cluster or of its socket, is unreadable, as after a loss of power, or names a process that now belongs to another
    /// program.
    Lock,
    Other,
}

impl Plan<'_> {
    /// Starts the server and waits until it is ready for connections; retries while an earlier server is still ending.
    ///
    /// # Errors
    /// The server does not come up in time, or fails for a reason that waiting does not fix.
    pub fn launch(&self) -> Result<Child, ClusterError> {
        let give_up = Instant::now() + RETRY_FOR;
        let mut waiting = false;
        loop {
            let begin = self.log_length()?;
            let mut child = self.spawn()?;
            let Some(status) = self.wait_until_ready(&mut child)? else {
                return Ok(child);
            };
            let said = read_from(&self.log, begin);
            let obstacle = obstacle(&said);
            if obstacle == Obstacle::Other || Instant::now() >= give_up {
                return Err(self.failure(&obstacle, status, &said));
            }
            if obstacle == Obstacle::Lock && !self.is_occupied() {
                self.remove_locks()?;
                continue;
            }
            if !waiting {
                log::info!("an earlier PostgreSQL is still ending, waiting for it");
                waiting = true;
            }
            self.wake_earlier();
            sleep(RETRY_PAUSE);
        }
    }

    /// One that was stopped for a while when its owner was killed cannot end.
    fn wake_earlier(&self) {
        match wake_all_in(&self.cluster) {
            Ok(0) => {}
            Ok(count) => log::warn!("{count} stopped processes of an earlier PostgreSQL go on"),
            Err(error) => log::warn!("stopped processes of an earlier PostgreSQL: {error}"),
        }
    }

    /// True if a process of PostgreSQL still has this as its current directory. A process of its user that cannot be inspected counts as
    /// one.
    fn is_occupied(&self) -> bool {
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        let mut processes = processes.map(|entry| entry.path());
        processes.any(|process| match fs::read_link(process.join("cwd")) {
            Ok(directory) => directory == self.cluster,
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                fs::metadata(&process).is_ok_and(|metadata| metadata.uid() == self.identity.uid())
            }
            Err(_) => false,
        })
    }

    /// Removes the lock files of a server that no longer runs. Safe because we hold the data directory and no process works in it.
    fn remove_locks(&self) -> Result<(), ClusterError> {
        let of_socket = socket::socket_in(&self.socket_dir).with_added_extension("lock");
        for path in [self.cluster.join("postmaster.pid"), of_socket] {
            match fs::remove_file(&path) {
                Ok(()) => log::warn!("{} was left of a server that runs no more", path.display()),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(directory_error("remove", &path)(error)),
            }
        }
        Ok(())
    }

    fn spawn(&self) -> Result<Child, ClusterError> {
        let mut command = self.identity.command(&self.postgres);
        command.arg("-D").arg(&self.cluster);
        let own = SETTINGS.map(|(name, value)| (name.to_owned(), value.to_owned()));
        for (name, value) in own.iter().chain(self.extra_settings) {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        command.arg("-c").arg(format!("port={}", socket::PORT));
        command.arg("-c").arg(self.socket_setting());
        let log = |file: &File| file.try_clone().map_err(directory_error("open", &self.log));
        command
            .stdout(log(&self.log_file)?)
            .stderr(log(&self.log_file)?)
            // Ctrl-C signals the whole process group of a terminal; it must not stop the server before this program has written its last
            // data.
            .process_group(0)
            .spawn()
            .map_err(setpriv_error)
    }

    /// The setting is a list, in which only a quoted path may hold any letter; quotes of its own are doubled.
    fn socket_setting(&self) -> OsString {
        let path = self.socket_dir.as_os_str().as_bytes();
        let parts: Vec<_> = path.split(|byte| *byte == b'"').collect();
        let setting = [
            b"unix_socket_directories=\"",
            &parts.join(&b"\"\""[..])[..],
            b"\"",
        ]
        .concat();
        OsString::from_vec(setting)
    }

    /// Returns `None` when the server is ready, or its exit status if it ended instead.
    fn wait_until_ready(&self, child: &mut Child) -> Result<Option<ExitStatus>, ClusterError> {
        let deadline = Instant::now() + READY_WITHIN;
        let outcome = loop {
            match child.try_wait() {
                Ok(None) if is_ready(&self.cluster, child.id()) => return Ok(None),
                Ok(None) if Instant::now() < deadline => sleep(POLL),
                Ok(None) => break self.not_ready(),
                Ok(status) => return Ok(status),
                Err(error) => break directory_error("watch the server of", &self.cluster)(error),
            }
        };
        end(child);
        Err(outcome)
    }

    fn log_length(&self) -> Result<u64, ClusterError> {
        let metadata = self.log_file.metadata();
        Ok(metadata.map_err(directory_error("read", &self.log))?.len())
    }

    fn failure(&self, obstacle: &Obstacle, status: ExitStatus, said: &str) -> ClusterError {
        let log = self.log.clone();
        let tail = last_lines(said);
        match obstacle {
            Obstacle::Remains | Obstacle::Lock => ClusterError::StillHeld {
                cluster: self.cluster.clone(),
                seconds: RETRY_FOR.as_secs(),
                log,
                tail,
            },
            Obstacle::Other => ClusterError::FailedStart { status, log, tail },
        }
    }

    fn not_ready(&self) -> ClusterError {
        ClusterError::NotReady {
            seconds: READY_WITHIN.as_secs(),
            log: self.log.clone(),
            tail: tail(&self.log),
        }
    }
}

/// For a server that no handle will own.
pub(super) fn end(child: &mut Child) {
    if let Err(error) = child.kill().and_then(|()| child.wait()) {
        log::warn!("cannot end PostgreSQL (process {}): {error}", child.id());
    }
}

fn is_ready(cluster: &Path, pid: u32) -> bool {
    fs::read_to_string(cluster.join("postmaster.pid")).is_ok_and(|text| says_ready(&text, pid))
}

/// In `postmaster.pid` line 1 is the process id and line 8 the state (`src/include/utils/pidfile.h` of PostgreSQL).
fn says_ready(pid_file: &str, pid: u32) -> bool {
    let mut lines = pid_file.lines();
    lines.next().map(str::trim) == Some(pid.to_string().as_str())
        && lines.nth(6).map(str::trim) == Some("ready")
}

fn obstacle(said: &str) -> Obstacle {
    let names = |text: &str| said.contains(text);
    let says_of_lock = |line: &str| {
        line.contains("lock file \"")
            && ["\" already exists", "\" is empty", "bogus data in"]
                .iter()
                .any(|state| line.contains(state))
    };
    if names("pre-existing shared memory block") {
        Obstacle::Remains
    } else if said.lines().any(says_of_lock) {
        Obstacle::Lock
    } else {
        Obstacle::Other
    }
}

/// The last lines of the server's log, for error messages.
pub(super) fn tail(log: &Path) -> String {
    last_lines(&read_from(log, 0))
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}

/// The log from byte `begin` on; empty if the log cannot be read.
fn read_from(log: &Path, begin: u64) -> String {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(log)?;
        file.seek(SeekFrom::Start(begin))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    String::from_utf8_lossy(&read().unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pid_file(state: &str) -> String {
        format!("4711\n/data/cluster\n1735689600\n5432\n/data/run\n\n  123456  7\n{state}\n")
    }

    #[test]
    fn only_our_own_child_in_the_state_ready_is_ready() {
        assert!(says_ready(&pid_file("ready   "), 4711));
        assert!(!says_ready(&pid_file("starting"), 4711));
        assert!(!says_ready(&pid_file("stopping"), 4711));
        assert!(!says_ready(&pid_file("ready   "), 471));
        assert!(!says_ready("4711\n/data", 4711));
        assert!(!says_ready("", 4711));
    }

    #[test]
    fn remains_of_a_killed_server_are_told_from_real_failures() {
        let lock = "FATAL:  lock file \"postmaster.pid\" already exists\nHINT:  Is another postmaster running?";
        let memory = "FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use";
        let socket = "FATAL:  lock file \"/data/run/.s.PGSQL.5432.lock\" already exists";
        let empty = "FATAL:  lock file \"postmaster.pid\" is empty";
        let bogus = "FATAL:  bogus data in lock file \"postmaster.pid\": \"quack\"";
        for lock in [lock, empty, bogus, socket] {
            assert_eq!(obstacle(lock), Obstacle::Lock);
        }
        assert_eq!(obstacle(memory), Obstacle::Remains);
        let full = "FATAL:  could not write lock file: No space left on device";
        assert_eq!(obstacle(full), Obstacle::Other);
    }

    #[test]
    fn an_error_shows_the_last_lines_only() {
        let text: String = (1..=50).map(|line| format!("line {line}\n")).collect();
        let shown = last_lines(&text);
        assert!(shown.starts_with("line 31\n") && shown.ends_with("line 50"));
        assert_eq!(last_lines("only\n"), "only");
    }
}
