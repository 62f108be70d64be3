//! What a client would have got, where its sign-in was a test. Nothing is issued.

use axum::response::Response;
use serde_json::{Value, json};
use uuid::Uuid;

use super::code::Given;
use crate::{
    accounts::sign_in_test::{Outcome, Tokens},
    app::{Actor, App},
    model::user::User,
    policy::{
        issuance::{UserGrant, gives_refresh_token},
        told_claims::{self, About},
    },
    protocol::{confirmation::Proven, grant::Grant},
    web::{authorization_answer, error_page::PageError, interaction::Interaction},
};

/// Ends a test with what the token endpoint would say, were it asked at once.
pub(super) async fn end(
    app: &App,
    caller: &Actor,
    interaction: &Interaction,
    given: &Given<'_>,
    user: &User,
) -> Result<Response, PageError> {
    let outcome = outcome(interaction, &given.grant(interaction), user);
    authorization_answer::end_test(app, caller, interaction, outcome).await
}

fn outcome(interaction: &Interaction, grant: &Grant, user: &User) -> Outcome {
    let Interaction { client, snapshot, .. } = interaction;
    let refused = |error: &str, description: String| Outcome::Error {
        error: error.to_owned(),
        description,
        user: Some((user.user_id, user.username.clone())),
    };
    let nonce = grant.nonce.clone();
    let granted = UserGrant { client, grant, user, scope: None, resource: &[], nonce, proven: &Proven::NOTHING };
    let contents = match granted.contents(snapshot.terms(), Uuid::nil()) {
        Ok(Ok(contents)) => contents,
        Ok(Err(_)) => return refused("invalid_grant", "the user may not use this client any more".to_owned()),
        Err(error) => return refused(error.error.as_str(), error.error_description.to_string()),
    };
    let about = About { client, user, held: &contents.held.scope, claims: &grant.claims };
    let userinfo = contents.held.scope.contains("openid").then(|| {
        let mut claims = told_claims::at_userinfo(about, snapshot.registry());
        claims.insert("sub".to_owned(), json!(user.user_id));
        claims
    });
    Outcome::Tokens(Box::new(Tokens {
        user_id: user.user_id,
        username: user.username.clone(),
        refresh_token: gives_refresh_token(client, &contents.held),
        access_token: without_ids(json!(contents.access_token)),
        id_token: contents.id_token.map(|token| json!(token)),
        userinfo,
    }))
}

/// The claims without the ids of a token that does not exist.
fn without_ids(mut claims: Value) -> Value {
    if let Some(claims) = claims.as_object_mut() {
        claims.retain(|name, _| !["jti", "grant_id"].contains(&name.as_str()));
    }
    claims
}
