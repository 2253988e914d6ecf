//! A lot in quality control: its state in the queue and the figures of its samples.

use super::{
    StoreError,
    view::{Scoped, View, scoped},
};
use crate::domain::{
    lot::LotId,
    quality::itm,
    rounding::{one_decimal, two_decimals},
};
use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;

const GET: Scoped = scoped!("lot_foies/get");

/// Number of samples by grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct GradeCounts {
    #[serde(rename = "A+")]
    pub a_plus: i64,
    #[serde(rename = "A")]
    pub a: i64,
    #[serde(rename = "B")]
    pub b: i64,
    #[serde(rename = "C")]
    pub c: i64,
    #[serde(rename = "REJECT")]
    pub reject: i64,
}

/// Shares of the graded samples, 0–1; `null` if there are none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct GradeShares {
    #[serde(rename = "A+")]
    pub a_plus: Option<f64>,
    #[serde(rename = "A")]
    pub a: Option<f64>,
    #[serde(rename = "B")]
    pub b: Option<f64>,
    #[serde(rename = "C")]
    pub c: Option<f64>,
    #[serde(rename = "REJECT")]
    pub reject: Option<f64>,
}

impl GradeCounts {
    pub fn read(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(GradeCounts {
            a_plus: row.try_get("a_plus")?,
            a: row.try_get("a")?,
            b: row.try_get("b")?,
            c: row.try_get("c")?,
            reject: row.try_get("reject")?,
        })
    }

    /// In the order of [`Grade::ALL`](crate::domain::quality::Grade::ALL).
    pub fn best_first(&self) -> [i64; 5] {
        [self.a_plus, self.a, self.b, self.c, self.reject]
    }

    fn shares(&self) -> GradeShares {
        let all: i64 = self.best_first().iter().sum();
        let share = |count: i64| (all > 0).then(|| count as f64 / all as f64);
        GradeShares {
            a_plus: share(self.a_plus),
            a: share(self.a),
            b: share(self.b),
            c: share(self.c),
            reject: share(self.reject),
        }
    }
}

/// A lot in quality control, with the figures of its samples.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LotQuality<Grades = GradeCounts> {
    pub code_lot: String,
    pub lot_id: i64,
    /// `LL`, `LS` or `MT`.
    pub site_code: String,
    pub gaveur_id: i32,
    pub gaveur_nom: String,
    /// `pending`, `inspecting`, `inspected` or `rejected`; `null` for a lot that was never queued.
    pub statut: Option<String>,
    pub en_attente_depuis: Option<Timestamp>,
    /// The station or person who claimed it.
    pub prise_par: Option<String>,
    pub prise_le: Option<Timestamp>,
    pub terminee_le: Option<Timestamp>,
    pub echantillons: i64,
    pub grades: Grades,
    pub parts: GradeShares,
    /// Mean liver mass, g, one decimal.
    pub masse_moyenne_g: Option<f64>,
    /// Maize per duck over mean liver mass, g/g, two decimals; lower is better. `null` unless every meal of the lot is known.
    pub itm: Option<f64>,
    /// The lot was fed by a simulator.
    pub simule: bool,
}

impl LotQuality {
    /// With the grades in another form.
    pub fn with_grades<G: From<GradeCounts>>(self) -> LotQuality<G> {
        LotQuality {
            code_lot: self.code_lot,
            lot_id: self.lot_id,
            site_code: self.site_code,
            gaveur_id: self.gaveur_id,
            gaveur_nom: self.gaveur_nom,
            statut: self.statut,
            en_attente_depuis: self.en_attente_depuis,
            prise_par: self.prise_par,
            prise_le: self.prise_le,
            terminee_le: self.terminee_le,
            echantillons: self.echantillons,
            grades: self.grades.into(),
            parts: self.parts,
            masse_moyenne_g: self.masse_moyenne_g,
            itm: self.itm,
            simule: self.simule,
        }
    }
}

/// Also works for a lot that was never queued; `None` for an unknown lot.
pub async fn get(view: &View, lot_id: LotId) -> Result<Option<LotQuality>, StoreError> {
    let found = view.query(&GET, &[&lot_id]).await?;
    Ok(found.first().map(read).transpose()?)
}

pub(super) fn read(row: &Row) -> Result<LotQuality, tokio_postgres::Error> {
    let grades = GradeCounts::read(row)?;
    let masse_moyenne_g: Option<f64> = row.try_get("masse_moyenne_g")?;
    let maize: Option<f64> = row.try_get("g_par_canard")?;
    Ok(LotQuality {
        code_lot: row.try_get("code_lot")?,
        lot_id: row.try_get("lot_id")?,
        site_code: row.try_get("site_code")?,
        gaveur_id: row.try_get("gaveur_id")?,
        gaveur_nom: row.try_get("gaveur_nom")?,
        statut: row.try_get("statut")?,
        en_attente_depuis: row.try_get("en_attente_depuis")?,
        prise_par: row.try_get("prise_par")?,
        prise_le: row.try_get("prise_le")?,
        terminee_le: row.try_get("terminee_le")?,
        echantillons: row.try_get("echantillons")?,
        parts: grades.shares(),
        grades,
        itm: itm(maize, masse_moyenne_g).map(two_decimals),
        masse_moyenne_g: masse_moyenne_g.map(one_decimal),
        simule: row.try_get("simule")?,
    })
}
