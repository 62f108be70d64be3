//! Who may do what in the administration: each office at each route, and what nobody reaches through another's account.

mod reach;
mod table;

use portcullis::{
    accounts::users::{self, UserSettings},
    model::{office::Office, registry::Role},
    policy::permission::{Permission, of_office},
    protocol::assurance::Level,
    registry::roles,
    store,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::{
    browser::Browser,
    console, imports,
    server::{Server, admin},
};

/// What each route of the console asks for, once more and by hand. `*`: any office.
const ROUTES: &[(&str, &str)] = &[
    ("GET /admin", "*"),
    ("POST /admin/sign-out", "*"),
    ("POST /admin/session", "*"),
    ("POST /admin/stored", "*"),
    ("POST /admin/unsent", "*"),
    ("POST /admin/reauthenticate", "*"),
    ("GET /admin/search", "*"),
    ("GET /admin/export/clients", "clients:read"),
    ("GET /admin/export/apis", "apis:read"),
    ("GET /admin/export/roles", "roles:read"),
    ("GET /admin/export/users", "users:read"),
    ("POST /admin/selected/clients", "clients:write"),
    ("POST /admin/selected/users", "users:write"),
    ("POST /admin/selected/sessions", "sessions:write"),
    ("GET /admin/clients", "clients:read"),
    ("GET /admin/clients/new", "clients:write"),
    ("POST /admin/clients/new", "clients:write"),
    ("GET /admin/clients/import", "clients:write"),
    ("POST /admin/clients/import", "clients:write"),
    ("GET /admin/clients/compare", "clients:read"),
    ("GET /admin/clients/registered", "clients:write"),
    ("GET /admin/clients/{id}", "clients:read"),
    ("GET /admin/clients/{id}/edit", "clients:write"),
    ("POST /admin/clients/{id}/edit", "clients:write"),
    ("POST /admin/clients/{id}/secrets", "clients:write"),
    ("POST /admin/clients/{id}/secrets/end", "clients:write"),
    ("POST /admin/clients/{id}/keys", "clients:write"),
    ("POST /admin/clients/{id}/keys/end", "clients:write"),
    ("POST /admin/clients/{id}/enabled", "clients:write"),
    ("GET /admin/clients/{id}/owner", "clients:write"),
    ("POST /admin/clients/{id}/owner", "clients:write"),
    ("GET /admin/clients/{id}/delete", "clients:write"),
    ("POST /admin/clients/{id}/delete", "clients:write"),
    ("GET /admin/why", "clients:read"),
    ("GET /admin/sign-in-test", "clients:write"),
    ("POST /admin/sign-in-test", "clients:write"),
    ("GET /admin/apis", "apis:read"),
    ("GET /admin/apis/new", "apis:write"),
    ("POST /admin/apis/new", "apis:write"),
    ("GET /admin/apis/{id}", "apis:read"),
    ("GET /admin/apis/{id}/edit", "apis:write"),
    ("POST /admin/apis/{id}/edit", "apis:write"),
    ("GET /admin/apis/{id}/delete", "apis:write"),
    ("POST /admin/apis/{id}/delete", "apis:write"),
    ("GET /admin/roles", "roles:read"),
    ("GET /admin/roles/new", "roles:write"),
    ("POST /admin/roles/new", "roles:write"),
    ("GET /admin/roles/{name}", "roles:read"),
    ("POST /admin/roles/{name}", "roles:write"),
    ("GET /admin/roles/{name}/delete", "roles:write"),
    ("POST /admin/roles/{name}/delete", "roles:write"),
    ("GET /admin/users", "users:read"),
    ("GET /admin/users/new", "users:write"),
    ("POST /admin/users/new", "users:write"),
    ("GET /admin/users/{id}", "users:read"),
    ("GET /admin/users/{id}/edit", "users:write"),
    ("POST /admin/users/{id}/edit", "users:write"),
    ("POST /admin/users/{id}/enabled", "users:write"),
    ("POST /admin/users/{id}/link", "users:write"),
    ("GET /admin/users/{id}/delete", "users:write"),
    ("POST /admin/users/{id}/delete", "users:write"),
    ("POST /admin/users/{id}/restore", "users:write"),
    ("POST /admin/users/{id}/lift-hold", "users:write"),
    ("GET /admin/users/{id}/reset-mfa", "users:write"),
    ("POST /admin/users/{id}/reset-mfa", "users:write"),
    ("POST /admin/users/{id}/sessions", "sessions:write"),
    ("POST /admin/users/{id}/consents", "sessions:write"),
    ("GET /admin/sessions", "users:read"),
    ("POST /admin/sessions", "sessions:write"),
    ("GET /admin/keys", "keys:read"),
    ("POST /admin/keys/rotate", "keys:write"),
    ("GET /admin/keys/{kid}/withdraw", "keys:write"),
    ("POST /admin/keys/{kid}/withdraw", "keys:write"),
    ("GET /admin/branding", "settings:read"),
    ("POST /admin/branding/logo", "settings:write"),
    ("POST /admin/branding/logo/remove", "settings:write"),
    ("GET /admin/networks", "networks:read"),
    ("POST /admin/networks", "networks:write"),
    ("POST /admin/networks/unblock", "networks:write"),
    ("GET /admin/reference", "*"),
    ("GET /admin/reference/{operation}", "*"),
    ("POST /admin/reference/{operation}", "*"),
    ("GET /admin/settings", "settings:read"),
    ("GET /admin/security", "audit:read"),
    ("GET /admin/audit", "audit:read"),
    ("GET /admin/audit/export", "audit:read"),
    ("GET /admin/requests/{id}", "audit:read"),
    ("GET /admin/audit/{id}", "audit:read"),
];

/// Adds a role with this office and gives it, and nothing else, to somebody.
pub async fn appoint(server: &Server, username: &str, office: Office) {
    let role = Role {
        name: office.as_str().to_owned(),
        description: "An office".into(),
        office: Some(office),
        required_level: Level::Aal1,
        scopes: [].into(),
        revision: 1,
    };
    if server.snapshot().await.registry().role(office.as_str()).is_none() {
        roles::create(&server.app, &admin(), role).await.unwrap();
    }
    let user = store::users::find_named(&server.db, username).await.unwrap().unwrap();
    let settings = UserSettings { roles: vec![office.as_str().to_owned()], ..UserSettings::from(&user) };
    users::update(&server.app, &admin(), user.user_id, user.revision, &settings).await.unwrap();
}

/// `admin` with this office and no other, signed in a moment ago. Bob administers meanwhile: somebody must.
pub async fn at_console(server: &Server, office: Office) -> Browser {
    let bob = store::users::find_named(&server.db, "bob").await.unwrap().unwrap();
    if !bob.roles.contains(&"administrator".to_owned()) {
        console::make_administrator(server, "bob").await;
    }
    appoint(server, "admin", office).await;
    let (browser, page) = console::signed_in(server, "admin").await;
    assert_eq!(page.answer.status, 200, "{office}: {} {}", page.uri, page.answer.body);
    browser
}

/// The routes of the console as its source has them, with their methods.
fn routes() -> Vec<String> {
    let sources = imports::sources();
    let (_, _, router) = sources.iter().find(|(file, ..)| file == "console.rs").unwrap();
    let lines = router.split(".route(").skip(1);
    let methods = |line: &str| {
        let path = line.split('"').nth(1).unwrap().to_owned();
        let methods = [("get(", "GET"), ("post(", "POST")].into_iter().filter(|(call, _)| line.contains(call));
        methods.map(|(_, method)| format!("{method} {path}")).collect::<Vec<_>>()
    };
    lines.flat_map(methods).collect()
}

#[test]
fn each_route_of_the_console_is_in_the_table() {
    let mut known = ROUTES.iter().map(|(route, _)| (*route).to_owned()).collect::<Vec<_>>();
    let mut found = routes();
    known.sort();
    found.sort();
    assert_eq!(found, known);
}

/// Whoever may do something is never told that they may not, and everybody else is told nothing else.
#[sqlx::test]
async fn each_office_comes_where_it_may_and_nowhere_else(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start_with(options, |settings| settings.defence.rates.pages = 10_000).await;
    let api = server.snapshot().await.registry().apis().next().unwrap().api_id.to_string();
    let alice = server.user_id("alice").await.to_string();
    let at = |route: &str| {
        let id = if route.starts_with("/admin/apis") { &api } else { &alice };
        let id = if route.starts_with("/admin/clients") { "web" } else { id };
        route.replace("{id}", id).replace("{name}", "visitor").replace("{kid}", "none")
    };
    for office in Office::ALL {
        let mut browser = at_console(&server, office).await;
        for (route, asked) in ROUTES.iter().filter(|(route, _)| *route != "POST /admin/sign-out") {
            let (method, path) = route.split_once(' ').unwrap();
            let page = match method {
                "GET" => browser.open(&at(path)).await,
                _ => browser.submit(&at(path), &[("confirmation", "no"), ("revision", "0"), ("alg", "ES256")]).await,
            };
            let permission = Permission::ALL.iter().copied().find(|permission| permission.name() == *asked);
            assert!(permission.is_some() || *asked == "*", "{asked}");
            let may = permission.is_none_or(|permission| of_office(office).has_for_own(permission));
            let is_refused = page.answer.status == 403 && page.answer.body.contains("You may not do this");
            assert_eq!(is_refused, !may, "{office} {route}: {} {}", page.answer.status, page.uri);
            assert!(page.uri.starts_with("/admin"), "{office} {route}: {}", page.uri);
        }
    }
}

/// The navigation leads where one may go, and buttons do what one may do.
#[sqlx::test]
async fn the_console_shows_what_one_may_do(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let alice = format!("/admin/users/{}", server.user_id("alice").await);
    for (office, first, sections) in [
        (Office::ClientManager, "/admin/clients", &["clients", "apis"][..]),
        (Office::ClientOwner, "/admin/clients", &["clients", "apis"]),
        (Office::UserManager, "/admin/roles", &["roles", "users", "sessions"]),
        (Office::Operator, "/admin/networks", &["networks", "keys", "branding", "settings"]),
    ] {
        let mut browser = at_console(&server, office).await;
        let page = browser.open("/admin").await;
        assert_eq!(page.uri, first, "{office}");
        for section in [
            "clients", "apis", "roles", "users", "sessions", "keys", "branding", "settings", "networks", "security",
            "audit",
        ] {
            let link = format!("href=\"/admin/{section}\"");
            assert_eq!(page.answer.body.contains(&link), sections.contains(&section), "{office} {section}");
        }
    }
    let mut auditor = at_console(&server, Office::Auditor).await;
    for path in [
        "/admin/clients/web",
        "/admin/roles/patient",
        "/admin/keys",
        "/admin/branding",
        "/admin/networks",
        "/admin/settings",
        "/admin/sessions",
        &alice,
    ] {
        let page = auditor.open(path).await;
        let forms = page.answer.body.matches("method=\"post\"").count();
        assert_eq!((page.answer.status.as_u16(), forms), (200, 1), "{path}, to sign out alone: {}", page.answer.body);
    }
}
