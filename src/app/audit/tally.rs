//! Events that unauthenticated requests cause are counted: written one by one they could fill the audit trail (decision D14).
//!
//! The first event of a kind is written at once. Those that follow within a minute are counted and written as one event with
//! their number. A kind is: the name of the event, the client, the user, and the block of addresses it comes from. For events
//! about factors the reason belongs to it too (there are few reasons): a copied key must not be hidden among wrong codes. The
//! number of kinds is limited; events beyond it are counted by their name alone.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use ipnet::IpNet;
use time::{Duration, OffsetDateTime};

use crate::{clock::time_ordered_id, network, policy::event::Event, store::audit_events::AuditEvent};

/// For so long the events of a kind share one row.
const INTERVAL: Duration = Duration::minutes(1);
/// Kinds that are told apart at once.
const MOST_KINDS: usize = 256;

/// Failures that somebody can cause who has proven nothing, or holds a token that has ended, as often as requests are
/// admitted. What changes something, or needs a session, has a row for each: that is written by [`App::write_event`], or has
/// another name.
///
/// [`App::write_event`]: crate::app::App::write_event
const OF_STRANGERS: [Event; 14] = [
    Event::AuthorizationRefused,
    Event::ClientAuthenticationFailed,
    Event::CodeRefused,
    Event::CodeReplayed,
    Event::FactorRefused,
    Event::FormRefused,
    Event::RecoveryRefused,
    Event::RedirectRefused,
    Event::RefreshTokenRefused,
    Event::RefreshTokenReused,
    Event::RegistrationRefused,
    Event::SignInFailed,
    Event::ThrottleRefused,
    Event::TokenRefused,
];

/// Whether an event is one of those. A sign-in to an account that exists is not: those who fail must soon wait, and its user
/// sees each.
pub(super) fn is_of_strangers(event: &AuditEvent) -> bool {
    let has_person = event.event == Event::SignInFailed && event.subject.is_some();
    !has_person && OF_STRANGERS.contains(&event.event)
}

/// What is counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    event: Event,
    client_id: Option<String>,
    subject: Option<String>,
    network: Option<IpNet>,
    reason: Option<String>,
}

/// What this node has counted.
#[derive(Default)]
pub(super) struct Tally(Mutex<HashMap<Kind, Counted>>);

struct Counted {
    /// Until then nothing of this kind is written.
    until: OffsetDateTime,
    /// The last one that was not, with the number of all those.
    waiting: Option<AuditEvent>,
}

impl Tally {
    /// Counts an event. `Some`: it is to be written now.
    pub fn note(&self, event: AuditEvent) -> Option<(Kind, AuditEvent)> {
        let mut kinds = self.lock();
        let mut kind = Kind::of(&event);
        if kinds.len() >= MOST_KINDS && !kinds.contains_key(&kind) {
            kind = Kind::any(&event);
        }
        let now = event.at;
        let Some(counted) = kinds.get_mut(&kind) else {
            kinds.insert(kind.clone(), Counted { until: now + INTERVAL, waiting: None });
            return Some((kind, event));
        };
        counted.add(&kind, event);
        if now < counted.until {
            return None;
        }
        counted.until = now + INTERVAL;
        counted.waiting.take().map(|event| (kind, event))
    }

    /// The events to write now; with `everything`, also those whose minute is not over. Kinds without a new event are
    /// forgotten. Until an event is reported as [`written`](Self::written), the next one of its kind gets a row of its own.
    pub fn due(&self, now: OffsetDateTime, everything: bool) -> Vec<(Kind, AuditEvent)> {
        let mut due = Vec::new();
        self.lock().retain(|kind, counted| {
            if now < counted.until && !everything {
                return true;
            }
            let Some(event) = counted.waiting.take() else { return false };
            counted.until = now;
            due.push((kind.clone(), AuditEvent { event_id: time_ordered_id(now), at: now, ..event }));
            true
        });
        due
    }

    /// These were written: from now on, the next of their kinds can wait.
    pub fn written<'a>(&self, written: impl Iterator<Item = &'a Kind>, now: OffsetDateTime) {
        let mut kinds = self.lock();
        for kind in written {
            if let Some(counted) = kinds.get_mut(kind) {
                counted.until = now + INTERVAL;
            }
        }
    }

    /// Counts what could not be written. It is due at once.
    pub fn put_back(&self, kind: &Kind, event: AuditEvent) {
        let mut kinds = self.lock();
        let counted = kinds.entry(kind.clone()).or_insert(Counted { until: event.at, waiting: None });
        counted.until = event.at;
        counted.add(kind, event);
    }

    /// A panic while counting leaves at worst a wrong count.
    fn lock(&self) -> MutexGuard<'_, HashMap<Kind, Counted>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    fn add(&mut self, kind: &Kind, event: AuditEvent) {
        let count = event.count.saturating_add(self.waiting.as_ref().map_or(0, |waiting| waiting.count));
        self.waiting = Some(if count > 1 { kind.shared_by(AuditEvent { count, ..event }) } else { event });
    }
}

impl Kind {
    fn of(event: &AuditEvent) -> Self {
        let address = event.ip.as_deref().and_then(|ip| ip.parse::<IpAddr>().ok());
        Self {
            event: event.event,
            client_id: event.client_id.clone(),
            subject: event.subject.clone(),
            network: address.map(network::block_of),
            reason: event.reason.clone().filter(|_| event.event == Event::FactorRefused),
        }
    }

    /// What finds no room.
    fn any(event: &AuditEvent) -> Self {
        Self { event: event.event, client_id: None, subject: None, network: None, reason: None }
    }

    /// What events have in common, with the reason of the last one.
    fn shared_by(&self, last: AuditEvent) -> AuditEvent {
        AuditEvent {
            client_id: self.client_id.clone(),
            subject: self.subject.clone(),
            ip: self.network.map(|network| network.to_string()),
            request_id: None,
            user_agent: None,
            ..last
        }
    }
}

#[cfg(test)]
mod tests;
