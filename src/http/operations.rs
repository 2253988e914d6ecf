//! Health and metrics: published state, read without waiting.

use super::get;
use crate::{
    domain::access::Policy,
    protocol::frames::At,
    telemetry::{health::Health, metrics::Metrics},
};
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde_json::json;

/// Said by a server that is not the only one of its database. It is healthy: a restart that overlaps is no failure.
const NOT_ALONE: &str =
    "another server uses the same database: screens of one do not see what the other stores";
/// Said by a server of a cluster that does without NATS. It is healthy: it reads the journal anyway.
const NEWS_LATE: &str = "NATS is away: what other servers store is shown up to a second late";

pub fn configure(cfg: &mut web::ServiceConfig) {
    get(cfg, "/health", Policy::Open, health);
    get(cfg, "/health/live", Policy::Open, live);
    // What older probes ask for.
    get(cfg, "/healthz", Policy::Open, live);
    get(cfg, "/health/ready", Policy::Open, ready);
    get(cfg, "/health/startup", Policy::Open, startup);
    get(cfg, "/metrics", Policy::Metrics, metrics);
}

async fn health(health: web::Data<Health>, metrics: web::Data<Metrics>) -> HttpResponse {
    let connected = health.has_database();
    let (status, database) = if connected {
        ("healthy", "connected")
    } else {
        ("unhealthy", "disconnected")
    };
    let mut body =
        json!({"status": status, "database": database, "timestamp": At(Timestamp::now())});
    if let Some(since) = health.stale_since() {
        body["stale_since"] = json!(At(since));
    }
    let others = metrics.other_servers.get();
    if others > 0 {
        body["other_servers"] = json!(others);
    }
    let is_transport_away = metrics.transport_away.get() > 0;
    if is_transport_away {
        body["transport"] = json!("disconnected");
    }
    let warnings = [(others > 0, NOT_ALONE), (is_transport_away, NEWS_LATE)];
    let warnings = warnings
        .into_iter()
        .filter_map(|(holds, warning)| holds.then_some(warning));
    let warnings: Vec<_> = warnings.collect();
    if !warnings.is_empty() {
        body["warning"] = json!(warnings.join("; "));
    }
    answer(connected && health.is_live(), body)
}

async fn live(health: web::Data<Health>) -> HttpResponse {
    status(health.is_live(), "alive", "a core actor is dead")
}

async fn ready(health: web::Data<Health>) -> HttpResponse {
    status(health.is_ready(), "ready", "not ready")
}

async fn startup(health: web::Data<Health>) -> HttpResponse {
    status(health.is_started(), "started", "starting")
}

fn status(good: bool, yes: &str, no: &str) -> HttpResponse {
    let word = if good { yes } else { no };
    answer(
        good,
        json!({"status": word, "timestamp": At(Timestamp::now())}),
    )
}

fn answer(good: bool, body: serde_json::Value) -> HttpResponse {
    if good {
        HttpResponse::Ok().json(body)
    } else {
        HttpResponse::ServiceUnavailable().json(body)
    }
}

async fn metrics(metrics: web::Data<Metrics>, health: web::Data<Health>) -> HttpResponse {
    metrics.database_up.set(health.has_database().into());
    HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(metrics.text())
}
