//! Advice on the wall: one object for REST and frames, and the bodies of requests about it.

use super::{
    frames::{At, ServerFrame},
    lenient::{self, BadMessage, Object},
};
use crate::domain::{
    advice::{
        Advice, CurveAction,
        evidence::Evidence,
        steps::{Asked, State},
        wording,
    },
    alert::wording::Language,
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Characters of a comment, and of a text of a supervisor.
const LONGEST_COMMENT: usize = 500;
const LONGEST_TEXT: usize = 2_000;

/// Advice to a farmer after a lot.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdviceData {
    pub id: i64,
    /// `suivi_du_plan`, `mais_sans_foie`, `ambiance`, `avis` or `a_reprendre`.
    pub regle: &'static str,
    /// Of the rules.
    pub version: i32,
    /// `proposee`, `validee`, `envoyee`, `lue`, `acceptee`, `refusee`, `expiree` or `rejetee`.
    pub etat: &'static str,
    pub gaveur_id: i32,
    pub gaveur_nom: String,
    /// `LL`, `LS` or `MT`.
    pub site_code: &'static str,
    /// The closed lot that it follows from.
    pub code_lot_source: String,
    /// The lot that it is for, once the farmer has a next one.
    pub code_lot_cible: Option<String>,
    pub titre: &'static str,
    /// A few French sentences, the rule's or a supervisor's.
    pub texte: String,
    pub preuve: Evidence,
    /// A curve to plan, or `null`.
    pub action: Option<CurveAction>,
    /// Version of the curve of `code_lot_cible` that was drafted when it was accepted.
    pub courbe_version: Option<i32>,
    /// Who made the last step; `null` for the server.
    pub par: Option<String>,
    /// What he wrote.
    pub commentaire: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub maj_le: At,
    #[schema(value_type = String, format = DateTime)]
    pub cree_le: At,
    #[schema(value_type = String, format = DateTime)]
    pub expire_le: At,
    /// `null` while the farmer knows nothing of it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub envoyee_le: Option<At>,
    pub simule: bool,
    /// The texts in English.
    pub en: AdviceTexts,
}

/// The texts of advice in English.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdviceTexts {
    pub titre: &'static str,
    /// `null` once a supervisor has written the text.
    pub texte: Option<String>,
}

impl From<&Advice> for AdviceData {
    fn from(advice: &Advice) -> Self {
        AdviceData {
            id: advice.id,
            regle: advice.rule.as_str(),
            version: advice.version,
            etat: advice.state.as_str(),
            gaveur_id: advice.gaveur_id,
            gaveur_nom: advice.gaveur_nom.clone(),
            site_code: advice.site.as_str(),
            code_lot_source: advice.code_lot_source.clone(),
            code_lot_cible: advice.code_lot_cible.clone(),
            titre: wording::titre(advice.rule, Language::Fr),
            texte: advice.texte.clone(),
            preuve: advice.evidence.clone(),
            action: advice.action.clone(),
            courbe_version: advice.courbe_version,
            par: advice.par.clone(),
            commentaire: advice.commentaire.clone(),
            maj_le: At(advice.maj_le),
            cree_le: At(advice.cree_le),
            expire_le: At(advice.expire_le),
            envoyee_le: advice.envoyee_le.map(At),
            simule: advice.simule,
            en: AdviceTexts {
                titre: wording::titre(advice.rule, Language::En),
                texte: advice.texte_en.clone(),
            },
        }
    }
}

pub fn frame(advice: &Advice, now: Timestamp) -> ServerFrame<'static> {
    ServerFrame::Recommandation {
        timestamp: At(now),
        data: Box::new(AdviceData::from(advice)),
        priority: "medium",
    }
}

/// A flat notification of a proposal; `None` for every other step.
pub fn notification(advice: &Advice, now: Timestamp) -> Option<ServerFrame<'static>> {
    (advice.state == State::Proposee).then(|| ServerFrame::Notification {
        id: format!("recommandation-{}", advice.id),
        r#type: "info",
        title: wording::titre(advice.rule, Language::Fr),
        message: advice.texte.clone(),
        timestamp: At(now),
    })
}

/// A request about a piece of advice, and the name of who asks, where nobody proves who he is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub asked: Asked,
    pub par: String,
}

/// # Errors
/// What of the body cannot be used.
pub fn validate(text: &str) -> Result<Request, BadMessage> {
    request(text, |fields| {
        Ok(Asked::Validate {
            texte: fields.optional_free_text("texte", LONGEST_TEXT)?,
            commentaire: fields.optional_free_text("commentaire", LONGEST_COMMENT)?,
        })
    })
}

/// # Errors
/// What of the body cannot be used.
pub fn reject(text: &str) -> Result<Request, BadMessage> {
    request(text, |fields| {
        let commentaire = fields.optional_free_text("commentaire", LONGEST_COMMENT)?;
        let problem = "is missing: a rejection says why";
        let commentaire = commentaire.ok_or_else(|| fields.bad("commentaire", problem))?;
        Ok(Asked::Reject { commentaire })
    })
}

/// # Errors
/// What of the body cannot be used.
pub fn read(text: &str) -> Result<Request, BadMessage> {
    request(text, |_| Ok(Asked::Read))
}

/// # Errors
/// What of the body cannot be used.
pub fn answer(text: &str) -> Result<Request, BadMessage> {
    request(text, |fields| {
        let accepted = fields.flag("acceptee")?;
        Ok(Asked::Answer {
            accepted: accepted
                .ok_or_else(|| fields.bad("acceptee", "is missing: true or false"))?,
            motif: fields.optional_free_text("motif", LONGEST_COMMENT)?,
        })
    })
}

fn request(
    text: &str,
    asked: impl FnOnce(&Object<'_>) -> Result<Asked, lenient::BadField>,
) -> Result<Request, BadMessage> {
    let text = if text.trim().is_empty() { "{}" } else { text };
    lenient::check(text)?;
    let fields = Object::read(text).ok_or_else(|| lenient::not_an_object(text))?;
    Ok(Request {
        asked: asked(&fields)?,
        par: fields.optional_free_text("par", 100)?.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_says_why_and_an_answer_says_which() {
        let why = reject("{}").unwrap_err();
        assert_eq!(why.field(), Some("commentaire"));
        assert_eq!(answer("").unwrap_err().field(), Some("acceptee"));
        let answered = answer(r#"{"acceptee": false, "motif": "silo vide", "par": "Jean"}"#);
        let expected = Asked::Answer {
            accepted: false,
            motif: Some("silo vide".to_owned()),
        };
        assert_eq!(answered.unwrap().asked, expected);
        assert_eq!(read("").unwrap().asked, Asked::Read);
    }
}
