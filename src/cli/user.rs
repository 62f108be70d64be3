//! `portcullis user`: what the console does with users.

mod profile;

use std::io::{self, Read};

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;
use zeroize::Zeroizing;

use self::profile::ProfileOptions;
use super::{answer::Answer, installation::operator};
use crate::{
    accounts::{
        factors, hold, invitation,
        users::{self, UserSettings},
    },
    app::App,
    authentication::{
        password,
        password_policy::{self, NotAccepted, PasswordOwner},
    },
    config::Language,
    model::user::User,
    policy::profile::{ProfileEdit, edited},
    protocol::standard_claims::Profile,
    registry::ChangeError,
    store,
};

/// What a table shows of them.
pub const COLUMNS: &[&str] = &["user_id", "username", "email", "enabled", "roles"];
/// How many accounts are read at once.
const PAGE: i64 = 500;

#[derive(Subcommand)]
pub enum UserCommand {
    /// Add an account.
    Create {
        /// What the user types to sign in. It never changes.
        #[arg(long)]
        username: String,
        /// An address of the user.
        #[arg(long)]
        email: Option<String>,
        /// The user has shown that mail reaches them there.
        #[arg(long, requires = "email")]
        email_verified: bool,
        /// A role; several may be given.
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        /// Read the password from standard input. Without one an invitation is mailed, if there is an address.
        #[arg(long)]
        password_stdin: bool,
        #[command(flatten)]
        profile: ProfileOptions,
    },
    /// List all accounts.
    List {
        /// Only those whose name or e-mail address holds this.
        #[arg(long)]
        search: Option<String>,
    },
    /// Show an account.
    Show {
        /// The user's id or username.
        user: String,
    },
    /// Change what is given and leave the rest.
    Update {
        /// The user's id or username.
        user: String,
        /// An address of the user.
        #[arg(long)]
        email: Option<String>,
        /// Whether the user has shown that mail reaches them there.
        #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
        email_verified: Option<bool>,
        /// A role; several may be given, and then these are all.
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        /// Take all roles away.
        #[arg(long, conflicts_with = "roles")]
        no_roles: bool,
        #[command(flatten)]
        profile: ProfileOptions,
    },
    /// Switch an account off, end its sessions and revoke what it granted.
    Disable {
        /// The user's id or username.
        user: String,
    },
    /// Mail a link to choose the first password.
    Invite {
        /// The user's id or username.
        user: String,
    },
    /// Mail a link to set a new password.
    ResetPassword {
        /// The user's id or username.
        user: String,
    },
    /// Delete an account: disabled at once, erased within 30 days.
    Delete {
        /// The user's id or username.
        user: String,
    },
    /// Bring a deleted account back, unless it is erased. It is disabled: enable it when its user may sign in.
    Restore {
        /// The user's id or username.
        user: String,
    },
    /// Switch an account on.
    Enable {
        /// The user's id or username.
        user: String,
    },
    /// Lift the hold that somebody at an earlier address set, once it is known whose the account is.
    LiftHold {
        /// The user's id or username.
        user: String,
    },
    /// Take away all passkeys, authenticator apps and recovery codes of somebody who has lost them.
    ResetMfa {
        /// The user's id or username.
        user: String,
    },
}

#[derive(Serialize)]
struct UserView {
    user_id: Uuid,
    #[serde(flatten)]
    settings: UserSettings,
    enabled: bool,
    revision: i32,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
}

impl UserCommand {
    /// Does what it says on the database.
    pub async fn run_here(self, app: &App) -> Result<Answer> {
        match self {
            Self::Create { username, email, email_verified, roles, password_stdin, profile } => {
                let profile = edited(&Profile::default(), &profile.0);
                let settings = UserSettings { username, email, email_verified, profile, roles };
                create(app, &settings, password_stdin).await
            }
            Self::List { search } => list(app, search.as_deref()).await,
            Self::Show { user } => Ok(Answer::one(view(&found(app, &user).await?))?),
            Self::Update { user, email, email_verified, roles, no_roles, profile } => {
                let before = found(app, &user).await?;
                let edit = Edit { email, email_verified, roles, no_roles, profile: profile.0 };
                let settings = edit.applied_to(UserSettings::from(&before));
                users::update(app, &operator(), before.user_id, before.revision, &settings)
                    .await
                    .with_context(|| named(&user))?;
                Ok(Answer::one(view(&found(app, &user).await?))?)
            }
            Self::Disable { user } => set_enabled(app, &user, false).await,
            Self::Enable { user } => set_enabled(app, &user, true).await,
            Self::Invite { user } => {
                change(app, &user, async |id| invitation::invite(app, &operator(), id).await).await
            }
            Self::ResetPassword { user } => {
                change(app, &user, async |id| invitation::send_reset(app, &operator(), id).await).await
            }
            Self::Delete { user } => change(app, &user, async |id| users::delete(app, &operator(), id).await).await,
            Self::Restore { user } => change(app, &user, async |id| users::restore(app, &operator(), id).await).await,
            Self::LiftHold { user } => change(app, &user, async |id| hold::lift(app, &operator(), id).await).await,
            Self::ResetMfa { user } => {
                let found = found(app, &user).await?;
                factors::reset(app, &operator(), found.user_id).await.with_context(|| named(&user))?;
                Ok(Answer::one(view(&found))?)
            }
        }
    }
}

