//! The line to the server, which a fault may cut.

use crate::domain::panel::{
    Simulator,
    fault::{Effect, Faults},
};
use futures_util::future::pending;
use tokio::{net::TcpStream, sync::watch};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// The line of one simulator, or of one of its devices; by default one that nothing cuts.
#[derive(Debug, Clone, Default)]
pub struct Line(Option<Faulty>);

#[derive(Debug, Clone)]
struct Faulty {
    faults: watch::Receiver<Faults>,
    simulator: Simulator,
    device_id: Option<String>,
}

impl Line {
    pub fn new(faults: watch::Receiver<Faults>, simulator: Simulator) -> Self {
        Line(Some(Faulty {
            faults,
            simulator,
            device_id: None,
        }))
    }

    /// The line of one device.
    pub fn of_device(mut self, device_id: &str) -> Self {
        if let Some(faulty) = &mut self.0 {
            faulty.device_id = Some(device_id.to_owned());
        }
        self
    }

    /// Resolves when it is cut.
    pub async fn cut(&mut self) {
        self.until(true).await;
    }

    /// Resolves when it is whole again.
    pub async fn whole(&mut self) {
        if self.0.is_some() {
            self.until(false).await;
        }
    }

    /// Resolves when other faults are made than at the last call.
    pub async fn changed(&mut self) {
        let Some(faulty) = &mut self.0 else {
            return pending().await;
        };
        if faulty.faults.changed().await.is_err() {
            pending().await
        }
    }

    /// Whether nothing may be sent by its device.
    pub fn is_silent(&self) -> bool {
        self.has(|effect| (*effect == Effect::Silence).then_some(()))
            .is_some()
    }

    /// Whether damaged messages go before those of its device.
    pub fn damages(&self) -> bool {
        self.has(|effect| (*effect == Effect::Invalid).then_some(()))
            .is_some()
    }

    /// How often each message of its device is sent.
    pub fn times(&self) -> u32 {
        let times = self.has(|effect| match effect {
            Effect::Repeated { times } => Some(*times),
            _ => None,
        });
        times.unwrap_or(1)
    }

    fn has<T>(&self, wanted: impl Fn(&Effect) -> Option<T>) -> Option<T> {
        let faulty = self.0.as_ref()?;
        let device_id = faulty.device_id.as_deref()?;
        let faults = faulty.faults.borrow();
        let mut of_device = faults.of_device(faulty.simulator, device_id);
        of_device.find_map(|fault| wanted(&fault.run.effect))
    }

    async fn until(&mut self, is_cut: bool) {
        let Some(faulty) = &mut self.0 else {
            return pending().await;
        };
        let (simulator, device_id) = (faulty.simulator, faulty.device_id.as_deref());
        let is_so = |faults: &Faults| faults.cut(simulator, device_id) == is_cut;
        if faulty.faults.wait_for(is_so).await.is_err() {
            // Nobody makes faults any more; the simulator is about to end.
            pending().await
        }
    }
}

/// Ends the connection with a RST: the server gets neither a Close nor a FIN.
pub(in crate::simulator) fn reset(socket: WebSocketStream<MaybeTlsStream<TcpStream>>) {
    if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
        // Without it the server sees a FIN, which is an abnormal closure too.
        let _ = stream.set_zero_linger();
    }
}
