//! Roles, users and clients that move here from another server, all at once.

mod fit;

use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{
    app::{App, InternalError},
    authentication::{password, totp},
    model::{registry::Role, user::username_key},
    policy::{
        change::{Change, taken},
        moving::{
            Note,
            keycloak::{ArrivedRole, ArrivedUser},
        },
        new_client::NewClient,
        refusal::{Fault, Refusal},
    },
    registry::{
        Attempt, ChangeError, Changing, RecentPrincipal,
        clients::{self, Created},
    },
    store::{passwords, users},
};

/// So many passwords are hashed at once: some wait, so that no thread does.
const AT_ONCE: usize = 8;

/// What is to come.
#[derive(Default)]
pub struct Arrivals {
    /// Roles: none of them administers.
    pub roles: Vec<ArrivedRole>,
    /// Users, with the roles that they have by their names here.
    pub users: Vec<ArrivedUser>,
    /// Clients.
    pub clients: Vec<NewClient>,
}

/// What became of each, in the order in which they were given.
#[derive(Default)]
pub struct Settled {
    /// Of the roles.
    pub roles: Vec<Came<()>>,
    /// Of the users, with what is different.
    pub users: Vec<(Came<()>, Vec<Note>)>,
    /// Of the clients.
    pub clients: Vec<Came<Box<Created>>>,
}

/// What became of one thing.
pub enum Came<T> {
    /// It is here.
    Made(T),
    /// There is one already, which stays as it is.
    Exists,
    /// It cannot come.
    Refused(ChangeError),
}

impl<T> From<Result<T, ChangeError>> for Came<T> {
    fn from(made: Result<T, ChangeError>) -> Self {
        made.map_or_else(Self::Refused, Self::Made)
    }
}

/// Takes in what can come, all at once, and says of each. In a dry run nothing is written, and no password is hashed. `told`
/// hears how many passwords have been.
///
/// # Errors
/// Nothing came.
pub async fn settle(
    app: &App,
    by: &RecentPrincipal,
    arrivals: Arrivals,
    attempt: Attempt,
    told: impl Fn(usize),
) -> Result<Settled, ChangeError> {
    let mut known = known(app, &arrivals.users).await?;
    let mut guests = Vec::with_capacity(arrivals.users.len());
    for mut user in arrivals.users {
        fit::details(&mut user, app.clock.now());
        let is_here = !known.ids.insert(user.user_id);
        let name_is_taken = !known.names.insert(username_key(&user.settings.username));
        guests.push(Guest { user, is_here, name_is_taken, password_hash: None });
    }
    if attempt == Attempt::Real {
        hash_passwords(&mut guests, told).await?;
    }
    let clients = arrivals.clients.into_iter().map(|new| clients::registration(app, new)).collect::<Vec<_>>();
    let registrations = clients.iter().filter_map(|one| one.as_ref().ok()).map(|(change, _)| change.clone());
    let registrations = registrations.collect::<Vec<_>>();

    let all = arrivals
        .roles
        .iter()
        .map(fit::role)
        .chain(guests.iter().flat_map(Guest::changes))
        .chain(registrations.iter().cloned());
    let mut changing = Changing::begin(app, by, &all.collect::<Vec<_>>()).await?;
    let mut settled = Settled::default();
    for role in &arrivals.roles {
        settled.roles.push(add_role(role, &mut changing).await?);
    }
    for mut guest in guests {
        fit::roles(&mut guest.user, changing.state());
        let came = guest.add(app, by, &mut changing, attempt).await?;
        settled.users.push((came, guest.user.notes));
    }
    let is_here = |change: &Change| matches!(change, Change::RegisterClient { client_id, .. } if changing.state().client(client_id).is_some());
    let here = registrations.iter().map(is_here).collect::<Vec<_>>();
    let mut made = changing.apply_possible(&registrations).await?.into_iter().zip(here);
    for registration in clients {
        settled.clients.push(match registration {
            Err(error) => Came::Refused(error),
            Ok((_, secret)) => match made.next() {
                Some((_, true)) => Came::Exists,
                made => {
                    let made = made.map_or(Err(ChangeError::Unknown), |(made, _)| made);
                    made.and_then(|made| clients::created(made, secret).map(Box::new)).into()
                }
            },
        });
    }
    if attempt == Attempt::Real {
        changing.commit().await?;
    }
    Ok(settled)
}

