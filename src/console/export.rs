//! A list as a file: everything that its filter finds, in its order, as CSV or JSON. It is written while it is read.

use axum::{
    body::{Body, Bytes},
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};
use tokio::sync::mpsc::Sender;

use super::{form, list::malformed, session::Administrator};
use crate::{
    protocol::parameters::Parameters,
    web::{
        error_page::PageError,
        streamed::{self, Part},
    },
};

/// Rows that are read at once.
pub(super) const BATCH: usize = 500;

/// What a file is written as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Json,
}

impl Format {
    /// # Errors
    /// A page that says which there are.
    pub fn read(query: &Parameters) -> Result<Self, PageError> {
        match form::text(query, "format") {
            "csv" => Ok(Self::Csv),
            "json" => Ok(Self::Json),
            _ => Err(malformed("“format” is csv or json.".into())),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
        }
    }
}

/// A file that is being written: rows of these columns.
pub(super) struct File {
    sender: Sender<Part>,
    format: Format,
    columns: &'static [&'static str],
    rows: usize,
}

/// Why a file ends early.
pub(super) enum Ended {
    /// Whoever read it has gone.
    Gone,
    /// We failed.
    Failed(PageError),
}

impl<E: Into<PageError>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl File {
    /// Writes rows, each with a value for each column.
    ///
    /// # Errors
    /// [`Ended::Gone`]
    pub async fn write(&mut self, rows: impl IntoIterator<Item = Vec<Value>>) -> Result<(), Ended> {
        let mut text = String::new();
        for row in rows {
            if self.format == Format::Csv {
                text += &row.iter().map(csv_field).collect::<Vec<_>>().join(",");
                text += "\r\n";
            } else {
                text += if self.rows == 0 { "\n" } else { ",\n" };
                text += &self.object(row).to_string();
            }
            self.rows += 1;
        }
        self.send(text).await
    }

    fn object(&self, row: Vec<Value>) -> Value {
        Value::Object(self.columns.iter().map(|name| (*name).to_owned()).zip(row).collect::<Map<_, _>>())
    }

    async fn send(&self, text: String) -> Result<(), Ended> {
        self.sender.send(Ok(Bytes::from(text))).await.map_err(|_| Ended::Gone)
    }
}

/// Answers with a file that `write` fills with rows of these columns.
pub(super) fn answer<W>(
    admin: &Administrator,
    name: &str,
    format: Format,
    columns: &'static [&'static str],
    write: impl FnOnce(File) -> W,
) -> Response
where
    W: Future<Output = Result<File, Ended>> + Send + 'static,
{
    let (sender, body) = streamed::body();
    let written = write(File { sender: sender.clone(), format, columns, rows: 0 });
    tokio::spawn(async move {
        let (begin, end) = match format {
            Format::Csv => (columns.join(",") + "\r\n", ""),
            Format::Json => ("[".to_owned(), "\n]\n"),
        };
        if sender.send(Ok(Bytes::from(begin))).await.is_err() {
            return;
        }
        match written.await {
            Ok(file) => drop(file.send(end.to_owned()).await),
            Err(Ended::Gone) => {}
            Err(Ended::Failed(error)) => {
                tracing::error!(?error, "a list could not be written to its end");
                streamed::fail(&sender).await;
            }
        }
    });
    let attachment = format!("attachment; filename=\"{name}-{}.{}\"", admin.now.date(), format.name());
    let headers = [(header::CONTENT_TYPE, format.content_type()), (header::CACHE_CONTROL, "no-store")];
    (headers, [(header::CONTENT_DISPOSITION, attachment)], Body::new(body)).into_response()
}

fn csv_field(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => csv_text(text),
        Value::Array(values) => csv_text(&values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")),
        other => other.to_string(),
    }
}

/// A text as a field of CSV (RFC 4180). A spreadsheet takes what begins like a formula for one, so that stands behind an
/// apostrophe.
pub(super) fn csv_text(text: &str) -> String {
    let mark = if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_field_is_a_formula_or_ends_early() {
        for (value, field) in [
            (json!("plain"), "\"plain\""),
            (json!("a \"b\", c"), "\"a \"\"b\"\", c\""),
            (json!("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\""),
            (json!("+1"), "\"'+1\""),
            (json!("@SUM(A1)"), "\"'@SUM(A1)\""),
            (json!("-2"), "\"'-2\""),
            (json!("\t=1"), "\"'\t=1\""),
            (json!(""), "\"\""),
            (json!(["=a", "b"]), "\"'=a b\""),
            (json!(7), "7"),
            (json!(true), "true"),
            (json!(null), ""),
        ] {
            assert_eq!(csv_field(&value), field);
        }
    }
}
