use super::session_to_matrix_writer::StoreSample;
use crate::domain::quality::sample::DeviceReport;
use actix::Message;
use tokio::sync::oneshot;

/// Command: store the scores of these samples, whose matrices are stored.
#[derive(Message)]
#[rtype(result = "()")]
pub struct StoreScores(pub Vec<StoreSample>);

/// Command: store reports about stations, one entry per station.
#[derive(Message)]
#[rtype(result = "()")]
pub struct NoteStations {
    pub device_reports: Vec<DeviceReport>,
    /// Dropped when the reports are stored, or discarded.
    pub noted: oneshot::Sender<()>,
}
