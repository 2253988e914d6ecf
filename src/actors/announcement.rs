//! Publishes changes of alerts: to supervision, to the gaveur of the lot, and to the subscribers of notifications.

use crate::{
    domain::{
        alert::{Alert, AlertEvent},
        audience::Audience,
        stream::Topic,
    },
    messages::writer_to_supervisor::Publication,
    protocol::{
        alerts,
        frames::{OpenFrame, ServerFrame},
    },
};
use jiff::Timestamp;

pub fn of_alerts(events: &[AlertEvent], now: Timestamp) -> Vec<Publication> {
    events
        .iter()
        .flat_map(|event| of_alert(event, now))
        .collect()
}

fn of_alert(event: &AlertEvent, now: Timestamp) -> impl Iterator<Item = Publication> {
    let audience = audience(&event.alert);
    let to = |topic, frame: &ServerFrame<'_>| Publication {
        topic,
        audience: audience.clone(),
        frame: OpenFrame::from(frame),
    };
    let supervision = to(Topic::Realtime, &alerts::for_supervision(event, now));
    let gaveur = event
        .alert
        .gaveur_id
        .map(|id| to(Topic::Gaveur(id), &alerts::for_gaveur(event, now)));
    let notification =
        alerts::notification(event, now).map(|frame| to(Topic::Notifications, &frame));
    [supervision].into_iter().chain(gaveur).chain(notification)
}

fn audience(alert: &Alert) -> Audience {
    Audience::Alert {
        id: alert.id,
        source: alert.kind.source(),
        site: alert.site,
        code_lot: alert.code_lot.clone(),
        gaveur_id: alert.gaveur_id,
        device_id: alert.device_id.clone(),
    }
}
