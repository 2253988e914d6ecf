use super::session_to_matrix_writer::StoreSample;
use crate::domain::quality::sample::DeviceReport;
use actix::Message;
use tokio::sync::oneshot;

/// Command: store the score of a sample, whose matrices are stored.
#[derive(Message)]
#[rtype(result = "()")]
pub struct StoreScore(pub StoreSample);

/// Command: note what was heard of stations, one entry for each.
#[derive(Message)]
#[rtype(result = "()")]
pub struct NoteStations {
    pub device_reports: Vec<DeviceReport>,
    /// Dropped when they are noted, or left out.
    pub noted: oneshot::Sender<()>,
}
