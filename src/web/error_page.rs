//! Errors that people see: what went wrong, whose turn it is, and the id under which the log has the rest.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};

use super::{error::InternalError, page::Shell, request_id::RequestId};
use crate::app::App;
