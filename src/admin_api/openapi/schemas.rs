//! What bodies and answers look like.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    admin_api::{
        changes::{MOST_CHANGES, TOGETHER},
        operations,
    },
    model::office::Office,
    policy::block::{LONGEST_REASON, Term},
    protocol::{
        assurance::Level,
        client_metadata::{
            field::{Field, Kind},
            fields::FIELDS,
        },
        jwk_set,
        signing_algorithm::SigningAlgorithm,
    },
};

/// Every schema that operations name, and those that these name.
pub(super) fn all() -> Value {
    let client = FIELDS.iter().map(|field| (field.name, of_field(field))).collect::<BTreeMap<_, _>>();
    let state = json!({
        "client_id": { "type": "string" }, "client_id_issued_at": seconds(), "enabled": flag(),
        "owner": { "type": ["string", "null"], "format": "uuid" }, "revision": number(), "updated_at": seconds(),
        "secrets": { "type": "array", "items": { "type": "object" } },
    });
    let with_state = json!({ "allOf": [reference("ClientMetadata"), object(&[], state)] });
    let secret = json!({ "client_secret": text(), "client_secret_expires_at": seconds() });
    let mut all = json!({
        "ClientMetadata": object(&["client_name", "type"], json!(client)),
        "NewClient": { "allOf": [reference("ClientMetadata"), object(&[], json!({ "client_id": text() }))] },
        "Client": with_state,
        "ClientWithSecret": { "allOf": [reference("Client"), object(&[], secret.clone())] },
        "Rotation": object(&[], json!({
            "name": { "type": "string", "maxLength": 40 },
            "overlap": { "type": "integer", "minimum": 0, "maximum": 2_592_000 },
        })),
        "NewSecret": object(&["client_id", "client_secret"], json!({
            "client_id": text(), "client_secret": text(), "client_secret_expires_at": seconds(),
        })),
        "Problem": object(&["type", "title", "status", "code", "detail"], json!({
            "type": text(), "title": text(), "status": number(), "code": text(), "detail": text(),
            "errors": { "type": "array", "items": object(&["field", "code", "message"], json!({
                "field": text(), "code": text(), "message": text(),
            })) },
        })),
    });
    add_others(&mut all);
    add_access(&mut all);
    add_changes(&mut all);
    add_explanation(&mut all);
    add_registry(&mut all);
    for list in operations::ALL.iter().filter(|operation| operation.lists()).map(|operation| operation.answer.1) {
        let item = list.trim_end_matches("List");
        let items = json!({ "type": "array", "items": reference(item) });
        all[list] = object(&["items", "next"], json!({ "items": items, "next": { "type": ["string", "null"] } }));
    }
    all
}

fn add_others(all: &mut Value) {
    let level = || json!({ "type": "string", "enum": Level::ALL.map(Level::as_str) });
    let texts = || json!({ "type": "array", "items": text() });
    let offices = Office::ALL.iter().map(|office| json!(office.as_str())).chain([Value::Null]).collect::<Vec<_>>();
    all["ApiSettings"] = object(
        &["identifier", "name"],
        json!({
            "identifier": { "type": "string", "format": "uri" }, "name": text(),
            "access_token_lifetime": { "type": ["integer", "null"], "minimum": 30, "maximum": 1800 },
            "roles_in_token": flag(),
            "access_token_signing_alg": { "type": "string", "enum": SigningAlgorithm::ALL.map(SigningAlgorithm::as_str) },
            "required_acr": level(),
            "scopes": { "type": "object", "additionalProperties": text() },
        }),
    );
    all["Api"] =
        with(reference("ApiSettings"), json!({ "api_id": uuid(), "revision": number(), "created_at": seconds() }));
    all["RoleSettings"] = object(&[], json!({ "description": text(), "required_acr": level(), "scopes": texts() }));
    let office = json!({ "enum": offices });
    all["NewRole"] = with(reference("RoleSettings"), json!({ "name": text(), "office": office }));
    all["Role"] = with(reference("NewRole"), json!({ "revision": number() }));
    all["UserSettings"] = object(
        &["username"],
        json!({
            "username": text(), "email": { "type": ["string", "null"] }, "email_verified": flag(),
            "profile": { "type": "object", "description": "The standard claims of OpenID Connect Core §5.1." },
            "roles": texts(),
        }),
    );
    all["User"] = with(
        reference("UserSettings"),
        json!({
            "user_id": uuid(), "enabled": flag(), "deleted_at": maybe_seconds(), "held_at": maybe_seconds(), "revision": number(),
            "created_at": seconds(), "updated_at": seconds(),
        }),
    );
}

