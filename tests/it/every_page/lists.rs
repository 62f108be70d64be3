//! The search for everything, all sessions, what is done to several rows of a list, blocked networks, and the settings.

use portcullis::{
    config::Config,
    console::{
        list::List,
        networks::{BlockRow, Networks, terms},
        search::{Hit, Hits, Search},
        selection::{Act, Selected, Selection},
        sessions::{self, Choices, SessionRow, Sessions},
        settings::{Settings, groups},
    },
    policy::block::Wish,
    protocol::parameters::Parameters,
    store::condition::Server,
    web::{
        page::Section,
        view::{Choice, FormErrors, NO_ERRORS, Paging},
    },
};
use time::Duration;
use uuid::Uuid;

use super::samples::{HOSTILE, ID, Sample, console, moment, sample};

pub fn all() -> Vec<Sample> {
    let mut pages = searches();
    pages.extend(selections());
    pages.extend(all_sessions());
    pages.extend(settings());
    pages.extend(networks());
    pages
}

fn all_sessions() -> Vec<Sample> {
    let shell = console(Section::Sessions);
    let row = |username: &str, is_this| SessionRow {
        session_id: Uuid::nil(),
        user_id: Uuid::nil(),
        username: username.into(),
        device: if is_this { String::new() } else { "Firefox, Linux".into() },
        address: "2001:db8::1".into(),
        administrates: is_this,
        is_this,
        may_end: !is_this,
        proven: "Password, code".into(),
        started: moment(Duration::hours(-3)),
        last_seen: moment(Duration::minutes(-4)),
    };
    let choices = || vec![Choice::new("", "All", ""), Choice::new("some", HOSTILE, "")];
    let list = |query: &[(&str, &str)]| {
        let mut list = List::read(&sessions::LIST, &Parameters::from_pairs(query.iter().copied())).unwrap();
        list.paging = Paging { previous: None, next: Some("/admin/sessions?after=x+1".into()) };
        list
    };
    let (every, narrowed) = (list(&[]), list(&[("q", HOSTILE)]));
    let page = |list, sessions, may_end| Sessions {
        shell: &shell,
        notices: vec![],
        list,
        choices: Choices { places: choices(), proven: choices(), factors: choices(), idle: choices() },
        sessions,
        may_end,
    };
    vec![
        sample("sessions", &page(&every, vec![row("root", true), row(HOSTILE, false)], true)),
        sample("sessions-to-read", &page(&every, vec![row("root", true)], false)),
        sample("sessions-none-found", &page(&narrowed, vec![], false)),
        sample("sessions-none", &page(&every, vec![], false)),
    ]
}

fn selections() -> Vec<Sample> {
    let shell = console(Section::Clients);
    let thing = |refused: &str| Selected {
        id: ID.into(),
        name: HOSTILE.into(),
        url: "/admin/clients/x".into(),
        refused: refused.into(),
    };
    let page = |act, is_done, things| Selection {
        shell: &shell,
        path: "/admin/selected/clients",
        heading: "Disable 2 clients?".into(),
        act,
        consequences: "They lose every grant.",
        is_done,
        things,
    };
    vec![
        sample("selection-disable", &page(Act::DISABLE, false, vec![thing(""), thing("")])),
        sample("selection-enable", &page(Act::ENABLE, false, vec![thing("")])),
        sample("selection-end", &page(Act::END, false, vec![thing("")])),
        sample("selection-done", &page(Act::DISABLE, true, vec![thing(HOSTILE)])),
    ]
}

fn settings() -> Vec<Sample> {
    let shell = console(Section::InForce);
    let given = |name: &str| match name {
        "PORTCULLIS_ISSUER" => Some("https://id.example".to_owned()),
        "PORTCULLIS_DATABASE_URL" => Some("postgres://localhost/none".to_owned()),
        "PORTCULLIS_MASTER_KEY" => Some("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8".to_owned()),
        "PORTCULLIS_NAME" => Some(HOSTILE.chars().take(100).collect()),
        _ => None,
    };
    let config = Config::read(None, given).unwrap_or_else(|problems| panic!("{problems:?}"));
    let page = |others, settings| Settings {
        shell: &shell,
        version: "0.1.0",
        node: HOSTILE,
        others,
        database: Server { database: "portcullis".into(), role: HOSTILE.into(), version: "17.2".into() },
        groups: groups(settings),
    };
    vec![
        sample("settings", &page(vec![HOSTILE.into()], &config.in_force)),
        sample("settings-of-dev", &page(vec![], &[])),
    ]
}

fn networks() -> Vec<Sample> {
    let shell = console(Section::Networks);
    let mut errors = FormErrors::default();
    errors.add("network", "Write a network such as 203.0.113.0/24 or 2001:db8::/48, or one IP address.");
    let row = |network: &str| BlockRow {
        network: network.into(),
        reason: HOSTILE.into(),
        by: HOSTILE.into(),
        since: moment(Duration::hours(-3)),
        ends: moment(Duration::days(6)),
    };
    let page = |errors, blocked, may_block| Networks {
        shell: &shell,
        notices: vec![],
        errors,
        wish: Wish { network: HOSTILE, term: "7d", reason: HOSTILE },
        terms: terms("7d"),
        blocked,
        may_block,
    };
    vec![
        sample("networks", &page(&NO_ERRORS, vec![row("203.0.113.0/24"), row("2001:db8:ffff:ffff::/64")], true)),
        sample("networks-wrong", &page(&errors, vec![], true)),
        sample("networks-to-read", &page(&NO_ERRORS, vec![row("203.0.113.0/24")], false)),
    ]
}

fn searches() -> Vec<Sample> {
    let shell = console(Section::Home);
    let mut errors = FormErrors::default();
    errors.add("q", "Search for at most 200 characters.");
    let hit = || Hit { name: HOSTILE.into(), detail: ID.into(), url: "/admin/clients/x".into(), is_exact: true };
    let hits = |name, more| Hits { name, hits: vec![hit(), hit()], more };
    let page = |query, exact, groups| Search {
        shell: &shell,
        query,
        errors: &NO_ERRORS,
        exact,
        groups,
        kinds: "clients by name; users by username".into(),
    };
    let groups = vec![hits("Clients", Some("/admin/clients?q=x".into())), hits("Audit log", None)];
    vec![
        sample("search", &page(HOSTILE, Some(hit()), groups)),
        sample("search-nothing-found", &page(HOSTILE, None, vec![])),
        sample("search-refused", &Search { errors: &errors, ..page(HOSTILE, None, vec![]) }),
    ]
}