/// Adds a role, unless there is one. One that administers here is given to nobody who comes.
async fn add_role(role: &ArrivedRole, changing: &mut Changing<'_>) -> Result<Came<()>, ChangeError> {
    match changing.state().role(&role.name).map(Role::administers) {
        Some(true) => {
            let message = "A role of this name administers here, so nobody who comes gets it. Rename one of the two.";
            Ok(Came::Refused(Refusal::new("name", Fault::NotAllowed, message).into()))
        }
        Some(false) => Ok(Came::Exists),
        None => {
            let made = changing.apply_possible(&[fit::role(role)]).await?.into_iter().next();
            Ok(made.unwrap_or(Err(ChangeError::Unknown)).map(|_| ()).into())
        }
    }
}

/// A user who comes.
struct Guest {
    user: ArrivedUser,
    /// There is an account with this id.
    is_here: bool,
    /// There is an account with this name.
    name_is_taken: bool,
    password_hash: Option<String>,
}

impl Guest {
    /// What is to be done, if nothing speaks against it.
    fn changes(&self) -> Vec<Change> {
        if self.is_here || self.name_is_taken {
            return Vec::new();
        }
        let ArrivedUser { user_id, ref settings, enabled, .. } = self.user;
        let settings = Box::new(settings.clone());
        let add = Change::AddUser { user_id, settings, password_hash: self.password_hash.clone() };
        let switch = (!enabled).then_some(Change::SwitchUser { user_id, enabled });
        [add].into_iter().chain(switch).collect()
    }

    async fn add(
        &self,
        app: &App,
        by: &RecentPrincipal,
        changing: &mut Changing<'_>,
        attempt: Attempt,
    ) -> Result<Came<()>, ChangeError> {
        if self.is_here {
            return Ok(Came::Exists);
        }
        let changes = self.changes();
        let Some((add, then)) = changes.split_first() else { return Ok(Came::Refused(taken::username().into())) };
        let added = changing.apply_possible(std::slice::from_ref(add)).await?;
        if let Some(Err(error)) = added.into_iter().next() {
            return Ok(Came::Refused(error));
        }
        if attempt == Attempt::DryRun {
            return Ok(Came::Made(()));
        }
        let ArrivedUser { user_id, had_second_factor, ref totp, .. } = self.user;
        for app_of_user in totp {
            totp::give_within(app, changing.tx(), by.actor(), (user_id, &app_of_user.name), &app_of_user.secret)
                .await?;
        }
        if let Some(hash) = self.password_hash.as_deref().filter(|_| had_second_factor && totp.is_empty()) {
            passwords::set(&mut *changing.tx(), user_id, hash, true).await?;
        }
        for change in then {
            changing.apply(change).await?;
        }
        Ok(Came::Made(()))
    }
}

/// Who is here already.
async fn known(app: &App, users: &[ArrivedUser]) -> sqlx::Result<users::Taken> {
    let ids = users.iter().map(|user| user.user_id).collect::<Vec<Uuid>>();
    let names = users.iter().map(|user| user.settings.username.as_str()).collect::<Vec<_>>();
    users::taken(&app.db, &ids, &names).await
}

/// Hashes the hashes of those who come, a few at once.
async fn hash_passwords(guests: &mut [Guest], told: impl Fn(usize)) -> Result<(), ChangeError> {
    let mut waiting = guests.iter_mut().enumerate().filter(|(_, guest)| !guest.is_here && !guest.name_is_taken);
    let mut waiting =
        waiting.by_ref().filter_map(|(n, guest)| Some((n, guest.user.password.take()?))).collect::<Vec<_>>();
    let (mut at_work, mut hashed) = (JoinSet::new(), 0);
    loop {
        while at_work.len() < AT_ONCE
            && let Some((n, foreign)) = waiting.pop()
        {
            at_work.spawn(async move { (n, password::wrap(&foreign).await) });
        }
        let Some(done) = at_work.join_next().await else { return Ok(()) };
        let (n, hash) = done.map_err(InternalError::bug)?;
        guests[n].password_hash = Some(hash.map_err(InternalError::bug)?);
        hashed += 1;
        told(hashed);
    }
}
