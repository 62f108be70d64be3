//! How a user gets in and how they end: links that are mailed to them, lost factors, deletion and its undoing. Nobody here ever learns
//! or sets a password (AD-14).

use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    confirm::{Act, Doomed},
    form,
    recent_form::RecentForm,
    session::Administrator,
    users::found,
};
use crate::{
    accounts::{factors, hold, invitation, users},
    model::user::User,
    web::page::Section,
};

/// Mails the user a link to choose their first password, or a new one.
pub(super) async fn send_link(Path(id): Path<String>, RecentForm { admin, by, form: sent }: RecentForm) -> Response {
    admin
        .answer(async {
            let user_id = form::id(&id)?;
            if form::text(form::strict(&sent, &[])?, "link") == "invitation" {
                invitation::invite(&admin.app, &by, user_id).await?;
            } else {
                invitation::send_reset(&admin.app, &by, user_id).await?;
            }
            Ok(Redirect::to(&format!("/admin/users/{user_id}?done=mailed")).into_response())
        })
        .await
}

/// Takes all factors from a user who has lost them.
pub(super) async fn reset(Path(id): Path<String>, RecentForm { admin, by, form }: RecentForm) -> Response {
    admin
        .answer(async {
            let user = found(&admin, &id).await?;
            let path = format!("/admin/users/{}", user.user_id);
            if let Err(again) = without_factors(&user, &path).confirmed(&admin, &form) {
                return Ok(*again);
            }
            factors::reset(&admin.app, &by, user.user_id).await?;
            Ok(Redirect::to(&format!("{path}?done=mfa-reset")).into_response())
        })
        .await
}

/// Asks before a user loses all factors.
pub(super) async fn ask_reset(admin: Administrator, Path(id): Path<String>) -> Response {
    admin
        .answer(async {
            let user = found(&admin, &id).await?;
            Ok(without_factors(&user, &format!("/admin/users/{}", user.user_id)).ask(&admin))
        })
        .await
}

fn without_factors<'a>(user: &'a User, path: &'a str) -> Doomed<'a> {
    let consequences = [
        "Their passkeys, authenticator apps and recovery codes.",
        "Their sessions, and the tokens that clients have from them.",
        "Then their password alone lets them add new ones. Make sure first that it is the user who asks.",
    ];
    Doomed {
        section: Section::Users,
        act: Act::RESET_FACTORS,
        kind: "user",
        name: &user.username,
        back: path,
        path,
        consequences: consequences.map(str::to_owned).into(),
    }
}

/// Lifts the hold that somebody at an earlier address of the user set.
pub(super) async fn lift_hold(Path(id): Path<String>, RecentForm { admin, by, .. }: RecentForm) -> Response {
    admin
        .answer(async {
            let user_id = form::id(&id)?;
            hold::lift(&admin.app, &by, user_id).await?;
            Ok(Redirect::to(&format!("/admin/users/{user_id}?done=lifted")).into_response())
        })
        .await
}

/// Asks whether to delete the user.
pub(super) async fn ask_delete(admin: Administrator, Path(id): Path<String>) -> Response {
    admin
        .answer(async {
            let user = found(&admin, &id).await?;
            Ok(doomed(&user, &format!("/admin/users/{}", user.user_id)).ask(&admin))
        })
        .await
}

/// Deletes the user, if their name was typed.
pub(super) async fn delete(Path(id): Path<String>, RecentForm { admin, by, form: sent }: RecentForm) -> Response {
    admin
        .answer(async {
            let user = found(&admin, &id).await?;
            let path = format!("/admin/users/{}", user.user_id);
            if let Err(question) = doomed(&user, &path).confirmed(&admin, form::strict(&sent, &[])?) {
                return Ok(*question);
            }
            users::delete(&admin.app, &by, user.user_id).await?;
            Ok(Redirect::to(&format!("{path}?done=user-deleted")).into_response())
        })
        .await
}

/// Brings a deleted user back, disabled.
pub(super) async fn restore(Path(id): Path<String>, RecentForm { admin, by, .. }: RecentForm) -> Response {
    admin
        .answer(async {
            let user_id = form::id(&id)?;
            users::restore(&admin.app, &by, user_id).await?;
            Ok(Redirect::to(&format!("/admin/users/{user_id}?done=restored")).into_response())
        })
        .await
}

fn doomed<'a>(user: &'a User, path: &'a str) -> Doomed<'a> {
    let consequences = vec![
        "The user is signed out everywhere, and their tokens stop working, within 1 second.".to_owned(),
        "They are told by mail, if there is an address.".to_owned(),
        "Within 30 days everything personal is erased. Until then you can restore them.".to_owned(),
        "Their subject identifier is never given to anybody else.".to_owned(),
    ];
    Doomed {
        section: Section::Users,
        act: Act::DELETE,
        kind: "user",
        name: &user.username,
        back: path,
        path,
        consequences,
    }
}
