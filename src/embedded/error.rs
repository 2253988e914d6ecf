use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

/// Why the private cluster could not be started, used or stopped. Every message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    #[error(
        "no PostgreSQL binaries of version {minimum} or later found (looked in {looked_in}): \
         install the `postgresql` package or set DATABASE_URL"
    )]
    NoBinaries { minimum: u32, looked_in: String },

    #[error(
        "no PostgreSQL of version {minimum} or later in {}: \
         name the directory which holds both `initdb` and `postgres`, or leave it out to have it searched for",
        dir.display()
    )]
    NotABinaryDirectory { minimum: u32, dir: PathBuf },

    #[error(
        "the cluster in {} was made by PostgreSQL {made_by}, whose binaries were not found (looked in {looked_in}): \
         install `postgresql-{made_by}` or choose another with --data-dir",
        cluster.display()
    )]
    OtherVersion {
        cluster: PathBuf,
        made_by: u32,
        looked_in: String,
    },

    #[error(
        "`setpriv` was not found on the PATH: install the `util-linux` package (busybox's setpriv is not enough) or set DATABASE_URL"
    )]
    NoSetpriv,

    #[error(
        "PostgreSQL refuses to run as root and this machine has no `postgres` user to run it as: \
         install the `postgresql` package, start as an ordinary user, or set DATABASE_URL"
    )]
    NoPostgresUser,

    #[error(
        "the user `postgres`, who runs PostgreSQL when this program is started by root, cannot reach {}, because {} is closed to it: \
         use a place outside of it (for the data directory one such as /var/lib/gaveurs), open it with `chmod o+x {}`, or start as an ordinary user",
        target.display(), closed.display(), closed.display()
    )]
    Unreachable { target: PathBuf, closed: PathBuf },

    #[error(
        "the cluster in {} belongs to the user with id {owner}, but PostgreSQL would run as the user with id {runs_as}: \
         start as the user who made it or choose another with --data-dir",
        cluster.display()
    )]
    OtherOwner {
        cluster: PathBuf,
        owner: u32,
        runs_as: u32,
    },

    #[error("the data directory {} is already in use by {holder}: stop that one or choose another with --data-dir", dir.display())]
    InUse { dir: PathBuf, holder: String },

    #[error("cannot {action} {} ({source}): check that the directory exists, is writable and has room, or choose another with --data-dir", path.display())]
    Directory {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },

    #[error(
        "initdb could not create a cluster in {} ({status}): put right what it says and start again:\n{output}",
        dir.display()
    )]
    Initdb {
        dir: PathBuf,
        status: ExitStatus,
        output: String,
    },

    #[error("cannot run {program} ({source}): check that it is installed and may be executed")]
    Spawn { program: String, source: io::Error },

    #[error(
        "cannot get a handle of the PostgreSQL process ({0}): use Linux 5.3 or later or set DATABASE_URL"
    )]
    NoProcessHandle(#[source] io::Error),

    #[error(
        "{} holds files of something else, and would be closed to other users: choose an empty or new directory with --data-dir",
        dir.display()
    )]
    OtherFiles { dir: PathBuf },

    #[error(
        "{}, the place of the socket of the private PostgreSQL, belongs to another user: remove it, or choose a data directory with a \
         shorter path",
        directory.display()
    )]
    ForeignSocketDirectory { directory: PathBuf },

    #[error("PostgreSQL ended while starting ({status}): put right what the end of its log {} says and start again:\n{tail}", log.display())]
    FailedStart {
        status: ExitStatus,
        log: PathBuf,
        tail: String,
    },

    #[error(
        "processes of an earlier PostgreSQL still hold {} after {seconds} s: wait for them to end, or end them \
         (the first number in postmaster.pid is their parent), and start again; the end of the log {}:\n{tail}",
        cluster.display(), log.display()
    )]
    StillHeld {
        cluster: PathBuf,
        seconds: u64,
        log: PathBuf,
        tail: String,
    },

    #[error("PostgreSQL was not ready within {seconds} s: see what it is waiting for at the end of its log {}:\n{tail}", log.display())]
    NotReady {
        seconds: u64,
        log: PathBuf,
        tail: String,
    },

    #[error("PostgreSQL had already ended ({status}) before it was asked to: the reason is at the end of its log {}:\n{tail}", log.display())]
    EndedEarly {
        status: ExitStatus,
        log: PathBuf,
        tail: String,
    },

    #[error("the private PostgreSQL ended and could not be started again: the reason is at the end of its log {}:\n{tail}", log.display())]
    Lost { log: PathBuf, tail: String },

    #[error(
        "PostgreSQL did not stop within {seconds} s and was ended at once: nothing to do, the next start recovers what was committed"
    )]
    SlowStop { seconds: u64 },

    #[error(
        "“{name}” is not usable as a database name: take at most 63 ASCII letters, digits, `_` or `-`"
    )]
    DatabaseName { name: String },

    #[error("the embedded PostgreSQL refused to create the server's role: see its log {}", log.display())]
    CreateRole {
        log: PathBuf,
        source: tokio_postgres::Error,
    },

    #[error("the embedded PostgreSQL refused to create the database “{name}”: see its log {}", log.display())]
    CreateDatabase {
        name: String,
        log: PathBuf,
        source: tokio_postgres::Error,
    },

    #[error(
        "the thread which keeps PostgreSQL ended without a word: this is a defect of the program, please report it"
    )]
    KeeperLost,
}

/// For `map_err`: adds the attempted action and the path to an I/O error.
pub(super) fn directory_error(
    action: &'static str,
    path: &std::path::Path,
) -> impl FnOnce(io::Error) -> ClusterError {
    let path = path.to_path_buf();
    move |source| ClusterError::Directory {
        action,
        path,
        source,
    }
}
