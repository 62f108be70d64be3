//! The one name by which a client's certificate is known ([RFC 8705 §2.1.2]).
//!
//! [RFC 8705 §2.1.2]: https://www.rfc-editor.org/rfc/rfc8705#section-2.1.2

use std::net::IpAddr;

use super::{
    AlternativeName, Certificate,
    distinguished_name::{DistinguishedName, MalformedName, is_text},
};

/// The kinds of names, each a member of a client's metadata. A client registers exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the RFC describes them")]
pub enum SubjectField {
    Dn,
    Dns,
    Uri,
    Ip,
    Email,
}

impl SubjectField {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Dn, Self::Dns, Self::Uri, Self::Ip, Self::Email];

    /// Its name in the metadata of a client.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dn => "tls_client_auth_subject_dn",
            Self::Dns => "tls_client_auth_san_dns",
            Self::Uri => "tls_client_auth_san_uri",
            Self::Ip => "tls_client_auth_san_ip",
            Self::Email => "tls_client_auth_san_email",
        }
    }
}

/// The name that the certificate of a client must bear.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the RFC describes them")]
pub enum ExpectedSubject {
    Dn(DistinguishedName),
    Dns(String),
    Uri(String),
    Ip(IpAddr),
    Email(String),
}

/// Why a text cannot be the name of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum MalformedSubject {
    #[error("{0}")]
    Dn(MalformedName),
    #[error("give a host name as the certificate has it, such as app.example.org; one with a * is nobody's own")]
    Dns,
    #[error("give a URI as the certificate has it, such as spiffe://example.org/app")]
    Uri,
    #[error("give an IP address, such as 192.0.2.1 or 2001:db8::1")]
    Ip,
    #[error("give an e-mail address as the certificate has it, such as app@example.org")]
    Email,
}

impl ExpectedSubject {
    /// Reads what a client has registered in this field.
    ///
    /// # Errors
    /// [`MalformedSubject`].
    pub fn parse(field: SubjectField, text: &str) -> Result<Self, MalformedSubject> {
        let is_line = !text.is_empty() && text.len() <= 1024 && text.is_ascii() && is_text(text) && !text.contains(' ');
        let has = |separator: &str| text.split_once(separator).is_some_and(|(a, b)| !a.is_empty() && !b.is_empty());
        match field {
            SubjectField::Dn => text.parse().map(Self::Dn).map_err(MalformedSubject::Dn),
            SubjectField::Dns => {
                let is_label = |label: &str| {
                    !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
                };
                let is_host = text.len() <= 253 && text.split('.').all(is_label);
                if is_host { Ok(Self::Dns(text.to_ascii_lowercase())) } else { Err(MalformedSubject::Dns) }
            }
            SubjectField::Uri if is_line && has(":") => Ok(Self::Uri(text.to_owned())),
            SubjectField::Uri => Err(MalformedSubject::Uri),
            SubjectField::Ip => text.parse().map(Self::Ip).map_err(|_| MalformedSubject::Ip),
            SubjectField::Email if is_line && has("@") => Ok(Self::Email(text.to_owned())),
            SubjectField::Email => Err(MalformedSubject::Email),
        }
    }

    /// Whether a certificate bears this name: the whole subject, or one of the names beside it. A pattern in a certificate
    /// is no name, so `*.example.org` is nobody (MT-06); and what stands in the common name is no host name.
    #[must_use]
    pub fn is_borne_by(&self, certificate: &Certificate) -> bool {
        if let Self::Dn(expected) = self {
            return expected.is(&certificate.subject);
        }
        certificate.names.iter().any(|name| match (self, name) {
            (Self::Dns(expected), AlternativeName::Dns(name)) => expected.eq_ignore_ascii_case(name),
            (Self::Uri(expected), AlternativeName::Uri(name))
            | (Self::Email(expected), AlternativeName::Email(name)) => expected == name,
            (Self::Ip(expected), AlternativeName::Ip(address)) => expected == address,
            _ => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::protocol::client_certificate::{Attribute, Subject};

    fn certificate() -> Certificate {
        let common_name = Attribute::new("2.5.4.3".into(), Some("cn.example.org"), vec![12, 0]);
        Certificate {
            subject: Subject(vec![vec![common_name]]),
            names: vec![
                AlternativeName::Dns("App.example.org".into()),
                AlternativeName::Dns("*.wild.example.org".into()),
                AlternativeName::Dns("nul.example.org\0.evil.example".into()),
                AlternativeName::Uri("spiffe://example.org/app".into()),
                AlternativeName::Ip("2001:db8::1".parse().unwrap()),
                AlternativeName::Email("app@example.org".into()),
            ],
            not_before: OffsetDateTime::UNIX_EPOCH,
            not_after: OffsetDateTime::UNIX_EPOCH,
            is_authority: false,
            is_for_clients: true,
            thumbprint: String::new(),
            key_thumbprint: None,
        }
    }

    /// MT-03, MT-06: RFC 8705 §2.1.2; addresses are compared as numbers (RFC 5952 §8).
    #[test]
    fn mt_03_mt_06_one_name_of_its_kind_counts_and_only_as_a_whole() {
        use SubjectField::{Dn, Dns, Email, Ip, Uri};
        for (field, text, expected) in [
            (Dn, "CN=cn.example.org", true),
            (Dn, "CN=app.example.org", false),
            (Dns, "app.example.org", true),
            (Dns, "APP.example.org", true),
            (Dns, "cn.example.org", false),
            (Dns, "example.org", false),
            (Dns, "a.wild.example.org", false),
            (Dns, "wild.example.org", false),
            (Dns, "nul.example.org", false),
            (Dns, "2001", false),
            (Uri, "spiffe://example.org/app", true),
            (Uri, "spiffe://example.org/App", false),
            (Uri, "spiffe://example.org/app/", false),
            (Uri, "spiffe://example.org", false),
            (Ip, "2001:db8::1", true),
            (Ip, "2001:0DB8:0:0::1", true),
            (Ip, "2001:db8::2", false),
            (Ip, "192.0.2.1", false),
            (Email, "app@example.org", true),
            (Email, "APP@example.org", false),
            (Email, "p@example.org", false),
        ] {
            let known = ExpectedSubject::parse(field, text).unwrap();
            assert_eq!(known.is_borne_by(&certificate()), expected, "{} {text}", field.as_str());
        }
    }

    #[test]
    fn what_no_certificate_should_be_known_by_is_refused() {
        use SubjectField::{Dn, Dns, Email, Ip, Uri};
        for (field, texts, refusal) in [
            (Dn, &["app.example.org"][..], MalformedSubject::Dn(MalformedName::NoType)),
            (Dns, &["", "*.example.org", "a..b", "a.", "a b", "a\0", "https://a", "ü.example"], MalformedSubject::Dns),
            (Uri, &["", "a", ":a", "a:", "a: b", "a:\0"], MalformedSubject::Uri),
            (Ip, &["", "192.0.2.1/32", "192.0.2.01", "192.0.2.1:443", "::g", "[::1]"], MalformedSubject::Ip),
            (Email, &["", "a", "@a", "a@", "a b@c", "a@b\n"], MalformedSubject::Email),
        ] {
            for text in texts {
                assert_eq!(ExpectedSubject::parse(field, text), Err(refusal), "{} {text:?}", field.as_str());
            }
        }
    }
}
