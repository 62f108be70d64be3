//! Every page with data as bad as it gets: markup, bidi marks, very long names.

use askama::Template;
use portcullis::console::api_form::{self, ApiForm};
use portcullis::console::api_scopes::ScopeRow as FormScope;
use portcullis::console::apis::{self as api_list, ApiPage, ApiRow, Apis, ScopeRow};
use portcullis::console::audit::{
    AuditFilter, AuditLog, Changed, EventRow, Piece, event::EventPage, request::RequestPage,
};
use portcullis::console::branding::BrandingPage;
use portcullis::console::chart::{Bar, Chart, Plotted};
use portcullis::console::client::keys::{PublicKeyRow, PublicKeys};
use portcullis::console::client::secrets::{SecretRow, Secrets, overlaps};
use portcullis::console::client::{ClientPage, ClientScope, Setting};
use portcullis::console::client_comparison::{ClientComparison, Compared, Difference};
use portcullis::console::client_owner::ClientOwner;
use portcullis::console::clients::{self as client_list, ClientRow, Clients};
use portcullis::console::confirm::{Act, Confirm};
use portcullis::console::home::{FirstStep, Home, attention::Task, plots::Ranked};
use portcullis::console::keys::{KeyRow, Keys};
use portcullis::console::level;
use portcullis::console::list::{Kind, List};
use portcullis::console::reauthentication::{GoOn, Reauthentication};
use portcullis::console::reference::{self, Answered, Operation, OperationPage, Parameter, ReferencePage, Sent};
use portcullis::console::role_form::{RoleForm, offices};
use portcullis::console::roles::{self as role_list, RolePage, RoleRow, Roles};
use portcullis::console::security::{HeldRow, JobRow, RefusedNetwork, Security};
use portcullis::console::snippets::Snippet;
use portcullis::console::user_form::UserForm;
use portcullis::console::user_list::{self, UserRow, Users};
use portcullis::console::user_summary::{HeldRole, LastSignIn};
use portcullis::console::users::UserPage;
use portcullis::console::{
    client_form::{ClientForm, groups},
    client_import::{ClientImport, ClientsRegistered, ImportLine, NewcomerView},
    client_type::types,
    user_profile,
};
use portcullis::keys::KeyState;
use portcullis::language::Language;
use portcullis::model::{
    office::Office,
    registry::{Api, Registry},
};
use portcullis::policy::{moving::Note, permission::Powers, throttle::Tightness};
use portcullis::protocol::{
    assurance::Level, client::ClientType, client_metadata::field::Tab, parameters::Parameters, scope::Scope,
    signing_algorithm::SigningAlgorithm, standard_claims::SCOPES,
};
use portcullis::web::field::Input;
use portcullis::web::looks::Looks;
use portcullis::web::page::{Section, Shell};
use portcullis::web::picker::Choices;
use portcullis::{
    language::Moment,
    web::view::{Choice, ChoiceGroup, FormErrors, NO_ERRORS, Notice, NoticeKind, Paging, openid_scope},
};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{access, factors, life, lists, people, sign_in_test, why};

/// A name that tries everything: markup, an attribute, a template, a change of direction.
pub const HOSTILE: &str = "<img src=x onerror=alert(1)>\" onfocus=alert(1) {{ 7 * 7 }} \u{202e}evil";
pub const ID: &str = "a-client-id-that-somebody-imported-and-that-is-as-long-as-the-database-lets-it-be-0123456789-0123456789-0123456789-0123456789-1";
pub const UUID: &str = "019a9c1e-5a3c-7d61-9c55-0f2a4b6f8f11";
const KID: &str = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";

/// A page, rendered.
pub struct Sample {
    pub name: &'static str,
    pub html: String,
}

pub fn all() -> Vec<Sample> {
    let mut pages = people::all();
    pages.extend(clients());
    pages.extend(apis_and_roles());
    pages.extend(lists::all());
    pages.extend(why::all());
    pages.extend(sign_in_test::all());
    pages.extend(users());
    pages.extend(operations());
    pages.extend(access::all());
    pages.extend(factors::all());
    pages.extend(life::all());
    pages
}

