//! `/api/control-panel/…`: what an older panel asks of Docker. There are no containers here; the same simulators answer.

use super::{Panel, named, older::Done, unreadable, who};
use crate::{
    domain::{
        access::Policy,
        audit::Author,
        panel::{Condition, Run, Simulator, SimulatorReport, log},
    },
    http::{
        body::Text,
        error::{ApiError, ErrorBody},
        get, params, post,
    },
    messages::http_to_simulators::StartScenario,
    protocol::panel,
    telemetry::health::Health,
};
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    let operate = Policy::Operate;
    let at = |path: &str| format!("/api/control-panel/{path}");
    get(cfg, &at("health"), operate, panel_health);
    get(cfg, &at("stats"), operate, stats);
    get(cfg, &at("simulators/list"), operate, list);
    get(cfg, &at("simulators/status/{id}"), operate, status);
    get(cfg, &at("simulators/logs/{id}"), operate, logs);
    post(cfg, &at("simulators/start"), operate, start_station);
    post(cfg, &at("simulators/stop"), operate, stop_station);
    post(cfg, &at("simulators/stop-all"), operate, stop_all);
    post(cfg, &at("orchestrate/start"), operate, start_chain);
    post(cfg, &at("orchestrate/stop-all"), operate, stop_chain);
    get(cfg, &at("orchestrate/status"), operate, chain);
    post(cfg, &at("scenarios/start"), operate, start_scenario);
    post(cfg, &at("{simulateur}/start"), operate, start);
    post(cfg, &at("{simulateur}/stop"), operate, stop);
    get(cfg, &at("{simulateur}/status"), operate, status_of);
}

/// Health of the panel
#[utoipa::path(
    get,
    path = "/api/control-panel/health",
    tag = "simulateurs",
    responses(
        (status = 200, description = "`docker_available` is false: the simulators run inside the server"),
        (status = 404, description = "This server has no control panel", body = ErrorBody)
    )
)]
async fn panel_health(_: Panel, health: web::Data<Health>) -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "status": "healthy", "docker_available": false, "backend_healthy": health.is_ready(),
    }))
}

/// Simulators, counted
#[utoipa::path(
    get,
    path = "/api/control-panel/stats",
    tag = "simulateurs",
    responses(
        (status = 200, description = "How many run, are stopped, or failed"),
        (status = 404, description = "This server has no control panel", body = ErrorBody)
    )
)]
async fn stats(panel: Panel, health: web::Data<Health>) -> HttpResponse {
    let report = panel.report();
    let count = |condition| {
        let all = report.simulators.iter();
        all.filter(|one| one.condition == condition).count()
    };
    HttpResponse::Ok().json(json!({
        "total_simulators": Simulator::ALL.len(), "running_simulators": count(Condition::Running),
        "stopped_simulators": count(Condition::Stopped), "error_simulators": count(Condition::Error),
        "docker_available": false, "backend_healthy": health.is_ready(),
    }))
}

/// All simulators
#[utoipa::path(
    get,
    path = "/api/control-panel/simulators/list",
    tag = "simulateurs",
    responses(
        (status = 200, description = "Each as its status says it"),
        (status = 404, description = "This server has no control panel", body = ErrorBody)
    )
)]
async fn list(panel: Panel) -> HttpResponse {
    let report = panel.report();
    let all = Simulator::ALL.map(|simulator| described(simulator, report.of(simulator)));
    HttpResponse::Ok().json(all)
}

/// One simulator
#[utoipa::path(
    get,
    path = "/api/control-panel/simulators/status/{id}",
    tag = "simulateurs",
    params(("id" = String, Path, description = "`gavage`, `monitor`, `sqal`, `consumer`, or the `device_id` of the single station")),
    responses(
        (status = 200, description = "`container_name` is `interne:{id}`, since it is no container"),
        (status = 404, description = "No such simulator, or this server has no control panel", body = ErrorBody)
    )
)]
async fn status(panel: Panel, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let simulator = found(&panel, &id)?;
    Ok(HttpResponse::Ok().json(described(simulator, panel.report().of(simulator))))
}

/// One simulator, by its word
#[utoipa::path(
    get,
    path = "/api/control-panel/{simulateur}/status",
    tag = "simulateurs",
    params(("simulateur" = String, Path, description = "`gavage`, `monitor`, `sqal` or `consumer`")),
    responses(
        (status = 200, description = "As `simulators/status/{id}` says it"),
        (status = 404, description = "No such simulator, or this server has no control panel", body = ErrorBody)
    )
)]
async fn status_of(panel: Panel, word: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let simulator = named(&word)?;
    Ok(HttpResponse::Ok().json(described(simulator, panel.report().of(simulator))))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LogQuery {
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500, default = 100)]
    tail: Option<String>,
}

