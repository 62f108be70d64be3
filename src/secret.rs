//! Secrets: 256 random bits that are shown once, and the SHA-256 of them that we keep.
//!
//! They are random, so a slow hash would add nothing but load. None of these types has `Debug` or `Display`: a secret
//! cannot reach a log by mistake.

use std::hash::{Hash, Hasher};

use aws_lc_rs::{constant_time, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;
use zeroize::Zeroizing;

/// What a secret is for. Its prefix lets a leak scanner find it and a user tell what leaked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// Authenticates a client.
    ClientSecret,
    /// Names a browser: a session or a half-finished sign-in. Lives in a cookie, so it has no prefix.
    Browser,
    /// An authorization code (RFC 6749 §1.3.1).
    AuthorizationCode,
    /// A one-time link that is mailed.
    Link,
    /// A pushed authorization request (RFC 9126).
    PushedRequest,
}

impl SecretKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::ClientSecret => "ptc_cs_",
            Self::Browser => "",
            Self::AuthorizationCode => "ptc_ac_",
            Self::Link => "ptc_ln_",
            Self::PushedRequest => "ptc_pr_",
        }
    }
}

/// A secret in clear: made by us and shown once, or presented by somebody.
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// A new secret: its prefix and 43 base64url characters.
    #[must_use]
    pub fn generate(kind: SecretKind) -> Self {
        Self(Zeroizing::new(format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(random_bytes::<32>()))))
    }

    /// A new secret that carries the id of its row, so that the row is found by an ordered key and the secret is
    /// compared by its hash: its prefix and 64 base64url characters.
    #[must_use]
    pub fn generate_with_id(kind: SecretKind, id: Uuid) -> Self {
        let mut bytes = Zeroizing::new([0; 48]);
        bytes[..16].copy_from_slice(id.as_bytes());
        bytes[16..].copy_from_slice(&random_bytes::<32>());
        Self(Zeroizing::new(format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(*bytes))))
    }

    /// A secret that somebody presented.
    #[must_use]
    pub fn presented(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The secret in clear, for the one answer that shows it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The last four characters, by which its owner recognises it.
    #[must_use]
    pub fn last_four(&self) -> &str {
        self.0.get(self.0.len().saturating_sub(4)..).unwrap_or_default()
    }

    /// What we keep of it.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(self.0.as_bytes())
    }
}

/// The SHA-256 of a secret. Compared in constant time.
#[derive(Clone, Copy)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    fn of(secret: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest::digest(&digest::SHA256, secret).as_ref());
        Self(bytes)
    }

    /// The hash that a row holds. `None`: not 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes a row holds.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The first eight hexadecimal digits, by which log lines can be related without the secret.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let [a, b, c, d, ..] = self.0;
        format!("{a:02x}{b:02x}{c:02x}{d:02x}")
    }
}

impl PartialEq for SecretHash {
    fn eq(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}
impl Eq for SecretHash {}

impl Hash for SecretHash {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// A code or link as we keep it or somebody presented it: the id of its row, and the hash to compare.
#[derive(Clone, Copy)]
pub struct Handle {
    /// The row's id (UUIDv7).
    pub id: Uuid,
    /// The hash of the whole text.
    pub hash: SecretHash,
}

impl Handle {
    /// Reads a presented code or link. `None`: it is nothing that we issue for this purpose, which also keeps one kind from
    /// being tried as another.
    #[must_use]
    pub fn parse(kind: SecretKind, text: &str) -> Option<Self> {
        let encoded = text.strip_prefix(kind.prefix())?;
        let bytes: [u8; 48] = URL_SAFE_NO_PAD.decode(encoded).ok()?.try_into().ok()?;
        let id = Uuid::from_slice(&bytes[..16]).ok()?;
        Some(Self { id, hash: Secret::presented(text).hash() })
    }
}

/// A refresh token (RFC 6749 §1.5) in clear. It names its grant, and carries a mark that all tokens of the grant share and
/// a secret of its own. So one row knows the whole family: the mark tells a token that was used long ago from one that
/// somebody made up.
pub struct RefreshToken {
    /// The grant that it belongs to.
    pub grant_id: Uuid,
    mark: Zeroizing<[u8; Self::MARK_LENGTH]>,
    text: Secret,
}

impl RefreshToken {
    const PREFIX: &str = "ptc_rt_";
    const MARK_LENGTH: usize = 16;