pub fn sample(name: &'static str, page: &impl Template) -> Sample {
    Sample { name, html: page.render().unwrap() }
}

pub fn looks(name: &str) -> Looks {
    Looks {
        name: name.to_owned(),
        logo: Some("/branding/logo.0123456789abcdef.png".to_owned()),
        accent: Some("/branding/accent.01234567.css".to_owned()),
        links: vec![("shell-privacy", "https://health.example/privacy".to_owned())],
    }
}

pub fn console(section: Section) -> Shell {
    Shell::for_console(looks("Example Health"), "admin", section, Powers::ALL)
}

pub fn moment(ahead: Duration) -> Moment {
    let now = datetime!(2026-11-21 14:05:09 UTC);
    Moment::new(now + ahead, now)
}

pub fn done(text: &str) -> Vec<Notice> {
    vec![Notice::new(NoticeKind::Done, text.to_owned())]
}

fn chosen(mut choices: Vec<Choice>, value: &str) -> Vec<Choice> {
    for choice in &mut choices {
        choice.chosen = choice.value == value;
    }
    choices
}

fn scopes() -> Vec<ChoiceGroup> {
    let words = |name| openid_scope(Language::En, name).unwrap();
    let openid = SCOPES.map(|name| Choice::new(name, name, &words(name))).to_vec();
    let records = vec![
        Choice::new("records:read", "records:read", "See your records"),
        Choice::new("records:write", "records:write", HOSTILE),
    ];
    vec![
        ChoiceGroup { name: "OpenID Connect".into(), choices: chosen(openid, "openid") },
        ChoiceGroup { name: "Records".into(), choices: chosen(records, "records:read") },
    ]
}

fn history() -> Vec<EventRow> {
    let name = |text: &str, path: &str| Piece { text: text.into(), is_name: true, path: path.into() };
    let words = |text: &str| Piece { text: text.into(), ..Piece::default() };
    let event = |event: &str, success: bool, changes| EventRow {
        id: UUID.to_owned(),
        at: moment(Duration::minutes(-5)),
        sentence: vec![name(HOSTILE, "/admin/users/x"), words(" rotated the secret of "), name(HOSTILE, "")],
        event: event.to_owned(),
        times: if success { String::new() } else { "438 times within a minute".to_owned() },
        is_alert: !success,
        success,
        reason: if success { String::new() } else { HOSTILE.to_owned() },
        address: HOSTILE.to_owned(),
        device: "Firefox, Windows".to_owned(),
        changes,
        has_page: success,
    };
    let changed = Changed { label: "Name".into(), old: vec![HOSTILE.into()], new: vec![HOSTILE.into()], said: "" };
    let unsaid = Changed { label: "Email".into(), said: "changed; the record does not keep it", ..Changed::default() };
    vec![event("client.updated", true, vec![changed, unsaid]), event("code.replayed", false, vec![])]
}

