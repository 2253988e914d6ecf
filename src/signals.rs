//! The wish of the operator, or of the machine, that the program ends in order.

use tokio::signal::unix::{SignalKind, signal};

/// Completes at Ctrl-C or SIGTERM.
pub async fn asked_to_stop() {
    tokio::select! {
        () = received(SignalKind::interrupt()) => {}
        () = received(SignalKind::terminate()) => {}
    }
}

async fn received(kind: SignalKind) {
    match signal(kind) {
        Ok(mut signals) => {
            signals.recv().await;
        }
        Err(error) => {
            log::warn!("a signal cannot be heard: {error}");
            std::future::pending::<()>().await;
        }
    }
}
