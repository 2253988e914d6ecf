//! A core actor that dies takes the process with it: what is sent to a dead address would be lost in silence.

use crate::telemetry::health::Health;
use tokio::sync::mpsc::UnboundedSender;

/// Held by a core actor. When it is dropped, also by a panic, and nobody asked the server to stop, it turns health red and
/// says who died.
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
        // Nobody listening means that the process is already ending.
        let _ = self.deaths.send(self.name);
    }
}
