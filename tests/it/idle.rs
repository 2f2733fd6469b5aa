use std::{fs, time::Duration};

use crate::house::House;

/// Processor time that a process has used, in clock ticks (proc(5): utime and stime, the 14th and 15th field).
fn ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let after_name = stat.rsplit_once(") ").unwrap().1;
    let fields: Vec<_> = after_name.split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_idle_worker_costs_next_to_nothing() {
    const SECONDS: u64 = 10;
    const TICKS_PER_SECOND: u64 = 100;
    let house = House::open_alone(1).await;
    house.send_and_pause(20).await;
    let pid = house.stack.workers[0].pid().unwrap();
    let before = ticks(pid);
    tokio::time::sleep(Duration::from_secs(SECONDS)).await;
    let used = ticks(pid) - before;
    let percent = used as f64 * 100.0 / (SECONDS * TICKS_PER_SECOND) as f64;
    println!("20 campaigns paused: {percent:.1} % of a core");
    // Unoptimised, on a machine that runs other tests; a worker that polls each campaign takes ten times that.
    assert!(percent < 4.0, "{percent} % of a core");
}
