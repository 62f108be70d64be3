//! Every page with data as bad as it gets: markup, bidi marks, very long names.

use askama::Template;
use portcullis::console::api_form::ApiForm;
use portcullis::console::apis::{ApiPage, ApiRow, Apis, ScopeRow};
use portcullis::console::audit::{AuditFilter, AuditLog, EventRow};
use portcullis::console::client::{ClientPage, SecretRow, Setting, overlaps};
use portcullis::console::client_form::{ClientFields, ClientForm, auth_methods, id_token_algs, types};
use portcullis::console::clients::{ClientRow, Clients};
use portcullis::console::confirm::Confirm;
use portcullis::console::keys::{KeyRow, KeyState, Keys};
use portcullis::console::roles::{RoleForm, RoleRow, Roles};
use portcullis::console::snippets::Snippet;
use portcullis::console::user_form::UserForm;
use portcullis::console::users::{UserPage, UserRow, Users};
use portcullis::pages::consent::{Application, AskedScopes, Consent};
use portcullis::pages::home::Home;
use portcullis::pages::sign_in::SignIn;
use portcullis::pages::signed_out::{SignOut, SignedOut};
use portcullis::secret::{Secret, SecretKind};
use portcullis::web::error_page::{ErrorPage, Turn};
use portcullis::web::page::{Section, Shell};
use portcullis::web::view::{
    Choice, ChoiceGroup, FormErrors, Moment, NO_ERRORS, Notice, NoticeKind, OPENID_SCOPES, Paging,
};
use time::Duration;
use time::macros::datetime;

/// A name that tries everything: markup, an attribute, a template, a change of direction.
const HOSTILE: &str = "<img src=x onerror=alert(1)>\" onfocus=alert(1) {{ 7 * 7 }} \u{202e}evil";
const ID: &str = "a-client-id-that-somebody-imported-and-that-is-as-long-as-the-database-lets-it-be-0123456789-0123456789-0123456789-0123456789-1";
const UUID: &str = "019a9c1e-5a3c-7d61-9c55-0f2a4b6f8f11";
const KID: &str = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";

/// A page, rendered.
pub struct Sample {
    pub name: &'static str,
    pub html: String,
}

pub fn all() -> Vec<Sample> {
    let mut pages = people();
    pages.extend(clients());
    pages.extend(apis_and_roles());
    pages.extend(users());
    pages.extend(operations());
    pages
}

fn sample(name: &'static str, page: &impl Template) -> Sample {
    Sample { name, html: page.render().unwrap() }
}

fn console(section: Section) -> Shell {
    Shell::for_console("Example Health", "admin", section)
}

fn moment(ahead: Duration) -> Moment {
    let now = datetime!(2026-11-21 14:05:09 UTC);
    Moment::new(now + ahead, now)
}

fn done(text: &str) -> Vec<Notice> {
    vec![Notice { kind: NoticeKind::Done, text: text.to_owned() }]
}

fn chosen(mut choices: Vec<Choice>, value: &str) -> Vec<Choice> {
    for choice in &mut choices {
        choice.chosen = choice.value == value;
    }
    choices
}

fn scopes() -> Vec<ChoiceGroup> {
    let openid = OPENID_SCOPES.map(|(name, words)| Choice::new(name, name, words)).to_vec();
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
    let event = |event: &str, success, details| EventRow {
        at: moment(Duration::minutes(-5)),
        event: event.to_owned(),
        success,
        actor: format!("user:{UUID}"),
        subject: format!("client:{ID}"),
        details,
    };
    vec![
        event("client.secret_rotated", true, vec![("ip", "192.0.2.7".into()), ("user agent", HOSTILE.into())]),
        event("token.refused", false, vec![]),
    ]
}

fn people() -> Vec<Sample> {
    let shell = Shell::for_people("Example Health", Some("alice"));
    let mut refused = FormErrors::default();
    refused.add("username", "The username or password is not right. Check both and try again.");
    let sign_in = SignIn {
        shell: &shell,
        heading: "Sign in",
        action: "/sign-in/1",
        application: Some("Appointments"),
        username: "",
        errors: &NO_ERRORS,
    };
    let asked = |api: &str, words: &[&str]| AskedScopes {
        api: api.to_owned(),
        descriptions: words.iter().map(ToString::to_string).collect(),
    };
    let consent = |name| Consent {
        shell: &shell,
        action: "/consent/1",
        application: Application {
            name,
            home_page: Some("https://app.example/"),
            policy: Some("https://app.example/privacy"),
            terms: None,
        },
        person: "alice",
        scopes: vec![
            asked("", &[OPENID_SCOPES[0].1, OPENID_SCOPES[1].1]),
            asked("Records", &["See your records", "Change your records"]),
        ],
        remembered: true,
    };
    let error = |turn, detail| ErrorPage {
        shell: &shell,
        heading: "This sign-in cannot begin",
        what: "The address to return to is not registered for the application.",
        detail,
        turn,
        id: UUID,
    };
    vec![
        sample("sign-in", &sign_in),
        sample("sign-in-hostile", &SignIn { application: Some(HOSTILE), username: HOSTILE, ..sign_in }),
        sample("sign-in-refused", &SignIn { errors: &refused, username: "alice", application: None, ..sign_in }),
        sample("consent", &consent("Appointments")),
        sample("consent-hostile", &consent(HOSTILE)),
        sample("error", &error(Turn::Developer, Some("javascript:alert(1)//\"><img src=x onerror=alert(1)>"))),
        sample("error-ours", &error(Turn::Us, None)),
        sample("home", &Home { shell: &shell, issuer: "https://login.example.com", playground: true }),
        sample(
            "home-nobody",
            &Home { shell: &Shell::for_people("Portcullis", None), issuer: "http://localhost:8080", playground: false },
        ),
        sample("sign-out", &sign_out(&shell)),
        sample("signed-out", &SignedOut { shell: &shell, again: "/sign-in" }),
    ]
}

