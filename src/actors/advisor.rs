//! Judges closed lots by the rules of advice: each when it is closed and when its ratings have become enough, and all of the last days every night.
//! It reads beside the writer, and what it finds is a message to it.

use super::deathwatch::Deathwatch;
use crate::{
    domain::{
        advice::{
            Proposal, Rule,
            comparison::LOOKS_BACK,
            rules::{self, FEWEST_RATINGS},
            steps::State,
        },
        lot::LotId,
        reading::Reading,
        scope::Scope,
    },
    messages::{
        advisor_to_writer::{ExpireAdvice, RaiseAdvice},
        app_to_advisor::BeginAdvising,
        writer_to_advisor::{LotRated, LotsMoved},
    },
    store::{
        StoreError,
        advice::{self, AdviceFilter},
        compared_lots, meals,
        view::{Reader, View},
    },
};
use actix::{
    Actor, ActorFutureExt as _, AsyncContext as _, Context, Handler, Message, WrapFuture as _,
};
use jiff::{SignedDuration, Timestamp, ToSpan as _, tz::TimeZone};
use std::{collections::BTreeSet, mem, time::Duration};

/// Lots that may wait to be judged; beyond that all of the last days are.
const MOST_WAITING: usize = 1_000;
/// Lots that are judged again at night, and how long after their last meal, or after a rating.
const MOST_AT_NIGHT: i64 = 1_000;
const NIGHTLY_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Hour of the night in the server's zone.
const AT_HOUR: i8 = 2;
/// Until a failed judgement is tried again.
const RETRY: Duration = Duration::from_secs(30);

/// What is to be judged.
#[derive(Debug, Default)]
struct Due {
    /// Lots that were closed.
    closed: BTreeSet<LotId>,
    /// Lots of which only what their ratings say is new.
    rated: BTreeSet<LotId>,
    /// All closed lots of the last days.
    is_night: bool,
}

impl Due {
    fn is_nothing(&self) -> bool {
        self.closed.is_empty() && self.rated.is_empty() && !self.is_night
    }

    /// Very many lots become a night.
    fn and(&mut self, more: Due) {
        self.closed.extend(more.closed);
        self.rated.extend(more.rated);
        self.is_night |= more.is_night;
        if self.closed.len() + self.rated.len() > MOST_WAITING {
            *self = Due {
                is_night: true,
                ..Due::default()
            };
        }
    }
}

pub struct Advisor {
    reader: Reader,
    zone: TimeZone,
    writer: Option<BeginAdvising>,
    due: Due,
    is_judging: bool,
    _deathwatch: Deathwatch,
}

impl Advisor {
    /// `zone` is that of the night.
    pub fn new(reader: Reader, zone: TimeZone, deathwatch: Deathwatch) -> Self {
        Advisor {
            reader,
            zone,
            writer: None,
            due: Due::default(),
            is_judging: false,
            _deathwatch: deathwatch,
        }
    }
}

impl Actor for Advisor {
    type Context = Context<Self>;
}

impl Handler<BeginAdvising> for Advisor {
    type Result = ();

    /// What was closed while no server ran is judged now.
    fn handle(&mut self, begin: BeginAdvising, ctx: &mut Self::Context) {
        self.writer = Some(begin);
        ctx.notify(NightFalls);
    }
}

impl Handler<LotsMoved> for Advisor {
    type Result = ();

    fn handle(&mut self, moved: LotsMoved, ctx: &mut Self::Context) {
        self.due.and(Due {
            closed: moved.closed.into_iter().collect(),
            ..Due::default()
        });
        if moved.has_begun {
            self.expire(ctx);
        }
        self.judge_next(ctx);
    }
}

impl Handler<LotRated> for Advisor {
    type Result = ();

    /// One that is passed over, because two servers rate at once for example, is judged at night.
    fn handle(&mut self, rated: LotRated, ctx: &mut Self::Context) {
        if rated.ratings == FEWEST_RATINGS {
            self.due.and(Due {
                rated: [rated.lot_id].into(),
                ..Due::default()
            });
            self.judge_next(ctx);
        }
    }
}

/// Message to itself: all closed lots of the last days are to be judged, and what has expired ends.
#[derive(Message)]
#[rtype(result = "()")]
struct NightFalls;

impl Handler<NightFalls> for Advisor {
    type Result = ();

    fn handle(&mut self, _: NightFalls, ctx: &mut Self::Context) {
        self.due.is_night = true;
        self.expire(ctx);
        self.judge_next(ctx);
        ctx.notify_later(NightFalls, until_night(Timestamp::now(), &self.zone));
    }
}

