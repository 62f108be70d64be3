//! The DPoP proof that comes with a request ([RFC 9449 §4.3]): read in this one place for every endpoint that takes one.
//!
//! [RFC 9449 §4.3]: https://www.rfc-editor.org/rfc/rfc9449#section-4.3

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use time::OffsetDateTime;

use crate::{
    app::{InternalError, Snapshot},
    keys::{InvalidProof, SignedProof, dpop::nonce},
    protocol::{
        confirmation::Proven,
        dpop::{ProvenRequest, RefusedProof},
    },
    store::seen_jwts::{self, Kind, Seen},
};

/// The header that has the proof.
const PROOF: HeaderName = HeaderName::from_static("dpop");

/// The header that has the nonce for the next one.
pub const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// A proof that is right in itself, for this request. What it proves holds once [`Proof::count`] has said that it is new.
pub struct Proof {
    /// The key.
    pub proven: Proven,
    /// The nonce to take from now on, if another has taken the place of the one that it has.
    pub next_nonce: Option<HeaderValue>,
    /// The key and the URL: within them its `jti` comes once (RFC 9449 §11.1).
    of: String,
    jti: String,
    at: OffsetDateTime,
}

/// Why nothing is proven.
#[derive(Debug, thiserror::Error)]
pub enum NotProven {
    /// There is no proof where the scheme takes one.
    #[error("the scheme DPoP takes a proof in the header DPoP")]
    Missing,
    /// One cannot be told from the other.
    #[error("the request has more than one DPoP header")]
    Several,
    /// It is no proof, or for something else.
    #[error(transparent)]
    Invalid(#[from] InvalidProof),
    /// It has no nonce of ours that is good still, or none where one is demanded: this one is.
    #[error("the DPoP proof must have the nonce that stands in DPoP-Nonce")]
    NonceWanted(HeaderValue),
    /// Somebody sent it before.
    #[error("the DPoP proof was used before: each request takes a new one")]
    Replayed,
    /// We failed.
    #[error("{0}")]
    Internal(InternalError),
}

impl Proof {
    /// Reads the proof that a request brings. `None`: it brings none.
    ///
    /// # Errors
    /// Why it proves nothing.
    pub fn read(
        snapshot: &Snapshot,
        headers: &HeaderMap,
        request: ProvenRequest<'_>,
    ) -> Result<Option<Self>, NotProven> {
        let mut sent = headers.get_all(PROOF).iter();
        let text = match (sent.next(), sent.next()) {
            (None, _) => return Ok(None),
            (Some(one), None) => one.to_str().unwrap_or_default(), // what is no text is no JWT either
            (Some(_), Some(_)) => return Err(NotProven::Several),
        };
        let SignedProof { key, claims } = SignedProof::read(text)?;
        let checked = match (claims.check_request(request), alias(snapshot, request.url)) {
            (Err(RefusedProof::OtherUrl), Some(url)) => claims.check_request(ProvenRequest { url: &url, ..request }),
            (checked, _) => checked,
        };
        checked.map_err(InvalidProof::from)?;

        let (master_key, now) = (snapshot.app.master_key(), snapshot.now);
        let begun = claims.nonce.as_deref().and_then(|sent| nonce::time_of(master_key, sent, now));
        let next_nonce = match (&claims.nonce, begun) {
            (Some(_), None) => return Err(NotProven::NonceWanted(current_nonce(snapshot)?)),
            (None, _) if snapshot.app.settings.dpop_require_nonce => {
                return Err(NotProven::NonceWanted(current_nonce(snapshot)?));
            }
            (None, _) => None,
            (Some(sent), Some(_)) => Some(current_nonce(snapshot)?).filter(|current| current != sent.as_str()),
        };
        let at = claims.check_time(begun, now).map_err(InvalidProof::from)?;
        let of = format!("{key} {}", request.url);
        Ok(Some(Self { proven: Proven { key: Some(key), certificate: None }, next_nonce, of, jti: claims.jti, at }))
    }

    /// Notes that it has come, on all nodes: what is read is right in its form, so nobody but its maker can use it up.
    ///
    /// # Errors
    /// It came before.
    pub async fn count(&self, snapshot: &Snapshot) -> Result<(), NotProven> {
        let seen = Seen { kind: Kind::DpopProof, of: &self.of, jti: &self.jti, at: self.at };
        match seen_jwts::note(&snapshot.app.db, seen).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(NotProven::Replayed),
            Err(error) => Err(NotProven::Internal(error.into())),
        }
    }
}

/// The same URL of ours where certificates are shown (`mtls_endpoint_aliases`), if that is another place.
fn alias(snapshot: &Snapshot, url: &str) -> Option<String> {
    let path = url.strip_prefix(snapshot.app.issuer())?;
    snapshot.app.settings.mtls_url.as_ref().map(|place| place.url(path))
}

fn current_nonce(snapshot: &Snapshot) -> Result<HeaderValue, NotProven> {
    let nonce = nonce::current(snapshot.app.master_key(), snapshot.now);
    let nonce = nonce.map_err(|error| NotProven::Internal(InternalError::bug(error)))?;
    HeaderValue::try_from(nonce).map_err(|error| NotProven::Internal(InternalError::bug(error)))
}
