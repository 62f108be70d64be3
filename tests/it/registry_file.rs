//! `portcullis registry`: what is registered, as a file.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::cli::{Program, text};

/// A file of this test alone.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("portcullis-registry-{}-{name}", std::process::id())))
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    fn write(&self, value: &Value) {
        fs::write(&self.0, value.to_string()).unwrap();
    }

    fn read(&self) -> String {
        fs::read_to_string(&self.0).unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn a_registry() -> Value {
    json!({
        "apis": [{ "identifier": "urn:records", "name": "Records", "scopes": { "records:read": "See", "records:write": "Write" } }],
        "roles": [
            { "name": "administrator", "office": "administrator" },
            { "name": "nurse", "description": "Nurses", "scopes": ["records:read"] },
        ],
        "clients": [
            { "client_id": "job", "client_name": "Job", "type": "service", "scope": "records:read records:write" },
            { "client_id": "portal", "client_name": "Portal", "type": "web", "redirect_uris": ["https://portal.example/callback"],
              "scope": "openid records:read", "enabled": false },
        ],
    })
}

fn plan(portcullis: &Program, file: &File, more: &str) -> (Option<i32>, Value) {
    let output = portcullis.run(&format!("registry plan {}{more} --json", file.path()), "");
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
}

/// What is applied is what is exported, in both forms, and there is nothing more to do then.
#[sqlx::test]
async fn a_file_is_applied_and_exported_as_it_was(_: PgPoolOptions, options: PgConnectOptions) {
    let portcullis = Program::new(&options);
    let (file, toml, again) = (File::new("whole.json"), File::new("whole.toml"), File::new("again.toml"));
    let exported = portcullis.json(&format!("registry export {}", file.path()), "");
    assert_eq!((&exported["apis"], &exported["clients"]), (&json!(0), &json!(0)), "our own API is not in it");
    let mut wanted = a_registry();
    wanted["roles"][0] = serde_json::from_str::<Value>(&file.read()).unwrap()["roles"][0].clone();
    file.write(&wanted);

    let (code, planned) = plan(&portcullis, &file, "");
    assert_eq!((code, &planned["add"], &planned["change"]), (Some(2), &json!(4), &json!(0)), "{planned}");
    let applied = portcullis.json(&format!("registry apply {} --yes", file.path()), "");
    let secrets = applied["client_secrets"].as_object().unwrap();
    assert_eq!(secrets.keys().collect::<Vec<_>>(), ["job", "portal"]);
    assert!(secrets.values().all(|secret| secret.as_str().unwrap().starts_with("ptc_cs_")));

    assert_eq!(plan(&portcullis, &file, "").0, Some(0));
    assert_eq!(plan(&portcullis, &file, " --prune").0, Some(0));
    portcullis.json(&format!("registry export {}", file.path()), "");
    assert_eq!(serde_json::from_str::<Value>(&file.read()).unwrap(), wanted);
    portcullis.json(&format!("registry export {}", toml.path()), "");
    assert_eq!(plan(&portcullis, &toml, " --prune").0, Some(0), "{}", toml.read());
    let applied = portcullis.json(&format!("registry apply {} --yes --prune", toml.path()), "");
    assert_eq!((&applied["steps"], &applied["client_secrets"]), (&json!([]), &json!({})));
    portcullis.json(&format!("registry export {}", again.path()), "");
    assert_eq!(again.read(), toml.read());
    assert!(!toml.read().contains("ptc_cs_") && !toml.read().contains("secret ="), "no secrets");
}

/// Drift is told in words, and put right; what the file does not know goes only if it is to be pruned.
#[sqlx::test]
async fn what_differs_is_told_and_put_right(_: PgPoolOptions, options: PgConnectOptions) {
    let portcullis = Program::new(&options);
    let file = File::new("drift.json");
    file.write(&a_registry());
    portcullis.json(&format!("registry apply {} --yes", file.path()), "");
    portcullis.json("client update job --name Night", "");
    portcullis.json("client enable portal", "");
    portcullis.json("role update nurse --scope records:write", "");
    portcullis.json("role create --name other", "");

    let output = portcullis.run(&format!("registry plan {}", file.path()), "");
    let told = text(&output.stdout);
    assert_eq!(output.status.code(), Some(2));
    for line in [
        "change client job\n       client_name: Night → Job\n",
        "change client portal\n       enabled: true → false\n",
        "change role nurse\n       scopes: -records:write\n",
        "keep   role other, which the file does not know\n",
        "In all: 0 to add, 3 to change, 0 to delete.\n",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    portcullis.json(&format!("registry apply {} --yes", file.path()), "");
    assert_eq!(plan(&portcullis, &file, "").0, Some(0));
    assert_eq!(plan(&portcullis, &file, " --prune").1["delete"], 1);
    portcullis.json(&format!("registry apply {} --yes --prune", file.path()), "");
    let roles = portcullis.json("role list", "");
    let names = roles.as_array().unwrap().iter().map(|role| &role["name"]).collect::<Vec<_>>();
    assert_eq!(names, ["administrator", "nurse"]);

    // A scope that moves to another API stays with those who have it in the file.
    let mut moved = a_registry();
    moved["apis"] = json!([
        { "identifier": "urn:archive", "name": "Archive", "scopes": { "records:read": "See" } },
        { "identifier": "urn:records", "name": "Records", "scopes": { "records:write": "Write" } },
    ]);
    file.write(&moved);
    portcullis.json(&format!("registry apply {} --yes", file.path()), "");
    assert_eq!(plan(&portcullis, &file, " --prune").0, Some(0));
    assert_eq!(portcullis.json("client show job", "")["scope"], "records:read records:write");
}

/// All or nothing, and what is wrong by its place.
#[sqlx::test]
async fn a_file_that_cannot_be_applied_changes_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let portcullis = Program::new(&options);
    let file = File::new("wrong.json");
    let mut wrong = a_registry();
    wrong["clients"][1]["scope"] = "openid un:heard".into();
    file.write(&wrong);
    let refused = portcullis.run(&format!("registry apply {} --yes", file.path()), "");
    let told = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1));
    assert!(told.contains("Nothing was applied: client portal") && told.contains("un:heard"), "{told}");
    assert_eq!(portcullis.json("api list", "").as_array().unwrap().len(), 1, "our own alone");

    wrong["clients"][1]["client_secret"] = "mine".into();
    file.write(&wrong);
    let refused = portcullis.run(&format!("registry plan {}", file.path()), "");
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("clients[1]: portal: metadata: There is no field client_secret."));
    file.write(&a_registry());
    let unasked = portcullis.run(&format!("registry apply {}", file.path()), "yes\n");
    assert!(text(&unasked.stderr).contains("--yes"), "nobody is asked who is no terminal");
    assert_eq!(plan(&portcullis, &file, "").1["add"], 4, "nothing was applied");
    assert!(!portcullis.run("registry plan file.yaml", "").status.success());
}
