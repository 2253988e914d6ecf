//! Signals of the operator or the machine to stop cleanly.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Completes at Ctrl-C or SIGTERM, also for a signal between this call and the first poll. Needs a Tokio runtime.
pub fn asked_to_stop() -> impl Future<Output = ()> {
    let interrupt = listen(SignalKind::interrupt());
    let terminate = listen(SignalKind::terminate());
    async {
        tokio::select! {
            () = received(interrupt) => {}
            () = received(terminate) => {}
        }
    }
}

fn listen(kind: SignalKind) -> Option<Signal> {
    signal(kind)
        .inspect_err(|error| log::warn!("cannot listen for a signal: {error}"))
        .ok()
}

async fn received(signal: Option<Signal>) {
    match signal {
        Some(mut signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}
