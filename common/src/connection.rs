use std::{fmt, time::Duration};

use futures_util::{Stream, StreamExt};
use redis::{
    Client, RedisError,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tracing::warn;

/// A script of up to 500 batches is the longest call; a Redis that is silent for longer is away.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(2);
/// A reconnect tries again after 50, 100, 200 and 400 ms: a caller learns within a second that Redis is away, and each
/// new call starts over.
const RECONNECT_TRIES: usize = 4;
const RECONNECT_MIN_DELAY: Duration = Duration::from_millis(50);
const RECONNECT_MAX_DELAY: Duration = Duration::from_millis(500);

/// Scripts and streams need what came with this version.
const OLDEST_VERSION: (u32, u32) = (6, 2);

/// What every promise rests on, and what is at risk without it.
const DURABLE: [Durable; 3] = [
    Durable {
        name: "appendonly",
        wanted: "yes",
        risk: "what Redis holds is lost when it dies: messages may go out twice or never",
    },
    Durable {
        name: "appendfsync",
        wanted: "always",
        risk: "up to a second of sends is forgotten when its machine dies, and sent again",
    },
    Durable { name: "maxmemory-policy", wanted: "noeviction", risk: "a full Redis throws campaigns away" },
];

#[derive(Debug)]
struct Durable {
    name: &'static str,
    wanted: &'static str,
    risk: &'static str,
}

/// A setting of Redis with which what it acknowledged can be lost. As text, one sentence with the risk.
#[derive(Debug)]
pub struct WeakSetting {
    durable: &'static Durable,
    /// As Redis has it; none where it does not tell.
    value: Option<String>,
}

impl fmt::Display for WeakSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Durable { name, wanted, risk } = self.durable;
        match &self.value {
            Some(value) => write!(f, "Redis has {name} {value}, not {wanted}: {risk}"),
            None => write!(f, "cannot read Redis's {name}; it should be {wanted}: else {risk}"),
        }
    }
}

/// Redis, connected. Cheap to clone: all clones share one connection, which comes back by itself.
#[derive(Clone)]
pub struct Redis {
    client: Client,
    connection: ConnectionManager,
}

/// Redis cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL is none.
    #[error("REDIS_URL is not a Redis URL ({0}): write it as redis://[user:password@]host:port/[database]")]
    Url(RedisError),
    /// Nobody answers there, or not as Redis does.
    #[error("cannot reach Redis at {address} (REDIS_URL): {source}")]
    Unreachable {
        /// Host and port; never the password.
        address: String,
        /// What happened.
        source: RedisError,
    },
    /// The server is too old.
    #[error("Redis at {address} is version {version}, and Drumbeat needs 6.2 or newer")]
    TooOld {
        /// Host and port.
        address: String,
        /// What it says it is.
        version: String,
    },
}

impl Redis {
    /// Connects, and looks at what kind of Redis answers. Settings that put the promises at risk are logged, each with
    /// its risk.
    ///
    /// # Errors
    /// In one sentence for people: the URL is none, nobody answers, or the server is older than 6.2.
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        let client = Client::open(url).map_err(ConnectError::Url)?;
        let address = client.get_connection_info().addr().to_string();
        let unreachable = |source| ConnectError::Unreachable { address: address.clone(), source };
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(RESPONSE_TIMEOUT))
            .set_connection_timeout(Some(CONNECTION_TIMEOUT))
            .set_number_of_retries(RECONNECT_TRIES)
            .set_min_delay(RECONNECT_MIN_DELAY)
            .set_max_delay(RECONNECT_MAX_DELAY);
        let connection = client.get_connection_manager_with_config(config).await.map_err(unreachable)?;
        let redis = Self { client, connection };
        let version = redis.version().await.map_err(unreachable)?;
        if parse_version(&version).is_none_or(|version| version < OLDEST_VERSION) {
            return Err(ConnectError::TooOld { address, version });
        }
        for weak in redis.weak_settings().await {
            warn!("{weak}");
        }
        Ok(redis)
    }

    /// The settings that put the promises at risk; none where this Redis keeps whatever it acknowledged.
    pub async fn weak_settings(&self) -> Vec<WeakSetting> {
        let mut weak = Vec::new();
        for durable in &DURABLE {
            let answer: Result<Vec<String>, _> =
                redis::cmd("CONFIG").arg("GET").arg(durable.name).query_async(&mut self.connection()).await;
            let value = answer.ok().and_then(|pair| pair.into_iter().nth(1));
            if value.as_deref() != Some(durable.wanted) {
                weak.push(WeakSetting { durable, value });
            }
        }
        weak
    }

    /// The shared connection.
    #[must_use]
    pub fn connection(&self) -> ConnectionManager {
        self.connection.clone()
    }

    /// Whether Redis answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), RedisError> {
        redis::cmd("PING").exec_async(&mut self.connection()).await
    }

    /// Messages published on a channel, over a connection of its own, until that breaks.
    ///
    /// # Errors
    /// When Redis cannot be reached.
    pub(crate) async fn subscribe(
        &self,
        channel: &str,
    ) -> Result<impl Stream<Item = String> + use<>, RedisError> {
        let mut pubsub = self.client.get_async_pubsub().await?;
        pubsub.subscribe(channel).await?;
        Ok(pubsub.into_on_message().filter_map(async |message| message.get_payload().ok()))
    }

    async fn version(&self) -> Result<String, RedisError> {
        let info: redis::InfoDict =
            redis::cmd("INFO").arg("server").query_async(&mut self.connection()).await?;
        Ok(info.get("redis_version").unwrap_or_default())
    }
}

fn parse_version(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// A call to Redis failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Redis is away, or refused.
    #[error("Redis: {0}")]
    Redis(#[source] RedisError),
    /// What Redis holds is not what Drumbeat wrote.
    #[error("Redis holds something unexpected: {0}")]
    Corrupt(String),
}

impl From<RedisError> for StoreError {
    /// A key of another kind is none that Drumbeat wrote, and trying again does not change it.
    fn from(error: RedisError) -> Self {
        if error.code() == Some("WRONGTYPE") { Self::corrupt(error) } else { Self::Redis(error) }
    }
}

impl StoreError {
    pub(crate) fn corrupt(what: impl ToString) -> Self {
        Self::Corrupt(what.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(parse_version("6.2.0").unwrap() >= OLDEST_VERSION);
        assert!(parse_version("10.0.1").unwrap() >= OLDEST_VERSION);
        assert!(parse_version("6.0.16").unwrap() < OLDEST_VERSION);
        assert!(parse_version("unknown").is_none());
    }
}
