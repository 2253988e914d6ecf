//! Health and metrics: published state, read without waiting for anybody.

use crate::{
    protocol::frames::At,
    telemetry::{health::Health, metrics::Metrics},
};
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde_json::json;

pub fn configure(cfg: &mut web::ServiceConfig) {
    for (path, alias, route) in [
        ("/health", "/health/", web::get().to(health)),
        ("/health/live", "/health/live/", web::get().to(live)),
        ("/health/ready", "/health/ready/", web::get().to(ready)),
        (
            "/health/startup",
            "/health/startup/",
            web::get().to(startup),
        ),
        ("/metrics", "/metrics/", web::get().to(metrics)),
    ] {
        cfg.service(web::resource([path, alias]).route(route));
    }
}

async fn health(health: web::Data<Health>) -> HttpResponse {
    let connected = health.has_database();
    let (status, database) = match connected {
        true => ("healthy", "connected"),
        false => ("unhealthy", "disconnected"),
    };
    answer(
        connected && health.is_live(),
        json!({"status": status, "database": database, "timestamp": At(Timestamp::now())}),
    )
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
    match good {
        true => HttpResponse::Ok().json(body),
        false => HttpResponse::ServiceUnavailable().json(body),
    }
}

async fn metrics(metrics: web::Data<Metrics>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(metrics.text())
}
