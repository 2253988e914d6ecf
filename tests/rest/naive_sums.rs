//! Figures of sites and gaveurs, computed in memory in the slow and obvious way.

use crate::{
    common::database::TestDatabase,
    feed::{self, Fed},
    naive::{State, random_feed, states},
    scans::{self, GRADES, Scan},
    support::paris,
};
use jiff::{Timestamp, civil::Date};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub struct World {
    pub meals: Vec<Fed>,
    pub scans: Vec<Scan>,
}

/// Stores a random feed with random samples, and keeps it in memory.
pub async fn world(database: &TestDatabase, seed: u64) -> World {
    let meals = random_feed(seed);
    let scans = scans::random_scans(seed, &meals);
    feed::store(database, &meals).await;
    scans::store(database, &scans).await;
    World { meals, scans }
}

pub const SITES: [(&str, &str, &str); 3] = [
    ("LL", "Lantic", "Bretagne"),
    ("LS", "La Séguinière", "Pays de la Loire"),
    ("MT", "Maubourguet", "Occitanie"),
];

pub fn date(instant: Timestamp) -> Date {
    instant.to_zoned(paris()).date()
}

pub fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

pub fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Mean weighted by head count.
fn weighted(pairs: impl IntoIterator<Item = (Option<f64>, Option<i32>)>) -> Option<f64> {
    let pairs: Vec<_> = pairs
        .into_iter()
        .filter_map(|(value, ducks)| Some((value?, f64::from(ducks?))))
        .collect();
    let ducks: f64 = pairs.iter().map(|(_, ducks)| ducks).sum();
    (ducks > 0.0).then(|| pairs.iter().map(|(v, d)| v * d).sum::<f64>() / ducks)
}

/// A lot's maize per duck, if all meals from the first day on are known, over its mean liver mass.
struct Itm {
    code_lot: String,
    state: State,
    maize: f64,
    mass: f64,
}

impl Itm {
    fn itm(&self) -> f64 {
        self.maize / self.mass
    }
}

impl World {
    fn states(&self) -> BTreeMap<&str, State> {
        states(&self.meals)
    }

    pub fn maize(&self, lot: &str) -> Option<f64> {
        let own: Vec<_> = self.meals.iter().filter(|m| m.code_lot == lot).collect();
        let place = |m: &Fed| 2 * m.jour + i32::from(m.moment == "soir");
        let places: BTreeSet<i32> = own.iter().map(|m| place(m)).collect();
        let (first, last) = (*places.first()?, *places.last()?);
        let complete = first <= 1 && (first..=last).all(|place| places.contains(&place));
        complete.then(|| own.iter().map(|m| m.dose_reelle).sum())
    }

    pub fn mass(&self, lot: &str) -> Option<f64> {
        let own = self
            .scans
            .iter()
            .filter(|s| s.code_lot.as_deref() == Some(lot));
        mean(&own.filter_map(|s| s.masse_g).collect::<Vec<_>>())
    }

    fn itms(&self, from: Date) -> Vec<Itm> {
        let states = self.states();
        let recent = states
            .into_iter()
            .filter(|(_, s)| date(s.front.time) >= from);
        recent
            .filter_map(|(lot, state)| {
                let (maize, mass) = (self.maize(lot)?, self.mass(lot)?);
                let code_lot = lot.to_owned();
                Some(Itm {
                    code_lot,
                    state,
                    maize,
                    mass,
                })
            })
            .collect()
    }

    pub fn site(&self, code: &str) -> Value {
        let (_, nom, region) = SITES.iter().find(|site| site.0 == code).unwrap();
        let states = self.states();
        let own: Vec<_> = states.values().filter(|s| s.front.site() == code).collect();
        let gaveurs: BTreeSet<_> = own.iter().map(|s| s.front.gaveur_id).collect();
        let mut site = feeding(&own);
        let fields = json!({"code": code, "nom": nom, "region": region, "gaveurs": gaveurs.len(), "alertes_ouvertes": 0, "alertes_critiques": 0});
        merge(&mut site, fields);
        site
    }

