//! The thread that spawns PostgreSQL and waits for its end.
//!
//! The kernel sends a child its parent-death signal when the *thread* that spawned it ends. A thread of the runtime's pool may end at any
//! time, so the server gets a thread of its own that lives exactly as long as the server.

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::{
    sync::{oneshot, watch},
    time::Instant,
};

use super::ClusterSettings;
use super::binaries::{self, Binaries};
use super::directory::{DataDirectory, bound_log};
use super::error::ClusterError;
use super::identity::Identity;
use super::pause::Paused;
use super::postmaster::{Plan, end, tail};
use super::restarts::Restarts;
use super::socket;

/// The end of the time that a stop may take, for PostgreSQL's "immediate shutdown" (SIGQUIT), after which the next start recovers from the
/// write-ahead log. The time before is for its "fast shutdown" (SIGINT), which closes all sessions and writes everything to disk.
const IMMEDIATE: Duration = Duration::from_secs(2);
/// A drop blocks its thread, so it waits less than a stop.
const DROP: Duration = Duration::from_secs(7);

/// How often the length of the log is looked at.
const LOG_LOOK: Timespec = Timespec {
    tv_sec: 2,
    tv_nsec: 0,
};

/// A running server that is restarted when it ends unexpectedly. Dropping it stops the server.
pub(super) struct Keeper {
    pub socket_dir: PathBuf,
    pub log: PathBuf,
    watch: Arc<Watch>,
}

struct Watch {
    state: Mutex<State>,
    /// Notified when the server was asked to stop or has ended for good.
    changed: Condvar,
    /// The same for async callers, which must not block a thread.
    lost: watch::Sender<bool>,
}

struct State {
    /// A pidfd: unlike a process id, it can never refer to another process.
    process: OwnedFd,
    pid: Pid,
    /// While it is stopped for a while.
    paused: Option<Paused>,
    asked_to_end: bool,
    end: Option<End>,
}

#[derive(Clone, Copy)]
struct End {
    status: ExitStatus,
    unasked: bool,
}

impl Keeper {
    /// Starts the server on its own thread. If the caller drops this future, the server is stopped as soon as it is up.
    ///
    /// # Errors
    /// The server does not come up.
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

    /// Completes when the server has ended unexpectedly and cannot be restarted.
    pub fn lost(&self) -> impl Future<Output = ClusterError> + use<> {
        let (mut lost, log) = (self.watch.lost.subscribe(), self.log.clone());
        async move {
            if lost.wait_for(|lost| *lost).await.is_ok() {
                ClusterError::Lost {
                    tail: tail(&log),
                    log,
                }
            } else {
                std::future::pending().await
            }
        }
    }

    pub fn pauser(&self) -> Pauser {
        Pauser(Arc::clone(&self.watch))
    }

