//! When a core actor dies, the process must end: messages to a dead address would be lost silently.

use crate::telemetry::health::Health;
use tokio::sync::mpsc::UnboundedSender;

/// A guard in a core actor. If it is dropped, also by a panic, while the server is not stopping, it turns health red and reports the
/// actor's name.
#[derive(Debug)]
pub struct Deathwatch {
    name: &'static str,
    health: Health,
    deaths: UnboundedSender<&'static str>,
}

impl Deathwatch {
    pub fn new(name: &'static str, health: Health, deaths: UnboundedSender<&'static str>) -> Self {
        Deathwatch {
            name,
            health,
            deaths,
        }
    }
}

impl Drop for Deathwatch {
    fn drop(&mut self) {
        if self.health.is_stopping() {
            return;
        }
        self.health.set_broken();
        log::error!("the {} actor died", self.name);
        // Ignores the error: without a receiver the process is already ending.
        let _ = self.deaths.send(self.name);
    }
}
