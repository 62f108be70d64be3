//! Whether the certificate that was shown with a request is its client's ([RFC 8705 §2](https://www.rfc-editor.org/rfc/rfc8705#section-2)).

use crate::{
    app::Snapshot,
    keys::{certificate, jwk},
    protocol::{
        client::{AuthMethod, Client},
        client_certificate::{Certificate, ExpectedSubject, RegisteredKey},
        jwk_set::JwkSet,
    },
    server::ClientCertificate,
};

/// The thumbprint of the certificate, if it proves who this client is: now, whatever it proved when the connection began.
///
/// # Errors
/// Why it does not, for the log.
pub(super) async fn check(
    shown: Option<&ClientCertificate>,
    client: &Client,
    snapshot: &Snapshot,
) -> Result<String, String> {
    let shown = shown.ok_or("the request shows none")?;
    let certificate = certificate::read(shown.der()).map_err(|error| error.to_string())?;
    if client.auth_method == AuthMethod::TlsClientAuth {
        ensure_vouched_for(shown, &certificate, client, snapshot)?;
    } else {
        certificate.ensure_fit_by_itself(snapshot.now).map_err(|error| error.to_string())?;
        let keys = snapshot.app.keys_of(&client.metadata, None, snapshot.now).await?;
        if !certificate.is_one_of(&registered(&keys)) {
            return Err("the client has registered neither it nor its key".to_owned());
        }
    }
    Ok(certificate.thumbprint)
}

/// RFC 8705 §2.1
fn ensure_vouched_for(
    shown: &ClientCertificate,
    certificate: &Certificate,
    client: &Client,
    snapshot: &Snapshot,
) -> Result<(), String> {
    certificate.ensure_fit(snapshot.now).map_err(|error| error.to_string())?;
    let (field, name) = client.certificate_names().next().ok_or("the client is registered without a name for it")?;
    let expected = ExpectedSubject::parse(field, name).map_err(|error| error.to_string())?;
    if !expected.is_borne_by(certificate) {
        return Err(format!("it does not bear the name in {}", field.as_str()));
    }
    let authorities = snapshot.app.settings.client_authorities.as_ref();
    let authorities = authorities.ok_or("tls.client_ca names no authorities, so nobody vouches for it")?;
    authorities.ensure_vouched_for(shown.der(), shown.chain(), snapshot.now).map_err(|error| error.to_string())
}

/// RFC 8705 §2.2.2: certificates (`x5c`), or keys without one.
fn registered(keys: &JwkSet) -> Vec<RegisteredKey> {
    let one = |jwk: &serde_json::Value| match certificate::first_of(jwk) {
        Some(thumbprint) => Some(RegisteredKey::Certificate(thumbprint)),
        None => jwk::thumbprint(jwk).map(RegisteredKey::Key),
    };
    keys.keys.iter().filter_map(one).collect()
}
