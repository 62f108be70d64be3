//! What is done to several rows of a list at once: it is asked first, and said of each to which it could not be done.

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

/// Asks before something is done to several things; once it is done, says to which it could not be, and why.
#[derive(Template)]
#[template(path = "console/selection.html")]
pub struct Selection<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// Where the form goes.
    pub path: &'static str,
    /// What is asked, or what was done.
    pub heading: String,
    /// What is to be done to them.
    pub act: Act,
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

/// What can be done to what is selected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Act {
    /// What the form calls it.
    pub value: &'static str,
    /// "Disable"
    pub verb: &'static str,
    /// "disabled"
    pub participle: &'static str,
    /// It takes something away.
    pub destroys: bool,
}

impl Act {
    /// They are switched on.
    pub const ENABLE: Self = Self { value: "enable", verb: "Enable", participle: "enabled", destroys: false };
    /// They are switched off.
    pub const DISABLE: Self = Self { value: "disable", verb: "Disable", participle: "disabled", destroys: true };
    /// They end.
    pub const END: Self = Self { value: "end", verb: "End", participle: "ended", destroys: true };
}

/// A list of which rows can be selected.
pub(super) struct Of {
    pub section: Section,
    pub path: &'static str,
    /// What one is called, and what several are.
    pub names: (&'static str, &'static str),
    /// What can be done to them, with what that means, in sentences.
    pub acts: &'static [(Act, &'static str)],
}

const CLIENTS: Of = Of {
    section: Section::Clients,
    path: "/admin/selected/clients",
    names: ("client", "clients"),
    acts: &[
        (Act::ENABLE, "They may get tokens again."),
        (
            Act::DISABLE,
            "They lose every grant and token that they have, within 1 second on every node. Whoever uses them must sign in \
             again once they are enabled.",
        ),
    ],
};
const USERS: Of = Of {
    section: Section::Users,
    path: "/admin/selected/users",
    names: ("user", "users"),
    acts: &[
        (Act::ENABLE, "They may sign in again."),
        (
            Act::DISABLE,
            "Their sessions end, and what they allowed clients stops working, within 1 second on every node.",
        ),
    ],
};

/// What was sent: what is to be done, to which, and whether that was asked.
pub(super) struct Wish {
    act: Act,
    consequences: &'static str,
    pub ids: Vec<String>,
    pub is_sure: bool,
}

impl Wish {
    pub(super) fn read(sent: &Parameters, of: &Of) -> Result<Self, PageError> {
        let sent = form::strict(sent, &["id"])?;
        let asked = of.acts.iter().find(|(act, _)| act.value == form::text(sent, "act"));
        let acts = || of.acts.iter().map(|(act, _)| act.value).collect::<Vec<_>>().join(" or ");
        let (act, consequences) = *asked.ok_or_else(|| malformed(format!("“act” is {}.", acts())))?;
        let ids = sent.all("id").map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
        match ids.len() {
            0 => Err(malformed("Nothing is selected. Go back, and tick a row of the list.".into())),
            1..=MOST => Ok(Self { act, consequences, ids, is_sure: form::text(sent, "sure") == "yes" }),
            _ => Err(malformed(format!("At most {MOST} rows can be selected."))),
        }
    }

    fn enables(&self) -> bool {
        self.act == Act::ENABLE
    }
}

/// Switches clients on or off.
pub(super) async fn clients(admin: Administrator, PageForm(sent): PageForm) -> Response {
    admin
        .answer(async {
            let wish = Wish::read(&sent, &CLIENTS)?;
            let names = client_rows::names(&admin.app.db, &seen_clients(&admin, &wish.ids).await?).await?;
            let selected = |id: &String, refused| Selected {
                id: id.clone(),
                name: names.get(id).unwrap_or(id).clone(),
                url: client::path(id),
                refused,
            };
            if !wish.is_sure {
                let things = wish.ids.iter().filter(|id| names.contains_key(*id)).map(|id| selected(id, String::new()));
                return ask(&admin, &CLIENTS, &wish, things.collect());
            }
            let made = registry::clients::set_all_enabled(&admin.app, &admin.by, &wish.ids, wish.enables()).await?;
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
            let wish = Wish::read(&sent, &USERS)?;
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
                return ask(&admin, &USERS, &wish, things.collect());
            }
            let made = accounts::users::set_all_enabled(&admin.app, &by, &ids, wish.enables()).await?;
            let refused = ids.into_iter().zip(made).filter_map(|(id, made)| Some(selected(id, why(made.err()?))));
            Ok(tell(&admin, &USERS, &wish, refused.collect()))
        })
        .await
}

/// Asks whether that is to be done.
pub(super) fn ask(
    admin: &Administrator,
    of: &Of,
    wish: &Wish,
    mut things: Vec<Selected>,
) -> Result<Response, PageError> {
    if things.is_empty() {
        return Err(ChangeError::Unknown.into());
    }
    things.sort_by_cached_key(|thing| thing.name.to_lowercase());
    let shell = admin.shell(of.section);
    let content = Selection {
        shell: &shell,
        path: of.path,
        heading: format!("{} {}?", wish.act.verb, counted(of, things.len())),
        act: wish.act,
        consequences: wish.consequences,
        is_done: false,
        things,
    };
    Ok(shell.page(&content).into_response())
}

/// Leads back to the list, or names those that were refused.
pub(super) fn tell(admin: &Administrator, of: &Of, wish: &Wish, things: Vec<Selected>) -> Response {
    let done = wish.act.participle;
    if things.is_empty() {
        return Redirect::to(&form::link(of.section.path(), &[("done", done)])).into_response();
    }
    let shell = admin.shell(of.section);
    let content = Selection {
        shell: &shell,
        path: of.path,
        heading: format!("{} {done}, {} not", counted(of, wish.ids.len() - things.len()), things.len()),
        act: wish.act,
        consequences: "These stay as they are:",
        is_done: true,
        things,
    };
    shell.page(&content).with_status(StatusCode::CONFLICT).into_response()
}

fn counted(of: &Of, count: usize) -> String {
    format!("{count} {}", if count == 1 { of.names.0 } else { of.names.1 })
}

/// Why something was not done to one of them.
pub(super) fn why(error: ChangeError) -> String {
    match error {
        ChangeError::Unknown => "It is not there any more.".to_owned(),
        other => other.to_string(),
    }
}