/// Log of one simulator
#[utoipa::path(
    get,
    path = "/api/control-panel/simulators/logs/{id}",
    tag = "simulateurs",
    params(("id" = String, Path, description = "As in its status"), LogQuery),
    responses(
        (status = 200, description = "`logs`: its last lines, oldest first"),
        (status = 404, description = "No such simulator, or this server has no control panel", body = ErrorBody)
    )
)]
async fn logs(
    panel: Panel,
    id: web::Path<String>,
    query: web::Query<LogQuery>,
) -> Result<HttpResponse, ApiError> {
    let simulator = found(&panel, &id)?;
    let most = 1..=log::LINES as i64;
    let tail = query.tail.as_deref();
    let tail = tail.map_or(Ok(100), |tail| params::whole_number("tail", tail, most))?;
    let said = panel
        .follow(simulator, usize::try_from(tail).unwrap_or(log::LINES))
        .await?;
    let lines: Vec<_> = said.lines.iter().map(ToString::to_string).collect();
    Ok(HttpResponse::Ok().json(json!({"device_id": id.as_str(), "logs": lines})))
}

/// Start the single station
///
/// `device_id`, `interval`, `nb_samples`, `lot_id`. `force`, `backend_url`, `location` and `config_profile` have no effect.
#[utoipa::path(
    post,
    path = "/api/control-panel/simulators/start",
    tag = "simulateurs",
    responses(
        (status = 200, description = "It runs", body = Done),
        (status = 404, description = "This server has no control panel", body = ErrorBody),
        (status = 409, description = "It runs already, or real data came within 24 hours", body = ErrorBody)
    )
)]
async fn start_station(
    panel: Panel,
    author: Author,
    body: Text,
) -> Result<web::Json<Done>, ApiError> {
    panel.begin(Simulator::Sqal, &author, &body.0).await
}

/// Stop a simulator of the list
#[utoipa::path(
    post,
    path = "/api/control-panel/simulators/stop",
    tag = "simulateurs",
    responses(
        (status = 200, description = "It has ended", body = Done),
        (status = 404, description = "It does not run, or this server has no control panel", body = ErrorBody)
    )
)]
async fn stop_station(
    panel: Panel,
    author: Author,
    body: Text,
) -> Result<web::Json<Done>, ApiError> {
    let id = panel::field(&body.0, "device_id").map_err(unreadable)?;
    let simulator = match id {
        Some(id) => found(&panel, &id)?,
        None => Simulator::Sqal,
    };
    panel.stop(simulator, who(&author, &body.0)).await?;
    Ok(Done::saying(format!("{simulator} is stopped")))
}

/// Start a simulator, by its word
#[utoipa::path(
    post,
    path = "/api/control-panel/{simulateur}/start",
    tag = "simulateurs",
    params(("simulateur" = String, Path, description = "`gavage`, `monitor`, `sqal` or `consumer`")),
    responses(
        (status = 200, description = "It runs", body = Done),
        (status = 404, description = "No such simulator, or this server has no control panel", body = ErrorBody),
        (status = 409, description = "It runs already, or real data came within 24 hours", body = ErrorBody)
    )
)]
async fn start(
    panel: Panel,
    word: web::Path<String>,
    author: Author,
    body: Text,
) -> Result<web::Json<Done>, ApiError> {
    super::older::start(panel, word, author, body).await
}

/// Stop a simulator, by its word
#[utoipa::path(
    post,
    path = "/api/control-panel/{simulateur}/stop",
    tag = "simulateurs",
    params(("simulateur" = String, Path, description = "`gavage`, `monitor`, `sqal` or `consumer`")),
    responses(
        (status = 200, description = "It has ended", body = Done),
        (status = 404, description = "It does not run, or this server has no control panel", body = ErrorBody)
    )
)]
async fn stop(
    panel: Panel,
    word: web::Path<String>,
    author: Author,
    body: Text,
) -> Result<web::Json<Done>, ApiError> {
    super::older::stop(panel, word, author, body).await
}

/// Stop all simulators
#[utoipa::path(
    post,
    path = "/api/control-panel/simulators/stop-all",
    tag = "simulateurs",
    responses(
        (status = 200, description = "`stopped` lists those that ran"),
        (status = 404, description = "This server has no control panel", body = ErrorBody)
    )
)]
async fn stop_all(panel: Panel, author: Author, body: Text) -> Result<HttpResponse, ApiError> {
    super::older::stop_all(panel, author, body).await
}

