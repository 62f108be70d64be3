//! What a handler can reach.

mod audit;
mod background;
mod brought_secrets;
mod client_keys;
mod clients;
mod counts;
mod defence;
mod documents;
mod failure;
mod freshness;
mod jobs;
mod known;
mod rates;
mod snapshot;
mod strangers;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, RwLock},
    time::Instant,
};

use arc_swap::ArcSwapOption;
use ipnet::IpNet;
use sqlx::PgPool;
use tokio::sync::{Mutex, Semaphore};
use uuid::Uuid;

pub use audit::{Actor, AuditUnavailable, RECORD, user_in_record};
pub use documents::NotRead;
pub use failure::InternalError;
pub use freshness::Stale;
pub use jobs::Job;
pub use known::Known;
pub use rates::{Class, RateLimits, Sender, Verdict, WINDOW};
pub use snapshot::{NotFound, Snapshot};

use crate::{
    clock::Clock,
    config::{
        Branding, DEFAULT_CLIENT_CACHE_BYTES, Defence, DocumentHost, EditableClaims, InForce, Issuer, Language, Logo,
        SecretText, TokenIssuanceRecord,
    },
    keys::{ClientAuthorities, MasterKey},
    outbound::{Outbound, OutboundSettings},
    protocol::client::Proof,
    server::tls::Tls,
    store::{attention::SomeClients, jobs::Run},
};

/// One of so many connections looks up clients and origins that are not in memory.
const LOOKUPS_SHARE: u32 = 4;

/// The settings that requests are answered by.
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Settings {
    /// Who we are.
    pub issuer: Issuer,
    /// What pages call this installation.
    pub name: String,
    /// Which language users read who ask for none that we have.
    pub language: Language,
    /// What pages show of this installation beside its name.
    pub branding: Branding,
    /// How long a used refresh token excuses a lost answer.
    pub refresh_grace: time::Duration,
    /// Whether a DPoP proof must have a nonce of ours.
    pub dpop_require_nonce: bool,
    /// Where the record of an issued token goes that writes no other row.
    pub token_issuance: TokenIssuanceRecord,
    /// Where to report a vulnerability: a URI (RFC 9116 §2.5.3).
    pub security_contact: Option<String>,
    /// What connections begin with. `None`: a proxy in front speaks TLS, or it is `portcullis dev`.
    pub tls: Option<Arc<Tls>>,
    /// Whether clients are asked for certificates, by us or by our proxies.
    pub asks_for_certificates: bool,
    /// The origin where clients show certificates, if it is another than the issuer.
    pub mtls_url: Option<Issuer>,
    /// Who vouches for the certificates of clients.
    pub client_authorities: Option<Arc<ClientAuthorities>>,
    /// What may be called from here.
    pub outbound: OutboundSettings,
    /// Whose clients may describe themselves by a document.
    pub document_hosts: Vec<DocumentHost>,
    /// Whether users may open accounts themselves.
    pub registration: bool,
    /// What users may change of themselves.
    pub editable_claims: EditableClaims,
    /// Where to ask for passwords that others have lost; five letters of a hash are added to it.
    pub breach_check_url: Option<url::Url>,
    /// Our proxies, whose word is believed about where a request comes from.
    pub trusted_proxies: Vec<IpNet>,
    /// How many failures and requests are too many.
    pub defence: Defence,
    /// The Redis or Valkey that counts requests for all nodes.
    pub redis_url: Option<SecretText>,
    /// Whether accounts that administer are kept out of client applications.
    pub separation_of_duties: bool,
    /// How many bytes of clients are kept in memory.
    pub client_cache_bytes: u32,
    /// Whether this is `portcullis dev`, with its playground.
    pub dev: bool,
    /// All settings as they were given, for people to look at. Empty: the program chose them itself.
    pub in_force: Vec<InForce>,
}

impl Settings {
    /// Those of an installation that has chosen nothing but its issuer.
    #[must_use]
    pub fn new(issuer: Issuer) -> Self {
        Self {
            issuer,
            name: "Portcullis".to_owned(),
            language: Language::En,
            branding: Branding::default(),
            refresh_grace: time::Duration::seconds(10),
            dpop_require_nonce: false,
            token_issuance: TokenIssuanceRecord::Database,
            security_contact: None,
            outbound: OutboundSettings::default(),
            document_hosts: Vec::new(),
            registration: false,
            editable_claims: EditableClaims::default(),
            breach_check_url: None,
            trusted_proxies: Vec::new(),
            defence: Defence::default(),
            redis_url: None,
            separation_of_duties: true,
            client_cache_bytes: DEFAULT_CLIENT_CACHE_BYTES,
            dev: false,
            in_force: Vec::new(),
            tls: None,
            asks_for_certificates: false,
            mtls_url: None,
            client_authorities: None,
        }
    }
}

