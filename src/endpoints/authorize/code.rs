//! The code that a client gets in the end.

use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Value, json};
use time::Duration;

use crate::{
    app::{Actor, App},
    clock::time_ordered_id,
    policy::event::Event,
    protocol::{authorization_code, grant::Grant, interaction::SignedIn, requested_level, scope::Scope},
    secret::{Handle, Secret, SecretKind},
    store::{
        authorization_codes::{self, NewCode},
        authorization_requests, grants, pool,
    },
    web::{authorization_answer, error_page::PageError, interaction::Interaction},
};

/// What a code is issued for.
pub(super) struct Given<'a> {
    /// By whom.
    pub signed_in: &'a SignedIn,
    /// The scopes.
    pub scope: Scope,
    /// What was asked for and is not given, as the audit trail has it.
    pub left_out: Option<Value>,
}

impl Given<'_> {
    /// What the code stands for.
    pub(super) fn grant(&self, interaction: &Interaction) -> Grant {
        let Interaction { request, client, snapshot, .. } = interaction;
        let (signed_in, now) = (self.signed_in, snapshot.now);
        let apis = snapshot.registry().owners(&self.scope);
        Grant {
            grant_id: time_ordered_id(now),
            client_id: client.client_id.clone(),
            user_id: signed_in.user_id,
            session_id: signed_in.session_id,
            scope: self.scope.clone(),
            resources: apis.iter().map(|api| api.identifier.clone()).collect(),
            claims: request.claims.clone(),
            nonce: request.nonce.clone(),
            authenticated_at: signed_in.authenticated_at,
            amr: signed_in.proof.amr.clone(),
            acr: requested_level::reported(request, signed_in.proof.level).as_str().to_owned(),
            created_at: now,
            expires_at: now + Duration::seconds(i64::from(client.refresh_token_lifetime)),
            revoked: false,
        }
    }
}

/// Issues a code, and sends the browser to the client with it.
pub(super) async fn issue(
    app: &App,
    caller: &Actor,
    interaction: &Interaction,
    given: Given<'_>,
) -> Result<Response, PageError> {
    let Interaction { request, client, snapshot, .. } = interaction;
    let (grant, now) = (given.grant(interaction), snapshot.now);
    let Given { signed_in, left_out, .. } = given;
    let code = Secret::generate_with_id(SecretKind::AuthorizationCode, grant.grant_id);
    let new_code = NewCode {
        handle: Handle { id: grant.grant_id, hash: code.hash() },
        client_id: &client.client_id,
        redirect_uri: request.destination.redirect_uri(),
        code_challenge: &request.code_challenge,
        dpop_jkt: request.dpop_jkt.as_ref(),
        issued_at: now,
        expires_at: now + Duration::seconds(authorization_code::LIFETIME),
    };
    let user_id = signed_in.user_id;
    let event = |name| app.event(name, &caller.user(user_id), now).about_user(user_id).of_client(&client.client_id);
    let mut issued = event(Event::CodeIssued);
    let mut told = json!({"grant_id": grant.grant_id, "scope": grant.scope});
    if let Some(left_out) = left_out {
        told["left_out"] = left_out;
    }
    issued.after = Some(told);

    let mut tx = pool::begin(&app.db).await?;
    if !authorization_requests::complete(&mut *tx, interaction.request_id, now).await? {
        return Err(PageError::gone());
    }
    if !grants::insert(&mut *tx, &grant).await? {
        let again = format!("/oauth2/authorize/{}", interaction.request_id);
        return Ok(Redirect::to(&again).into_response());
    }
    if authorization_codes::insert(&mut *tx, &new_code).await? {
        // RFC 9700 §2.1.1. Noticed and not refused: a user may have gone back and sent the same request again.
        let reused = event(Event::PkceChallengeReused).because("the client sent the same code_challenge before");
        app.write_event(&mut tx, reused).await?;
    }
    app.write_event(&mut tx, issued).await?;
    tx.commit().await?;
    authorization_answer::code(interaction, &code)
}
