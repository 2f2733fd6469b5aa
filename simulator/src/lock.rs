use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks. What the locks here guard is whole at every step, so a panic under one is no reason to stop.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
