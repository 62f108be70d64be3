//! Secrets: 256 random bits that are shown once, and the SHA-256 of them that we keep.
//!
//! They are random, so a slow hash would add nothing but load. None of these types has `Debug` or `Display`: a secret
//! cannot reach a log by mistake.

use aws_lc_rs::{constant_time, digest, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;
use zeroize::Zeroizing;

/// What a secret is for. Its prefix lets a leak scanner find it and a person tell what leaked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// Authenticates a client.
    ClientSecret,
    /// Names a browser: a session or a half-finished sign-in. Lives in a cookie, so it has no prefix.
    Browser,
    /// An authorization code (RFC 6749 §1.3.1).
    AuthorizationCode,
    /// A refresh token (RFC 6749 §1.5).
    RefreshToken,
    /// A one-time link that is mailed.
    Link,
}

impl SecretKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::ClientSecret => "ptc_cs_",
            Self::Browser => "",
            Self::AuthorizationCode => "ptc_ac_",
            Self::RefreshToken => "ptc_rt_",
            Self::Link => "ptc_ln_",
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
        let digest = digest::digest(&digest::SHA256, self.0.as_bytes());
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.as_ref());
        SecretHash(bytes)
    }
}

/// The SHA-256 of a secret. Compared in constant time.
#[derive(Clone, Copy)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// The hash that a row holds. `None`: not 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes a row holds.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
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

/// A code, refresh token or link as we keep it or somebody presented it: the id of its row, and the hash to compare.
#[derive(Clone, Copy)]
pub struct Handle {
    /// The row's id (UUIDv7).
    pub id: Uuid,
    /// The hash of the whole text.
    pub hash: SecretHash,
}

impl Handle {
    /// Reads a presented code, refresh token or link. `None`: it is nothing that we issue for this purpose, which also
    /// keeps one kind from being tried as another.
    #[must_use]
    pub fn parse(kind: SecretKind, text: &str) -> Option<Self> {
        let encoded = text.strip_prefix(kind.prefix())?;
        let bytes: [u8; 48] = URL_SAFE_NO_PAD.decode(encoded).ok()?.try_into().ok()?;
        let id = Uuid::from_slice(&bytes[..16]).ok()?;
        Some(Self { id, hash: Secret::presented(text).hash() })
    }
}

/// Bytes from the operating system's generator.
///
/// # Panics
/// The operating system has none to give: no secret of ours would be one.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "a system without randomness must not go on")]
    rand::fill(&mut bytes).expect("the operating system gives random bytes");
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
        assert!(Handle::parse(SecretKind::RefreshToken, code.expose()).is_none());
        assert!(Handle::parse(SecretKind::AuthorizationCode, &code.expose()[..70]).is_none());
        assert!(Handle::parse(SecretKind::AuthorizationCode, "ptc_ac_é").is_none());
    }
}
