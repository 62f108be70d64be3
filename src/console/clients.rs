//! The list of clients.

use askama::Template;
use axum::response::{IntoResponse, Response};

use super::{
    client_type::{self, type_name},
    form,
    session::Administrator,
};
use crate::{
    language::Moment,
    protocol::client::Client,
    store::{
        client_secrets,
        clients::{self, Sought},
    },
    web::{
        error_page::PageError,
        form::Query,
        page::{Section, Shell},
        view::{Choice, Notice, Paging},
    },
};

/// All clients, a page at a time. The filter is a GET form: `q` (in name or id) and `type`.
#[derive(Template)]
#[template(path = "console/clients.html")]
pub struct Clients<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// What is searched for.
    pub query: &'a str,
    /// The types, "" for all of them first.
    pub types: Vec<Choice>,
    /// What was found.
    pub clients: Vec<ClientRow>,
    /// The ways on.
    pub paging: Paging,
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
}

impl Clients<'_> {
    /// The list is narrowed down, so that being empty says little.
    fn filtered(&self) -> bool {
        !self.query.is_empty() || self.types.iter().any(|choice| choice.chosen && !choice.value.is_empty())
    }
}

/// The list.
pub(super) async fn list(admin: Administrator, Query(query): Query) -> Response {
    admin
        .answer(async {
            let query = form::strict(&query, &[])?;
            let (search, client_type) = (form::text(query, "q").trim(), form::text(query, "type"));
            let after = form::given(query, "after_name").zip(form::given(query, "after"));
            let sought = Sought {
                text: form::given(query, "q"),
                client_type: form::given(query, "type"),
                owner: admin.sees_clients_of(),
            };
            let mut found = clients::page(&admin.app.db, sought, after, form::ROWS_AND_ONE).await?;
            let has_more = form::cut_to_page(&mut found);
            let last = found.last().filter(|_| has_more);
            let next = last.map(|client| {
                let cursor =
                    [("q", search), ("type", client_type), ("after_name", &client.name), ("after", &client.client_id)];
                form::link("/admin/clients", &cursor)
            });
            let mut types = vec![Choice::new("", "All types", "")];
            types.extend(client_type::types());
            let shell = admin.shell(Section::Clients);
            let content = Clients {
                shell: &shell,
                notices: form::notices(query),
                query: search,
                types: form::choose(types, client_type),
                clients: rows(&admin, found).await?,
                paging: Paging { previous: None, next },
            };
            Ok(shell.page(&content).into_response())
        })
        .await
}

async fn rows(admin: &Administrator, found: Vec<Client>) -> Result<Vec<ClientRow>, PageError> {
    let mut rows = Vec::with_capacity(found.len());
    for client in found {
        let secrets = client_secrets::of_client(&admin.app.db, &client.client_id).await?;
        let last_used = secrets.into_iter().filter_map(|(_, last_used)| last_used).max();
        rows.push(ClientRow {
            type_name: type_name(client.client_type),
            authenticates: !client.is_public(),
            enabled: client.enabled,
            client_id: client.client_id,
            name: client.metadata.name,
            last_used: last_used.map(|at| Moment::new(at, admin.now)),
        });
    }
    Ok(rows)
}
