//! Forms of which the second half comes when its sender is no longer who they were at the first.

use portcullis::{
    accounts::{
        sign_out::{self, Ending},
        users::{self, UserSettings},
    },
    app::Settings,
    keys::generate_for_client,
    policy::block::Wish,
    protocol::{client_metadata::ClientMetadata, jwk_set::JwkSet},
    registry::{clients, networks},
    secret::Secret,
    store,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use super::{encoded, sent_late};
use crate::{
    authenticator::Authenticator,
    browser::Browser,
    console, factors, imports, passkeys,
    server::{PASSWORD, Server, admin},
};

/// A client as another server described it.
const DOCUMENT: &str = r#"{"client_name":"Late","redirect_uris":["https://late.example/cb"]}"#;
const NEW_PASSWORD: &str = "ninety-two brass lanterns";

/// How a person ceases to be who may do this.
#[derive(Clone, Copy, Debug)]
enum End {
    SignedOut,
    Disabled,
    Demoted,
}

/// Ends it, and undoes that for the next test.
async fn end(server: &Server, username: &str, how: End) {
    let user_id = server.user_id(username).await;
    match how {
        End::SignedOut => {
            sign_out::end(&server.app, &admin(), user_id, Ending::All).await.unwrap();
        }
        End::Disabled => users::set_enabled(&server.app, &admin(), user_id, false).await.unwrap(),
        End::Demoted => set_roles(server, username, &["visitor"]).await,
    }
}

async fn undo(server: &Server, username: &str, how: End) {
    match how {
        End::SignedOut => {}
        End::Disabled => {
            users::set_enabled(&server.app, &admin(), server.user_id(username).await, true).await.unwrap();
        }
        End::Demoted => set_roles(server, username, &["administrator"]).await,
    }
}

async fn set_roles(server: &Server, username: &str, roles: &[&str]) {
    let user = store::users::find_named(&server.db, username).await.unwrap().unwrap();
    let roles = roles.iter().map(ToString::to_string).collect();
    let settings = UserSettings { roles, ..UserSettings::from(&user) };
    users::update(&server.app, &admin(), user.user_id, user.revision, &settings).await.unwrap();
}

/// What somebody has changed, by the record.
async fn changes_by(server: &Server, username: &str) -> Vec<String> {
    let changes = "
        select event from audit_events where actor = 'user:' || $1 and outcome = 'success'
            and event not in ('sign_in', 'session.raised', 'factor.used', 'sign_out', 'device.new')
    ";
    let user_id = server.user_id(username).await.to_string();
    sqlx::query_scalar(changes).bind(user_id).fetch_all(&server.db).await.unwrap()
}

/// A form of the console: its route, its path, and its body.
type Form = (&'static str, String, String);

/// Ends a secret that works, with what the question about it wants to hear.
async fn end_of_secret(server: &Server) -> Form {
    clients::add_secret(&server.app, &admin(), "service", "late", None).await.unwrap();
    let client = server.client("service").await.unwrap();
    let ending = client.secrets.iter().find(|secret| secret.name == "late").unwrap();
    let path = "/admin/clients/service/secrets/end";
    let asked = Secret::presented(&format!("{path} …{} 1", ending.last_four)).hash().fingerprint();
    let fields = [("secret_id", &*ending.secret_id.to_string()), ("confirmed", &asked)];
    ("/admin/clients/{id}/secrets/end", path.into(), encoded(&fields))
}

/// Ends one of two keys.
async fn end_of_key(server: &Server) -> Form {
    let client = server.client("web").await.unwrap();
    let keys = [generate_for_client().unwrap().public_jwk, generate_for_client().unwrap().public_jwk];
    let kid = keys[0]["kid"].as_str().unwrap().to_owned();
    let metadata = ClientMetadata { jwks: Some(JwkSet { keys: keys.into() }), ..client.metadata.clone() };
    clients::update(&server.app, &admin(), "web", client.revision, &metadata).await.unwrap();
    let path = "/admin/clients/web/keys/end";
    let asked = Secret::presented(&format!("{path} {kid} 1")).hash().fingerprint();
    ("/admin/clients/{id}/keys/end", path.into(), encoded(&[("key", &kid), ("confirmed", &asked)]))
}

/// The forms that give clients secrets and keys, and end them.
async fn forms_about_credentials(server: &Server) -> Vec<Form> {
    vec![
        end_of_key(server).await,
        form("/admin/clients/{id}/keys", "/admin/clients/web/keys".into(), &[]),
        form("/admin/clients/{id}/secrets", "/admin/clients/service/secrets".into(), &[("overlap", "0")]),
        end_of_secret(server).await,
    ]
}

/// A session of alice's, so that there is one to end.
async fn sign_in(server: &Server) -> String {
    factors::with_password(server, "alice").await;
    let newest = "select session_id::text from sessions order by session_id desc limit 1";
    sqlx::query_scalar(newest).fetch_one(&server.db).await.unwrap()
}

fn import() -> Form {
    let checked = Secret::presented(&format!("90 {DOCUMENT}")).hash().fingerprint();
    let fields = [("document", DOCUMENT), ("secret_days", "90"), ("checked", &checked), ("decision", "register")];
    ("/admin/clients/import", "/admin/clients/import".into(), encoded(&fields))
}

fn form(route: &'static str, path: String, fields: &[(&str, &str)]) -> Form {
    (route, path, encoded(fields))
}

/// The forms that end sessions, let networks in or not, and test a sign-in.
async fn forms_about_access(server: &Server) -> Vec<Form> {
    let blocked = Wish { network: "203.0.113.0/24", term: "1h", reason: "late" };
    networks::block(&server.app, &admin(), &blocked).await.unwrap();
    let [one, other] = [sign_in(server).await, sign_in(server).await];
    vec![
        form(
            "/admin/networks",
            "/admin/networks".into(),
            &[("network", "198.18.0.0/16"), ("for", "1h"), ("reason", "late")],
        ),
        form("/admin/networks/unblock", "/admin/networks/unblock".into(), &[("network", "203.0.113.0/24")]),
        form("/admin/sign-in-test", "/admin/sign-in-test".into(), &[("client", "web"), ("scope", "openid")]),
        form("/admin/sessions", "/admin/sessions".into(), &[("end", &one)]),
        form(
            "/admin/selected/sessions",
            "/admin/selected/sessions".into(),
            &[("act", "end"), ("sure", "yes"), ("id", &other)],
        ),
    ]
}

/// The forms that register clients, and change the client `web`.
fn forms_of_registration(revision: &str) -> Vec<Form> {
    vec![
        form(
            "/admin/clients/new",
            "/admin/clients/new".into(),
            &[
                ("client_name", "Late"),
                ("type", "service"),
                ("scope", "records:read"),
                ("token_endpoint_auth_method", "client_secret_basic"),
            ],
        ),
        import(),
        form(
            "/admin/clients/{id}/edit",
            "/admin/clients/web/edit".into(),
            &[
                ("revision", revision),
                ("client_name", "Late"),
                ("redirect_uris", "https://thief.example/cb"),
                ("scope", "openid"),
                ("token_endpoint_auth_method", "client_secret_basic"),
            ],
        ),
    ]
}

/// Every form of the console, by its route, with what would change something.
async fn console_forms(server: &Server) -> Vec<Form> {
    let alice = store::users::find_named(&server.db, "alice").await.unwrap().unwrap();
    let apis = server.snapshot().await.registry().apis().cloned().collect::<Vec<_>>();
    let (edited, deleted) = (&apis[0], &apis[1]);
    let credentials = forms_about_credentials(server).await;
    let client = server.client("web").await.unwrap();
    let kid = store::signing_keys::all(&server.db).await.unwrap()[0].kid.clone();
    store::users::hold(&server.db, alice.user_id, server.clock.now()).await.unwrap(); // there is one to lift
    let user = |action: &str| format!("/admin/users/{}/{action}", alice.user_id);
    let (client_revision, user_revision) = (client.revision.to_string(), alice.revision.to_string());
    let png = "--x\r\nContent-Disposition: form-data; name=\"logo\"; filename=\"a.png\"\r\n\r\nno\r\n--x--\r\n";
    let mut forms = forms_about_access(server).await;
    forms.extend(forms_of_registration(&client_revision));
    forms.extend(credentials);
    forms.extend([
        form("/admin/clients/{id}/owner", "/admin/clients/service/owner".into(), &[("owner", "alice")]),
        form("/admin/clients/{id}/enabled", "/admin/clients/service/enabled".into(), &[("enabled", "false")]),
        form(
            "/admin/selected/clients",
            "/admin/selected/clients".into(),
            &[("act", "enable"), ("sure", "yes"), ("id", "service")],
        ),
        form(
            "/admin/clients/{id}/delete",
            "/admin/clients/service/delete".into(),
            &[("confirmation", "The service client")],
        ),
        // Before those that take scopes away, which gives the role another revision.
        form("/admin/roles/{name}", "/admin/roles/visitor".into(), &[("revision", "1"), ("description", "Late")]),
        form(
            "/admin/apis/new",
            "/admin/apis/new".into(),
            &[("identifier", "urn:late"), ("name", "Late"), ("scope.1.name", "late:read"), ("scope.1.words", "Late")],
        ),
        form(
            "/admin/apis/{id}/delete",
            format!("/admin/apis/{}/delete", deleted.api_id),
            &[("confirmation", &deleted.name)],
        ),
        form(
            "/admin/apis/{id}/edit",
            format!("/admin/apis/{}/edit", edited.api_id),
            &[("revision", "1"), ("name", "Late")],
        ),
        form("/admin/roles/new", "/admin/roles/new".into(), &[("name", "late"), ("office", "administrator")]),
        form(
            "/admin/reference/{operation}",
            "/admin/reference/addRole".into(),
            &[("body", "{ \"name\": \"tried\", \"office\": \"administrator\" }")],
        ),
        form("/admin/roles/{name}/delete", "/admin/roles/visitor/delete".into(), &[("confirmation", "visitor")]),
        form(
            "/admin/users/new",
            "/admin/users/new".into(),
            &[("username", "late"), ("email", "late@people.example"), ("roles", "administrator")],
        ),
        form("/admin/users/{id}/lift-hold", user("lift-hold"), &[("a", "b")]),
        form("/admin/users/{id}/link", user("link"), &[("link", "recovery")]),
        form(
            "/admin/users/{id}/edit",
            user("edit"),
            &[("revision", &user_revision), ("email", "thief@people.example"), ("roles", "administrator")],
        ),
        form("/admin/users/{id}/enabled", user("enabled"), &[("enabled", "false")]),
        form(
            "/admin/selected/users",
            "/admin/selected/users".into(),
            &[("act", "enable"), ("sure", "yes"), ("id", &alice.user_id.to_string())],
        ),
        form("/admin/users/{id}/delete", user("delete"), &[("confirmation", "alice")]),
        form("/admin/users/{id}/restore", user("restore"), &[("a", "b")]),
        form("/admin/users/{id}/reset-mfa", user("reset-mfa"), &[("confirmation", "alice")]),
        form("/admin/users/{id}/sessions", user("sessions"), &[("end", "all")]),
        form("/admin/users/{id}/consents", user("consents"), &[("withdraw", "web")]),
        form("/admin/keys/rotate", "/admin/keys/rotate".into(), &[("alg", "ES256")]),
        form("/admin/keys/{kid}/withdraw", format!("/admin/keys/{kid}/withdraw"), &[("confirmation", &kid[..8])]),
        ("/admin/branding/logo", "/admin/branding/logo".into(), png.into()),
    ]);
    forms
}

/// Routes of forms that carry nothing, or change nothing.
const WITHOUT: [&str; 11] = [
    "/admin/branding/logo/remove", // no body: head and change are one
    "/admin/sign-out",
    "/admin/session",
    // These concern only what waits for their sender.
    "/admin/stored",
    "/admin/unsent",
    "/account/factors/codes/stored",
    "/admin/reauthenticate", // proves a factor, which has tests of its own
    "/admin/sign-in",
    "/admin/second-factor",
    "/admin/enrol",
    "/account/factors/codes/file",
];

/// The routes below this path that take a form, as the sources have them.
fn routes_of_forms(below: &str) -> Vec<String> {
    let sources = imports::sources();
    let routers = sources.iter().filter(|(file, ..)| ["routes.rs", "console.rs"].contains(&file.as_str()));
    let lines = routers.flat_map(|(_, _, text)| text.lines()).filter(|line| line.contains("post("));
    let routes = lines.filter_map(|line| line.split('"').nth(1)).filter(|route| route.starts_with(below));
    routes.filter(|route| !WITHOUT.contains(route)).map(str::to_owned).collect()
}

async fn signed_in_to_console(server: &Server) -> Browser {
    let (browser, page) = console::signed_in(server, "admin").await;
    assert_eq!(page.uri, "/admin", "{}", page.answer.body);
    browser
}

/// D10: an administrator sends the head of a form, loses the right to send it, and then sends the rest.
#[sqlx::test]
async fn d10_a_form_of_the_console_counts_only_if_its_sender_still_administers(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let generous = |settings: &mut Settings| settings.defence.rates.pages = 10_000;
    let server = Server::start_with(options, generous).await;
    console::make_administrator(&server, "bob").await; // somebody must
    let forms = console_forms(&server).await;
    let known = forms.iter().map(|(route, ..)| *route).collect::<Vec<_>>();
    let forgotten = routes_of_forms("/admin").into_iter().filter(|route| !known.contains(&route.as_str()));
    assert_eq!(forgotten.collect::<Vec<_>>(), [""; 0], "forms that this test does not know");

    for how in [End::SignedOut, End::Disabled, End::Demoted] {
        for (route, path, body) in &forms {
            let browser = signed_in_to_console(&server).await;

            let answer = sent_late(&browser, path, body.clone(), end(&server, "admin", how)).await;

            assert!(
                !answer.status.is_success() && !answer.status.is_server_error(),
                "{how:?} {route}: {}",
                answer.status
            );
            assert!(!answer.header("location").contains("done="), "{how:?} {route}");
            assert_eq!(changes_by(&server, "admin").await, [""; 0], "{how:?} {route}");
            undo(&server, "admin", how).await;
        }
    }
}

/// The same forms change something when their sender stays who they are: else the test above would show nothing.
#[sqlx::test]
async fn d10_a_late_form_of_somebody_who_still_administers_counts(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let browser = signed_in_to_console(&server).await;

    for (_, path, body) in console_forms(&server).await.into_iter().filter(|(_, path, _)| !path.ends_with("/logo")) {
        let before = changes_by(&server, "admin").await.len();
        let answer = sent_late(&browser, &path, body, async {}).await;
        let changed = changes_by(&server, "admin").await.len() > before;
        let nothing_to_do = ["/sessions", "/consents"].iter().any(|end| path.ends_with(end));
        assert!(changed || nothing_to_do, "{path}: {} {}", answer.status, answer.body);
    }
}

/// D10: the same for people in their own account, who sign out everywhere else because of a thief.
#[sqlx::test]
async fn d10_a_form_of_the_account_counts_only_if_its_session_goes_on(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut owner, app) = factors::with_app(&server, "bob").await;
    let factor = "select factor_id::text from totp_factors where confirmed_at is not null";
    let factor: String = sqlx::query_scalar(factor).fetch_one(&server.db).await.unwrap();
    type Form<'a> = (&'a str, String, &'a [(&'a str, &'a str)]);
    let forms: Vec<Form<'_>> = vec![
        ("/account/details", "/account/details".into(), &[("name", "Thief"), ("revision", "1")]),
        ("/account/password", "/account/password".into(), &[("current", PASSWORD), ("password", NEW_PASSWORD)]),
        ("/account/email", "/account/email".into(), &[("email", "thief@people.example")]),
        ("/account/factors/app", "/account/factors/app".into(), &[("name", "Mine")]),
        ("/account/factors/{id}", format!("/account/factors/{factor}"), &[("name", "Mine")]),
        ("/account/sessions", "/account/sessions".into(), &[("end", "others")]),
        ("/account/applications", "/account/applications".into(), &[("withdraw", "web")]),
        ("/account/delete", "/account/delete".into(), &[("confirmation", "bob")]),
    ];
    // Factors that are proven, and forms without a body, have tests of their own.
    let apart = ["/account/factors/passkey", "/account/factors/codes", "/account/factors/{id}/remove"];
    let known = forms.iter().map(|(route, ..)| *route).chain(apart).collect::<Vec<_>>();
    let forgotten = routes_of_forms("/account").into_iter().filter(|route| !known.contains(&route.as_str()));
    assert_eq!(forgotten.collect::<Vec<_>>(), [""; 0], "forms that this test does not know");
    let before = changes_by(&server, "bob").await;

    for (route, path, fields) in forms {
        let mut thief = server.browser();
        thief.submit("/sign-in?to=factors", &[("username", "bob"), ("password", PASSWORD)]).await;
        let code = app.code(server.clock.now());
        assert_eq!(thief.submit("/second-factor?to=factors", &[("code", &code)]).await.uri, "/account/factors");
        server.clock.advance(Duration::seconds(30));

        let everywhere_else = async { owner.submit("/account/sessions", &[("end", "others")]).await };
        let answer = sent_late(&thief, &path, encoded(fields), everywhere_else).await;

        assert_eq!(answer.status.as_u16(), 403, "{route}: {}", answer.body);
        let made = changes_by(&server, "bob").await;
        let made = made.iter().filter(|event| *event != "session.ended").count();
        assert_eq!(made, before.len(), "{route}");
    }
}

