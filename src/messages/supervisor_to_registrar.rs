use super::registrar_to_supervisor::UserCleared;
use crate::domain::{identity::UserId, users::Generation};
use actix::{Message, Recipient};

/// Command: write down that a user is here.
#[derive(Message, Debug)]
#[rtype(result = "()")]
pub struct RegisterUser {
    pub user: UserId,
    pub generation: Generation,
}

/// Command: a user is gone for good, clear what was written down before this generation.
#[derive(Message, Debug)]
#[rtype(result = "()")]
pub struct ClearUser {
    pub user: UserId,
    pub generation: Generation,
    pub cleared: Recipient<UserCleared>,
}
