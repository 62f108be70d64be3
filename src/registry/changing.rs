//! A transaction of changes: it locks what they depend on, asks the rules, writes, and raises the version of the registry.

use sqlx::{PgConnection, Postgres, Transaction};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{ChangeError, Principal, hold, outdated, write};
use crate::{
    app::App,
    policy::{
        change::{self, Author, Change, Denied, Plan, Right, Setting, State, Thing},
        feed::{Part, Touched},
    },
    store::{
        audit_events::{self, AuditEvent},
        pool, registry,
    },
};

/// The most clients that one statement registers, and the most events that one writes.
const MOST_TOGETHER: usize = 500;

/// A transaction of changes. Nothing holds until [`commit`](Self::commit); dropped, it leaves no trace.
pub struct Changing<'a> {
    app: &'a App,
    by: &'a Principal,
    tx: Transaction<'static, Postgres>,
    now: OffsetDateTime,
    author: Author,
    state: State,
    touched: Touched,
    revoked: Vec<Uuid>,
    /// What the audit trail and the log are told when the changes hold. Of what is not committed they hear nothing.
    events: Vec<AuditEvent>,
}

/// Makes one change: on this node it holds at once, on the others within a second. `None`: the thing is gone, or it was so
/// already.
///
/// # Errors
/// Why it was not made. Then nothing has changed.
pub async fn make(app: &App, by: &Principal, change: Change) -> Result<Option<Thing>, ChangeError> {
    let mut changing = Changing::begin(app, by, std::slice::from_ref(&change)).await?;
    let after = changing.apply(&change).await?;
    changing.commit().await?;
    Ok(after)
}

/// Why several changes that go together were not made. Nothing has changed.
#[derive(Debug)]
pub struct NoneMade {
    /// Which of them was refused, by its place. `None`: all of them, because of what they have in common.
    pub place: Option<usize>,
    /// Why.
    pub error: ChangeError,
}

impl<E: Into<ChangeError>> From<E> for NoneMade {
    fn from(error: E) -> Self {
        Self { place: None, error: error.into() }
    }
}

/// Makes all these changes, or none. Each may depend on those before it.
///
/// # Errors
/// [`NoneMade`]
pub async fn make_all(app: &App, by: &Principal, changes: &[Change]) -> Result<Vec<Option<Thing>>, NoneMade> {
    let mut changing = Changing::begin(app, by, changes).await?;
    let made = changing.apply_all(changes, |change, _| change.clone()).await?;
    changing.commit().await?;
    Ok(made)
}

/// Whether what can be made is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It is.
    Real,
    /// It is undone: only what would become of it is asked.
    DryRun,
}

/// Makes those of these changes that can be made, one after the other, and says of each what became of it: what there is now,
/// or why it was not made. All of them hold at once.
///
/// # Errors
/// None of them was made, because of what they have in common, or because somebody else got in between.
pub async fn make_possible(
    app: &App,
    by: &Principal,
    changes: &[Change],
    attempt: Attempt,
) -> Result<Vec<Result<Option<Thing>, ChangeError>>, ChangeError> {
    let mut changing = Changing::begin(app, by, changes).await?;
    let made = changing.apply_possible(changes).await?;
    if attempt == Attempt::Real {
        changing.commit().await?;
    }
    Ok(made)
}

impl<'a> Changing<'a> {
    /// Begins a transaction that holds what these changes stand on, and who makes them, until it ends. Several changes have
    /// time, and so has one that much may hang on.
    ///
    /// # Errors
    /// [`ChangeError::NoLongerAllowed`]: who makes them is signed out, or may not do it any more.
    pub async fn begin(app: &'a App, by: &'a Principal, changes: &[Change]) -> Result<Self, ChangeError> {
        let now = app.clock.now();
        if !changes.iter().all(|change| by.may(change::right(change), now)) {
            return Err(ChangeError::NoLongerAllowed);
        }
        Self::open(app, by, changes).await
    }