/// D10: a factor that is confirmed late is not added: whoever was signed out everywhere would be in for good.
#[sqlx::test]
async fn d10_a_factor_that_is_proven_late_is_not_added(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let alice = server.user_id("alice").await;
    let end = async || sign_out::end(&server.app, &admin(), alice, Ending::All).await.unwrap();

    let (mut thief, _) = factors::with_password(&server, "alice").await;
    let app = factors::App::of(&thief.submit("/account/factors/app", &[("name", "Thief's")]).await);
    let code = app.code(server.clock.now());
    let by_app = sent_late(&thief, "/account/factors/app", encoded(&[("code", &code)]), end()).await;

    let (mut thief, _) = factors::with_password(&server, "alice").await;
    let options = passkeys::options(&thief.open("/account/factors/passkey").await);
    let credential = Authenticator::new().create(&options);
    let form = encoded(&[("name", "Thief's"), ("credential", &credential)]);
    let by_passkey = sent_late(&thief, "/account/factors/passkey", form, end()).await;

    let mut thief = server.browser();
    let page = thief.authorize(&[("acr_values", "aal2")]).await;
    let page = thief.sign_in(&page, "alice").await;
    let app = factors::App::of(&thief.submit(&page.uri, &[("begin", "1")]).await);
    let code = app.code(server.clock.now());
    let on_the_way = sent_late(&thief, &page.uri, encoded(&[("code", &code)]), end()).await;

    assert_eq!([by_app.status.as_u16(), by_passkey.status.as_u16()], [403, 403]);
    assert!(on_the_way.header("location").starts_with("/sign-in"), "{} {}", on_the_way.status, on_the_way.body);
    let held = store::factors::of(&server.db, alice).await.unwrap();
    assert!(!held.any(), "{held:?}");
}

/// D10: the same for what is allowed a client.
#[sqlx::test]
async fn d10_a_consent_that_is_given_late_is_not_remembered(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut thief = server.browser();
    let page = thief.authorize(&[]).await;
    let page = thief.sign_in(&page, "alice").await;
    assert!(page.has_form("consent"));
    let alice = server.user_id("alice").await;

    let end = async { sign_out::end(&server.app, &admin(), alice, Ending::All).await.unwrap() };
    sent_late(&thief, &page.uri, encoded(&[("decision", "allow")]), end).await;

    assert_eq!(store::consents::of_user(&server.db, alice).await.unwrap().len(), 0);
}
