//! Lots that are planned: the bodies of requests, in our words or in those of older pages.

use super::lenient::{self, BadField, BadMessage, Object};
use crate::domain::{
    lot_plan::{DAYS, LotPlan, last_day},
    site::Site,
};
use jiff::civil::Date;

/// Ducks of a lot.
pub const DUCKS: std::ops::RangeInclusive<i32> = 1..=10_000;

/// Whether the lot is simulated, and who plans it if he proves it, is not in the body.
///
/// # Errors
/// What of the body cannot be used.
pub fn plan(text: &str) -> Result<LotPlan, BadMessage> {
    lenient::check(text)?;
    let fields = Object::read(text).ok_or_else(|| lenient::not_an_object(text))?;
    let debut = first_of(&fields, ["date_debut_gavage", "debut_lot"]);
    let debut = date(&fields, debut)?;
    let ducks = first_of(&fields, ["nombre_canards", "nb_canards_initial"]);
    let grams = |name: &'static str, range| {
        let is_there = fields.raw(name).is_some();
        is_there.then(|| fields.number(name, range)).transpose()
    };
    let souche = fields.optional_free_text("souche", 100)?;
    let genetique = fields.optional_free_text("genetique", 100)?;
    let genetique = genetique.or_else(|| souche.clone());
    Ok(LotPlan {
        code_lot: code(&fields)?,
        site: site(&fields)?,
        gaveur_id: fields.integer("gaveur_id", 0..=i32::MAX)?,
        genetique: genetique.ok_or_else(|| fields.bad("genetique", "is missing"))?,
        souche,
        nombre_canards: fields.integer(ducks, DUCKS)?,
        debut,
        fin: end(&fields, debut)?,
        poids_initial_g: grams("poids_moyen_initial", 1_000.0..=9_000.0)?,
        objectif_mais_g: grams("objectif_quantite_mais", 1.0..=100_000.0)?,
        simule: false,
        par: fields.optional_free_text("par", 100)?.unwrap_or_default(),
    })
}

/// Two letters and seven digits.
fn code(fields: &Object<'_>) -> Result<Option<String>, BadField> {
    let code = fields.optional_key("code_lot", 64)?;
    let is_one = |code: &String| {
        let digits = code.get(2..).unwrap_or_default();
        let is_number = digits.len() == 7 && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number && Site::ALL.iter().any(|site| code.starts_with(site.as_str()))
    };
    match code {
        Some(code) if !is_one(&code) => Err(fields.bad(
            "code_lot",
            "must be the letters of a site and seven digits, such as LL4801665; without it one is proposed",
        )),
        code => Ok(code),
    }
}

fn site(fields: &Object<'_>) -> Result<Site, BadField> {
    const OLD: &str = "site_origine";
    if fields.raw("site_code").is_some() || fields.raw(OLD).is_none() {
        return fields.word("site_code");
    }
    match fields.text(OLD, 64)?.trim() {
        "Bretagne" => Ok(Site::Ll),
        "Pays de Loire" | "Pays de la Loire" => Ok(Site::Ls),
        "Maubourguet" | "Occitanie" => Ok(Site::Mt),
        _ => fields.word(OLD),
    }
}

/// The last day of feeding: a date, or how many days it takes.
fn end(fields: &Object<'_>, debut: Date) -> Result<Date, BadField> {
    const DATE: &str = "date_fin_gavage_prevue";
    const DURATION: &str = "duree_gavage_prevue";
    if fields.raw(DATE).is_some() || fields.raw(DURATION).is_none() {
        return date(fields, DATE);
    }
    Ok(last_day(debut, fields.integer(DURATION, DAYS)?))
}

/// A time of day behind it is not looked at.
fn date(fields: &Object<'_>, name: &'static str) -> Result<Date, BadField> {
    let text = fields.text(name, 64)?;
    let date = text.trim().get(..10).and_then(|date| date.parse().ok());
    date.ok_or_else(|| fields.bad(name, "must be a date such as 2026-01-31"))
}

/// The first name under which something is there; the first of all where nothing is.
fn first_of(fields: &Object<'_>, names: [&'static str; 2]) -> &'static str {
    let there = names.into_iter().find(|name| fields.raw(name).is_some());
    there.unwrap_or(names[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const OURS: &str = r#"{"site_code":"LS","gaveur_id":2,"genetique":"Mulard","nb_canards_initial":"950",
        "debut_lot":"2026-12-01","duree_gavage_prevue":10}"#;

    #[test]
    fn both_vocabularies_say_the_same() {
        let ours = plan(OURS).unwrap();
        let old = r#"{"site_origine":"Pays de Loire","gaveur_id":2,"genetique":"Mulard","nombre_canards":950,
            "date_debut_gavage":"2026-12-01T00:00:00","date_fin_gavage_prevue":"2026-12-10"}"#;
        assert_eq!(plan(old).unwrap(), ours);
        assert_eq!(
            (ours.site, ours.debut, ours.fin),
            (Site::Ls, date(2026, 12, 1), date(2026, 12, 10))
        );
        assert_eq!((ours.nombre_canards, ours.code_lot), (950, None));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (instead, champ) in [
            (r#""genetique":null"#, "genetique"),
            (r#""site_code":"XX""#, "site_code"),
            (r#""code_lot":"LL123""#, "code_lot"),
            (r#""code_lot":"XX1234567""#, "code_lot"),
            (r#""gaveur_id":"Jean""#, "gaveur_id"),
            (r#""nb_canards_initial":0"#, "nb_canards_initial"),
            (r#""debut_lot":"bientôt""#, "debut_lot"),
            (r#""duree_gavage_prevue":40"#, "duree_gavage_prevue"),
            (r#""date_fin_gavage_prevue":7"#, "date_fin_gavage_prevue"),
            (r#""poids_moyen_initial":4.2"#, "poids_moyen_initial"),
        ] {
            let text = OURS.replace('}', &format!(",{instead}}}"));
            let fault = plan(&text).unwrap_err();
            assert_eq!(fault.field(), Some(champ), "{instead}: {fault}");
        }
        assert_eq!(plan("{}").unwrap_err().field(), Some("date_debut_gavage"));
    }
}
