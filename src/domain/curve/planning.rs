//! What may be planned for a lot, and what is decided about it.

use super::{BadCurve, Curve, Decision, EtatCourbe, SourceCourbe};
use crate::domain::{lot::Statut, reading::MealPosition};

/// A request about the curves of a lot.
#[derive(Debug, Clone, PartialEq)]
pub struct Planning {
    /// Who asks.
    pub par: String,
    pub commentaire: Option<String>,
    pub what: Planned,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Planned {
    Propose {
        curve: Curve,
        source: SourceCourbe,
        formule: Option<String>,
    },
    /// The version that a decision is about.
    Decide { version: i32, decision: Decision },
}

/// A stored curve.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredCurve {
    pub version: i32,
    pub etat: EtatCourbe,
    pub curve: Curve,
    /// Numbers of the requests that created it and decided about it.
    pub requete: i64,
    pub decide_requete: Option<i64>,
}

/// The curves of a lot, and how far it has been fed.
#[derive(Debug, Clone, PartialEq)]
pub struct Plans {
    /// `None` before the first meal.
    pub front: Option<MealPosition>,
    pub statut: Statut,
    /// Oldest version first.
    pub curves: Vec<StoredCurve>,
}

/// What is to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// This request has stored it already.
    Done(i32),
    /// A new curve of this version.
    Insert(i32),
    /// The version gets this state.
    Decide(i32, EtatCourbe),
}

impl Step {
    pub fn version(self) -> i32 {
        match self {
            Step::Done(version) | Step::Insert(version) | Step::Decide(version, _) => version,
        }
    }
}

/// Why nothing is stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPlanned {
    #[error(transparent)]
    Curve(#[from] BadCurve),
    /// The state of the lot or of the curve does not admit it.
    #[error("{0}")]
    State(String),
    #[error("there is no curve of version {0}")]
    NoSuchVersion(i32),
}

impl Plans {
    /// `requete` is the number of the request.
    ///
    /// # Errors
    /// Nothing may be stored.
    pub fn step(&self, planning: &Planning, requete: i64) -> Result<Step, NotPlanned> {
        let mut all = self.curves.iter();
        if let Some(own) =
            all.find(|one| one.requete == requete || one.decide_requete == Some(requete))
        {
            return Ok(Step::Done(own.version));
        }
        if self.statut.has_ended() {
            let statut = self.statut;
            return Err(NotPlanned::State(format!(
                "the feeding of the lot has ended ({statut}): nothing is planned for it any more"
            )));
        }
        match &planning.what {
            Planned::Propose { curve, .. } => {
                self.check(curve)?;
                let last = self.curves.iter().map(|one| one.version).max();
                Ok(Step::Insert(last.unwrap_or(0) + 1))
            }
            Planned::Decide { version, decision } => {
                let named = self.curves.iter().find(|one| one.version == *version);
                let named = named.ok_or(NotPlanned::NoSuchVersion(*version))?;
                let etat = named.etat.decide(*decision).map_err(NotPlanned::State)?;
                if etat == EtatCourbe::Validee {
                    // The lot may have been fed since it was proposed.
                    self.check(&named.curve)?;
                }
                Ok(Step::Decide(*version, etat))
            }
        }
    }

    fn check(&self, curve: &Curve) -> Result<(), BadCurve> {
        curve.check()?;
        let plan = self
            .curves
            .iter()
            .find(|one| one.etat == EtatCourbe::Validee);
        let fed = plan.zip(self.front);
        fed.map_or(Ok(()), |(plan, front)| {
            curve.check_beyond(&plan.curve, front)
        })
    }
}