    pub fn site_stats(&self, code: &str, from: Date) -> Value {
        let meals: Vec<_> = self
            .meals
            .iter()
            .filter(|m| m.site() == code && date(m.time) >= from)
            .collect();
        let scans: Vec<_> = self
            .scans
            .iter()
            .filter(|s| s.site.as_deref() == Some(code) && date(s.time) >= from)
            .collect();
        let itms = self.itms(from);
        let itms: Vec<_> = itms
            .iter()
            .filter(|lot| lot.state.front.site() == code)
            .collect();
        let ducks = |m: &&&Fed| m.nb_canards_vivants.is_some();
        let both: Vec<_> = meals
            .iter()
            .filter(ducks)
            .filter(|m| m.dose_theorique.is_some())
            .collect();
        let heads = |m: &Fed| f64::from(m.nb_canards_vivants.unwrap());
        let planned: f64 = both
            .iter()
            .map(|m| m.dose_theorique.unwrap() * heads(m))
            .sum();
        let given: f64 = both.iter().map(|m| m.dose_reelle * heads(m)).sum();
        let mut stats = self.site(code);
        let temperatures: Vec<_> = meals.iter().filter_map(|m| m.temperature_stabule).collect();
        let humidities: Vec<_> = meals.iter().filter_map(|m| m.humidite_stabule).collect();
        let scores: Vec<_> = scans.iter().filter_map(|s| s.score).collect();
        let fields = json!({
            "repas": meals.len(), "repas_comptes": meals.iter().filter(ducks).count(), "mais_kg": maize_kg(&meals),
            "dose_moyenne_g": weighted(meals.iter().map(|m| (Some(m.dose_reelle), m.nb_canards_vivants))).map(tenths),
            "ecart_dose": (planned > 0.0).then(|| tenths((given - planned) / planned * 100.0)),
            "poids_moyen_repas": weighted(meals.iter().map(|m| (m.poids_moyen, m.nb_canards_vivants))).map(tenths),
            "temperature_moyenne": mean(&temperatures).map(tenths), "humidite_moyenne": mean(&humidities).map(tenths),
            "foies": scans.len(), "foie_mesure_kg": livers_kg(&scans), "masse_moyenne_g": mean(&masses(&scans)).map(tenths),
            "score_moyen": mean(&scores).map(hundredths), "part_rejets": rejected(&scans),
            "itm": itm_of(&itms), "itm_lots": weighed(&itms),
            "periode_simulee": meals.iter().any(|m| m.simule) || scans.iter().any(|s| s.simule) || itms.iter().any(|i| i.state.front.simule),
        });
        merge(&mut stats, fields);
        stats
    }

    pub fn production(&self, from: Date, today: Date) -> Value {
        let days = from
            .series(jiff::Span::new().days(1))
            .take_while(|day| *day <= today);
        let mut elements = Vec::new();
        for day in days {
            for (site, ..) in SITES {
                let meals: Vec<_> = self
                    .meals
                    .iter()
                    .filter(|m| m.site() == site && date(m.time) == day)
                    .collect();
                let scans: Vec<_> = self
                    .scans
                    .iter()
                    .filter(|s| s.site.as_deref() == Some(site) && date(s.time) == day)
                    .collect();
                let counted = meals
                    .iter()
                    .filter(|m| m.nb_canards_vivants.is_some())
                    .count();
                elements.push(json!({
                    "jour": day, "site_code": site, "repas": meals.len(), "repas_comptes": counted, "mais_kg": maize_kg(&meals),
                    "foies": scans.len(), "foie_mesure_kg": livers_kg(&scans),
                    "simule": meals.iter().any(|m| m.simule) || scans.iter().any(|s| s.simule),
                }));
            }
        }
        json!(elements)
    }

    pub fn compared(&self, metrique: &str, from: Date) -> Value {
        let itms = self.itms(from);
        let each = SITES.map(|(site, nom, _)| {
            let itms: Vec<_> = itms.iter().filter(|lot| lot.state.front.site() == site).collect();
            let now = self.site(site);
            let (valeur, unite, nombre, simule) = match metrique {
                "itm" => (json!(itm_of(&itms)), "g/g", json!(weighed(&itms)), json!(itms.iter().any(|i| i.state.front.simule))),
                "mortalite" => (now["taux_mortalite"].clone(), "%", now["lots_en_cours"].clone(), now["simule"].clone()),
                // No lot of a random feed has ended.
                _ => (Value::Null, "kg", json!(0), json!(false)),
            };
            json!({"site_code": site, "nom": nom, "metrique": metrique, "valeur": valeur, "unite": unite, "nombre": nombre, "simule": simule})
        });
        json!(each)
    }

    pub fn kpis(&self, from: Date) -> Value {
        let states = self.states();
        let all: Vec<_> = states.values().collect();
        let meals: Vec<_> = self.meals.iter().filter(|m| date(m.time) >= from).collect();
        let scans: Vec<_> = self
            .scans
            .iter()
            .filter(|s| s.site.is_some() && date(s.time) >= from)
            .collect();
        let itms = self.itms(from);
        let itms: Vec<_> = itms.iter().collect();
        let gaveurs: BTreeSet<_> = all.iter().map(|s| s.front.gaveur_id).collect();
        let mut kpis = feeding(&all);
        let simulated = kpis["simule"].as_bool().unwrap()
            || meals.iter().any(|m| m.simule)
            || scans.iter().any(|s| s.simule);
        let fields = json!({
            "gaveurs": gaveurs.len(), "alertes_ouvertes": 0, "alertes_critiques": 0, "lots_en_controle": 0,
            "repas": meals.len(), "repas_comptes": meals.iter().filter(|m| m.nb_canards_vivants.is_some()).count(),
            "mais_kg": maize_kg(&meals), "foies": scans.len(), "foie_mesure_kg": livers_kg(&scans),
            "itm": itm_of(&itms), "itm_lots": weighed(&itms), "simule": simulated || itms.iter().any(|i| i.state.front.simule),
        });
        merge(&mut kpis, fields);
        kpis
    }

