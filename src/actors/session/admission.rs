//! Room in a writer's queue. Each message reserves its bytes of it; if the queue is full nothing more is read, and TCP slows the producer down.

use super::{Endpoint, Session};
use crate::domain::reasons::ErrorReason;
use actix::{Addr, AsyncContext, Context, Handler, Message};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// The size limit of a writer's queue.
#[derive(Clone)]
pub struct IngestQuota {
    /// Bytes of frames that may wait to be written, for all producers together.
    pub bytes: Arc<Semaphore>,
    /// How long a frame may wait for room before its sender is asked to retry later.
    pub patience: Duration,
}

/// When a message got its room in the writer's queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    AtOnce,
    /// Its peer may have left meanwhile.
    Later,
}

impl<E: Endpoint> Session<E> {
    /// Submits a message as soon as there is room for its text.
    pub(super) fn admit(
        &mut self,
        quota: &IngestQuota,
        text: String,
        ctx: &Context<Self>,
        hand_over: impl FnOnce(OwnedSemaphorePermit, Admission) + 'static,
    ) {
        self.unanswered += 1;
        let size = u32::try_from(text.len()).unwrap_or(u32::MAX);
        match quota.bytes.clone().try_acquire_many_owned(size) {
            Ok(permit) => hand_over(permit, Admission::AtOnce),
            Err(_) => {
                self.inbound.close();
                // Independent of the actor, so that the message is stored even if the producer disconnects meanwhile.
                let (quota, addr) = (quota.clone(), ctx.address());
                actix::spawn(hand_over_later(quota, text, size, addr, hand_over));
            }
        }
    }
}

async fn hand_over_later<E: Endpoint>(
    quota: IngestQuota,
    text: String,
    size: u32,
    addr: Addr<Session<E>>,
    hand_over: impl FnOnce(OwnedSemaphorePermit, Admission),
) {
    let waited = timeout(quota.patience, quota.bytes.acquire_many_owned(size)).await;
    let refused = match waited {
        Ok(Ok(permit)) => {
            hand_over(permit, Admission::Later);
            None
        }
        _ => Some(text),
    };
    let patience = quota.patience;
    addr.do_send(WaitOver { refused, patience });
}

/// Message to itself: the wait for room is over; without room the message is refused.
#[derive(Message)]
#[rtype(result = "()")]
struct WaitOver {
    refused: Option<String>,
    patience: Duration,
}

impl<E: Endpoint> Handler<WaitOver> for Session<E> {
    type Result = ();

    fn handle(&mut self, over: WaitOver, ctx: &mut Self::Context) {
        if let Some(text) = over.refused {
            let retry = u64::try_from(over.patience.as_millis()).ok();
            let sentence = "the server cannot store more for now: nothing of this message was stored, send it again later";
            self.refuse(ErrorReason::QueueFull, sentence, &text, retry);
            self.answered(ctx);
        }
        self.inbound.open();
    }
}
