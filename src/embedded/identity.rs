//! The user that PostgreSQL runs as. PostgreSQL refuses to run as root, so root starts it as the user `postgres`.

use std::env;
use std::fs;
use std::io;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::{ClusterError, directory_error};

/// The user that PostgreSQL's programs run as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    /// The user who started this program.
    Ourselves { uid: u32 },
    /// The machine's `postgres` user, because root started this program.
    Postgres { uid: u32, gid: u32 },
}

impl Identity {
    /// # Errors
    /// Root started this program, and the machine has no user `postgres`.
    pub fn current() -> Result<Identity, ClusterError> {
        let user = rustix::process::geteuid();
        if !user.is_root() {
            let uid = user.as_raw();
            return Ok(Identity::Ourselves { uid });
        }
        let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let (uid, gid) = account(&accounts, "postgres").ok_or(ClusterError::NoPostgresUser)?;
        Ok(Identity::Postgres { uid, gid })
    }

    pub fn uid(self) -> u32 {
        match self {
            Identity::Ourselves { uid } | Identity::Postgres { uid, .. } => uid,
        }
    }

    /// A command that runs `program` as this user and receives SIGINT when the *thread* that spawned it ends.
    pub fn command(self, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "INT"]);
        if let Identity::Postgres { uid, gid } = self {
            command.args([format!("--reuid={uid}"), format!("--regid={gid}")]);
            command.arg("--clear-groups");
        }
        command.arg("--").arg(program).stdin(Stdio::null());
        // The other user may have no access to the current directory.
        command.current_dir("/");
        clean_environment(&mut command);
        command
    }

    /// # Errors
    /// The owner of the path cannot be changed.
    pub fn give(self, path: &Path) -> Result<(), ClusterError> {
        match self {
            Identity::Ourselves { .. } => Ok(()),
            Identity::Postgres { uid, gid } => {
                chown(path, Some(uid), Some(gid)).map_err(directory_error("change owner of", path))
            }
        }
    }

    /// Checks that this user can pass through and execute the path. It asks the kernel as that user, because mode bits do not show access
    /// lists or mount options.
    ///
    /// # Errors
    /// Names the directory or file that cannot be reached.
    pub fn check_reach(self, target: &Path) -> Result<(), ClusterError> {
        if matches!(self, Identity::Ourselves { .. }) || self.may_enter(target)? {
            return Ok(());
        }
        let closed = self.first_closed(target)?;
        let target = target.to_path_buf();
        Err(ClusterError::Unreachable { target, closed })
    }

    fn first_closed(self, target: &Path) -> Result<PathBuf, ClusterError> {
        let mut way: Vec<&Path> = target.ancestors().collect();
        way.reverse();
        for step in way {
            if !self.may_enter(step)? {
                return Ok(step.to_path_buf());
            }
        }
        Ok(target.to_path_buf())
    }

    fn may_enter(self, path: &Path) -> Result<bool, ClusterError> {
        let status = self
            .command(Path::new("test"))
            .arg("-x")
            .arg(path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map_err(setpriv_error)?;
        Ok(status.success())
    }
}

/// Client settings (`PGPORT`, `PGDATESTYLE`, …) would change the server, and a locale would translate the log that this program parses.
fn clean_environment(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("PG") || text.starts_with("LC_") || text.starts_with("LANG") {
            command.env_remove(&name);
        }
    }
    command.env("LC_ALL", "C");
}

/// The user and group id of `name` in the text of `/etc/passwd`.
fn account(passwd: &str, name: &str) -> Option<(u32, u32)> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let found = fields.next() == Some(name);
        let (uid, gid) = (fields.nth(1)?, fields.next()?);
        found.then_some((uid.parse().ok()?, gid.parse().ok()?))
    })
}

pub(super) fn setpriv_error(source: io::Error) -> ClusterError {
    if source.kind() == io::ErrorKind::NotFound {
        return ClusterError::NoSetpriv;
    }
    let program = "setpriv".to_owned();
    ClusterError::Spawn { program, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\n\
        broken line\n\
        postgresql:x:7:8::/:/bin/sh\n\
        postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash\n";

    #[test]
    fn the_postgres_account_is_read_by_its_whole_name() {
        assert_eq!(account(PASSWD, "postgres"), Some((101, 104)));
        assert_eq!(account(PASSWD, "nobody"), None);
        assert_eq!(account("", "postgres"), None);
    }

    #[test]
    fn root_hands_the_program_to_the_postgres_user() {
        let identity = Identity::Postgres { uid: 101, gid: 104 };
        let command = identity.command(Path::new("/bin/postgres"));
        let arguments: Vec<&OsStr> = command.get_args().collect();
        let expected = [
            "--pdeathsig",
            "INT",
            "--reuid=101",
            "--regid=104",
            "--clear-groups",
            "--",
            "/bin/postgres",
        ];
        assert_eq!(arguments, expected);
    }

    #[test]
    fn an_ordinary_user_stays_who_he_is() {
        let identity = Identity::Ourselves { uid: 1000 };
        let command = identity.command(Path::new("/bin/postgres"));
        let arguments: Vec<&OsStr> = command.get_args().collect();
        assert_eq!(arguments, ["--pdeathsig", "INT", "--", "/bin/postgres"]);
    }

    #[test]
    fn a_missing_setpriv_names_its_package() {
        let message = setpriv_error(io::ErrorKind::NotFound.into()).to_string();
        assert!(
            message.contains("install the `util-linux` package"),
            "{message}"
        );
    }
}
