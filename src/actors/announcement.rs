//! Publishes changes of alerts and of advice, lots' steps in their life cycles, and ratings: to supervision, to the gaveur of the lot, and alerts
//! and proposals of advice also to the subscribers of notifications.

use crate::{
    domain::{
        advice::{Advice, steps::State},
        alert::{Alert, AlertEvent},
        audience::Audience,
        consumer::rating::Rated,
        stream::Topic,
        transition::Transition,
    },
    messages::writer_to_supervisor::Publication,
    protocol::{
        alerts,
        frames::{At, OpenFrame, RatingData, RatingOfLot, ServerFrame, TransitionData},
        recommandation,
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
        gaveur: None,
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

pub fn of_transitions(transitions: &[Transition], now: Timestamp) -> Vec<Publication> {
    transitions
        .iter()
        .map(|transition| of_transition(transition, now))
        .collect()
}

fn of_transition(transition: &Transition, now: Timestamp) -> Publication {
    let timestamp = At(now);
    Publication {
        topic: Topic::Realtime,
        gaveur: Some(transition.gaveur_id),
        audience: Audience::Lot {
            site: transition.site,
            code_lot: transition.code_lot.clone(),
            gaveur_id: transition.gaveur_id,
        },
        frame: OpenFrame::from(&ServerFrame::Lot {
            data: TransitionData::new(transition, timestamp),
            timestamp,
        }),
    }
}

/// Neither what was written nor the code, with which anybody could rate the product.
pub fn of_rating(rated: &Rated, now: Timestamp) -> [Publication; 2] {
    let timestamp = At(now);
    let to = |topic, frame: &ServerFrame<'_>| Publication {
        topic,
        gaveur: None,
        audience: Audience::Boucle {
            recommandation: None,
            site: rated.site,
            code_lot: rated.code_lot.clone(),
            gaveur_id: rated.gaveur_id,
        },
        frame: OpenFrame::from(frame),
    };
    let for_supervision = ServerFrame::ConsumerFeedback {
        data: RatingData::from(rated),
        timestamp,
    };
    let for_gaveur = ServerFrame::Avis {
        data: RatingOfLot::from(rated),
        timestamp,
    };
    [
        to(Topic::Realtime, &for_supervision),
        to(Topic::Gaveur(rated.gaveur_id), &for_gaveur),
    ]
}

/// A farmer hears of advice once it was sent to him.
pub fn of_advice(steps: &[Advice], now: Timestamp) -> Vec<Publication> {
    let told = steps.iter().flat_map(|advice| {
        let to = |topic, gaveur, frame: &ServerFrame<'_>| Publication {
            topic,
            gaveur,
            audience: Audience::Boucle {
                recommandation: Some(advice.id),
                site: advice.site,
                code_lot: advice.code_lot_source.clone(),
                gaveur_id: advice.gaveur_id,
            },
            frame: OpenFrame::from(frame),
        };
        let is_sent = advice.envoyee_le.is_some() && advice.state != State::Validee;
        let gaveur = is_sent.then_some(advice.gaveur_id);
        let told = to(Topic::Realtime, gaveur, &recommandation::frame(advice, now));
        let notification = recommandation::notification(advice, now);
        let notification = notification.map(|frame| to(Topic::Notifications, None, &frame));
        [told].into_iter().chain(notification)
    });
    told.collect()
}
