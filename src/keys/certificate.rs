//! Reads certificates (RFC 5280): what the rules ask for, out of DER that a stranger has sent.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use x509_parser::{
    certificate::X509Certificate,
    extensions::GeneralName,
    parse_x509_certificate,
    public_key::PublicKey,
    x509::{AttributeTypeAndValue, SubjectPublicKeyInfo},
};

use super::jwk;
use crate::protocol::client_certificate::{AlternativeName, Attribute, Certificate, Subject};

/// It is no certificate, or says something twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the certificate cannot be read")]
pub struct UnreadableCertificate;

/// Reads a certificate. Nobody has vouched for what it says.
///
/// # Errors
/// [`UnreadableCertificate`].
pub fn read(der: &[u8]) -> Result<Certificate, UnreadableCertificate> {
    let (rest, read) = parse_x509_certificate(der).map_err(|_| UnreadableCertificate)?;
    if !rest.is_empty() {
        return Err(UnreadableCertificate);
    }
    let names = read.subject_alternative_name().map_err(|_| UnreadableCertificate)?;
    let names = names.iter().flat_map(|extension| &extension.value.general_names);
    let constraints = read.basic_constraints().map_err(|_| UnreadableCertificate)?;
    let relative = read.subject().iter_rdn().map(|relative| relative.iter().map(attribute).collect());
    Ok(Certificate {
        subject: Subject(relative.collect()),
        names: names.filter_map(alternative_name).collect(),
        not_before: read.validity().not_before.to_datetime(),
        not_after: read.validity().not_after.to_datetime(),
        is_authority: constraints.is_some_and(|constraints| constraints.value.ca),
        is_for_clients: is_for_clients(&read)?,
        thumbprint: thumbprint(der),
        key_thumbprint: public_jwk(read.public_key()).and_then(|jwk| jwk::thumbprint(&jwk)),
    })
}

/// The thumbprint of the certificate that a JWK has of its key (`x5c`, RFC 7517 §4.7), if it has one.
#[must_use]
pub fn first_of(jwk: &Value) -> Option<String> {
    let der = STANDARD.decode(jwk["x5c"].as_array()?.first()?.as_str()?).ok()?;
    Some(thumbprint(&der))
}

/// SHA-256 of a certificate, in base64url (RFC 8705 §3.1).
#[must_use]
pub fn thumbprint(der: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, der))
}

/// What has no extension for it is for everything (RFC 5280 §4.2.1.3, §4.2.1.12).
fn is_for_clients(read: &X509Certificate<'_>) -> Result<bool, UnreadableCertificate> {
    let usage = read.key_usage().map_err(|_| UnreadableCertificate)?;
    let purposes = read.extended_key_usage().map_err(|_| UnreadableCertificate)?;
    let may_sign = usage.is_none_or(|usage| usage.value.digital_signature());
    Ok(may_sign && purposes.is_none_or(|purposes| purposes.value.client_auth || purposes.value.any))
}

fn attribute(read: &AttributeTypeAndValue<'_>) -> Attribute {
    const UTF8_STRING: u32 = 12;
    const PRINTABLE_STRING: u32 = 19;
    const IA5_STRING: u32 = 22;
    let (tag, content) = (read.attr_value().tag().0, read.attr_value().data);
    // Of other types of text (TeletexString, BMPString) readers make different texts, so their name is what is encoded.
    let text = match tag {
        UTF8_STRING => str::from_utf8(content).ok(),
        PRINTABLE_STRING | IA5_STRING if content.is_ascii() => str::from_utf8(content).ok(),
        _ => None,
    };
    let constructed = if read.attr_value().header.is_constructed() { 0x20 } else { 0 };
    let tag = u8::try_from(tag).unwrap_or(u8::MAX) | constructed;
    Attribute::new(read.attr_type().to_id_string(), text, encoded(tag, content))
}

/// Tag, length, content, as DER has them.
fn encoded(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant = length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1);
    let length = length.get(significant..).unwrap_or_default();
    let mut all = vec![tag];
    if content.len() >= 0x80 {
        all.push(0x80 | u8::try_from(length.len()).unwrap_or(u8::MAX));
    }
    [&all[..], length, content].concat()
}

fn alternative_name(name: &GeneralName<'_>) -> Option<AlternativeName> {
    Some(match name {
        GeneralName::DNSName(name) => AlternativeName::Dns((*name).to_owned()),
        GeneralName::URI(uri) => AlternativeName::Uri((*uri).to_owned()),
        GeneralName::RFC822Name(address) => AlternativeName::Email((*address).to_owned()),
        GeneralName::IPAddress(bytes) => AlternativeName::Ip(address(bytes)?),
        _ => return None,
    })
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = || Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).into());
    let v6 = || Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into());
    v4().or_else(v6)
}

/// The key as a JWK, as far as its thumbprint goes (RFC 7518 §6, RFC 8037 §2).
fn public_jwk(key: &SubjectPublicKeyInfo<'_>) -> Option<Value> {
    const ED25519: &str = "1.3.101.112";
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let number = |bytes: &[u8]| {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        text(bytes.get(zeros..).unwrap_or_default())
    };
    if key.algorithm.algorithm.to_id_string() == ED25519 {
        return Some(json!({"kty": "OKP", "crv": "Ed25519", "x": text(&key.subject_public_key.data)}));
    }
    match key.parsed().ok()? {
        PublicKey::RSA(rsa) => Some(json!({"kty": "RSA", "n": number(rsa.modulus), "e": number(rsa.exponent)})),
        PublicKey::EC(point) => {
            let (crv, length) = match &*key.algorithm.parameters.as_ref()?.as_oid().ok()?.to_id_string() {
                "1.2.840.10045.3.1.7" => ("P-256", 32),
                "1.3.132.0.34" => ("P-384", 48),
                "1.3.132.0.35" => ("P-521", 66),
                _ => return None,
            };
            // The uncompressed point of SEC 1 §2.3.3.
            let coordinates = point.data().strip_prefix(&[4])?;
            let (x, y) = (coordinates.len() == 2 * length).then(|| coordinates.split_at(length))?;
            Some(json!({"kty": "EC", "crv": crv, "x": text(x), "y": text(y)}))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
