//! What the description of the admin API (`OpenAPI`) says, as the pages tell it.

use serde_json::{Map, Value, json};

/// An operation.
pub struct Operation {
    /// Its name.
    pub id: String,
    /// Its method, in capitals.
    pub method: String,
    /// Its path, with `{names}` in it.
    pub path: String,
    /// What it does, in a sentence.
    pub meaning: String,
    /// The scopes that a token needs for it.
    pub scopes: Vec<String>,
    /// It comes to an end.
    pub is_deprecated: bool,
    /// What stands in path, query and headers.
    pub parameters: Vec<Parameter>,
    /// What is sent.
    pub body: Option<Body>,
    /// What is answered, if that is more than that it is done.
    pub answer: Vec<Member>,
}

/// Something that stands in the path, the query or a header.
#[derive(Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Parameter {
    pub name: String,
    /// `path`, `query` or `header`.
    pub place: String,
    pub is_required: bool,
    pub kind: String,
}

/// A body.
pub struct Body {
    /// The members of the JSON object.
    pub members: Vec<Member>,
    /// One with what must be in it.
    pub example: String,
    /// It is JSON, and no image.
    pub is_json: bool,
}

/// A member of a JSON object.
#[expect(missing_docs, reason = "the names say it")]
pub struct Member {
    pub name: String,
    pub kind: String,
    pub is_required: bool,
}

impl Operation {
    /// What its path begins with, which it has in common with those about the same things.
    #[must_use]
    pub fn group(&self) -> &str {
        self.path.strip_prefix("/api/v1/").unwrap_or(&self.path).split('/').next().unwrap_or_default()
    }

    /// Whether it takes an image.
    #[must_use]
    pub fn is_image(&self) -> bool {
        self.body.as_ref().is_some_and(|body| !body.is_json)
    }

    /// Whether people must have proven lately who they are for it.
    #[must_use]
    pub fn is_recent(&self) -> bool {
        self.scopes.iter().any(|scope| scope == "portcullis:unattended")
    }
}

/// Every operation, in the order of paths.
pub(super) fn all(document: &Value) -> Vec<Operation> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for method in ["get", "post", "put", "delete"] {
            if let Some(operation) = methods.get(method) {
                all.push(described(document, method, path, operation));
            }
        }
    }
    all
}

fn described(document: &Value, method: &str, path: &str, operation: &Value) -> Operation {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let texts = |value: &Value| value.as_array().into_iter().flatten().map(text).collect::<Vec<_>>();
    let parameter = |one: &Value| Parameter {
        name: text(&one["name"]),
        place: text(&one["in"]),
        is_required: one["required"] == true,
        kind: kind(&one["schema"]),
    };
    // A key of its own for each request is for programs, which may have to send it again.
    let parameters = operation["parameters"].as_array().into_iter().flatten().map(parameter);
    let parameters = parameters.filter(|one| one.name != "Idempotency-Key").collect();
    let body = operation["requestBody"]["content"].as_object().map(|content| match content.get("application/json") {
        Some(json) => Body {
            members: members(document, &json["schema"]),
            example: serde_json::to_string_pretty(&example(document, &json["schema"])).unwrap_or_default(),
            is_json: true,
        },
        None => Body { members: Vec::new(), example: String::new(), is_json: false },
    });
    let done = operation["responses"].as_object().into_iter().flatten().find(|(status, _)| status.starts_with('2'));
    let answer = done.map(|(_, answer)| members(document, &answer["content"]["application/json"]["schema"]));
    Operation {
        id: text(&operation["operationId"]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        meaning: text(&operation["summary"]),
        scopes: texts(&operation["security"][0]["oauth2"]),
        is_deprecated: operation["deprecated"] == true,
        parameters,
        body,
        answer: answer.unwrap_or_default(),
    }
}

/// The schema that a reference names, or this one.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str().and_then(|path| path.strip_prefix('#')) {
        Some(pointer) => document.pointer(pointer).unwrap_or(schema),
        None => schema,
    }
}

