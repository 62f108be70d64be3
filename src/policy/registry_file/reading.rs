//! Reads the file.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{Described, DescribedClient, DescribedRole};
use crate::{
    model::{office::Office, registry::OUR_API},
    policy::{
        change::{ApiSettings, RoleSettings},
        client_metadata,
    },
    protocol::{assurance::Level, client_id_url},
};

/// The kinds of things in a file.
const KINDS: [&str; 3] = ["apis", "roles", "clients"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleMembers {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    office: Option<Office>,
    #[serde(default)]
    required_acr: Level,
    #[serde(default)]
    scopes: BTreeSet<String>,
}

/// Everything that is wrong, as it is found.
#[derive(Default)]
struct Reader {
    problems: Vec<String>,
}

pub(super) fn read(mut file: Map<String, Value>) -> Result<Described, Vec<String>> {
    let mut reader = Reader::default();
    let [apis, roles, clients] = KINDS.map(|kind| reader.things(kind, file.remove(kind)));
    for other in file.keys() {
        reader.problems.push(format!("{other}: there is no such part; use {}", KINDS.join(", ")));
    }
    let described = Described {
        apis: reader.each("apis", apis, read_api),
        roles: reader.each("roles", roles, read_role),
        clients: reader.each("clients", clients, read_client),
    };
    if reader.problems.is_empty() { Ok(described) } else { Err(reader.problems) }
}

impl Reader {
    fn things(&mut self, kind: &str, given: Option<Value>) -> Vec<Value> {
        match given {
            None => Vec::new(),
            Some(Value::Array(things)) => things,
            Some(_) => {
                self.problems.push(format!("{kind}: write a list"));
                Vec::new()
            }
        }
    }

    fn each<T>(
        &mut self,
        kind: &str,
        given: Vec<Value>,
        read: impl Fn(Map<String, Value>) -> Result<(String, T), Vec<String>>,
    ) -> BTreeMap<String, T> {
        let mut all = BTreeMap::new();
        for (place, thing) in given.into_iter().enumerate() {
            let Value::Object(members) = thing else {
                self.problems.push(format!("{kind}[{place}]: write an object"));
                continue;
            };
            match read(members) {
                Ok((name, _)) if all.contains_key(&name) => {
                    self.problems.push(format!("{kind}[{place}]: {name} stands here twice"));
                }
                Ok((name, thing)) => drop(all.insert(name, thing)),
                Err(problems) => {
                    self.problems.extend(problems.into_iter().map(|problem| format!("{kind}[{place}]: {problem}")));
                }
            }
        }
        all
    }
}

fn typed<T: DeserializeOwned>(members: Map<String, Value>) -> Result<T, Vec<String>> {
    serde_json::from_value(Value::Object(members)).map_err(|error| vec![error.to_string()])
}

fn read_api(members: Map<String, Value>) -> Result<(String, ApiSettings), Vec<String>> {
    let settings = typed::<ApiSettings>(members)?;
    if settings.identifier == OUR_API {
        return Err(vec!["identifier: this API is built in; leave it out".to_owned()]);
    }
    if settings.identifier.is_empty() {
        return Err(vec!["identifier: an API needs one".to_owned()]);
    }
    Ok((settings.identifier.clone(), settings))
}

fn read_role(members: Map<String, Value>) -> Result<(String, DescribedRole), Vec<String>> {
    let RoleMembers { name, description, office, required_acr, scopes } = typed(members)?;
    let settings = RoleSettings { description, required_level: required_acr, scopes };
    Ok((name, DescribedRole { office, settings }))
}

fn read_client(mut members: Map<String, Value>) -> Result<(String, DescribedClient), Vec<String>> {
    let client_id = match members.remove("client_id") {
        Some(Value::String(id)) if !id.is_empty() => id,
        _ => return Err(vec!["client_id: a client in a file needs one, as a text".to_owned()]),
    };
    if client_id_url::is_meant(&client_id) {
        return Err(vec![format!("client_id: {client_id} describes itself; leave it out")]);
    }
    let enabled = match members.remove("enabled") {
        None => true,
        Some(Value::Bool(enabled)) => enabled,
        Some(_) => return Err(vec!["enabled: write true or false".to_owned()]),
    };
    let metadata = client_metadata::read(members, None);
    let metadata =
        metadata.map_err(|refusals| refusals.iter().map(|one| format!("{client_id}: {one}")).collect::<Vec<_>>())?;
    Ok((client_id, DescribedClient { enabled, metadata }))
}
