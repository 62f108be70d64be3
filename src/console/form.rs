//! What the console's forms share: how they are read, and what is said when something is wrong.

use std::str::FromStr;

use axum::http::StatusCode;
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::{
    language::{Language, Moment},
    model::registry::Registry,
    protocol::{
        client_metadata::{field::Named, fields::FIELDS},
        parameters::Parameters,
        standard_claims,
    },
    registry::{ChangeError, Since},
    web::{
        error_page::PageError,
        view::{Choice, ChoiceGroup, FormErrors, Notice, NoticeKind, openid_scope},
    },
};

/// Refuses a form or query in which a field stands twice that may stand once. `several`: those that may repeat.
pub(super) fn strict<'a>(form: &'a Parameters, several: &[&str]) -> Result<&'a Parameters, PageError> {
    match form.first_repeated(several) {
        None => Ok(form),
        Some(name) => Err(PageError::Administrator(
            StatusCode::BAD_REQUEST,
            "The form could not be read",
            format!("The field {name} was sent more than once."),
        )),
    }
}

/// The answer to a form or query that no page of ours sends.
pub(super) fn unreadable(what: &str) -> PageError {
    PageError::Administrator(StatusCode::BAD_REQUEST, "The form could not be read", what.to_owned())
}

/// What a field holds, as it was typed.
pub(super) fn text<'a>(form: &'a Parameters, name: &str) -> &'a str {
    form.raw(name).unwrap_or_default()
}

/// What a field holds, if anything.
pub(super) fn given<'a>(form: &'a Parameters, name: &str) -> Option<&'a str> {
    Some(text(form, name).trim()).filter(|text| !text.is_empty())
}

