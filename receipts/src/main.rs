//! Receipts, read by AWS Lambda: the same as workers do with the receipts queue, for those who would rather have the queue
//! call a function. The event source needs `ReportBatchItemFailures`: what is not done comes again, and nothing else.

mod config;
mod handler;

use aws_config::BehaviorVersion;
use drumbeat_common::Redis;
use drumbeat_tracking::{DeliveryTable, receipts::Receiver};
use lambda_runtime::{LambdaEvent, service_fn, tracing};

use config::Config;

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    tracing::init_default_subscriber();
    let receiver = &receiver(Config::from_env()?).await?;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<_>| {
        handler::handle(receiver, event.payload).await
    }))
    .await
}

async fn receiver(config: Config) -> anyhow::Result<Receiver> {
    let redis = Redis::connect(&config.redis_url).await?;
    let table = match config.tracking_table {
        Some(table) => {
            let aws = aws_config::load_defaults(BehaviorVersion::latest()).await;
            Some(DeliveryTable::new(drumbeat_tracking::client(&aws), table))
        }
        None => {
            ::tracing::info!("DYNAMODB_DELIVERY_TRACKING_TABLE is not set: no table is told of receipts");
            None
        }
    };
    Ok(Receiver::new(redis, table, config.reputation))
}
