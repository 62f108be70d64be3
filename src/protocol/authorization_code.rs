//! Redeeming an authorization code ([RFC 6749 §4.1.3], [RFC 7636 §4.6]).
//!
//! [RFC 6749 §4.1.3]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3
//! [RFC 7636 §4.6]: https://www.rfc-editor.org/rfc/rfc7636#section-4.6

use time::OffsetDateTime;

use super::{
    client::AuthenticatedClient,
    confirmation::{Proven, Thumbprint, Unconfirmed, check_key},
    error::{TokenError, TokenErrorCode},
    grant::Grant,
    pkce::CodeChallenge,
    token_request::AuthorizationCodeRequest,
};
use crate::secret::SecretHash;

/// How long a code can be redeemed, in seconds.
pub const LIFETIME: i64 = 60;

/// A code that we issued, with the grant behind it. [`IssuedCode::redeem`] is the only way to that grant.
pub struct IssuedCode {
    hash: SecretHash,
    redirect_uri: String,
    code_challenge: CodeChallenge,
    dpop_jkt: Option<Thumbprint>,
    expires_at: OffsetDateTime,
    redeemed: bool,
    session_ended: bool,
    grant: Grant,
}

/// Why a code is not redeemed. Each refusal but the first leaves no code that still works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum CodeRefusal {
    #[error("the code is unknown")]
    Unknown,
    #[error("the code was used before")]
    Replayed,
    #[error("the code was issued to another client")]
    OtherClient,
    #[error("the code has expired")]
    Expired,
    #[error("the grant has been revoked")]
    Revoked,
    #[error("the user has signed out")]
    SignedOut,
    #[error("redirect_uri differs from the authorization request")]
    OtherRedirectUri,
    #[error("the redirect_uri of the authorization request is no longer registered")]
    UnregisteredRedirectUri,
    #[error("code_verifier is missing or malformed")]
    NoVerifier,
    #[error("code_verifier does not match the code_challenge")]
    WrongVerifier,
    #[error("the code cannot be redeemed so: {0}")]
    Unconfirmed(Unconfirmed),
    #[error("the user must be authenticated better: send them through the authorization endpoint")]
    TooWeak,
}

impl From<CodeRefusal> for TokenError {
    fn from(refusal: CodeRefusal) -> Self {
        let code = match refusal {
            CodeRefusal::Unconfirmed(unconfirmed) => unconfirmed.into(),
            _ => TokenErrorCode::InvalidGrant,
        };
        Self::new(code, refusal.to_string())
    }
}

/// What the database knows of a code.
#[expect(missing_docs, reason = "the names say it")]
pub struct CodeRecord {
    pub hash: SecretHash,
    pub redirect_uri: String,
    pub code_challenge: CodeChallenge,
    /// The key that must be proven with it (RFC 9449 §10).
    pub dpop_jkt: Option<Thumbprint>,
    pub expires_at: OffsetDateTime,
    pub redeemed: bool,
    pub session_ended: bool,
    pub grant: Grant,
}

impl From<CodeRecord> for IssuedCode {
    fn from(record: CodeRecord) -> Self {
        let CodeRecord { hash, redirect_uri, code_challenge, dpop_jkt, expires_at, redeemed, session_ended, grant } =
            record;
        Self { hash, redirect_uri, code_challenge, dpop_jkt, expires_at, redeemed, session_ended, grant }
    }
}

impl IssuedCode {
    /// Whether this is the code somebody presented. Until it is, nothing about it may be said or changed.
    #[must_use]
    pub fn is(&self, presented: &SecretHash) -> bool {
        self.hash == *presented
    }

    /// The grant's id, to burn the code or revoke what it issued.
    #[must_use]
    pub fn grant_id(&self) -> uuid::Uuid {
        self.grant.grant_id
    }

