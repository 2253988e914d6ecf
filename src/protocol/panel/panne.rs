//! Faults: what a request for one says, and how those that are being made are shown.

use super::{body, text_of};
use crate::{
    domain::panel::{
        Simulator,
        fault::{Effect, Fault, FaultKind, FaultRun, Target, bounds},
    },
    protocol::{
        frames::At,
        lenient::{BadField, BadMessage, Object},
    },
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::{ops::RangeInclusive, time::Duration};

/// Reads which fault is to be made.
///
/// # Errors
/// What of the body cannot be used.
pub fn fault(text: &str) -> Result<FaultRun, BadMessage> {
    let fields = body(text)?;
    let kind = fields.word("type")?;
    let seconds = match kind {
        FaultKind::NoDatabase => bounds::SECONDS_WITHOUT_DATABASE,
        _ => bounds::SECONDS,
    };
    let seconds = fields.integer("duree_s", seconds)?;
    let target = fields.within("cible")?;
    let parameters = fields.within("parametres")?.unwrap_or_default();
    Ok(FaultRun {
        effect: effect(kind, &parameters)?,
        target: target_of(kind, &fields, target)?,
        lasts: Duration::from_secs(seconds.unsigned_abs().into()),
    })
}

fn target_of(
    kind: FaultKind,
    fields: &Object<'_>,
    named: Option<Object<'_>>,
) -> Result<Option<Target>, BadField> {
    let Some(named) = named else {
        return match kind.has_no_target() {
            true => Ok(None),
            false => Err(fields.bad("cible", "is missing: it names a simulator that runs")),
        };
    };
    if kind.has_no_target() {
        let problem = format!("must be absent: {kind} is of the server, not of a simulator");
        return Err(fields.bad("cible", problem));
    }
    let simulator: Simulator = named.word("simulateur")?;
    if !kind.concerns(simulator) {
        let may = Simulator::ALL.into_iter().filter(|one| kind.concerns(*one));
        let may: Vec<_> = may.map(Simulator::as_str).collect();
        let problem = format!(
            "must be one of {}: {kind} concerns no other",
            may.join(", ")
        );
        return Err(named.bad("simulateur", problem));
    }
    let code_lot = text_of(&named, "code_lot", 64)?;
    if code_lot.is_some() && (simulator != Simulator::Gavage || !kind.concerns_one_lot()) {
        let problem = format!("must be absent: {kind} of {simulator} is not of one lot");
        return Err(named.bad("code_lot", problem));
    }
    let device_id = text_of(&named, "device_id", 64)?;
    if device_id.is_some() && simulator == Simulator::Gavage {
        return Err(named.bad("device_id", "must be absent: gavage has no stations"));
    }
    Ok(Some(Target {
        simulator,
        code_lot,
        device_id,
    }))
}

fn effect(kind: FaultKind, given: &Object<'_>) -> Result<Effect, BadField> {
    let count = |name, range: RangeInclusive<i32>, default| {
        let number = given.optional_integer(name, range)?;
        Ok(number.map_or(default, i32::unsigned_abs))
    };
    Ok(match kind {
        FaultKind::Cut => Effect::Cut,
        FaultKind::Silence => Effect::Silence,
        FaultKind::OutOfRange => Effect::OutOfRange,
        FaultKind::Invalid => Effect::Invalid,
        FaultKind::Repeated => Effect::Repeated {
            times: count("fois", bounds::TIMES, 3)?,
        },
        FaultKind::Late => Effect::Late {
            by: Duration::from_secs(count("retard_s", bounds::SECONDS_LATE, 5)?.into()),
        },
        FaultKind::Shuffled => Effect::Shuffled {
            of: count("parmi", bounds::SHUFFLED, 5)? as usize,
        },
        FaultKind::Clock => Effect::Clock {
            hours: given
                .optional_integer("heures", bounds::HOURS)?
                .unwrap_or(3),
            naive: given.flag("sans_zone")?.unwrap_or(true),
        },
        FaultKind::Corrected => Effect::Corrected {
            factor: match given.raw("facteur") {
                Some(_) => given.number("facteur", bounds::FACTOR)?,
                None => 0.6,
            },
        },
        FaultKind::Burst => Effect::Burst {
            per_second: count("par_seconde", bounds::PER_SECOND, 50)?,
        },
        FaultKind::SlowScreen => Effect::SlowScreen,
        FaultKind::NoDatabase => Effect::NoDatabase,
    })
}

/// A fault that is being made: as it was asked for, with its number and its time.
#[derive(Debug, Serialize)]
pub struct FaultFrame {
    id: u32,
    depuis: At,
    /// When it ends by itself.
    jusqua: At,
    #[serde(flatten)]
    run: Value,
}

impl From<&Fault> for FaultFrame {
    fn from(fault: &Fault) -> Self {
        FaultFrame {
            id: fault.id,
            depuis: At(fault.since),
            jusqua: At(fault.until()),
            run: fault.run.described(),
        }
    }
}

/// For each simulator that runs what a fault can be made for alone.
pub fn targets(all: &[Target]) -> Value {
    let mut names = Map::new();
    for target in all {
        let named = target.code_lot.as_ref().or(target.device_id.as_ref());
        let of = names.entry(target.simulator.as_str()).or_insert(json!([]));
        if let (Some(of), Some(named)) = (of.as_array_mut(), named) {
            of.push(json!(named));
        }
    }
    Value::Object(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(body: Value) -> String {
        fault(&body.to_string()).unwrap_err().to_string()
    }

    #[test]
    fn each_type_has_defaults_and_is_shown_as_it_can_be_asked_for_again() {
        for kind in FaultKind::ALL {
            let mut body = json!({"type": kind, "duree_s": 30});
            if !kind.has_no_target() {
                body["cible"] = json!({"simulateur": "gavage"});
            }
            let run = fault(&body.to_string()).unwrap();
            assert_eq!(run.effect.kind(), kind);
            assert_eq!(fault(&run.described().to_string()), Ok(run), "{kind}");
        }
    }

    #[test]
    fn what_cannot_be_asked_for_is_refused_with_the_name_of_the_field_and_what_it_may_be() {
        let gavage = json!({"simulateur": "gavage"});
        for (body, field, hint) in [
            (
                json!({"type": "inondation", "duree_s": 5, "cible": gavage}),
                "type",
                "coupure, silence",
            ),
            (json!({"duree_s": 5, "cible": gavage}), "type", "missing"),
            (
                json!({"type": "silence", "cible": gavage}),
                "duree_s",
                "missing",
            ),
            (
                json!({"type": "silence", "duree_s": 0, "cible": gavage}),
                "duree_s",
                "1",
            ),
            (
                json!({"type": "silence", "duree_s": 3601, "cible": gavage}),
                "duree_s",
                "3600",
            ),
            (
                json!({"type": "base_absente", "duree_s": 31}),
                "duree_s",
                "30",
            ),
            (json!({"type": "silence", "duree_s": 5}), "cible", "missing"),
            (
                json!({"type": "silence", "duree_s": 5, "cible": "gavage"}),
                "cible",
                "object",
            ),
            (
                json!({"type": "ecran_lent", "duree_s": 5, "cible": gavage}),
                "cible",
                "absent",
            ),
            (
                json!({"type": "silence", "duree_s": 5, "cible": {"simulateur": "canards"}}),
                "cible.simulateur",
                "gavage",
            ),
            (
                json!({"type": "retard", "duree_s": 5, "cible": {"simulateur": "sqal"}}),
                "cible.simulateur",
                "one of gavage:",
            ),
            (
                json!({"type": "coupure", "duree_s": 5, "cible": {"simulateur": "gavage", "code_lot": "LL2611001"}}),
                "cible.code_lot",
                "absent",
            ),
            (
                json!({"type": "silence", "duree_s": 5, "cible": {"simulateur": "gavage", "device_id": "x"}}),
                "cible.device_id",
                "absent",
            ),
            (
                json!({"type": "doublon", "duree_s": 5, "cible": gavage, "parametres": {"fois": 11}}),
                "parametres.fois",
                "10",
            ),
            (
                json!({"type": "horloge", "duree_s": 5, "cible": gavage, "parametres": {"heures": 48}}),
                "parametres.heures",
                "47",
            ),
            (
                json!({"type": "correction", "duree_s": 5, "cible": gavage, "parametres": {"facteur": 9}}),
                "parametres.facteur",
                "3",
            ),
        ] {
            let problem = problem(body.clone());
            assert!(
                problem.contains(&format!("`{field}`")) && problem.contains(hint),
                "{body}: {problem}"
            );
        }
    }
}
