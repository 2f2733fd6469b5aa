use std::{fmt, sync::Arc};

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
use aws_smithy_types::config_bag::ConfigBag;
use futures_util::future::BoxFuture;

/// What a request waits for when all that is left to do is to write it to its connection. It travels with the request
/// through the SDK, so that building and signing are over before the slot comes, and the last look at slot and claim is
/// really the last thing before the message leaves.
#[derive(Clone)]
pub(crate) struct Departure(Arc<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>);

impl Departure {
    /// `comes` resolves at the moment of departure, with whether the request may leave at all.
    pub(crate) fn when<F>(comes: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = bool> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(comes())))
    }

    /// For a request that goes all the way, but not out.
    pub(crate) fn never() -> Self {
        Self::when(|| std::future::ready(false))
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

impl HttpConnector for Punctual<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(Departure(comes)) = request.extension().cloned() else { return self.0.call(request) };
        let connector = self.0.clone();
        HttpConnectorFuture::new(async move {
            if comes().await {
                // The time-outs of connecting and reading count from here.
                connector.call(request).await
            } else {
                Err(ConnectorError::other(NotDeparted.into(), None))
            }
        })
    }
}
