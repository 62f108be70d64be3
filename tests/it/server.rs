//! A server in this process, with a database of its own, a clock that can be moved, and demo data that never varies.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicI64, Ordering},
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use http_body_util::BodyExt;
use portcullis::{
    accounts::users::{self, UserSettings},
    app::{Actor, App, Job, Settings, Snapshot},
    authentication::{password, totp},
    clock::Clock,
    jobs,
    keys::{GeneratedKey, MasterKey, generate},
    model::registry::Role,
    policy::new_client::NewClient,
    protocol::{
        assurance::Level,
        client::{Client, ClientType},
        client_metadata::ClientMetadata,
        scope::Scope,
        signing_algorithm::SigningAlgorithm,
        standard_claims::Profile,
    },
    registry::{
        Principal, RecentPrincipal,
        apis::{self, ApiSettings},
        clients, roles,
    },
    routes::{self, Edge},
    secret::Secret,
    store::{partitions, pool, signing_keys},
};
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgPool, postgres::PgConnectOptions};
use time::Duration;
use tower::ServiceExt;
use uuid::Uuid;

use crate::{
    browser::{Browser, VERIFIER},
    database_roles, privacy,
};

pub const ISSUER: &str = "https://id.example";
pub const RECORDS: &str = "https://records.example/api";
pub const BILLING: &str = "https://billing.example/api";
pub const WEB_CALLBACK: &str = "https://web.example/callback";
pub const SPA_CALLBACK: &str = "https://spa.example/callback";
pub const NATIVE_CALLBACK: &str = "http://127.0.0.1/callback";
/// The secret of the client `service`.
pub const SECRET: &str = "ptc_cs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
pub const PASSWORD: &str = "correct horse battery";
/// Of the authenticator app of `admin`.
pub const TOTP_SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// The server under test.
#[derive(Clone)]
pub struct Server {
    pub app: App,
    /// The database as its owner reaches it. `app` has the role that serves, so no journey needs more than that.
    pub db: PgPool,
    pub clock: Clock,
    pub router: Router,
    /// The newest time step whose code was given out.
    last_step: Arc<AtomicI64>,
}

fn settings() -> Settings {
    Settings { name: "Test".to_owned(), ..Settings::new(ISSUER.parse().unwrap()) }
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.body))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status and error code, which is what most refusals are about.
    pub fn refusal(&self) -> (u16, String) {
        (self.status.as_u16(), self.json()["error"].as_str().unwrap_or_default().to_owned())
    }
}

/// The secret of one of the fixed clients: no two have the same.
pub fn secret_of(client_id: &str) -> String {
    if client_id == "service" { SECRET.to_owned() } else { format!("ptc_cs_{client_id:A<43}") }
}

/// What the token endpoint gave. What it left out is empty.
#[derive(Debug)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
    pub id: String,
    pub scope: String,
}

impl Tokens {
    pub fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let json = answer.json();
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        Self {
            access: text("access_token"),
            refresh: text("refresh_token"),
            id: text("id_token"),
            scope: text("scope"),
        }
    }
}

/// What a JWT says, its signature unchecked.
pub fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap_or_else(|| panic!("no JWT: {token}"));
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// Of the jobs of a server, those that nodes talk by. A test does the others when it wants them done ([`Server::run_job`]).
fn start_jobs(app: &App) {
    for job in jobs::all(None).into_iter().filter(|job| ["changes", "defence", "record"].contains(&job.name)) {
        job.start(app);
    }
}

impl Server {
    /// One of the jobs of a server.
    pub fn job(name: &str) -> Job {
        jobs::all(None).into_iter().find(|job| job.name == name).unwrap_or_else(|| panic!("no job is called {name}"))
    }

    /// Does a job, as this node.
    pub async fn run_job(&self, name: &str) -> anyhow::Result<()> {
        Self::job(name).run(&self.app).await
    }

    pub async fn start(options: PgConnectOptions) -> Self {
        Self::start_with(options, |_| {}).await
    }

