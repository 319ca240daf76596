//! Serving: connections with a header time-out, a stop that lets go of new work first and waits for what is under way.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::web::App;

/// The time a client has to send its headers.
const HEADERS: Duration = Duration::from_secs(5);
/// The time that a client which has asked for nothing yet has left once the server is asked to stop.
const GRACE: Duration = Duration::from_millis(500);
/// The time that requests under way have once the server is asked to stop.
const DRAIN: Duration = Duration::from_secs(25);

/// Binds the address.
///
/// # Errors
/// A sentence when something else listens there.
pub async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("Cannot listen on {address}. Is another Savedesk running? SAVEDESK_LISTEN gives another address")
    })
}

/// Serves until `stop` comes, then: not ready → no new connections → requests and changes under way end → return.
pub async fn serve(listener: TcpListener, router: Router, app: App, stop: impl Future<Output = ()> + Send) {
    let connections = TaskTracker::new();
    let stopping = CancellationToken::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, address)) => {
                    connections.spawn(talk(stream, address, router.clone(), stopping.clone()));
                }
                // out of file descriptors: let some go first
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            () = &mut stop => break,
        }
    }
    app.no_longer_ready();
    drop(listener);
    tracing::info!("stopping: waiting for what is under way");
    app.live.close();
    stopping.cancel();
    connections.close();
    app.tasks.close();
    let drained = async {
        connections.wait().await;
        // what clients that hung up have asked for
        app.tasks.wait().await;
    };
    if tokio::time::timeout(DRAIN, drained).await.is_err() {
        tracing::warn!("stopping with requests still under way");
    }
}

/// One connection, until the client or the server has enough. A client that breaks off is no event.
async fn talk(stream: TcpStream, address: SocketAddr, router: Router, stopping: CancellationToken) {
    // small answers leave at once
    let _ = stream.set_nodelay(true);
    let asked = Arc::new(AtomicBool::new(false));
    let service = hyper::service::service_fn({
        let asked = Arc::clone(&asked);
        move |request: hyper::Request<hyper::body::Incoming>| {
            asked.store(true, Ordering::Relaxed);
            let mut request: Request = request.map(axum::body::Body::new);
            request.extensions_mut().insert(ConnectInfo(address));
            router.clone().oneshot(request)
        }
    });
    let mut connection = std::pin::pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS)
            .max_buf_size(64 * 1024)
            .serve_connection(TokioIo::new(stream), service)
    );
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stopping.cancelled() => {}
    }
    connection.as_mut().graceful_shutdown();
    let nothing_asked = async {
        if !asked.load(Ordering::Relaxed) {
            tokio::time::sleep(GRACE).await;
        }
        if asked.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        _ = connection => {}
        () = nothing_asked => {}
    }
}