    /// Begins a transaction for what is no [`Change`] and asks for this right: keys, the logo, the end of all tokens.
    ///
    /// # Errors
    /// [`ChangeError::NoLongerAllowed`], [`ChangeError::Lacks`]
    pub(super) async fn begin_other(app: &'a App, by: &'a Principal, right: Right) -> Result<Self, ChangeError> {
        if !by.may(right, app.clock.now()) {
            return Err(ChangeError::NoLongerAllowed);
        }
        let changing = Self::open(app, by, &[]).await?;
        changing.author.check(right)?;
        Ok(changing)
    }

    async fn open(app: &'a App, by: &'a Principal, changes: &[Change]) -> Result<Self, ChangeError> {
        let mut tx = pool::begin(&app.db).await?;
        if changes.len() > 1 {
            pool::allow_time(&mut tx).await?;
        }
        let (author, state) = hold::all(app, &mut tx, by, changes).await?;
        if let [change] = changes
            && change.may_concern_many()
        {
            pool::allow_time(&mut tx).await?;
        }
        // The time is read after others have been waited for: what they did came before.
        let now = app.clock.now();
        Ok(Self {
            app,
            by,
            tx,
            now,
            author,
            state,
            touched: Touched::default(),
            revoked: Vec::new(),
            events: Vec::new(),
        })
    }

