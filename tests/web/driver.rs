//! The process that drives a browser.

use std::process::Stdio;

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// What it says before it ends where another program has its port.
const TAKEN: &str = "port not available";

/// How often in a row that can be a coincidence.
const COINCIDENCES: usize = 20;

/// The driver, and in its process group the browser.
pub(crate) struct Driver {
    process: Child,
    pub(crate) url: String,
}

impl Driver {
    /// Starts it on a port of its own choice. It chooses one that is free in IPv6, and cannot know whether it is in IPv4:
    /// a connection of any other test may have it.
    pub(crate) async fn start() -> Self {
        let mut said = String::new();
        for _ in 0..COINCIDENCES {
            match Self::try_start().await {
                Ok(driver) => return driver,
                Err(words) => said = words,
            }
            assert!(said.contains(TAKEN), "chromedriver ended before it said its port: {said}");
        }
        panic!("chromedriver found no port in {COINCIDENCES} tries: {said}");
    }

    /// Fails with what it said.
    async fn try_start() -> Result<Self, String> {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .expect("scripts/install.sh installs chromedriver");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut said = String::new();
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                let url = format!("http://127.0.0.1:{}", port.trim_end_matches('.'));
                // Nobody reads on, and a full pipe would hold it up.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(Self { process, url });
            }
            said.push_str(&line);
            said.push('\n');
        }
        process.wait().await.unwrap();
        Err(said)
    }
}

impl Drop for Driver {
    /// The driver would leave its browser behind.
    fn drop(&mut self) {
        if let Some(id) = self.process.id().and_then(|id| i32::try_from(id).ok()) {
            // Where both have ended by themselves there is nothing to do.
            let _ = killpg(Pid::from_raw(id), Signal::SIGKILL);
        }
    }
}
