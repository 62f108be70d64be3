//! The least that a JSON answer costs on our HTTP server: one route and nothing around it.
//!
//! `script/bench` measures it beside the real thing. It prints its URL and serves until it is killed.

use axum::{Json, Router, routing::get};
use portcullis::server::{Limits, serve};
use serde_json::json;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    let router = Router::new().route("/", get(async || Json(json!({"hello": "world"}))));
    serve(listener, router, Limits::default(), Vec::new(), std::future::pending()).await
}
