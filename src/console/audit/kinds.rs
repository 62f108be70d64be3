//! The kinds of events that the audit log can be narrowed down to.

use crate::policy::event::Event;

/// Each kind with its name. It covers the events below it: `client` covers `client.created`.
pub(super) const KINDS: [(&str, &str); 37] = [
    ("", "All events"),
    ("sign_in", "Sign-ins"),
    ("sign_in_test", "Tests of sign-ins"),
    ("sign_out", "Sign-outs"),
    ("session", "Sessions"),
    ("logout", "Sign-outs that clients did not hear of"),
    ("device", "New devices"),
    ("factor", "Factors"),
    ("recovery_codes", "Recovery codes"),
    ("password", "Passwords"),
    ("recovery", "Recovery"),
    ("registration", "Registrations"),
    ("email", "Email addresses"),
    ("details", "Personal details"),
    ("throttle", "Refused after too many failures"),
    ("defence", "Limits tightened and relaxed"),
    ("network", "Blocked networks"),
    ("authorization", "Authorization requests"),
    ("redirect", "Refused redirects"),
    ("form", "Refused forms"),
    ("pkce", "PKCE challenges used again"),
    ("consent", "Consents"),
    ("code", "Codes"),
    ("token", "Tokens"),
    ("token.revoked", "Revoked tokens"),
    ("refresh_token", "Refresh tokens"),
    ("client", "Clients"),
    ("client.authentication", "Client authentication"),
    ("api", "APIs"),
    ("role", "Roles"),
    ("user", "Users"),
    ("account", "Accounts that may be being taken over"),
    ("key", "Keys"),
    ("master_key", "Master key"),
    ("everything", "Everything revoked"),
    ("branding", "Branding"),
    ("server", "Starts and ends of servers"),
];

/// Whether a kind covers an event.
pub(super) fn covers(kind: &str, event: Event) -> bool {
    let rest = event.name().strip_prefix(kind);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_can_be_picked_and_nothing_else() {
        let kinds = KINDS.iter().skip(1).map(|(kind, _)| *kind).collect::<Vec<_>>();
        for event in Event::ALL {
            assert!(kinds.iter().any(|kind| covers(kind, *event)), "{event}");
        }
        for kind in kinds {
            assert!(Event::ALL.iter().any(|event| covers(kind, *event)), "{kind}");
        }
    }
}
