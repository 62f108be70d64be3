//! What the certificate of a client proves ([RFC 8705 §2]): the rules, without what it takes to read one.
//!
//! A client is known by its certificate in one of two ways. Either an authority vouches for it, and the client has registered
//! one name that it bears ([`ExpectedSubject`]); or the client has registered the certificate itself, or its key
//! ([`RegisteredKey`]). Both ask when it is good and what it is for, of what was read from it ([`Certificate`]).
//!
//! [RFC 8705 §2]: https://www.rfc-editor.org/rfc/rfc8705#section-2

mod distinguished_name;
mod expected_subject;

use std::net::IpAddr;

use time::OffsetDateTime;

pub use distinguished_name::{Attribute, DistinguishedName, MalformedName, Subject};
pub use expected_subject::{ExpectedSubject, MalformedSubject, SubjectField};

/// What was read from a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Whose it is.
    pub subject: Subject,
    /// What else its holder is called (RFC 5280 §4.2.1.6).
    pub names: Vec<AlternativeName>,
    /// From then on it is good.
    pub not_before: OffsetDateTime,
    /// Until then it is good.
    pub not_after: OffsetDateTime,
    /// Its holder may give certificates to others.
    pub is_authority: bool,
    /// Nothing in it says that it is for something else than to prove who a client is.
    pub is_for_clients: bool,
    /// SHA-256 of it, in base64url: `x5t#S256` (RFC 7515 §4.1.8, RFC 8705 §3.1).
    pub thumbprint: String,
    /// The thumbprint of its key as a JWK (RFC 7638). `None`: a key of a kind that we do not know.
    pub key_thumbprint: Option<String>,
}

/// A name beside the subject, of the kinds by which clients can be known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "RFC 5280 §4.2.1.6 describes them")]
pub enum AlternativeName {
    Dns(String),
    Uri(String),
    Ip(IpAddr),
    Email(String),
}

/// Why a certificate proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum UnfitCertificate {
    #[error("the certificate is not good yet")]
    NotYetValid,
    #[error("the certificate has expired")]
    Expired,
    #[error("the certificate is one of an authority, and not of a client")]
    OfAuthority,
    #[error("the certificate is for something else than to prove who a client is: its key usage says so")]
    OtherPurpose,
}

/// A certificate or a key that a client has registered (RFC 7517 §4.7, RFC 8705 §2.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegisteredKey {
    /// `x5c` of a JWK: the SHA-256 of its first certificate, as [`Certificate::thumbprint`].
    Certificate(String),
    /// A JWK without: its thumbprint, as [`Certificate::key_thumbprint`].
    Key(String),
}

impl Certificate {
    /// Whether it is fit to say who a client is on the word of an authority. That an authority vouches for it is another
    /// question.
    ///
    /// # Errors
    /// [`UnfitCertificate`]: an authority's own is none of a client (MT-06).
    pub fn ensure_fit(&self, now: OffsetDateTime) -> Result<(), UnfitCertificate> {
        self.ensure_fit_by_itself(now)?;
        if self.is_authority { Err(UnfitCertificate::OfAuthority) } else { Ok(()) }
    }

    /// The same on the client's own word. Such certificates are often marked as an authority's, because most tools do so
    /// with what signs itself, and it gives them nothing here.
    ///
    /// # Errors
    /// [`UnfitCertificate`].
    pub fn ensure_fit_by_itself(&self, now: OffsetDateTime) -> Result<(), UnfitCertificate> {
        if now < self.not_before {
            return Err(UnfitCertificate::NotYetValid);
        }
        if now > self.not_after {
            return Err(UnfitCertificate::Expired);
        }
        if self.is_for_clients { Ok(()) } else { Err(UnfitCertificate::OtherPurpose) }
    }

    /// Whether it is one of those that a client has registered.
    #[must_use]
    pub fn is_one_of(&self, registered: &[RegisteredKey]) -> bool {
        registered.iter().any(|registered| match registered {
            RegisteredKey::Certificate(thumbprint) => *thumbprint == self.thumbprint,
            RegisteredKey::Key(thumbprint) => Some(thumbprint) == self.key_thumbprint.as_ref(),
        })
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);

    fn certificate() -> Certificate {
        Certificate {
            subject: Subject::default(),
            names: Vec::new(),
            not_before: NOW - Duration::DAY,
            not_after: NOW + Duration::DAY,
            is_authority: false,
            is_for_clients: true,
            thumbprint: "certificate".into(),
            key_thumbprint: Some("key".into()),
        }
    }

    /// MT-06
    #[test]
    fn mt_06_a_certificate_is_good_for_its_time_and_its_purpose() {
        use UnfitCertificate::{Expired, NotYetValid, OfAuthority, OtherPurpose};
        let (second, good) = (Duration::SECOND, certificate());
        for (certificate, by_authority, by_itself) in [
            (good.clone(), None, None),
            (Certificate { not_before: NOW, not_after: NOW, ..good.clone() }, None, None),
            (Certificate { not_before: NOW + second, ..good.clone() }, Some(NotYetValid), Some(NotYetValid)),
            (Certificate { not_after: NOW - second, ..good.clone() }, Some(Expired), Some(Expired)),
            (Certificate { is_for_clients: false, ..good.clone() }, Some(OtherPurpose), Some(OtherPurpose)),
            (Certificate { is_authority: true, ..good.clone() }, Some(OfAuthority), None),
        ] {
            assert_eq!(certificate.ensure_fit(NOW).err(), by_authority, "{certificate:?}");
            assert_eq!(certificate.ensure_fit_by_itself(NOW).err(), by_itself, "{certificate:?}");
        }
    }

    /// MT-04
    #[test]
    fn mt_04_a_client_is_known_by_the_certificate_or_the_key_that_it_registered() {
        let by_certificate = |text: &str| RegisteredKey::Certificate(text.into());
        let by_key = |text: &str| RegisteredKey::Key(text.into());
        for (registered, expected) in [
            (&[][..], false),
            (&[by_certificate("certificate")], true),
            (&[by_key("key")], true),
            (&[by_key("other"), by_key("key")], true),
            (&[by_certificate("key"), by_key("certificate")], false),
            (&[by_certificate("other")], false),
        ] {
            assert_eq!(certificate().is_one_of(registered), expected, "{registered:?}");
        }
        let unknown = Certificate { key_thumbprint: None, ..certificate() };
        assert!(!unknown.is_one_of(&[by_key("key")]));
    }
}
