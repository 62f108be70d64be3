//! Signing keys, JOSE and encryption at rest; the only place that uses josekit and the only one that signs.
//!
//! A key is born in [`generate()`], lies in the database sealed by the [`MasterKey`], and works inside a [`KeySet`]: an
//! immutable snapshot that signs our tokens, verifies them, and publishes the public halves. Signatures are made and
//! checked by aws-lc-rs; josekit generates the keys and writes them as JWK. What josekit does not check (types,
//! repeated members, `crit`, numbers that are no times), [`jwt`] and [`claims`] do.
//!
//! Certificates of clients are read here too ([`certificate`]), and held against the authorities that vouch for them
//! ([`ClientAuthorities`]).

pub mod certificate;
pub mod claims;
pub mod client_authorities;
pub mod client_keys;
pub mod dpop;
pub mod generate;
pub mod jwk;
pub mod jwt;
pub mod key_set;
pub mod master_key;
pub mod signer;
pub mod signing_key;
pub mod verifying_key;

pub use certificate::UnreadableCertificate;
pub use claims::{RefusedClaims, RegisteredClaims};
pub use client_authorities::{AuthoritiesError, ClientAuthorities, NotVouchedFor};
pub use dpop::{InvalidProof, SignedProof};
pub use generate::{ClientKey, GeneratedKey, generate, generate_for_client};
pub use jwt::{InvalidJwt, Typ, VerifiedJwt};
pub use key_set::KeySet;
pub use master_key::{MasterKey, SealContext, WrongKeyOrContext};
pub use signer::{SignError, Signer};
pub use signing_key::{KeyState, SigningKey, UnknownKeyState};
pub use verifying_key::{VerifyingKey, pem_of};
