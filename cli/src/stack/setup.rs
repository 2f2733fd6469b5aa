use std::path::{Path, PathBuf};

use super::{Launch, Process, RedisAt, Stack, StackError, environment, redis};
use crate::announcement;

/// What to start. As made by [`Setup::new`]: Redis on a socket, everything else on free ports, two workers.
#[derive(Debug, Clone)]
pub struct Setup {
    exe: PathBuf,
    folder: PathBuf,
    templates: PathBuf,
    redis: RedisAt,
    redis_args: Vec<String>,
    simulator_port: u16,
    simulator_args: Vec<String>,
    api_port: u16,
    workers: usize,
    env: Vec<(String, String)>,
}

impl Setup {
    /// Starts `exe`, the binary `drumbeat`, for all but Redis. Redis keeps its files in `folder`, and so do the logs:
    /// `folder/logs/api.log` and so on. Files that are there already are kept and added to.
    pub fn new(exe: impl Into<PathBuf>, folder: impl Into<PathBuf>) -> Self {
        Self {
            exe: exe.into(),
            folder: folder.into(),
            templates: PathBuf::from("data/demo/templates"),
            redis: RedisAt::Socket,
            redis_args: Vec::new(),
            simulator_port: 0,
            simulator_args: Vec::new(),
            api_port: 0,
            workers: 2,
            env: Vec::new(),
        }
    }

    /// The API's templates, in place of `data/demo/templates` under the current folder.
    #[must_use]
    pub fn templates(self, folder: impl Into<PathBuf>) -> Self {
        Self { templates: folder.into(), ..self }
    }

    /// Where Redis listens.
    #[must_use]
    pub fn redis(self, at: RedisAt) -> Self {
        Self { redis: at, ..self }
    }

    /// More settings for Redis, such as `["--maxmemory", "1gb"]`. One that makes it forget is refused at the start.
    #[must_use]
    pub fn redis_args(self, args: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { redis_args: args.into_iter().map(Into::into).collect(), ..self }
    }

    /// The simulator's port.
    #[must_use]
    pub fn simulator_port(self, port: u16) -> Self {
        Self { simulator_port: port, ..self }
    }

    /// More flags for the simulator, such as `["--latency", "fixed:50"]`.
    #[must_use]
    pub fn simulator_args(self, args: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { simulator_args: args.into_iter().map(Into::into).collect(), ..self }
    }

    /// The API's port.
    #[must_use]
    pub fn api_port(self, port: u16) -> Self {
        Self { api_port: port, ..self }
    }

    /// How many workers to start.
    #[must_use]
    pub fn workers(self, workers: usize) -> Self {
        Self { workers, ..self }
    }

    /// One more environment variable for the API and the workers. They inherit none but a few harmless ones, so that
    /// nothing of the user's points them at real services.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Starts them, and answers when all of them are up.
    ///
    /// # Errors
    /// When one of them does not start, or Redis is not durable; what has started by then is killed.
    pub async fn start(mut self) -> Result<Stack, StackError> {
        self.folder = absolute(&self.folder)?;
        let (redis, redis_url) = redis::launch(&self.folder, self.redis, &self.redis_args)?;
        let redis = Process::start(redis).await?;
        redis::refuse_weak(&redis_url).await?;
        let simulator = Process::start(self.simulator()).await?;
        let api = Process::start(self.api(&redis_url, simulator.announced())).await?;
        let next_worker = self.worker(&redis_url, simulator.announced());
        let mut stack = Stack { workers: Vec::new(), api, simulator, redis, redis_url, next_worker };
        for _ in 0..self.workers {
            stack.add_worker().await?;
        }
        Ok(stack)
    }

    /// Starts the simulator alone.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_simulator(mut self) -> Result<Process, StackError> {
        self.folder = absolute(&self.folder)?;
        Process::start(self.simulator()).await
    }

    fn simulator(&self) -> Launch {
        self.launch("simulator", announcement::SIMULATOR).port(self.simulator_port).args(&self.simulator_args)
    }

    fn api(&self, redis_url: &str, simulator_url: &str) -> Launch {
        self.launch("api", announcement::API)
            .port(self.api_port)
            .args(["--redis-url", redis_url])
            .arg("--templates-dir")
            .arg(&self.templates)
            .env(environment::of_aws(simulator_url))
            .env(self.env.clone())
    }

    fn worker(&self, redis_url: &str, simulator_url: &str) -> Launch {
        self.launch("worker", announcement::WORKER)
            // No argument, so that `Stack::worker_env` can change it.
            .env([("REDIS_URL".to_owned(), redis_url.to_owned())])
            .env(environment::of_aws(simulator_url))
            .env(self.env.clone())
    }

    fn launch(&self, role: &str, announcement: &str) -> Launch {
        Launch::new(role, &self.exe, &self.folder, announcement).arg(role)
    }
}

/// Makes the folder; its absolute path, since that of a socket has to be.
fn absolute(folder: &Path) -> Result<PathBuf, StackError> {
    std::fs::create_dir_all(folder)
        .and_then(|()| folder.canonicalize())
        .map_err(|source| StackError::Folder { path: folder.to_owned(), source })
}
