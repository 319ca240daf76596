//! `savedesk serve`: starts in order, and stops in the order backwards.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use savedesk::chaser::Chaser;
use savedesk::clock::Clock;
use savedesk::config::Config;
use savedesk::db::embedded::Embedded;
use savedesk::db::{Db, Origin, Via};
use savedesk::demo::Size;
use savedesk::notifications::Mailer;
use savedesk::web::App;
use savedesk::{accounts, economics, housekeeping, intake, poster, problems, router, server};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::demo;
use super::store::{Desk, Store};

/// How often to see whether the embedded database still runs.
const WATCH: Duration = Duration::from_secs(5);
/// How often to throw away what is out of date.
const TIDY: Duration = Duration::from_hours(1);
/// The time that tasks and connections have to end once the server has.
const LAST: Duration = Duration::from_secs(5);

/// `savedesk serve`.
pub(crate) async fn serve(config: Config) -> anyhow::Result<ExitCode> {
    Box::pin(serve_desk(config, Desk::Real, None)).await
}

/// Serves a desk until it is told to stop; the demo's is made as large as wanted before.
pub(super) async fn serve_desk(mut config: Config, desk: Desk, size: Option<Size>) -> anyhow::Result<ExitCode> {
    let stop = told_to_stop()?;
    let listener = server::bind(config.listen).await?;
    config.listen = listener.local_addr()?;
    let store = Store::open(&config, desk).await?;
    let outcome = serve_on(&store, desk, size, config, listener, stop).await;
    store.close().await?;
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn serve_on(
    store: &Store,
    desk: Desk,
    size: Option<Size>,
    config: Config,
    listener: TcpListener,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut db = Db::open(store.owner(), config.connections, Clock::System).await?;
    if let Some(replica) = Store::replica(&config)? {
        db = db.with_replica(replica, config.connections);
    }
    if desk == Desk::Demo && stop.run_until_cancelled(Box::pin(demo::fill(&db, size))).await.transpose()?.is_none() {
        return Ok(());
    }
    let app = App::new(db.clone(), config);
    let background = TaskTracker::new();
    background.spawn(stop.clone().run_until_cancelled_owned(app.live.clone().listen(db.pool().clone())));
    background.spawn(keep_tidy(app.clone(), stop.clone()));
    background.spawn(Chaser::new(db.clone(), stop.clone()).run());
    if let Some(mailer) = Mailer::of(&app.config) {
        background.spawn(poster::keep_posting(db.clone(), mailer, stop.clone().cancelled_owned()));
    }
    background.spawn(stop.clone().run_until_cancelled_owned(intake::resume(app.clone())));
    background.spawn(stop.clone().run_until_cancelled_owned(problems::resume(app.clone())));
    if let Some(embedded) = store.embedded() {
        background.spawn(keep_running(embedded, stop.clone()));
    }
    announce(&app, listener.local_addr()?).await?;
    if desk == Desk::Demo {
        demo::print_sign_ins();
    }
    server::serve(listener, router::router(&app), app, stop.cancelled_owned()).await;
    background.close();
    let ended = async {
        background.wait().await;
        db.close().await;
    };
    if tokio::time::timeout(LAST, ended).await.is_err() {
        tracing::warn!("leaving with connections to the database still open");
    }
    tracing::info!("stopped");
    Ok(())
}

/// Says where the desk is, on standard output, and how to begin if nobody has an account yet.
async fn announce(app: &App, listening: SocketAddr) -> anyhow::Result<()> {
    println!("Savedesk is at {}", app.config.base_url());
    let mut tx = app.db.begin(Origin { actor: None, via: Via::Command, request: None }).await?;
    if let Some(link) = accounts::first_admin_link(&mut tx, &app.config.base_url()).await? {
        tx.commit().await?;
        println!("Nobody has an account yet. Make the first admin here, once, within 24 hours:\n  {}", link.url);
    }
    tracing::info!(%listening, "serving");
    Ok(())
}

/// Cancelled by Ctrl-C or SIGTERM; a second Ctrl-C leaves at once.
fn told_to_stop() -> anyhow::Result<CancellationToken> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        told.cancel();
        interrupt.recv().await;
        std::process::exit(130);
    });
    Ok(stop)
}

/// Throws away what is out of date, and reckons anew what pages take from the past, now and every hour; a round under way
/// is ended first.
async fn keep_tidy(app: App, stop: CancellationToken) {
    loop {
        match housekeeping::tidy(&app.db, app.config.session_idle).await {
            Ok(gone) => tracing::debug!(gone, "tidied"),
            Err(error) => tracing::warn!(%error, "could not tidy, trying again in an hour"),
        }
        if let Err(error) = economics::refresh_if_old(&app.db).await {
            tracing::warn!(%error, "could not reckon past offers anew, trying again in an hour");
        }
        if stop.run_until_cancelled(tokio::time::sleep(TIDY)).await.is_none() {
            return;
        }
    }
}

/// Starts the embedded database again should it die.
async fn keep_running(embedded: Arc<Embedded>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(WATCH)).await.is_some() {
        if let Err(error) = embedded.ensure_running().await {
            tracing::error!(error = %format!("{error:#}"), "the embedded database does not run");
        }
    }
}
