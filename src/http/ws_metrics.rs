//! `/ws-metrics`: statistics of the sessions. Published state, read without asking any actor.

use super::get;
use crate::{
    domain::{
        access::Policy,
        disconnects::{Reasons, TopUsers},
    },
    telemetry::{metrics::Metrics, sessions::Stats},
};
use actix_web::{HttpResponse, web};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub fn configure(cfg: &mut web::ServiceConfig) {
    get(cfg, "/ws-metrics", Policy::Metrics, ws_metrics);
}

async fn ws_metrics(all: web::Data<Metrics>) -> HttpResponse {
    let (top, server) = {
        let stats = all.session_stats.open();
        (stats.disconnects.top(), server(&stats))
    };
    HttpResponse::Ok().json(json!({"status": "ok", "metrics": metrics(&top), "server": server}))
}

fn metrics(top: &TopUsers) -> Value {
    let pairs: Vec<_> = top
        .users
        .iter()
        .map(|listed| (listed.user.as_str(), listed.total))
        .collect();
    let reasons: BTreeMap<&str, &Reasons> = top
        .users
        .iter()
        .map(|listed| (listed.user.as_str(), &listed.reasons))
        .collect();
    json!({"total_users_tracked": top.tracked, "top_disconnects": pairs, "all_reasons": reasons})
}

fn server(stats: &Stats) -> Map<String, Value> {
    let gauges = stats.gauges().map(|it| (it.name.to_owned(), it.value));
    let totals = stats
        .totals()
        .map(|it| (format!("{}_total", it.name), it.value));
    let figures = gauges.into_iter().chain(totals);
    let reasons = json!(stats.disconnects.reasons());
    figures
        .map(|(name, value)| (name, value.into()))
        .chain([("reasons_total".to_owned(), reasons)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{disconnects::UserDisconnects, identity::UserId};

    #[test]
    fn the_shape_is_the_one_that_older_tools_read() {
        let reasons = Reasons::from([("abnormal_closure", 2)]);
        let top = TopUsers {
            tracked: 1,
            users: vec![UserDisconnects {
                user: UserId::from(3),
                total: 2,
                reasons,
            }],
        };
        let expected = json!({
            "total_users_tracked": 1, "top_disconnects": [["3", 2]], "all_reasons": {"3": {"abnormal_closure": 2}},
        });
        assert_eq!(metrics(&top), expected);
    }
}
