//! Users without a connection: their grace, and the clean-up after it.

use super::Supervisor;
use crate::{
    domain::{
        identity::UserId,
        users::{Effect, Generation},
    },
    messages::{
        registrar_to_supervisor::UserCleared,
        supervisor_to_registrar::{ClearUser, RegisterUser},
    },
    websocket::{CloseCode, Ending},
};
use actix::{AsyncContext, Context, Handler, Message};
use tokio::time::Instant;

/// Message to itself: check for graces that are over.
#[derive(Message)]
#[rtype(result = "()")]
struct GraceTimerDue;

/// Message to itself: the grace of this generation is over. It queues behind what is already in the mailbox, so a return that has arrived
/// wins.
#[derive(Message)]
#[rtype(result = "()")]
struct CleanupDue {
    user: UserId,
    generation: Generation,
}

impl Supervisor {
    pub(super) fn apply(
        &mut self,
        effects: impl IntoIterator<Item = Effect>,
        ctx: &mut Context<Self>,
    ) {
        for effect in effects {
            self.apply_one(effect, ctx);
        }
        self.arm_grace_timer(ctx);
        self.publish_counts();
    }

    fn apply_one(&mut self, effect: Effect, ctx: &mut Context<Self>) {
        match effect {
            Effect::Supersede { cid } => self.close(cid, Ending::Superseded),
            Effect::Refuse { cid } => {
                log::warn!("connection {cid} is refused: its tab was taken over too often");
                self.close(cid, Ending::WeClosed(CloseCode::Policy.into()));
            }
            Effect::Register { user, generation } => {
                let register = RegisterUser { user, generation };
                self.links.register.do_send(register);
            }
            Effect::GraceStarted { user, generation } => log::info!(
                "user_detach_delay_start uid={user} gen={generation} delay_ms={}",
                self.settings.grace.as_millis()
            ),
            Effect::GraceCancelled { user, generation } => {
                log::info!("user_detach_cancelled uid={user} gen={generation}");
            }
            Effect::GraceAborted { user, generation } => {
                log::info!(
                    "user_detach_aborted uid={user} gen={generation} reason=server_shutdown"
                );
            }
            Effect::CleanUp { user, generation } => self.clean_up(user, generation, ctx),
        }
    }

    fn clean_up(&mut self, user: UserId, generation: Generation, ctx: &mut Context<Self>) {
        log::info!("user_detach_executing uid={user} gen={generation}");
        self.kept_filters.forget(&user);
        log::info!("REGISTRY_CLEANUP_START uid={user} gen={generation}");
        self.links.clear.do_send(ClearUser {
            user,
            generation,
            cleared: ctx.address().recipient(),
        });
    }

    /// All graces have the same length, so a running timer is never too late for a new one.
    fn arm_grace_timer(&mut self, ctx: &mut Context<Self>) {
        if self.grace_timer {
            return;
        }
        if let Some(deadline) = self.users.next_deadline() {
            self.grace_timer = true;
            ctx.notify_later(
                GraceTimerDue,
                deadline.saturating_duration_since(Instant::now()),
            );
        }
    }
}

impl Handler<GraceTimerDue> for Supervisor {
    type Result = ();

    fn handle(&mut self, _: GraceTimerDue, ctx: &mut Context<Self>) {
        self.grace_timer = false;
        for (user, generation) in self.users.take_due(Instant::now()) {
            ctx.address().do_send(CleanupDue { user, generation });
        }
        self.arm_grace_timer(ctx);
    }
}

impl Handler<CleanupDue> for Supervisor {
    type Result = ();

    fn handle(&mut self, due: CleanupDue, ctx: &mut Context<Self>) {
        let effect = self.users.cleanup_due(due.user, due.generation);
        self.apply(effect, ctx);
    }
}

impl Handler<UserCleared> for Supervisor {
    type Result = ();

    fn handle(&mut self, cleared: UserCleared, _: &mut Context<Self>) {
        let UserCleared {
            user,
            generation,
            error,
        } = cleared;
        self.users.cleanup_done(&user, generation, error.is_none());
        match error {
            None => log::info!("REGISTRY_CLEANUP_SUCCESS uid={user} gen={generation}"),
            Some(error) => {
                log::error!("REGISTRY_CLEANUP_ERROR uid={user} gen={generation} error={error}")
            }
        }
        self.publish_counts();
    }
}