    /// Stops the server and waits until it is gone and its directory is unlocked; kills it after this time.
    ///
    /// # Errors
    /// The server had ended unexpectedly, or was too slow.
    pub fn stop(&self, within: Duration) -> Result<(), ClusterError> {
        self.watch.ask();
        let fast = within.saturating_sub(IMMEDIATE);
        if let Some(end) = self.watch.wait(fast) {
            return self.unless_unasked(end);
        }
        self.watch.lock().signal(Signal::QUIT);
        if self.watch.wait(IMMEDIATE).is_none() {
            self.watch.lock().signal(Signal::KILL);
        }
        Err(ClusterError::SlowStop {
            seconds: fast.as_secs(),
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
}

impl Drop for Keeper {
    fn drop(&mut self) {
        if self.watch.lock().end.is_some() {
            return;
        }
        if let Err(error) = self.stop(DROP) {
            log::warn!("{error}");
        }
    }
}

/// Stops the processes of a running server for a while.
#[derive(Clone)]
pub struct Pauser(Arc<Watch>);

impl Pauser {
    /// Stops them (`true`), or lets them go on.
    ///
    /// # Errors
    /// They cannot be stopped: the server is ending, for example.
    pub fn pause(&self, is_paused: bool) -> std::io::Result<()> {
        let mut state = self.0.lock();
        if !is_paused {
            state.paused = None;
            return Ok(());
        }
        if state.asked_to_end || state.end.is_some() {
            return Err(std::io::Error::other("the database is ending"));
        }
        if state.paused.is_none() {
            state.paused = Some(Paused::stop(state.pid, &state.process)?);
        }
        Ok(())
    }
}

impl State {
    fn signal(&self, signal: Signal) {
        // The only possible error is that the process has ended already.
        if let Err(error) = pidfd_send_signal(&self.process, signal) {
            log::debug!("PostgreSQL did not take signal {signal:?}: {error}");
        }
    }
}

impl Watch {
    fn new((pid, process): (Pid, OwnedFd)) -> Self {
        Watch {
            state: Mutex::new(State {
                process,
                pid,
                paused: None,
                asked_to_end: false,
                end: None,
            }),
            changed: Condvar::new(),
            lost: watch::Sender::new(false),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self) {
        let mut state = self.lock();
        state.asked_to_end = true;
        // A stopped process ends only when it goes on.
        state.paused = None;
        state.signal(Signal::INT);
        self.changed.notify_all();
    }

    /// Waits at most this long for the end.
    fn wait(&self, at_most: Duration) -> Option<End> {
        let running = |state: &mut State| state.end.is_none();
        let waited = self
            .changed
            .wait_timeout_while(self.lock(), at_most, running)
            .unwrap_or_else(PoisonError::into_inner);
        waited.0.end
    }

    /// Waits this long; returns true if a stop was requested by then.
    fn is_asked_within(&self, wait: Duration) -> bool {
        let unasked = |state: &mut State| !state.asked_to_end;
        let waited = self
            .changed
            .wait_timeout_while(self.lock(), wait, unasked)
            .unwrap_or_else(PoisonError::into_inner);
        waited.0.asked_to_end
    }

    /// Replaces the server process after a restart. A stop may have been requested before it was there.
    fn replace(&self, (pid, process): (Pid, OwnedFd)) {
        let mut state = self.lock();
        state.paused = None;
        (state.pid, state.process) = (pid, process);
        if state.asked_to_end {
            state.signal(Signal::INT);
        }
    }

    fn publish(&self, status: ExitStatus) {
        let mut state = self.lock();
        let unasked = !state.asked_to_end;
        state.end = Some(End { status, unasked });
        self.changed.notify_all();
        if unasked {
            self.lost.send_replace(true);
        }
    }
}

fn keep(settings: &ClusterSettings, tell: oneshot::Sender<Result<Keeper, ClusterError>>) {
    let (directory, plan, mut child) = match bring_up(settings) {
        Ok(up) => up,
        Err(error) => return drop(tell.send(Err(error))),
    };
    let watch = match process_of(&child) {
        Ok(process) => Arc::new(Watch::new(process)),
        Err(error) => {
            end(&mut child);
            return drop(tell.send(Err(error)));
        }
    };
    let keeper = Keeper {
        socket_dir: plan.socket_dir.clone(),
        log: directory.log(),
        watch: Arc::clone(&watch),
    };
    // If the caller has given up, dropping the handle stops the server and waits for this thread.
    if let Err(abandoned) = tell.send(Ok(keeper)) {
        thread::spawn(move || drop(abandoned));
    }
    match attend(child, &plan, &watch) {
        Ok(status) => {
            // Unlock first: a caller that sees the end may start again in the same directory at once.
            drop(plan);
            drop(directory);
            watch.publish(status);
        }
        Err(error) => log::error!("cannot wait for PostgreSQL: {error}"),
    }
}

/// Waits for the server to end and restarts it, until a stop is requested or the restarts are used up.
fn attend(mut child: Child, plan: &Plan<'_>, watch: &Watch) -> std::io::Result<ExitStatus> {
    let mut restarts = Restarts::default();
    loop {
        let status = wait(&mut child, plan)?;
        if watch.is_asked_within(Duration::ZERO) {
            return Ok(status);
        }
        let log = plan.log.display();
        log::error!("PostgreSQL ended unasked ({status}), starting it again: see {log}");
        match start_again(plan, watch, &mut restarts) {
            Some(next) => child = next,
            None => return Ok(status),
        }
    }
}

/// Waits for the server to end, and meanwhile keeps its log within bounds.
fn wait(child: &mut Child, plan: &Plan<'_>) -> std::io::Result<ExitStatus> {
    let process = pidfd_open(Pid::from_child(child), PidfdFlags::empty())?;
    // Ready when the process has ended. An interrupted wait is one that is over.
    while poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&LOG_LOOK)).unwrap_or(0) == 0 {
        if let Err(error) = bound_log(&plan.log, &plan.log_file) {
            log::warn!("{} cannot be shortened: {error}", plan.log.display());
        }
    }
    child.wait()
}

/// Returns `None` if a stop was requested meanwhile, or after too many failures.
fn start_again(plan: &Plan<'_>, watch: &Watch, restarts: &mut Restarts) -> Option<Child> {
    while let Some(wait) = restarts.next(Instant::now()) {
        if watch.is_asked_within(wait) {
            return None;
        }
        match plan.launch() {
            Ok(mut child) => match process_of(&child) {
                Ok(process) => {
                    watch.replace(process);
                    log::warn!("PostgreSQL runs again (process {})", child.id());
                    return Some(child);
                }
                Err(error) => {
                    log::error!("{error}");
                    end(&mut child);
                }
            },
            Err(error) => log::error!("PostgreSQL was not started again: {error}"),
        }
    }
    None
}

fn process_of(child: &Child) -> Result<(Pid, OwnedFd), ClusterError> {
    let pid = Pid::from_child(child);
    let opened = pidfd_open(pid, PidfdFlags::empty());
    let process = opened.map_err(|error| ClusterError::NoProcessHandle(error.into()))?;
    Ok((pid, process))
}

fn bring_up(settings: &ClusterSettings) -> Result<(DataDirectory, Plan<'_>, Child), ClusterError> {
    let identity = Identity::current()?;
    let directory = DataDirectory::claim(&settings.data_dir, identity)?;
    let explicit = settings.binaries.as_deref();
    let binaries = binaries::find(explicit, &directory.cluster(), directory.made_by())?;
    prepare(&directory, &binaries, identity)?;
    let plan = Plan {
        postgres: binaries.postgres(),
        identity,
        cluster: directory.cluster(),
        socket_dir: socket::prepare(directory.path(), identity)?,
        log: directory.log(),
        log_file: directory.open_log()?,
        extra_settings: &settings.extra_settings,
    };
    let child = plan.launch()?;
    let (major, pid) = (binaries.major, child.id());
    log::info!("database cluster ready (PostgreSQL {major}, process {pid})");
    Ok((directory, plan, child))
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
