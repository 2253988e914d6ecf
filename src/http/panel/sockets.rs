//! `/api/control/ws`, which tells how all simulators are doing, and the sockets of their logs.

use super::{Panel, devices::found};
use crate::{
    actors::session::{ONE_FRAME, Viewer},
    domain::{
        access::Policy,
        panel::{Report, Simulator, log::Line},
    },
    http::{
        caller::Caller,
        error::ApiError,
        socket,
        sockets::{Guest, SocketState, upgrade},
    },
    messages::http_to_simulators::Said,
    protocol::panel::{LogFrame, PanelFrame},
};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures_util::{StreamExt, stream, stream::LocalBoxStream};
use serde::Serialize;
use std::sync::Arc;
use tokio::sync::{
    broadcast::{self, error::RecvError},
    watch,
};

/// Lines with which the socket of a log begins.
const TAIL: usize = 100;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    socket(cfg, "/api/control/ws", Policy::Operate, report);
    let path = "/api/control-panel/ws/logs/{device_id}";
    socket(cfg, path, Policy::Operate, log);
}

async fn report(
    request: HttpRequest,
    state: web::Data<SocketState>,
    panel: Panel,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    view(
        &request,
        &state,
        caller,
        "control",
        reports(panel.report.clone()),
    )
}

async fn log(
    request: HttpRequest,
    id: web::Path<String>,
    state: web::Data<SocketState>,
    panel: Panel,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let simulator = found(&panel, &id)?;
    let said = panel.follow(simulator, TAIL).await?;
    view(
        &request,
        &state,
        caller,
        "control-log",
        lines(simulator, said),
    )
}

fn view(
    request: &HttpRequest,
    state: &SocketState,
    caller: Caller,
    name: &'static str,
    frames: LocalBoxStream<'static, Bytes>,
) -> Result<HttpResponse, ApiError> {
    let mut state = state.clone();
    state.links.settings.outbox = ONE_FRAME;
    let endpoint = Viewer::new(name, state.screen_limits, frames);
    let guest = Guest::reader(caller, state.screen_rate);
    upgrade(request, &state, guest, endpoint)
}

/// The report now, and each newer one; whoever is slow gets the newest.
fn reports(mut report: watch::Receiver<Arc<Report>>) -> LocalBoxStream<'static, Bytes> {
    report.mark_changed();
    let next = async |mut report: watch::Receiver<Arc<Report>>| {
        report.changed().await.ok()?;
        let frame = encoded(&PanelFrame::from(&**report.borrow_and_update()));
        Some((frame, report))
    };
    stream::unfold(report, next).boxed_local()
}

/// The last lines, and those to come; whoever is slow is told how many he missed.
fn lines(simulator: Simulator, said: Said) -> LocalBoxStream<'static, Bytes> {
    let Said { lines, to_come } = said;
    let before: Vec<_> = lines.iter().map(|line| frame(line, 0)).collect();
    let after = stream::unfold(to_come, move |to_come| next_line(simulator, to_come));
    stream::iter(before).chain(after).boxed_local()
}

type Coming = broadcast::Receiver<Arc<Line>>;

async fn next_line(simulator: Simulator, mut to_come: Coming) -> Option<(Bytes, Coming)> {
    let mut skipped = 0;
    loop {
        match to_come.recv().await {
            Ok(line) if line.simulator == simulator => {
                return Some((frame(&line, skipped), to_come));
            }
            Ok(_) => {}
            Err(RecvError::Lagged(missed)) => skipped += missed,
            Err(RecvError::Closed) => return None,
        }
    }
}

fn frame(line: &Line, skipped: u64) -> Bytes {
    encoded(&LogFrame::new(line, skipped))
}

fn encoded(frame: &impl Serialize) -> Bytes {
    let text = serde_json::to_vec(frame);
    text.expect("a frame of texts and numbers is always JSON")
        .into()
}
