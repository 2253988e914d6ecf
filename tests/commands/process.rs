//! Runs the binary and reads its output as it is written.

use crate::common::server::DEADLINE;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs::Permissions, net::SocketAddr, os::unix::fs::PermissionsExt, path::Path, process::Stdio,
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines},
    process::{Child, ChildStderr, Command},
    time::timeout,
};

/// How long it may say nothing. It creates a cluster first, which is written through to the disk, and the disk may be busy.
const FIRST_START: Duration = Duration::from_secs(90);

/// A directory that the `postgres` user can pass through, unlike a plain `TempDir`.
pub fn reachable_directory() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
    directory
}

pub fn data_dir(directory: &TempDir) -> String {
    let path: &Path = directory.path();
    path.join("data").to_str().unwrap().to_owned()
}

/// The first process of the private PostgreSQL in this directory.
pub fn postmaster(data_dir: &str) -> Pid {
    let file = std::fs::read_to_string(format!("{data_dir}/cluster/postmaster.pid")).unwrap();
    Pid::from_raw(file.lines().next().unwrap().parse().unwrap()).unwrap()
}

/// A running `gaveurs`; killed when dropped.
pub struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
    said: Vec<String>,
}

/// Exit code and output of a process that has ended.
pub struct Ended {
    /// `None` if it was killed by a signal.
    pub code: Option<i32>,
    pub stdout: String,
    /// The lines of standard error.
    pub said: Vec<String>,
}

impl Process {
    pub fn start(args: &[&str]) -> Self {
        Self::start_with(args, &[])
    }

    /// Starts one that logs its address and little else, so that its output need not be read while thousands connect.
    pub fn start_quiet(args: &[&str]) -> Self {
        Self::start_with(args, &[("RUST_LOG", "warn,gaveurs::app=info")])
    }

    /// Starts one that may open at most this many files.
    pub fn start_limited(files: usize, args: &[&str]) -> Self {
        let mut command = Command::new("prlimit");
        command.arg(format!("--nofile={files}:{files}"));
        command.arg(env!("CARGO_BIN_EXE_gaveurs"));
        Self::run(command, args, &[])
    }

    /// Starts one with these environment variables and no other settings.
    pub fn start_with(args: &[&str], environment: &[(&str, &str)]) -> Self {
        let command = Command::new(env!("CARGO_BIN_EXE_gaveurs"));
        Self::run(command, args, environment)
    }

    fn run(mut command: Command, args: &[&str], environment: &[(&str, &str)]) -> Self {
        let ours = |name: &str| name.starts_with("GAVEURS_") || name == "DATABASE_URL";
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        for name in names.filter(|name| ours(name) || name == "RUST_LOG") {
            command.env_remove(name);
        }
        let mut child = command
            .args(args)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Process {
            child,
            lines,
            said: Vec::new(),
        }
    }

    /// Waits for a line of standard error with these words and returns the text after them.
    pub async fn says(&mut self, words: &str) -> String {
        loop {
            let next = timeout(FIRST_START, self.lines.next_line()).await;
            let Ok(Ok(Some(line))) = next else {
                panic!("{words:?} was never said; this was: {:#?}", self.said);
            };
            self.said.push(line.clone());
            if let Some((_, rest)) = line.split_once(words) {
                return rest.to_owned();
            }
        }
    }

    /// The address from the line that reports that the server is up.
    pub async fn address(&mut self) -> SocketAddr {
        let address = self.says("listening on http://").await;
        address.parse().unwrap()
    }

    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Kills it without a clean shutdown.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Peak of resident memory since [`forget_peak`](Self::forget_peak).
    pub fn peak_kilobytes(&self) -> u64 {
        let status = std::fs::read_to_string(self.proc("status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let figure = line.unwrap().split_whitespace().next().unwrap();
        figure.parse().unwrap()
    }

    /// Starts a new measurement of the peak.
    pub fn forget_peak(&self) {
        std::fs::write(self.proc("clear_refs"), "5").unwrap();
    }

    fn proc(&self, file: &str) -> String {
        format!("/proc/{}/{file}", self.child.id().unwrap())
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().unwrap().cast_signed()).unwrap()
    }

    pub async fn ended(mut self) -> Ended {
        let end = async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                self.said.push(line);
            }
            let mut stdout = String::new();
            let mut pipe = self.child.stdout.take().unwrap();
            pipe.read_to_string(&mut stdout).await.unwrap();
            let code = self.child.wait().await.unwrap().code();
            (code, stdout)
        };
        let end = timeout(DEADLINE, end).await;
        let (code, stdout) = end.unwrap_or_else(|_| panic!("no end came after {:#?}", self.said));
        Ended {
            code,
            stdout,
            said: self.said,
        }
    }
}
