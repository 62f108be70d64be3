//! Two clients beside each other: what is different.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::{
    client::{path, setting},
    form,
    session::Administrator,
};
use crate::{
    model::registry::Registry,
    protocol::{client::Client, client_metadata::fields::FIELDS},
    store::clients,
    web::{
        error_page::PageError,
        form::Query,
        page::{Section, Shell},
        view::FormErrors,
    },
};

/// Two clients, by their ids: a GET form with `one` and `other`.
#[derive(Template)]
#[template(path = "console/client_comparison.html")]
pub struct ClientComparison<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What is wrong with the ids.
    pub errors: &'a FormErrors,
    /// The id of one, as it was given.
    pub one: &'a str,
    /// That of the other.
    pub other: &'a str,
    /// The two, with what is different. `None`: they are not known yet.
    pub compared: Option<Compared>,
}

/// Two clients that were found.
pub struct Compared {
    /// The name of each, and where it is.
    pub names: [(String, String); 2],
    /// What they do not have in common.
    pub differences: Vec<Difference>,
}

/// One thing that they do not have in common.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is.
    pub name: &'static str,
    /// What each of them has there that the other does not, or else all that it has. None: nothing.
    pub values: [Vec<String>; 2],
    /// The values are identifiers or URIs, set in a fixed width.
    pub code: bool,
}

/// The form, and the comparison once both are named.
pub(super) async fn show(admin: Administrator, Query(query): Query) -> Response {
    admin
        .answer(async {
            let query = form::strict(&query, &[])?;
            let mut errors = FormErrors::default();
            let one = found(&admin, form::given(query, "one"), "one", &mut errors).await?;
            let other = found(&admin, form::given(query, "other"), "other", &mut errors).await?;
            let shell = admin.shell(Section::Clients);
            let content = ClientComparison {
                shell: &shell,
                errors: &errors,
                one: form::text(query, "one"),
                other: form::text(query, "other"),
                compared: one.zip(other).map(|(one, other)| Compared {
                    names: [&one, &other].map(|client| (client.name.clone(), path(&client.client_id))),
                    differences: differences(&one, &other, admin.snapshot.registry()),
                }),
            };
            Ok(shell.page(&content).with_status(errors.status()).into_response())
        })
        .await
}

async fn found(
    admin: &Administrator,
    id: Option<&str>,
    field: &'static str,
    errors: &mut FormErrors,
) -> Result<Option<Client>, PageError> {
    let Some(id) = id else { return Ok(None) };
    let client = clients::find(&admin.app.db, id).await?.filter(|client| admin.author().sees(client));
    if client.is_none() {
        errors.add(field, "No client has this id.");
    }
    Ok(client)
}

/// The fields in the order of their table, and whether they are enabled.
fn differences(one: &Client, other: &Client, registry: &Registry) -> Vec<Difference> {
    let members = [one.metadata.members(), other.metadata.members()];
    let different = FIELDS.iter().filter_map(|field| {
        let held = [0, 1].map(|n| members[n].get(field.name).unwrap_or(&Value::Null));
        let settings = held.map(|value| setting(field, value, registry));
        let code = settings[0].code;
        let values = settings.map(|setting| setting.values);
        (values[0] != values[1]).then(|| Difference { name: field.label, values: without_what_is_shared(values), code })
    });
    let state = |client: &Client| vec![if client.enabled { "Enabled" } else { "Disabled" }.to_owned()];
    let state = Difference { name: "State", values: [state(one), state(other)], code: false };
    different.chain((one.enabled != other.enabled).then_some(state)).collect()
}

/// Of lists, such as scopes, only what one has and the other has not. The order of a list means nothing.
fn without_what_is_shared([one, other]: [Vec<String>; 2]) -> [Vec<String>; 2] {
    let mut times = BTreeMap::<&str, u32>::new();
    for value in one.iter().chain(&other) {
        *times.entry(value).or_default() += 1;
    }
    let only =
        |values: &[String]| values.iter().filter(|value| times[value.as_str()] == 1).cloned().collect::<Vec<_>>();
    [only(&one), only(&other)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::fixtures::client_with;

    #[test]
    fn only_what_differs_is_told() {
        let one = client_with("one", |client| client.scopes = "openid records:read".parse().unwrap());
        let mut other = client_with("one", |client| client.scopes = "openid records:write".parse().unwrap());
        other.enabled = !one.enabled;
        let registry = Registry::new(vec![], vec![]);

        assert_eq!(differences(&one, &one, &registry), []);
        let told = differences(&one, &other, &registry);
        assert_eq!(told.iter().map(|difference| difference.name).collect::<Vec<_>>(), ["Scopes", "State"]);
        assert_eq!(told[0].values, [["records:read".to_owned()], ["records:write".to_owned()]]);
    }
}
