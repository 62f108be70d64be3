use super::*;
use crate::policy::event::Outcome;

const NOON: i64 = 1_800_000_000;

fn event(event: Event, ip: &str, second: i64) -> AuditEvent {
    let at = OffsetDateTime::from_unix_timestamp(NOON + second).unwrap();
    AuditEvent {
        event_id: time_ordered_id(at),
        at,
        event,
        outcome: event.outcome(),
        actor: None,
        subject: None,
        client_id: None,
        session_hash: None,
        request_id: Some("the request".into()),
        ip: Some(ip.into()),
        user_agent: Some("a browser".into()),
        reason: Some(format!("at {second}")),
        before: None,
        after: None,
        count: 1,
        node: "node".into(),
        version: "1".into(),
    }
}

fn due(tally: &Tally, second: i64) -> Vec<AuditEvent> {
    let now = OffsetDateTime::from_unix_timestamp(NOON + second).unwrap();
    let due = tally.due(now, false);
    tally.written(due.iter().map(|(kind, _)| kind), now);
    due.into_iter().map(|(_, event)| event).collect()
}

#[test]
fn the_first_is_written_at_once_and_the_rest_of_a_minute_as_one() {
    let tally = Tally::default();
    let (_, first) = tally.note(event(Event::RedirectRefused, "198.51.100.7", 0)).unwrap();
    assert_eq!((first.count, first.ip.as_deref()), (1, Some("198.51.100.7")), "as it was");
    for second in 1..=50 {
        assert!(tally.note(event(Event::RedirectRefused, "198.51.100.8", second)).is_none());
        assert!(due(&tally, second).is_empty());
    }

    let [rest] = &due(&tally, 60)[..] else { panic!("one event") };
    assert_eq!((rest.count, rest.ip.as_deref()), (50, Some("198.51.100.0/24")), "what they have in common");
    assert_eq!((rest.request_id.as_deref(), rest.user_agent.as_deref()), (None, None));
    assert_eq!((rest.reason.as_deref(), rest.at.unix_timestamp()), (Some("at 50"), NOON + 60));

    assert!(tally.note(event(Event::RedirectRefused, "198.51.100.7", 61)).is_none(), "it goes on");
    assert_eq!(due(&tally, 120)[0].count, 1);
    assert!(due(&tally, 180).is_empty());
    assert!(
        tally.note(event(Event::RedirectRefused, "198.51.100.7", 181)).is_some(),
        "after a quiet minute it is the first"
    );
}

#[test]
fn each_block_client_and_person_is_counted_by_itself() {
    let tally = Tally::default();
    let of_client = AuditEvent { client_id: Some("web".into()), ..event(Event::RedirectRefused, "198.51.100.7", 0) };
    let of_person = AuditEvent { subject: Some("user:1".into()), ..event(Event::FactorRefused, "198.51.100.7", 0) };
    let copied = AuditEvent { reason: Some("it was copied".into()), ..of_person.clone() };
    for first in [
        event(Event::RedirectRefused, "198.51.100.7", 0),
        event(Event::RedirectRefused, "198.51.101.7", 0),
        event(Event::RedirectRefused, "2001:db8:1::7", 0),
        event(Event::FormRefused, "198.51.100.7", 0),
        of_client,
        of_person,
        copied,
    ] {
        assert!(tally.note(first.clone()).is_some());
        assert!(tally.note(first).is_none());
    }
    assert!(tally.note(event(Event::RedirectRefused, "2001:db8:1:ffff::7", 0)).is_none(), "the same /48");
}

/// Whoever can make up kinds (a network for each request, a user for each) gains nothing by it.
#[test]
fn there_is_room_for_so_many_kinds_and_nothing_is_lost() {
    let tally = Tally::default();
    let mut written = 0;
    for n in 0..100_000_u32 {
        let from = format!("10.{}.{}.7", n >> 8 & 255, n & 255);
        let made_up = AuditEvent { subject: Some(format!("user:{n}")), ..event(Event::FactorRefused, &from, 0) };
        written += tally.note(made_up).map_or(0, |(_, event)| event.count);
    }
    assert_eq!(written, 257, "one for each kind, and one for all others");

    let due = due(&tally, 60);
    assert_eq!(due.len(), 1);
    assert_eq!(written + due[0].count, 100_000);
    assert_eq!((due[0].subject.as_deref(), due[0].ip.as_deref()), (None, None));
}

/// D7: a first event that the database did not take is still to be written, with those that came meanwhile.
#[test]
fn what_could_not_be_written_is_counted_again() {
    let tally = Tally::default();
    let (kind, first) = tally.note(event(Event::FormRefused, "198.51.100.7", 0)).unwrap();
    assert!(tally.note(event(Event::FormRefused, "198.51.100.7", 1)).is_none());
    tally.put_back(&kind, first);

    let (kind, second) =
        tally.note(event(Event::FormRefused, "198.51.100.7", 2)).expect("nothing has been written yet");
    assert_eq!(second.count, 3);
    tally.put_back(&kind, second);

    let now = OffsetDateTime::from_unix_timestamp(NOON + 3).unwrap();
    let (kind, due_now) = tally.due(now, false).remove(0);
    assert_eq!(due_now.count, 3);
    let (_, meanwhile) =
        tally.note(event(Event::FormRefused, "198.51.100.7", 3)).expect("nothing has been written yet");
    assert_eq!(meanwhile.count, 1);
    tally.put_back(&kind, due_now);
    assert_eq!(due(&tally, 4)[0].count, 3);
}

#[test]
fn only_what_a_stranger_can_repeat_is_counted() {
    let is_counted = |kind: Event, subject: Option<&str>| {
        is_of_strangers(&AuditEvent { subject: subject.map(Into::into), ..event(kind, "198.51.100.7", 0) })
    };
    assert!(is_counted(Event::SignInFailed, None));
    assert!(!is_counted(Event::SignInFailed, Some("user:1")), "its user sees each");
    for kind in Event::ALL.iter().filter(|kind| is_counted(**kind, None)) {
        assert_eq!(kind.outcome(), Outcome::Failure, "{kind}");
    }
    for kind in [Event::PasswordRefused, Event::FactorNotAdded, Event::LogoutNotDelivered, Event::ClientUpdated] {
        assert!(!is_counted(kind, None), "{kind}");
    }
}
