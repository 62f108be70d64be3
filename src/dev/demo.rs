//! The demo data: one API with three scopes, a client of each type, an administrator, a user, roles.

use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::{
    accounts::users::{self, UserSettings},
    app::{Actor, App},
    authentication::{password, totp},
    model::registry::Role,
    policy::new_client::NewClient,
    protocol::{
        assurance::Level,
        client::ClientType,
        client_metadata::ClientMetadata,
        standard_claims::{Address, Profile},
    },
    registry::{
        Principal, RecentPrincipal,
        apis::{self, ApiSettings},
        clients, roles,
    },
    secret::random_bytes,
};

/// The demo API's identifier: the audience of its tokens.
pub const API: &str = "https://records.example/api";
/// The scope that the demo service is given.
pub const SERVICE_SCOPE: &str = "records:read";

const WEB_CLIENT: &str = "demo-web";
/// The file with the credentials.
pub const FILE: &str = "demo.json";

/// The demo's credentials. They are made at random at the first start and kept beside the database.
#[derive(Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Demo {
    pub admin_password: String,
    /// The secret of the administrator's authenticator app, in base32.
    pub admin_totp_secret: String,
    pub user_password: String,
    pub service_secret: String,
    pub web_secret: String,
    pub introspection_secret: String,
}

impl Demo {
    /// The demo of a data folder: made at the first start, read later.
    ///
    /// # Errors
    /// The files cannot be written, or the database has demo data whose credentials are lost.
    pub async fn prepare(app: &App, data_dir: &Path) -> Result<Self> {
        let file = data_dir.join(FILE);
        let demo = if let Ok(text) = fs::read_to_string(&file) {
            serde_json::from_str(&text).with_context(|| format!("{} is damaged", file.display()))?
        } else {
            let demo = Self::random();
            write_private(&file, &serde_json::to_string_pretty(&demo)?)?;
            demo
        };
        if app.snapshot().await?.client(WEB_CLIENT).await?.is_none() {
            demo.create(app).await.context("the demo data cannot be made; --fresh begins anew")?;
        }
        demo.follow_issuer(app).await?;
        Ok(demo)
    }

    /// The playground's client id.
    #[must_use]
    pub fn web_client_id(&self) -> &'static str {
        WEB_CLIENT
    }

    fn random() -> Self {
        Self {
            admin_password: random_password(),
            admin_totp_secret: totp_rs::Secret::from(random_bytes::<20>()).to_base32(),
            user_password: random_password(),
            service_secret: random_secret(),
            web_secret: random_secret(),
            introspection_secret: random_secret(),
        }
    }

    async fn create(&self, app: &App) -> Result<()> {
        let by = Principal::operator(Actor::system());
        create_api_and_roles(app, &by).await?;
        for client in self.clients(app) {
            clients::create(app, &by, client).await?;
        }
        let (admin, alice) = people();
        let hash = password::hash(&self.admin_password).await?;
        let admin = users::create(app, &by, &admin, Some(hash)).await?;
        totp::give(app, admin.user_id, "Demo app", &self.admin_totp_secret).await?;
        let hash = password::hash(&self.user_password).await?;
        users::create(app, &by, &alice, Some(hash)).await?;
        Ok(())
    }

    fn clients(&self, app: &App) -> [NewClient; 5] {
        let all = "openid profile email address phone offline_access records:read records:write records:delete";
        let client = |id: &str, name: &str, client_type: ClientType, secret: Option<&String>, scopes: &str| NewClient {
            client_id: Some(id.to_owned()),
            client_secret: secret.map(|text| crate::secret::Secret::presented(text)),
            ..NewClient::from(ClientMetadata {
                name: name.to_owned(),
                scopes: scopes.parse().unwrap_or_default(),
                ..ClientMetadata::of_type(client_type)
            })
        };
        let mut web = client(WEB_CLIENT, "Playground", ClientType::Web, Some(&self.web_secret), all);
        web.metadata.redirect_uris = vec![callback(app)];
        web.metadata.post_logout_redirect_uris = vec![app.settings.issuer.url("/playground")];
        let mut browser = client("demo-browser", "Demo single-page app", ClientType::Browser, None, all);
        browser.metadata.redirect_uris = vec!["http://localhost:3000/callback".to_owned()];
        let mut native = client("demo-native", "Demo native app", ClientType::Native, None, all);
        native.metadata.redirect_uris = vec!["http://127.0.0.1/callback".to_owned()];
        let service_scopes = "records:read records:write";
        let service =
            client("demo-service", "Demo service", ClientType::Service, Some(&self.service_secret), service_scopes);
        let secret = Some(&self.introspection_secret);
        let mut introspection = client("demo-records-api", "Records API", ClientType::Service, secret, "");
        introspection.metadata.introspects_api = Some(API.to_owned());
        [web, browser, native, service, introspection]
    }

    /// The server may listen on another port than last time, and the playground with it.
    async fn follow_issuer(&self, app: &App) -> Result<()> {
        let Some(client) = app.snapshot().await?.client(WEB_CLIENT).await? else { return Ok(()) };
        if client.has_redirect_uri(&callback(app)) {
            return Ok(());
        }
        let mut metadata = client.metadata.clone();
        metadata.redirect_uris = vec![callback(app)];
        metadata.post_logout_redirect_uris = vec![app.settings.issuer.url("/playground")];
        clients::update(app, &Principal::operator(Actor::system()), WEB_CLIENT, client.revision, &metadata).await?;
        Ok(())
    }

    /// What `dev.json` says beside where the server is.
    #[must_use]
    pub fn description(&self, app: &App) -> serde_json::Value {
        serde_json::json!({
            "admin": {"username": "admin", "password": self.admin_password, "totp_secret": self.admin_totp_secret},
            "user": {"username": "alice", "password": self.user_password},
            "service_client": {"client_id": "demo-service", "client_secret": self.service_secret, "scope": SERVICE_SCOPE},
            "web_client": {"client_id": WEB_CLIENT, "client_secret": self.web_secret, "redirect_uri": callback(app)},
            "public_client": {"client_id": "demo-native", "redirect_uri": "http://127.0.0.1/callback"},
            "introspection_client": {"client_id": "demo-records-api", "client_secret": self.introspection_secret},
            "api": {"identifier": API, "url": app.settings.issuer.url("/sample-api/records")},
        })
    }
}

