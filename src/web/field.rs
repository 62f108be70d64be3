//! Fields of forms that come from a table of fields, in the shape that `parts/field.html` takes.

use std::borrow::Cow;

use super::{
    picker::Choices,
    view::{Choice, FormErrors},
};

/// Fields that stand together on a form.
#[derive(Debug)]
pub struct FieldGroup {
    /// What they are about. Empty: they come first, and need no title.
    pub title: Cow<'static, str>,
    /// Whether one of them is wrong, so that they are not folded away.
    pub open: bool,
    /// The fields.
    pub fields: Vec<FormField>,
}

impl FieldGroup {
    /// These fields.
    #[must_use]
    pub fn new(title: impl Into<Cow<'static, str>>, fields: Vec<FormField>, errors: &FormErrors) -> Self {
        let open = fields.iter().any(|field| !errors.of(field.name).is_empty());
        Self { title: title.into(), open, fields }
    }
}

/// A field as a user fills it in.
#[derive(Debug)]
pub struct FormField {
    /// As in the table.
    pub name: &'static str,
    /// What it is called.
    pub label: String,
    /// What helps to fill it in. May be empty.
    pub hint: Cow<'static, str>,
    /// The class of those that have it, when not everybody has.
    pub whose: Option<&'static str>,
    /// What a browser that knows its user fills in. `off`: nothing.
    pub autocomplete: &'static str,
    /// What it is filled in with.
    pub input: Input,
}

/// How a field is filled in, and what it holds.
#[derive(Debug)]
pub enum Input {
    /// A line of text.
    Line(String),
    /// A URL.
    Url(String),
    /// A phone number.
    Phone(String),
    /// A number.
    Number(String),
    /// Several texts, one a line.
    Lines(String),
    /// A text of several lines.
    Paragraph(String),
    /// One of several that explain themselves.
    Cards(Vec<Choice>),
    /// One of several.
    Select(Vec<Choice>),
    /// Any of several.
    Choices(Choices),
    /// Yes or no.
    Check(bool),
    /// Yes, unless what it is about changes: a ticked box that sends `kept`.
    Kept,
}