fn clients() -> Vec<Sample> {
    let shell = console(Section::Clients);
    let row = |name: &str, client_id: &str, enabled| ClientRow {
        client_id: client_id.to_owned(),
        name: name.to_owned(),
        type_name: "Web application",
        enabled,
        authenticates: enabled,
        last_used: enabled.then(|| moment(Duration::hours(-3))),
        created: moment(Duration::days(-3)),
    };
    let (all, narrowed) =
        (list(&client_list::LIST, &[]), list(&client_list::LIST, &[("q", HOSTILE), ("sort", "-created")]));
    let page = |list, clients| Clients {
        shell: &shell,
        notices: vec![],
        list,
        choices: client_choices(),
        clients,
        may_switch: true,
    };
    let found = vec![row("Appointments", "ptc-appointments", true), row(HOSTILE, ID, false)];
    let mut errors = FormErrors::default();
    errors.add("client_name", "Give the client a name of at most 100 characters.");
    errors.add("redirect_uris", "Line 1 is not encrypted. Use https, or http for this computer only.");
    errors.add("redirect_uris", "Line 1 has a fragment (#). Remove it.");
    let mut typo = FormErrors::default();
    typo.add("confirmation", "This is not the client’s name.");
    let mut no_json = FormErrors::default();
    no_json.add("document", "This is no JSON object, nor an array of them.");
    vec![
        sample("clients", &page(&all, found)),
        sample("clients-none-found", &page(&narrowed, vec![])),
        sample("clients-empty", &page(&all, vec![])),
        sample("client-new", &client_form(&shell, None, &errors)),
        sample("client-edit", &client_form(&shell, Some(ID), &NO_ERRORS)),
        sample("client-import", &client_import(&shell, &no_json)),
        sample(
            "clients-registered",
            &ClientsRegistered { shell: &shell, created: vec![newcomer()], path: "/admin/clients/registered" },
        ),
        many_scopes(&shell),
        sample("client", &client(&shell, Tab::Overview)),
        sample("client-sign-in", &client(&shell, Tab::SignIn)),
        sample("client-scopes", &client(&shell, Tab::Scopes)),
        sample("client-secrets", &client(&shell, Tab::Secrets)),
        sample("client-activity", &client(&shell, Tab::Activity)),
        client_comparison(&shell),
        sample("client-delete", &delete_client(&shell, &typo)),
        sample(
            "client-owner",
            &ClientOwner { shell: &shell, client_id: ID, name: HOSTILE, owner: HOSTILE, errors: &NO_ERRORS },
        ),
        sample("reauthentication", &reauthentication(&shell)),
        sample("go-on", &GoOn { shell: &shell, path: "/admin/clients/new", fields: vec![(HOSTILE, HOSTILE)] }),
    ]
}

/// A list as this query asks for it, somewhere in the middle.
fn list(kind: &'static Kind, query: &[(&str, &str)]) -> List {
    let mut list = List::read(kind, &Parameters::from_pairs(query.iter().copied())).unwrap();
    list.paging = Paging { previous: None, next: Some(format!("{}?after=x+x&q=a", kind.path)) };
    if !query.is_empty() {
        list.errors.add("q", HOSTILE);
    }
    list
}

fn client_choices() -> client_list::Choices {
    let choices = || vec![Choice::new("", "All", ""), Choice::new("x", HOSTILE, "")];
    client_list::Choices { types: types(), states: choices(), apis: choices(), unused: choices(), by_owner: true }
}

fn client_import<'a>(shell: &'a Shell, errors: &'a FormErrors) -> ClientImport<'a> {
    let note = Note::new(HOSTILE, HOSTILE);
    let line = |outcome, notes| ImportLine { name: HOSTILE.into(), outcome, class: "off", notes };
    ClientImport {
        shell,
        errors,
        document: HOSTILE,
        secret_days: vec![Choice::new("90", "90 days", "")],
        lines: vec![line("As it is", vec![]), line("Refused", vec![note.clone(), note])],
        checked: Some("0a1b2c3d".into()),
    }
}

fn newcomer() -> NewcomerView {
    NewcomerView { client_id: ID.into(), name: HOSTILE.into(), secret: Some("ptc_cs_shown-this-once".into()) }
}

fn reauthentication(shell: &Shell) -> Reauthentication<'_> {
    Reauthentication {
        shell,
        waiting: vec![("path".into(), "/admin/clients/new"), (HOSTILE.into(), HOSTILE)],
        by_code: true,
        options: Some(HOSTILE.into()),
        errors: &NO_ERRORS,
    }
}

fn delete_client<'a>(shell: &'a Shell, errors: &'a FormErrors) -> Confirm<'a> {
    Confirm {
        shell,
        act: Act::DELETE,
        kind: "client",
        name: HOSTILE,
        back: "/admin/clients/x",
        action: "/admin/clients/x/delete",
        consequences: vec!["Sign-ins through it, 41 in the last day.".into(), "Its 12 refresh tokens.".into()],
        errors,
    }
}

