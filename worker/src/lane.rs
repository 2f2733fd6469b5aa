use std::{io, sync::Arc, thread};

use core_affinity::CoreId;
use rand::RngExt;
use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

use crate::{metronome::Metronome, provider::Providers};

/// No more lanes than this: every one of them is woken for every slot that it has a message for.
pub(crate) const MOST: usize = 4;

/// The ways out of this process. A message is made ready and leaves in one of them; all of them have messages ready, and
/// whichever is awake when a slot comes lets one leave. A processor that does something else, or that its host has taken
/// away, holds up only its own lane.
pub(crate) struct Lanes(Vec<Arc<Lane>>);

/// A thread of its own on a processor of its own, with connections and a metronome of its own: nothing between the moment
/// of a slot and the message's bytes waits for another processor.
pub(crate) struct Lane {
    pub(crate) number: usize,
    pub(crate) providers: Providers,
    pub(crate) metronome: Metronome,
    pub(crate) runtime: Handle,
    /// The thread ends when this is dropped.
    _open: oneshot::Sender<()>,
}

impl Lanes {
    /// Starts as many lanes as there are processors, within limits.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub(crate) fn start(providers: impl Fn() -> Providers) -> io::Result<Self> {
        let cores = core_affinity::get_core_ids().unwrap_or_default();
        let lanes = cores.len().clamp(1, MOST);
        // Several workers on one machine shall not all choose the same ones.
        let first: usize = rand::rng().random_range(0..cores.len().max(1));
        let core =
            |number: usize| cores.get((first + number * cores.len() / lanes) % cores.len().max(1)).copied();
        let start = |number| Lane::start(number, core(number), providers()).map(Arc::new);
        (0..lanes).map(start).collect::<io::Result<_>>().map(Self)
    }

    /// The lane of the message with that number; those that follow each other are in different ones.
    pub(crate) fn of(&self, number: usize) -> &Arc<Lane> {
        &self.0[number % self.0.len()]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Lane>> {
        self.0.iter()
    }
}

impl Lane {
    pub(crate) fn start(number: usize, core: Option<CoreId>, providers: Providers) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (open, closed) = oneshot::channel();
        let lane = Self {
            number,
            providers,
            metronome: Metronome::start(core)?,
            runtime: runtime.handle().clone(),
            _open: open,
        };
        thread::Builder::new().name(format!("lane-{number}")).spawn(move || {
            stay_on(core);
            // An error is the end that it waits for.
            let _ = runtime.block_on(closed);
        })?;
        Ok(lane)
    }
}

/// Keeps this thread on a processor; where the system does not have that, it goes without.
pub(crate) fn stay_on(core: Option<CoreId>) {
    if let Some(core) = core {
        core_affinity::set_for_current(core);
    }
}
