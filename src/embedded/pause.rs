//! Stops the processes of the private server for a while, to see what its users do then. They go on when they are told to, and before the
//! server is asked to end.

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::{
    fs, io,
    os::fd::{AsFd, OwnedFd},
    path::Path,
    thread::sleep,
    time::Duration,
};

/// The processes of a server that were stopped.
#[derive(Debug)]
pub(super) struct Paused {
    /// The first one has started the others; it goes on last.
    processes: Vec<OwnedFd>,
}

impl Paused {
    /// Stops a server. Its first process is stopped before the others are looked for, so that it starts no further one meanwhile.
    ///
    /// # Errors
    /// It cannot be stopped; then none of its processes is.
    pub fn stop(server: Pid, process: impl AsFd) -> io::Result<Paused> {
        pidfd_send_signal(&process, Signal::STOP)?;
        let mut paused = Paused {
            processes: Vec::from([process.as_fd().try_clone_to_owned()?]),
        };
        paused.wait_until_stopped(server)?;
        for child in children(server)? {
            let opened = pidfd_open(child, PidfdFlags::empty())?;
            // A number may be another process's by now; what was opened cannot become another.
            if parent(child) == Some(server) {
                pidfd_send_signal(&opened, Signal::STOP)?;
                paused.processes.push(opened);
            }
        }
        Ok(paused)
    }

    fn wait_until_stopped(&self, server: Pid) -> io::Result<()> {
        for _ in 0..100 {
            if stat(server).is_some_and(|(state, _)| state == "T") {
                return Ok(());
            }
            sleep(Duration::from_millis(1));
        }
        Err(io::Error::other("it does not stop"))
    }
}

impl Drop for Paused {
    fn drop(&mut self) {
        for process in self.processes.iter().rev() {
            // Ignores the error: it has ended.
            let _ = pidfd_send_signal(process, Signal::CONT);
        }
    }
}

/// Lets the stopped processes that work in a directory go on, which somebody left who was killed; returns their number. All processes of a
/// server work in its cluster. They have been told to end meanwhile, and then do.
pub(super) fn wake_all_in(directory: &Path) -> io::Result<usize> {
    let works_there = |pid: Pid| {
        let place = fs::read_link(format!("/proc/{}/cwd", pid.as_raw_nonzero()));
        place.is_ok_and(|place| place == directory)
    };
    let is_stopped = |pid: Pid| stat(pid).is_some_and(|(state, _)| state == "T");
    let mut woken = 0;
    for pid in processes()?.filter(|pid| is_stopped(*pid) && works_there(*pid)) {
        // It has ended meanwhile, or its number is another's: nothing is to be done.
        let Ok(opened) = pidfd_open(pid, PidfdFlags::empty()) else {
            continue;
        };
        if works_there(pid) && pidfd_send_signal(&opened, Signal::CONT).is_ok() {
            woken += 1;
        }
    }
    Ok(woken)
}

fn processes() -> io::Result<impl Iterator<Item = Pid>> {
    let numbers = fs::read_dir("/proc")?.filter_map(|entry| {
        let name = entry.ok()?.file_name();
        Pid::from_raw(name.to_str()?.parse().ok()?)
    });
    Ok(numbers)
}

fn children(server: Pid) -> io::Result<Vec<Pid>> {
    let all = processes()?;
    Ok(all.filter(|pid| parent(*pid) == Some(server)).collect())
}

fn parent(pid: Pid) -> Option<Pid> {
    stat(pid).and_then(|(_, parent)| Pid::from_raw(parent))
}

/// State and parent of a process.
fn stat(pid: Pid) -> Option<(String, i32)> {
    let text = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    // The name of a program may hold blanks and brackets.
    let (_, behind) = text.rsplit_once(") ")?;
    let mut fields = behind.split(' ');
    Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?))
}