/// Start feeding, the stations that follow it, and consumers
#[utoipa::path(
    post,
    path = "/api/control-panel/orchestrate/start",
    tag = "simulateurs",
    responses(
        (status = 200, description = "`started` lists what runs now, `errors` what does not and why"),
        (status = 404, description = "This server has no control panel", body = ErrorBody)
    )
)]
async fn start_chain(panel: Panel, author: Author, body: Text) -> Result<HttpResponse, ApiError> {
    let (mut started, mut errors) = (Vec::new(), Vec::new());
    for simulator in [Simulator::Gavage, Simulator::Monitor, Simulator::Consumer] {
        let run = panel::run(simulator, &body.0).map_err(unreadable)?;
        match panel.start(run, who(&author, &body.0)).await {
            Ok(()) => started.push(simulator),
            Err(error) => errors.push(error.to_string()),
        }
    }
    let success = errors.is_empty();
    Ok(HttpResponse::Ok().json(json!({"success": success, "started": started, "errors": errors})))
}

/// Start a scenario
///
/// `scenario`: `boucle_2min`, one lot from its first meal to its ratings; `multi_site`, six lots and four stations until all livers are graded;
/// `charge`, twenty lots and ten stations until they are stopped. `acceleration` (1–86,400) is that of the lots, if not the scenario's own. Its steps
/// follow what happens, and each frame of `/api/control/ws` has them.
#[utoipa::path(
    post,
    path = "/api/control-panel/scenarios/start",
    tag = "simulateurs",
    responses(
        (status = 200, description = "It has begun", body = Done),
        (status = 404, description = "This server has no control panel", body = ErrorBody),
        (status = 409, description = "Its simulators run already, or real data came within 24 hours", body = ErrorBody),
        (status = 422, description = "There is no such scenario", body = ErrorBody)
    )
)]
async fn start_scenario(
    panel: Panel,
    author: Author,
    body: Text,
) -> Result<web::Json<Done>, ApiError> {
    let (scenario, acceleration) = panel::scenario(&body.0).map_err(super::unreadable)?;
    let start = StartScenario {
        scenario,
        acceleration,
        par: who(&author, &body.0),
    };
    panel.play(start).await?;
    Ok(Done::saying(format!("{scenario} has begun")))
}

/// Stop all simulators
#[utoipa::path(
    post,
    path = "/api/control-panel/orchestrate/stop-all",
    tag = "simulateurs",
    responses(
        (status = 200, description = "`stopped` lists those that ran"),
        (status = 404, description = "This server has no control panel", body = ErrorBody)
    )
)]
async fn stop_chain(panel: Panel, author: Author, body: Text) -> Result<HttpResponse, ApiError> {
    super::older::stop_all(panel, author, body).await
}

/// What runs
#[utoipa::path(
    get,
    path = "/api/control-panel/orchestrate/status",
    tag = "simulateurs",
    responses(
        (status = 200, description = "Each simulator as its status says it"),
        (status = 404, description = "This server has no control panel", body = ErrorBody)
    )
)]
async fn chain(panel: Panel) -> HttpResponse {
    let report = panel.report();
    let all = Simulator::ALL.map(|simulator| described(simulator, report.of(simulator)));
    let is_running = report
        .simulators
        .iter()
        .any(|one| one.condition == Condition::Running);
    HttpResponse::Ok().json(json!({"running": is_running, "simulators": all}))
}

/// By its word, or by the name of the single station.
pub(super) fn found(panel: &Panel, id: &str) -> Result<Simulator, ApiError> {
    let report = panel.report();
    match &report.of(Simulator::Sqal).run {
        Some(Run::Sqal(run)) if run.device_id == id => Ok(Simulator::Sqal),
        _ => named(id),
    }
}

fn described(simulator: Simulator, report: &SimulatorReport) -> Value {
    let (id, interval) = match &report.run {
        Some(Run::Sqal(run)) => (run.device_id.as_str(), Some(run.interval.as_secs())),
        Some(Run::Consumer(run)) => (simulator.as_str(), Some(run.interval.as_secs())),
        Some(Run::Monitor(run)) => (simulator.as_str(), Some(run.ask_every.as_secs())),
        _ => (simulator.as_str(), None),
    };
    json!({
        "device_id": id, "container_name": format!("interne:{id}"), "status": report.condition,
        "created_at": report.started_at, "started_at": report.started_at, "uptime_seconds": report.uptime.as_secs(),
        "location": "interne", "interval": interval, "simulateur": simulator,
    })
}