    /// Starts a server whose settings differ. The database has been migrated.
    pub async fn start_with(options: PgConnectOptions, change: impl FnOnce(&mut Settings)) -> Self {
        privacy::watch();
        let (db, clock) = (pool::pool(options.clone(), 8), Clock::default());
        let serving = database_roles::serving(&db, &options).await;
        install_keys(&db, &clock).await;
        let mut settings = settings();
        settings.security_contact = Some("mailto:security@id.example".to_owned());
        change(&mut settings);
        let app = App::start(settings, pool::pool(serving, 8), clock.clone(), master_key()).await.unwrap();
        start_jobs(&app);
        register(&app).await;
        let router = routes::router(&app, Edge::default(), Router::new()).unwrap();
        Self { app, db, clock, router, last_step: Arc::default() }
    }

    /// Another node on the same database, with the same clock.
    pub async fn second_node(&self) -> Self {
        self.second_node_with(|_| {}).await
    }

    /// Another node, whose settings differ.
    pub async fn second_node_with(&self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings();
        change(&mut settings);
        self.node(settings, master_key()).await
    }

    /// Another node, whose master key differs.
    pub async fn node_with_key(&self, master_key: MasterKey) -> Self {
        self.node(settings(), master_key).await
    }

    async fn node(&self, settings: Settings, master_key: MasterKey) -> Self {
        let app = App::start(settings, self.app.db.clone(), self.clock.clone(), master_key).await.unwrap();
        start_jobs(&app);
        let router = routes::router(&app, Edge::default(), Router::new()).unwrap();
        Self { app, router, ..self.clone() }
    }

    /// Moves the clock, and makes the partitions that the later time needs.
    pub async fn advance(&self, by: Duration) {
        self.clock.advance(by);
        partitions::maintain(&self.app.db, self.clock.now()).await.unwrap();
    }

