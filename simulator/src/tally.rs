use crate::aws_error::Verdict;

/// How a service's calls ended. `calls` is the sum of accepted, rejected, throttled, `server_errors` and the calls cut
/// before they were accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    pub(crate) calls: u64,
    pub(crate) accepted: u64,
    pub(crate) rejected: u64,
    pub(crate) throttled: u64,
    pub(crate) server_errors: u64,
    pub(crate) cut: u64,
}

impl Tally {
    pub(crate) const fn accept(&mut self, answered: bool) {
        self.calls += 1;
        self.accepted += 1;
        if !answered {
            self.cut += 1;
        }
    }

    pub(crate) const fn refuse(&mut self, verdict: Verdict) {
        self.calls += 1;
        match verdict {
            Verdict::Rejected => self.rejected += 1,
            Verdict::Throttled => self.throttled += 1,
            Verdict::ServerError => self.server_errors += 1,
        }
    }

    pub(crate) const fn cut_before(&mut self) {
        self.calls += 1;
        self.cut += 1;
    }
}
