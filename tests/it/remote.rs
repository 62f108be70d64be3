//! Commands that work through the admin API of a server (`--server`). How somebody signs in for them is tried in a real browser.

use std::{fs, future::pending, process::Output};

use portcullis::{
    policy::permission::Permission,
    server::{Limits, serve},
};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::{net::TcpListener, task::spawn_blocking};

use crate::{
    admin_api::Machine,
    cli::{Program, text},
    server::Server,
};

/// A server on a port, and the program with the secret of a client that may work on it.
struct Remote {
    server: Server,
    program: Program,
    more: String,
}

impl Remote {
    async fn start(options: PgConnectOptions, permissions: impl IntoIterator<Item = Permission>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let server = Server::start_with(options, |settings| {
            settings.issuer = issuer.parse().unwrap();
            settings.defence.rates.api = 10_000;
        })
        .await;
        tokio::spawn(serve(listener, server.router.clone(), Limits::default(), Vec::new(), pending()));
        let (client_id, secret) = Machine::registered(&server, permissions).await;
        let program = Program::without_settings().with("PORTCULLIS_CLIENT_SECRET", &secret);
        Self { server, program, more: format!(" --server {issuer} --as-client {client_id} --json") }
    }

    async fn run(&self, arguments: &str) -> Output {
        let (program, arguments) = (self.program.clone(), format!("{arguments}{}", self.more));
        spawn_blocking(move || program.run(&arguments, "")).await.unwrap()
    }

