//! The keys that sign our tokens.

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    confirm::{Act, Doomed},
    form,
    recent_form::RecentForm,
    session::Administrator,
};
use crate::{
    app::InternalError,
    keys::{KeyState, UnknownKeyState},
    language::Moment,
    protocol::signing_algorithm::SigningAlgorithm,
    registry::{self, ChangeError},
    store::signing_keys::{self, SigningKeyRow},
    web::{
        error_page::PageError,
        form::Query,
        page::{Section, Shell},
        view::{Choice, Notice},
    },
};

/// All keys that the key set publishes. The form `rotate` posts `alg` to `/admin/keys/rotate`.
#[derive(Template)]
#[template(path = "console/keys.html")]
pub struct Keys<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// The keys, by algorithm, then next, active, retiring.
    pub keys: Vec<KeyRow>,
    /// The algorithms that there are keys for.
    pub algs: Vec<Choice>,
}

/// A signing key.
pub struct KeyRow {
    /// Its id: the RFC 7638 thumbprint.
    pub kid: String,
    /// The algorithm it signs by.
    pub alg: String,
    /// What it is used for now.
    pub state: KeyState,
    /// When it was made.
    pub created: Moment,
    /// When it began to sign.
    pub activated: Option<Moment>,
}

impl KeyRow {
    /// What is typed to withdraw it.
    fn short_kid(&self) -> &str {
        self.kid.get(..8).unwrap_or(&self.kid)
    }

    /// Its state in a word.
    const fn state_name(&self) -> &'static str {
        match self.state {
            KeyState::Next => "Next",
            KeyState::Active => "Active",
            KeyState::Retiring => "Retiring",
        }
    }

    const fn state_class(&self) -> &'static str {
        match self.state {
            KeyState::Next | KeyState::Active => "plain",
            KeyState::Retiring => "soon",
        }
    }
}

/// The keys.
pub(super) async fn list(admin: Administrator, Query(query): Query) -> Response {
    admin
        .answer(async {
            let found = signing_keys::all(&admin.app.db).await?;
            let mut keys = found.into_iter().map(|key| row(key, &admin)).collect::<Result<Vec<_>, _>>()?;
            keys.sort_by(|a, b| (&a.alg, a.state).cmp(&(&b.alg, b.state)));
            let mut algs = vec![Choice::new("", "Every algorithm", "")];
            algs.extend(SigningAlgorithm::ALL.map(|alg| Choice::new(alg.as_str(), alg.as_str(), "")));
            let shell = admin.shell(Section::Keys);
            let content = Keys { shell: &shell, notices: form::notices(&query), keys, algs };
            Ok(shell.page(&content).into_response())
        })
        .await
}

/// Puts the next key to use.
pub(super) async fn rotate(RecentForm { admin, by, form: sent }: RecentForm) -> Response {
    admin
        .answer(async {
            let only = form::given(form::strict(&sent, &[])?, "alg").map(form::id).transpose()?;
            registry::keys::rotate(&admin.app, &by, only).await?;
            Ok(Redirect::to("/admin/keys?done=rotated").into_response())
        })
        .await
}

/// What will stop working if this key is withdrawn.
pub(super) async fn ask_withdraw(admin: Administrator, Path(kid): Path<String>) -> Response {
    admin.answer(async { Ok(doomed(&found(&admin, &kid).await?, &path(&kid)).ask(&admin)) }).await
}

/// Withdraws it, if its name was typed.
pub(super) async fn withdraw(Path(kid): Path<String>, RecentForm { admin, by, form: sent }: RecentForm) -> Response {
    admin
        .answer(async {
            if let Err(again) = doomed(&found(&admin, &kid).await?, &path(&kid)).confirmed(&admin, &sent) {
                return Ok(*again);
            }
            registry::keys::withdraw(&admin.app, &by, &kid).await?;
            Ok(Redirect::to("/admin/keys?done=withdrawn").into_response())
        })
        .await
}

fn path(kid: &str) -> String {
    format!("/admin/keys/{kid}")
}

async fn found(admin: &Administrator, kid: &str) -> Result<KeyRow, PageError> {
    let all = signing_keys::all(&admin.app.db).await?;
    let key = all.into_iter().find(|key| key.kid == kid).ok_or(ChangeError::Unknown)?;
    Ok(row(key, admin)?)
}

fn doomed<'a>(key: &'a KeyRow, path: &'a str) -> Doomed<'a> {
    let signed = [
        "Every token that it signed: introspection and the userinfo endpoint refuse it.",
        "In APIs that check signatures themselves: the same tokens, once they have fetched the key set again. They may keep it for 15 minutes.",
    ];
    let consequences: &[&str] = match key.state {
        KeyState::Next => &["Nothing: it has signed no token yet. Another key is made to be next."],
        KeyState::Active => &[
            signed[0],
            signed[1],
            "Nobody’s sign-in: clients get new tokens with their refresh tokens, signed with the key that is next now.",
        ],
        KeyState::Retiring => &signed,
    };
    Doomed {
        section: Section::Keys,
        act: Act::WITHDRAW,
        kind: "key",
        name: key.short_kid(),
        back: "/admin/keys",
        path,
        consequences: consequences.iter().map(|sentence| (*sentence).to_owned()).collect(),
    }
}

fn row(key: SigningKeyRow, admin: &Administrator) -> Result<KeyRow, InternalError> {
    Ok(KeyRow {
        kid: key.kid,
        alg: key.alg.as_str().to_owned(),
        state: key.state.parse().map_err(|error: UnknownKeyState| InternalError::Bug(error.into()))?,
        created: Moment::new(key.created_at, admin.now),
        activated: key.activated_at.map(|at| Moment::new(at, admin.now)),
    })
}
