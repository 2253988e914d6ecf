//! What is asked of the database before a simulator starts, and what is recorded of it.

use super::Surroundings;
use crate::{
    domain::{
        access::Role,
        audit::Author,
        grant::Grant,
        key::Key,
        panel::{
            LONGEST_RUN, NotDone, Run,
            fault::{Effect, FaultRun},
        },
    },
    simulator::gavage::lot::CODES_A_MONTH,
    store::{self, Pool, StoreError},
};
use jiff::{ToSpan, Zoned, civil::Date};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a simulator starts with.
pub(super) struct Prepared {
    /// Number of the first lot, behind all others.
    pub first_sequence: u32,
    /// Month that the codes name.
    pub month: Date,
    /// `None` on a server that asks for none.
    pub key: Option<String>,
}

/// # Errors
/// Why it may not start; then nothing was recorded.
pub(super) async fn prepare(
    surroundings: Surroundings,
    run: Run,
    par: String,
) -> Result<Prepared, NotDone> {
    let prepared = timeout(PATIENCE, ask(&surroundings, &run, &par)).await;
    match prepared {
        Ok(Ok(prepared)) => prepared,
        Ok(Err(error)) => {
            log::warn!("no simulator was started: {error}");
            Err(NotDone::NoDatabase)
        }
        Err(_) => Err(NotDone::NoDatabase),
    }
}

async fn ask(
    surroundings: &Surroundings,
    run: &Run,
    par: &str,
) -> Result<Result<Prepared, NotDone>, StoreError> {
    let pool = &surroundings.pool;
    if !surroundings.beside_real_data && store::panel::has_real_data(pool).await? {
        return Ok(Err(NotDone::RealData));
    }
    let month = Zoned::now().date();
    let prepared = Prepared {
        first_sequence: last_sequence(pool, month).await? + 1,
        month,
        key: match surroundings.asks_for_keys {
            true => Some(create_key(pool, Role::Simulateur, LONGEST_RUN).await?),
            false => None,
        },
    };
    store::panel::record(pool, par, "start", &parameters(run)).await?;
    Ok(Ok(prepared))
}

/// The highest lot number used since the first of this month; 0 if there is none. When a month's codes are used up, a simulation continues
/// with the next month's.
async fn last_sequence(pool: &Pool, month: Date) -> Result<u32, StoreError> {
    let (mut last, mut month, mut before) = (0, month.first_of_month(), 0);
    loop {
        match store::lots::last_simulated_sequence(pool, month).await? {
            0 => return Ok(last),
            number => last = before + number,
        }
        before += CODES_A_MONTH;
        month = month.saturating_add(1.month());
    }
}

/// A key for one run, which expires with it.
async fn create_key(pool: &Pool, role: Role, lasts: Duration) -> Result<String, StoreError> {
    let key = Key::generate(&mut rand::rng());
    let grant = Grant::new(role);
    let author = Author::operator(rand::random());
    let name = "simulateur interne";
    store::keys::create(pool, &key, name, &grant, Some(lasts), &author).await?;
    Ok(key.reveal().to_owned())
}

/// Records a fault, and makes the key that a screen of its own needs.
///
/// # Errors
/// It is not recorded, so it must not begin.
pub(super) async fn prepare_fault(
    surroundings: Surroundings,
    run: FaultRun,
    par: String,
) -> Result<Option<String>, NotDone> {
    let pool = &surroundings.pool;
    recorded(pool.clone(), par, "panne", run.described()).await?;
    if run.effect != Effect::SlowScreen || !surroundings.asks_for_keys {
        return Ok(None);
    }
    let created = timeout(PATIENCE, create_key(pool, Role::Superviseur, run.lasts)).await;
    match created {
        Ok(Ok(key)) => Ok(Some(key)),
        _ => Err(NotDone::NoDatabase),
    }
}

/// Records what was asked for before it begins.
///
/// # Errors
/// It is not recorded, so it must not begin.
pub(super) async fn recorded(
    pool: Pool,
    par: String,
    action: &'static str,
    what: Value,
) -> Result<(), NotDone> {
    let recorded = timeout(PATIENCE, store::panel::record(&pool, &par, action, &what)).await;
    match recorded {
        Ok(Ok(())) => Ok(()),
        _ => Err(NotDone::NoDatabase),
    }
}

/// Records an action; one that cannot be recorded is in the log of the server.
pub(super) async fn record(pool: Pool, par: String, action: &'static str, what: Value) {
    let said = format!("{par} {action} {what}");
    if recorded(pool, par, action, what).await.is_err() {
        log::error!("not recorded in control_journal: {said}");
    }
}

fn parameters(run: &Run) -> Value {
    let simulator = run.simulator();
    match run {
        Run::Gavage(run) => json!({
            "simulateur": simulator, "nb_lots": run.lots, "acceleration": run.acceleration, "sans_fin": run.forever,
        }),
        Run::Monitor(run) => json!({
            "simulateur": simulator, "stations": run.stations, "polling_interval": run.ask_every.as_secs(),
            "samples_per_lot": run.foies_per_lot,
        }),
        Run::Consumer(run) => json!({
            "simulateur": simulator, "interval": run.interval.as_secs(), "num_feedbacks": run.ratings, "code_lot": run.lot,
            "profile": run.profile,
        }),
        Run::Sqal(run) => json!({
            "simulateur": simulator, "device_id": run.device_id, "interval": run.interval.as_secs(),
            "nb_samples": run.samples, "lot_id": run.lot,
        }),
    }
}
