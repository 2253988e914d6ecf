use crate::domain::{identity::UserId, users::Generation};
use actix::Message;

/// Event: a clean-up has ended.
#[derive(Message, Debug)]
#[rtype(result = "()")]
pub struct UserCleared {
    pub user: UserId,
    pub generation: Generation,
    /// Why the registry could not be cleared now; it is tried again.
    pub error: Option<String>,
}