/// What a field of several lines holds, a value a line.
pub(super) fn lines(form: &Parameters, name: &str) -> Vec<String> {
    text(form, name).lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// A number, if there is any. What is no number becomes -1, which no rule allows: the rule then says what it wants.
pub(super) fn number(form: &Parameters, name: &str) -> Option<i32> {
    given(form, name).map(|typed| typed.parse().unwrap_or(-1))
}

/// The id in a path.
pub(super) fn id<T: FromStr>(text: &str) -> Result<T, PageError> {
    text.parse().map_err(|_| ChangeError::Unknown.into())
}

/// A value as a list shows it, on one line.
pub(super) fn listed(one: &Named) -> Choice {
    let label = if one.hint.is_empty() { one.label.to_owned() } else { format!("{}: {}", one.label, one.hint) };
    Choice::new(one.value, &label, "")
}

/// The same choices, with this value chosen.
pub(super) fn choose(mut choices: Vec<Choice>, value: &str) -> Vec<Choice> {
    for choice in &mut choices {
        choice.chosen = choice.value == value;
    }
    choices
}

/// The scopes of every API, a group for each.
pub(super) fn api_scopes(registry: &Registry, chosen: impl Fn(&str) -> bool) -> Vec<ChoiceGroup> {
    let group = |api: &std::sync::Arc<crate::model::registry::Api>| ChoiceGroup {
        name: api.name.clone(),
        choices: api.scopes.iter().map(|(name, words)| scope_choice(name, words, &chosen)).collect(),
    };
    registry.apis().filter(|api| !api.scopes.is_empty()).map(group).collect()
}

/// The scopes of OpenID Connect, then those of every API.
pub(super) fn all_scopes(registry: &Registry, chosen: impl Fn(&str) -> bool) -> Vec<ChoiceGroup> {
    let words = |name| openid_scope(Language::En, name).unwrap_or_default();
    let ours = standard_claims::SCOPES.iter().map(|name| scope_choice(name, &words(name), &chosen)).collect();
    let mut groups = vec![ChoiceGroup { name: "OpenID Connect".into(), choices: ours }];
    groups.extend(api_scopes(registry, chosen));
    groups
}

fn scope_choice(name: &str, words: &str, chosen: impl Fn(&str) -> bool) -> Choice {
    Choice { chosen: chosen(name), ..Choice::new(name, name, words) }
}

/// A path with a query of those values that are not empty.
pub(super) fn link(path: &str, query: &[(&str, &str)]) -> String {
    let filled = query.iter().filter(|(_, value)| !value.is_empty());
    format!("{path}?{}", Serializer::new(String::new()).extend_pairs(filled).finish())
}

/// Where a path of the console leads to a client. An id that is a URL is one segment of it.
pub(super) fn client_path(client_id: &str) -> String {
    format!("/admin/clients/{}", byte_serialize(client_id.as_bytes()).collect::<String>())
}

/// What the page says was done just now. A link can make it say no more than this.
pub(super) fn notices(query: &Parameters) -> Vec<Notice> {
    let text = match text(query, "done") {
        "saved" => "Saved. It holds on every node within 1 second.",
        "created" => "Registered.",
        "deleted" => "Deleted. It stops working on every node within 1 second.",
        "enabled" => "Enabled.",
        "disabled" => "Disabled. It holds on every node within 1 second.",
        "ended" => "Ended. It holds on every node within 1 second.",
        "lifted" => "The hold is lifted. Links for a new password can be sent again.",
        "mfa-reset" => "Taken away. The user is told by mail.",
        "mailed" => "A mail with a link is on its way. The link works once, for 20 minutes.",
        "user-created" => "Added. An invitation is on its way by mail.",
        "user-deleted" => "Deleted. It holds on every node within 1 second.",
        "restored" => "Restored, and disabled. Enable them when they may sign in.",
        "withdrawn" => "Withdrawn. Its tokens stop working on every node within 1 second.",
        "rotated" => "Rotated. The key that was next signs now.",
        _ => return Vec::new(),
    };
    vec![Notice::new(NoticeKind::Done, text.to_owned())]
}

/// The same on the page of something that has a name.
pub(super) fn notices_of(query: &Parameters, name: &str) -> Vec<Notice> {
    if text(query, "done") == "created" {
        return vec![Notice::new(NoticeKind::Done, format!("“{name}” is registered."))];
    }
    notices(query)
}

/// Shows beside the fields why a change was not made, and says with which status. What no field can put right goes on
/// as an error.
pub(super) fn explain(error: ChangeError, errors: &mut FormErrors) -> Result<StatusCode, PageError> {
    match error {
        ChangeError::Invalid(problems) => {
            for problem in problems {
                errors.add(problem.field, problem.message);
            }
            Ok(StatusCode::UNPROCESSABLE_ENTITY)
        }
        ChangeError::NotPermitted(why) => {
            errors.add("main", why);
            Ok(StatusCode::CONFLICT)
        }
        ChangeError::Outdated(since) => {
            errors.add("main", outdated(&since));
            Ok(StatusCode::PRECONDITION_FAILED)
        }
        other => Err(other.into()),
    }
}

/// What forms call this field of a client, or of a user, an API or a role.
pub(super) fn label(name: &str) -> &str {
    let others = [
        ("username", "Username"),
        ("email", "Email address"),
        ("email_verified", "Email address verified"),
        ("profile", "Profile"),
        ("roles", "Roles"),
        ("enabled", "whether it is enabled"),
        ("name", "Name"),
        ("description", "Description"),
        ("scopes", "Scopes"),
        ("identifier", "Identifier"),
        ("office", "Office"),
        ("administrative", "Administers"),
        ("required_acr", "Minimum sign-in strength"),
        ("owner", "Owner"),
        ("secrets", "Secrets"),
        ("deleted", "Deleted"),
        ("client_id", "Client id"),
        ("ended_sessions", "Sessions ended"),
        ("sessions", "Sessions ended"),
        ("revoked_grants", "Grants revoked"),
        ("scope", "Scopes"),
        ("left_out", "Left out"),
        ("grant_type", "Grant type"),
        ("grant_id", "Grant"),
        ("kind", "Kind"),
        ("factor_id", "Factor id"),
        ("factors", "Factors"),
        ("amr", "Proven by (amr)"),
        ("acr", "Sign-in strength (acr)"),
        ("algorithm", "Algorithm"),
        ("file", "File"),
        ("reason", "Reason"),
        ("ends_at", "Ends"),
        ("version", "Version"),
    ];
    let of_client = FIELDS.iter().find(|field| field.name == name).map(|field| field.label);
    of_client.or_else(|| others.iter().find(|(known, _)| *known == name).map(|(_, label)| *label)).unwrap_or(name)
}

/// Says who changed what while a form was open, so that its reader can ask them.
fn outdated(since: &Since) -> String {
    format!(
        "{}, after you opened the form, so nothing was saved. What you typed is still here. Look at the history in another \
         window, or ask them. Saving again overwrites their change.",
        who_changed(since)
    )
}

/// "admin changed Name, Scopes at 10:32"
pub(super) fn who_changed(since: &Since) -> String {
    let who = since.by.as_deref().unwrap_or("Somebody");
    let what = if since.fields.is_empty() {
        "this".to_owned()
    } else {
        since.fields.iter().map(|name| label(name)).collect::<Vec<_>>().join(", ")
    };
    let when = since.at.map_or(String::new(), |at| format!(" at {}", Moment::new(at, at).exact));
    format!("{who} changed {what}{when}")
}
