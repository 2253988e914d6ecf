//! Figures of stations and of inspected lots, computed in memory in the slow and obvious way.

use crate::{
    naive_sums::{SITES, World, counts, hundredths, masses, mean, rejected, tenths},
    scans::{GRADES, Scan},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

impl World {
    /// Expected quality figures of a lot.
    pub fn quality(&self, lot: &str) -> Value {
        let own: Vec<_> = self
            .scans
            .iter()
            .filter(|s| s.code_lot.as_deref() == Some(lot))
            .collect();
        let counts = counts(&own);
        let all: usize = counts.iter().sum();
        let share = |n: usize| (all > 0).then(|| n as f64 / all as f64);
        let by_grade = |value: &dyn Fn(usize) -> Value| -> Value {
            GRADES
                .iter()
                .zip(counts)
                .map(|(grade, n)| ((*grade).to_owned(), value(n)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        let itm = self
            .maize(lot)
            .zip(self.mass(lot))
            .map(|(maize, mass)| hundredths(maize / mass));
        json!({
            "code_lot": lot, "echantillons": own.len(), "grades": by_grade(&|n| json!(n)), "parts": by_grade(&|n| json!(share(n))),
            "masse_moyenne_g": self.mass(lot).map(tenths), "itm": itm,
        })
    }

    /// Samples of a rolling window.
    fn since(&self, since: Timestamp) -> Vec<&Scan> {
        self.scans.iter().filter(|s| s.time >= since).collect()
    }

    pub fn overview(&self, now: Timestamp) -> Value {
        let scans = self.since(now - SignedDuration::from_hours(24));
        let in_an_hour = self.since(now - SignedDuration::from_hours(1)).len();
        let grades: serde_json::Map<_, _> = GRADES
            .iter()
            .zip(counts(&scans))
            .map(|(grade, n)| ((*grade).to_owned(), json!(n)))
            .collect();
        let scores: Vec<_> = scans.iter().filter_map(|s| s.score).collect();
        json!({
            "echantillons": scans.len(), "echantillons_derniere_heure": in_an_hour,
            "cadence_par_minute": (in_an_hour > 0).then(|| hundredths(in_an_hour as f64 / 60.0)),
            "score_moyen": mean(&scores).map(hundredths), "masse_moyenne_g": mean(&masses(&scans)).map(tenths), "grades": grades,
        })
    }

    pub fn grades(&self, since: Timestamp, station: Option<&str>, lot: Option<&str>) -> Value {
        let mut scans = self.since(since);
        scans.retain(|s| {
            station.is_none_or(|name| s.device_id == name)
                && lot.is_none_or(|code| s.code_lot.as_deref() == Some(code))
        });
        let counts = counts(&scans);
        let all: usize = counts.iter().sum();
        let shares = GRADES.iter().zip(counts);
        shares.map(|(grade, n)| json!({"grade": grade, "nombre": n, "part": (all > 0).then(|| n as f64 / all as f64)})).collect()
    }

    pub fn by_site(&self, since: Timestamp) -> Value {
        let each = SITES.map(|(site, ..)| {
            let mut scans = self.since(since);
            scans.retain(|s| s.site.as_deref() == Some(site));
            let scores: Vec<_> = scans.iter().filter_map(|s| s.score).collect();
            json!({"site_code": site, "echantillons": scans.len(), "score_moyen": mean(&scores).map(hundredths), "part_rejets": rejected(&scans)})
        });
        json!(each)
    }

    pub fn hours(&self, since: Timestamp) -> Value {
        let hour = |instant: Timestamp| instant.as_second().div_euclid(3600) * 3600;
        let mut groups: BTreeMap<(i64, &str), Vec<&Scan>> = BTreeMap::new();
        for scan in self.scans.iter().filter(|s| hour(s.time) >= hour(since)) {
            groups
                .entry((hour(scan.time), &scan.device_id))
                .or_default()
                .push(scan);
        }
        let elements = groups.into_iter().map(|((hour, device_id), scans)| {
            let scores: Vec<_> = scans.iter().filter_map(|s| s.score).collect();
            json!({
                "heure": Timestamp::from_second(hour).unwrap().to_string(), "device_id": device_id, "echantillons": scans.len(),
                "score_moyen": mean(&scores).map(hundredths), "masse_moyenne_g": mean(&masses(&scans)).map(tenths),
                "rejets": scans.iter().filter(|s| s.grade == Some("REJECT")).count(),
            })
        });
        elements.collect()
    }

    /// How a station works, over a window. Cadence, trend and capability are left out.
    pub fn station(&self, since: Timestamp, station: &str) -> Value {
        let mut hours: BTreeMap<i64, Vec<&Scan>> = BTreeMap::new();
        for scan in self
            .since(since)
            .into_iter()
            .filter(|s| s.device_id == station)
        {
            let hour = scan.time.as_second().div_euclid(3600) * 3600;
            hours.entry(hour).or_default().push(scan);
        }
        let start = |hour: &i64| Timestamp::from_second(*hour).unwrap().to_string();
        let counted = hours.iter().map(|(hour, scans)| {
            let rejects = scans.iter().filter(|s| s.grade == Some("REJECT")).count();
            json!({"heure": start(hour), "echantillons": scans.len(), "rejets": rejects})
        });
        let measure = |name: &str, value: fn(&Scan) -> Option<f64>| {
            let values =
                |scans: &[&Scan]| scans.iter().filter_map(|s| value(s)).collect::<Vec<_>>();
            let means = hours.iter().filter_map(|(hour, scans)| {
                Some(json!({"heure": start(hour), "moyenne": mean(&values(scans))?}))
            });
            let all: Vec<_> = hours.values().flatten().copied().collect();
            json!({"mesure": name, "echantillons": values(&all).len(), "heures": means.collect::<Vec<_>>()})
        };
        json!({
            "device_id": station, "heures": counted.collect::<Vec<_>>(),
            "mesures": [measure("score", |s| s.score), measure("masse", |s| s.masse_g), measure("fraicheur", |_| None), measure("oxydation", |_| None)],
        })
    }
}
