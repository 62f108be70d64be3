//! Clients ([RFC 6749 §2](https://www.rfc-editor.org/rfc/rfc6749#section-2)): what is registered of them, and how they
//! prove who they are.

pub mod values;

use std::{collections::BTreeSet, sync::Arc};

use time::OffsetDateTime;
use uuid::Uuid;

pub use values::{AssertionAudience, AuthMethod, ClientType, GrantType, UnknownValue};

use super::{
    client_assertion::{AssertionFault, ClientAssertion},
    client_id_url::ClientIdUrl,
    client_metadata::ClientMetadata,
    redirect_uri,
};
use crate::secret::{Secret, SecretHash};

/// Whether a client may have this id, or the URL of its document. A request by any other is about no client.
#[must_use]
pub fn is_client_id(text: &str) -> bool {
    let is_unreserved = |b: u8| b.is_ascii_alphanumeric() || b"._~-".contains(&b);
    (1..=128).contains(&text.len()) && text.bytes().all(is_unreserved) || ClientIdUrl::parse(text).is_ok()
}

/// A registered client: its id, its metadata, which it [derefs](std::ops::Deref) to, and its state.
#[derive(Clone)]
pub struct Client {
    /// Never used again, even when the client is gone.
    pub client_id: String,
    /// How it is registered.
    pub metadata: ClientMetadata,
    /// It may get tokens.
    pub enabled: bool,
    /// Who may change it if they may not change every client.
    pub owner: Option<Uuid>,
    /// When it was last switched on or off: its access tokens from before are dead.
    pub tokens_not_before: Option<OffsetDateTime>,
    /// When it was registered.
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
    /// Raised by each change, so that two administrators cannot overwrite each other.
    pub revision: i32,
    /// Those that may be valid still.
    pub secrets: Vec<ClientSecret>,
}

impl std::ops::Deref for Client {
    type Target = ClientMetadata;

    fn deref(&self) -> &ClientMetadata {
        &self.metadata
    }
}

/// One of a client's secrets. Those of one name take turns, two at once at most, so that one is exchanged without a gap.
#[derive(Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct ClientSecret {
    pub secret_id: Uuid,
    /// What it is for. Empty: whatever the client does.
    pub name: String,
    pub kept: KeptSecret,
    pub last_four: String,
    /// We made it, of 256 random bits. One that an administrator brought may be weak.
    pub generated: bool,
    pub created_at: OffsetDateTime,
    pub expires_at: Option<OffsetDateTime>,
}

impl ClientSecret {
    /// Whether it has not ended.
    #[must_use]
    pub fn works(&self, now: OffsetDateTime) -> bool {
        self.expires_at.is_none_or(|at| at > now)
    }
}

/// What is kept of a secret.
#[derive(Clone)]
pub enum KeptSecret {
    /// Its hash.
    Hash(SecretHash),
    /// Its hash, sealed by the master key, as it lies in the database for one that was brought. It matches nothing until it
    /// is opened.
    Sealed(Vec<u8>),
}

/// What a request presented to prove which client sent it.
pub enum Credentials {
    /// A secret, and where it stood.
    Secret(AuthMethod, Secret),
    /// An assertion that a key of the client signed, as far as that was checked, and the thumbprint of the key.
    Assertion(Result<(ClientAssertion, String), AssertionFault>),
    /// The thumbprint of a certificate that was found to be good, and to be this client's; or why it is not.
    Certificate(Result<String, String>),
    /// A `client_id` alone.
    None,
}

/// What is said of a client that is not who it says, to whoever it was.
pub const NOT_AUTHENTICATED: &str = "client authentication failed: check client_id and client_secret, or the key, and that \
                                     the library uses them as registered (a secret in the header or in the body, an \
                                     assertion with the issuer as its aud, or nothing for a public client)";

/// Why a client is not who it says. The caller learns no more than [`Self::hint`] gives away.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthenticationFailure {
    /// The client is switched off.
    #[error("the client is disabled")]
    Disabled,
    /// The secret is not one of the client's, or is past its end.
    #[error("the client secret is wrong or has expired")]
    WrongSecret,
    /// A public client sent a secret.
    #[error(
        "the client is public and has no secret: set the library's client authentication to none and leave the secret out"
    )]
    PublicWithSecret,
    /// The secret is right but stood in the wrong place, and the client is registered for one place only.
    #[error("the client is registered for {} alone: set the library's token_endpoint_auth_method to it", .0.as_str())]
    WrongMethod(AuthMethod),
    /// A secret came from a client that has a key, or an assertion from one that has none: no method stands in for one of another
    /// kind (CA-05).
    #[error("the client is registered for {}, which is of another kind: set the library's token_endpoint_auth_method to it", .0.as_str())]
    OtherKind(AuthMethod),
    /// The certificate proves nothing.
    #[error("the client certificate is not accepted: {0}")]
    Certificate(String),
    /// The assertion proves nothing.
    #[error("the client assertion is not accepted: {0}")]
    Assertion(#[from] AssertionFault),
    /// A confidential client sent nothing.
    #[error(
        "the client must authenticate: give the library its client_secret or its key, or register it as a public client"
    )]
    Missing,
}

impl AuthenticationFailure {
    /// What the caller is told: only who holds the right secret learns which method the client is registered for.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::WrongMethod(AuthMethod::ClientSecretBasic) => {
                "this client is registered for client_secret_basic: send its secret in the Authorization header"
            }
            Self::WrongMethod(_) => "this client is registered for client_secret_post: send its secret in the body",
            // The same for every other reason, and for a client that there is not: the log tells them apart.
            _ => NOT_AUTHENTICATED,
        }
    }
}

