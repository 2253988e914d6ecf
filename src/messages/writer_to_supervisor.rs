use crate::{
    domain::{
        audience::Audience,
        lot::LotId,
        presence::Placed,
        stream::Topic,
        transition::Transition,
        wall::{EarlierEcarts, PlannedEnd, WallLot},
    },
    protocol::frames::OpenFrame,
};
use actix::Message;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedSemaphorePermit;

/// Event: a transaction was committed; carries what screens must learn of it.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Committed {
    pub to_publish: ToPublish,
    /// Its position in the journal, if there is one.
    pub position: Option<i64>,
    /// When another process committed it; `None` if this one did.
    pub by_another: Option<Timestamp>,
    /// Limits how many transactions the supervisor has not handled yet; released when this one is handled.
    pub credit: Option<OwnedSemaphorePermit>,
}

/// What the supervisor publishes of a transaction.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ToPublish {
    pub publications: Vec<Publication>,
    /// Lots whose front was deleted: the wall forgets them before it gets their new states.
    pub gone: Vec<(String, LotId)>,
    /// New states of the lots, for the wall.
    pub lots: Vec<WallLot>,
    /// The écarts of its meals that are not in the lots' states, for the wall.
    pub ecarts: Vec<EarlierEcarts>,
    /// For the wall; the publications tell screens of them.
    pub transitions: Vec<Transition>,
    /// Plans that are in force now, for the wall.
    pub plans: Vec<PlannedEnd>,
    /// Who has arrived at a process of the cluster, and who has left it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence: Option<Placed>,
}

impl ToPublish {
    /// True if neither screens nor the wall learn anything.
    pub fn is_empty(&self) -> bool {
        *self == ToPublish::default()
    }

    /// As the journal keeps it: a line of JSON, and behind it a line for each frame, which is copied as it is.
    ///
    /// # Errors
    /// A sentence that says why it cannot be written.
    pub fn to_entry(&self) -> Result<String, String> {
        let written = Written {
            version: VERSION,
            told: self,
        };
        let mut entry = serde_json::to_vec(&written).map_err(|error| error.to_string())?;
        let frames = self.publications.iter().map(|one| one.frame.as_json());
        entry.reserve_exact(frames.clone().map(|frame| frame.len() + 1).sum());
        for frame in frames {
            entry.push(b'\n');
            entry.extend_from_slice(frame);
        }
        String::from_utf8(entry).map_err(|error| error.to_string())
    }

    /// What the journal kept.
    ///
    /// # Errors
    /// A sentence that says why it cannot be read.
    pub fn from_entry(entry: &str) -> Result<Self, String> {
        let mut lines = entry.split('\n');
        let head = lines.next().unwrap_or_default();
        let Read { version, told } = serde_json::from_str(head).map_err(|e| e.to_string())?;
        if version > VERSION {
            return Err(format!(
                "an entry of version {version} is newer than this program"
            ));
        }
        let told: Result<ToPublish, _> = serde_json::from_str(told.get());
        let mut told = told.map_err(|error| error.to_string())?;
        if version >= FRAMES_BEHIND {
            for publication in &mut told.publications {
                let frame = lines.next().ok_or("a frame is missing")?;
                publication.frame = OpenFrame::from_json(frame);
            }
        }
        Ok(told)
    }
}

/// Version of an entry of the journal. A program reads all versions up to its own.
const VERSION: u32 = 2;
/// Before, each frame was written within its publication.
const FRAMES_BEHIND: u32 = 2;

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    told: &'a ToPublish,
}

#[derive(Deserialize)]
struct Read<'a> {
    version: u32,
    /// Read only if the version is known.
    #[serde(borrow)]
    told: &'a serde_json::value::RawValue,
}

/// One frame for the subscribers of a topic, encoded except for its `seq`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Publication {
    pub topic: Topic,
    /// A gaveur who is told the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gaveur: Option<i32>,
    pub audience: Audience,
    /// The supervisor adds the `seq`. In an entry it stands on a line of its own.
    #[serde(default, skip_serializing)]
    pub frame: OpenFrame,
}
