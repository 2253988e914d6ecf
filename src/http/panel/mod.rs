//! The control panel, on servers that have one: everything else answers 404.

pub(super) mod devices;
pub(super) mod older;
pub(super) mod pannes;
mod sockets;

use super::error::ApiError;
use crate::{
    domain::{
        audit::Author,
        panel::{Report, Run, Simulator, fault::FaultRun},
    },
    messages::http_to_simulators::{
        FollowLog, Said, StartFault, StartScenario, StartSimulator, StopAllSimulators, StopFault,
        StopSimulator,
    },
    protocol::{lenient::BadMessage, panel},
};
use actix::{Actor, Addr, Context, Handler, Recipient};
use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use older::Done;
use std::{
    future::{Ready, ready},
    sync::Arc,
};
use tokio::sync::watch;

pub fn configure(cfg: &mut web::ServiceConfig) {
    older::configure(cfg);
    devices::configure(cfg);
    pannes::configure(cfg);
    sockets::configure(cfg);
}

/// The way to the simulators of this server.
#[derive(Clone)]
pub struct Panel {
    start: Recipient<StartSimulator>,
    play: Recipient<StartScenario>,
    stop: Recipient<StopSimulator>,
    stop_all: Recipient<StopAllSimulators>,
    make: Recipient<StartFault>,
    unmake: Recipient<StopFault>,
    follow: Recipient<FollowLog>,
    report: watch::Receiver<Arc<Report>>,
}

impl Panel {
    pub fn new<A>(simulators: &Addr<A>, report: watch::Receiver<Arc<Report>>) -> Self
    where
        A: Actor<Context = Context<A>>
            + Handler<StartSimulator>
            + Handler<StartScenario>
            + Handler<StopSimulator>
            + Handler<StopAllSimulators>
            + Handler<StartFault>
            + Handler<StopFault>
            + Handler<FollowLog>,
    {
        Panel {
            start: simulators.clone().recipient(),
            play: simulators.clone().recipient(),
            stop: simulators.clone().recipient(),
            stop_all: simulators.clone().recipient(),
            make: simulators.clone().recipient(),
            unmake: simulators.clone().recipient(),
            follow: simulators.clone().recipient(),
            report,
        }
    }

    fn report(&self) -> Arc<Report> {
        self.report.borrow().clone()
    }

    async fn start(&self, run: Run, par: String) -> Result<(), ApiError> {
        let started = self.start.send(StartSimulator { run, par }).await;
        Ok(started.map_err(gone)??)
    }

    /// Starts a simulator as a body says.
    async fn begin(
        &self,
        simulator: Simulator,
        author: &Author,
        body: &str,
    ) -> Result<web::Json<Done>, ApiError> {
        let run = panel::run(simulator, body).map_err(unreadable)?;
        self.start(run, who(author, body)).await?;
        let message = format!(
            "{simulator} is running inside the server; backend_url, config_profile and force have no effect"
        );
        Ok(Done::saying(message))
    }

    async fn play(&self, scenario: StartScenario) -> Result<(), ApiError> {
        let started = self.play.send(scenario).await;
        Ok(started.map_err(gone)??)
    }

    async fn stop(&self, simulator: Simulator, par: String) -> Result<(), ApiError> {
        let stopped = self.stop.send(StopSimulator { simulator, par }).await;
        Ok(stopped.map_err(gone)??)
    }

    async fn stop_all(&self, par: String) -> Result<Vec<Simulator>, ApiError> {
        let stopped = self.stop_all.send(StopAllSimulators { par }).await;
        stopped.map_err(gone)
    }

    async fn make(&self, run: FaultRun, par: String) -> Result<u32, ApiError> {
        let made = self.make.send(StartFault { run, par }).await;
        Ok(made.map_err(gone)??)
    }

    async fn unmake(&self, id: u32, par: String) -> Result<(), ApiError> {
        let unmade = self.unmake.send(StopFault { id, par }).await;
        Ok(unmade.map_err(gone)??)
    }

    async fn follow(&self, simulator: Simulator, tail: usize) -> Result<Said, ApiError> {
        let said = self.follow.send(FollowLog { simulator, tail }).await;
        said.map_err(gone)
    }
}

fn gone(_: actix::MailboxError) -> ApiError {
    ApiError::Internal
}

/// Whether this server has a control panel.
pub(super) fn is_there(request: &HttpRequest) -> bool {
    let panel = request.app_data::<web::Data<Option<Panel>>>();
    panel.is_some_and(|panel| panel.is_some())
}

impl FromRequest for Panel {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let panel = request.app_data::<web::Data<Option<Panel>>>();
        let panel = panel.and_then(|panel| panel.as_ref().clone());
        ready(panel.ok_or_else(|| {
            let path = request.path();
            ApiError::NotFound(format!(
                "nothing is served at {path}: this server has no control panel (--control)"
            ))
        }))
    }
}

fn unreadable(problem: BadMessage) -> ApiError {
    ApiError::BadBody(problem.to_string())
}

/// Whoever asks: the holder of a key or an account, or whom the body names on a server without authentication.
fn who(author: &Author, body: &str) -> String {
    if let Some(name) = author.known_name() {
        return name.to_owned();
    }
    let named = panel::field(body, "par").ok().flatten();
    named.unwrap_or_else(|| author.principal.clone())
}

/// A simulator of an address.
fn named(word: &str) -> Result<Simulator, ApiError> {
    word.parse().map_err(|unknown| {
        ApiError::NotFound(format!("no simulator is called {word:?}: it {unknown}"))
    })
}
