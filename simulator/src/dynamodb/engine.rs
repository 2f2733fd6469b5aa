use std::{
    io, thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use dynoxide::{Database, DynoxideError};
use tokio::sync::{mpsc, oneshot};

use super::Operation;

/// The embedded database, on a thread of its own: it blocks, and does one thing at a time.
#[derive(Debug)]
pub(crate) struct Engine {
    /// Dropping it ends the thread.
    jobs: mpsc::Sender<Job>,
}

#[derive(Debug)]
struct Job {
    operation: Operation,
    body: Bytes,
    answer: oneshot::Sender<Answer>,
}

type Answer = Result<Vec<u8>, DynoxideError>;

/// Enough to keep the thread busy; a caller beyond them waits for its turn.
const QUEUED: usize = 256;
/// AWS takes up to some days to delete what has expired.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

impl Engine {
    pub(crate) fn start() -> io::Result<Self> {
        Self::sweeping_every(SWEEP_EVERY)
    }

    fn sweeping_every(interval: Duration) -> io::Result<Self> {
        let database = Database::memory().map_err(io::Error::other)?;
        let (jobs, queue) = mpsc::channel(QUEUED);
        thread::Builder::new().name("dynamodb".into()).spawn(move || work(&database, queue, interval))?;
        Ok(Self { jobs })
    }

    pub(crate) async fn run(&self, operation: Operation, body: Bytes) -> Answer {
        let gone = || DynoxideError::InternalServerError("the engine stopped".into());
        let (answer, answered) = oneshot::channel();
        self.jobs.send(Job { operation, body, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

fn work(database: &Database, mut queue: mpsc::Receiver<Job>, sweep_every: Duration) {
    let mut swept = Instant::now();
    while let Some(Job { operation, body, answer }) = queue.blocking_recv() {
        // Between calls nobody sees what has expired, so only a call makes it vanish.
        if swept.elapsed() >= sweep_every {
            sweep(database);
            swept = Instant::now();
        }
        // Who asked may be gone.
        let _ = answer.send(operation.run(database, &body));
    }
}

fn sweep(database: &Database) {
    match database.sweep_ttl() {
        Ok(items) => tracing::debug!(items, "deleted what had expired"),
        Err(error) => tracing::warn!(%error, "cannot delete what has expired"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    async fn run(engine: &Engine, operation: Operation, call: Value) -> Value {
        let answer = engine.run(operation, call.to_string().into()).await.unwrap();
        serde_json::from_slice(&answer).unwrap()
    }

    #[tokio::test]
    async fn what_has_expired_vanishes() {
        let engine = Engine::sweeping_every(Duration::ZERO).unwrap();
        let table = json!({
            "TableName": "table", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        });
        run(&engine, Operation::CreateTable, table).await;
        let ttl = json!({
            "TableName": "table",
            "TimeToLiveSpecification": { "Enabled": true, "AttributeName": "expires_at" },
        });
        run(&engine, Operation::UpdateTimeToLive, ttl).await;
        for (id, expires_at) in [("old", "1"), ("new", "9999999999")] {
            let item = json!({ "id": { "S": id }, "expires_at": { "N": expires_at } });
            run(&engine, Operation::PutItem, json!({ "TableName": "table", "Item": item })).await;
        }
        let left = run(&engine, Operation::Scan, json!({ "TableName": "table" })).await;
        assert_eq!((&left["Count"], &left["Items"][0]["id"]["S"]), (&json!(1), &json!("new")));
    }
}
