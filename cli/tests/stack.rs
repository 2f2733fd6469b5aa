//! The processes of a stack come up, come back, and leave nothing behind.
#![expect(clippy::unwrap_used, reason = "a test may panic in its helpers too")]

use std::{path::Path, time::Duration};

use drumbeat::stack::{RedisAt, Setup, Signal, Stack, StackError};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

const EXE: &str = env!("CARGO_BIN_EXE_drumbeat");

fn setup(folder: &TempDir) -> Setup {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/demo/templates");
    Setup::new(EXE, folder.path()).templates(templates)
}

fn pids(stack: &Stack) -> Vec<u32> {
    let parts = stack.workers.iter().chain([&stack.api, &stack.simulator, &stack.redis]);
    parts.map(|process| process.pid().unwrap()).collect()
}

fn is_running(pid: u32) -> bool {
    // A zombie has ended; it only was not waited for yet.
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap().trim_start().starts_with('Z'))
}

async fn none_runs(pids: &[u32]) {
    let all_ended = async {
        while pids.iter().any(|pid| is_running(*pid)) {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(30), all_ended).await.expect("some process was left behind");
}

#[tokio::test]
async fn all_parts_come_up_and_a_stop_ends_them() {
    let folder = tempfile::tempdir().unwrap();
    let stack = setup(&folder).start().await.unwrap();
    let pids = pids(&stack);
    assert_eq!(pids.len(), 5);
    assert_eq!(stack.client().unwrap().campaigns(0).await.unwrap().total, 0);
    assert_eq!(stack.simulator_client().unwrap().simulator_stats().await.unwrap().total, 0);
    stack.stop().await;
    assert!(!pids.iter().any(|pid| is_running(*pid)));
}

#[tokio::test]
async fn a_drop_kills_all_of_them_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let stack = setup(&folder).start().await.unwrap();
    let pids = pids(&stack);
    drop(stack);
    assert!(!pids.iter().any(|pid| is_running(*pid)));
}

#[tokio::test]
async fn redis_and_the_api_come_back_where_they_were() {
    for at in [RedisAt::Socket, RedisAt::Port(0)] {
        let folder = tempfile::tempdir().unwrap();
        let mut stack = setup(&folder).redis(at).workers(0).start().await.unwrap();
        let campaign = r#"{"name":"x","tps":0.01,"recipients":[{"customer_id":"1","channel":"sms","phone":"+14155550100","message":"x"}]}"#;
        let url = stack.api_url().to_owned();
        let client = stack.client().unwrap();
        let id = client.send(campaign, "key").await.unwrap().campaign_id;

        stack.redis.kill(Signal::SIGKILL).unwrap();
        stack.api.kill(Signal::SIGTERM).unwrap();
        stack.redis.restart().await.unwrap();
        stack.api.restart().await.unwrap();

        assert_eq!(stack.api_url(), url);
        assert_eq!(client.campaign(id).await.unwrap().total, 1);
        assert_eq!(client.send(campaign, "key").await.unwrap().campaign_id, id);
        stack.stop().await;
    }
}

#[tokio::test]
async fn a_part_that_dies_is_named_with_the_end_of_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let mut stack = setup(&folder).start().await.unwrap();
    assert!(timeout(Duration::from_millis(300), stack.first_ended()).await.is_err());
    stack.workers[1].kill(Signal::SIGKILL).unwrap();
    let ended = timeout(Duration::from_secs(30), stack.first_ended()).await.unwrap();
    assert!(matches!(&ended, StackError::Ended { name, .. } if name == "worker-2"), "{ended}");
    let said = ended.to_string();
    assert!(said.contains("signal: 9") && said.contains("drumbeat worker ready"), "{said}");
    stack.stop().await;
}

