//! Why a client gets what it gets for a user: what [`policy::why`](crate::policy::why) decides by, read from the database.
//! Nothing is written.

use serde_json::Value;

use crate::{
    app::{InternalError, Snapshot},
    authentication::throttle,
    model::user::User,
    policy::why::{self, Asking, Person, Why},
    protocol::{client::Client, scope::Scope},
    store::{consents, factors, passwords},
};

/// Who asks for what.
#[derive(Clone, Copy)]
pub struct Sought<'a> {
    /// The client, as a snapshot has it.
    pub client: &'a Client,
    /// For which user. `None`: for the client itself, or for anybody.
    pub user: Option<&'a User>,
    /// The scopes. `None`: what the client asks for if it names none, which is all that it is registered for.
    pub scope: Option<&'a Scope>,
    /// The API that is named as `resource`. Empty: none.
    pub resource: &'a [String],
}

/// The answer, and the same as JSON.
///
/// # Errors
/// The database cannot be asked.
pub async fn answer(snapshot: &Snapshot, sought: Sought<'_>) -> Result<(Why, Value), InternalError> {
    let Sought { client, user, scope, resource } = sought;
    let db = &snapshot.app.db;
    let known = match user {
        None => None,
        Some(user) => {
            let (factors, consent, password, refused_until) = tokio::try_join!(
                factors::of(db, user.user_id),
                consents::find(db, user.user_id, &client.client_id),
                passwords::hash_of(db, user.user_id),
                throttle::password_refused_until(&snapshot.app, user.user_id),
            )?;
            Some((user, factors, consent, password.is_some(), refused_until))
        }
    };
    let person = known.as_ref().map(|(user, factors, consent, has_password, refused_until)| Person {
        user,
        factors: *factors,
        has_password: *has_password,
        consent: consent.as_ref(),
        refused_until: *refused_until,
    });
    let unnamed = why::unnamed(client, user.is_some(), resource, snapshot.registry());
    let asking = Asking { client, person, scope: scope.unwrap_or(&unnamed), resource };
    let why = why::why(asking, snapshot.terms());
    let json = why.to_json(asking, snapshot.app.issuer());
    Ok((why, json))
}
