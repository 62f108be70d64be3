//! Refuses requests that exceed a limit or come from a denied network, before anything else is done for them.
//!
//! Addresses are counted here; clients where they authenticate (`authenticated_form`), so that nobody can use up what
//! another client may by giving its name.

use std::net::IpAddr;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::RETRY_AFTER},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{
    client_address::ClientAddress,
    error_page::{ErrorPages, PageError},
    problem::Problem,
};
use crate::{
    app::{App, Class, Sender, Verdict, WINDOW},
    network,
    server::json_error::json_error,
};

const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Middleware, inside of the one that finds the [`ClientAddress`]: refuses denied networks, keeps the console to its own,
/// and counts the request.
pub async fn limit_requests(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(&ClientAddress(address)) = request.extensions().get() else { return next.run(request).await };
    if !is_welcome(&app, request.uri().path(), address) {
        app.tally("networks.refusals");
        return refuse(&app, &request, StatusCode::FORBIDDEN, "error-network", "error-network-what");
    }
    if network::holds(&app.settings.defence.allowed_networks, address) {
        return next.run(request).await;
    }
    let verdict = app.rates.check(class_of(request.uri().path()), Sender::Address(address)).await;
    let mut response = if verdict.retry_after.is_some() {
        app.tally("requests.refusals");
        app.tally_refused(network::block_of(address).to_string());
        refuse(&app, &request, StatusCode::TOO_MANY_REQUESTS, "error-too-many", "error-too-many-what")
    } else {
        next.run(request).await
    };
    // What an authenticated client was told of its own limit stays.
    if !response.headers().contains_key(LIMIT) {
        tell(response.headers_mut(), "address", verdict);
    }
    response
}

/// Middleware, around everything that answers clients and users: refuses what comes from a network that administrators block.
/// What pages are styled by is left to anybody, so that the refusal can be read.
pub async fn refuse_blocked(State(app): State<App>, request: Request, next: Next) -> Response {
    let address = request.extensions().get::<ClientAddress>().map(|address| address.0);
    if address.is_some_and(|address| app.is_blocked(address)) && !request.uri().path().starts_with("/assets/") {
        app.tally("blocked_networks.refusals");
        return refuse(&app, &request, StatusCode::FORBIDDEN, "error-network", "error-network-what");
    }
    next.run(request).await
}

/// The answer to a client that asks too often, or has failed too often.
#[must_use]
pub fn too_many_requests(wait: std::time::Duration, description: &str) -> Response {
    let mut response = json_error(StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", description);
    response.headers_mut().insert(RETRY_AFTER, seconds(wait).into());
    response
}

/// The answer to a client that asks too often.
#[must_use]
pub fn over_limit(verdict: Verdict) -> Response {
    let wait = verdict.retry_after.unwrap_or_default();
    let mut response = too_many_requests(wait, "this client sends too many requests");
    tell(response.headers_mut(), "client", verdict);
    response
}

/// The same as the admin API says it.
#[must_use]
pub fn over_limit_of_api(verdict: Verdict) -> Response {
    let detail = "This client sends too many requests: Retry-After says when to come back.";
    let mut response = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail).into_response();
    tell(response.headers_mut(), "client", verdict);
    response
}

/// How many more requests may come (draft-ietf-httpapi-ratelimit-headers): a policy, and what is left of it.
fn tell(headers: &mut HeaderMap, policy: &'static str, verdict: Verdict) {
    let Verdict { quota, remaining, retry_after } = verdict;
    let used = u64::from(quota - remaining.min(quota)) * u64::from(WINDOW);
    let whole = used.div_ceil(u64::from(quota.max(1)));
    let texts = [
        (POLICY, format!("\"{policy}\";q={quota};w={WINDOW}")),
        (LIMIT, format!("\"{policy}\";r={remaining};t={}", retry_after.map_or(whole, seconds))),
    ];
    for (name, text) in texts {
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(name, value);
        }
    }
    if let Some(wait) = retry_after {
        headers.insert(RETRY_AFTER, seconds(wait).into());
    }
}

fn refuse(app: &App, request: &Request, status: StatusCode, heading: &'static str, what: &'static str) -> Response {
    if request.uri().path().starts_with("/api/") {
        let (code, detail) = if status == StatusCode::FORBIDDEN {
            ("network_refused", "Requests from this network are refused.")
        } else {
            ("too_many_requests", "This address sends too many requests: Retry-After says when to come back.")
        };
        return Problem::new(status, code, detail).into_response();
    }
    if is_for_programs(request.uri().path()) {
        let description = if status == StatusCode::FORBIDDEN {
            "requests from this network are refused"
        } else {
            "this address sends too many requests"
        };
        return json_error(status, "temporarily_unavailable", description);
    }
    ErrorPages::of(app, request).answer(PageError::Person(status, heading, what))
}

fn is_welcome(app: &App, path: &str, address: IpAddr) -> bool {
    let defence = &app.settings.defence;
    let is_console = path == "/admin" || path.starts_with("/admin/");
    let is_kept_out = is_console && !defence.console_networks.is_empty();
    !network::holds(&defence.denied_networks, address)
        && (!is_kept_out || network::holds(&defence.console_networks, address))
}

/// What it costs to answer at this path.
#[must_use]
pub fn class_of(path: &str) -> Class {
    match path {
        "/oauth2/token" | "/oauth2/par" | "/oauth2/revoke" => Class::Tokens,
        _ if is_for_programs(path) || path.starts_with("/assets/") => Class::Questions,
        _ => Class::Pages,
    }
}

fn is_for_programs(path: &str) -> bool {
    let is_for_people = path.starts_with("/oauth2/authorize") || path == "/oauth2/end-session";
    path.starts_with("/.well-known/") || path.starts_with("/api/") || (path.starts_with("/oauth2/") && !is_for_people)
}

/// At least one: "at once" would be a lie.
fn seconds(wait: std::time::Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0).max(u64::from(wait.is_zero()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_endpoint_has_its_class() {
        for (path, class) in [
            ("/", Class::Pages),
            ("/sign-in/123", Class::Pages),
            ("/oauth2/authorize", Class::Pages),
            ("/oauth2/authorize/123", Class::Pages),
            ("/oauth2/end-session", Class::Pages),
            ("/oauth2/token", Class::Tokens),
            ("/oauth2/par", Class::Tokens),
            ("/oauth2/revoke", Class::Tokens),
            ("/oauth2/introspect", Class::Questions),
            ("/oauth2/jwks", Class::Questions),
            ("/api/v1/clients", Class::Questions),
            ("/.well-known/openid-configuration", Class::Questions),
            ("/assets/page.css", Class::Questions),
        ] {
            assert_eq!(class_of(path), class, "{path}");
        }
    }

    #[test]
    fn headers_tell_what_is_left_and_when_it_is_whole_again() {
        let told = |verdict| {
            let mut headers = HeaderMap::new();
            tell(&mut headers, "address", verdict);
            let text = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
            [text("ratelimit-policy"), text("ratelimit"), text("retry-after")]
        };
        let admitted = Verdict { quota: 200, remaining: 150, retry_after: None };
        assert_eq!(told(admitted), ["\"address\";q=200;w=10", "\"address\";r=150;t=3", ""]);
        let wait = std::time::Duration::from_millis(40);
        let refused = Verdict { quota: 200, remaining: 0, retry_after: Some(wait) };
        assert_eq!(told(refused), ["\"address\";q=200;w=10", "\"address\";r=0;t=1", "1"]);
    }
}