fn client_form<'a>(shell: &'a Shell, existing: Option<&'a str>, errors: &'a FormErrors) -> ClientForm<'a> {
    let held = Parameters::from_pairs([
        ("client_name", HOSTILE),
        ("type", "web"),
        ("redirect_uris", "http://app.example/callback#fragment"),
        ("backchannel_logout_uri", HOSTILE),
        ("scope", "records:read"),
        ("required_acr", "aal2"),
        ("access_token_lifetime", "300"),
        ("client_uri", HOSTILE),
    ]);
    let scopes = [("records:read", "See your records"), ("records:write", HOSTILE)];
    let api = Api {
        api_id: Uuid::nil(),
        identifier: "urn:records".into(),
        name: HOSTILE.into(),
        access_token_lifetime: None,
        roles_in_token: false,
        access_token_signing_alg: SigningAlgorithm::default(),
        required_level: Level::Aal1,
        scopes: scopes.map(|(name, words)| (name.to_owned(), words.to_owned())).into(),
        created_at: OffsetDateTime::UNIX_EPOCH,
        revision: 1,
    };
    let client_type = existing.map(|_| ClientType::Web);
    ClientForm {
        shell,
        existing,
        revision: 3,
        like: if existing.is_some() { "" } else { HOSTILE },
        errors,
        name: HOSTILE,
        fixed_type: client_type.map_or("", ClientType::as_str),
        groups: groups(&held, client_type, &Scope::default(), &Registry::new(vec![api], vec![]), errors),
    }
}

/// What a registry of two hundred APIs has: too many to read.
fn many_scopes(shell: &Shell) -> Sample {
    let mut form = client_form(shell, None, &NO_ERRORS);
    let group = |n: u8| {
        let scopes = (0..10).map(|scope| format!("api{n}:{scope}"));
        let choices = scopes.map(|name| Choice { chosen: name == "api7:3", ..Choice::new(&name, &name, HOSTILE) });
        ChoiceGroup { name: format!("API {n}"), choices: choices.collect() }
    };
    for field in form.groups.iter_mut().flat_map(|group| &mut group.fields) {
        if field.name == "scope" {
            field.input = Input::Choices(Choices::of((0..200).map(group).collect(), |name| name == "api8:1", "API 9"));
        }
    }
    sample("client-new-many-scopes", &form)
}

fn client_comparison(shell: &Shell) -> Sample {
    let client = || (HOSTILE.to_owned(), "/admin/clients/x".to_owned());
    let compared = Compared {
        names: [client(), client()],
        differences: vec![Difference { name: "Scopes", values: [vec![HOSTILE.into()], vec![]], code: true }],
    };
    let page = ClientComparison { shell, errors: &NO_ERRORS, one: HOSTILE, other: HOSTILE, compared: Some(compared) };
    sample("client-comparison", &page)
}

fn client(shell: &Shell, tab: Tab) -> ClientPage<'_> {
    let snippet = |language, text: &str| Snippet { language, text: text.to_owned() };
    let secret = |name: &str| SecretRow {
        secret_id: Uuid::nil(),
        name: name.to_owned(),
        brought: true,
        last_four: "x7Qa".into(),
        created: moment(Duration::days(-100)),
        expires: Some(moment(Duration::days(3))),
        last_used: None,
    };
    let key = |kid: &str| PublicKeyRow {
        key: "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs".into(),
        kid: kid.to_owned(),
        kind: "P-256".into(),
        expires: Some(moment(Duration::days(3))),
        last_used: None,
    };
    ClientPage {
        shell,
        notices: vec![
            Notice {
                more: Some(("/admin/clients/x/edit?undo=1".into(), "Undo")),
                ..Notice::new(NoticeKind::Done, "The client is registered.".into())
            },
            Notice::new(NoticeKind::Warning, "A secret ends in 3 days. Rotate it.".into()),
        ],
        client_id: ID,
        path: "/admin/clients/x",
        name: HOSTILE,
        enabled: true,
        may_change: true,
        may_give: true,
        owner: Some(HOSTILE.into()),
        from_document: false,
        for_people: true,
        new_secret: Some(Zeroizing::new("ptc_cs_shown-until-it-is-stored".into())),
        settings: vec![
            Setting { name: "Type", values: vec!["Web application".into()], code: false },
            Setting {
                name: "Redirect URIs",
                values: vec!["https://app.example/callback".into(), HOSTILE.into()],
                code: true,
            },
        ],
        tab,
        tabs: vec![
            ("Overview", "/admin/clients/x".into(), true),
            ("Tokens", "/admin/clients/x?tab=tokens".into(), false),
        ],
        issuer: "https://login.example.com",
        scopes: vec![
            ClientScope {
                name: "records:read".into(),
                meaning: HOSTILE.into(),
                api: HOSTILE.into(),
                api_id: Some(UUID.into()),
            },
            ClientScope { name: "gone".into(), meaning: String::new(), api: "No API has it".into(), api_id: None },
        ],
        environment: Some("ISSUER=https://login.example.com\nCLIENT_ID=app\nCLIENT_SECRET=".into()),
        secrets: Some(Secrets {
            rows: vec![secret(""), secret(HOSTILE)],
            names: vec![Choice::new("", "The one without a name", ""), Choice::new(HOSTILE, HOSTILE, "")],
            may_add: true,
        }),
        keys: Some(PublicKeys { rows: vec![key("records-1"), key("")], url: None, may_make: true }),
        overlaps: overlaps(),
        snippets: vec![
            snippet(
                "curl",
                "curl https://login.example.com/oauth2/token \\\n  -u 'client:secret' -d grant_type=client_credentials -d scope=records:read",
            ),
            snippet("Python", "from authlib.integrations.requests_client import OAuth2Session"),
            snippet("JavaScript", "import * as client from 'openid-client'"),
            snippet("Rust", "use openidconnect::core::CoreClient;"),
        ],
        history: history(),
    }
}

