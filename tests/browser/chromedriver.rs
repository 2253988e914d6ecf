//! Runs one `chromedriver`.

use crate::common::server::DEADLINE;
use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

const READY: &str = "started successfully on port ";

pub struct Chromedriver {
    address: SocketAddr,
    process: Child,
    /// Kept open, because a process that writes to a closed pipe ends.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Chromedriver {
    /// Starts it on a port that it chooses. It chooses one that is free under IPv6, and ends if that is taken under IPv4.
    pub async fn start(program: PathBuf) -> Self {
        let tried = async {
            loop {
                if let Some(driver) = Self::try_start(&program).await {
                    return driver;
                }
            }
        };
        let driver = timeout(DEADLINE, tried).await;
        driver.expect("chromedriver did not say its port")
    }

    async fn try_start(program: &Path) -> Option<Self> {
        let mut process = Command::new(program)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = announced_port(&mut output).await?;
        Some(Chromedriver {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            process,
            _output: output,
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its own shutdown command.
    fn shut_down(&self) -> std::io::Result<()> {
        let mut connection = TcpStream::connect_timeout(&self.address, DEADLINE)?;
        connection.set_read_timeout(Some(Duration::from_secs(5)))?;
        let request = format!("GET /shutdown HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
        connection.write_all(request.as_bytes())?;
        // The connection ends when the process does.
        connection.read_to_end(&mut Vec::new()).map(drop)
    }
}

impl Drop for Chromedriver {
    /// Also runs when a test fails.
    fn drop(&mut self) {
        if let Err(error) = self.shut_down() {
            eprintln!("chromedriver did not end by itself: {error}");
        }
        let _ = self.process.start_kill();
    }
}

/// `None` if it ended before.
async fn announced_port(output: &mut Lines<BufReader<ChildStdout>>) -> Option<u16> {
    while let Some(line) = output.next_line().await.unwrap() {
        if let Some((_, port)) = line.split_once(READY) {
            return Some(port.trim_end_matches('.').parse().unwrap());
        }
    }
    None
}

/// Finds a program of this name on `PATH`.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}
