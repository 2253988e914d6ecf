//! What a test needs from PyPI or npm, installed by the first test that asks for it; the others wait for it, also in another process.

use super::lacking::skip;
use std::{
    fs::File,
    path::{Path, PathBuf},
};
use tokio::{process::Command, task::spawn_blocking};

/// The `bin` directory of a virtual environment with this package from PyPI; `None`, with a message, if it cannot be installed.
/// With `CI` set this is a failure.
pub async fn python(package: &str) -> Option<PathBuf> {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join(package);
    let bin = environment.join("bin");
    let install = async || {
        run(Command::new("python3")
            .args(["-m", "venv"])
            .arg(&environment))
        .await?;
        let pip = ["-m", "pip", "install", "--quiet", package];
        run(Command::new(bin.join("python")).args(pip)).await
    };
    match once(&environment.join("installed"), package.as_bytes(), install).await {
        Ok(()) => Some(bin),
        Err(lack) => {
            skip(&format!("{package} cannot be installed: {lack}"));
            None
        }
    }
}

/// The npm packages of the lock file in this directory, into its `node_modules`.
pub async fn npm(directory: &Path) -> Result<(), String> {
    let packages = std::fs::read(directory.join("package-lock.json")).map_err(text)?;
    let stamp = directory.join("node_modules/.installed-lock.json");
    let install = async || {
        let ci = ["ci", "--no-audit", "--no-fund"];
        run(Command::new("npm").args(ci).current_dir(directory)).await
    };
    once(&stamp, &packages, install).await
}

/// The stamp is written last, so that an interrupted installation is repeated.
async fn once(
    stamp: &Path,
    version: &[u8],
    install: impl AsyncFnOnce() -> Result<(), String>,
) -> Result<(), String> {
    let _turn = turn().await?;
    if std::fs::read(stamp).is_ok_and(|installed| installed == version) {
        return Ok(());
    }
    install().await?;
    std::fs::write(stamp, version).map_err(text)
}

/// Let go of when it is dropped, and by the system if the process dies.
async fn turn() -> Result<File, String> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("installation.lock");
    let locked = spawn_blocking(move || {
        let file = File::create(path)?;
        file.lock()?;
        Ok(file)
    });
    locked
        .await
        .map_err(text)?
        .map_err(|error: std::io::Error| text(error))
}

async fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().await.map_err(text)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{:?}: {said}", command.as_std()))
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
