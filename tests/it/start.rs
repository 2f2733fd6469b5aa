use std::process::{Command, Output};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::house::{House, exe, root};

fn start(role: &'static str, redis_url: String) -> tokio::task::JoinHandle<Output> {
    tokio::task::spawn_blocking(move || {
        Command::new(exe())
            .args([role, "--redis-url", &redis_url])
            .current_dir(root())
            .env("PORT", "0")
            .output()
            .unwrap()
    })
}

/// One sentence, no stack of causes, and the exit code of a wrong setting.
fn refused_with(output: &Output, words: &str) {
    let error = String::from_utf8_lossy(&output.stderr);
    let last = error.trim().lines().last().unwrap_or_default();
    assert!(!output.status.success(), "{error}");
    assert!(last.contains(words), "{error}");
    assert!(!error.contains("panicked"), "{error}");
}

#[tokio::test]
async fn a_wrong_redis_url_stops_the_start_with_one_sentence() {
    for role in ["api", "worker"] {
        let output = start(role, "127.0.0.1:1".to_owned()).await.unwrap();
        refused_with(&output, "REDIS_URL is not a Redis URL");
        let output = start(role, "redis://user:secret@127.0.0.1:1".to_owned()).await.unwrap();
        refused_with(&output, "cannot reach Redis at 127.0.0.1:1 (REDIS_URL)");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("secret"));
    }
}

#[tokio::test]
async fn a_redis_that_is_too_old_stops_the_start_with_one_sentence() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                    let request = String::from_utf8_lossy(&buffer[..count]).to_uppercase();
                    // Whatever else comes in the same write is answered with an OK each.
                    for command in request.split('*').skip(1) {
                        let answer: &[u8] = if command.contains("INFO") && !command.contains("SETINFO") {
                            b"$24\r\nredis_version:6.0.16\r\n\r\n\r\n"
                        } else {
                            b"+OK\r\n"
                        };
                        stream.write_all(answer).await.unwrap();
                    }
                }
            });
        }
    });
    for role in ["api", "worker"] {
        let output = start(role, url.clone()).await.unwrap();
        refused_with(&output, "is version 6.0.16, and Drumbeat needs 6.2 or newer");
    }
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let house = House::open(0).await;
    let port = house.stack.api_url().rsplit(':').next().unwrap().to_owned();
    let redis_url = house.stack.redis_url().to_owned();
    let output = tokio::task::spawn_blocking(move || {
        Command::new(exe())
            .args(["api", "--redis-url", &redis_url, "--port", &port])
            .current_dir(root())
            .output()
            .unwrap()
    });
    refused_with(&output.await.unwrap(), "in use");
}
