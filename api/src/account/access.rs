use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig, timeout::TimeoutConfig};
use aws_sdk_sesv2::config::ProvideCredentials;
use tokio::{
    sync::{Mutex, OnceCell},
    time::{Instant, timeout},
};

use super::ask::causes;

/// Within [`ask::PATIENCE`](super::ask::PATIENCE), so that an address that swallows connections is told apart.
const CONNECT: Duration = Duration::from_secs(3);
/// How long region and credentials are looked for. Where there are none in the environment and the files, the instance's
/// own service is asked last, and outside of AWS its address may swallow connections.
const SEARCH: Duration = Duration::from_secs(2);
/// How long it is taken for granted that there are none: each search may cost the caller [`SEARCH`].
const AGAIN: Duration = Duration::from_secs(30);

/// The way to AWS: looked for at the first question, and then kept.
#[derive(Debug, Default)]
pub(super) struct Access {
    config: OnceCell<SdkConfig>,
    /// Locked while it is looked for, so that questions that come at once look once.
    way: Mutex<Way>,
}

#[derive(Debug, Default)]
enum Way {
    #[default]
    Unsought,
    Found(Clients),
    Missing {
        why: String,
        since: Instant,
    },
}

/// A client for each service.
#[derive(Debug, Clone)]
pub(super) struct Clients {
    pub(super) ses: aws_sdk_sesv2::Client,
    pub(super) sms: aws_sdk_pinpointsmsvoicev2::Client,
    pub(super) social: aws_sdk_socialmessaging::Client,
}

impl Access {
    pub(super) fn with(config: SdkConfig) -> Self {
        Self { config: OnceCell::from(config), way: Mutex::default() }
    }

    /// The clients, or why there are none.
    pub(super) async fn clients(&self) -> Result<Clients, String> {
        let mut way = self.way.lock().await;
        match &*way {
            Way::Found(clients) => return Ok(clients.clone()),
            Way::Missing { why, since } if since.elapsed() < AGAIN => return Err(why.clone()),
            Way::Missing { .. } | Way::Unsought => {}
        }
        let found = match timeout(SEARCH, self.search()).await {
            Ok(found) => found,
            Err(_) => {
                Err(format!("AWS's region and credentials were not found within {} s", SEARCH.as_secs()))
            }
        };
        *way = match &found {
            Ok(clients) => Way::Found(clients.clone()),
            Err(why) => Way::Missing { why: why.clone(), since: Instant::now() },
        };
        found
    }

    /// As it is found; read once.
    pub(super) async fn config(&self) -> &SdkConfig {
        self.config.get_or_init(|| aws_config::load_defaults(BehaviorVersion::latest())).await
    }

    async fn search(&self) -> Result<Clients, String> {
        let config = self.config().await;
        if config.region().is_none() {
            return Err("AWS is not set up here: AWS_REGION is not set".to_owned());
        }
        let Some(credentials) = config.credentials_provider() else {
            return Err("AWS is not set up here: there are no credentials".to_owned());
        };
        match credentials.provide_credentials().await {
            Ok(_) => Ok(Clients::new(config)),
            Err(error) => Err(format!("AWS is not set up here: {}", causes(&error))),
        }
    }
}

impl Clients {
    /// With the SDK's own retries: a question that is asked twice does no harm.
    fn new(config: &SdkConfig) -> Self {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).build();
        let config = config.to_builder().timeout_config(timeouts).build();
        Self {
            ses: aws_sdk_sesv2::Client::new(&config),
            sms: aws_sdk_pinpointsmsvoicev2::Client::new(&config),
            social: aws_sdk_socialmessaging::Client::new(&config),
        }
    }
}