fn apis_and_roles() -> Vec<Sample> {
    let (apis, roles) = (console(Section::Apis), console(Section::Roles));
    let apis_shell = console(Section::Apis);
    let lists = [list(&api_list::LIST, &[]), list(&api_list::LIST, &[("q", HOSTILE)])];
    let identifier = "https://records.example/api";
    let form = ApiForm {
        shell: &apis,
        existing: None,
        revision: 1,
        errors: &NO_ERRORS,
        name: HOSTILE,
        identifier,
        scopes: vec![
            FormScope { name: "records:read".into(), words: HOSTILE.into(), registered: true, removed: true },
            FormScope { name: HOSTILE.into(), words: "See your records".into(), ..FormScope::default() },
            FormScope::default(),
        ],
        hidden_scopes: 3,
        find: HOSTILE,
        access_token_lifetime: "",
        roles_in_token: true,
        algorithms: api_form::algorithms("RS256"),
        required_acrs: level::choices("phr"),
    };
    let page = ApiPage {
        shell: &apis,
        notices: done("The API is saved."),
        api_id: UUID,
        name: "Records",
        identifier,
        access_token_lifetime: Some("5 minutes".into()),
        roles_in_token: true,
        algorithm: "RS256",
        required_acr: "Two factors (aal2)",
        created: moment(Duration::days(-400)),
        scopes: vec![ScopeRow {
            name: "records:read".into(),
            description: HOSTILE.into(),
            roles: vec!["clerk".into()],
        }],
    };
    let rows = vec![ApiRow {
        api_id: UUID.into(),
        name: HOSTILE.into(),
        identifier: identifier.into(),
        scopes: 2,
        created: moment(Duration::days(-3)),
    }];
    let api_page = |list, apis| Apis { shell: &apis_shell, notices: vec![], list, apis };
    let role = |name: &str, office: Option<Office>| RoleRow {
        name: name.to_owned(),
        description: HOSTILE.to_owned(),
        office: office.map(Office::label),
        required_acr: "Two factors (aal2)",
        scopes: 2,
    };
    let role_form = RoleForm {
        shell: &roles,
        existing: Some("clerk"),
        revision: 1,
        errors: &NO_ERRORS,
        name: "clerk",
        description: HOSTILE,
        offices: offices(Some(Office::Auditor)),
        required_acrs: level::choices("aal1"),
        scopes: Choices::Boxes(scopes()),
    };
    vec![
        sample("apis", &api_page(&lists[0], rows)),
        sample("apis-none-found", &api_page(&lists[1], vec![])),
        sample("apis-empty", &api_page(&lists[0], vec![])),
        sample("api-new", &form),
        sample("api-edit", &ApiForm { existing: Some(UUID), ..form }),
        sample("api", &page),
        sample(
            "roles",
            &Roles {
                shell: &roles,
                notices: vec![],
                list: &list(&role_list::LIST, &[("q", HOSTILE)]),
                offices: offices(None),
                roles: vec![role("administrator", Some(Office::Administrator)), role("clerk", None)],
            },
        ),
        sample(
            "role",
            &RolePage {
                shell: &roles,
                name: "clerk",
                description: HOSTILE,
                office: Some((Office::Auditor.label(), Office::Auditor.meaning())),
                required_acr: "Password (aal1)",
                scopes: vec![(HOSTILE.into(), vec!["records:read", "records:write"])],
            },
        ),
        sample("role-edit", &role_form),
        sample("role-new", &RoleForm { existing: None, ..role_form }),
    ]
}

