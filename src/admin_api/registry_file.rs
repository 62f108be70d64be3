//! The registry as one document: what it is, what would have to change for it to be another, and changing it. The same that
//! `portcullis registry` does with a file.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

use super::{answer::Object, caller::Caller};
use crate::{
    policy::{
        permission::Permission,
        refusal::{Fault, Refusal},
        registry_file::{Described, Plan, Told},
    },
    registry::{NoneMade, registry_file},
    secret::Secret,
    web::problem::Problem,
};

/// Whoever sees the registry as a whole needs these.
const ALL_OF_IT: [Permission; 3] = [Permission::ClientsRead, Permission::ApisRead, Permission::RolesRead];

/// A registry is as large as an installation is, so one at a time is held in memory. A body has come before its turn does: who
/// sends slowly keeps nobody waiting.
static ONE: Semaphore = Semaphore::const_new(1);

/// What the registry is to be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    registry: Map<String, Value>,
    #[serde(default)]
    prune: bool,
    /// What the caller expects to be done. Anything else is not done.
    #[serde(default)]
    plan: Option<Told>,
}

/// `GET /registry`
pub(super) async fn show(caller: Caller) -> Result<Response, Problem> {
    caller.needs(&ALL_OF_IT)?;
    let _only = ONE.acquire().await;
    Ok(answered(&registry_file::read(&caller.app).await?.described().to_json()))
}

/// `POST /registry/plan`
pub(super) async fn plan(caller: Caller, body: Object) -> Result<Response, Problem> {
    caller.needs(&ALL_OF_IT)?;
    let _only = ONE.acquire().await;
    let (plan, _) = planned(&caller, body).await?;
    Ok(answered(&json!(plan.told)))
}

/// `POST /registry/apply`
pub(super) async fn apply(caller: Caller, body: Object) -> Result<Response, Problem> {
    caller.needs(&ALL_OF_IT)?;
    let _only = ONE.acquire().await;
    let (plan, expected) = planned(&caller, body).await?;
    if expected.is_some_and(|expected| expected != plan.told) {
        let why = "Something was changed meanwhile, so other things would be done than you saw. Plan again.";
        return Err(Problem::new(StatusCode::PRECONDITION_FAILED, "outdated", why));
    }
    let secrets = registry_file::apply(&caller.app, &caller.recent()?, &plan).await;
    let secrets = secrets.map_err(|none| refused(&plan, none))?;
    let mut body = json!(plan.told);
    let told = |(client_id, secret): &(String, Secret)| (client_id.clone(), Value::from(secret.expose()));
    body["client_secrets"] = Value::Object(secrets.iter().map(told).collect());
    Ok(answered(&body))
}

async fn planned(caller: &Caller, body: Object) -> Result<(Plan, Option<Told>), Problem> {
    let Wanted { registry, prune, plan } = body.into_settings()?;
    let wanted = Described::read(registry).map_err(|problems| {
        let refusal = |problem| Refusal::new("registry", Fault::Malformed, problem);
        Problem::invalid(&problems.into_iter().map(refusal).collect::<Vec<_>>())
    })?;
    Ok((registry_file::plan(&caller.app, &wanted, prune).await?, plan))
}

/// Why nothing was applied, with the step that was refused.
fn refused(plan: &Plan, NoneMade { place, error }: NoneMade) -> Problem {
    match place.and_then(|place| plan.steps.get(place)) {
        Some(step) => Problem::from(error).with("kind", step.kind.into()).with("name", step.name.clone().into()),
        None => error.into(),
    }
}

fn answered(body: &Value) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
