//! What processes place in the journal of their tabs and users.

use crate::domain::{
    audience::Filter,
    identity::{Identity, UserId},
    subscriptions::ConnectionId,
};
use serde::{Deserialize, Serialize};

/// Differs from the key of every other process, past or present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProcessKey(pub i64);

/// What one process has placed, in its order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Placed {
    pub process: ProcessKey,
    pub steps: Vec<Step>,
}

/// Something that happened at a process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Step {
    Arrived {
        cid: ConnectionId,
        who: Identity,
        /// When it arrived first, if it is placed again.
        since: Option<Order>,
        /// What it wants, if it is placed again. Where the journal knows what its tab wanted, that holds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wanted: Option<Filter>,
    },
    /// The screen wants something else.
    Filtered {
        cid: ConnectionId,
        filter: Filter,
    },
    Left {
        cid: ConnectionId,
    },
    /// The user's grace is over.
    CleanedUp {
        user: UserId,
    },
    /// The process that places this has found that one dead.
    Gone {
        process: ProcessKey,
    },
}

/// Of two connections of a tab the one that arrived later has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Order {
    pub(super) position: i64,
    pub(super) index: u32,
}