fn users() -> Vec<Sample> {
    let shell = console(Section::Users);
    let row = |username: &str, state| UserRow {
        user_id: UUID.into(),
        username: username.to_owned(),
        name: HOSTILE.into(),
        state,
        created: moment(Duration::days(-3)),
        email: "alice@example.com".into(),
        roles: vec!["clerk".into(), "administrator".into()],
    };
    let profile = life::profile();
    let mut wrong = FormErrors::default();
    wrong.add("address.locality", HOSTILE);
    let form = |existing, errors| UserForm {
        shell: &shell,
        existing,
        revision: 1,
        errors,
        username: HOSTILE,
        email: "alice@example.com",
        roles: Choices::Boxes(vec![ChoiceGroup {
            name: "Roles".into(),
            choices: vec![Choice::new("clerk", "clerk", "Reads records")],
        }]),
        profile: user_profile::groups(&profile, &profile, errors),
    };
    let page = |held: Option<Moment>, waits_until| UserPage {
        shell: &shell,
        notices: vec![],
        user_id: UUID,
        username: HOSTILE,
        email: "alice@example.com",
        email_verified: false,
        may_change: true,
        may_end: true,
        enabled: held.is_none(),
        held,
        waits_until,
        has_password: true,
        deleted: None,
        created: moment(Duration::days(-2)),
        last_sign_in: Some(LastSignIn {
            at: moment(Duration::hours(-3)),
            device: "Firefox, Windows".into(),
            address: HOSTILE.into(),
        }),
        roles: vec![HeldRole {
            name: "clerk".into(),
            description: HOSTILE.into(),
            gives: HOSTILE.into(),
            office: "Auditor",
            given: Some((HOSTILE.into(), moment(Duration::days(-3)))),
            path: "/admin/roles/clerk".into(),
        }],
        name: HOSTILE,
        profile: user_profile::known(&profile),
        factors: factors::of_a_user(),
        access: access::of_a_user(),
        history: vec![],
    };
    let (all, narrowed) = (list(&user_list::LIST, &[]), list(&user_list::LIST, &[("role", HOSTILE), ("size", "7")]));
    let choices = || vec![Choice::new("", "All", ""), Choice::new("none", "Without", "")];
    let page_of = |list, users| Users {
        shell: &shell,
        notices: vec![],
        list,
        states: choices(),
        factors: choices(),
        users,
        may_switch: true,
    };
    vec![
        sample("users", &page_of(&all, vec![row("alice", ""), row(HOSTILE, "Disabled")])),
        sample("users-none-found", &page_of(&narrowed, vec![])),
        sample("users-empty", &page_of(&all, vec![])),
        sample("user-new", &form(None, &NO_ERRORS)),
        sample("user-edit", &form(Some(UUID), &NO_ERRORS)),
        sample("user-edit-wrong", &form(Some(UUID), &wrong)),
        sample("user", &page(None, None)),
        sample("user-held", &page(Some(moment(Duration::minutes(-7))), None)),
        sample("user-waits", &page(None, Some(moment(Duration::hours(71))))),
    ]
}

