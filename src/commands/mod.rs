//! The sub-commands that run or prepare a server.

pub mod bench;
pub mod demo;
pub mod migrate;
pub mod serve;

use crate::{app::Application, settings::ServerArgs};

/// A running server, or `None` when `stop` completes before it is up.
async fn start(
    settings: &ServerArgs,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<Option<Application>> {
    tokio::select! {
        built = Application::build(settings) => built.map(Some),
        () = stop => Ok(None),
    }
}
