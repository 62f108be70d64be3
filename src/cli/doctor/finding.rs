//! What a check found.

use serde::Serialize;

/// What one check found.
#[derive(Debug, Serialize)]
pub struct Finding {
    pub status: Status,
    /// What was looked at.
    pub check: &'static str,
    /// What it is like and, unless that is fine, what to do.
    pub message: String,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// As it should be.
    Ok,
    /// It works, and should be better.
    Warning,
    /// Something does not work or is not safe.
    Problem,
}

impl Finding {
    pub fn fine(check: &'static str, message: impl Into<String>) -> Self {
        Self { status: Status::Ok, check, message: message.into() }
    }

    pub fn warning(check: &'static str, message: impl Into<String>) -> Self {
        Self { status: Status::Warning, check, message: message.into() }
    }

    pub fn problem(check: &'static str, message: impl Into<String>) -> Self {
        Self { status: Status::Problem, check, message: message.into() }
    }
}