/// What is to be different of an account.
pub struct Edit {
    pub email: Option<String>,
    pub email_verified: Option<bool>,
    pub roles: Vec<String>,
    pub no_roles: bool,
    pub profile: ProfileEdit,
}

impl Edit {
    /// The settings with what is given.
    pub fn applied_to(self, mut settings: UserSettings) -> UserSettings {
        if self.email.is_some() && self.email != settings.email {
            (settings.email, settings.email_verified) = (self.email, false);
        }
        settings.email_verified = self.email_verified.unwrap_or(settings.email_verified);
        if self.no_roles || !self.roles.is_empty() {
            settings.roles = self.roles;
        }
        settings.profile = edited(&settings.profile, &self.profile);
        settings
    }
}

async fn create(app: &App, settings: &UserSettings, password_stdin: bool) -> Result<Answer> {
    let hash = if password_stdin { Some(hash(app, settings, &read_password(io::stdin())?).await?) } else { None };
    Ok(Answer::one(view(&users::create(app, &operator(), settings, hash).await?))?)
}

async fn list(app: &App, search: Option<&str>) -> Result<Answer> {
    let mut all = Vec::<User>::new();
    loop {
        let last = all.last().map(|user| (user.username.as_str(), user.user_id));
        let sought = store::users::Sought { text: search, ..store::users::Sought::default() };
        let page = store::users::page(&app.db, sought, store::span::Span::by_name(last, PAGE)).await?;
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    let views = all.iter().map(view).collect::<Vec<_>>();
    Ok(Answer::list(views, COLUMNS)?)
}

async fn set_enabled(app: &App, user: &str, enabled: bool) -> Result<Answer> {
    change(app, user, async |id| users::set_enabled(app, &operator(), id, enabled).await).await
}

/// Changes an account, and shows it as it is then.
async fn change(app: &App, user: &str, change: impl AsyncFnOnce(Uuid) -> Result<(), ChangeError>) -> Result<Answer> {
    let id = found(app, user).await?.user_id;
    change(id).await.with_context(|| named(user))?;
    let changed = store::users::find(&app.db, id).await?;
    Ok(Answer::one(view(&changed.with_context(|| named(user))?))?)
}

/// The hash of a password that may protect this account.
async fn hash(app: &App, settings: &UserSettings, text: &str) -> Result<String> {
    let profile = &settings.profile;
    let names = [&profile.name, &profile.given_name, &profile.family_name, &profile.nickname, &profile.birthdate];
    let known = names.into_iter().flatten().chain(&settings.email).chain([&settings.username]);
    let owner = PasswordOwner::described_by(&known.map(String::as_str).collect::<Vec<_>>());
    match password_policy::accept(app, text, &owner).await {
        Ok(password) => Ok(password.hash().await?),
        Err(NotAccepted::Weak(weakness)) => bail!("password: {}", weakness.message(Language::En)),
        Err(NotAccepted::Busy(busy)) => Err(busy.into()),
    }
}

/// Everything up to the end, without the line feed that `echo` adds.
fn read_password(input: impl Read) -> Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(password::LONGEST + 2));
    let most = password::LONGEST as u64 + 2;
    input.take(most).read_to_string(&mut text).context("the password cannot be read from standard input")?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() || line.len() > password::LONGEST {
        bail!("password: give 1 to {} bytes on standard input", password::LONGEST);
    }
    Ok(Zeroizing::new(line.to_owned()))
}

async fn found(app: &App, user: &str) -> Result<User> {
    let found = match Uuid::try_parse(user) {
        Ok(id) => store::users::find(&app.db, id).await?,
        Err(_) => store::users::find_named(&app.db, user).await?,
    };
    found.with_context(|| format!("{}: it does not exist", named(user)))
}

fn named(user: &str) -> String {
    format!("user {user}")
}

fn view(user: &User) -> UserView {
    UserView {
        user_id: user.user_id,
        settings: user.into(),
        enabled: user.enabled,
        revision: user.revision,
        created_at: user.created_at,
        updated_at: user.updated_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_one_line_of_any_characters() {
        let read = |text: &str| read_password(text.as_bytes()).ok().map(|password| password.to_string());
        for (text, password) in
            [("secret", "secret"), ("secret\n", "secret"), ("secret\r\n", "secret"), (" s é\n\n", " s é\n")]
        {
            assert_eq!(read(text).as_deref(), Some(password), "{text:?}");
        }
        let longest = "a".repeat(password::LONGEST);
        assert_eq!(read(&format!("{longest}\r\n")), Some(longest.clone()));
        for text in ["", "\n", &format!("{longest}a"), &format!("{longest}aaa")] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
