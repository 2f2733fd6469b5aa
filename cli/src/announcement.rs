/// The lines that say that a process is up. Whoever starts the process waits for them, so they are one place's matter.
pub(crate) const API: &str = "drumbeat api listening on ";
pub(crate) const SIMULATOR: &str = "drumbeat simulator listening on ";
pub(crate) const WORKER: &str = "drumbeat worker ready";
