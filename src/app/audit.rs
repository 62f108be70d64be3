//! The audit trail of what is done. No token, sign-in or change without its event (decision D7).
//!
//! What writes a row of its own writes its event in the same transaction ([`App::write_event`]). What writes none, such
//! as a client's token for itself, hands its event over and waits until the batch that it travels in is committed
//! ([`App::record`]): the events of all requests in flight share one statement and one commit. What strangers cause is
//! counted there ([`tally`]).

mod tally;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use tokio::{
    sync::{Mutex, mpsc, oneshot},
    task::spawn_blocking,
    time::timeout,
};
use uuid::Uuid;

use super::{App, TokenIssuanceRecord};
use crate::{
    clock::time_ordered_id,
    policy::{counted::Counted, event::Event},
    store::audit_events::{self, AuditEvent},
};

/// The most events that are written at once.
const LARGEST_BATCH: usize = 512;
/// The longest that an answer waits for its event: nobody waits for the failure of another batch and then for their own.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Characters of a reason that are kept.
const LONGEST_REASON: usize = 256;

/// The name of those events of `tracing` that are the record itself, not its echo: a log must not lose them.
pub const RECORD: &str = "record";

/// Who does something, and by which request.
#[derive(Clone, Debug, Default)]
pub struct Actor {
    /// `user:<id>`, `client:<id>`, `cli` or `system`; `None`: not known yet.
    pub name: Option<String>,
    /// The id under which the log has the request.
    pub request_id: Option<String>,
    /// Where it came from.
    pub ip: Option<String>,
    /// The program that sent it, cut at 256 characters.
    pub user_agent: Option<String>,
}

impl Actor {
    /// This program itself, of its own accord.
    #[must_use]
    pub fn system() -> Self {
        Self::default().named("system")
    }

    /// The same request, done by this user.
    #[must_use]
    pub fn user(&self, user_id: Uuid) -> Self {
        self.named(user_in_record(user_id))
    }

    /// The same request, done by this user, client or tool.
    #[must_use]
    pub fn named(&self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self.clone() }
    }
}

/// A user, as the audit trail names them.
#[must_use]
pub fn user_in_record(user_id: Uuid) -> String {
    format!("user:{user_id}")
}

/// The audit trail cannot be written, so the act must not happen.
#[derive(Debug, thiserror::Error)]
#[error("the audit record could not be written")]
pub struct AuditUnavailable;

/// One JSON line for an event. The fields are chosen one by one: `before` and `after` stay in the database.
macro_rules! log {
    ($event:expr $(, name: $name:expr)?) => {
        metrics::counter!(
            "portcullis_events_total", "event" => $event.event.name(), "outcome" => $event.outcome.as_str(),
        )
        .increment(1);
        tracing::info!(
            $(name: $name,)?
            target: "audit",
            event = $event.event.name(),
            outcome = $event.outcome.as_str(),
            severity = $event.event.severity().as_str(),
            event_id = %$event.event_id,
            actor = $event.actor,
            subject = $event.subject,
            client_id = $event.client_id,
            session = $event.session_hash,
            request_id = $event.request_id,
            ip = $event.ip,
            reason = $event.reason,
        )
    };
}

