//! The list of clients.

use askama::Template;
use axum::response::{IntoResponse, Response};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    client_type::{self, type_name},
    form,
    list::{self, Kind, List},
    session::Administrator,
};
use crate::{
    language::Moment,
    policy::permission::Permission,
    protocol::client::Client,
    store::{
        clients::{self, Sought},
        users,
    },
    web::{
        error_page::PageError,
        form::Query,
        page::{Section, Shell},
        view::{Choice, Notice},
    },
};

/// The list of clients, as its URL may ask for it.
pub const LIST: Kind = Kind {
    path: "/admin/clients",
    names: ("client", "clients"),
    orders: &["name", list::CREATED],
    filters: &["q", "type", "state", "api", "owner", "unused"],
};

/// All clients, a page at a time. The filter is a GET form: `q` (words of name, id and redirect URIs), `type`, `state`, `api`,
/// `owner` and `unused`.
#[derive(Template)]
#[template(path = "console/clients.html")]
pub struct Clients<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// The list as it was asked for.
    pub list: &'a List,
    /// What it can be narrowed down by, beside words.
    pub choices: Choices,
    /// What was found.
    pub clients: Vec<ClientRow>,
    /// The reader may switch clients on and off.
    pub may_switch: bool,
}

/// What the list of clients can be narrowed down by.
pub struct Choices {
    /// Types.
    pub types: Vec<Choice>,
    /// Switched on or off.
    pub states: Vec<Choice>,
    /// APIs of which it may ask for a scope.
    pub apis: Vec<Choice>,
    /// For how long it has used no secret.
    pub unused: Vec<Choice>,
    /// The reader sees clients of several owners.
    pub by_owner: bool,
}

/// A client in the list.
pub struct ClientRow {
    /// `client_id`.
    pub client_id: String,
    /// `client_name`.
    pub name: String,
    /// What a user calls its type: "Web application".
    pub type_name: &'static str,
    /// It may get tokens.
    pub enabled: bool,
    /// It authenticates. A public client does not, so nobody knows when it was last used.
    pub authenticates: bool,
    /// When it last authenticated.
    pub last_used: Option<Moment>,
    /// When it was registered.
    pub created: Moment,
}

const STATES: [(&str, &str); 2] = [("enabled", "Enabled"), ("disabled", "Disabled")];
const UNUSED: [(&str, &str); 3] = [("30", "For 30 days"), ("90", "For 90 days"), ("ever", "Never used")];

/// The list.
pub(super) async fn list(admin: Administrator, Query(query): Query) -> Response {
    admin
        .answer(async {
            let mut list = List::read(&LIST, &query)?;
            let wanted = Wanted::read(&admin, &mut list).await?;
            let (found, count) = if list.errors.is_empty() {
                let sought = wanted.sought(&list, admin.now);
                tokio::try_join!(
                    clients::page(&admin.app.db, sought, list.span()?),
                    clients::count(&admin.app.db, sought)
                )?
            } else {
                (Vec::new(), 0)
            };
            let place = |client: &Client| (client.client_id.clone(), client.name.clone(), client.created_at);
            let found = list.arrange(found, count, place);
            let shell = admin.shell(Section::Clients);
            let content = Clients {
                shell: &shell,
                notices: form::notices(&query),
                choices: choices(&admin, &list),
                clients: rows(&admin, found).await?,
                may_switch: admin.may_for_own(Permission::ClientsWrite),
                list: &list,
            };
            Ok(shell.page(&content).with_status(list.errors.status()).into_response())
        })
        .await
}

/// The filters of the list, read.
pub(super) struct Wanted {
    client_type: Option<&'static str>,
    enabled: Option<bool>,
    scopes: Option<Vec<String>>,
    owner: Option<Uuid>,
    unused: Option<&'static str>,
}

impl Wanted {
    pub async fn read(admin: &Administrator, list: &mut List) -> Result<Self, PageError> {
        let types = client_type::values();
        let client_type = list.one_of("type", &types)?;
        let enabled = list.one_of("state", &STATES.map(|(value, _)| value))?.map(|state| state == "enabled");
        let unused = list.one_of("unused", &UNUSED.map(|(value, _)| value))?;
        let mut scopes = None;
        if let Some(api_id) = list.filter("api") {
            let api = admin.snapshot.registry().apis().find(|api| api.api_id.to_string() == api_id);
            scopes = api.map(|api| api.scopes.keys().cloned().collect());
            if scopes.is_none() {
                list.errors.add("api", "This API is not registered any more.");
            }
        }
        let mut owner = admin.sees_clients_of();
        if let (None, Some(username)) = (owner, list.filter("owner")) {
            owner = users::find_named(&admin.app.db, username).await?.map(|user| user.user_id);
            if owner.is_none() {
                list.errors.add("owner", "There is no user with this username.");
            }
        }
        Ok(Self { client_type, enabled, scopes, owner, unused })
    }

    pub fn sought<'a>(&'a self, list: &'a List, now: OffsetDateTime) -> Sought<'a> {
        let days = self.unused.and_then(|unused| unused.parse().ok());
        Sought {
            text: list.filter("q"),
            client_type: self.client_type,
            owner: self.owner,
            enabled: self.enabled,
            scopes: self.scopes.as_deref(),
            unused_since: days.map(|days| now - Duration::days(days)),
            never_used: self.unused == Some("ever"),
        }
    }
}

fn choices(admin: &Administrator, list: &List) -> Choices {
    let types = client_type::types();
    let types = types.iter().map(|one| (one.value.as_str(), one.label.as_str())).collect::<Vec<_>>();
    let apis = admin.snapshot.registry().apis().filter(|api| !api.scopes.is_empty());
    let apis = apis.map(|api| (api.api_id.to_string(), api.name.clone())).collect::<Vec<_>>();
    let apis = apis.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect::<Vec<_>>();
    Choices {
        types: list.choices("type", "All types", &types),
        states: list.choices("state", "All", &STATES),
        apis: list.choices("api", "All APIs", &apis),
        unused: list.choices("unused", "Does not matter", &UNUSED),
        by_owner: admin.sees_clients_of().is_none(),
    }
}

async fn rows(admin: &Administrator, found: Vec<Client>) -> Result<Vec<ClientRow>, PageError> {
    let ids = found.iter().map(|client| client.client_id.clone()).collect::<Vec<_>>();
    let uses = clients::last_uses(&admin.app.db, &ids).await?;
    let row = |client: Client| ClientRow {
        type_name: type_name(client.client_type),
        authenticates: !client.is_public(),
        enabled: client.enabled,
        last_used: uses.get(&client.client_id).map(|at| Moment::new(*at, admin.now)),
        created: Moment::new(client.created_at, admin.now),
        client_id: client.client_id,
        name: client.metadata.name,
    };
    Ok(found.into_iter().map(row).collect())
}
