//! The subcommands that run or prepare a server.

pub mod audit;
pub mod bench;
pub mod demo;
pub mod keys;
pub mod migrate;
pub mod serve;

use crate::{app::Application, settings::ServerArgs};

/// Starts a server; `None` if `stop` completes before it is up.
async fn start(
    settings: &ServerArgs,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<Option<Application>> {
    tokio::select! {
        built = Application::build(settings) => built.map(Some),
        () = stop => Ok(None),
    }
}