impl App {
    /// An event; its other fields are filled in by [`AuditEvent`]'s methods.
    #[must_use]
    pub fn event(&self, event: Event, actor: &Actor, now: OffsetDateTime) -> AuditEvent {
        AuditEvent {
            event_id: time_ordered_id(now),
            at: now,
            event,
            outcome: event.outcome(),
            actor: actor.name.clone(),
            subject: None,
            client_id: None,
            session_hash: None,
            request_id: actor.request_id.clone(),
            ip: actor.ip.clone(),
            user_agent: actor.user_agent.clone(),
            reason: None,
            before: None,
            after: None,
            count: 1,
            node: self.node.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// Writes an event as part of the transaction of what it records.
    ///
    /// # Errors
    /// The database refused: the transaction must not be committed.
    pub async fn write_event(&self, tx: &mut PgConnection, event: AuditEvent) -> sqlx::Result<()> {
        audit_events::insert(tx, std::slice::from_ref(&event)).await?;
        event.log();
        self.count_event(event.event);
        Ok(())
    }

    /// Records something that writes no row of its own, and waits until that is durable. Of what strangers cause, the first
    /// of its kind is; the rest is counted, and its row comes within a minute. The log has a line for each.
    ///
    /// # Errors
    /// [`AuditUnavailable`]: then the answer must not be given.
    pub async fn record(&self, event: AuditEvent) -> Result<(), AuditUnavailable> {
        event.log();
        self.count_event(event.event);
        if !tally::is_of_strangers(&event) {
            return self.commit(event).await;
        }
        let Some((kind, event)) = self.audit.tally.note(event) else { return Ok(()) };
        let committed = self.commit(event.clone()).await;
        if committed.is_err() {
            self.audit.tally.put_back(&kind, event);
        }
        committed
    }

    fn count_event(&self, event: Event) {
        for (what, which) in Counted::of(event) {
            self.count(what, which);
        }
    }

    /// Writes what was counted: what is due, or `everything`, because this process ends. What cannot be written is tried
    /// again the next time.
    pub async fn write_tallies(&self, everything: bool) {
        let now = self.clock.now();
        let due = self.audit.tally.due(now, everything);
        let events = due.iter().map(|(_, event)| event.clone()).collect::<Vec<_>>();
        if events.is_empty() {
            return;
        }
        match audit_events::insert(&self.db, &events).await {
            Ok(()) => self.audit.tally.written(due.iter().map(|(kind, _)| kind), now),
            Err(error) => {
                tracing::error!(%error, events = events.len(), "what strangers caused could not be recorded yet");
                for (kind, event) in &due {
                    self.audit.tally.put_back(kind, event.clone());
                }
            }
        }
    }

    async fn commit(&self, event: AuditEvent) -> Result<(), AuditUnavailable> {
        let (written, done) = oneshot::channel();
        let is_written =
            async { self.audit.queue().send((event, written)).await.is_ok() && done.await.unwrap_or(false) };
        // An event that is written after all tells of something nobody got, which is the safe side to err on.
        if timeout(LONGEST_WAIT, is_written).await.unwrap_or(false) { Ok(()) } else { Err(AuditUnavailable) }
    }

    /// Records that a token was issued, where the settings say.
    ///
    /// # Errors
    /// [`AuditUnavailable`]: then the token must not leave.
    pub async fn record_issuance(&self, event: AuditEvent) -> Result<(), AuditUnavailable> {
        match self.settings.token_issuance {
            TokenIssuanceRecord::Database => self.record(event).await,
            TokenIssuanceRecord::Log => self.record_in_log(event).await,
        }
    }

    /// Logs what is recorded nowhere else. A log without room holds it back: one event in a thread of its own, so that
    /// only those wait that need this record, and none for long.
    async fn record_in_log(&self, event: AuditEvent) -> Result<(), AuditUnavailable> {
        let is_logged = async {
            let turn = Arc::clone(&self.audit.turn_to_log).lock_owned().await;
            let logged = spawn_blocking(move || {
                log!(event, name: RECORD);
                drop(turn);
            });
            logged.await.is_ok()
        };
        if timeout(LONGEST_WAIT, is_logged).await.unwrap_or(false) { Ok(()) } else { Err(AuditUnavailable) }
    }
}

impl AuditEvent {
    /// To whom or what it was done.
    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// To which user it was done.
    #[must_use]
    pub fn about_user(self, user_id: Uuid) -> Self {
        self.about(user_in_record(user_id))
    }

    /// Which client it concerns.
    #[must_use]
    pub fn of_client(mut self, client_id: &str) -> Self {
        self.client_id = Some(client_id.to_owned());
        self
    }

    /// Why it failed, or what is to be said of it.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        if let Some((end, _)) = reason.char_indices().nth(LONGEST_REASON) {
            reason.truncate(end);
        }
        self.reason = Some(reason);
        self
    }

    /// What changed.
    #[must_use]
    pub fn change(mut self, before: Option<Value>, after: Option<Value>) -> Self {
        (self.before, self.after) = (before, after);
        self
    }

    /// Logs it, once it is written.
    pub fn log(&self) {
        log!(self);
    }
}

type Queued = (AuditEvent, oneshot::Sender<bool>);

/// The one task that writes batches, and whose turn it is where the log takes its place.
pub(super) struct Writer {
    db: PgPool,
    /// Begins with the first event: a command that records none has no such task.
    queue: OnceLock<mpsc::Sender<Queued>>,
    turn_to_log: Arc<Mutex<()>>,
    tally: tally::Tally,
}

impl Writer {
    pub(super) fn new(db: PgPool) -> Self {
        Self { db, queue: OnceLock::new(), turn_to_log: Arc::default(), tally: tally::Tally::default() }
    }

    fn queue(&self) -> &mpsc::Sender<Queued> {
        self.queue.get_or_init(|| {
            let (queue, waiting) = mpsc::channel(4 * LARGEST_BATCH);
            tokio::spawn(write_batches(self.db.clone(), waiting));
            queue
        })
    }
}

async fn write_batches(db: PgPool, mut waiting: mpsc::Receiver<Queued>) {
    let mut batch = Vec::with_capacity(LARGEST_BATCH);
    while waiting.recv_many(&mut batch, LARGEST_BATCH).await > 0 {
        let (events, answers): (Vec<_>, Vec<_>) = batch.drain(..).unzip();
        let written = audit_events::insert(&db, &events).await;
        if let Err(error) = &written {
            tracing::error!(%error, events = events.len(), "the audit record could not be written");
        }
        for answer in answers {
            let _ = answer.send(written.is_ok()); // whoever asked may have gone
        }
    }
}
