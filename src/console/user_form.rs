//! The form that adds a user, or changes one.

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    form,
    recent_form::RecentForm,
    session::Administrator,
    undoing::{self, Editable},
    unsent::{self, Showing},
    user_merging::{members, merged},
    user_profile,
    users::found,
};
use crate::{
    accounts,
    accounts::users::UserSettings,
    model::user::User,
    policy::{change::problems_of_user, profile::edited},
    protocol::{parameters::Parameters, standard_claims::Profile},
    registry::{ChangeError, RecentPrincipal},
    web::{
        error_page::PageError,
        field::{FieldGroup, Input},
        form::Query,
        page::{Section, Shell},
        picker::{self, Choices},
        view::{Choice, ChoiceGroup, FormErrors},
    },
};

/// The field of the roles.
const ROLES: &str = "roles";

/// The fields that may repeat.
const SEVERAL: [&str; 3] = ["roles", "roles.add", "roles.remove"];

/// Adds a user, or changes one. `roles` repeats for each role; the fields of the profile are called as claims, those of the
/// address as `address.locality`. A new user is invited by mail and chooses the password.
#[derive(Template)]
#[template(path = "console/user_form.html")]
pub struct UserForm<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// The id of the user that is changed. `None`: a new one.
    pub existing: Option<&'a str>,
    /// The row's revision when the form was shown.
    pub revision: i32,
    /// What is wrong with what was sent.
    pub errors: &'a FormErrors,
    /// `username`.
    pub username: &'a str,
    /// `email`.
    pub email: &'a str,
    /// `roles`.
    pub roles: Choices,
    /// The profile.
    pub profile: Vec<FieldGroup>,
}

impl UserForm<'_> {
    /// Whether a field of the profile is wrong, so that it is not folded away.
    fn profile_is_open(&self) -> bool {
        self.profile.iter().any(|group| group.open)
    }
}

/// The form of a new user.
pub(super) async fn create(admin: Administrator) -> Response {
    admin
        .answer(async {
            let (form, showing) = unsent::held(&admin, "/admin/users/new", Parameters::default()).await?;
            Ok(render(&admin, None, &read(&form, UserSettings::default()), picker::sought(&form, ROLES), showing))
        })
        .await
}

/// Adds the user.
pub(super) async fn submit_new(RecentForm { admin, by, form: sent }: RecentForm) -> Response {
    admin
        .answer(async {
            let sent = form::strict(&sent, &SEVERAL)?;
            let settings = read(sent, UserSettings::default());
            match add(&admin, &by, &settings).await {
                Ok(user) => {
                    Ok(Redirect::to(&format!("/admin/users/{}?done=user-created", user.user_id)).into_response())
                }
                Err(Refusal::Page(error)) => Err(error),
                Err(Refusal::Form(status, errors)) => {
                    Ok(render(&admin, None, &settings, picker::sought(sent, ROLES), Showing::refused(&errors, status)))
                }
            }
        })
        .await
}

/// The form of a user that there is.
pub(super) async fn edit(admin: Administrator, Path(id): Path<String>, Query(query): Query) -> Response {
    admin
        .answer(async {
            let user = found(&admin, &id).await?;
            let path = format!("/admin/users/{}/edit", user.user_id);
            let registered = UserSettings::from(&user);
            let thing = Editable::user(user.user_id);
            if let Some((before, unsent)) = undoing::put_back(&admin, &query, &thing, members(&registered)).await? {
                let before = undoing::read(before)?;
                return Ok(render(&admin, Some(&user), &before, "", Showing::holding(unsent)));
            }
            let (form, showing) = unsent::held(&admin, &path, Parameters::default()).await?;
            let settings = if form.is_empty() { registered } else { read(&form, registered) };
            Ok(render(&admin, Some(&user), &settings, picker::sought(&form, ROLES), showing))
        })
        .await
}