/// The properties of an object, and the names of those that must be there. Of several schemas that hold together: of all.
fn object<'a>(document: &'a Value, schema: &'a Value) -> (Vec<(&'a String, &'a Value)>, Vec<&'a str>) {
    let schema = resolved(document, schema);
    let (mut properties, mut required) = (Vec::new(), Vec::new());
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let (more, needed) = object(document, part);
        properties.extend(more);
        required.extend(needed);
    }
    properties.extend(schema["properties"].as_object().into_iter().flatten());
    required.extend(schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str));
    (properties, required)
}

fn members(document: &Value, schema: &Value) -> Vec<Member> {
    let (properties, required) = object(document, schema);
    let member = |(name, schema): (&String, &Value)| Member {
        name: name.clone(),
        kind: kind(resolved(document, schema)),
        is_required: required.contains(&name.as_str()),
    };
    let (first, rest): (Vec<_>, Vec<_>) = properties.into_iter().map(member).partition(|member| member.is_required);
    first.into_iter().chain(rest).collect()
}

/// What a value must be, in words.
fn kind(schema: &Value) -> String {
    if let Some(values) = schema["enum"].as_array() {
        let values = values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        return values.collect::<Vec<_>>().join(" | ");
    }
    let types = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let words = types.iter().map(|name| match *name {
        "string" => match schema["format"].as_str() {
            Some("uri") => "URL".to_owned(),
            Some("uuid") => "UUID".to_owned(),
            _ => "text".to_owned(),
        },
        "integer" => match (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
            (Some(least), Some(most)) => format!("number from {least} to {most}"),
            _ => "number".to_owned(),
        },
        "boolean" => "true or false".to_owned(),
        "array" => format!("list of {}", kind(&schema["items"])),
        "null" => "null".to_owned(),
        _ => "object".to_owned(),
    });
    let words = words.collect::<Vec<_>>();
    if words.is_empty() { "object".to_owned() } else { words.join(" or ") }
}

/// A value with what must be in it, and nothing else.
fn example(document: &Value, schema: &Value) -> Value {
    let schema = resolved(document, schema);
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    let name = match &schema["type"] {
        Value::Array(several) => several.first().and_then(Value::as_str),
        one => one.as_str(),
    };
    match name {
        Some("string") => json!(""),
        Some("integer") => schema["minimum"].as_i64().unwrap_or_default().into(),
        Some("boolean") => json!(false),
        Some("array") => json!([]),
        _ => {
            let (properties, required) = object(document, schema);
            let needed = properties.into_iter().filter(|(name, _)| required.contains(&name.as_str()));
            Value::Object(needed.map(|(name, schema)| (name.clone(), example(document, schema))).collect::<Map<_, _>>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_told_in_words() {
        for (schema, words) in [
            (json!({ "type": "string", "enum": ["a", "b"] }), "a | b"),
            (json!({ "type": ["string", "null"], "format": "uri" }), "URL or null"),
            (
                json!({ "type": "array", "items": { "type": "integer", "minimum": 1, "maximum": 3 } }),
                "list of number from 1 to 3",
            ),
            (json!({ "$ref": "#/elsewhere" }), "object"),
        ] {
            assert_eq!(kind(&schema), words);
        }
    }

    #[test]
    fn an_example_has_what_must_be_there() {
        let document = json!({ "components": { "schemas": {
            "Base": { "type": "object", "required": ["name", "type"], "properties": {
                "name": { "type": "string" }, "type": { "type": "string", "enum": ["web", "spa"] }, "more": { "type": "string" },
            } },
            "Whole": { "allOf": [{ "$ref": "#/components/schemas/Base" }, { "type": "object", "properties": { "id": { "type": "string" } } }] },
        } } });
        let whole = json!({ "$ref": "#/components/schemas/Whole" });
        assert_eq!(example(&document, &whole), json!({ "name": "", "type": "web" }));
        let told = members(&document, &whole).into_iter().map(|member| (member.name, member.is_required));
        let expected = [("name", true), ("type", true), ("more", false), ("id", false)];
        assert!(told.eq(expected.map(|(name, needed)| (name.to_owned(), needed))));
    }
}