/// What users have open, the keys and the audit trail.
fn add_access(all: &mut Value) {
    let algorithm = || json!({ "type": "string", "enum": SigningAlgorithm::ALL.map(SigningAlgorithm::as_str) });
    let maybe_text = || json!({ "type": ["string", "null"] });
    all["Owner"] = object(&["owner"], json!({ "owner": { "type": ["string", "null"], "format": "uuid" } }));
    all["Link"] = object(&["purpose"], json!({ "purpose": { "type": "string", "enum": ["invitation", "recovery"] } }));
    all["Factor"] = object(
        &["factor_id", "kind", "name"],
        json!({
            "factor_id": uuid(), "kind": text(), "name": text(), "created_at": seconds(), "last_used_at": maybe_seconds(),
        }),
    );
    all["Session"] = object(
        &["session_id"],
        json!({
            "session_id": uuid(), "administrates": flag(), "authenticated_at": seconds(), "last_seen_at": seconds(),
            "ip": maybe_text(), "user_agent": maybe_text(),
        }),
    );
    all["OpenSession"] = with(
        reference("Session"),
        json!({
            "user_id": uuid(), "username": text(), "started_at": seconds(),
            "amr": { "type": "array", "items": text() }, "acr": { "type": "string", "enum": Level::ALL.map(Level::as_str) },
        }),
    );
    all["Consent"] = object(
        &["client_id", "scope"],
        json!({ "client_id": text(), "scope": text(), "given_at": seconds(), "last_used_at": maybe_seconds() }),
    );
    all["KeyRotation"] = object(&[], json!({ "alg": { "oneOf": [algorithm(), { "type": "null" }] } }));
    all["Key"] = object(
        &["kid", "alg", "state"],
        json!({
            "kid": text(), "alg": algorithm(), "state": { "type": "string", "enum": ["next", "active", "retiring"] },
            "public_jwk": { "type": "object" }, "created_at": seconds(), "activated_at": maybe_seconds(),
            "retired_at": maybe_seconds(),
        }),
    );
    all["Logo"] =
        object(&["url", "content_type", "bytes"], json!({ "url": text(), "content_type": text(), "bytes": number() }));
    add_settings(all);
    add_networks(all);
    let names = ["actor", "subject", "client_id", "session_hash", "request_id", "ip", "user_agent", "reason"];
    let mut event = json!({
        "event_id": uuid(), "at": { "type": "string", "format": "date-time" }, "event": text(), "outcome": text(),
        "before": {}, "after": {}, "count": number(), "node": text(), "version": text(),
    });
    for name in names {
        event[name] = maybe_text();
    }
    all["Event"] = object(&["event_id", "at", "event", "outcome"], event);
}

fn add_networks(all: &mut Value) {
    let network = || json!({ "type": "string", "description": "In CIDR notation, or one address." });
    let reason = json!({ "type": "string", "minLength": 1, "maxLength": LONGEST_REASON });
    let terms = json!({ "type": "string", "enum": Term::ALL.map(Term::as_str) });
    all["NetworkToBlock"] =
        object(&["network", "for", "reason"], json!({ "network": network(), "for": terms, "reason": reason }));
    all["BlockedNetwork"] = object(
        &["id", "network", "reason", "ends_at"],
        json!({
            "id": { "type": "string", "description": "What the path of this network ends with." },
            "network": network(), "reason": text(), "blocked_by": text(), "blocked_at": seconds(), "ends_at": seconds(),
        }),
    );
}

fn add_settings(all: &mut Value) {
    let setting = json!({
        "key": text(), "section": text(), "value": text(), "origin": text(), "is_default": flag(), "is_secret": flag(),
        "meaning": text(),
    });
    all["Setting"] = object(&["key", "value", "origin"], setting);
    all["Settings"] = object(
        &["version", "node", "nodes", "database", "settings"],
        json!({
            "version": text(), "node": text(), "nodes": { "type": "array", "items": text() },
            "database": object(&["name"], json!({ "name": text(), "role": text(), "version": text() })),
            "settings": { "type": "array", "items": reference("Setting") },
        }),
    );
}

/// Why a client gets what it gets.
fn add_explanation(all: &mut Value) {
    let maybe = |kind: &str| json!({ "type": [kind, "null"] });
    let texts = || json!({ "type": "array", "items": text() });
    let reasons = || json!({ "type": "array", "items": object(&["code", "detail"], json!({ "code": text(), "detail": text() })) });
    let scope = object(
        &["scope", "held", "reasons"],
        json!({
            "scope": text(), "api": maybe("string"), "held": flag(), "reasons": reasons(), "roles": texts(),
            "more_roles": number(), "consented": maybe("boolean"),
        }),
    );
    let members = json!({
        "client_id": text(), "user_id": maybe("string"), "for": { "type": "string", "enum": ["client", "user", "anybody"] },
        "issued": flag(), "obstacles": reasons(), "scopes": { "type": "array", "items": scope }, "audience": texts(),
        "expires_in": maybe("integer"), "refresh_token": flag(), "required_acr": maybe("string"), "steps": reasons(),
        "access_token": maybe("object"), "id_token": maybe("object"),
    });
    all["Explanation"] = object(&["client_id", "for", "issued", "obstacles", "scopes"], members);
}

