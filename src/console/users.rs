//! The page of a user.

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    audit::{self, EventRow},
    form,
    recent_form::RecentForm,
    session::Administrator,
    undoing::{self, Editable},
    user_access::{self, Access},
    user_profile::{self, Known},
    user_summary::{HeldRole, LastSignIn, held_roles, last_sign_in},
};
use crate::{
    accounts,
    app::user_in_record,
    language::Moment,
    model::user::User,
    policy::{
        change::{Deed, powers_given, right_of},
        recovery::{Withheld, withheld},
    },
    protocol::parameters::Parameters,
    registry::ChangeError,
    store::{
        audit_events::{self, Filter},
        factors::{self, Factor, FactorKind},
        passwords, users,
    },
    web::{
        error_page::PageError,
        form::Query,
        page::{Section, Shell},
        view::Notice,
    },
};

const HISTORY: i64 = 20;

/// One user. Below its own path its forms post `enabled` = `true` or `false` to `/enabled`, `link` = `invitation` or
/// `recovery` to `/link`, and nothing to `/reset-mfa`, `/restore` and `/lift-hold`.
#[derive(Template)]
#[template(path = "console/user.html")]
#[expect(clippy::struct_excessive_bools, reason = "its template asks for each by its name")]
pub struct UserPage<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// The subject identifier.
    pub user_id: &'a str,
    /// The username.
    pub username: &'a str,
    /// The email address; may be empty.
    pub email: &'a str,
    /// They answered a mail sent there.
    pub email_verified: bool,
    /// Since when the account is held: nothing that sets a password is mailed or works.
    pub held: Option<Moment>,
    /// Until when no such link goes to the address, because somebody else set it.
    pub waits_until: Option<Moment>,
    /// The reader may change the account.
    pub may_change: bool,
    /// The reader may end sessions, and withdraw what clients were allowed.
    pub may_end: bool,
    /// They may sign in.
    pub enabled: bool,
    /// They have chosen a password.
    pub has_password: bool,
    /// When they were deleted. Until they are erased they can be restored.
    pub deleted: Option<Moment>,
    /// When the account was made.
    pub created: Moment,
    /// When they last signed in, and from where. `None`: the audit trail knows no time.
    pub last_sign_in: Option<LastSignIn>,
    /// The roles that were given to them.
    pub roles: Vec<HeldRole>,
    /// Their full name; may be empty.
    pub name: &'a str,
    /// What else is known of them.
    pub profile: Vec<Known>,
    /// Where they are signed in, and what they allowed clients.
    pub access: Access,
    /// What they prove themselves by beside the password.
    pub factors: Vec<FactorRow>,
    /// What happened lately.
    pub history: Vec<EventRow>,
}

/// A factor of a user.
pub struct FactorRow {
    /// What its owner calls it.
    pub name: String,
    /// What it is.
    pub kind: &'static str,
    /// When it was added.
    pub added: Moment,
    /// When it was used last.
    pub used: Option<Moment>,
}

/// The page of a user.
pub(super) async fn show(admin: Administrator, Path(id): Path<String>, Query(query): Query) -> Response {
    admin
        .answer(async {
            let found = users::find_with_use(&admin.app.db, form::id(&id)?).await?;
            let (user, in_use) = found.ok_or(ChangeError::Unknown)?;
            let waits_until = match withheld(None, user.email_given_at, in_use, admin.now) {
                Some(Withheld::Until(until)) => Some(Moment::new(until, admin.now)),
                _ => None,
            };
            let subject = user_in_record(user.user_id);
            let filter = Filter { subject: Some(&subject), ..Filter::default() };
            let history = audit_events::list(&admin.app.db, &filter, HISTORY).await?;
            let held = factors::list(&admin.app.db, user.user_id).await?;
            let shell = admin.shell(Section::Users);
            let notices = notices(&query, user.email.is_some());
            let given = powers_given(&user, |name| admin.snapshot.registry().role(name));
            let may = |deed| admin.author().check(right_of(deed)).and_then(|()| admin.author().exceeds(given)).is_ok();
            let content = UserPage {
                shell: &shell,
                notices: undoing::offered(&admin, &query, Some(Editable::user(user.user_id)), notices).await?,
                user_id: &id,
                username: &user.username,
                email: user.email.as_deref().unwrap_or_default(),
                email_verified: user.email_verified,
                held: user.held_at.map(|at| Moment::new(at, admin.now)),
                waits_until,
                may_change: may(Deed::ResetFactors(user.user_id)),
                may_end: may(Deed::EndSessions(user.user_id)),
                enabled: user.enabled,
                has_password: passwords::hash_of(&admin.app.db, user.user_id).await?.is_some(),
                deleted: user.deleted_at.map(|at| Moment::new(at, admin.now)),
                created: Moment::new(user.created_at, admin.now),
                last_sign_in: last_sign_in(&admin, &subject).await?,
                roles: held_roles(&admin, &user).await?,
                name: user.profile.name.as_deref().unwrap_or_default(),
                profile: user_profile::known(&user.profile),
                access: user_access::of(&admin.app, user.user_id, admin.now).await?,
                factors: held.into_iter().map(|factor| factor_row(factor, &admin)).collect(),
                history: audit::rows(&admin, history).await?,
            };
            Ok(shell.page(&content).into_response())
        })
        .await
}

/// Switches the user on or off.
pub(super) async fn set_enabled(Path(id): Path<String>, RecentForm { admin, by, form: sent }: RecentForm) -> Response {
    admin
        .answer(async {
            let enabled = form::text(form::strict(&sent, &[])?, "enabled") == "true";
            let user_id = form::id(&id)?;
            accounts::users::set_enabled(&admin.app, &by, user_id, enabled).await?;
            let done = if enabled { "enabled" } else { "disabled" };
            Ok(Redirect::to(&format!("/admin/users/{user_id}?done={done}")).into_response())
        })
        .await
}

pub(super) async fn found(admin: &Administrator, id: &str) -> Result<User, PageError> {
    Ok(users::find(&admin.app.db, form::id(id)?).await?.ok_or(ChangeError::Unknown)?)
}

/// What was done just now, and whether its user hears of it.
fn notices(query: &Parameters, has_address: bool) -> Vec<Notice> {
    let mut notices = form::notices(query);
    let told = match form::text(query, "done") {
        "enabled" | "disabled" | "ended" | "restored" | "user-deleted" if has_address => " The user is told by mail.",
        "saved" if has_address => " If the roles or the email address changed, the user is told by mail.",
        "enabled" | "disabled" | "ended" | "restored" | "user-deleted" | "saved" => {
            " The user has no email address, so nobody is told: it stands in their recent activity alone."
        }
        _ => "",
    };
    if let Some(notice) = notices.first_mut() {
        notice.text.push_str(told);
    }
    notices
}

fn factor_row(factor: Factor, admin: &Administrator) -> FactorRow {
    FactorRow {
        name: factor.name,
        kind: match factor.kind {
            FactorKind::Totp => "Authenticator app",
            FactorKind::Passkey => "Passkey",
        },
        added: Moment::new(factor.created_at, admin.now),
        used: factor.last_used_at.map(|at| Moment::new(at, admin.now)),
    }
}
