//! A probe: an actor that only records the messages it receives.

use actix::{Actor, AsyncContext, Context, Handler, Message, Recipient, dev::ToEnvelope};
use std::time::Duration;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::timeout,
};

pub struct Probe<M>(UnboundedSender<M>);

impl<M: Unpin + 'static> Actor for Probe<M> {
    type Context = Context<Self>;
}

impl<M: Message<Result = ()> + Unpin + 'static> Handler<M> for Probe<M> {
    type Result = ();

    fn handle(&mut self, message: M, _: &mut Self::Context) {
        // Ignores the error: the test may have dropped its receiver.
        let _ = self.0.send(message);
    }
}

/// The messages that a probe received.
pub struct Heard<M>(UnboundedReceiver<M>);

impl<M> Heard<M> {
    /// Waits for the next message; under a paused clock waiting takes no real time.
    pub async fn next(&mut self) -> M {
        let next = timeout(Duration::from_secs(3_600), self.0.recv()).await;
        next.expect("nothing was said for an hour").unwrap()
    }

    /// All messages so far, once every actor is idle.
    pub async fn so_far(&mut self) -> Vec<M> {
        let mut heard = Vec::new();
        while let Ok(Some(message)) = timeout(Duration::from_millis(1), self.0.recv()).await {
            heard.push(message);
        }
        heard
    }
}

/// Creates a probe: its recipient, and the messages it receives.
pub fn probe<M>() -> (Recipient<M>, Heard<M>)
where
    M: Message<Result = ()> + Send + Unpin + 'static,
    Context<Probe<M>>: ToEnvelope<Probe<M>, M>,
{
    let (sender, heard) = unbounded_channel();
    (Probe(sender).start().recipient(), Heard(heard))
}

/// A recipient with a mailbox for `capacity` messages that never handles one.
pub fn deaf<M>(capacity: usize) -> Recipient<M>
where
    M: Message<Result = ()> + Send + Unpin + 'static,
{
    struct Deaf;
    impl Actor for Deaf {
        type Context = Context<Self>;
    }
    impl<M: Message<Result = ()>> Handler<M> for Deaf {
        type Result = ();
        fn handle(&mut self, _: M, _: &mut Self::Context) {}
    }
    let address = Deaf::create(|ctx| {
        ctx.set_mailbox_capacity(capacity);
        ctx.wait(actix::fut::wrap_future(std::future::pending()));
        Deaf
    });
    address.recipient()
}
