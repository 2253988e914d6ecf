//! Random owners, callers and publications, and whose a frame is.

use gaveurs::{
    domain::{
        alert::Source,
        audience::{Audience, Filter},
        scope::Scope,
        site::Site,
        stream::Topic,
    },
    protocol::frames::{At, OpenFrame, ServerFrame},
};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

pub const GAVEURS: i32 = 12;

/// Whose a frame is, by the rules as they are written down, and not by the code that is tested.
#[derive(Clone, Copy)]
pub struct Owned {
    pub site: Option<Site>,
    pub gaveur: Option<i32>,
}

pub fn is_own(scope: &Scope, frame: Owned) -> bool {
    match scope {
        Scope::Everything => true,
        Scope::Sites(sites) => match frame.site {
            Some(site) => sites.iter().any(|own| *own == site),
            None => false,
        },
        Scope::Gaveur(own) => frame.gaveur == Some(*own),
        Scope::Nothing => false,
    }
}

pub fn is_wanted(filter: &Filter, frame: Owned) -> bool {
    (filter.site_code.is_none() || filter.site_code == frame.site)
        && (filter.gaveur_id.is_none() || filter.gaveur_id == frame.gaveur)
}

pub fn site(random: &mut ChaCha8Rng) -> Site {
    Site::ALL[random.random_range(0..Site::ALL.len())]
}

/// One in eight has no site, and one in eight no gaveur.
pub fn owned(random: &mut ChaCha8Rng) -> Owned {
    let (site, gaveur) = (site(random), random.random_range(0..GAVEURS));
    Owned {
        site: random.random_bool(0.875).then_some(site),
        gaveur: random.random_bool(0.875).then_some(gaveur),
    }
}

pub fn topic(random: &mut ChaCha8Rng) -> Topic {
    match random.random_range(0..4) {
        0 | 1 => Topic::Realtime,
        2 => Topic::Notifications,
        _ => Topic::Gaveur(random.random_range(0..GAVEURS)),
    }
}

pub fn scope(random: &mut ChaCha8Rng) -> Scope {
    match random.random_range(0..8) {
        0 => Scope::Everything,
        1 => Scope::Nothing,
        2..=4 => Scope::Gaveur(random.random_range(0..GAVEURS)),
        _ => Scope::of_sites(Site::ALL.into_iter().filter(|_| random.random_bool(0.5))),
    }
}

pub fn audience(random: &mut ChaCha8Rng, lot: usize, of: Owned) -> Audience {
    let code_lot = format!("LL26110{lot:02}");
    match (of.site, of.gaveur, random.random_range(0..3)) {
        (Some(site), Some(gaveur_id), 0) => Audience::Gavage {
            site,
            code_lot,
            gaveur_id,
        },
        (site, gaveur_id, 1) => Audience::Sample {
            device_id: "ESP32_LL_01".to_owned(),
            site,
            code_lot: Some(code_lot),
            gaveur_id,
            grade: None,
        },
        (site, gaveur_id, _) => Audience::Alert {
            id: 1,
            source: Source::Gavage,
            site,
            code_lot: Some(code_lot),
            gaveur_id,
            device_id: None,
        },
    }
}

pub fn some_frame() -> OpenFrame {
    OpenFrame::from(&ServerFrame::Notification {
        id: String::new(),
        r#type: "info",
        title: "",
        message: String::new(),
        timestamp: At::now(),
    })
}