fn operations() -> Vec<Sample> {
    let (keys, audit) = (console(Section::Keys), console(Section::Audit));
    let key = |state, activated| KeyRow {
        kid: KID.into(),
        alg: "ES256".into(),
        state,
        created: moment(Duration::days(-30)),
        activated,
    };
    let no_errors = FormErrors::default();
    let log = |rows, live: bool| AuditLog {
        shell: &audit,
        errors: &no_errors,
        events: vec![Choice::new("", "All events", ""), Choice::new("client.created", "client.created", "")],
        outcomes: vec![Choice::new("", "Done or failed", "")],
        filter: AuditFilter {
            q: HOSTILE,
            client: HOSTILE,
            actor: HOSTILE,
            from: "2026-11-20",
            ..AuditFilter::default()
        },
        rows,
        looked_to: Some((moment(Duration::days(-3)), "/admin/audit?before=z".into())),
        paging: Paging { previous: Some("/admin/audit?before=y".into()), next: Some("/admin/audit?after=x".into()) },
        live: live.then(|| moment(Duration::minutes(9))),
        other_mode: "/admin/audit?live=1".into(),
        exports: ["csv", "jsonl"].map(|format| format!("/admin/audit/export?format={format}")),
    };
    let event = EventPage {
        shell: &audit,
        row: history().remove(0),
        undo: Some("/admin/clients/x/edit?undo=1".into()),
        meaning: "The settings of a client were changed.",
        concerned: vec![("Done by", history()[0].sentence[0].clone(), HOSTILE.into(), "/admin/audit?actor=x".into())],
        details: vec![("Address", HOSTILE.into(), "/admin/audit?ip=x".into()), ("Node", HOSTILE.into(), String::new())],
    };
    let request = |rows, why: &str| RequestPage {
        shell: &audit,
        request_id: "01kam2mr4jfvg9sr0fq4k6z2hx",
        came: moment(Duration::minutes(-9)),
        concerned: vec![("Client", history()[0].sentence.clone()), ("Address", history()[0].sentence.clone())],
        rows,
        has_more: true,
        why: why.into(),
    };
    let shown = Keys {
        shell: &keys,
        notices: vec![Notice::new(NoticeKind::Information, "The next rotation is in 60 days.".into())],
        keys: vec![
            key(KeyState::Next, None),
            key(KeyState::Active, Some(moment(Duration::days(-29)))),
            key(KeyState::Retiring, Some(moment(Duration::days(-90)))),
        ],
        algs: vec![Choice::new("ES256", "ES256", ""), Choice::new("RS256", "RS256", "")],
    };
    let branding = console(Section::Branding);
    let mut errors = FormErrors::default();
    errors.add("logo", "The file is not a PNG, JPEG or WebP image, or not a whole one.");
    let branding = BrandingPage { shell: &branding, notices: vec![], errors: &errors, uploaded: true };
    vec![
        home(),
        security(),
        reference(),
        operation(),
        sample("branding", &branding),
        sample("keys", &shown),
        sample("audit", &log(history(), false)),
        sample("audit-live", &log(history(), true)),
        sample("audit-empty", &log(vec![], false)),
        sample("audit-event", &event),
        sample("request", &request(history(), "/admin/why?client=x")),
        sample("request-nothing", &request(vec![], "")),
    ]
}

fn an_operation() -> Operation {
    let parameter = |place: &str, is_required| Parameter {
        name: place.to_owned(),
        place: place.to_owned(),
        is_required,
        kind: "text".to_owned(),
    };
    let member = |name: &str| reference::Member { name: name.to_owned(), kind: HOSTILE.to_owned(), is_required: true };
    Operation {
        id: "replaceClient".to_owned(),
        method: "PUT".to_owned(),
        path: "/api/v1/clients/{id}".to_owned(),
        meaning: "Replaces all metadata of a client. What is not given has its default.".to_owned(),
        scopes: vec!["portcullis:clients:write".to_owned()],
        is_deprecated: true,
        parameters: vec![parameter("path", true), parameter("query", false)],
        body: Some(Sent { members: vec![member("client_name")], example: "{}".to_owned(), is_json: true }),
        answer: vec![member("client_id"), member("client_name")],
    }
}

