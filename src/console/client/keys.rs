//! The public keys of a client: what is known of them, and how it gets others.

use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::Value;
use time::OffsetDateTime;

use super::path;
use crate::{
    app::InternalError,
    console::{form, impact::Removal, recent_form::RecentForm, session::Administrator},
    keys::{self, jwk::thumbprint},
    language::Moment,
    policy::refusal::{Fault, Refusal},
    protocol::{
        client::{AuthMethod, Client},
        client_metadata::ClientMetadata,
        jwk_set::{JwkSet, MOST_KEYS},
    },
    registry::{self, ChangeError},
    secret::Secret,
    store::client_key_uses,
    web::{error_page::PageError, page::Section},
};

/// A public key.
pub struct PublicKeyRow {
    /// Its thumbprint.
    pub key: String,
    /// Its name. May be empty.
    pub kid: String,
    /// "P-256", "Ed25519" or "RSA".
    pub kind: String,
    /// When it ends. `None`: never by itself.
    pub expires: Option<Moment>,
    /// When it last proved who the client is.
    pub last_used: Option<Moment>,
}

/// What the tab shows of keys.
pub struct PublicKeys {
    /// Those that are registered.
    pub rows: Vec<PublicKeyRow>,
    /// Where they are found instead.
    pub url: Option<String>,
    /// One may be made here.
    pub may_make: bool,
}

/// Makes a key for a client that is to prove who it is by one and brings none. The private half, which is shown once.
pub(in crate::console) fn provide(metadata: &mut ClientMetadata) -> Result<Option<Secret>, ChangeError> {
    let has_none = metadata.jwks.is_none() && metadata.jwks_uri.is_none();
    if metadata.auth_method != AuthMethod::PrivateKeyJwt || !has_none {
        return Ok(None);
    }
    let made = keys::generate_for_client().map_err(|error| InternalError::Unavailable(error.into()))?;
    metadata.jwks = Some(JwkSet { keys: vec![made.public_jwk] });
    Ok(Some(Secret::presented(&made.private_jwk)))
}

/// Makes a key for the client, registers its public half, and leads to the page that shows the private one.
pub(in crate::console) async fn make(
    Path(id): Path<String>,
    RecentForm { admin, form: sent, .. }: RecentForm,
) -> Response {
    admin
        .answer(async {
            form::strict(&sent, &[])?;
            let client = admin.client(&id).await?;
            let made = keys::generate_for_client().map_err(|error| InternalError::Unavailable(error.into()))?;
            save(&admin, &client, |keys| keys.push(made.public_jwk.clone())).await?;
            super::show_until_stored(&admin, &path(&id), &Secret::presented(&made.private_jwk)).await?;
            Ok(Redirect::to(&format!("{}?tab=secrets", path(&id))).into_response())
        })
        .await
}

/// Ends a key (field `key`: its thumbprint).
pub(in crate::console) async fn end(
    Path(id): Path<String>,
    RecentForm { admin, form: sent, .. }: RecentForm,
) -> Response {
    admin
        .answer(async {
            let sent = form::strict(&sent, &[])?;
            let doomed = form::text(sent, "key");
            let client = admin.client(&id).await?;
            if let Some(question) = removal(&admin, &client, doomed).await?.question(&admin, sent).await? {
                return Ok(question);
            }
            save(&admin, &client, |keys| keys.retain(|key| thumbprint(key).as_deref() != Some(doomed))).await?;
            Ok(Redirect::to(&format!("{}?tab=secrets&done=ended", path(&id))).into_response())
        })
        .await
}

/// Saves the client with other keys.
async fn save(admin: &Administrator, client: &Client, change: impl FnOnce(&mut Vec<Value>)) -> Result<(), PageError> {
    if client.jwks_uri.is_some() {
        let rule = "This client publishes its keys itself: change them where they are.";
        return Err(ChangeError::from(Refusal::new("jwks", Fault::NotAllowed, rule)).into());
    }
    let mut jwks = client.jwks.clone().unwrap_or_default();
    change(&mut jwks.keys);
    let metadata = ClientMetadata { jwks: Some(jwks), ..client.metadata.clone() };
    Ok(registry::clients::update(&admin.app, &admin.by, &client.client_id, client.revision, &metadata).await?)
}

/// The question before a key ends. Who may not end it is told so, and not asked.
async fn removal(admin: &Administrator, client: &Client, doomed: &str) -> Result<Removal, PageError> {
    let page = path(&client.client_id);
    let mut rows = rows(admin, client).await?;
    rows.retain(|row| row.key == doomed && admin.author().may_change_client(client));
    let consequence = |row: &PublicKeyRow| {
        let used = row.last_used.as_ref().map(|at| format!("last used {}", at.relative));
        format!(
            "What the client signs with this key is not accepted any more. It was {}.",
            used.unwrap_or_else(|| "never used".to_owned())
        )
    };
    Ok(Removal {
        section: Section::Clients,
        path: format!("{page}/keys/end"),
        back: Some(format!("{page}?tab=secrets")),
        gone: rows.iter().map(|row| if row.kid.is_empty() { row.key.clone() } else { row.kid.clone() }).collect(),
        consequences: rows.iter().map(consequence).collect(),
    })
}

/// What the tab shows. `None`: it has no keys, and needs none.
pub(super) async fn of(admin: &Administrator, client: &Client) -> Result<Option<PublicKeys>, PageError> {
    let rows = rows(admin, client).await?;
    if rows.is_empty() && client.auth_method != AuthMethod::PrivateKeyJwt {
        return Ok(None);
    }
    let may_make = client.jwks_uri.is_none() && rows.len() < MOST_KEYS;
    Ok(Some(PublicKeys { rows, url: client.jwks_uri.clone(), may_make }))
}

async fn rows(admin: &Administrator, client: &Client) -> Result<Vec<PublicKeyRow>, PageError> {
    let moment = |at| Moment::new(at, admin.now);
    let mut uses = client_key_uses::of_client(&admin.app.db, &client.client_id).await?;
    let text = |key: &Value, name: &str| key[name].as_str().map(ToOwned::to_owned);
    let row = |key: &Value| {
        let named = thumbprint(key).unwrap_or_default();
        PublicKeyRow {
            kid: text(key, "kid").unwrap_or_default(),
            kind: text(key, "crv").or_else(|| text(key, "kty")).unwrap_or_default(),
            expires: key["exp"].as_i64().and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok()).map(moment),
            last_used: uses.remove(&named).map(moment),
            key: named,
        }
    };
    Ok(client.jwks.iter().flat_map(|jwks| &jwks.keys).map(row).collect())
}
