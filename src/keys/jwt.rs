//! JWTs as we accept them: compact JWS only (RFC 7515 §7.1), after the advice of RFC 8725.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::claims::RegisteredClaims;
use super::verifying_key::VerifyingKey;
use crate::protocol::json::parse_object;
use crate::protocol::signing_algorithm::SigningAlgorithm;

/// The longest token we look at, in bytes.
const MAX_LENGTH: usize = 16 * 1024;

/// The kinds of JWT that we issue or take, told apart by their `typ` (RFC 8725 §3.11), so that none passes for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typ {
    /// An access token (RFC 9068 §2.1).
    AccessToken,
    /// An ID token (OpenID Connect Core §2).
    IdToken,
    /// A logout token (OpenID Connect Back-Channel Logout §2.4).
    LogoutToken,
    /// What a client says to prove who it is (RFC 7523 §2.2).
    ClientAssertion,
    /// An authorization request that its client signed (RFC 9101 §4).
    RequestObject,
    /// An answer of the authorization endpoint (JARM §2.1).
    AuthorizationResponse,
}

impl Typ {
    /// All of them, in their order.
    pub(super) const ALL: [Self; 6] = [
        Self::AccessToken,
        Self::IdToken,
        Self::LogoutToken,
        Self::ClientAssertion,
        Self::RequestObject,
        Self::AuthorizationResponse,
    ];

    /// As it stands in the header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "at+jwt",
            Self::IdToken => "JWT",
            Self::LogoutToken => "logout+jwt",
            Self::ClientAssertion => "client-authentication+jwt",
            Self::RequestObject => "oauth-authz-req+jwt",
            Self::AuthorizationResponse => "oauth-authz-resp+jwt",
        }
    }

    /// Whether a token with this `typ` may be of this kind. Clients write what their library writes: what they sign is also taken
    /// without its own name, as nothing but a JWT.
    fn accepts(self, typ: Option<&str>) -> bool {
        let is_plain = typ.is_none_or(|typ| Self::IdToken.matches(typ));
        let is_of_client = matches!(self, Self::ClientAssertion | Self::RequestObject);
        typ.is_some_and(|typ| self.matches(typ)) || is_of_client && is_plain
    }

    fn matches(self, typ: &str) -> bool {
        is_type(typ, self.name())
    }
}

/// Media types compare without case, and `application/` may be left out (RFC 7515 §4.1.9).
pub(super) fn is_type(typ: &str, name: &str) -> bool {
    const PREFIX: &str = "application/";
    let bare = match typ.split_at_checked(PREFIX.len()) {
        Some((prefix, bare)) if prefix.eq_ignore_ascii_case(PREFIX) => bare,
        _ => typ,
    };
    bare.eq_ignore_ascii_case(name)
}

/// Why a token is not accepted. For the log: whoever presented it learns only that it is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum InvalidJwt {
    #[error("it is longer than 16 KiB")]
    TooLong,
    #[error("it is not a compact JWS")]
    NotCompact,
    #[error("its header is malformed")]
    MalformedHeader,
    #[error("its header demands an extension")]
    Extension,
    #[error("its typ is another")]
    OtherTyp,
    #[error("no key has its kid")]
    UnknownKey,
    #[error("its alg is not its key's")]
    OtherAlgorithm,
    #[error("its signature is wrong")]
    WrongSignature,
    #[error("its payload is malformed")]
    MalformedPayload,
    #[error("its claim {0} is missing or malformed")]
    MalformedClaim(&'static str),
}

/// A compact JWS, taken apart: its header is in order, its signature nobody has checked yet.
#[derive(Debug)]
pub(super) struct Compact<'a> {
    /// What `alg` and `typ` do not say. Nothing of it may be believed before the signature is checked, and no key in it at all,
    /// unless the kind of token is one that brings its own.
    pub header: Map<String, Value>,
    pub alg: String,
    pub typ: Option<String>,
    signed: &'a str,
    payload: &'a str,
    signature: &'a str,
}

/// A token whose header is in order and whose signature nobody has checked yet. It gives away which key to check it with.
#[derive(Debug)]
pub struct UnverifiedJwt<'a> {
    kid: Option<String>,
    jws: Compact<'a>,
}

/// A token that a known key signed, with the form of its registered claims checked, but not their time or issuer.
#[derive(Debug)]
pub struct VerifiedJwt {
    /// The key that signed it, if the header names it.
    pub kid: Option<String>,
    /// With this algorithm.
    pub algorithm: SigningAlgorithm,
    /// The claims that every token has; see [`RegisteredClaims::check`].
    pub claims: RegisteredClaims,
    payload: Vec<u8>,
}