    /// What the changes stand on.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// When the changes are made.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        self.now
    }

    /// The transaction, for what goes with a change.
    pub fn tx(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// Lets the transaction last as long as many changes take, or large ones.
    pub(super) async fn allow_time(&mut self) -> sqlx::Result<()> {
        pool::allow_time(&mut self.tx).await
    }

    /// Notes that this part of the registry is another one now, so that nodes read it anew.
    pub(super) fn touch(&mut self, part: Part) {
        self.touched.add(part);
    }

    /// Notes the event of what was done in the transaction by other ways than [`apply`](Self::apply).
    pub(super) fn record(&mut self, event: AuditEvent) {
        self.events.push(event);
    }

    /// Makes one of the changes that the transaction was begun for. `None`: the thing is gone, or it was so already.
    ///
    /// # Errors
    /// Why it is not made. Then the transaction must not be committed.
    pub async fn apply(&mut self, change: &Change) -> Result<Option<Thing>, ChangeError> {
        let Some(plan) = self.plan(change).await? else { return Ok(None) };
        self.write(change, &plan).await?;
        Ok(plan.after)
    }

    /// Makes all the changes that the transaction was begun for. `as_it_is`: the change, once those before it are made.
    ///
    /// # Errors
    /// [`NoneMade`]. Then the transaction must not be committed.
    pub(super) async fn apply_all(
        &mut self,
        changes: &[Change],
        as_it_is: impl Fn(&Change, &State) -> Change,
    ) -> Result<Vec<Option<Thing>>, NoneMade> {
        let mut made = Vec::with_capacity(changes.len());
        for together in changes.chunk_by(|one, next| one.registers_client() && next.registers_client()) {
            for together in together.chunks(MOST_TOGETHER) {
                let begin = made.len();
                let at = |NoneMade { place, error }| NoneMade { place: place.map(|place| begin + place), error };
                let now = together.iter().map(|change| as_it_is(change, &self.state)).collect::<Vec<_>>();
                made.extend(self.apply_together(&now).await.map_err(at)?);
            }
        }
        Ok(made)
    }

    /// Makes one change, or several that each register a client: those are written by the same statements.
    async fn apply_together(&mut self, changes: &[Change]) -> Result<Vec<Option<Thing>>, NoneMade> {
        if let [change] = changes {
            let applied = self.apply(change).await;
            return applied.map(|after| vec![after]).map_err(|error| NoneMade { place: Some(0), error });
        }
        let mut plans = Vec::with_capacity(changes.len());
        for (place, change) in changes.iter().enumerate() {
            let plan = self.plan(change).await.map_err(|error| NoneMade { place: Some(place), error })?;
            let plan = plan.ok_or(NoneMade { place: Some(place), error: ChangeError::Unknown })?;
            self.state.follow(&plan);
            plans.push(plan);
        }
        self.write_registrations(&plans).await?;
        Ok(plans.into_iter().map(|plan| plan.after).collect())
    }

    /// Makes those of the changes that the transaction was begun for that can be made. Of each: what there is now, or why it
    /// was not made.
    ///
    /// # Errors
    /// [`ChangeError`]: the transaction must not be committed.
    pub async fn apply_possible(
        &mut self,
        changes: &[Change],
    ) -> Result<Vec<Result<Option<Thing>, ChangeError>>, ChangeError> {
        let mut made = Vec::with_capacity(changes.len());
        let mut clients = Vec::new();
        for change in changes {
            let plan = match self.plan(change).await {
                Ok(plan) => plan,
                Err(error @ (ChangeError::Internal(_) | ChangeError::NoLongerAllowed)) => return Err(error),
                Err(error) => {
                    made.push(Err(error));
                    continue;
                }
            };
            made.push(Ok(plan.as_ref().and_then(|plan| plan.after.clone())));
            let Some(plan) = plan else { continue };
            if !change.registers_client() {
                self.write(change, &plan).await?;
                continue;
            }
            self.state.follow(&plan);
            clients.push(plan);
            if clients.len() == MOST_TOGETHER {
                self.write_registrations(&clients).await.map_err(|NoneMade { error, .. }| error)?;
                clients.clear();
            }
        }
        self.write_registrations(&clients).await.map_err(|NoneMade { error, .. }| error)?;
        Ok(made)
    }

    /// Writes the plan of one change.
    async fn write(&mut self, change: &Change, plan: &Plan) -> Result<(), ChangeError> {
        let written = write::plan(self.app, &mut self.tx, self.by, change, plan, self.now).await?;
        self.state.follow(plan);
        written.touched.into_iter().for_each(|part| self.touch(part));
        self.revoked.extend(written.revoked);
        self.events.extend(written.events);
        Ok(())
    }

    /// Writes the plans of clients that are registered together, which the state follows already.
    async fn write_registrations(&mut self, plans: &[Plan]) -> Result<(), NoneMade> {
        if plans.is_empty() {
            return Ok(());
        }
        let events = write::registrations(self.app, &mut self.tx, self.by, plans, self.now).await?;
        self.events.extend(events);
        for client in plans.iter().filter_map(|plan| plan.after.as_ref()?.as_client()) {
            self.touched.add(Part::NewClient(client.client_id.clone()));
        }
        Ok(())
    }

    /// What a change does, by the state that the transaction holds. `None`: nothing.
    async fn plan(&mut self, change: &Change) -> Result<Option<Plan>, ChangeError> {
        if !self.by.may(change::right(change), self.now) {
            return Err(ChangeError::NoLongerAllowed);
        }
        let settings = &self.app.settings;
        let setting = Setting {
            issuer: self.app.issuer(),
            outbound: &settings.outbound,
            separation_of_duties: settings.separation_of_duties,
            editable_claims: settings.editable_claims.names(),
            author: self.author,
            now: self.now,
        };
        match change::plan(&self.state, change, &setting) {
            Ok(plan) => Ok(plan),
            Err(Denied::Outdated) => {
                Err(ChangeError::Outdated(Box::new(outdated::since(&mut self.tx, change).await.unwrap_or_default())))
            }
            Err(denied) => Err(denied.into()),
        }
    }

    /// Makes the changes hold: on this node at once, on the others within a second. The version of the
    /// registry is raised last: versions are then in the order of commits, and other changes wait for the commit only.
    ///
    /// # Errors
    /// The database refused: then nothing has changed.
    pub async fn commit(mut self) -> Result<(), ChangeError> {
        for together in self.events.chunks(MOST_TOGETHER) {
            audit_events::insert(&mut *self.tx, together).await?;
        }
        let concerns_nodes = self.touched.parts().next().is_some();
        if concerns_nodes {
            registry::commit(self.tx, &self.touched).await?;
        } else {
            self.tx.commit().await?;
        }
        self.events.iter().for_each(AuditEvent::log);
        self.app.add_revoked(&self.revoked);
        if concerns_nodes && let Err(error) = self.app.refresh().await {
            tracing::warn!(%error, "a change is committed but could not be read back yet");
        }
        Ok(())
    }
}
