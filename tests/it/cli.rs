//! The program itself, as scripts run it.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Output, Stdio},
};

use portcullis::keys::MasterKey;
use serde_json::Value;
use sqlx::{
    ConnectOptions,
    postgres::{PgConnectOptions, PgPoolOptions},
};

/// The program, with the settings of one installation and nothing else from our environment.
#[derive(Clone)]
pub struct Program(Vec<(&'static str, String)>);

impl Program {
    pub fn new(options: &PgConnectOptions) -> Self {
        Self(vec![
            ("PORTCULLIS_ISSUER", "http://localhost:8080".to_owned()),
            ("PORTCULLIS_DATABASE_URL", options.to_url_lossy().to_string()),
            ("PORTCULLIS_MASTER_KEY", MasterKey::generate().unwrap().to_text().to_string()),
        ])
    }

    /// The program on a machine that has no installation.
    pub const fn without_settings() -> Self {
        Self(Vec::new())
    }

    /// The same with another setting.
    pub fn with(mut self, variable: &'static str, value: &str) -> Self {
        self.0.retain(|(known, _)| *known != variable);
        self.0.push((variable, value.to_owned()));
        self
    }

    pub fn run(&self, arguments: &str, input: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        command.env_clear().envs(self.0.clone()).args(arguments.split(' ')).current_dir(std::env::temp_dir());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// What a command that succeeds prints with `--json`.
    pub fn json(&self, arguments: &str, input: &str) -> Value {
        let output = self.run(&format!("{arguments} --json"), input);
        assert!(output.status.success(), "{arguments}: {}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[sqlx::test]
async fn a_script_registers_changes_and_removes_a_client(_: PgPoolOptions, options: PgConnectOptions) {
    let portcullis = Program::new(&options);

    let api = portcullis.json("api create --identifier urn:records --name Records --scope records:read=See", "");
    let new = portcullis.json("client create --name Job --type service --scope records:read", "");
    let id = new["client_id"].as_str().unwrap();
    let rotated = portcullis.json(&format!("client rotate-secret {id} --overlap 0"), "");
    let updated = portcullis.json(&format!("client update {id} --access-token-lifetime 60"), "");
    let disabled = portcullis.json(&format!("client disable {id}"), "");
    portcullis.json(&format!("client delete {id}"), "");

    assert_eq!(api["scopes"]["records:read"], "See");
    assert!(new["client_secret"].as_str().is_some_and(|secret| secret.starts_with("ptc_cs_")));
    assert_ne!(rotated["client_secret"], new["client_secret"]);
    assert_eq!((&updated["access_token_lifetime"], &updated["client_name"]), (&60.into(), &"Job".into()));
    assert_eq!((&disabled["enabled"], disabled.get("client_secret")), (&false.into(), None));
    assert_eq!(portcullis.json("client list", ""), Value::Array(vec![]));
    let events = portcullis.json("audit list --event client", "");
    assert_eq!(events.as_array().map(Vec::len), Some(5));
    assert!(events.as_array().unwrap().iter().all(|event| event["actor"] == "cli"));
}

/// What is printed of a client is a description of it: to keep, to change, to register elsewhere.
#[sqlx::test]
async fn what_is_printed_of_a_client_can_be_fed_back(_: PgPoolOptions, options: PgConnectOptions) {
    let portcullis = Program::new(&options);
    let file = std::env::temp_dir().join(format!("client-{}.json", options.get_database().unwrap_or_default()));
    let write = |value: &Value| std::fs::write(&file, value.to_string()).unwrap();
    let fed_back = |command: &str| format!("{command} --metadata {}", file.display());
    let refused = |command: &str| text(&portcullis.run(&fed_back(command), "").stderr);
    portcullis.json(
        "client create --name App --type web --client-id app --redirect-uri https://app.example/callback --scope openid \
         --scope email --contact kim@people.example --required-acr aal2 --introspects-all --access-token-lifetime 60",
        "",
    );
    let mut shown = portcullis.json("client show app", "");

    write(&shown);
    let mut same = portcullis.json(&fed_back("client update app"), "");
    let outdated = refused("client update app");
    shown["revision"] = same["revision"].clone();
    shown["enabled"] = false.into();
    write(&shown);
    let disabled = refused("client update app");
    let as_new = refused("client create");

    assert_eq!((&shown["scope"], &shown["required_acr"]), (&"openid email".into(), &"aal2".into()));
    assert!(outdated.contains("changed"), "{outdated}");
    assert!(disabled.contains("portcullis client disable app"), "{disabled}");
    assert!(as_new.contains("There is a client with this id already"), "{as_new}");
    for member in ["enabled", "updated_at", "revision"] {
        same[member] = shown[member].clone();
    }
    assert_eq!(same, shown);

    shown["enabled"] = true.into();
    shown["client_id"] = "app-2".into();
    write(&Value::Array(vec![shown.clone()]));
    let again = portcullis.json(&fed_back("client create"), "")[0].clone();
    let state = ["client_id_issued_at", "client_secret_expires_at", "created_at", "revision", "secrets", "updated_at"];
    let shown = shown.as_object().unwrap().iter().filter(|(name, _)| !state.contains(&name.as_str()));
    assert!(shown.into_iter().all(|(name, value)| again[name] == *value), "{again}");
    assert!(again["client_secret"].is_string(), "{again}");
    std::fs::remove_file(&file).unwrap();
}

/// Every change of an account has a command, and is recorded as done by it.
#[sqlx::test]
async fn a_script_takes_an_account_from_its_invitation_to_its_end(_: PgPoolOptions, options: PgConnectOptions) {
    let portcullis = Program::new(&options);
    let root = "user create --username root --role administrator --password-stdin";
    portcullis.json(root, "correct horse battery\n");
    portcullis.json("user create --username kim --email kim@people.example", "");

    for (command, event, enabled) in [
        ("user invite kim", "user.invited", true),
        ("user update kim --email kim@moved.example --email-verified", "user.updated", true),
        ("user reset-password kim", "user.reset", true),
        ("user reset-mfa kim", "user.mfa_reset", true),
        ("user disable kim", "user.disabled", false),
        ("user enable kim", "user.enabled", true),
        ("user delete kim", "user.deleted", false),
        ("user restore kim", "user.restored", false),
    ] {
        let recorded = || portcullis.json(&format!("audit list --event {event}"), "").as_array().unwrap().clone();
        let before = recorded().len();

        portcullis.json(command, "");

        let kim = portcullis.json("user show kim", "");
        assert_eq!((&kim["username"], &kim["enabled"]), (&"kim".into(), &enabled.into()), "{command}");
        let events = recorded();
        assert_eq!(events.len(), before + 1, "{command}");
        let subject = Value::from(format!("user:{}", kim["user_id"].as_str().unwrap()));
        assert!(events.iter().all(|event| event["actor"] == "cli" && event["subject"] == subject), "{command}");
    }
    let db = PgPoolOptions::new().connect_with(options).await.unwrap();
    sqlx::query("update users set held_at = now() where username = 'kim'").execute(&db).await.unwrap();
    portcullis.json("user lift-hold kim", "");
    assert_eq!(portcullis.json("audit list --event account", "").as_array().map(Vec::len), Some(1));
    let kim = portcullis.json("user show kim", "");
    assert_eq!((&kim["email"], &kim["email_verified"]), (&"kim@moved.example".into(), &true.into()));
}

#[sqlx::test]
async fn a_script_changes_roles_and_keys(_: PgPoolOptions, options: PgConnectOptions) {
    let portcullis = Program::new(&options);
    let roles = || portcullis.json("role list", "").as_array().unwrap().len();
    let before = roles();
    portcullis.json("api create --identifier urn:records --name Records --scope records:read=See", "");

    let new = portcullis.json("role create --name clerk --scope records:read --required-acr aal2", "");
    let changed = portcullis.json("role update clerk --description Reads --remove-scope records:read", "");

    assert_eq!((&new["scopes"][0], &new["required_acr"]), (&"records:read".into(), &"aal2".into()));
    assert_eq!((&changed["description"], &changed["scopes"]), (&"Reads".into(), &Value::Array(vec![])));
    assert_eq!((roles(), &portcullis.json("role delete clerk", "")["deleted"]), (before + 1, &true.into()));
    assert_eq!(roles(), before);

    let active = |keys: Value| -> Vec<Value> {
        let is_es256 = |key: &&Value| key["alg"] == "ES256" && key["state"] == "active";
        keys.as_array().unwrap().iter().filter(is_es256).map(|key| key["kid"].clone()).collect()
    };
    let first = active(portcullis.json("key rotate --algorithm ES256", ""));
    let second = active(portcullis.json("key rotate --algorithm ES256", ""));
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first, second);
    assert_eq!(active(portcullis.json("key list", "")), second);
    let pem = text(&portcullis.run("key list --pem", "").stdout);
    assert!(pem.starts_with("# kid: ") && pem.contains("\n-----BEGIN PUBLIC KEY-----\n"), "{pem}");
    let withdrawn = portcullis.run(&format!("key withdraw --json -- {}", second[0].as_str().unwrap()), "");
    let left: Value = serde_json::from_slice(&withdrawn.stdout).unwrap();
    assert!(!text(&withdrawn.stdout).contains(second[0].as_str().unwrap()) && active(left).len() == 1);
    assert_eq!(portcullis.json("key reseal", "")["resealed"], 0);
    assert_eq!(portcullis.json("revoke-all", "")["grants"], 0);
    let again = portcullis.run(&format!("key withdraw -- {}", second[0].as_str().unwrap()), "");
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("does not exist"), "{}", text(&again.stderr));
}

#[sqlx::test]
async fn the_last_administrator_stays(_: PgPoolOptions, options: PgConnectOptions) {
    let portcullis = Program::new(&options);
    let create = "user create --username root --email root@example.org --role administrator --password-stdin";

    assert_eq!(portcullis.json(create, "correct horse battery\n")["roles"], Value::Array(vec!["administrator".into()]));
    let output = portcullis.run("user disable root", "");

    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("last enabled administrator"), "{}", text(&output.stderr));
    assert_eq!(portcullis.json("user show root", "")["enabled"], true);
}

#[sqlx::test]
async fn wrong_usage_is_2_and_a_failure_is_1_with_every_problem(_: PgPoolOptions, options: PgConnectOptions) {
    let portcullis = Program::new(&options);
    for (arguments, status, problems) in [
        ("client create --name a --type mainframe", 2, &["[possible values: web, browser, native, service]"][..]),
        ("client create --type web", 2, &["--name"]),
        ("client create --name a --metadata file", 2, &["--metadata"]),
        ("client list --config a --data-dir b", 2, &["--data-dir"]),
        ("audit list --since yesterday", 2, &["RFC 3339"]),
        ("client create --name a --type web --scope no --redirect-uri ftp://a", 1, &["redirect_uris: ", "scope: "]),
        ("client show nobody", 1, &["client nobody: it does not exist"]),
        ("client list --data-dir nothing-here", 1, &["there is no installation in nothing-here"]),
        ("serve --check --config nothing-here", 1, &["the file nothing-here cannot be read"]),
    ] {
        let output = portcullis.run(arguments, "");

        let said = text(&output.stderr);
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(status), ""), "{arguments}: {said}");
        assert!(problems.iter().all(|problem| said.contains(problem)), "{arguments}: {said}");
    }
}

/// CR-10: no core file, and no option that takes a secret, because everybody on the machine reads the arguments.
#[sqlx::test]
async fn cr_10_memory_and_arguments_give_no_secret_away(_: PgPoolOptions, options: PgConnectOptions) {
    let mut portcullis = Program::new(&options);
    portcullis.0.extend(
        [("PORTCULLIS_LISTEN", "127.0.0.1:0"), ("PORTCULLIS_OPERATIONS_LISTEN", "127.0.0.1:0")]
            .map(|(name, value)| (name, value.to_owned())),
    );
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.env_clear().envs(portcullis.0.clone()).arg("serve").stdout(Stdio::piped());
    let mut server = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.id())).unwrap();
    server.kill().unwrap();
    server.wait().unwrap();

    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    for command in ["client create", "client update", "client rotate-secret", "user create", "serve", "dev", "migrate"]
    {
        let help = text(&portcullis.run(&format!("{command} --help"), "").stdout);
        // "--name <VALUE>  What it is for": without a value nothing can be given away.
        let options = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
        let names = options.map(|option| option.split("  ").next().unwrap()).collect::<Vec<_>>();
        assert!(!names.is_empty());
        let takes_secret = |name: &&&str| (name.contains("secret") || name.contains("password")) && name.contains('<');
        assert_eq!(names.iter().find(takes_secret), None, "{command}");
    }
}

