//! Makes the registry what a file says ([`crate::policy::registry_file`]): all of it, or nothing.

use super::{ChangeError, Changing, NoneMade, RecentPrincipal, clients};
use crate::{
    app::App,
    clock::time_ordered_id,
    policy::{
        change::Change,
        new_client::NewClient,
        registry_file::{Described, Plan, Registered},
    },
    protocol::client::Client,
    secret::Secret,
    store::{
        apis,
        clients::{self as rows, Sought},
        roles,
        span::Span,
    },
};

/// How many clients are read at once.
const PAGE: i64 = 500;

/// What is registered, as far as a file can say it.
///
/// # Errors
/// The database cannot be asked.
pub async fn read(app: &App) -> sqlx::Result<Registered> {
    let mut all = Vec::<Client>::new();
    loop {
        let after = all.last().map(|last| (last.name.clone(), last.client_id.clone()));
        let after = after.as_ref().map(|(name, id)| (name.as_str(), id.as_str()));
        let page = rows::page(&app.db, Sought::default(), Span::by_name(after, PAGE)).await?;
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    Ok(Registered::of(apis::all(&app.db).await?, roles::all(&app.db).await?, all))
}

/// What applying a file would do now.
///
/// # Errors
/// The database cannot be asked.
pub async fn plan(app: &App, wanted: &Described, prunes: bool) -> sqlx::Result<Plan> {
    Ok(Plan::of(&read(app).await?, wanted, prunes))
}

/// Takes the steps of a plan in one transaction, and tells the secrets that clients got, each with its client's id. What each
/// step changes must still be as it was when the plan was made.
///
/// # Errors
/// [`NoneMade`], by the place of a step.
pub async fn apply(app: &App, by: &RecentPrincipal, plan: &Plan) -> Result<Vec<(String, Secret)>, NoneMade> {
    let (mut changes, mut secrets) = (Vec::with_capacity(plan.steps.len()), Vec::new());
    for (place, step) in plan.steps.iter().enumerate() {
        let made = made(app, step.change.clone()).map_err(|error| NoneMade { place: Some(place), error });
        let (change, secret) = made?;
        secrets.extend(secret.map(|secret| (step.name.clone(), secret)));
        changes.push(change);
    }
    let mut changing = Changing::begin(app, by, &changes).await?;
    for (place, change) in changes.iter().enumerate() {
        if change.revision() != change.clone().of_newest(changing.state()).revision() {
            return Err(NoneMade { place: Some(place), error: ChangeError::Outdated(Box::default()) });
        }
    }
    // A step may raise the revision of what a later one edits: an API that loses a scope takes it from roles and clients.
    changing.apply_all(&changes, |change, state| change.clone().of_newest(state)).await?;
    changing.commit().await?;
    Ok(secrets)
}

/// The change of a step, with what a file does not say: the id of a new API, the secret of a new client.
fn made(app: &App, change: Change) -> Result<(Change, Option<Secret>), ChangeError> {
    match change {
        Change::RegisterApi { settings, .. } => {
            Ok((Change::RegisterApi { api_id: time_ordered_id(app.clock.now()), settings }, None))
        }
        Change::RegisterClient { client_id, metadata, enabled, .. } => {
            let new = NewClient { client_id: Some(client_id), enabled, ..NewClient::from(*metadata) };
            clients::registration(app, new)
        }
        change => Ok((change, None)),
    }
}