impl<'a> Compact<'a> {
    /// Takes the token apart and reads its header.
    pub fn parse(token: &'a str) -> Result<Self, InvalidJwt> {
        if token.len() > MAX_LENGTH {
            return Err(InvalidJwt::TooLong);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(InvalidJwt::NotCompact)?;
        let (header, payload) = signed.split_once('.').ok_or(InvalidJwt::NotCompact)?;
        if payload.contains('.') {
            return Err(InvalidJwt::NotCompact);
        }

        let mut header = decode(header).and_then(|json| parse_object(&json).ok()).ok_or(InvalidJwt::MalformedHeader)?;
        // We understand no extension, and RFC 7515 §4.1.11 forbids an empty list. `b64` is one (RFC 7797).
        if header.contains_key("crit") || header.contains_key("b64") {
            return Err(InvalidJwt::Extension);
        }
        let alg = take_text(&mut header, "alg")?.ok_or(InvalidJwt::MalformedHeader)?;
        let typ = take_text(&mut header, "typ")?;
        Ok(Self { header, alg, typ, signed, payload, signature })
    }

    /// Checks that it is signed with this key, and only then reads what it says: the JSON, and the same as members.
    pub fn verify(&self, key: &VerifyingKey) -> Result<(Vec<u8>, Map<String, Value>), InvalidJwt> {
        // The key decides the algorithm, the token can only agree (RFC 8725 §3.1).
        if self.alg != key.algorithm().as_str() {
            return Err(InvalidJwt::OtherAlgorithm);
        }
        let signature = decode(self.signature).ok_or(InvalidJwt::WrongSignature)?;
        if !key.verifies(self.signed.as_bytes(), &signature) {
            return Err(InvalidJwt::WrongSignature);
        }

        let payload = decode(self.payload).ok_or(InvalidJwt::MalformedPayload)?;
        let members = parse_object(&payload).map_err(|_| InvalidJwt::MalformedPayload)?;
        Ok((payload, members))
    }
}

impl<'a> UnverifiedJwt<'a> {
    /// Takes the token apart and reads its header.
    ///
    /// `jku`, `x5u`, `jwk` and `x5c` are not looked at: a token cannot bring its own key.
    ///
    /// # Errors
    ///
    /// [`InvalidJwt`], before any cryptography.
    pub fn parse(token: &'a str) -> Result<Self, InvalidJwt> {
        let mut jws = Compact::parse(token)?;
        let kid = take_text(&mut jws.header, "kid")?;
        Ok(Self { kid, jws })
    }

    /// The name of the key that it claims to be signed with.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The algorithm that it claims to be signed with.
    #[must_use]
    pub fn alg(&self) -> &str {
        &self.jws.alg
    }

    /// Whom it claims to speak of: says whose keys to check it with, and nothing else.
    #[must_use]
    pub fn claimed_subject(&self) -> Option<String> {
        let mut members = parse_object(&decode(self.jws.payload)?).ok()?;
        take_text(&mut members, "sub").ok().flatten()
    }

    /// Checks that the token is of this type and signed with this key, and only then reads what it says.
    ///
    /// # Errors
    ///
    /// [`InvalidJwt`].
    pub fn verify(&self, key: &VerifyingKey, expected: Typ) -> Result<VerifiedJwt, InvalidJwt> {
        let (payload, members) = self.open(key, expected)?;
        let claims = RegisteredClaims::read(&members).map_err(InvalidJwt::MalformedClaim)?;
        Ok(VerifiedJwt { kid: self.kid.clone(), algorithm: key.algorithm(), claims, payload })
    }

    /// The same for a token that need not have the claims of others: the JSON, and its members.
    pub(super) fn open(&self, key: &VerifyingKey, expected: Typ) -> Result<(Vec<u8>, Map<String, Value>), InvalidJwt> {
        if !expected.accepts(self.jws.typ.as_deref()) {
            return Err(InvalidJwt::OtherTyp);
        }
        self.jws.verify(key)
    }
}

impl VerifiedJwt {
    /// The JSON that was signed, in which no member appears twice.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Reads the claims that a kind of token has beside the registered ones.
    ///
    /// # Errors
    ///
    /// [`InvalidJwt::MalformedPayload`] if they do not have this form.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, InvalidJwt> {
        serde_json::from_slice(&self.payload).map_err(|_| InvalidJwt::MalformedPayload)
    }
}

