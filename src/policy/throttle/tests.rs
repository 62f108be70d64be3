use proptest::prelude::*;

use super::*;

const ACCOUNT: Limit = Limit { failures: 10, window: Duration::minutes(15), then: WhenFull::BacksOff { most: 100 } };
const ADDRESS: Limit = Limit { failures: 30, window: Duration::minutes(1), then: WhenFull::Waits };
const CLIENT: Limit = Limit { failures: 4, window: Duration::minutes(1), then: WhenFull::Tightens };

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_800_000_000 + seconds).unwrap()
}

fn fresh() -> Counter {
    Counter::new(at(0))
}

/// Fails as often as it may, whenever it may, and says when each attempt was.
fn failures(limit: Limit, tightness: Tightness, attempts: usize) -> Vec<OffsetDateTime> {
    let (mut counter, mut now, mut made) = (fresh(), at(0), Vec::new());
    while made.len() < attempts {
        match admit(&[(limit, counter)], tightness, now) {
            Ok(raised) => {
                counter = raised[0];
                made.push(now);
            }
            Err(until) => now = until,
        }
    }
    made
}

#[test]
fn lg_03_an_account_waits_longer_each_time_and_after_a_hundred_failures_for_good() {
    let minutes = failures(ACCOUNT, Tightness::Normal, 101).into_iter().map(|t| (t - at(0)).whole_minutes());
    let minutes = minutes.collect::<Vec<_>>();

    assert_eq!((minutes[9], minutes[10], minutes[20], minutes[30]), (0, 15, 45, 105));
    assert_eq!(minutes[90] - minutes[80], 24 * 60, "it waits a day at most");
    assert!(minutes[100] - minutes[99] > 50 * 365 * 24 * 60, "a hundred in a row, ever");
}

#[test]
fn an_address_waits_for_the_end_of_its_window() {
    let seconds = failures(ADDRESS, Tightness::Normal, 61).into_iter().map(|t| (t - at(0)).whole_seconds());
    assert_eq!(seconds.collect::<Vec<_>>(), [[0; 30].as_slice(), &[60; 30], &[120]].concat());
}

#[test]
fn tightness_halves_but_leaves_room_for_a_mistake() {
    for (tightness, admitted) in [(Tightness::Normal, 10), (Tightness::Half, 5), (Tightness::Quarter, 3)] {
        let first = failures(ACCOUNT, tightness, 11).into_iter().filter(|t| *t == at(0));
        assert_eq!(first.count(), admitted, "{tightness:?}");
    }
}

#[test]
fn a_full_counter_of_something_wider_halves_the_rest_and_refuses_nobody() {
    let strained = Counter { recent: 4, ..fresh() };
    let nearly = Counter { recent: 4, ..fresh() };

    let calm = admit(&[(ACCOUNT, nearly), (CLIENT, fresh())], Tightness::Normal, at(1)).unwrap();
    let tight = admit(&[(ACCOUNT, nearly), (CLIENT, strained)], Tightness::Normal, at(1)).unwrap();

    assert_eq!(calm[0].blocked_until, None);
    assert!(tight[0].blocked_until.is_some() && tight[1].blocked_until.is_none());
    let later = admit(&[(ACCOUNT, nearly), (CLIENT, strained)], Tightness::Normal, at(61)).unwrap();
    assert_eq!(later[0].blocked_until, None, "its minute is over");
}

#[test]
fn one_full_counter_is_enough_and_then_none_counts() {
    let full = Counter { blocked_until: Some(at(60)), ..fresh() };
    assert_eq!(admit(&[(ACCOUNT, fresh()), (ADDRESS, full)], Tightness::Normal, at(0)), Err(at(60)));
}

#[test]
fn the_installation_tightens_at_once_and_relaxes_late() {
    use Tightness::{Half, Normal, Quarter};
    for (now, failures, next) in [
        (Normal, 99, Normal),
        (Normal, 100, Half),
        (Normal, 400, Quarter),
        (Half, 50, Half),
        (Half, 49, Normal),
        (Quarter, 200, Quarter),
        (Quarter, 199, Half),
        (Quarter, 0, Normal),
    ] {
        assert_eq!(now.next(failures, 100), next, "{now:?} {failures}");
    }
}

proptest! {
    /// I7, over any times and limits: an admitted attempt never lowers a counter inside of its window.
    #[test]
    fn i7_counters_fall_only_when_their_window_or_block_is_over(
        failures in 1_u32..40, steps in proptest::collection::vec(0_i64..600, 1..200), backs_off: bool,
    ) {
        let then = if backs_off { WhenFull::BacksOff { most: 100 } } else { WhenFull::Waits };
        let limit = Limit { failures, window: Duration::minutes(15), then };
        let (mut counter, mut now) = (fresh(), at(0));
        for step in steps {
            now += Duration::seconds(step);
            let Ok(counted) = admit(&[(limit, counter)], Tightness::Normal, now) else {
                prop_assert!(counter.blocked_until.is_some_and(|until| until > now));
                continue;
            };
            let next = counted[0];
            prop_assert_eq!(next.consecutive, counter.consecutive + 1);
            let same_window = now < counter.since + limit.window && counter.blocked_until.is_none();
            prop_assert_eq!(next.recent, if same_window { counter.recent + 1 } else { 1 });
            counter = next;
        }
    }

    /// However the attempts fall, no window has more of them than the limit.
    #[test]
    fn no_window_holds_more_than_its_limit(failures in 1_u32..40, steps in proptest::collection::vec(0_i64..100, 1..200)) {
        let limit = Limit { failures, window: Duration::minutes(1), then: WhenFull::Waits };
        let (mut counter, mut now) = (fresh(), at(0));
        for step in steps {
            now += Duration::seconds(step);
            if let Ok(counted) = admit(&[(limit, counter)], Tightness::Normal, now) {
                counter = counted[0];
            }
            prop_assert!(counter.recent <= failures);
        }
    }
}
