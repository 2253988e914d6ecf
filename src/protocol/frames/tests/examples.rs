//! A frame of each kind, as it goes out.

use super::super::*;
use crate::{
    domain::{
        advice::{Advice, CurveAction, Rule, evidence::Evidence, steps::State},
        alert::{Alert, AlertEvent, AlertKind, Breach, Change, Severity},
        consumer::rating::Rated,
        lot::{LotState, Statut},
        quality::sample::IncomingSample,
        reading::sample,
        saisie::DeletedMeal,
        site::Site,
        stream::Topic,
        transition::Transition,
        wall::{NewlyPlanned, SiteStats, WallLot},
    },
    protocol::{
        alerts,
        input::rules_of_tests,
        recommandation,
        sensors::{self, SensorMessage, update},
    },
};

/// In the order of the contract.
pub(super) fn all() -> Vec<String> {
    [
        to_screens(),
        to_producers(),
        of_readings(),
        of_lots(),
        of_samples(),
        of_alerts(),
        of_ratings(),
        of_advice(),
    ]
    .concat()
}

fn now() -> Timestamp {
    "2026-11-22T06:00:00.5Z".parse().unwrap()
}

fn whole(frame: &ServerFrame<'_>) -> String {
    String::from_utf8(frame.encode()).unwrap()
}

fn numbered(frame: &ServerFrame<'_>) -> String {
    numbered_to(Topic::Realtime, frame)
}

fn numbered_to(topic: Topic, frame: &ServerFrame<'_>) -> String {
    let open = OpenFrame::from(frame);
    String::from_utf8(open.close(topic, 7, |parts| parts.concat())).unwrap()
}

fn unmeasured() -> Reading {
    Reading {
        poids_moyen: None,
        simule: true,
        ..sample("LL2611001", 0, Moment::Matin)
    }
}