impl Client {
    /// A client that is registered now, without a secret yet.
    #[must_use]
    pub fn new(client_id: String, metadata: ClientMetadata, now: OffsetDateTime) -> Self {
        Self {
            client_id,
            metadata,
            enabled: true,
            owner: None,
            tokens_not_before: None,
            created_at: now,
            updated_at: now,
            revision: 1,
            secrets: Vec::new(),
        }
    }

    /// Checks the credentials that came with a request ([RFC 6749 §2.3]) to the server with this issuer identifier.
    ///
    /// # Errors
    /// Why they do not prove it. All secrets are compared before anything is decided, so that every failure takes the
    /// same time.
    ///
    /// [RFC 6749 §2.3]: https://www.rfc-editor.org/rfc/rfc6749#section-2.3
    pub fn authenticate(
        self: Arc<Self>,
        presented: &Credentials,
        issuer: &str,
        now: OffsetDateTime,
    ) -> Result<AuthenticatedClient, AuthenticationFailure> {
        let proof = match presented {
            Credentials::Secret(method, secret) => self.proven_by_secret(*method, secret, now)?,
            Credentials::Assertion(_) if self.auth_method != AuthMethod::PrivateKeyJwt => {
                return Err(AuthenticationFailure::OtherKind(self.auth_method));
            }
            Credentials::Assertion(Err(fault)) => return Err(fault.clone().into()),
            Credentials::Assertion(Ok((assertion, key))) => {
                assertion.check(&self.client_id, self.assertion_audience, issuer, now)?;
                Proof::Key(key.clone())
            }
            Credentials::Certificate(_) if !self.auth_method.uses_certificate() => {
                return Err(AuthenticationFailure::OtherKind(self.auth_method));
            }
            Credentials::Certificate(Err(why)) => return Err(AuthenticationFailure::Certificate(why.clone())),
            Credentials::Certificate(Ok(thumbprint)) => Proof::Key(thumbprint.clone()),
            Credentials::None if self.auth_method == AuthMethod::None => Proof::Nothing,
            Credentials::None => return Err(AuthenticationFailure::Missing),
        };
        if !self.enabled {
            return Err(AuthenticationFailure::Disabled);
        }
        Ok(AuthenticatedClient { client: self, proof })
    }

    fn proven_by_secret(
        &self,
        method: AuthMethod,
        secret: &Secret,
        now: OffsetDateTime,
    ) -> Result<Proof, AuthenticationFailure> {
        let found = self.secret_matching(&secret.hash(), now);
        if self.is_public() {
            return Err(AuthenticationFailure::PublicWithSecret);
        }
        if !self.auth_method.uses_secret() {
            return Err(AuthenticationFailure::OtherKind(self.auth_method));
        }
        let found = found.ok_or(AuthenticationFailure::WrongSecret)?;
        if self.require_auth_method && method != self.auth_method {
            return Err(AuthenticationFailure::WrongMethod(self.auth_method));
        }
        Ok(Proof::Secret { secret_id: found.secret_id, generated: found.generated })
    }

    /// The URL of the document that describes it, which is its id. `None`: an administrator registered it.
    #[must_use]
    pub fn document(&self) -> Option<ClientIdUrl> {
        ClientIdUrl::parse(&self.client_id).ok()
    }

    /// Whether the user is asked for consent at each request, whatever they allowed before: anybody could pose as a native
    /// client (RFC 8252 §8.6, decision D12), and nobody here has looked at one that describes itself.
    #[must_use]
    pub fn asks_each_time(&self) -> bool {
        self.client_type == ClientType::Native || self.document().is_some()
    }

    /// Whether it may use this grant.
    #[must_use]
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }

    /// Whether this is one of its redirect URIs.
    #[must_use]
    pub fn has_redirect_uri(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|registered| redirect_uri::matches(registered, uri, self.client_type))
    }

    /// The origins of its pages, if it runs in browsers: their scripts may call us (CORS).
    #[must_use]
    pub fn origins(&self) -> Vec<String> {
        if self.client_type != ClientType::Browser {
            return Vec::new();
        }
        let origins = self.redirect_uris.iter().filter_map(|uri| redirect_uri::origin(uri));
        origins.collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn secret_matching(&self, hash: &SecretHash, now: OffsetDateTime) -> Option<&ClientSecret> {
        let valid = |secret: &&ClientSecret| secret.expires_at.is_none_or(|end| now < end);
        let matches = |secret: &&ClientSecret| matches!(secret.kept, KeptSecret::Hash(kept) if kept == *hash);
        self.secrets.iter().filter(matches).find(valid)
    }
}

/// A client that proved who it is. Holding one is the proof: only [`Client::authenticate`] makes them.
pub struct AuthenticatedClient {
    client: Arc<Client>,
    proof: Proof,
}

/// By what a client proved who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// By nothing but its id: it is public.
    Nothing,
    /// By one of its secrets.
    Secret {
        /// Which.
        secret_id: Uuid,
        /// We made it.
        generated: bool,
    },
    /// By a key, or a certificate, with this thumbprint (RFC 7638, RFC 8705 §3.1).
    Key(String),
}

impl AuthenticatedClient {
    /// By what it proved who it is.
    #[must_use]
    pub const fn proof(&self) -> &Proof {
        &self.proof
    }

    /// Whether somebody could have come upon its secret by trying: one that we made has 256 random bits, a key is no secret
    /// of ours, and a public client has none. Where many have tried, only such a secret must wait.
    #[must_use]
    pub const fn could_be_guessed(&self) -> bool {
        matches!(self.proof, Proof::Secret { generated: false, .. })
    }
}

impl std::ops::Deref for AuthenticatedClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}
