//! A server for the built page: files of one folder, to this machine alone.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;

use anyhow::{Context, Result};
use axum::Router;
use axum::http::{HeaderValue, header};
use tokio::runtime::{Builder, Runtime};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

/// From its making on, browsers can connect; they are answered while it serves.
pub struct PageServer {
    listener: TcpListener,
    url: String,
    folder: PathBuf,
    runtime: Runtime,
}

impl PageServer {
    /// Listens on `port` of 127.0.0.1; port 0 takes a free one.
    pub fn bind(folder: PathBuf, port: u16) -> Result<PageServer> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("cannot listen on 127.0.0.1:{port}; choose another with --port"))?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}/", listener.local_addr()?);
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_io().enable_time().build()?;
        Ok(PageServer { listener, url, folder, runtime })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Answers requests until the process ends.
    pub fn serve_forever(self) -> Result<()> {
        self.runtime.block_on(serve(self.listener, self.folder))
    }

    /// Answers requests while `work` runs.
    pub fn serve_during<T>(self, work: impl FnOnce() -> T) -> T {
        self.runtime.spawn(serve(self.listener, self.folder));
        let result = work();
        // A browser's open connections are no reason to wait.
        self.runtime.shutdown_background();
        result
    }
}

async fn serve(listener: TcpListener, folder: PathBuf) -> Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    // The next build may be served from the same address.
    let no_cache =
        SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let files = Router::new().fallback_service(ServeDir::new(folder)).layer(no_cache);
    axum::serve(listener, files).await.context("serving the page")
}