fn sign_out(shell: &Shell) -> SignOut<'_> {
    SignOut {
        shell,
        action: "/oauth2/end-session",
        person: "alice",
        application: Some(HOSTILE),
        parameters: vec![("state", HOSTILE.to_owned())],
    }
}

fn clients() -> Vec<Sample> {
    let shell = console(Section::Clients);
    let row = |name: &str, client_id: &str, enabled| ClientRow {
        client_id: client_id.to_owned(),
        name: name.to_owned(),
        type_name: "Web application",
        enabled,
        last_used: enabled.then(|| moment(Duration::hours(-3))),
    };
    let filter = || {
        let mut all = types();
        all.insert(0, Choice::new("", "All types", ""));
        all
    };
    let list =
        |query, clients, paging| Clients { shell: &shell, notices: vec![], query, types: filter(), clients, paging };
    let found = vec![row("Appointments", "ptc-appointments", true), row(HOSTILE, ID, false)];
    let paging = Paging { previous: None, next: Some("/admin/clients?after=x&q=a".into()) };
    let mut errors = FormErrors::default();
    errors.add("name", "Give the client a name of at most 100 characters.");
    errors.add("redirect_uris", "Line 1 is not encrypted. Use https, or http for this computer only.");
    errors.add("redirect_uris", "Line 1 has a fragment (#). Remove it.");
    let mut typo = FormErrors::default();
    typo.add("confirmation", "This is not the client’s name.");
    vec![
        sample("clients", &list("", found, paging)),
        sample("clients-none-found", &list(HOSTILE, vec![], Paging::default())),
        sample("clients-empty", &list("", vec![], Paging::default())),
        sample("client-new", &client_form(&shell, None, &errors)),
        sample("client-edit", &client_form(&shell, Some(ID), &NO_ERRORS)),
        sample("client", &client(&shell, Some(&Secret::generate(SecretKind::ClientSecret)))),
        sample("client-delete", &delete_client(&shell, &typo)),
    ]
}

fn delete_client<'a>(shell: &'a Shell, errors: &'a FormErrors) -> Confirm<'a> {
    Confirm {
        shell,
        kind: "client",
        name: HOSTILE,
        back: "/admin/clients/x",
        action: "/admin/clients/x/delete",
        consequences: vec!["Sign-ins through it, 41 in the last day.".into(), "Its 12 refresh tokens.".into()],
        errors,
    }
}

fn client_form<'a>(shell: &'a Shell, existing: Option<&'a str>, errors: &'a FormErrors) -> ClientForm<'a> {
    ClientForm {
        shell,
        existing,
        revision: 3,
        errors,
        fields: ClientFields {
            name: HOSTILE.into(),
            types: chosen(types(), "web"),
            redirect_uris: "http://app.example/callback#fragment".into(),
            post_logout_redirect_uris: String::new(),
            scopes: scopes(),
            auth_methods: auth_methods(),
            access_token_lifetime: "300".into(),
            refresh_token_idle_lifetime: "1209600".into(),
            refresh_token_lifetime: "7776000".into(),
            id_token_signed_response_algs: id_token_algs(),
            introspects_api: vec![Choice::new("", "None", ""), Choice::new(UUID, "Records", "")],
            contacts: String::new(),
            client_uri: HOSTILE.into(),
            policy_uri: String::new(),
            tos_uri: String::new(),
        },
    }
}

