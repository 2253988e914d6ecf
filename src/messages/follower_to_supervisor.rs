use actix::Message;

/// Event: whether this process keeps the journal now, one at a time does: it publishes what comes from a clock, and deletes what is too old.
#[derive(Message)]
#[rtype(result = "()")]
pub struct KeepsJournal(pub bool);
