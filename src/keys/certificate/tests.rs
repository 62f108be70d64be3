use std::collections::BTreeMap;

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose,
    IsCa, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PublicKeyData,
    SanType,
};
use time::macros::datetime;

use super::*;
use crate::protocol::client_certificate::{ExpectedSubject, SubjectField};

fn params(change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    (params.not_before, params.not_after) = (datetime!(2026-01-01 0:00 UTC), datetime!(2027-01-01 0:00 UTC));
    change(&mut params);
    params
}

fn made(change: impl FnOnce(&mut CertificateParams)) -> Certificate {
    let key = KeyPair::generate().unwrap();
    read(params(change).self_signed(&key).unwrap().der()).unwrap()
}

#[test]
fn what_a_certificate_says_is_read() {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let made = params(|params| {
        params.distinguished_name.push(DnType::CountryName, "NZ");
        params.distinguished_name.push(DnType::OrganizationName, "Records, Ltd");
        params.distinguished_name.push(DnType::CommonName, "Importer");
        params.subject_alt_names = vec![
            SanType::DnsName("app.example.org".try_into().unwrap()),
            SanType::URI("spiffe://example.org/app".try_into().unwrap()),
            SanType::IpAddress("2001:db8::1".parse().unwrap()),
            SanType::IpAddress("192.0.2.1".parse().unwrap()),
            SanType::Rfc822Name("app@example.org".try_into().unwrap()),
        ];
    });
    let made = made.self_signed(&key).unwrap();

    let certificate = read(made.der()).unwrap();

    assert_eq!(certificate.subject.to_string(), "CN=Importer,O=Records\\, Ltd,C=NZ");
    for (field, text) in [
        (SubjectField::Dn, "CN=Importer,O=Records\\, Ltd,C=NZ"),
        (SubjectField::Dns, "app.example.org"),
        (SubjectField::Uri, "spiffe://example.org/app"),
        (SubjectField::Ip, "2001:db8::1"),
        (SubjectField::Ip, "192.0.2.1"),
        (SubjectField::Email, "app@example.org"),
    ] {
        assert!(ExpectedSubject::parse(field, text).unwrap().is_borne_by(&certificate), "{text}");
    }
    let validity = (certificate.not_before, certificate.not_after);
    assert_eq!(validity, (datetime!(2026-01-01 0:00 UTC), datetime!(2027-01-01 0:00 UTC)));
    assert!(!certificate.is_authority && certificate.is_for_clients);
    assert_eq!(certificate.thumbprint, thumbprint(made.der()));
    let point = key.der_bytes();
    let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
    assert_eq!(certificate.key_thumbprint, jwk::thumbprint(&json!({"kty": "EC", "crv": "P-256", "x": x, "y": y})));
}

/// MT-03: text in encodings that programs read differently, and text with a NUL, has no name but what is encoded.
#[test]
fn mt_03_odd_texts_of_a_subject_are_no_text() {
    for (value, shown) in [
        (DnValue::PrintableString("app".try_into().unwrap()), "CN=app"),
        (DnValue::Utf8String("app".into()), "CN=app"),
        (DnValue::Ia5String("app".try_into().unwrap()), "CN=app"),
        (DnValue::Utf8String("app\0x".into()), "2.5.4.3=#0c056170700078"),
        (DnValue::TeletexString("app".try_into().unwrap()), "2.5.4.3=#1403617070"),
        (DnValue::BmpString("app".try_into().unwrap()), "2.5.4.3=#1e06006100700070"),
    ] {
        let certificate = made(|params| params.distinguished_name.push(DnType::CommonName, value));
        assert_eq!(certificate.subject.to_string(), shown);
        let expected = ExpectedSubject::parse(SubjectField::Dn, shown).unwrap();
        assert!(expected.is_borne_by(&certificate), "{shown}");
    }
    let long = made(|params| params.distinguished_name.push(DnType::CommonName, DnValue::Utf8String("\0".repeat(200))));
    assert!(long.subject.to_string().starts_with("2.5.4.3=#0c81c80000"), "{}", long.subject);
}

/// MT-06
#[test]
fn mt_06_what_a_certificate_is_for_is_read() {
    use ExtendedKeyUsagePurpose::{Any, ClientAuth, ServerAuth};
    use KeyUsagePurpose::{DigitalSignature, KeyCertSign};
    for (usage, purposes, expected) in [
        (vec![], vec![], true),
        (vec![DigitalSignature], vec![ClientAuth], true),
        (vec![], vec![ServerAuth, ClientAuth], true),
        (vec![], vec![Any], true),
        (vec![], vec![ServerAuth], false),
        (vec![KeyCertSign], vec![ClientAuth], false),
    ] {
        let certificate = made(|params| {
            params.key_usages.clone_from(&usage);
            params.extended_key_usages.clone_from(&purposes);
        });
        assert_eq!(certificate.is_for_clients, expected, "{usage:?} {purposes:?}");
    }
    assert!(made(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)).is_authority);
    assert!(!made(|params| params.is_ca = IsCa::ExplicitNoCa).is_authority);
}

#[test]
fn keys_of_other_kinds_have_their_thumbprints() {
    let mut found = BTreeMap::new();
    for algorithm in [&PKCS_ED25519, &PKCS_ECDSA_P384_SHA384] {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let read = read(params(|_| {}).self_signed(&key).unwrap().der()).unwrap();
        let raw = key.der_bytes();
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let jwk = if raw.len() == 32 {
            json!({"kty": "OKP", "crv": "Ed25519", "x": text(raw)})
        } else {
            json!({"kty": "EC", "crv": "P-384", "x": text(&raw[1..49]), "y": text(&raw[49..])})
        };
        found.insert(jwk["crv"].to_string(), (read.key_thumbprint, jwk::thumbprint(&jwk)));
    }
    assert!(found.values().all(|(read, made)| read.is_some() && read == made), "{found:?}");
}

#[test]
fn what_is_no_certificate_is_refused() {
    let key = KeyPair::generate().unwrap();
    let whole = params(|_| {}).self_signed(&key).unwrap().der().to_vec();
    let names = CustomExtension::from_oid_content(&[2, 5, 29, 17], vec![0x30, 0x03, 0x82, 0x01, b'a']);
    let twice = params(|params| params.custom_extensions = vec![names.clone(), names]);
    let twice = twice.self_signed(&key).unwrap().der().to_vec();
    let longer = [&whole[..], &[0]].concat();
    for der in [&[][..], &[0x30], b"-----BEGIN CERTIFICATE-----", &whole[..whole.len() - 1], &longer, &twice] {
        assert_eq!(read(der), Err(UnreadableCertificate));
    }
    assert!(read(&whole).is_ok());
}
