use crate::domain::{identity::UserId, users::Generation};
use actix::Message;

/// Event: a clean-up of the registry has finished.
#[derive(Message, Debug)]
#[rtype(result = "()")]
pub struct UserCleared {
    pub user: UserId,
    pub generation: Generation,
    /// Why the row could not be deleted now; it is tried again.
    pub error: Option<String>,
}
