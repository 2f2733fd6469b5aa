//! What a process costs, by its own account in /proc.

use drumbeat::stack::Process;

/// The unit of CPU time there.
const TICKS_PER_SECOND: f64 = 100.0;

/// The most memory that a process ever had.
pub(crate) fn peak_memory(process: &Process) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.pid().unwrap())).unwrap();
    let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    kibibytes.unwrap().trim().parse::<u64>().unwrap() * 1024
}

pub(crate) fn cpu_seconds(process: &Process) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.pid().unwrap())).unwrap();
    // The name may have spaces; after it come the state, and as 12th and 13th the times in user and system mode.
    let after_name = stat.rsplit(") ").next().unwrap();
    let ticks = after_name.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap());
    ticks.sum::<f64>() / TICKS_PER_SECOND
}