fn to_screens() -> Vec<String> {
    let timestamp = At(now());
    let filters = serde_json::from_str(r#"{"site_code": "LL"}"#).unwrap();
    let welcome = |message, active_connections| ServerFrame::ConnectionEstablished {
        timestamp,
        message,
        active_connections,
    };
    let resume = |recovered, replayed, reason, missed_since| ServerFrame::Resume {
        recovered,
        epoch: "e",
        from: 4,
        to: 9,
        replayed,
        reason,
        missed_since,
        timestamp,
    };
    let gap = Gap {
        from: 1,
        to: 5,
        skipped: 3,
    };
    let frames = [
        welcome("Connecté \"x\"", None),
        welcome("m", Some(3)),
        ServerFrame::Ping { timestamp },
        ServerFrame::Beat {
            timestamp,
            every_ms: 10_000,
        },
        ServerFrame::AuthExpiring {
            expires_at: timestamp,
            timestamp,
        },
        ServerFrame::AuthAck {
            expires_at: Some(timestamp),
            timestamp,
        },
        ServerFrame::HeartbeatAck { timestamp },
        ServerFrame::SubscribeAck { timestamp, filters },
        ServerFrame::UnsubscribeAck { timestamp },
        resume(true, 6, None, None),
        resume(false, 0, Some("gap_too_long"), Some(timestamp)),
        ServerFrame::gap(gap, now()),
        ServerFrame::staleness(Some(now()), now()),
        ServerFrame::staleness(None, now()),
    ];
    frames.iter().map(whole).collect()
}

fn to_producers() -> Vec<String> {
    let reading = sample("LL2611001", 0, Moment::Matin);
    let frames = [
        ServerFrame::reading_ack(&reading, now()),
        ServerFrame::batch_ack(7, now()),
        ServerFrame::error("no", r#"{"a": 1}"#, None, now()),
        ServerFrame::error("no", "{a", Some(500), now()),
    ];
    frames.iter().map(whole).collect()
}

fn of_readings() -> Vec<String> {
    let (reading, timestamp) = (unmeasured(), At(now()));
    let data = ReadingData::from(&reading);
    let frame = ServerFrame::GavageRealtime { data, timestamp };
    let sites = [SiteStatsData::from(&SiteStats {
        site: Site::Ll,
        lots: 2,
        canards_vivants: Some(400),
        poids_moyen: Some(5250.04),
        taux_mortalite: None,
        dernier_releve: Some(now()),
        simule: false,
        prets: 1,
        en_controle: 0,
        clos_aujourdhui: 12,
        dernier_jour_habituel: Some(9),
    })];
    let state = LotState::first_seen(1, 1, &reading, &jiff::tz::TimeZone::UTC);
    let lot = WallLot::new(&state, reading.clone(), now());
    let snapshot = |lots: &[WallLot], sites: &[SiteStatsData], seq, part| {
        let lots = lots.iter().map(LotData::from).collect();
        whole(&ServerFrame::Snapshot {
            timestamp,
            epoch: "e",
            seq,
            lots,
            sites,
            part,
        })
    };
    vec![
        numbered(&frame),
        numbered_to(Topic::Gaveur(9), &frame),
        numbered(&ServerFrame::SiteStats {
            sites: &sites,
            timestamp,
        }),
        snapshot(&[lot.clone(), lot.clone()], &sites, 12, None),
        snapshot(&[], &[], 0, None),
        snapshot(&[], &[], 12, Some(Part { part: 2, parts: 2 })),
    ]
}

fn of_lots() -> Vec<String> {
    let timestamp = At(now());
    let reading = unmeasured();
    let begun = LotState::first_seen(1, 1, &reading, &jiff::tz::TimeZone::UTC);
    let begins = Transition::by_meals(&begun, None).unwrap();
    let claimed = Transition {
        de: Some(Statut::PretAbattage),
        vers: Statut::ControleQualite,
        par: Some("ESP32_LL_01".to_owned()),
        simule: false,
        ..begins.clone()
    };
    let frame = |transition: &Transition| {
        numbered(&ServerFrame::Lot {
            data: TransitionData::new(transition, timestamp),
            timestamp,
        })
    };
    let deleted = DeletedMeal {
        lot_id: 1,
        code_lot: "LL2611001".to_owned(),
        site: Site::Ll,
        gaveur_id: 1,
        position: (3, Moment::Soir),
        par: "Claire".to_owned(),
        motif: "saisi deux fois".to_owned(),
        simule: false,
    };
    let deleted = numbered(&ServerFrame::RepasSupprime {
        data: DeletedMealData::new(&deleted, timestamp),
        timestamp,
    });
    let planned = NewlyPlanned {
        code_lot: begins.code_lot.clone(),
        lot_id: 1,
        site: Site::Ll,
        gaveur_id: 1,
        dernier_jour: 10,
    };
    let planned = numbered(&ServerFrame::Plan {
        data: PlanData::from(&planned),
        timestamp,
    });
    vec![frame(&begins), frame(&claimed), deleted, planned]
}

fn incoming(text: &str) -> IncomingSample {
    match sensors::parse(text, &rules_of_tests(), now()) {
        Ok(SensorMessage::Sample(incoming)) => *incoming,
        other => panic!("{other:?} is no sample"),
    }
}

fn of_samples() -> Vec<String> {
    let whole_sample = incoming(include_str!("../../../../tests/frames/sensor_data.json"));
    let bare = incoming(
        r#"{"sample_id": "é\"1", "device_id": "d", "timestamp": "2026-11-22T05:01:43Z",
            "as7341": {"freshness_index": 0.5, "channels": {"NIR": "800"}}}"#,
    );
    let timestamp = At(now());
    vec![
        numbered(&update::frame(&whole_sample.sample, &whole_sample.payload)),
        numbered(&update::frame(&bare.sample, &bare.payload)),
        whole(&update::ack(&bare.sample, now())),
        whole(&ServerFrame::HelloAck {
            timestamp,
            message: "Bienvenue, d\"",
        }),
        whole(&ServerFrame::Pong { timestamp }),
    ]
}

fn of_alerts() -> Vec<String> {
    let alert = Alert {
        id: 5,
        lot_id: Some(1),
        kind: AlertKind::Mortalite,
        breach: Breach {
            severity: Severity::Critical,
            mesure: Some(5.5),
            seuil: Some(5.0),
        },
        code_lot: Some("LL2611001".to_owned()),
        gaveur_id: Some(4),
        gaveur_nom: Some("Marie".to_owned()),
        gaveur_telephone: None,
        site: Some(Site::Ll),
        device_id: None,
        sample_id: None,
        position: Some((3, Moment::Soir)),
        levee_le: now(),
        fermee_le: None,
        acquittement: None,
        simule: false,
    };
    let frames = |change| {
        let alert = alert.clone();
        let event = AlertEvent { change, alert };
        let both = [
            alerts::for_supervision(&event, now()),
            alerts::for_gaveur(&event, now()),
        ];
        both.into_iter().chain(alerts::notification(&event, now()))
    };
    let changes = [
        Change::Raised,
        Change::Worse,
        Change::Closed,
        Change::Acknowledged,
    ];
    changes
        .into_iter()
        .flat_map(frames)
        .map(|frame| numbered(&frame))
        .collect()
}

fn of_ratings() -> Vec<String> {
    let rated = Rated {
        feedback_id: 12,
        product_id: "FG_LL_20261122_000001".to_owned(),
        lot_id: 1,
        code_lot: "LL2611001".to_owned(),
        site: Site::Ll,
        gaveur_id: 1,
        overall: 4,
        grade: Some(Grade::A),
        n_lot: 4,
        somme_lot: 15,
        simule: false,
    };
    let fifth = Rated {
        grade: None,
        n_lot: 6,
        somme_lot: 20,
        simule: true,
        ..rated.clone()
    };
    let timestamp = At(now());
    let frames = [&rated, &fifth].map(|rated| {
        [
            ServerFrame::ConsumerFeedback {
                data: RatingData::from(rated),
                timestamp,
            },
            ServerFrame::Avis {
                data: RatingOfLot::from(rated),
                timestamp,
            },
        ]
    });
    frames.iter().flatten().map(numbered).collect()
}

/// What a rule says of a lot, compared with one other.
fn evidence() -> Evidence {
    let json = r#"{"lots":24,"gaveurs":6,"periode":{"depuis":"2026-06-02","jusqua":"2026-11-20"},"mesure":"itm","rang_pct":4.2,
        "groupes":[{"nom":"reprises","n":3,"moyenne":13.1,"sd":0.2}],"difference":-1.5,"ic95":[-2.0,-1.1],
        "lots_compares":["LL2610001"],"limites":["observation","peu_de_lots"],
        "lot":{"foie_g":530.5,"itm":13.2,"mais_g":7000.0,"perte_pct":2.1,"cv":null,"repas":20,"repas_hors_plan":0,"releves":20,"releves_hors_plage":1},
        "mesures":[],"repas":[{"jour":1,"moment":"soir","ecart_pct":-9.0,"temperature_c":22.0,"humidite_pct":null}],"mais_cible_g":null}"#;
    serde_json::from_str(json).unwrap()
}

