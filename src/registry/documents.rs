//! Clients that come as documents, judged before they are registered.

use serde_json::{Map, Value};

use super::{Attempt, ChangeError, RecentPrincipal, clients::create_possible};
use crate::{
    app::App,
    policy::moving::{
        Note,
        document::{self, Arrived, Reading},
    },
};

/// What would become of a document.
pub struct Judged {
    /// What the client is called there: its id, or its name.
    pub name: String,
    /// What would be different. Nothing: it is taken as it is.
    ///
    /// # Errors
    /// Why it cannot come.
    pub verdict: Result<Vec<Note>, ChangeError>,
}

/// Says of each document, in this order, whether a client can be registered by it after those before it.
///
/// # Errors
/// They cannot be judged.
pub async fn judge(
    app: &App,
    by: &RecentPrincipal,
    documents: Vec<Map<String, Value>>,
    reading: &Reading,
) -> Result<Vec<Judged>, ChangeError> {
    let (mut judged, mut arrived) = (Vec::with_capacity(documents.len()), Vec::new());
    for (n, document) in documents.into_iter().enumerate() {
        let name =
            ["client_id", "client_name"].iter().find_map(|name| document.get(*name)?.as_str().map(str::to_owned));
        let verdict = match document::read(document, reading) {
            Ok(Arrived { client, notes }) => {
                arrived.push((n, client));
                Ok(notes)
            }
            Err(refusals) => Err(ChangeError::Invalid(refusals)),
        };
        judged.push(Judged { name: name.unwrap_or_else(|| format!("number {n}")), verdict });
    }
    let (places, clients): (Vec<_>, Vec<_>) = arrived.into_iter().unzip();
    let tried = create_possible(app, by, clients, Attempt::DryRun).await?;
    for (place, tried) in places.into_iter().zip(tried) {
        if let Err(error) = tried {
            judged[place].verdict = Err(error);
        }
    }
    Ok(judged)
}