#[tokio::test]
async fn a_part_that_does_not_start_says_why_and_takes_the_others_along() {
    let folder = tempfile::tempdir().unwrap();
    let error = setup(&folder).simulator_args(["--latency", "slow"]).start().await.unwrap_err();
    let said = error.to_string();
    assert!(said.starts_with("simulator ended by itself (exit status: 2)"), "{said}");
    assert!(said.contains("LATENCY (--latency)"), "{said}");
}

#[tokio::test]
async fn a_redis_that_may_forget_is_refused_with_every_reason() {
    for (args, reasons) in [
        (&["--appendonly", "no"][..], &["Redis has appendonly no, not yes"][..]),
        (
            &["--appendfsync", "everysec", "--maxmemory-policy", "allkeys-lru"],
            &["Redis has appendfsync everysec, not always", "Redis has maxmemory-policy allkeys-lru"],
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let error = setup(&folder).redis_args(args.iter().copied()).start().await.unwrap_err();
        assert!(matches!(&error, StackError::WeakRedis(weak) if weak.len() == reasons.len()), "{error}");
        let said = error.to_string();
        assert!(!said.contains('\n') && reasons.iter().all(|reason| said.contains(reason)), "{said}");
    }
}

#[tokio::test]
async fn a_worker_can_be_sent_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let mut stack = setup(&folder).workers(0).start().await.unwrap();
    stack.worker_env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    stack.worker_env("REDIS_URL", "redis://127.0.0.1:1");
    let said = stack.add_worker().await.unwrap_err().to_string();
    assert!(said.contains("cannot reach Redis at 127.0.0.1:1 (REDIS_URL)"), "{said}");
    stack.stop().await;
}

#[tokio::test]
async fn surroundings_reach_no_process() {
    let folder = tempfile::tempdir().unwrap();
    let stack = setup(&folder).env("SMS_CONFIGURATION_SET", "set").start().await.unwrap();
    let env = std::fs::read(format!("/proc/{}/environ", stack.workers[0].pid().unwrap())).unwrap();
    let env = String::from_utf8(env).unwrap();
    let has = |entry: &str| env.split('\0').any(|other| other == entry);
    assert!(has("DRUMBEAT_ENV_FILE=") && has("SMS_CONFIGURATION_SET=set"));
    assert!(has(&format!("AWS_ENDPOINT_URL={}", stack.simulator_url())));
    // Cargo sets it for this test.
    assert!(!env.contains("CARGO_MANIFEST_DIR"));
    stack.stop().await;
}

/// The demo stands for any process that started a stack.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_killed_parent_takes_its_children_along() {
    let folder = tempfile::tempdir().unwrap();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/demo");
    let ports = free_fixed_ports().map(|port| port.to_string());
    let mut demo = tokio::process::Command::new(EXE)
        .args([
            "demo",
            "--tps",
            "0.1",
            "--port",
            &ports[0],
            "--redis-port",
            &ports[1],
            "--simulator-port",
            &ports[2],
        ])
        .arg("--folder")
        .arg(folder.path())
        .arg("--data")
        .arg(data)
        .stdout(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let children = format!("/proc/{pid}/task", pid = demo.id().unwrap());
    let five = async {
        loop {
            let pids = children_of(&children);
            if pids.len() == 5 {
                break pids;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let pids = timeout(Duration::from_secs(30), five).await.expect("the demo starts five processes");
    demo.start_kill().unwrap();
    demo.wait().await.unwrap();
    none_runs(&pids).await;
}

/// Ports that stay free until somebody asks for them by number: Linux gives none from below 32768 away by itself.
fn free_fixed_ports() -> [u16; 3] {
    // Whoever else runs this at the same time starts elsewhere.
    let first = 10_000 + u16::try_from(std::process::id() % 15_000).unwrap();
    let free = (first..32_768).filter(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.take(3).collect::<Vec<_>>().try_into().unwrap()
}

/// The children that any of the process's threads started.
fn children_of(tasks: &str) -> Vec<u32> {
    let Ok(threads) = std::fs::read_dir(tasks) else { return Vec::new() };
    threads
        .filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("children")).ok())
        .flat_map(|pids| pids.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}
