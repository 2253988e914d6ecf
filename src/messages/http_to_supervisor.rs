use crate::domain::scope::Scope;
use actix::Message;
use bytes::Bytes;

/// Query: the frames with which the stream of a supervision screen begins, for a page that shows them before its socket is open. Answered with
/// their JSON.
#[derive(Message)]
#[rtype(result = "Vec<Bytes>")]
pub struct ShowWall {
    pub scope: Scope,
}
