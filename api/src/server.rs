use std::{future::Future, io, sync::Arc, time::Duration};

use axum::{Router, middleware};
use bytes::Bytes;
use drumbeat_common::{Redis, TemplateBook};
use drumbeat_tracking::DeliveryTable;
use jiff::SignedDuration;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, oneshot},
};
use tracing::{info, warn};

use crate::{Account, ApiKey, Config, Prices, auth, error::ApiError, routes::routes, unread, web};

/// How long a stop waits for answers that are under way: most orchestrators kill after more than this.
const STOP: Duration = Duration::from_secs(10);

/// Lists taken at once, at up to some 250 MiB each where they are JSON; more wait for their turn.
const INTAKES: usize = 8;

/// What every handler may use.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) redis: Redis,
    pub(crate) templates: Arc<TemplateBook>,
    pub(crate) keys: Arc<[ApiKey]>,
    pub(crate) account: Arc<Account>,
    /// None where no file says what messages cost.
    pub(crate) prices: Option<Arc<Prices>>,
    /// None where the page has nothing to offer.
    pub(crate) sample: Option<Bytes>,
    /// None where nobody keeps what became of each message.
    pub(crate) table: Option<DeliveryTable>,
    pub(crate) doubt_window: SignedDuration,
    /// `/api/openapi.json`, written once: it cannot change while the server runs.
    pub(crate) openapi: Arc<str>,
    /// Held while a campaign is taken: a body and all that is read from it lie in memory until then.
    pub(crate) intakes: Arc<Semaphore>,
}

/// Serves the API until `shutdown` resolves; then takes no new connection, and gives the answers under way 10 seconds.
///
/// # Errors
/// When the listener fails for good.
pub async fn serve(
    listener: TcpListener,
    redis: Redis,
    config: Config,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    let router = router(redis, config).await?;
    let (stop, stopping) = oneshot::channel();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move {
        shutdown.await;
        // Nobody listens only where the server has ended already.
        let _ = stop.send(());
    });
    info!(%address, "the API listens");
    tokio::select! {
        result = server => result,
        () = patience(stopping) => {
            warn!("some requests were still under way {} s after the stop; they are cut off", STOP.as_secs());
            Ok(())
        }
    }
}

/// Resolves when a stop has lasted too long.
async fn patience(stopping: oneshot::Receiver<()>) {
    match stopping.await {
        Ok(()) => tokio::time::sleep(STOP).await,
        Err(_) => std::future::pending().await,
    }
}

async fn router(redis: Redis, config: Config) -> io::Result<Router> {
    let (router, openapi) = routes().split_for_parts();
    let table = match config.tracking_table {
        Some(name) => Some(DeliveryTable::new(drumbeat_tracking::client(config.account.aws().await), name)),
        None => None,
    };
    let app = App {
        redis,
        templates: Arc::new(config.templates),
        keys: config.keys.into(),
        account: Arc::new(config.account),
        prices: config.prices.map(Arc::new),
        sample: config.sample,
        table,
        doubt_window: config.doubt_window,
        openapi: openapi.to_json().map_err(io::Error::other)?.into(),
        intakes: Arc::new(Semaphore::new(INTAKES)),
    };
    Ok(router
        .merge(web::routes())
        .fallback(async || ApiError::NoRoute)
        .method_not_allowed_fallback(async || ApiError::Method)
        .layer(middleware::from_fn_with_state(app.clone(), auth::require_key))
        .layer(middleware::from_fn(web::origin::refuse_other_sites))
        .layer(middleware::from_fn_with_state(app.clone(), web::finish::finish))
        .layer(middleware::from_fn(unread::read_on))
        .with_state(app))
}