/// Saves the user.
pub(super) async fn submit_edit(Path(id): Path<String>, RecentForm { admin, by, form: sent }: RecentForm) -> Response {
    admin
        .answer(async {
            let sent = form::strict(&sent, &SEVERAL)?;
            let user = found(&admin, &id).await?;
            let settings = read(sent, UserSettings::from(&user));
            let revision = form::id(form::text(sent, "revision"))?;
            let find = picker::sought(sent, ROLES);
            match accounts::users::update(&admin.app, &by, user.user_id, revision, &settings).await {
                Ok(()) => Ok(Redirect::to(&format!("/admin/users/{}?done=saved", user.user_id)).into_response()),
                Err(ChangeError::Outdated(since)) => {
                    let there = found(&admin, &id).await?;
                    let (both, errors) = merged(&since, &there, &read(sent, UserSettings::from(&there)));
                    let showing = Showing::refused(&errors, StatusCode::PRECONDITION_FAILED);
                    Ok(render(&admin, Some(&there), &both, find, showing))
                }
                Err(error) => {
                    let mut errors = FormErrors::default();
                    let status = form::explain(error, &mut errors)?;
                    Ok(render(&admin, Some(&user), &settings, find, Showing::refused(&errors, status)))
                }
            }
        })
        .await
}

/// Why a user was not added: the form again, or another page.
enum Refusal {
    Form(StatusCode, FormErrors),
    Page(PageError),
}

impl<E: Into<PageError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Page(error.into())
    }
}

async fn add(admin: &Administrator, by: &RecentPrincipal, settings: &UserSettings) -> Result<User, Refusal> {
    let mut errors = FormErrors::default();
    if settings.email.is_none() {
        // The other fields are checked too, so that everything that is wrong is said at once.
        let is_role = |name: &str| admin.snapshot.registry().role(name).is_some();
        form::explain(ChangeError::Invalid(problems_of_user(settings, None, is_role, admin.now)), &mut errors)?;
        errors.add("email", "An address is needed: the invitation goes there.");
        return Err(Refusal::Form(StatusCode::UNPROCESSABLE_ENTITY, errors));
    }
    match accounts::users::create(&admin.app, by, settings, None).await {
        Ok(user) => Ok(user),
        Err(error) => {
            let status = form::explain(error, &mut errors)?;
            Err(Refusal::Form(status, errors))
        }
    }
}

/// The settings that a form stands for. `base`: what the form does not show stays as it is there.
fn read(form: &Parameters, base: UserSettings) -> UserSettings {
    let form = &*picker::resolved(form, ROLES, base.roles.iter().map(String::as_str));
    let email = form::given(form, "email").map(str::to_owned);
    UserSettings {
        username: form::given(form, "username").map_or(base.username, str::to_owned),
        email_verified: base.email_verified && email == base.email,
        email,
        roles: form.all(ROLES).map(str::to_owned).collect(),
        profile: edited(&base.profile, &user_profile::given(form)),
    }
}

/// The form with what is registered or was typed; its revision is always the newest.
fn render(
    admin: &Administrator,
    existing: Option<&User>,
    held: &UserSettings,
    find: &str,
    Showing { errors, status, unsent, revision }: Showing<'_>,
) -> Response {
    let registry = admin.snapshot.registry();
    let choices = registry.roles().map(|role| Choice {
        chosen: held.roles.contains(&role.name),
        ..Choice::new(&role.name, &role.name, &role.description)
    });
    let shell = admin.shell(Section::Users).with_unsent(unsent);
    let id = existing.map(|user| user.user_id.to_string());
    let nothing = Profile::default();
    let registered = existing.map_or(&nothing, |user| &user.profile);
    let content = UserForm {
        shell: &shell,
        existing: id.as_deref(),
        revision: revision.or(existing.map(|user| user.revision)).unwrap_or_default(),
        errors,
        username: &held.username,
        email: held.email.as_deref().unwrap_or_default(),
        roles: Choices::of(
            vec![ChoiceGroup { name: "Roles".to_owned(), choices: choices.collect() }],
            |name| existing.is_some_and(|user| user.roles.iter().any(|role| role == name)),
            find,
        ),
        profile: user_profile::groups(&held.profile, registered, errors),
    };
    shell.page(&content).with_status(status).into_response()
}
