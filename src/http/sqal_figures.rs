//! The figures of samples as `/api/sqal` shows them.

use crate::{
    domain::{
        quality::{ByGrade, Grade},
        rounding::{one_decimal, two_decimals},
    },
    store::station_hours::{self, ControlNow, SiteControl},
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Number of samples by grade.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct GradeCounts {
    #[serde(rename = "A+")]
    a_plus: i64,
    #[serde(rename = "A")]
    a: i64,
    #[serde(rename = "B")]
    b: i64,
    #[serde(rename = "C")]
    c: i64,
    #[serde(rename = "REJECT")]
    reject: i64,
}

impl From<ByGrade> for GradeCounts {
    fn from(grades: ByGrade) -> Self {
        let [a_plus, a, b, c, reject] = grades.best_first();
        GradeCounts {
            a_plus,
            a,
            b,
            c,
            reject,
        }
    }
}

/// Shares of the graded samples, 0–1; `null` if there are none.
#[derive(Debug, Serialize, ToSchema)]
pub struct GradeShares {
    #[serde(rename = "A+")]
    a_plus: Option<f64>,
    #[serde(rename = "A")]
    a: Option<f64>,
    #[serde(rename = "B")]
    b: Option<f64>,
    #[serde(rename = "C")]
    c: Option<f64>,
    #[serde(rename = "REJECT")]
    reject: Option<f64>,
}

impl From<ByGrade> for GradeShares {
    fn from(grades: ByGrade) -> Self {
        let shares = grades.best_first().map(|count| grades.share(count));
        let [a_plus, a, b, c, reject] = shares;
        GradeShares {
            a_plus,
            a,
            b,
            c,
            reject,
        }
    }
}

/// How many samples have a grade by our rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct GradeShare {
    #[schema(value_type = String)]
    grade: Grade,
    nombre: i64,
    /// Share of the graded samples, 0–1; `null` if there are none.
    part: Option<f64>,
}

impl GradeShare {
    /// All five grades, best first.
    pub fn of_each(grades: ByGrade) -> Vec<Self> {
        let share = |(grade, nombre)| GradeShare {
            grade,
            nombre,
            part: grades.share(nombre),
        };
        let counts = Grade::ALL.into_iter().zip(grades.best_first());
        counts.map(share).collect()
    }
}

/// Summary of quality control. `null` means that there is no data.
#[derive(Debug, Serialize, ToSchema)]
pub struct Overview {
    /// Start of the window of the figures: 24 hours ago.
    depuis: Timestamp,
    echantillons: i64,
    echantillons_derniere_heure: i64,
    /// Samples per minute over the last hour, two decimals.
    cadence_par_minute: Option<f64>,
    /// Mean of the final scores, two decimals.
    score_moyen: Option<f64>,
    /// g, one decimal.
    masse_moyenne_g: Option<f64>,
    grades: GradeCounts,
    stations_en_ligne: i64,
    stations: i64,
    lots_en_attente: i64,
    lots_en_controle: i64,
}

impl Overview {
    pub fn new(control: &ControlNow, depuis: Timestamp) -> Self {
        let in_an_hour = control.echantillons_derniere_heure;
        Overview {
            depuis,
            echantillons: control.echantillons,
            echantillons_derniere_heure: in_an_hour,
            cadence_par_minute: (in_an_hour > 0).then(|| two_decimals(in_an_hour as f64 / 60.0)),
            score_moyen: control.score_moyen.map(two_decimals),
            masse_moyenne_g: control.masse_moyenne_g.map(one_decimal),
            grades: control.grades.into(),
            stations_en_ligne: control.stations_en_ligne,
            stations: control.stations,
            lots_en_attente: control.lots_en_attente,
            lots_en_controle: control.lots_en_controle,
        }
    }
}

/// One hour of a station.
#[derive(Debug, Serialize, ToSchema)]
pub struct StationHour {
    heure: Timestamp,
    device_id: String,
    echantillons: i64,
    /// Two decimals.
    score_moyen: Option<f64>,
    /// g, one decimal.
    masse_moyenne_g: Option<f64>,
    rejets: i64,
}

impl From<station_hours::StationHour> for StationHour {
    fn from(hour: station_hours::StationHour) -> Self {
        StationHour {
            heure: hour.heure,
            device_id: hour.device_id,
            echantillons: hour.echantillons,
            score_moyen: hour.score_moyen.map(two_decimals),
            masse_moyenne_g: hour.masse_moyenne_g.map(one_decimal),
            rejets: hour.rejets,
        }
    }
}

/// Results of a site's stations in the last 24 hours.
#[derive(Debug, Serialize, ToSchema)]
pub struct SiteQuality {
    /// `LL`, `LS` or `MT`.
    site_code: &'static str,
    echantillons: i64,
    /// Two decimals.
    score_moyen: Option<f64>,
    /// Share of the graded samples, 0–1.
    part_rejets: Option<f64>,
}

impl From<SiteControl> for SiteQuality {
    fn from(control: SiteControl) -> Self {
        SiteQuality {
            site_code: control.site.as_str(),
            echantillons: control.echantillons,
            score_moyen: control.score_moyen.map(two_decimals),
            part_rejets: control.part_rejets,
        }
    }
}