/// Base64url without padding and with nothing in the unused bits: one spelling for each value.
fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn take_text(header: &mut Map<String, Value>, name: &str) -> Result<Option<String>, InvalidJwt> {
    match header.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(InvalidJwt::MalformedHeader),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse_header(header: &str) -> Result<(), InvalidJwt> {
        let token = format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(header));
        UnverifiedJwt::parse(&token).map(|_| ())
    }

    #[test]
    fn a_header_is_a_plain_object_that_names_its_key() {
        for (header, refusal) in [
            (r#"{"alg":"ES256","kid":"k","typ":"JWT"}"#, None),
            (r#"{"alg":"ES256","kid":"k","jku":"https://evil.example","jwk":{},"x5c":[]}"#, None),
            (r#"{"alg":"ES256"}"#, None),
            (r#"{"kid":"k"}"#, Some(InvalidJwt::MalformedHeader)),
            (r#"{"alg":"ES256","kid":1}"#, Some(InvalidJwt::MalformedHeader)),
            (r#"{"alg":["ES256"],"kid":"k"}"#, Some(InvalidJwt::MalformedHeader)),
            (r#"{"alg":"ES256","kid":"k","typ":null}"#, Some(InvalidJwt::MalformedHeader)),
            (r#"{"alg":"none","alg":"ES256","kid":"k"}"#, Some(InvalidJwt::MalformedHeader)), // JW-09
            ("null", Some(InvalidJwt::MalformedHeader)),                                      // CA-23
            ("[]", Some(InvalidJwt::MalformedHeader)),
            ("", Some(InvalidJwt::MalformedHeader)),
            (r#"{"alg":"ES256","kid":"k","crit":["x"]}"#, Some(InvalidJwt::Extension)), // JW-06
            (r#"{"alg":"ES256","kid":"k","crit":[]}"#, Some(InvalidJwt::Extension)),
            (r#"{"alg":"ES256","kid":"k","b64":false}"#, Some(InvalidJwt::Extension)),
        ] {
            assert_eq!(parse_header(header).err(), refusal, "{header}");
        }
    }

    #[test]
    fn only_a_compact_jws_is_taken_apart() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","kid":"k"}"#);
        for (token, refusal) in [
            (format!("{header}.e30.AA"), None),
            (String::new(), Some(InvalidJwt::NotCompact)),
            (format!("{header}.e30"), Some(InvalidJwt::NotCompact)),
            (format!("{header}.e30.AA.AA"), Some(InvalidJwt::NotCompact)),
            (format!("{header}.e30.AA.AA.AA"), Some(InvalidJwt::NotCompact)), // a JWE
            (".".repeat(16 * 1024), Some(InvalidJwt::NotCompact)),
            (".".repeat(100_000), Some(InvalidJwt::TooLong)),
            (format!("{header}.{}.AA", "A".repeat(1 << 20)), Some(InvalidJwt::TooLong)),
            (format!("{header}=.e30.AA"), Some(InvalidJwt::MalformedHeader)),
            (format!(" {header}.e30.AA"), Some(InvalidJwt::MalformedHeader)),
            (r#"{"payload":"e30","signatures":[]}"#.into(), Some(InvalidJwt::NotCompact)), // JW-06
        ] {
            assert_eq!(UnverifiedJwt::parse(&token).err(), refusal, "{}", &token[..token.len().min(80)]);
        }
    }

    #[test]
    fn base64url_has_one_spelling() {
        assert_eq!(decode("AA"), Some(vec![0]));
        for other in ["AB", "AA==", "AA=", "A", "A A", "AA\n", "+w", "/w"] {
            assert_eq!(decode(other), None, "{other:?}");
        }
    }

    #[test]
    fn types_compare_as_media_types() {
        for (typ, access, id) in [
            ("at+jwt", true, false),
            ("AT+JWT", true, false),
            ("Application/At+Jwt", true, false),
            ("JWT", false, true),
            ("application/jwt", false, true),
            ("text/jwt", false, false),
            ("application/", false, false),
            ("application/application/jwt", false, false),
            ("applicatioé/jwt", false, false),
            ("", false, false),
        ] {
            assert_eq!((Typ::AccessToken.matches(typ), Typ::IdToken.matches(typ)), (access, id), "{typ}");
        }
    }

    #[test]
    fn only_what_clients_sign_may_be_without_a_typ_of_its_own() {
        for (typ, access, id, assertion, request) in [
            (None, false, false, true, true),
            (Some("JWT"), false, true, true, true),
            (Some("client-authentication+jwt"), false, false, true, false),
            (Some("OAUTH-authz-REQ+jWt"), false, false, false, true),
            (Some("at+jwt"), true, false, false, false),
            (Some("dpop+jwt"), false, false, false, false),
            (Some(""), false, false, false, false),
        ] {
            let kinds = [Typ::AccessToken, Typ::IdToken, Typ::ClientAssertion, Typ::RequestObject];
            assert_eq!(kinds.map(|kind| kind.accepts(typ)), [access, id, assertion, request], "{typ:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(token in any::<String>(), header in any::<String>()) {
            prop_assert!(UnverifiedJwt::parse(&token).is_err());
            prop_assert!(parse_header(&header).is_err());
        }
    }
}
