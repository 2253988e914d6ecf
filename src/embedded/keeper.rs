//! The thread which spawns PostgreSQL and waits for its end.
//!
//! The kernel sends a child its parent-death signal when the *thread* which spawned it ends. A thread of a runtime's pool may end at
//! any time, so the server gets a thread of its own, which by its making lives exactly as long as the server.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::sync::oneshot;

use super::ClusterSettings;
use super::binaries::{self, Binaries};
use super::directory::DataDirectory;
use super::error::ClusterError;
use super::identity::Identity;
use super::postmaster::{Plan, Postmaster, tail};

/// For each step of insistence how long to wait for the end.
struct Patience {
    /// After SIGINT, PostgreSQL's "fast shutdown": sessions are cut, everything is written out.
    fast: Duration,
    /// After SIGQUIT, its "immediate shutdown": the next start recovers from the write-ahead log.
    immediate: Duration,
}

const STOP: Patience = Patience {
    fast: Duration::from_secs(20),
    immediate: Duration::from_secs(5),
};
/// A drop blocks its thread, so it insists sooner.
const DROP: Patience = Patience {
    fast: Duration::from_secs(5),
    immediate: Duration::from_secs(2),
};

/// A running server. Dropping it ends the server.
pub(super) struct Keeper {
    pub port: u16,
    pub log: PathBuf,
    /// Unlike a process number it can never come to mean another process.
    process: OwnedFd,
    watch: Arc<Watch>,
}

#[derive(Default)]
struct Watch {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    asked_to_end: bool,
    end: Option<End>,
}

#[derive(Clone, Copy)]
struct End {
    status: ExitStatus,
    unasked: bool,
}

impl Keeper {
    /// Brings the server up on a thread of its own; abandoning the wait ends the server as soon as it is up.
    pub async fn start(settings: ClusterSettings) -> Result<Keeper, ClusterError> {
        let (tell, told) = oneshot::channel();
        thread::Builder::new()
            .name("postgres-keeper".to_owned())
            .spawn(move || keep(&settings, tell))
            .map_err(|source| ClusterError::Spawn {
                program: "a thread".to_owned(),
                source,
            })?;
        told.await.map_err(|_| ClusterError::KeeperLost)?
    }

    /// Ends the server and waits until it is gone and its directory is free.
    pub fn stop(&self) -> Result<(), ClusterError> {
        self.shut_down(&STOP)
    }

    fn shut_down(&self, patience: &Patience) -> Result<(), ClusterError> {
        self.watch.lock().asked_to_end = true;
        self.signal(Signal::INT);
        if let Some(end) = self.watch.wait(patience.fast) {
            return self.unless_unasked(end);
        }
        self.signal(Signal::QUIT);
        if self.watch.wait(patience.immediate).is_none() {
            self.signal(Signal::KILL);
        }
        Err(ClusterError::SlowStop {
            seconds: patience.fast.as_secs(),
        })
    }

    fn unless_unasked(&self, end: End) -> Result<(), ClusterError> {
        if !end.unasked {
            return Ok(());
        }
        Err(ClusterError::EndedEarly {
            status: end.status,
            log: self.log.clone(),
            tail: tail(&self.log),
        })
    }

    fn signal(&self, signal: Signal) {
        // The one error possible is that it has ended already, which is what is wanted.
        if let Err(error) = pidfd_send_signal(&self.process, signal) {
            log::debug!("PostgreSQL did not take signal {signal:?}: {error}");
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        if self.watch.lock().end.is_some() {
            return;
        }
        if let Err(error) = self.shut_down(&DROP) {
            log::warn!("{error}");
        }
    }
}

impl Watch {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, at_most: Duration) -> Option<End> {
        let running = |state: &mut State| state.end.is_none();
        let waited = self
            .ended
            .wait_timeout_while(self.lock(), at_most, running)
            .unwrap_or_else(PoisonError::into_inner);
        waited.0.end
    }

    fn judge(&self, status: ExitStatus, log: &Path) -> End {
        let unasked = !self.lock().asked_to_end;
        if unasked {
            let log = log.display();
            log::error!("PostgreSQL ended unasked ({status}): see {log}, then start again");
        }
        End { status, unasked }
    }

    fn publish(&self, end: End) {
        self.lock().end = Some(end);
        self.ended.notify_all();
    }
}

fn keep(settings: &ClusterSettings, tell: oneshot::Sender<Result<Keeper, ClusterError>>) {
    let (directory, postmaster) = match bring_up(settings) {
        Ok(up) => up,
        Err(error) => return drop(tell.send(Err(error))),
    };
    let (watch, log) = (Arc::new(Watch::default()), directory.log());
    let Postmaster { mut child, port } = postmaster;
    let handle = handle(&child, port, &log, &watch);
    if handle.is_err() {
        drop(child.kill());
    }
    // Nobody may be waiting any more; the drop of the handle then ends the server, and waits for this very thread.
    if let Err(abandoned) = tell.send(handle) {
        thread::spawn(move || drop(abandoned));
    }
    match child.wait() {
        Ok(status) => {
            let end = watch.judge(status, &log);
            // Whoever learns of the end may start again in the same directory at once.
            drop(directory);
            watch.publish(end);
        }
        Err(error) => log::error!("cannot wait for PostgreSQL: {error}"),
    }
}

fn handle(
    child: &Child,
    port: u16,
    log: &Path,
    watch: &Arc<Watch>,
) -> Result<Keeper, ClusterError> {
    let pid = Pid::from_child(child);
    let process = pidfd_open(pid, PidfdFlags::empty())
        .map_err(|error| ClusterError::NoProcessHandle(error.into()))?;
    let (log, watch) = (log.to_path_buf(), Arc::clone(watch));
    Ok(Keeper {
        port,
        log,
        process,
        watch,
    })
}

fn bring_up(settings: &ClusterSettings) -> Result<(DataDirectory, Postmaster), ClusterError> {
    let directory = DataDirectory::claim(&settings.data_dir)?;
    let identity = Identity::current()?;
    let explicit = settings.binaries.as_deref();
    let binaries = binaries::find(explicit, &directory.cluster(), directory.made_by())?;
    prepare(&directory, &binaries, identity)?;
    let plan = Plan {
        postgres: binaries.postgres(),
        identity,
        cluster: directory.cluster(),
        log: directory.log(),
        log_file: directory.open_log()?,
        extra_settings: &settings.extra_settings,
    };
    let postmaster = plan.launch()?;
    let (port, pid) = (postmaster.port, postmaster.child.id());
    let major = binaries.major;
    log::info!("database cluster ready on 127.0.0.1:{port} (PostgreSQL {major}, process {pid})");
    Ok((directory, postmaster))
}

fn prepare(
    directory: &DataDirectory,
    binaries: &Binaries,
    identity: Identity,
) -> Result<(), ClusterError> {
    identity.check_reach(directory.path())?;
    identity.check_reach(&binaries.postgres())?;
    if directory.made_by().is_none() {
        directory.create_cluster(binaries, identity)?;
    }
    directory.check_owner(identity)
}
