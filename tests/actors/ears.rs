//! Sessions that only note what they are told.

use actix::{Actor, Context, Handler};
use gaveurs::{
    messages::supervisor_to_session::{BeginStream, CloseSession, Deliver},
    websocket::Ending,
};
use std::{cell::RefCell, rc::Rc};

/// What a session was told since it was looked at last.
#[derive(Default)]
pub struct Ear {
    pub seqs: Vec<u64>,
    /// After which frame the stream began.
    pub begun: Option<u64>,
    pub is_closed: bool,
}

pub struct Session(pub Rc<RefCell<Ear>>);

impl Actor for Session {
    type Context = Context<Self>;
}

impl Handler<Deliver> for Session {
    type Result = ();

    fn handle(&mut self, delivered: Deliver, _: &mut Self::Context) {
        let seqs = delivered.frames.iter().map(|published| published.seq);
        self.0.borrow_mut().seqs.extend(seqs);
    }
}

impl Handler<BeginStream> for Session {
    type Result = ();

    fn handle(&mut self, begin: BeginStream, _: &mut Self::Context) {
        let mut ear = self.0.borrow_mut();
        let Some(resumed) = begin.resumed else { return };
        ear.begun = Some(resumed.last_seq);
        if let Ok(replay) = resumed.outcome {
            ear.begun = Some(replay.after);
            ear.seqs
                .extend(replay.missed.iter().map(|missed| missed.seq));
        }
    }
}

impl Handler<CloseSession> for Session {
    type Result = ();

    fn handle(&mut self, close: CloseSession, _: &mut Self::Context) {
        assert_eq!(close.ending, Ending::AccessRevoked);
        self.0.borrow_mut().is_closed = true;
    }
}