/// Several changes in one request.
fn add_changes(all: &mut Value) {
    let names = TOGETHER.iter().map(|operation| operation.id).collect::<Vec<_>>();
    let change = object(
        &["operation"],
        json!({
            "operation": { "type": "string", "enum": names },
            "id": { "type": "string", "description": "Which thing it is about: the last part of its path. For a new one, nothing." },
            "revision": { "type": "integer", "description": "What you read, for whatever replaces all of a thing." },
            "body": { "type": "object", "description": "What the operation takes by itself." },
        }),
    );
    let changes = json!({ "type": "array", "minItems": 1, "maxItems": MOST_CHANGES, "items": change });
    all["Changes"] = object(&["changes"], json!({ "changes": changes }));
    let answer = json!({ "type": ["object", "null"], "description": "What the operation answers by itself; null if nothing is left." });
    all["Made"] = object(&["answers"], json!({ "answers": { "type": "array", "items": answer } }));
}

/// The registry as one document. How each thing in it is described is said in words, as of the file.
fn add_registry(all: &mut Value) {
    let things = || json!({ "type": "array", "items": { "type": "object" } });
    let step = |more: Value| {
        let mut members = json!({ "kind": text(), "name": text() });
        members
            .as_object_mut()
            .into_iter()
            .for_each(|members| members.extend(more.as_object().cloned().unwrap_or_default()));
        members
    };
    let differences = json!({ "type": "array", "items": object(&["field", "before", "after"], json!({
        "field": text(), "before": {}, "after": {},
    })) });
    let act = json!({ "act": { "type": "string", "enum": ["add", "change", "delete"] }, "differences": differences });
    let counts = ["add", "change", "delete"];
    all["Registry"] = object(&[], json!({ "apis": things(), "roles": things(), "clients": things() }));
    all["RegistryPlan"] = object(
        &[&counts[..], &["steps", "kept"]].concat(),
        json!({
            "add": number(), "change": number(), "delete": number(),
            "steps": { "type": "array", "items": object(&["act", "kind", "name", "differences"], step(act)) },
            "kept": { "type": "array", "items": object(&["kind", "name"], step(json!({}))) },
        }),
    );
    all["WantedRegistry"] = object(
        &["registry"],
        json!({ "registry": reference("Registry"), "prune": flag(), "plan": { "oneOf": [reference("RegistryPlan"), { "type": "null" }] } }),
    );
    let secrets = json!({ "client_secrets": { "type": "object", "additionalProperties": text() } });
    all["AppliedRegistry"] = with(reference("RegistryPlan"), secrets);
}

fn of_field(field: &Field) -> Value {
    let mut schema = match field.kind {
        Kind::Text { most } => json!({ "type": "string", "maxLength": most }),
        Kind::Link => json!({ "type": ["string", "null"], "format": "uri" }),
        Kind::RedirectUris { most } | Kind::Emails { most } => {
            json!({ "type": "array", "maxItems": most, "items": text() })
        }
        Kind::One(all) => json!({ "type": "string", "enum": all.iter().map(|one| one.value).collect::<Vec<_>>() }),
        Kind::Several(all) => {
            let values = all.iter().map(|one| one.value).collect::<Vec<_>>();
            json!({ "type": "array", "items": { "type": "string", "enum": values } })
        }
        Kind::Flag => flag(),
        Kind::Seconds { .. } => number(),
        Kind::Keys => object(
            &["keys"],
            json!({ "keys": { "type": "array", "maxItems": jwk_set::MOST_KEYS, "items": { "type": "object" } } }),
        ),
        _ => json!({ "type": ["string", "null"] }),
    };
    // Null is what is left out: it has its default.
    if let Some(all) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        all.push(Value::Null);
    }
    if schema["type"].is_string() {
        schema["type"] = json!([schema["type"], "null"]);
    }
    schema["description"] = field.meaning.into();
    schema
}

fn with(base: Value, members: Value) -> Value {
    Value::from_iter([("allOf", Value::Array(vec![base, object(&[], members)]))])
}

fn object(required: &[&str], properties: Value) -> Value {
    Value::from_iter([("type", "object".into()), ("required", json!(required)), ("properties", properties)])
}

/// The schema with this name.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn uuid() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

fn number() -> Value {
    json!({ "type": "integer" })
}

fn seconds() -> Value {
    json!({ "type": "integer", "description": "Seconds since 1970." })
}

fn maybe_seconds() -> Value {
    json!({ "type": ["integer", "null"], "description": "Seconds since 1970." })
}