    /// Exchanges the code for its grant, if the request passes RFC 6749 §4.1.3, RFC 7636 §4.6 and RFC 9449 §10.
    ///
    /// # Errors
    /// Why not.
    pub fn redeem(
        self,
        request: &AuthorizationCodeRequest,
        client: &AuthenticatedClient,
        proven: &Proven,
        now: OffsetDateTime,
    ) -> Result<Grant, CodeRefusal> {
        if self.redeemed {
            return Err(CodeRefusal::Replayed);
        }
        if self.grant.client_id != client.client_id {
            return Err(CodeRefusal::OtherClient);
        }
        if now >= self.expires_at {
            return Err(CodeRefusal::Expired);
        }
        if self.grant.revoked {
            return Err(CodeRefusal::Revoked);
        }
        if self.session_ended {
            return Err(CodeRefusal::SignedOut);
        }
        if request.redirect_uri.as_ref().is_some_and(|uri| *uri != self.redirect_uri) {
            return Err(CodeRefusal::OtherRedirectUri);
        }
        if !client.has_redirect_uri(&self.redirect_uri) {
            return Err(CodeRefusal::UnregisteredRedirectUri);
        }
        let verifier = request.code_verifier.as_ref().ok_or(CodeRefusal::NoVerifier)?;
        if !self.code_challenge.matches(verifier) {
            return Err(CodeRefusal::WrongVerifier);
        }
        check_key(self.dpop_jkt.as_ref(), proven.key.as_ref()).map_err(CodeRefusal::Unconfirmed)?;
        Ok(self.grant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        protocol::fixtures::{self, CALLBACK, VERIFIER, at},
        secret::Secret,
    };

    /// A code for the client `app`, issued at the moment 0.
    fn issued(change: impl FnOnce(&mut CodeRecord)) -> IssuedCode {
        let mut record = CodeRecord {
            hash: Secret::presented("the code").hash(),
            redirect_uri: CALLBACK.into(),
            code_challenge: fixtures::CHALLENGE.parse().unwrap(),
            dpop_jkt: None,
            expires_at: at(LIFETIME),
            redeemed: false,
            session_ended: false,
            grant: fixtures::grant("app"),
        };
        change(&mut record);
        record.into()
    }

    fn redeem(
        code: IssuedCode,
        client: &str,
        seconds: i64,
        callback: Option<&str>,
        verifier: &str,
    ) -> Option<CodeRefusal> {
        let request = AuthorizationCodeRequest {
            code: None,
            redirect_uri: callback.map(ToOwned::to_owned),
            code_verifier: verifier.parse().ok(),
            resource: None,
        };
        let client = fixtures::authenticated(fixtures::client(client));
        code.redeem(&request, &client, &Proven::NOTHING, at(seconds)).err()
    }

    #[test]
    fn a_code_works_only_as_it_was_issued() {
        let other = "x".repeat(43);
        for (client, seconds, callback, verifier, refusal) in [
            ("app", 0, Some(CALLBACK), VERIFIER, None),
            ("app", 59, None, VERIFIER, None),
            ("spy", 59, Some(CALLBACK), VERIFIER, Some(CodeRefusal::OtherClient)),
            ("app", 60, Some(CALLBACK), VERIFIER, Some(CodeRefusal::Expired)),
            ("app", 59, Some("https://app.example/Callback"), VERIFIER, Some(CodeRefusal::OtherRedirectUri)),
            ("app", 59, Some(CALLBACK), "", Some(CodeRefusal::NoVerifier)),
            ("app", 59, Some(CALLBACK), &other, Some(CodeRefusal::WrongVerifier)),
            ("app", 59, Some(CALLBACK), fixtures::CHALLENGE, Some(CodeRefusal::WrongVerifier)),
        ] {
            assert_eq!(
                redeem(issued(|_| {}), client, seconds, callback, verifier),
                refusal,
                "{client} {seconds} {callback:?}"
            );
        }
    }

    #[test]
    fn a_code_works_only_while_all_behind_it_holds() {
        type Change = fn(&mut CodeRecord);
        let changes: [(Change, CodeRefusal); 4] = [
            (|code| code.redeemed = true, CodeRefusal::Replayed),
            (|code| code.grant.revoked = true, CodeRefusal::Revoked),
            (|code| code.session_ended = true, CodeRefusal::SignedOut),
            (|code| code.redirect_uri = "https://app.example/old".into(), CodeRefusal::UnregisteredRedirectUri),
        ];
        for (change, refusal) in changes {
            assert_eq!(redeem(issued(change), "app", 1, None, VERIFIER), Some(refusal));
        }
        let by_a_thief = redeem(issued(|code| code.redeemed = true), "spy", 99, None, "");
        assert_eq!(by_a_thief, Some(CodeRefusal::Replayed), "a replay is one whoever sends it, and however late");
    }

    /// DP-10
    #[test]
    fn dp_10_a_code_that_is_bound_to_a_key_takes_that_key() {
        let (key, other) = (fixtures::CHALLENGE.parse::<Thumbprint>().unwrap(), fixtures::KEY.parse().unwrap());
        for (bound, proven, refusal) in [
            (None, None, None),
            (None, Some(&key), None),
            (Some(&key), Some(&key), None),
            (Some(&key), Some(&other), Some(TokenErrorCode::InvalidGrant)),
            (Some(&key), None, Some(TokenErrorCode::InvalidDpopProof)),
        ] {
            let code = issued(|code| code.dpop_jkt = bound.cloned());
            let (redirect_uri, code_verifier) = (None, VERIFIER.parse().ok());
            let request = AuthorizationCodeRequest { code: None, redirect_uri, code_verifier, resource: None };
            let client = fixtures::authenticated(fixtures::client("app"));
            let redeemed = code.redeem(&request, &client, &Proven { key: proven.cloned(), certificate: None }, at(1));
            assert_eq!(redeemed.err().map(|why| TokenError::from(why).error), refusal, "{bound:?} {proven:?}");
        }
    }

    #[test]
    fn a_code_is_recognised_by_its_hash() {
        let code = issued(|_| {});
        assert!(code.is(&Secret::presented("the code").hash()) && !code.is(&Secret::presented("another").hash()));
    }
}