/// Where the playground gets its answers.
#[must_use]
pub fn callback(app: &App) -> String {
    app.settings.issuer.url("/playground/callback")
}

/// Writes a file that only its owner can read.
///
/// # Errors
/// It cannot be written.
pub fn write_private(path: &Path, text: &str) -> Result<()> {
    let new = path.with_extension("new");
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    fs::rename(&new, path)?;
    Ok(())
}

async fn create_api_and_roles(app: &App, by: &RecentPrincipal) -> Result<()> {
    let scopes = [
        ("records:read", "Read your health records"),
        ("records:write", "Add to your health records"),
        ("records:delete", "Delete entries of your health records"),
    ];
    let api = ApiSettings {
        identifier: API.to_owned(),
        name: "Health records".to_owned(),
        roles_in_token: true,
        scopes: scopes.map(|(name, words)| (name.to_owned(), words.to_owned())).into(),
        ..ApiSettings::default()
    };
    apis::create(app, by, &api).await?;
    for (name, description, scopes) in [
        ("patient", "Sees and adds to their own records", &scopes[..2]),
        ("records-officer", "Keeps the records, deletes entries too", &scopes[..]),
    ] {
        let role = Role {
            name: name.to_owned(),
            description: description.to_owned(),
            office: None,
            required_level: Level::Aal1,
            scopes: scopes.iter().map(|(scope, _)| (*scope).to_owned()).collect(),
            revision: 1,
        };
        roles::create(app, by, role).await?;
    }
    Ok(())
}

/// The administrator, and a user of whom every standard claim is known.
fn people() -> (UserSettings, UserSettings) {
    let some = |text: &str| Some(text.to_owned());
    let admin = UserSettings {
        username: "admin".to_owned(),
        email: some("admin@portcullis.example"),
        email_verified: true,
        roles: vec!["administrator".to_owned()],
        profile: Profile { name: some("Ada Min"), ..Profile::default() },
    };
    let profile = Profile {
        name: some("Alice Aroha Walker"),
        given_name: some("Alice"),
        middle_name: some("Aroha"),
        family_name: some("Walker"),
        nickname: some("Ali"),
        profile: some("https://people.example/alice"),
        picture: some("https://people.example/alice.png"),
        website: some("https://alice.example"),
        gender: some("female"),
        birthdate: some("1987-04-12"),
        zoneinfo: some("Pacific/Auckland"),
        locale: some("en-NZ"),
        phone_number: some("+64 21 555 0100"),
        phone_number_verified: Some(true),
        address: Some(Address {
            formatted: some("12 Cuba Street\nWellington 6011\nNew Zealand"),
            street_address: some("12 Cuba Street"),
            locality: some("Wellington"),
            postal_code: some("6011"),
            country: some("New Zealand"),
            ..Address::default()
        }),
    };
    let alice = UserSettings {
        username: "alice".to_owned(),
        email: some("alice@people.example"),
        email_verified: true,
        roles: vec!["patient".to_owned()],
        profile,
    };
    (admin, alice)
}

fn random_secret() -> String {
    use crate::secret::{Secret, SecretKind};
    Secret::generate(SecretKind::ClientSecret).expose().to_owned()
}

/// A password that can be read out: four groups of four letters and digits, 80 bits.
fn random_password() -> String {
    const SYMBOLS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let symbols = random_bytes::<16>().map(|byte| char::from(SYMBOLS[usize::from(byte % 32)]));
    symbols.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}