/// LP-03: the record tells when a server began to serve and when it ended, with its node and its version.
#[sqlx::test]
async fn lp_03_a_server_records_its_start_and_its_end(pool: PgPoolOptions, options: PgConnectOptions) {
    let mut portcullis = Program::new(&options);
    portcullis.0.extend(
        [("PORTCULLIS_LISTEN", "127.0.0.1:0"), ("PORTCULLIS_OPERATIONS_LISTEN", "127.0.0.1:0")]
            .map(|(name, value)| (name, value.to_owned())),
    );
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.env_clear().envs(portcullis.0.clone()).arg("serve").stdout(Stdio::piped());
    let mut server = command.spawn().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("\"serving\"")));
    Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap();
    assert!(lines.any(|line| line.contains("\"ended\"")));
    assert!(server.wait().unwrap().success());

    let db = pool.connect_with(options).await.unwrap();
    let rows = "select event, node, version from audit_events where event like 'server.%' order by event_id";
    let rows: Vec<(String, String, String)> = sqlx::query_as(rows).fetch_all(&db).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), ["server.started", "server.stopped"]);
    assert!(rows.iter().all(|row| !row.1.is_empty() && row.2 == env!("CARGO_PKG_VERSION")));
}

#[sqlx::test(migrations = false)]
async fn an_old_schema_is_named_and_migrated(_: PgPoolOptions, options: PgConnectOptions) {
    let portcullis = Program::new(&options);

    let refused = portcullis.run("serve", "");
    let migrated = portcullis.run("migrate", "");

    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("portcullis migrate"), "{}", text(&refused.stderr));
    assert!(migrated.status.success(), "{}", text(&migrated.stderr));
    let diagnosis = portcullis.run("doctor --json", "");
    let diagnosis: Value = serde_json::from_slice(&diagnosis.stdout).unwrap();
    let findings = diagnosis["findings"].as_array().unwrap();
    let is = |check: &str, status: &str| findings.iter().any(|f| f["check"] == check && f["status"] == status);
    assert!(
        is("schema", "ok")
            && is("database role", "warning")
            && is("signing keys", "problem")
            && is("administrators", "problem"),
        "{diagnosis:#}"
    );
}
