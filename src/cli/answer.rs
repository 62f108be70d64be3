//! What a command says in the end: one JSON value for scripts, or text for people.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    process::ExitCode,
};

use serde::Serialize;
use serde_json::Value;

/// Everything that is wrong, a line for each.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Problems(pub Vec<String>);

/// What a command found out or did.
pub struct Answer {
    value: Value,
    columns: &'static [&'static str],
    text: Option<String>,
    code: u8,
}

impl Answer {
    /// One thing: as text, a line for each of its members.
    ///
    /// # Errors
    /// It has no JSON form.
    pub fn one(value: impl Serialize) -> serde_json::Result<Self> {
        Self::list(value, &[])
    }

    /// Several things: as text, a table with these of their members.
    ///
    /// # Errors
    /// As [`one`](Self::one).
    pub fn list(values: impl Serialize, columns: &'static [&'static str]) -> serde_json::Result<Self> {
        Ok(Self { value: serde_json::to_value(values)?, columns, text: None, code: 0 })
    }

    /// A text of ours that is printed as it is. In JSON it is a string.
    #[must_use]
    pub fn text(text: String) -> Self {
        Self::told(text.clone().into(), text)
    }

    /// One JSON value, and a text of ours that says the same to people.
    #[must_use]
    pub fn told(value: Value, text: String) -> Self {
        Self { value, columns: &[], text: Some(text), code: 0 }
    }

    /// The same, and the program fails with it if this is not `true`.
    #[must_use]
    pub fn succeeded(self, success: bool) -> Self {
        Self { code: u8::from(!success), ..self }
    }

    /// The same, and the program ends with 2 if something differs.
    #[must_use]
    pub fn differing(self, differs: bool) -> Self {
        Self { code: if differs { 2 } else { 0 }, ..self }
    }

    /// Writes it to standard output.
    ///
    /// # Errors
    /// Nobody reads standard output.
    pub fn print(&self, json: bool) -> io::Result<ExitCode> {
        let text = match &self.value {
            value if json => format!("{value}\n"),
            _ if self.text.is_some() => self.text.clone().unwrap_or_default(),
            Value::Array(rows) if !self.columns.is_empty() => table(rows, self.columns),
            Value::Array(values) => values.iter().map(lines).collect::<Vec<_>>().join("\n"),
            value => lines(value),
        };
        io::stdout().write_all(text.as_bytes())?;
        Ok(ExitCode::from(self.code))
    }
}

fn table(rows: &[Value], columns: &[&str]) -> String {
    let title = columns.iter().map(|column| column.to_uppercase().replace('_', " ")).collect::<Vec<_>>();
    let cells = rows.iter().map(|row| columns.iter().map(|column| plain(&row[column])).collect());
    let table = std::iter::once(title).chain(cells).collect::<Vec<_>>();
    let widths = (0..columns.len())
        .map(|column| table.iter().map(|row| row[column].chars().count()).max().unwrap_or_default())
        .collect::<Vec<_>>();

    let mut text = String::new();
    for row in &table {
        let padded = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect::<Vec<_>>();
        let _ = writeln!(text, "{}", padded.join("  ").trim_end()); // a String takes everything
    }
    text
}

/// A line for each member that says something.
fn lines(value: &Value) -> String {
    let Value::Object(members) = value else { return format!("{}\n", plain(value)) };
    let told = members.iter().map(|(name, value)| (name, plain(value))).filter(|(_, text)| !text.is_empty());
    told.fold(String::new(), |told, (name, text)| told + name + ": " + &text + "\n")
}

/// A value on one line. Control characters could do anything to a terminal, so they are replaced.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.replace(char::is_control, "\u{fffd}"),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Object(members) => {
            let told = members.iter().map(|(name, value)| (name, plain(value))).filter(|(_, text)| !text.is_empty());
            told.map(|(name, text)| format!("{name}={text}")).collect::<Vec<_>>().join(" ")
        }
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_is_aligned_and_a_terminal_is_safe() {
        let rows = [json!({"client_id": "a", "name": "Été"}), json!({"client_id": "bcdefghijkl", "name": "\u{1b}[2J"})];
        assert_eq!(
            table(&rows, &["client_id", "name"]),
            "CLIENT ID    NAME\na            Été\nbcdefghijkl  \u{fffd}[2J\n"
        );
    }

    #[test]
    fn only_members_that_say_something_have_a_line() {
        let value =
            json!({"deep": {"m": null, "n": 1}, "empty": [], "id": "a", "none": null, "on": true, "uris": ["x", "y"]});
        assert_eq!(lines(&value), "deep: n=1\nid: a\non: true\nuris: x, y\n");
    }
}
