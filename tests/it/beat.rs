//! The beat by the simulator's clock, with bounds that a busy machine keeps; `make bench-pacing` measures the real ones.

use drumbeat::stack::Signal;
use drumbeat_simulator::CampaignStats;
use serde_json::json;

use crate::house::House;

async fn run(house: &House, total: u32, tps: f64) -> CampaignStats {
    let id = house.send(total, tps).await;
    house.completed(id).await;
    house.stats().await.campaigns[&id.to_string()].clone()
}

/// A machine that stalls for a tenth of a second loses slots, and what it holds up arrives together. A worker that does
/// not share the bucket, or makes up for lost time, is far out of these bounds.
fn check(stats: &CampaignStats, tps: f64) {
    let rate = stats.rate.unwrap();
    assert!((tps * 0.5..tps * 1.02).contains(&rate), "{rate} at {tps}");
    let busiest = stats.busiest_second as f64;
    assert!(busiest <= tps * 1.2 + 2.0, "{busiest} in one second at {tps}");
}

#[tokio::test]
async fn the_rate_is_held_by_any_number_of_workers() {
    for (workers, total, tps) in [(1, 60, 10.0), (2, 600, 100.0), (4, 600, 100.0)] {
        let house = House::open_alone(workers).await;
        check(&run(&house, total, tps).await, tps);
        house.stack.stop().await;
    }
}

#[tokio::test]
async fn a_worker_that_stalls_does_not_catch_up_in_a_burst() {
    let house = House::open_alone(2).await;
    let id = house.send(1_000, 100.0).await;
    for sent in [200, 500] {
        house.until(id, |progress| progress.counts.sent > sent).await;
        let worker = &house.stack.workers[house.sender(id).await];
        worker.kill(Signal::SIGSTOP).unwrap();
        // The length of the stall is what is tested.
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        worker.kill(Signal::SIGCONT).unwrap();
    }
    let progress = house.completed(id).await;
    assert_eq!(progress.counts.sent, 1_000);
    check(&house.stats().await.campaigns[&id.to_string()], 100.0);
}

#[tokio::test]
async fn what_one_worker_cannot_keep_up_with_others_send() {
    // With two batches at once, a worker has at most 200 people in flight: 50 a second.
    const LATENCY: &str = "fixed:4000";
    let latency = json!({ "latency": { "sms": LATENCY, "whatsapp": LATENCY, "email": LATENCY } });
    let mut rates = Vec::new();
    for workers in [1, 3] {
        let house = House::open_alone(workers).await;
        house.behave(latency.clone()).await;
        rates.push(run(&house, 1_200, 100.0).await.rate.unwrap());
        house.stack.stop().await;
    }
    assert!(rates[0] < 60.0 && rates[1] > 80.0, "{rates:?}");
}
