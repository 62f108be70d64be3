//! What is done to several rows of a list at once: it is asked first, made together, and said of each that could not be.

use std::collections::BTreeSet;

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use uuid::Uuid;

use super::{client, form, list::malformed, recent_form::RecentForm, session::Administrator};
use crate::{
    accounts,
    protocol::parameters::Parameters,
    registry::{self, ChangeError},
    store::{clients as client_rows, users as user_rows},
    web::{
        error_page::PageError,
        form::PageForm,
        page::{Section, Shell},
    },
};

/// The most rows that can be selected: as many as a page of a list has.
const MOST: usize = 200;

/// Asks before several things are switched on or off; once that is done, says which could not be, and why.
#[derive(Template)]
#[template(path = "console/selection.html")]
pub struct Selection<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// Where the form goes.
    pub path: &'static str,
    /// What is asked, or what was done.
    pub heading: String,
    /// They are to be switched on.
    pub enable: bool,
    /// What it means, in sentences.
    pub consequences: &'static str,
    /// It was done already.
    pub is_done: bool,
    /// What it is asked of, or what it could not be done to.
    pub things: Vec<Selected>,
}

/// Something that was selected.
pub struct Selected {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Its page.
    pub url: String,
    /// Why it could not be done. Empty: it is asked first.
    pub refused: String,
}

/// A list of which rows can be selected.
struct Of {
    section: Section,
    path: &'static str,
    names: (&'static str, &'static str),
    disabling: &'static str,
    enabling: &'static str,
}

const CLIENTS: Of = Of {
    section: Section::Clients,
    path: "/admin/selected/clients",
    names: ("client", "clients"),
    disabling: "They lose every grant and token that they have, within 1 second on every node. Whoever uses them must sign in \
                again once they are enabled.",
    enabling: "They may get tokens again.",
};
const USERS: Of = Of {
    section: Section::Users,
    path: "/admin/selected/users",
    names: ("user", "users"),
    disabling: "Their sessions end, and what they allowed clients stops working, within 1 second on every node.",
    enabling: "They may sign in again.",
};

/// What was sent: whether to switch on or off, which, and whether that was asked.
struct Wish {
    enable: bool,
    ids: Vec<String>,
    is_sure: bool,
}

impl Wish {
    fn read(sent: &Parameters) -> Result<Self, PageError> {
        let sent = form::strict(sent, &["id"])?;
        let enable = match form::text(sent, "act") {
            "enable" => true,
            "disable" => false,
            _ => return Err(malformed("“act” is enable or disable.".into())),
        };
        let ids = sent.all("id").map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
        match ids.len() {
            0 => Err(malformed("Nothing is selected. Go back, and tick a row of the list.".into())),
            1..=MOST => Ok(Self { enable, ids, is_sure: form::text(sent, "sure") == "yes" }),
            _ => Err(malformed(format!("At most {MOST} rows can be selected."))),
        }
    }
}

/// Switches clients on or off.
pub(super) async fn clients(admin: Administrator, PageForm(sent): PageForm) -> Response {
    admin
        .answer(async {
            let wish = Wish::read(&sent)?;
            let names = client_rows::names(&admin.app.db, &seen_clients(&admin, &wish.ids).await?).await?;
            let selected = |id: &String, refused| Selected {
                id: id.clone(),
                name: names.get(id).unwrap_or(id).clone(),
                url: client::path(id),
                refused,
            };
            if !wish.is_sure {
                let things = wish.ids.iter().filter(|id| names.contains_key(*id)).map(|id| selected(id, String::new()));
                return ask(&admin, &CLIENTS, wish.enable, things.collect());
            }
            let made = registry::clients::set_all_enabled(&admin.app, &admin.by, &wish.ids, wish.enable).await?;
            let refused = wish.ids.iter().zip(made).filter_map(|(id, made)| Some(selected(id, why(made.err()?))));
            Ok(tell(&admin, &CLIENTS, &wish, refused.collect()))
        })
        .await
}

/// Those of these clients that the reader sees.
async fn seen_clients(admin: &Administrator, ids: &[String]) -> Result<Vec<String>, PageError> {
    let Some(owner) = admin.sees_clients_of() else { return Ok(ids.to_vec()) };
    Ok(client_rows::owned(&admin.app.db, ids, owner).await?)
}

/// Switches users on or off.
pub(super) async fn users(RecentForm { admin, by, form: sent }: RecentForm) -> Response {
    admin
        .answer(async {
            let wish = Wish::read(&sent)?;
            let ids = wish.ids.iter().map(|id| form::id::<Uuid>(id)).collect::<Result<Vec<_>, _>>()?;
            let found = user_rows::of(&admin.app.db, &ids).await?;
            let selected = |id: Uuid, refused| Selected {
                id: id.to_string(),
                name: found
                    .iter()
                    .find(|user| user.user_id == id)
                    .map_or_else(|| id.to_string(), |user| user.username.clone()),
                url: format!("/admin/users/{id}"),
                refused,
            };
            if !wish.is_sure {
                let things = found.iter().map(|user| selected(user.user_id, String::new()));
                return ask(&admin, &USERS, wish.enable, things.collect());
            }
            let made = accounts::users::set_all_enabled(&admin.app, &by, &ids, wish.enable).await?;
            let refused = ids.into_iter().zip(made).filter_map(|(id, made)| Some(selected(id, why(made.err()?))));
            Ok(tell(&admin, &USERS, &wish, refused.collect()))
        })
        .await
}

fn ask(admin: &Administrator, of: &Of, enable: bool, mut things: Vec<Selected>) -> Result<Response, PageError> {
    if things.is_empty() {
        return Err(ChangeError::Unknown.into());
    }
    things.sort_by_cached_key(|thing| thing.name.to_lowercase());
    let shell = admin.shell(of.section);
    let verb = if enable { "Enable" } else { "Disable" };
    let content = Selection {
        shell: &shell,
        path: of.path,
        heading: format!("{verb} {}?", counted(of, things.len())),
        enable,
        consequences: if enable { of.enabling } else { of.disabling },
        is_done: false,
        things,
    };
    Ok(shell.page(&content).into_response())
}

/// Leads back to the list, or names those that were refused.
fn tell(admin: &Administrator, of: &Of, wish: &Wish, things: Vec<Selected>) -> Response {
    let done = if wish.enable { "enabled" } else { "disabled" };
    if things.is_empty() {
        return Redirect::to(&form::link(of.section.path(), &[("done", done)])).into_response();
    }
    let shell = admin.shell(of.section);
    let content = Selection {
        shell: &shell,
        path: of.path,
        heading: format!("{} {done}, {} not", counted(of, wish.ids.len() - things.len()), things.len()),
        enable: wish.enable,
        consequences: "These stay as they are:",
        is_done: true,
        things,
    };
    shell.page(&content).with_status(StatusCode::CONFLICT).into_response()
}

fn counted(of: &Of, count: usize) -> String {
    format!("{count} {}", if count == 1 { of.names.0 } else { of.names.1 })
}

fn why(error: ChangeError) -> String {
    match error {
        ChangeError::Unknown => "It is not there any more.".to_owned(),
        other => other.to_string(),
    }
}
