//! The reference for pages: an axum handler that returns a fixed body.

use anyhow::{Context, Result};
use axum::{Router, http::header, routing::get};
use bytes::Bytes;

/// Serves a body of so many bytes at `ADDRESS/BYTES`, until it is killed.
pub fn serve(setting: &str) -> Result<()> {
    let (address, bytes) = setting.rsplit_once('/').context("ADDRESS/BYTES")?;
    let body = Bytes::from(vec![b'x'; bytes.parse()?]);
    let page = move || {
        let body = body.clone();
        async move { ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], body) }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await?;
        axum::serve(listener, Router::new().fallback(get(page))).await?;
        Ok(())
    })
}