    async fn json(&self, arguments: &str) -> Value {
        let output = self.run(arguments).await;
        assert!(output.status.success(), "{arguments}: {}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Why a command that fails does.
    async fn refusal(&self, arguments: &str) -> String {
        let output = self.run(arguments).await;
        assert_eq!(output.status.code(), Some(1), "{arguments}");
        text(&output.stderr)
    }
}

fn list_of(value: &Value, member: &str) -> Vec<String> {
    value.as_array().unwrap().iter().map(|one| one[member].as_str().unwrap().to_owned()).collect()
}

#[sqlx::test]
async fn the_registry_is_kept_through_a_server(_: PgPoolOptions, options: PgConnectOptions) {
    let remote = Remote::start(options, Permission::ALL.iter().copied()).await;

    let api = remote
        .json("api create --identifier urn:labs --name Labs --scope labs:read=See --scope labs:write=Write")
        .await;
    assert_eq!(api["scopes"]["labs:read"], "See");
    let api = remote.json("api update urn:labs --remove-scope labs:write --access-token-lifetime 60").await;
    assert_eq!((&api["scopes"], &api["access_token_lifetime"]), (&json!({ "labs:read": "See" }), &60.into()));
    assert_eq!(remote.json(&format!("api show {}", api["api_id"].as_str().unwrap())).await, api);
    assert!(list_of(&remote.json("api list").await, "identifier").contains(&"urn:labs".to_owned()));

    let role = remote.json("role create --name nurse --scope labs:read").await;
    assert_eq!((&role["scopes"], &role["office"]), (&json!(["labs:read"]), &Value::Null));
    let role = remote.json("role update nurse --description Nurses --remove-scope labs:read").await;
    assert_eq!((&role["description"], &role["scopes"]), (&"Nurses".into(), &json!([])));

    let new = remote.json("client create --client-id job --name Job --type service --scope labs:read").await;
    assert!(new["client_secret"].as_str().unwrap().starts_with("ptc_cs_"));
    let named = remote.json("client add-secret job night").await;
    let again = remote.run("client add-secret job night").await;
    assert!(text(&again.stderr).contains("it has a secret of this name"), "a rotation is asked for by its name");
    let rotated = remote.json("client rotate-secret job --name night --overlap 0").await;
    assert_ne!(named["client_secret"], rotated["client_secret"]);
    let shown = remote.json("client show job").await;
    let secrets = shown["secrets"].as_array().unwrap();
    let first = secrets.iter().find(|one| one["name"] == "").unwrap()["secret_id"].as_str().unwrap();
    let shown = remote.json(&format!("client end-secret job {first}")).await;
    assert!(list_of(&shown["secrets"], "name").iter().all(|name| name == "night"), "{shown}");
    let updated = remote.json("client update job --access-token-lifetime 90").await;
    assert_eq!((&updated["access_token_lifetime"], &updated["client_name"]), (&90.into(), &"Job".into()));
    assert_eq!(remote.json("client disable job").await["enabled"], false);
    assert_eq!(remote.json("client enable job").await["enabled"], true);
    assert_eq!(list_of(&remote.json("client list --search job").await, "client_id"), ["job"]);

    let why = remote.json("why --client web --user bob --scope records:read").await;
    assert_eq!((&why["issued"], &why["scopes"][0]["roles"]), (&json!(false), &json!(["patient"])));
    assert!(remote.refusal("why --client nobody").await.contains("No client has this id"));
    assert_eq!(remote.json("client delete job").await, json!({ "client_id": "job", "deleted": true }));
    assert_eq!(remote.json("role delete nurse").await["deleted"], true);
    assert_eq!(remote.json("api delete urn:labs").await["deleted"], true);
    let trail = remote.json("audit list --event client --limit 3").await;
    assert_eq!(list_of(&trail, "event"), ["client.deleted", "client.enabled", "client.disabled"]);
    assert!(list_of(&trail, "actor").iter().all(|actor| actor.starts_with("client:")));
}

#[sqlx::test]
async fn users_and_keys_are_kept_through_a_server(_: PgPoolOptions, options: PgConnectOptions) {
    let remote = Remote::start(options, Permission::ALL.iter().copied()).await;

    let user = remote.json("user create --username dora --email dora@people.example --given-name Dora").await;
    assert_eq!((&user["email"], &user["profile"]["given_name"]), (&"dora@people.example".into(), &"Dora".into()));
    let user = remote.json("user update dora --role visitor --family-name Ngata").await;
    assert_eq!((&user["roles"], &user["profile"]["family_name"]), (&json!(["visitor"]), &"Ngata".into()));
    assert_eq!(remote.json(&format!("user show {}", user["user_id"].as_str().unwrap())).await, user);
    assert_eq!(remote.json("user disable dora").await["enabled"], false);
    assert_eq!(remote.json("user enable dora").await["enabled"], true);
    assert_eq!(remote.json("user reset-password dora").await["username"], "dora");
    assert!(remote.json("user delete dora").await["deleted_at"].is_number());
    assert_eq!(remote.json("user restore dora").await["deleted_at"], Value::Null);
    assert!(remote.refusal("user show nobody").await.contains("user nobody: it does not exist"));
    assert!(remote.refusal("user create --username eve --password-stdin").await.contains("an invitation is mailed"));

    let before = list_of(&remote.json("key list").await, "kid");
    let after = list_of(&remote.json("key rotate --algorithm ES256").await, "kid");
    assert!(after.len() > before.len() && after.iter().any(|kid| !before.contains(kid)));
    assert!(remote.json("key list --pem").await.as_str().unwrap().contains("BEGIN PUBLIC KEY"));
}

/// What the server says is wrong is said by the command, and what works on the database alone says so.
#[sqlx::test]
async fn a_refusal_is_told_in_the_words_of_the_server(_: PgPoolOptions, options: PgConnectOptions) {
    use Permission::{ApisRead, ClientsRead, ClientsWrite, RolesRead};
    let remote = Remote::start(options, [ClientsRead, ClientsWrite, ApisRead, RolesRead]).await;

    let refused = remote.refusal("client create --name Job --type service --scope un:heard").await;
    assert!(refused.contains("portcullis:unattended"), "{refused}");
    assert!(remote.refusal("key list").await.contains("portcullis:keys:read"));
    assert!(remote.refusal("client update web --access-token-lifetime 1").await.contains("access_token_lifetime: "));
    assert!(remote.refusal("client show a/../b").await.contains("There is no such thing"));
    assert!(remote.refusal("revoke-all").await.contains("leave out --server"));
    assert!(remote.refusal("key reseal").await.contains("leave out --server"));

    let mut other = Remote { server: remote.server.clone(), program: remote.program.clone(), more: String::new() };
    other.more = remote.more.replace("127.0.0.1", "localhost");
    assert!(other.refusal("client list").await.contains("names another issuer"));
    other.more = " --server http://id.example".to_owned();
    assert!(other.refusal("client list").await.contains("begins with https"));
    other.more = remote.more.clone();
    other.program = Program::without_settings().with("PORTCULLIS_CLIENT_SECRET", "ptc_cs_wrong");
    assert!(other.refusal("client list").await.contains("invalid_client"));
}

/// The registry as a file, through a server: the same words, the same answers, and nothing else than was planned.
#[sqlx::test]
async fn a_file_is_applied_through_a_server(_: PgPoolOptions, options: PgConnectOptions) {
    let remote = Remote::start(options, Permission::ALL.iter().copied()).await;
    let file = std::env::temp_dir().join(format!("portcullis-remote-{}.json", std::process::id()));
    let path = file.to_str().unwrap();
    remote.json(&format!("registry export {path}")).await;
    let mut wanted: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(remote.run(&format!("registry plan {path}")).await.status.code(), Some(0));

    wanted["clients"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "client_id": "job", "client_name": "Job", "type": "service" }));
    wanted["roles"].as_array_mut().unwrap().push(json!({ "name": "nurse" }));
    fs::write(&file, wanted.to_string()).unwrap();
    let planned = remote.run(&format!("registry plan {path}")).await;
    assert_eq!(planned.status.code(), Some(2), "{}", text(&planned.stderr));
    assert_eq!(serde_json::from_slice::<Value>(&planned.stdout).unwrap()["add"], 2);
    let applied = remote.json(&format!("registry apply {path} --yes")).await;
    assert!(applied["client_secrets"]["job"].as_str().unwrap().starts_with("ptc_cs_"));
    assert_eq!(remote.run(&format!("registry plan {path} --prune")).await.status.code(), Some(0));

    wanted["clients"][0]["scope"] = "un:heard".into();
    fs::write(&file, wanted.to_string()).unwrap();
    let refused = remote.refusal(&format!("registry apply {path} --yes")).await;
    assert!(refused.contains("client ") && refused.contains("un:heard"), "{refused}");
    let _ = fs::remove_file(&file);
}
