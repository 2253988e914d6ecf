//! `/ws-metrics`: what became of the sessions. Published state, read without asking any actor.

use super::get;
use crate::{
    actors::session::ConnectionLimiter,
    domain::{
        access::Policy,
        disconnects::{Reasons, TopUsers},
    },
    telemetry::sessions::{SessionStats, Stats},
};
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub fn configure(cfg: &mut web::ServiceConfig) {
    get(cfg, "/ws-metrics", Policy::Metrics, ws_metrics);
}

async fn ws_metrics(
    stats: web::Data<SessionStats>,
    limiter: web::Data<ConnectionLimiter>,
) -> HttpResponse {
    let rejected = limiter.rejected();
    let (top, server) = {
        let stats = stats.open();
        (stats.disconnects.top(), server(&stats, rejected))
    };
    HttpResponse::Ok().json(json!({"status": "ok", "metrics": metrics(&top), "server": server}))
}

fn metrics(top: &TopUsers) -> Value {
    let pairs: Vec<_> = top
        .users
        .iter()
        .map(|(user, total, _)| (user.as_str(), total))
        .collect();
    let reasons: BTreeMap<&str, &Reasons> = top
        .users
        .iter()
        .map(|(user, _, reasons)| (user.as_str(), reasons))
        .collect();
    json!({"total_users_tracked": top.tracked, "top_disconnects": pairs, "all_reasons": reasons})
}

fn server(stats: &Stats, rejected: u64) -> Value {
    let counts = &stats.counts;
    json!({
        "open": counts.open,
        "in_grace": counts.in_grace,
        "cleaning": counts.cleaning,
        "opened_total": counts.opened,
        "closed_total": counts.closed,
        "detach_started_total": counts.detach_started,
        "detach_cancelled_total": counts.detach_cancelled,
        "detach_executed_total": counts.detach_executed,
        "detach_aborted_total": counts.detach_aborted,
        "cleanup_ok_total": counts.cleanup_ok,
        "cleanup_err_total": counts.cleanup_err,
        "stale_disconnect_total": counts.stale_disconnect,
        "superseded_total": counts.superseded,
        "cleanup_due_stale_total": counts.cleanup_due_stale,
        "replayed_total": stats.replayed,
        "resume_refused_total": stats.resume_refused,
        "dropped_slow_total": stats.dropped_slow,
        "rejected_total": counts.refused + rejected,
        "evicted_users_total": stats.disconnects.evicted(),
        "reasons_total": stats.disconnects.reasons(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::identity::UserId;

    #[test]
    fn the_shape_is_the_one_that_older_tools_read() {
        let reasons = Reasons::from([("abnormal_closure", 2)]);
        let top = TopUsers {
            tracked: 1,
            users: vec![(UserId::from(3), 2, reasons)],
        };
        let expected = json!({
            "total_users_tracked": 1, "top_disconnects": [["3", 2]], "all_reasons": {"3": {"abnormal_closure": 2}},
        });
        assert_eq!(metrics(&top), expected);
    }
}
