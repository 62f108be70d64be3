//! Pages about access: where people are signed in, what they allowed, how they leave.

use portcullis::{
    console::user_access::{self, Access, ConsentRow},
    language::Language,
    pages::{
        account::{
            activity::{Activity, ActivityRow},
            applications::{ApplicationRow, Applications},
            sessions::{SessionRow, Sessions},
        },
        consent::AskedScopes,
        signed_out::{Next, SignedOut},
    },
    web::page::Shell,
};
use time::Duration;
use uuid::Uuid;

use super::samples::{HOSTILE, ID, Sample, UUID, done, looks, moment, sample};

const FRAMED: &str = "https://app.example/out?iss=https%3A%2F%2Fid.example&sid=1";

pub fn all() -> Vec<Sample> {
    let mut pages = Vec::from(Language::ALL.map(sessions));
    pages.extend(applications());
    pages.extend(activity());
    pages.push(signed_out());
    pages
}

/// What the page of a user in the console shows.
pub fn of_a_user() -> Access {
    let session = |administrates, device: &str| user_access::SessionRow {
        session_id: Uuid::nil(),
        device: device.into(),
        address: "2001:db8::1".into(),
        administrates,
        signed_in: moment(Duration::hours(-3)),
        last_seen: moment(Duration::minutes(-4)),
    };
    let consent = ConsentRow {
        client_id: ID.into(),
        name: HOSTILE.into(),
        scopes: "openid records:read".into(),
        given: moment(Duration::days(-80)),
        last_used: None,
    };
    Access { sessions: vec![session(false, "Firefox, Linux"), session(true, "")], consents: vec![consent] }
}

fn shell(language: Language) -> Shell {
    Shell::with_looks(looks("Example Health"), language, Some("alice"))
}

fn sessions(language: Language) -> Sample {
    let session = |is_this, administrates| SessionRow {
        session_id: Uuid::nil(),
        device: HOSTILE.into(),
        address: "192.0.2.7".into(),
        administrates,
        is_this,
        signed_in: moment(Duration::hours(-3)),
        last_seen: moment(Duration::minutes(-4)),
    };
    let sessions = vec![session(true, false), session(false, true)];
    let content = Sessions { shell: &shell(language), notices: done("The session has ended."), sessions };
    sample("account-sessions", &content)
}

fn applications() -> [Sample; 2] {
    let shell = shell(Language::En);
    let application = |name: &str, last_used| ApplicationRow {
        client_id: ID.into(),
        name: name.into(),
        document_host: Some("agents.example.org".to_owned()).filter(|_| name == HOSTILE),
        scopes: vec![
            AskedScopes { api: String::new(), descriptions: vec!["See your name".into()] },
            AskedScopes { api: HOSTILE.into(), descriptions: vec![HOSTILE.into()] },
        ],
        given: moment(Duration::days(-80)),
        last_used,
    };
    let both = vec![application(HOSTILE, None), application("Appointments", Some(moment(Duration::hours(-1))))];
    let page = |applications| Applications { shell: &shell, notices: vec![], applications };
    [sample("account-applications", &page(both)), sample("account-applications-none", &page(vec![]))]
}

fn activity() -> [Sample; 2] {
    let shell = shell(Language::En);
    let event = |key: &str, by_another| ActivityRow {
        at: moment(Duration::hours(-3)),
        what: Language::En.sentence(key, &[("client", HOSTILE)]),
        by_another,
        device: "Firefox on Linux".into(),
        address: "192.0.2.7".into(),
    };
    let rows = vec![event("activity-consent-given", false), event("activity-user-updated", true)];
    let page = |rows, older| Activity { shell: &shell, rows, older };
    let older = format!("/account/activity?before={UUID}");
    [sample("account-activity", &page(rows, Some(older))), sample("account-activity-none", &page(vec![], None))]
}

fn signed_out() -> Sample {
    let shell = shell(Language::En).framing(&[FRAMED.to_owned()]);
    let next = Next { application: HOSTILE, uri: "https://app.example/bye?state=%3Cscript%3E#".into() };
    let content = SignedOut { shell: &shell, again: "/sign-in", frames: vec![FRAMED.into()], next: Some(next) };
    sample("signed-out-of-others", &content)
}