fn reference() -> Sample {
    let shell = console(Section::Reference);
    let groups = vec![("Clients".to_owned(), vec![an_operation()]), ("APIs".to_owned(), vec![an_operation()])];
    sample("reference", &ReferencePage { shell: &shell, groups })
}

fn operation() -> Sample {
    let (shell, operation) = (console(Section::Reference), an_operation());
    let mut errors = FormErrors::default();
    errors.add("body", "This is not JSON: expected value at line 1 column 1.");
    let page = OperationPage {
        shell: &shell,
        curl: "curl -X PUT https://id.example/api/v1/clients/{id}".to_owned(),
        fields: vec![(operation.parameters[0].clone(), HOSTILE.to_owned())],
        body: HOSTILE.to_owned(),
        can_fill: true,
        errors: &errors,
        answered: Some(Answered {
            status: "200 OK".to_owned(),
            is_success: true,
            etag: "\"3\"".to_owned(),
            body: HOSTILE.to_owned(),
            waits: true,
        }),
        operation: &operation,
    };
    sample("operation", &page)
}

fn chart(id: &'static str, bars: usize) -> Chart {
    let bar = |n: usize| Bar {
        start: format!("{n:02}:00"),
        x: n * 10,
        counts: vec!["12,345".into(), "0".into()],
        said: HOSTILE.into(),
    };
    let plotted =
        |name, colour| Plotted { name, colour, total: "4,324,000".into(), path: "M1 1000v-500h8v500z".into() };
    Chart {
        id,
        title: "Sign-ins",
        total: "4,324,000".into(),
        ticks: ["200,000", "100,000", "0"].map(Into::into).into(),
        series: vec![plotted("Signed in", "plot-1"), plotted("Failed", "plot-bad")],
        bars: (0..bars).map(bar).collect(),
    }
}

fn home() -> Sample {
    let shell = console(Section::Home);
    let task = |urgent| Task {
        urgent,
        text: "12 clients name nobody who answers for them.".into(),
        links: vec![(HOSTILE.into(), "/admin/clients/x".into()), (HOSTILE.into(), "/admin/clients/y".into())],
        more: "and 10 more".into(),
    };
    let step = |done, url| FirstStep { name: "Register an API", why: "It accepts our tokens.", url, done };
    let ranked = |share| Ranked {
        name: HOSTILE.into(),
        url: "/admin/clients/x".into(),
        colour: "plot-1",
        value: "12,345".into(),
        share,
    };
    let page = Home {
        shell: &shell,
        first_steps: vec![step(true, None), step(false, Some("/admin/apis/new"))],
        tasks: vec![task(true), task(false)],
        periods: vec![("24 hours", "/admin".into(), true), ("7 days", "/admin?over=week".into(), false)],
        charts: vec![chart("tokens", 28)],
        busiest: vec![ranked(100), ranked(1)],
        keys: vec![ranked(50)],
    };
    sample("console-home", &page)
}

fn security() -> Sample {
    let shell = console(Section::Attacks);
    let job = |name: &str, result, failure: Option<&str>| JobRow {
        name: name.to_owned(),
        place: "Each of 12".to_owned(),
        last: moment(Duration::minutes(-7)),
        took: "0.003 s".to_owned(),
        result,
        failure: failure.map(str::to_owned),
    };
    let page = Security {
        shell: &shell,
        held: vec![HeldRow { user_id: UUID.into(), username: HOSTILE.into(), since: moment(Duration::minutes(-7)) }],
        tightness: Tightness::Quarter,
        is_day: true,
        charts: vec![chart("failures", 24), chart("unknown", 1)],
        refusals: vec![("Sign-ins by password", 123_456_789)],
        networks: [("2001:db8:ffff::/48", 12_345, false), ("198.51.100.0/24", 1, true)]
            .map(|(network, count, is_blocked)| RefusedNetwork { network: network.into(), count, is_blocked })
            .into(),
        jobs: vec![job("changes", ("Failed", "off"), Some(HOSTILE)), job("erasure", ("Done", "good"), None)],
    };
    sample("security", &page)
}
