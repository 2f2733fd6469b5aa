use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tracing::debug;

/// Allows this process as many open files as the system lets it have. Every message in flight is a connection, and the
/// usual limit of 1,024 would make a fast campaign with a slow provider fail.
pub(crate) fn raise_limit() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE)
        .and_then(|(_, hard)| setrlimit(Resource::RLIMIT_NOFILE, hard, hard));
    if let Err(error) = raised {
        debug!(%error, "cannot raise the limit of open files");
    }
}