    pub fn itm_chart(&self, from: Date) -> Value {
        let mut groups: BTreeMap<(Date, String), Vec<Itm>> = BTreeMap::new();
        for lot in self.itms(from) {
            let key = (
                date(lot.state.front.time),
                lot.state.front.site().to_owned(),
            );
            groups.entry(key).or_default().push(lot);
        }
        let elements = groups.into_iter().map(|((jour, site), lots)| {
            let lots: Vec<_> = lots.iter().collect();
            json!({"jour": jour, "site_code": site, "itm": itm_of(&lots), "lots": weighed(&lots), "simule": lots.iter().any(|l| l.state.front.simule)})
        });
        elements.collect()
    }

    /// The expected element of a gaveur in the performances.
    pub fn performance(&self, gaveur_id: i32, from: Date) -> Value {
        let states = self.states();
        let own: Vec<_> = states
            .values()
            .filter(|s| s.front.gaveur_id == gaveur_id)
            .collect();
        let itms = self.itms(from);
        let itms: Vec<_> = itms
            .iter()
            .filter(|i| i.state.front.gaveur_id == gaveur_id)
            .collect();
        let mut performance = feeding(&own);
        let fields = json!({
            "gaveur_id": gaveur_id, "alertes_ouvertes": 0, "itm": itm_of(&itms), "itm_lots": weighed(&itms),
            "itm_simule": itms.iter().any(|i| i.state.front.simule),
        });
        merge(&mut performance, fields);
        performance
    }

    /// The lots from which a gaveur's yield is computed, without their order.
    pub fn yields(&self, gaveur_id: i32, from: Date) -> BTreeMap<String, Value> {
        let itms = self
            .itms(from)
            .into_iter()
            .filter(|i| i.state.front.gaveur_id == gaveur_id);
        itms.map(|i| {
            let element = json!({
                "code_lot": i.code_lot, "dernier_releve": i.state.front.time.to_string(), "mais_g_par_canard": tenths(i.maize),
                "masse_moyenne_g": tenths(i.mass), "itm": hundredths(i.itm()), "simule": i.state.front.simule,
            });
            (i.code_lot, element)
        })
        .collect()
    }
}

fn feeding(lots: &[&State]) -> Value {
    let counted: Vec<_> = lots
        .iter()
        .filter_map(|s| s.canards)
        .map(i64::from)
        .collect();
    json!({
        "lots_en_cours": lots.len(), "canards_vivants": (!counted.is_empty()).then(|| counted.iter().sum::<i64>()),
        "poids_moyen": weighted(lots.iter().map(|s| (s.poids, s.canards))).map(tenths),
        "taux_mortalite": weighted(lots.iter().map(|s| (s.taux_mortalite, s.canards))).map(hundredths),
        "dernier_releve": lots.iter().map(|s| s.front.time).max().map(|time| time.to_string()),
        "simule": lots.iter().any(|s| s.front.simule),
    })
}

fn maize_kg(meals: &[&Fed]) -> Option<f64> {
    let counted: Vec<_> = meals
        .iter()
        .filter_map(|m| Some(m.dose_reelle * f64::from(m.nb_canards_vivants?)))
        .collect();
    (!counted.is_empty()).then(|| tenths(counted.iter().sum::<f64>() / 1000.0))
}

pub fn masses(scans: &[&Scan]) -> Vec<f64> {
    scans.iter().filter_map(|s| s.masse_g).collect()
}

fn livers_kg(scans: &[&Scan]) -> Option<f64> {
    let masses = masses(scans);
    (!masses.is_empty()).then(|| tenths(masses.iter().sum::<f64>() / 1000.0))
}

pub fn counts(scans: &[&Scan]) -> [usize; 5] {
    GRADES.map(|grade| scans.iter().filter(|s| s.grade == Some(grade)).count())
}

pub fn rejected(scans: &[&Scan]) -> Option<f64> {
    let counts = counts(scans);
    let all: usize = counts.iter().sum();
    (all > 0).then(|| counts[4] as f64 / all as f64)
}

fn itm_of(lots: &[&Itm]) -> Option<f64> {
    weighted(lots.iter().map(|lot| (Some(lot.itm()), lot.state.canards))).map(hundredths)
}

fn weighed(lots: &[&Itm]) -> usize {
    lots.iter()
        .filter(|lot| lot.state.canards.is_some())
        .count()
}

pub fn merge(object: &mut Value, fields: Value) {
    let Value::Object(fields) = fields else {
        unreachable!()
    };
    object.as_object_mut().unwrap().extend(fields);
}
