use super::registrar_to_supervisor::UserCleared;
use crate::domain::{identity::UserId, presence::Step, users::Generation};
use actix::{Message, Recipient};

/// Command: write a user's row into the registry.
#[derive(Message, Debug)]
#[rtype(result = "()")]
pub struct RegisterUser {
    pub user: UserId,
    pub generation: Generation,
}

/// Command: the user has not returned; delete the row, unless a newer generation wrote it.
#[derive(Message, Debug)]
#[rtype(result = "()")]
pub struct ClearUser {
    pub user: UserId,
    pub generation: Generation,
    /// Told of it, unless the user is only elsewhere.
    pub cleared: Option<Recipient<UserCleared>>,
}

/// Command: write this into the journal, behind what was sent before; only in a cluster.
#[derive(Message, Debug)]
#[rtype(result = "()")]
pub struct PlaceStep(pub Step);
