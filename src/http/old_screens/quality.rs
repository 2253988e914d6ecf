//! Quality control as the farmers' and the quality screens read it.

use crate::{
    domain::{
        quality::{ByGrade, Grade},
        rounding::{one_decimal, two_decimals},
        site::Site,
    },
    http::sqal_figures::GradeCounts,
    store::{
        lot_quality::ControlledLot, lot_samples::LotSamples, quality::Station,
        station_hours::ControlNow,
    },
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// What the farmers' screens read of a lot's quality. The counts of `grades` stand beside the rest there.
#[derive(Debug, Serialize, ToSchema)]
pub struct OldLotQuality {
    has_sqal_data: bool,
    nb_echantillons: i64,
    poids_foie: Masses,
    volume: Volumes,
    scores: Scores,
    indices_spectraux: Indices,
    conformite: Conformity,
    dates: Dates,
}

/// g, one decimal.
#[derive(Debug, Serialize, ToSchema)]
struct Masses {
    moyen_g: Option<f64>,
    min_g: Option<f64>,
    max_g: Option<f64>,
    ecart_type_g: Option<f64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Volumes {
    /// mm³, one decimal.
    moyen_mm3: Option<f64>,
    /// Not kept.
    hauteur_moyenne_mm: Option<f64>,
    uniformite_surface: Option<f64>,
}

/// 0–1.
#[derive(Debug, Serialize, ToSchema)]
struct Scores {
    moyen: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
}

/// Means, 0–1.
#[derive(Debug, Serialize, ToSchema)]
struct Indices {
    fraicheur: Option<f64>,
    qualite_gras: Option<f64>,
    oxydation: Option<f64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Conformity {
    /// Graded, and not REJECT.
    nb_conformes: i64,
    /// Of the graded samples, %, one decimal.
    pourcent_conformes: Option<f64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Dates {
    premiere_mesure: Option<Timestamp>,
    derniere_mesure: Option<Timestamp>,
}

impl OldLotQuality {
    pub fn new(quality: &ControlledLot, samples: &LotSamples) -> Self {
        let graded = quality.grades.graded();
        let good = graded - quality.grades.reject;
        OldLotQuality {
            has_sqal_data: quality.echantillons > 0,
            nb_echantillons: quality.echantillons,
            poids_foie: Masses {
                moyen_g: quality.masse_moyenne_g.map(one_decimal),
                min_g: samples.masse_min_g.map(one_decimal),
                max_g: samples.masse_max_g.map(one_decimal),
                ecart_type_g: samples.masse_ecart_type_g.map(one_decimal),
            },
            volume: Volumes {
                moyen_mm3: samples.volume_mm3.map(one_decimal),
                hauteur_moyenne_mm: None,
                uniformite_surface: None,
            },
            scores: Scores {
                moyen: samples.score_moyen.map(two_decimals),
                min: samples.score_min.map(two_decimals),
                max: samples.score_max.map(two_decimals),
            },
            indices_spectraux: Indices {
                fraicheur: samples.fraicheur.map(two_decimals),
                qualite_gras: samples.qualite_gras.map(two_decimals),
                oxydation: samples.oxydation.map(two_decimals),
            },
            conformite: Conformity {
                nb_conformes: good,
                pourcent_conformes: percent(good, graded),
            },
            dates: Dates {
                premiere_mesure: samples.premiere_mesure,
                derniere_mesure: samples.derniere_mesure,
            },
        }
    }
}

fn percent(part: i64, all: i64) -> Option<f64> {
    (all > 0).then(|| one_decimal(100.0 * part as f64 / all as f64))
}

/// The grades of a lot: ours, and what the farmers' screens read of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct OldGrades {
    #[serde(flatten)]
    ours: GradeCounts,
    /// The grade that most samples got.
    majoritaire: Option<&'static str>,
    repartition: GradeCounts,
    /// A+ and A of the graded samples, %, one decimal.
    pourcent_a_plus_a: Option<f64>,
}

impl From<ByGrade> for OldGrades {
    fn from(grades: ByGrade) -> Self {
        OldGrades {
            majoritaire: grades.most_frequent().map(Grade::as_str),
            pourcent_a_plus_a: percent(grades.a_plus + grades.a, grades.graded()),
            repartition: grades.into(),
            ours: grades.into(),
        }
    }
}

/// What the quality screens read of the overview, in both of their forms.
#[derive(Debug, Serialize, ToSchema)]
pub struct OldOverview {
    stats_24h: DayStats,
    grade_distribution_7d: GradeCounts,
    active_alerts: i64,
    critical_alerts: i64,
    total_devices: i64,
    active_devices: i64,
    timestamp: Timestamp,
    #[serde(rename = "totalSamples")]
    total_samples: i64,
    #[serde(rename = "samplesToday")]
    samples_today: i64,
    /// 0–1.
    #[serde(rename = "averageQuality")]
    average_quality: f64,
    #[serde(rename = "activeAlerts")]
    alerts: i64,
    /// Graded, and not REJECT, %.
    #[serde(rename = "successRate")]
    success_rate: f64,
    #[serde(rename = "activeDevices")]
    devices: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct DayStats {
    total_samples: i64,
    /// 0–1.
    avg_quality_score: f64,
    /// Graded, and not REJECT, %.
    compliance_rate_pct: f64,
}

/// What the overview lacks of what the quality screens read.
pub struct QualityNow {
    /// Of the last seven days.
    pub week: ByGrade,
    pub open_alerts: i64,
    pub critical_alerts: i64,
    pub now: Timestamp,
}

impl OldOverview {
    pub fn new(overview: &ControlNow, now: &QualityNow) -> Self {
        let graded = overview.grades.graded();
        let good = percent(graded - overview.grades.reject, graded).unwrap_or(0.0);
        let score = overview.score_moyen.map_or(0.0, two_decimals);
        OldOverview {
            stats_24h: DayStats {
                total_samples: overview.echantillons,
                avg_quality_score: score,
                compliance_rate_pct: good,
            },
            grade_distribution_7d: now.week.into(),
            active_alerts: now.open_alerts,
            critical_alerts: now.critical_alerts,
            total_devices: overview.stations,
            active_devices: overview.stations_en_ligne,
            timestamp: now.now,
            total_samples: overview.echantillons,
            samples_today: overview.echantillons,
            average_quality: score,
            alerts: now.open_alerts,
            success_rate: good,
            devices: overview.stations_en_ligne,
        }
    }
}

/// The stations in the form of the quality screens.
#[derive(Debug, Serialize, ToSchema)]
pub struct OldDevices {
    devices: Vec<OldDevice>,
    total: usize,
    online: usize,
    offline: usize,
}

/// A station as the quality screens read it.
#[derive(Debug, Serialize, ToSchema)]
pub struct OldDevice {
    device_id: String,
    /// = `device_id`.
    device_name: String,
    firmware_version: Option<String>,
    site_code: Option<&'static str>,
    /// `online` or `offline`.
    status: &'static str,
    config_profile: Option<String>,
    /// Not known.
    created_at: Option<Timestamp>,
    last_seen: Option<Timestamp>,
}

impl From<Station> for OldDevice {
    fn from(device: Station) -> Self {
        OldDevice {
            device_name: device.device_id.clone(),
            device_id: device.device_id,
            firmware_version: device.firmware_version,
            site_code: device.site.map(Site::as_str),
            status: if device.en_ligne { "online" } else { "offline" },
            config_profile: None,
            created_at: None,
            last_seen: device.derniere_activite,
        }
    }
}

impl From<Vec<Station>> for OldDevices {
    fn from(devices: Vec<Station>) -> Self {
        let online = devices.iter().filter(|device| device.en_ligne).count();
        OldDevices {
            total: devices.len(),
            online,
            offline: devices.len() - online,
            devices: devices.into_iter().map(OldDevice::from).collect(),
        }
    }
}

/// Lots in quality control in the form of the supervision screens.
#[derive(Debug, Serialize, ToSchema)]
pub struct OldLots {
    total_lots: usize,
    lots: Vec<OldInspectedLot>,
}

/// What the samples of a lot add up to, as the supervision screens read it.
#[derive(Debug, Serialize, ToSchema)]
pub struct OldInspectedLot {
    lot_id: i64,
    code_lot: String,
    nb_echantillons: i64,
    /// 0–1.
    score_qualite_moyen: Option<f64>,
    grade_majoritaire: Option<&'static str>,
    tof_score_moyen: Option<f64>,
    spectral_score_moyen: Option<f64>,
    indice_fraicheur: Option<f64>,
    indice_qualite_gras: Option<f64>,
    indice_oxydation: Option<f64>,
}

impl OldInspectedLot {
    pub fn new(quality: &ControlledLot, samples: &LotSamples) -> Self {
        OldInspectedLot {
            lot_id: quality.lot_id,
            code_lot: quality.code_lot.clone(),
            nb_echantillons: quality.echantillons,
            score_qualite_moyen: samples.score_moyen.map(two_decimals),
            grade_majoritaire: quality.grades.most_frequent().map(Grade::as_str),
            tof_score_moyen: samples.tof_moyen.map(two_decimals),
            spectral_score_moyen: samples.spectral_moyen.map(two_decimals),
            indice_fraicheur: samples.fraicheur.map(two_decimals),
            indice_qualite_gras: samples.qualite_gras.map(two_decimals),
            indice_oxydation: samples.oxydation.map(two_decimals),
        }
    }
}

impl From<Vec<OldInspectedLot>> for OldLots {
    fn from(lots: Vec<OldInspectedLot>) -> Self {
        OldLots {
            total_lots: lots.len(),
            lots,
        }
    }
}
