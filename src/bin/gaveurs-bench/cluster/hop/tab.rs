//! A cheap tab: it looks at the type and the position of each frame, and reconnects wherever it is told.

use super::{super::place::Place, Crowd};
use crate::subscriber::{Reader, connect};
use serde::Deserialize;
use std::{net::SocketAddr, rc::Rc, time::Duration};
use tokio::{net::TcpStream, sync::watch, time::sleep};

/// After a refused handshake.
const BEFORE_RETRY: Duration = Duration::from_millis(100);

/// Where tabs are to be.
#[derive(Debug, Clone, Copy)]
pub enum Whereto {
    At(SocketAddr),
    /// Their server is gone, and the next one is not there yet.
    Nowhere,
    Over,
}

#[derive(Debug, Deserialize)]
struct Resume {
    recovered: bool,
    epoch: String,
    to: u64,
    replayed: u64,
}

#[derive(Debug)]
pub struct Tab {
    path: String,
    /// The type of the frames that tell of readings.
    reading: &'static [u8],
    /// How many readings of each round of all gaveurs it is to be told of.
    pub share: u64,
    pub place: Place,
    /// What is still to be replayed on this connection; `None` before that is known, and when all was.
    missing: Option<u64>,
    pub readings: u64,
    pub replayed: u64,
}

impl Tab {
    pub fn of_gaveur(number: usize, gaveur: usize) -> Self {
        let path = format!("/ws/gaveur/{gaveur}?sid=mesure{number}");
        Self::new(path, br#"{"type":"gavage","#, 1)
    }

    /// A wall is told of the readings of all gaveurs.
    pub fn of_wall(number: usize, gaveurs: usize) -> Self {
        let path = format!("/ws/realtime/?uid=mur{number}&sid=mesure{number}");
        Self::new(path, br#"{"type":"gavage_realtime","#, gaveurs as u64)
    }

    fn new(path: String, reading: &'static [u8], share: u64) -> Self {
        Tab {
            path,
            reading,
            share,
            place: Place::default(),
            missing: None,
            readings: 0,
            replayed: 0,
        }
    }

    /// Until it is over.
    pub async fn run(mut self, crowd: Rc<Crowd>, mut told: watch::Receiver<Whereto>) -> Self {
        loop {
            let whereto = *told.borrow_and_update();
            match whereto {
                Whereto::Over => return self,
                Whereto::At(address) => match self.connect(address, &crowd).await {
                    Ok(stream) => self.listen(&stream, &crowd, &mut told).await,
                    Err(error) => {
                        crowd.refused(&error);
                        sleep(BEFORE_RETRY).await;
                    }
                },
                Whereto::Nowhere => drop(told.changed().await),
            }
        }
    }

    async fn connect(&self, address: SocketAddr, crowd: &Crowd) -> anyhow::Result<TcpStream> {
        let _permit = crowd.handshakes.acquire().await?;
        let path = format!("{}{}", self.path, self.place.query());
        connect(address, &path).await
    }

    /// Until the connection ends, or all is over.
    async fn listen(
        &mut self,
        stream: &TcpStream,
        crowd: &Crowd,
        told: &mut watch::Receiver<Whereto>,
    ) {
        self.missing = None;
        let mut reader = Reader::default();
        loop {
            tokio::select! {
                readable = stream.readable() => {
                    let mut received = crowd.received.borrow_mut();
                    match readable.and_then(|()| stream.try_read(&mut received[..])) {
                        Ok(0) => return,
                        Ok(count) => reader.frames(&received[..count], |payload| self.hear(payload, crowd)),
                        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                        Err(_) => return,
                    }
                }
                _ = told.changed() => {
                    if matches!(*told.borrow_and_update(), Whereto::Over) {
                        return;
                    }
                }
            }
        }
    }

    fn hear(&mut self, payload: &[u8], crowd: &Crowd) {
        if payload.starts_with(br#"{"type":"resume""#) {
            if let Ok(resume) = serde_json::from_slice(payload) {
                self.begin(resume);
            }
        } else if !payload.starts_with(br#"{"type":"snapshot""#)
            && let Some(seq) = position(payload)
        {
            self.missing = self.missing.map(|missing| missing.saturating_sub(1));
            self.place.number(seq);
            self.readings += u64::from(payload.starts_with(self.reading));
        }
        if self.missing == Some(0) {
            self.missing = None;
            crowd.one_is_whole();
        }
    }

    fn begin(&mut self, resume: Resume) {
        self.missing = Some(resume.replayed);
        self.replayed += resume.replayed;
        self.place.resume(resume.recovered, resume.epoch, resume.to);
    }
}

/// The `seq` with which a numbered frame ends.
fn position(payload: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(payload).ok()?;
    let (_, seq) = text.rsplit_once(r#","seq":"#)?;
    seq.strip_suffix('}')?.parse().ok()
}
