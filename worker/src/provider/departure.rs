use std::{fmt, mem, sync::Arc};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        connector_metadata::ConnectorMetadata,
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
            SharedHttpConnector,
        },
        orchestrator::HttpRequest,
        result::ConnectorError,
        runtime_components::{RuntimeComponents, RuntimeComponentsBuilder},
    },
};
use aws_smithy_types::{body::SdkBody, config_bag::ConfigBag};
use bytes::Bytes;
use futures_util::{FutureExt, future::BoxFuture};

/// What a request waits for when all that is left to do is to write it to its connection. It travels with the request
/// through the SDK, so that building and signing are over before the slot comes, and the last look at slot and claim is
/// really the last thing before the message leaves.
#[derive(Clone)]
pub(crate) struct Departure(Arc<dyn Fn() -> BoxFuture<'static, Option<Escort>> + Send + Sync>);

/// What goes with a request as far as its connection, and is dropped when the request is written.
type Escort = Box<dyn Send>;

impl Departure {
    /// `comes` resolves at the moment of departure; with nothing, if the request may not leave at all. What it resolves with
    /// is dropped when the request is written to its connection, or cannot be.
    pub(crate) fn when<F, E>(comes: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Option<E>> + Send + 'static,
        E: Send + 'static,
    {
        Self(Arc::new(move || {
            Box::pin(comes().map(|escort| escort.map(|escort| Box::new(escort) as Escort)))
        }))
    }

    /// For a request that goes all the way, but not out.
    pub(crate) fn never() -> Self {
        Self::when(|| std::future::ready(None::<()>))
    }

    /// What an SDK's `mutate_request` takes.
    pub(crate) fn attach(self) -> impl Fn(&mut HttpRequest) + Send + Sync + 'static {
        move |request| request.add_extension(self.clone())
    }
}

impl fmt::Debug for Departure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Departure").finish_non_exhaustive()
    }
}

/// The request did not leave, since its departure forbade it.
#[derive(Debug, thiserror::Error)]
#[error("the request was not to leave any more")]
pub(crate) struct NotDeparted;

/// An HTTP client whose requests leave at their departure; one without leaves at once.
#[derive(Debug)]
pub(crate) struct Punctual<T>(pub(crate) T);

impl HttpClient for Punctual<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Punctual(self.0.http_connector(settings, components)))
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.validate_base_client_config(components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.validate_final_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}

/// A request's body; the HTTP client drops its bytes once it has written them.
struct Carrying {
    body: SdkBody,
    _escort: Escort,
}

impl Carrying {
    fn wrap(body: SdkBody, escort: Escort) -> SdkBody {
        SdkBody::from(Bytes::from_owner(Self { body, _escort: escort }))
    }
}

impl AsRef<[u8]> for Carrying {
    fn as_ref(&self) -> &[u8] {
        self.body.bytes().unwrap_or_default()
    }
}

impl HttpConnector for Punctual<SharedHttpConnector> {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let Some(Departure(comes)) = request.extension().cloned() else { return self.0.call(request) };
        let connector = self.0.clone();
        HttpConnectorFuture::new(async move {
            let escort = comes().await.ok_or_else(|| ConnectorError::other(NotDeparted.into(), None))?;
            // All that is sent to are small calls; a body that is not in memory goes as it is.
            if request.body().bytes().is_some() {
                let body = mem::replace(request.body_mut(), SdkBody::taken());
                *request.body_mut() = Carrying::wrap(body, escort);
            }
            // The time-outs of connecting and reading count from here.
            connector.call(request).await
        })
    }
}
