//! The access token that a request presents, by which scheme, and what it proves ([RFC 6750 §2.1], [RFC 9449 §7.1]).
//!
//! [RFC 6750 §2.1]: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
//! [RFC 9449 §7.1]: https://www.rfc-editor.org/rfc/rfc9449#section-7.1

use axum::http::{HeaderMap, Method, header::AUTHORIZATION};

use super::dpop::{NotProven, Proof};
use crate::{
    app::Snapshot,
    protocol::{
        dpop::{ALGORITHMS, ProvenRequest},
        signing_algorithm::SigningAlgorithm,
        token_response::TokenType,
    },
};

/// An access token, and how it came.
pub struct PresentedToken {
    /// The token.
    pub token: String,
    /// By this scheme.
    pub scheme: TokenType,
}

/// The request has two headers `Authorization`.
pub struct TwoHeaders;

impl PresentedToken {
    /// A token that came without a scheme: in the body of a request.
    #[must_use]
    pub const fn bearer(token: String) -> Self {
        Self { token, scheme: TokenType::Bearer }
    }

    /// The token in the header of a request. `None`: there is none, or of a scheme that is not one of tokens.
    ///
    /// # Errors
    /// There are two headers.
    pub fn in_header(headers: &HeaderMap) -> Result<Option<Self>, TwoHeaders> {
        let mut sent = headers.get_all(AUTHORIZATION).iter();
        let (first, None) = (sent.next(), sent.next()) else { return Err(TwoHeaders) };
        let words = first.and_then(|header| header.to_str().ok()).and_then(|text| text.split_once(' '));
        Ok(words.and_then(|(scheme, token)| {
            Some(Self { token: token.trim().to_owned(), scheme: TokenType::named(scheme)? })
        }))
    }

    /// The proof that comes with it, if its scheme takes one. `path`: what is asked for, at our issuer.
    ///
    /// # Errors
    /// Why it proves nothing.
    pub fn proof(
        &self,
        snapshot: &Snapshot,
        headers: &HeaderMap,
        method: &Method,
        path: &str,
    ) -> Result<Option<Proof>, NotProven> {
        if self.scheme == TokenType::Bearer {
            return Ok(None);
        }
        let url = snapshot.app.settings.issuer.url(path);
        let request = ProvenRequest { method: method.as_str(), url: &url, access_token: Some(&self.token) };
        Proof::read(snapshot, headers, request)?.map(Some).ok_or(NotProven::Missing)
    }
}

/// A challenge of a scheme (RFC 9110 §11.6.1), with what stands in it besides, such as `error="invalid_token"`.
#[must_use]
pub fn challenge(scheme: TokenType, said: &[(&str, &str)]) -> String {
    let algorithms = ALGORITHMS.map(SigningAlgorithm::as_str).join(" ");
    let taken = (scheme == TokenType::Dpop).then_some(("algs", algorithms.as_str()));
    let all = [("realm", "portcullis")].into_iter().chain(said.iter().copied()).chain(taken);
    let all = all.map(|(name, value)| format!("{name}=\"{value}\"")).collect::<Vec<_>>();
    format!("{} {}", scheme.as_str(), all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(authorizations: &[&str]) -> Result<Option<(String, TokenType)>, ()> {
        let mut headers = HeaderMap::new();
        for text in authorizations {
            headers.append(AUTHORIZATION, text.parse().unwrap());
        }
        let read = PresentedToken::in_header(&headers).map_err(|TwoHeaders| ())?;
        Ok(read.map(|read| (read.token, read.scheme)))
    }

    /// UI-08
    #[test]
    fn ui_08_schemes_are_told_apart_in_any_case() {
        let token = |scheme| Ok(Some(("t".to_owned(), scheme)));
        for (sent, expected) in [
            (&["bEaReR t"][..], token(TokenType::Bearer)),
            (&["dPoP  t "], token(TokenType::Dpop)),
            (&["Basic t"], Ok(None)),
            (&["DPoPt"], Ok(None)),
            (&[""], Ok(None)),
            (&[], Ok(None)),
            (&["Bearer t", "DPoP t"], Err(())),
        ] {
            assert_eq!(read(sent), expected, "{sent:?}");
        }
    }

    #[test]
    fn a_challenge_says_what_is_taken() {
        assert_eq!(challenge(TokenType::Bearer, &[]), r#"Bearer realm="portcullis""#);
        assert_eq!(
            challenge(TokenType::Dpop, &[("error", "invalid_token")]),
            r#"DPoP realm="portcullis", error="invalid_token", algs="ES256 PS256 EdDSA""#
        );
    }
}
