//! Secrets that clients brought from elsewhere: their hashes lie sealed in the database, and are open in memory only.

use uuid::Uuid;

use super::{App, InternalError};
use crate::{
    keys::SealContext,
    protocol::client::{Client, KeptSecret},
    secret::SecretHash,
};

impl App {
    /// What is kept of a secret that a client brings, for this row.
    ///
    /// # Errors
    /// It could not be sealed, which nothing explains.
    pub fn seal_brought_secret(&self, secret_id: Uuid, hash: &SecretHash) -> Result<KeptSecret, InternalError> {
        let sealed = self.master_key().seal(&seal_context(&secret_id.to_string()), hash.as_bytes());
        sealed.map(KeptSecret::Sealed).map_err(InternalError::bug)
    }

    /// Opens those of a client's secrets that are sealed. One that does not open matches nothing.
    pub(super) fn open_brought_secrets(&self, client: &mut Client) {
        for secret in &mut client.secrets {
            let KeptSecret::Sealed(sealed) = &secret.kept else { continue };
            let opened = self.master_key().open(&seal_context(&secret.secret_id.to_string()), sealed);
            if let Some(hash) = opened.ok().and_then(|bytes| SecretHash::from_bytes(&bytes)) {
                secret.kept = KeptSecret::Hash(hash);
            } else {
                tracing::error!(client_id = client.client_id, "the master key does not open a client's secret");
            }
        }
    }
}

fn seal_context(secret_id: &str) -> SealContext<'_> {
    SealContext { table: "client_secrets", row: secret_id, purpose: "sealed_hash" }
}
