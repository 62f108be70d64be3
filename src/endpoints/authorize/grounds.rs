//! On what grounds less is given than was asked for, as the audit trail has it.

use serde_json::{Value, json};

use crate::{
    app::Snapshot,
    policy::entitlement::{Asked, Holder, Question},
    protocol::{authorization_request::AuthorizationRequest, client::Client, parameters::Parameters, scope::Scope},
};

/// The grounds of a request that waits. `None`: all that it asks for can be given.
pub(super) fn of_request(
    snapshot: &Snapshot,
    client: &Client,
    holder: Holder<'_>,
    request: &AuthorizationRequest,
) -> Option<Value> {
    let asked = Asked { scope: request.all_asked(), resources: &request.resources, within: &[] };
    Question::new(client, holder, asked, snapshot.registry()).left_out()
}

/// Those of a request that was refused before anybody signed in, for its record.
pub(super) fn of_refused(snapshot: &Snapshot, client: &Client, parameters: &Parameters) -> Option<Value> {
    let scope = parameters.one("scope").ok().flatten()?.parse::<Scope>().ok()?;
    let resources = parameters.all("resource").map(str::to_owned).collect::<Vec<_>>();
    let asked = Asked { scope: &scope, resources: &resources, within: &[] };
    let left_out = Question::new(client, Holder::Anybody, asked, snapshot.registry()).left_out();
    left_out.map(|left_out| json!({ "left_out": left_out }))
}