    pub fn browser(&self) -> Browser {
        Browser::new(self.clone())
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (mut parts, body) = request.into_parts();
        parts.headers.entry(header::HOST).or_insert("id.example".parse().unwrap());
        let response = self.router.clone().oneshot(Request::from_parts(parts, body)).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert!(!status.is_server_error() || status == StatusCode::SERVICE_UNAVAILABLE, "{status}");
        let answer = Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() };
        privacy::note_secrets_of(&answer);
        answer
    }

    pub async fn get(&self, uri: &str) -> Answer {
        self.send(Request::get(uri).body(Body::empty()).unwrap()).await
    }

    pub async fn get_with_token(&self, uri: &str, token: &str) -> Answer {
        let request = Request::get(uri).header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Posts a form as a program does. `client`: who authenticates by HTTP Basic with its own secret, if anybody.
    pub async fn post(&self, uri: &str, client: Option<&str>, form: &[(&str, &str)]) -> Answer {
        let secret = client.map(secret_of);
        self.post_with_secret(uri, client.zip(secret.as_deref()), form).await
    }

    pub async fn post_with_secret(&self, uri: &str, basic: Option<(&str, &str)>, form: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = Request::post(uri).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some((client, secret)) = basic {
            let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let pair = STANDARD.encode(format!("{}:{}", encode(client), encode(secret)));
            request = request.header(header::AUTHORIZATION, format!("Basic {pair}"));
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub async fn token(&self, client: Option<&str>, form: &[(&str, &str)]) -> Answer {
        self.post("/oauth2/token", client, form).await
    }

    /// A token request of one of the fixed clients, each in its own way: public ones by their id, others by HTTP Basic.
    pub async fn token_as(&self, client: &str, form: &[(&str, &str)]) -> Answer {
        if matches!(client, "spa" | "native") {
            self.token(None, &[&[("client_id", client)], form].concat()).await
        } else {
            self.token(Some(client), form).await
        }
    }

    /// Redeems a code with the verifier that browsers here use.
    pub async fn redeem(&self, client: &str, code: &str) -> Answer {
        let form = [("grant_type", "authorization_code"), ("code", code), ("code_verifier", VERIFIER)];
        self.token_as(client, &form).await
    }

    pub async fn refresh(&self, client: &str, refresh_token: &str) -> Answer {
        self.token_as(client, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    /// Signs alice in with a new browser and gets everything that this client asks for.
    pub async fn tokens(&self, client: &str) -> Tokens {
        let code = self.browser().obtain_code_for(client).await;
        Tokens::of(&self.redeem(client, &code).await)
    }

    /// The next code of the app of `admin`: each counts once, so the clock may have to move on.
    pub fn code(&self) -> String {
        let step = self.clock.now().unix_timestamp() / 30;
        let used = self.last_step.load(Ordering::SeqCst);
        let next = (step - 1).max(used + 1);
        self.last_step.store(next, Ordering::SeqCst);
        if next > step + 1 {
            self.clock.advance(Duration::seconds(30 * (next - step)));
        }
        code_at(TOTP_SECRET, next * 30)
    }

    /// Changes a client's registration, as an administrator does.
    pub async fn change_client(&self, client_id: &str, change: impl FnOnce(&mut ClientMetadata)) {
        let client = self.client(client_id).await.unwrap();
        let mut metadata = client.metadata.clone();
        change(&mut metadata);
        clients::update(&self.app, &admin(), client_id, client.revision, &metadata).await.unwrap();
    }

    /// What the server knows now.
    pub async fn snapshot(&self) -> Snapshot {
        self.app.snapshot().await.unwrap()
    }

    pub async fn client(&self, client_id: &str) -> Option<Arc<Client>> {
        self.snapshot().await.client(client_id).await.unwrap()
    }

    pub async fn user_id(&self, username: &str) -> Uuid {
        let found = sqlx::query_scalar("select user_id from users where username = $1").bind(username);
        found.fetch_one(&self.db).await.unwrap()
    }

    /// In how many rows of the database a text can be read, as it is or as the bytes that it encodes.
    pub async fn rows_with(&self, text: &str) -> i64 {
        // Whole tables and not their partitions, which may be dropped meanwhile.
        let tables = "
            select oid::regclass::text from pg_class
            where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace
        ";
        let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&self.db).await.unwrap();
        assert!(tables.len() > 20, "there are tables to search");
        let mut rows = 0;
        for table in tables {
            let count = format!("select count(*) from {table} as it where it::text like '%' || $1 || '%'");
            let count = sqlx::query_scalar::<_, i64>(AssertSqlSafe(count)).bind(text);
            rows += count.fetch_one(&self.db).await.unwrap();
        }
        rows
    }

    /// A token of the service for itself.
    pub async fn service_token(&self) -> String {
        let answer =
            self.token(Some("service"), &[("grant_type", "client_credentials"), ("scope", "records:read")]).await;
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    pub async fn introspect(&self, token: &str) -> Value {
        self.post("/oauth2/introspect", Some("records-api"), &[("token", token)]).await.json()
    }
}

/// The code of an authenticator app at this second.
pub fn code_at(secret: &str, second: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).build_noncompliant();
    totp.generate(second.try_into().unwrap()).to_string()
}

/// Who makes the changes that tests make.
pub fn admin() -> RecentPrincipal {
    Principal::operator(Actor::default().named("cli"))
}

/// A master key that all test servers share.
pub fn master_key() -> MasterKey {
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8".parse().unwrap()
}

/// The keys are made once for all tests: RSA takes its time.
async fn install_keys(db: &PgPool, clock: &Clock) {
    static KEYS: OnceLock<Arc<Vec<GeneratedKey>>> = OnceLock::new();
    let keys = tokio::task::spawn_blocking(|| {
        let all = || SigningAlgorithm::ALL.into_iter().flat_map(|alg| [generate(alg).unwrap(), generate(alg).unwrap()]);
        Arc::clone(KEYS.get_or_init(|| Arc::new(all().collect())))
    });
    let keys = keys.await.unwrap();
    let mut connection = db.acquire().await.unwrap();
    for pair in keys.chunks(2) {
        for (n, key) in pair.iter().enumerate() {
            let context = portcullis::keys::SigningKey::seal_context(&key.kid);
            let sealed = master_key().seal(&context, &key.private_key).unwrap();
            let jwk = &key.public_jwk;
            signing_keys::insert_next(&mut *connection, &key.kid, key.algorithm, jwk, &sealed, clock.now())
                .await
                .unwrap();
            if n == 0 {
                signing_keys::rotate(&mut connection, key.algorithm, clock.now()).await.unwrap();
            }
        }
    }
}

/// Two APIs, a client of each type, an administrator and two people, made as an administrator makes them.
async fn register(app: &App) {
    for (identifier, name, scopes) in [
        (RECORDS, "Health records", &["records:read", "records:write"][..]),
        (BILLING, "Billing", &["billing:read"][..]),
    ] {
        let scopes = scopes.iter().map(|scope| ((*scope).to_owned(), format!("Use {scope}"))).collect();
        let settings =
            ApiSettings { identifier: identifier.into(), name: name.into(), scopes, ..ApiSettings::default() };
        apis::create(app, &admin(), &settings).await.unwrap();
    }
    for (name, scopes) in [("patient", &["records:read", "records:write", "billing:read"][..]), ("visitor", &[])] {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let role = Role {
            name: name.into(),
            description: "A role".into(),
            office: None,
            required_level: Level::Aal1,
            scopes,
            revision: 1,
        };
        roles::create(app, &admin(), role).await.unwrap();
    }
    for new in new_clients() {
        clients::create(app, &admin(), new).await.unwrap();
    }
    static HASH: tokio::sync::OnceCell<String> = tokio::sync::OnceCell::const_new();
    let hash = HASH.get_or_init(async || password::hash(PASSWORD).await.unwrap()).await;
    for (username, role) in [("admin", "administrator"), ("alice", "patient"), ("bob", "visitor")] {
        let settings = UserSettings {
            username: username.into(),
            email: Some(format!("{username}@people.example")),
            email_verified: true,
            roles: vec![role.into()],
            profile: Profile { name: Some(format!("{username} of Test")), ..Profile::default() },
        };
        let user = users::create(app, &admin(), &settings, Some(hash.clone())).await.unwrap();
        if username == "admin" {
            totp::give(app, user.user_id, "App", TOTP_SECRET).await.unwrap_or_else(|_| panic!("no app for {username}"));
        }
    }
}

fn new_clients() -> [NewClient; 6] {
    const ALL: &str = "openid profile email address phone offline_access records:read records:write billing:read";
    let client = |id: &str, kind: ClientType, uri: &str, scopes: &str| NewClient {
        client_id: Some(id.into()),
        client_secret: matches!(kind, ClientType::Web | ClientType::Service).then(|| Secret::presented(&secret_of(id))),
        ..NewClient::from(ClientMetadata {
            name: format!("The {id} client"),
            redirect_uris: Some(uri).filter(|uri| !uri.is_empty()).map(ToOwned::to_owned).into_iter().collect(),
            scopes: Scope::from_names(scopes.split_whitespace()).unwrap(),
            ..ClientMetadata::of_type(kind)
        })
    };
    let mut api = client("records-api", ClientType::Service, "", "");
    api.metadata.introspects_api = Some(RECORDS.into());
    let mut monitor = client("monitor", ClientType::Service, "", "");
    monitor.metadata.introspects_all = true;
    let mut web = client("web", ClientType::Web, WEB_CALLBACK, ALL);
    web.metadata.post_logout_redirect_uris = vec!["https://web.example/bye".into()];
    [
        web,
        client("spa", ClientType::Browser, SPA_CALLBACK, ALL),
        client("native", ClientType::Native, NATIVE_CALLBACK, ALL),
        client("service", ClientType::Service, "", "records:read records:write"),
        api,
        monitor,
    ]
}