fn of_advice() -> Vec<String> {
    let proposed = Advice {
        id: 3,
        rule: Rule::AReprendre,
        version: 1,
        state: State::Proposee,
        gaveur_id: 4,
        gaveur_nom: "Marie".to_owned(),
        site: Site::Ll,
        code_lot_source: "LL2611001".to_owned(),
        code_lot_cible: None,
        texte: "Reprendre".to_owned(),
        texte_en: Some("Again".to_owned()),
        evidence: evidence(),
        action: Some(CurveAction {
            r#type: "courbe".to_owned(),
            lot: "LL2611001".to_owned(),
            facteur: 1.0,
            total_g: 7000.0,
            premier_repas: 0,
            points_g: vec![225.0, 240.5],
        }),
        courbe_version: None,
        cree_le: now(),
        expire_le: now() + jiff::SignedDuration::from_hours(720),
        envoyee_le: None,
        par: None,
        maj_le: now(),
        commentaire: None,
        simule: false,
    };
    let notification = recommandation::notification(&proposed, now()).unwrap();
    let answered = Advice {
        state: State::Acceptee,
        envoyee_le: Some(now()),
        par: Some("Marie".to_owned()),
        code_lot_cible: Some("LL2612001".to_owned()),
        courbe_version: Some(1),
        ..proposed.clone()
    };
    vec![
        numbered(&recommandation::frame(&proposed, now())),
        numbered(&notification),
        numbered(&recommandation::frame(&answered, now())),
    ]
}
