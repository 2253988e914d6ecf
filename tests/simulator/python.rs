//! A Python with one package from PyPI, in a virtual environment below the target directory.

use std::path::{Path, PathBuf};
use tokio::process::Command;

/// The interpreter; `None`, with a message, if the package cannot be installed. With `CI` set this is a failure.
pub async fn with(package: &str) -> Option<PathBuf> {
    match install(package).await {
        Ok(python) => Some(python),
        Err(lack) => {
            assert!(
                std::env::var_os("CI").is_none(),
                "{package} is needed here: {lack}"
            );
            eprintln!("skipped, {package} cannot be installed: {lack}");
            None
        }
    }
}

async fn install(package: &str) -> Result<PathBuf, String> {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join(package);
    let python = environment.join("bin/python");
    // Written last, so that an interrupted installation is repeated.
    let done = environment.join("installed");
    if !done.exists() {
        let directory = environment.to_str().ok_or("the path is no text")?;
        run("python3", &["-m", "venv", directory]).await?;
        run(&python, &["-m", "pip", "install", "--quiet", package]).await?;
        std::fs::write(done, package).map_err(|error| error.to_string())?;
    }
    Ok(python)
}

async fn run(program: impl AsRef<Path>, arguments: &[&str]) -> Result<(), String> {
    let program = program.as_ref();
    let output = Command::new(program).args(arguments).output().await;
    let output = output.map_err(|error| format!("{}: {error}", program.display()))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
