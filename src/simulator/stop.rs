//! The wish of the operator, or of the machine, that a sender ends in order.

use tokio::signal;

/// Completes at Ctrl-C or SIGTERM.
pub async fn asked_to_stop() {
    tokio::select! {
        () = interrupted() => {}
        () = terminated() => {}
    }
    log::info!("arrêt demandé : les dernières réponses sont attendues");
}

async fn interrupted() {
    if let Err(error) = signal::ctrl_c().await {
        log::warn!("Ctrl-C ne pourra pas être entendu : {error}");
        std::future::pending::<()>().await;
    }
}

async fn terminated() {
    match signal::unix::signal(signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            terminate.recv().await;
        }
        Err(error) => {
            log::warn!("SIGTERM ne pourra pas être entendu : {error}");
            std::future::pending::<()>().await;
        }
    }
}
