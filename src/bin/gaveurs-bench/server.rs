//! Starts a server for a measurement, in its own process.

use crate::server_binary;
use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    ffi::OsString, fs::Permissions, net::SocketAddr, os::unix::fs::PermissionsExt, path::PathBuf,
    process::Stdio,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// Holds the private database.
    directory: Option<PathBuf>,
}

impl Server {
    /// Starts it on the given database, or on a private one that is deleted at the end. Calls `hear` with each line of its log.
    ///
    /// # Errors
    /// The server does not start.
    pub async fn start(
        database_url: Option<&str>,
        connections: usize,
        hear: impl Fn(&str) + 'static,
    ) -> anyhow::Result<Self> {
        Self::start_with(database_url, connections, &[], hear).await
    }

    /// The same with further flags of `gaveurs serve`.
    ///
    /// # Errors
    /// The server does not start.
    pub async fn start_with(
        database_url: Option<&str>,
        connections: usize,
        flags: &[&str],
        hear: impl Fn(&str) + 'static,
    ) -> anyhow::Result<Self> {
        let directory = match database_url {
            Some(_) => None,
            None => Some(scratch()?),
        };
        let database: [OsString; 2] = match (database_url, &directory) {
            (Some(url), _) => ["--database-url".into(), url.into()],
            (None, directory) => {
                let data = directory.as_ref().map(|directory| directory.join("data"));
                ["--data-dir".into(), data.unwrap_or_default().into()]
            }
        };
        let mut child = Command::new(server_binary()?)
            .args(["serve", "--bind", "127.0.0.1:0"])
            .args(database)
            .args(["--max-connections", &connections.to_string()])
            .args(flags)
            .env("RUST_LOG", "info")
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(child.stderr.take().context("no way to hear it")?).lines();
        let address = loop {
            let line = lines
                .next_line()
                .await?
                .context("the server did not start")?;
            if let Some((_, address)) = line.split_once("listening on http://") {
                break address.trim().parse()?;
            }
        };
        actix_web::rt::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                hear(&line);
            }
        });
        Ok(Server {
            child,
            address,
            directory,
        })
    }

    /// Resident memory, KB.
    ///
    /// # Errors
    /// The server has ended.
    pub fn memory(&self) -> anyhow::Result<u64> {
        let id = self.child.id().context("the server has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let figure = line.and_then(|line| line.split_whitespace().next());
        Ok(figure.context("no resident memory is stated")?.parse()?)
    }

    /// Seconds that its threads have worked.
    ///
    /// # Errors
    /// The server has ended.
    pub fn worked(&self) -> anyhow::Result<f64> {
        worked(self.child.id().context("the server has ended")?)
    }

    /// Without a clean shutdown. For a server without a private database.
    ///
    /// # Errors
    /// The server had ended before.
    pub async fn kill(mut self) -> std::io::Result<()> {
        self.child.kill().await
    }

    /// # Errors
    /// The server had ended before, or its directory cannot be removed.
    pub async fn end(mut self) -> anyhow::Result<()> {
        let id = self.child.id().context("the server has ended")?;
        let id = Pid::from_raw(id.cast_signed()).context("no process")?;
        kill_process(id, Signal::TERM)?;
        self.child.wait().await?;
        if let Some(directory) = &self.directory {
            std::fs::remove_dir_all(directory)?;
        }
        Ok(())
    }
}

/// The kernel counts time of processes in hundredths of a second for whoever asks.
const TICKS: f64 = 100.0;

/// Seconds that the threads of a process have worked.
///
/// # Errors
/// The process has ended.
pub fn worked(process: u32) -> anyhow::Result<f64> {
    let figures = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // Behind the name, which may hold anything.
    let (_, figures) = figures.rsplit_once(')').context("no figures")?;
    let ticks = figures.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Ok(ticks as f64 / TICKS)
}

/// Creates a directory for this process, which may hold a private database.
pub fn scratch() -> std::io::Result<PathBuf> {
    let directory = std::env::temp_dir().join(format!("gaveurs-bench-{}", std::process::id()));
    std::fs::create_dir(&directory)?;
    // The private PostgreSQL may run as another user, who must be able to enter the directory.
    std::fs::set_permissions(&directory, Permissions::from_mode(0o755))?;
    Ok(directory)
}
