//! The audit events of proving a factor.

use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    app::{Actor, App, user_in_record},
    policy::event::Event,
    store::audit_events::AuditEvent,
};

/// That somebody wanted to prove a factor, for the audit trail.
pub(super) struct Use<'a> {
    pub app: &'a App,
    /// Whose it would be, as far as that is known.
    pub user_id: Option<Uuid>,
    pub actor: &'a Actor,
    pub now: OffsetDateTime,
}

impl Use<'_> {
    /// They did, with this factor, and so are who they say.
    pub fn proven(&self, factor: Value) -> AuditEvent {
        let event = self.event(Event::FactorUsed).change(None, Some(factor));
        AuditEvent { actor: event.subject.clone(), ..event }
    }

    /// They did not, for this reason.
    pub fn refused(&self, reason: &str) -> AuditEvent {
        self.event(Event::FactorRefused).because(reason)
    }

    fn event(&self, event: Event) -> AuditEvent {
        let event = self.app.event(event, self.actor, self.now);
        AuditEvent { subject: self.user_id.map(user_in_record), ..event }
    }
}
