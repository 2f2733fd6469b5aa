use std::{
    io,
    sync::{LazyLock, mpsc},
    thread,
};

use tokio::{
    process::{Child, Command},
    runtime::Handle,
    sync::oneshot,
};

struct Order {
    command: Command,
    /// Which runtime waits for the child.
    runtime: Handle,
    answer: oneshot::Sender<io::Result<Child>>,
}

/// Starts every child. The kernel kills a child when the *thread* that started it ends, not the process, so that thread
/// has to live as long as the process does; none of a runtime's own threads promises that.
static SPAWNER: LazyLock<mpsc::Sender<Order>> = LazyLock::new(|| {
    let (orders, queue) = mpsc::channel();
    thread::spawn(move || fill(&queue));
    orders
});

fn fill(queue: &mpsc::Receiver<Order>) {
    // The sender is in a static, so this ends with the process.
    for Order { mut command, runtime, answer } in queue {
        let _inside = runtime.enter();
        // Where nobody waits for the child any more, it is dropped, and that kills it.
        let _ = answer.send(command.spawn());
    }
}

/// Starts a process that dies with this one, however this one dies.
pub(super) async fn spawn(mut command: Command) -> io::Result<Child> {
    die_with_parent(&mut command);
    let (answer, child) = oneshot::channel();
    SPAWNER.send(Order { command, runtime: Handle::current(), answer }).map_err(io::Error::other)?;
    child.await.map_err(io::Error::other)?
}

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "only the child itself can ask for this, between fork and exec")]
fn die_with_parent(command: &mut Command) {
    use nix::{
        sys::{prctl::set_pdeathsig, signal::Signal},
        unistd::{Pid, getppid},
    };

    let parent = Pid::this();
    let ask = move || {
        set_pdeathsig(Signal::SIGKILL)?;
        // The parent may have died before the kernel knew that it matters.
        if getppid() == parent { Ok(()) } else { Err(io::ErrorKind::NotConnected.into()) }
    };
    // SAFETY: the closure makes two system calls and allocates nothing, which is all that a forked child of a process
    // with many threads may do.
    unsafe { command.pre_exec(ask) };
}

/// Elsewhere nothing like it exists: after a kill -9 of the parent, children have to be stopped by hand.
#[cfg(not(target_os = "linux"))]
fn die_with_parent(_: &mut Command) {}