fn client<'a>(shell: &'a Shell, new_secret: Option<&'a Secret>) -> ClientPage<'a> {
    let snippet = |language, text: &str| Snippet { language, text: text.to_owned() };
    ClientPage {
        shell,
        notices: vec![
            Notice { kind: NoticeKind::Done, text: "The client is registered.".into() },
            Notice { kind: NoticeKind::Warning, text: "A secret ends in 3 days. Rotate it.".into() },
        ],
        client_id: ID,
        name: HOSTILE,
        enabled: true,
        new_secret,
        settings: vec![
            Setting { name: "Type", values: vec!["Web application".into()], code: false },
            Setting {
                name: "Redirect URIs",
                values: vec!["https://app.example/callback".into(), HOSTILE.into()],
                code: true,
            },
            Setting { name: "Contacts", values: vec![], code: false },
        ],
        secrets: Some(vec![SecretRow {
            last_four: "x7Qa".into(),
            created: moment(Duration::days(-100)),
            expires: Some(moment(Duration::days(3))),
            last_used: None,
        }]),
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
    let identifier = "https://records.example/api";
    let form = ApiForm {
        shell: &apis,
        existing: None,
        revision: 1,
        errors: &NO_ERRORS,
        name: HOSTILE,
        identifier,
        scopes: "records:read See your records",
        access_token_lifetime: "",
        roles_in_token: true,
    };
    let page = ApiPage {
        shell: &apis,
        notices: done("The API is saved."),
        api_id: UUID,
        name: "Records",
        identifier,
        access_token_lifetime: Some(300),
        roles_in_token: true,
        created: moment(Duration::days(-400)),
        scopes: vec![ScopeRow {
            name: "records:read".into(),
            description: HOSTILE.into(),
            roles: vec!["clerk".into()],
        }],
    };
    let rows = vec![ApiRow { api_id: UUID.into(), name: HOSTILE.into(), identifier: identifier.into(), scopes: 2 }];
    let role = |name: &str, administrative| RoleRow {
        name: name.to_owned(),
        description: HOSTILE.to_owned(),
        administrative,
        scopes: 2,
    };
    let role_form = RoleForm {
        shell: &roles,
        existing: Some("clerk"),
        errors: &NO_ERRORS,
        name: "clerk",
        description: HOSTILE,
        administrative: true,
        scopes: scopes(),
    };
    vec![
        sample("apis", &Apis { shell: &apis, notices: vec![], apis: rows }),
        sample("apis-empty", &Apis { shell: &apis, notices: vec![], apis: vec![] }),
        sample("api-new", &form),
        sample("api-edit", &ApiForm { existing: Some(UUID), ..form }),
        sample("api", &page),
        sample(
            "roles",
            &Roles { shell: &roles, notices: vec![], roles: vec![role("administrator", true), role("clerk", false)] },
        ),
        sample("role-edit", &role_form),
        sample("role-new", &RoleForm { existing: None, ..role_form }),
    ]
}

fn users() -> Vec<Sample> {
    let shell = console(Section::Users);
    let row = |username: &str, enabled| UserRow {
        user_id: UUID.into(),
        username: username.to_owned(),
        email: "alice@example.com".into(),
        roles: vec!["clerk".into(), "administrator".into()],
        enabled,
    };
    let form = |existing| UserForm {
        shell: &shell,
        existing,
        revision: 1,
        errors: &NO_ERRORS,
        username: HOSTILE,
        email: "alice@example.com",
        password_rule: "At least 12 characters. A few words that belong to nobody else are best.",
        roles: vec![ChoiceGroup {
            name: "Roles".into(),
            choices: vec![Choice::new("clerk", "clerk", "Reads records")],
        }],
    };
    let page = UserPage {
        shell: &shell,
        notices: vec![],
        user_id: UUID,
        username: HOSTILE,
        email: "alice@example.com",
        email_verified: false,
        enabled: false,
        created: moment(Duration::days(-2)),
        roles: vec!["clerk".into()],
        history: vec![],
    };
    let list = |users| Users { shell: &shell, notices: vec![], query: "", users, paging: Paging::default() };
    vec![
        sample("users", &list(vec![row("alice", true), row(HOSTILE, false)])),
        sample("users-empty", &list(vec![])),
        sample("user-new", &form(None)),
        sample("user-edit", &form(Some(UUID))),
        sample("user", &page),
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
    let log = |rows| AuditLog {
        shell: &audit,
        events: vec![Choice::new("", "All events", ""), Choice::new("client.created", "client.created", "")],
        filter: AuditFilter { client: HOSTILE, from: "2026-11-20", ..AuditFilter::default() },
        rows,
        paging: Paging { previous: Some("/admin/audit?before=y".into()), next: Some("/admin/audit?after=x".into()) },
    };
    let shown = Keys {
        shell: &keys,
        notices: vec![Notice { kind: NoticeKind::Information, text: "The next rotation is in 60 days.".into() }],
        keys: vec![
            key(KeyState::Next, None),
            key(KeyState::Active, Some(moment(Duration::days(-29)))),
            key(KeyState::Retiring, Some(moment(Duration::days(-90)))),
        ],
        algs: vec![Choice::new("ES256", "ES256", ""), Choice::new("RS256", "RS256", "")],
    };
    vec![sample("keys", &shown), sample("audit", &log(history())), sample("audit-empty", &log(vec![]))]
}
