//! Ends sessions from their list, one or those that are ticked. The one that asks is not among them: it ends by signing out.

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use super::{LIST, in_words};
use crate::{
    accounts::sign_out::{self, Ending},
    console::{
        form,
        list::List,
        selection::{self, Act, Of, Selected, Wish},
        session::Administrator,
    },
    policy::user_agent::Device,
    registry::ChangeError,
    store::sessions::{self, OpenSession},
    web::{
        error_page::PageError,
        form::{PageForm, Query},
        page::Section,
    },
};

const SESSIONS: Of = Of {
    section: Section::Sessions,
    path: "/admin/selected/sessions",
    names: ("session", "sessions"),
    acts: &[(
        Act::END,
        "Whoever uses them must sign in again. The tokens that they gave to clients stop working within 1 second on every \
         node; clients that were allowed offline access keep it. Their users are told by mail.",
    )],
};

/// Ends one session, and leads back to the page of the list that it was on.
pub(in crate::console) async fn one(admin: Administrator, Query(query): Query, PageForm(sent): PageForm) -> Response {
    admin
        .answer(async {
            let list = List::read(&LIST, &query)?;
            let session_id = form::id::<Uuid>(form::text(form::strict(&sent, &[])?, "end"))?;
            let found = sessions::of(&admin.app.db, &[session_id], admin.now).await?;
            let session = found.first().ok_or(ChangeError::Unknown)?;
            not_this(&admin, session)?;
            sign_out::end(&admin.app, &admin.by, session.user_id, Ending::These(&[session_id])).await?;
            Ok(Redirect::to(&list.after_doing("ended")).into_response())
        })
        .await
}

/// Ends those that are ticked, once that was asked.
pub(in crate::console) async fn several(admin: Administrator, PageForm(sent): PageForm) -> Response {
    admin
        .answer(async {
            let wish = Wish::read(&sent, &SESSIONS)?;
            let ids = wish.ids.iter().map(|id| form::id(id)).collect::<Result<Vec<Uuid>, _>>()?;
            let found = sessions::of(&admin.app.db, &ids, admin.now).await?;
            if !wish.is_sure {
                let things = found.iter().map(|session| selected(session, String::new()));
                return selection::ask(&admin, &SESSIONS, &wish, things.collect());
            }
            let mut refused = end_all(&admin, &found).await?;
            let is_gone = |id: &&Uuid| found.iter().all(|session| session.session_id != **id);
            refused.extend(ids.iter().filter(is_gone).map(|id| gone(*id)));
            Ok(selection::tell(&admin, &SESSIONS, &wish, refused))
        })
        .await
}

/// Ends these sessions, those of each user together. Says which could not be ended, and why.
async fn end_all(admin: &Administrator, found: &[OpenSession]) -> Result<Vec<Selected>, PageError> {
    let mut refused = Vec::new();
    let mut of_users = BTreeMap::<Uuid, Vec<&OpenSession>>::new();
    for session in found {
        match not_this(admin, session) {
            Ok(()) => of_users.entry(session.user_id).or_default().push(session),
            Err(error) => refused.push(selected(session, selection::why(error))),
        }
    }
    for (user_id, theirs) in of_users {
        let ids = theirs.iter().map(|session| session.session_id).collect::<Vec<_>>();
        match sign_out::end(&admin.app, &admin.by, user_id, Ending::These(&ids)).await {
            Ok(_) => {}
            Err(error @ ChangeError::Lacks(_)) => {
                let why = selection::why(error);
                refused.extend(theirs.into_iter().map(|session| selected(session, why.clone())));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(refused)
}

/// A session that ended before it was asked to.
fn gone(session_id: Uuid) -> Selected {
    Selected {
        id: session_id.to_string(),
        name: session_id.to_string(),
        url: LIST.path.to_owned(),
        refused: selection::why(ChangeError::Unknown),
    }
}

fn not_this(admin: &Administrator, session: &OpenSession) -> Result<(), ChangeError> {
    if session.session_id == admin.session.session_id {
        let why = "This is the session that you are using. Sign out to end it.";
        return Err(ChangeError::NotPermitted(why.to_owned()));
    }
    Ok(())
}

fn selected(session: &OpenSession, refused: String) -> Selected {
    let device = Device::of(session.user_agent.as_deref().unwrap_or_default()).to_string();
    let address = session.ip.clone().unwrap_or_default();
    let about = [session.username.clone(), device, address, in_words(&session.amr)];
    Selected {
        id: session.session_id.to_string(),
        name: about.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", "),
        url: format!("/admin/users/{}#sessions", session.user_id),
        refused,
    }
}
