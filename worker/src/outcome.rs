/// What one attempt to send came to, and so what becomes of the recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The provider took it.
    Accepted {
        /// The provider's name for the message.
        message_id: String,
    },
    /// The recipient is at fault; nothing will change that.
    Rejected(Cause),
    /// The recipient's address must not be sent to.
    Suppressed,
    /// Its slot passed, or its claim, or nobody knows whether it may go; it did not leave.
    Missed,
    /// Too fast for the provider; surely not accepted.
    Throttled(Cause),
    /// Surely not accepted; a later try may work.
    Unavailable(Cause),
    /// No answer, or none that tells: it may have gone out.
    InDoubt(Cause),
    /// Nobody's message can go; surely not accepted.
    Fatal(Cause),
}

/// A provider's code and words, or Drumbeat's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Cause {
    pub(crate) fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }

    /// Nobody is left who could tell what became of a message.
    pub(crate) fn worker_lost() -> Self {
        Self::new(
            "WorkerLost",
            "the worker that was sending this died, or lost Redis, before the answer was in",
        )
    }
}