impl Advisor {
    /// Lots begin all the time: the writer is asked only if any advice is open.
    fn expire(&self, ctx: &mut Context<Self>) {
        let view = self.reader.seen_by(&Scope::Everything);
        let open = AdviceFilter {
            states: Some(State::OPEN.to_vec()),
            ..AdviceFilter::default()
        };
        let any = async move { advice::list(&view, &open, 1).await };
        ctx.spawn(any.into_actor(self).map(|open, advisor, ctx| match open {
            Ok(open) if open.is_empty() => {}
            Ok(_) => advisor.end_what_is_over(),
            Err(error) => {
                log::warn!("it is looked later whether advice is over: {error}");
                ctx.run_later(RETRY, |advisor, ctx| advisor.expire(ctx));
            }
        }));
    }

    fn end_what_is_over(&self) {
        if let Some(writer) = &self.writer {
            let request = rand::random();
            writer.expire.do_send(ExpireAdvice { request });
        }
    }

    /// One judgement at a time.
    fn judge_next(&mut self, ctx: &mut Context<Self>) {
        if self.is_judging || self.writer.is_none() || self.due.is_nothing() {
            return;
        }
        self.is_judging = true;
        let due = mem::take(&mut self.due);
        let view = self.reader.seen_by(&Scope::Everything);
        let judged = async move {
            let found = judge_all(&view, &due, Timestamp::now()).await;
            (found, due)
        };
        ctx.spawn(
            judged
                .into_actor(self)
                .map(|(found, due), advisor, ctx| match found {
                    Ok(proposals) => {
                        advisor.is_judging = false;
                        advisor.propose(proposals);
                        advisor.judge_next(ctx);
                    }
                    Err(error) => {
                        log::warn!("closed lots are judged later: {error}");
                        advisor.due.and(due);
                        ctx.run_later(RETRY, |advisor, ctx| {
                            advisor.is_judging = false;
                            advisor.judge_next(ctx);
                        });
                    }
                }),
        );
    }

    fn propose(&self, proposals: Vec<Proposal>) {
        if let Some(writer) = self.writer.as_ref().filter(|_| !proposals.is_empty()) {
            let request = rand::random();
            writer.raise.do_send(RaiseAdvice { proposals, request });
        }
    }
}

async fn judge_all(view: &View, due: &Due, now: Timestamp) -> Result<Vec<Proposal>, StoreError> {
    let (mut lots, mut only_rated) = (due.closed.clone(), due.rated.clone());
    if due.is_night {
        let since = now - NIGHTLY_FOR;
        lots.extend(compared_lots::closed_since(view, since, MOST_AT_NIGHT).await?);
        let fed = now - LOOKS_BACK;
        only_rated.extend(compared_lots::rated_since(view, fed, since, MOST_AT_NIGHT).await?);
    }
    // Ratings come long after the rest: of a lot that was judged before only what they say is new.
    only_rated.retain(|lot| !lots.contains(lot));
    lots.extend(&only_rated);
    let mut proposals = Vec::new();
    while let Some(first) = lots.pop_first() {
        let closed = compared_lots::like(view, first, now - LOOKS_BACK).await?;
        for lot in &closed {
            if lot.id != first && !lots.remove(&lot.id) {
                continue;
            }
            let mut findings = rules::findings(lot, &closed, now);
            if only_rated.contains(&lot.id) {
                findings.retain(|finding| finding.rule == Rule::Avis);
            }
            if findings.is_empty() {
                continue;
            }
            let meals = meals::list_by_lot(view, lot.id).await?;
            let meals: Vec<Reading> = meals.into_iter().map(|meal| meal.reading).collect();
            let found = findings
                .into_iter()
                .filter_map(|one| one.propose(lot, &meals, now));
            proposals.extend(found);
        }
    }
    Ok(proposals)
}

/// Time until the next night; a day where the calendar does not tell.
fn until_night(now: Timestamp, zone: &TimeZone) -> Duration {
    let today = now.to_zoned(zone.clone());
    let at = |zoned: jiff::Zoned| {
        zoned
            .with()
            .hour(AT_HOUR)
            .minute(0)
            .second(0)
            .subsec_nanosecond(0)
            .build()
    };
    let next = match at(today.clone()) {
        Ok(night) if night > today => Ok(night),
        _ => today.checked_add(1.day()).and_then(at),
    };
    let until = next
        .ok()
        .and_then(|night| night.timestamp().duration_since(now).try_into().ok());
    until.unwrap_or(Duration::from_secs(24 * 3_600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_night_is_at_two_in_the_zone_of_the_server() {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        for (now, hours) in [
            ("2026-11-29T00:00:00Z", 1),
            ("2026-11-29T01:00:00Z", 24),
            ("2026-11-29T13:00:00Z", 12),
        ] {
            let until = until_night(now.parse().unwrap(), &zone);
            assert_eq!(until, Duration::from_secs(hours * 3_600), "{now}");
        }
    }
}
