//! `portcullis dev`: a private PostgreSQL, demo data, the playground and a sample API.

pub mod postgres;
