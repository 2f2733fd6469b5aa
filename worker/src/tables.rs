use aws_config::SdkConfig;
use drumbeat_tracking::{WrongTable, check_delivery_table, check_rate_limits_table, client};
use futures_util::future::OptionFuture;

use crate::Config;

/// Looks at the tables before anything is sent that they would have to be told of.
pub(crate) async fn check(aws: &SdkConfig, config: &Config) -> Result<(), WrongTable> {
    let client = client(aws);
    let (tracking, limits) = tokio::join!(
        OptionFuture::from(config.tracking_table.as_deref().map(|name| check_delivery_table(&client, name))),
        OptionFuture::from(
            config.rate_limits_table.as_deref().map(|name| check_rate_limits_table(&client, name))
        ),
    );
    tracking.unwrap_or(Ok(()))?;
    limits.unwrap_or(Ok(()))
}
