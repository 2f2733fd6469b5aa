//! A whole Drumbeat on this machine: Redis, the simulator, the API and workers, each a process of its own. For the
//! demo, the end-to-end tests and the benchmarks.
//!
//! In reading order: [`Setup`] says what to start, [`Stack`] is what runs, and each of its parts is a [`Process`].
//!
//! Nothing is left behind: what runs is stopped in order by [`Stack::stop`], killed when the stack is dropped and, on
//! Linux, killed by the kernel when this process dies in any other way.

mod environment;
mod error;
mod launch;
mod log_tail;
mod process;
mod redis;
mod setup;
mod spawner;

use std::time::Duration;

use tokio::time::{Instant, sleep};

pub use error::StackError;
pub use nix::sys::signal::Signal;
pub use process::Process;
pub use redis::RedisAt;
pub use setup::Setup;

use crate::client::Client;
use launch::Launch;

/// A worker lets what is in flight be answered: it allows itself 20 s for that.
const WORKER_PATIENCE: Duration = Duration::from_secs(25);
const PATIENCE: Duration = Duration::from_secs(5);
/// How soon a process that ended by itself is noticed.
const LOOK: Duration = Duration::from_millis(100);

/// Running processes that belong together. Its parts may be killed and restarted one by one.
#[derive(Debug)]
pub struct Stack {
    // First the workers, last Redis: fields are dropped in this order.
    /// The workers.
    pub workers: Vec<Process>,
    /// The API; it keeps its port when it is restarted.
    pub api: Process,
    /// AWS's stand-in; it keeps its port when it is restarted, and forgets all else.
    pub simulator: Process,
    /// Redis; it comes back with all that it acknowledged when it is restarted.
    pub redis: Process,
    redis_url: String,
    next_worker: Launch,
}

impl Stack {
    /// Where Redis is, as `REDIS_URL` has it.
    #[must_use]
    pub fn redis_url(&self) -> &str {
        &self.redis_url
    }

    /// Where the API is, such as `http://127.0.0.1:8080`.
    #[must_use]
    pub fn api_url(&self) -> &str {
        self.api.announced()
    }

    /// Where the simulator is.
    #[must_use]
    pub fn simulator_url(&self) -> &str {
        self.simulator.announced()
    }

    /// A client of the API.
    ///
    /// # Errors
    /// When the API announced something that is no address.
    pub fn client(&self) -> Result<Client, StackError> {
        client(&self.api)
    }

    /// A client of the simulator, for [`Client::simulator_stats`].
    ///
    /// # Errors
    /// When the simulator announced something that is no address.
    pub fn simulator_client(&self) -> Result<Client, StackError> {
        client(&self.simulator)
    }

    /// Sets an environment variable of the workers that are added from now on. `REDIS_URL` and `AWS_ENDPOINT_URL` send
    /// them elsewhere than to the stack's own: through a line that can be cut, for one.
    pub fn worker_env(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.next_worker = self.next_worker.clone().env([(name.into(), value.into())]);
    }

    /// Starts one more worker, and answers with its place among the workers.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn add_worker(&mut self) -> Result<usize, StackError> {
        let place = self.workers.len();
        let launch = self.next_worker.clone().named(format!("worker-{}", place + 1));
        self.workers.push(Process::start(launch).await?);
        Ok(place)
    }

    /// Waits until any of them has ended by itself; says which, and how.
    pub async fn first_ended(&mut self) -> StackError {
        loop {
            for process in self.parts() {
                if let Some(ended) = process.ended() {
                    return ended;
                }
            }
            sleep(LOOK).await;
        }
    }

    /// Stops all of them in order: workers, API, simulator, Redis. What does not end in time is killed.
    pub async fn stop(mut self) {
        stop(&mut self.workers, WORKER_PATIENCE).await;
        for process in [&mut self.api, &mut self.simulator, &mut self.redis] {
            stop(std::slice::from_mut(process), PATIENCE).await;
        }
    }

    fn parts(&mut self) -> impl Iterator<Item = &mut Process> {
        self.workers.iter_mut().chain([&mut self.api, &mut self.simulator, &mut self.redis])
    }
}

/// Asks all of them to end before it waits for any.
async fn stop(processes: &mut [Process], patience: Duration) {
    let deadline = Instant::now() + patience;
    for process in &*processes {
        // One that has ended already is as good as stopped.
        let _ = process.kill(Signal::SIGTERM);
    }
    for process in processes {
        process.wait_or_kill(deadline).await;
    }
}

fn client(process: &Process) -> Result<Client, StackError> {
    let unexpected = || StackError::Announcement {
        name: process.name().to_owned(),
        announced: process.announced().to_owned(),
    };
    let url = process.announced().parse().map_err(|_| unexpected())?;
    Client::new(url, None).map_err(|_| unexpected())
}