/// Everything a handler can reach. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// What all clones of an [`App`] share.
pub struct Inner {
    /// The settings.
    pub settings: Settings,
    /// The database.
    pub db: PgPool,
    /// The time.
    pub clock: Clock,
    /// The way out, to other servers.
    pub outbound: Outbound,
    /// How many requests one sender may make.
    pub rates: RateLimits,
    master_key: MasterKey,
    /// `None`: nobody has asked for it yet.
    known: ArcSwapOption<Known>,
    /// Whose turn it is to read what has changed.
    catching_up: Mutex<()>,
    clients: clients::Clients,
    /// How many clients and origins are looked up at once.
    lookups: Semaphore,
    strangers: strangers::Strangers,
    documents: documents::Documents,
    client_keys: client_keys::ClientKeys,
    revoked: RwLock<HashMap<Uuid, Instant>>,
    audit: audit::Writer,
    counts: counts::Counts,
    defence: defence::Defence,
    secret_uses: RwLock<HashMap<Uuid, time::OffsetDateTime>>,
    key_uses: RwLock<HashMap<(String, String), time::OffsetDateTime>>,
    consent_uses: RwLock<HashMap<(Uuid, String), time::OffsetDateTime>>,
    /// As they were last looked for.
    unused_clients: ArcSwapOption<SomeClients>,
    node: String,
    /// How each job last ran here.
    runs: std::sync::Mutex<BTreeMap<&'static str, Run>>,
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// Opens an installation for a command: nothing is loaded before it is asked for, and nothing runs beside.
    ///
    /// # Errors
    /// The settings name certificates or a Redis that cannot be used.
    pub fn open(settings: Settings, db: PgPool, clock: Clock, master_key: MasterKey) -> anyhow::Result<Self> {
        let lookups = (db.options().get_max_connections() / LOOKUPS_SHARE).max(1);
        Ok(Self(Arc::new(Inner {
            audit: audit::Writer::new(db.clone()),
            counts: counts::Counts::default(),
            defence: defence::Defence::default(),
            outbound: Outbound::new(&settings.outbound)?,
            rates: RateLimits::new(&settings.defence.rates, settings.redis_url.as_ref())?,
            clients: clients::Clients::new(settings.client_cache_bytes.into()),
            lookups: Semaphore::new(lookups as usize),
            strangers: strangers::Strangers::default(),
            documents: documents::Documents::default(),
            client_keys: client_keys::ClientKeys::default(),
            settings,
            db,
            clock,
            master_key,
            known: ArcSwapOption::empty(),
            catching_up: Mutex::default(),
            revoked: RwLock::default(),
            secret_uses: RwLock::default(),
            key_uses: RwLock::default(),
            consent_uses: RwLock::default(),
            unused_clients: ArcSwapOption::empty(),
            node: node_name(),
            runs: std::sync::Mutex::default(),
        })))
    }

    /// Opens an installation to serve it: loads what every request needs. What goes on beside is begun by `jobs::start`.
    ///
    /// # Errors
    /// The database cannot be read, or its keys cannot be opened with this master key.
    pub async fn start(settings: Settings, db: PgPool, clock: Clock, master_key: MasterKey) -> anyhow::Result<Self> {
        let app = Self::open(settings, db, clock, master_key)?;
        crate::store::partitions::maintain(&app.db, app.clock.now()).await?;
        app.read(None).await?;
        Ok(app)
    }

    /// What pages show in the place of our mark: what was uploaded, else what the settings name.
    #[must_use]
    pub fn logo(&self) -> Option<Arc<Logo>> {
        self.uploaded_logo().or_else(|| self.settings.branding.logo.clone())
    }

    /// The logo that administrators uploaded.
    #[must_use]
    pub fn uploaded_logo(&self) -> Option<Arc<Logo>> {
        self.last_known().and_then(|known| known.logo.clone())
    }

    /// What seals secrets in the database.
    #[must_use]
    pub fn master_key(&self) -> &MasterKey {
        &self.master_key
    }

    /// Which server this is: the machine's name.
    #[must_use]
    pub fn node(&self) -> &str {
        &self.node
    }

    /// Our issuer identifier.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.settings.issuer.as_str()
    }

    /// Notes by what a client proved who it is. It reaches the database within a minute.
    pub fn note_client_use(&self, client_id: &str, proof: &Proof, now: time::OffsetDateTime) {
        match proof {
            Proof::Nothing => {}
            Proof::Secret { secret_id, .. } => {
                if let Ok(mut uses) = self.secret_uses.write() {
                    uses.insert(*secret_id, now);
                }
            }
            Proof::Key(key) => {
                if let Ok(mut uses) = self.key_uses.write() {
                    uses.insert((client_id.to_owned(), key.clone()), now);
                }
            }
        }
    }

    /// Notes that a client got a token by what this user allowed it. It reaches the database within a minute.
    pub fn note_consent_use(&self, user_id: Uuid, client_id: &str, now: time::OffsetDateTime) {
        if let Ok(mut uses) = self.consent_uses.write() {
            uses.insert((user_id, client_id.to_owned()), now);
        }
    }
}

/// Which server this is, for the audit trail: the machine's name.
fn node_name() -> String {
    let name =
        std::fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| std::fs::read_to_string("/etc/hostname"));
    name.map_or_else(|_| "unknown".into(), |name| name.trim().to_owned())
}