    /// The first token of a grant.
    #[must_use]
    pub fn generate(grant_id: Uuid) -> Self {
        Self::with_mark(grant_id, Zeroizing::new(random_bytes()))
    }

    /// The token that takes the place of this one.
    #[must_use]
    pub fn successor(&self) -> Self {
        Self::with_mark(self.grant_id, self.mark.clone())
    }

    /// Its prefix and 86 base64url characters.
    fn with_mark(grant_id: Uuid, mark: Zeroizing<[u8; Self::MARK_LENGTH]>) -> Self {
        let bytes = Zeroizing::new([grant_id.as_bytes(), &mark[..], &random_bytes::<32>()].concat());
        let text = format!("{}{}", Self::PREFIX, URL_SAFE_NO_PAD.encode(&*bytes));
        Self { grant_id, mark, text: Secret(Zeroizing::new(text)) }
    }

    /// Reads a presented refresh token. `None`: it cannot be one of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let encoded = text.strip_prefix(Self::PREFIX)?;
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(encoded).ok()?);
        let bytes: &[u8; 64] = bytes.as_slice().try_into().ok()?;
        let mark = Zeroizing::new(bytes[16..32].try_into().ok()?);
        Some(Self { grant_id: Uuid::from_slice(&bytes[..16]).ok()?, mark, text: Secret::presented(text) })
    }

    /// The token in clear, for the one answer that shows it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// What we keep of the mark.
    #[must_use]
    pub fn mark_hash(&self) -> SecretHash {
        SecretHash::of(&*self.mark)
    }

    /// What we keep of the token.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        self.text.hash()
    }
}

/// Bytes from the operating system's generator. The generator of aws-lc takes 70 ms to start: too slow for
/// a command.
///
/// # Panics
/// The operating system has none to give: no secret of ours would be one.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "a system without randomness must not go on")]
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_long_recognisable_and_equal_to_itself_only() {
        let (one, two) = (Secret::generate(SecretKind::ClientSecret), Secret::generate(SecretKind::ClientSecret));

        assert!(one.expose().starts_with("ptc_cs_") && one.expose().len() == 50);
        assert!(one.hash() == Secret::presented(one.expose()).hash());
        assert!(one.hash() != two.hash());
    }

    #[test]
    fn a_handle_is_read_only_as_what_it_is() {
        let id = Uuid::now_v7();
        let code = Secret::generate_with_id(SecretKind::AuthorizationCode, id);

        let handle = Handle::parse(SecretKind::AuthorizationCode, code.expose()).unwrap();
        assert_eq!(handle.id, id);
        assert!(handle.hash == code.hash());
        assert!(Handle::parse(SecretKind::Link, code.expose()).is_none());
        assert!(Handle::parse(SecretKind::AuthorizationCode, &code.expose()[..70]).is_none());
        assert!(Handle::parse(SecretKind::AuthorizationCode, "ptc_ac_é").is_none());
    }

    #[test]
    fn the_refresh_tokens_of_a_grant_share_their_mark_and_nothing_else() {
        let first = RefreshToken::generate(Uuid::now_v7());
        let second = first.successor();
        let stranger = RefreshToken::generate(first.grant_id);

        assert!(second.grant_id == first.grant_id && second.mark_hash() == first.mark_hash());
        assert!(second.hash() != first.hash() && stranger.mark_hash() != first.mark_hash());
        let read = RefreshToken::parse(second.expose()).unwrap();
        assert!(
            read.grant_id == first.grant_id && read.mark_hash() == first.mark_hash() && read.hash() == second.hash()
        );
        assert_eq!(read.expose(), second.expose());
        for (from, to) in [(0, 92), (1, 93), (7, 93)] {
            assert!(RefreshToken::parse(&second.expose()[from..to]).is_none());
        }
    }
}
