use std::sync::LazyLock;

use redis::Script;

macro_rules! scripts {
    ($($name:ident = [$($file:literal),+];)+) => {$(
        pub(crate) static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new(concat!($(include_str!(concat!("scripts/", $file)), "\n"),+)));
    )+};
}

// Keys, arguments and answers are stated on top of each file; `ledger.lua`, `pace.lua`, `beat.lua`, `bucket.lua`,
// `guard.lua`, `stretch.lua` and `jobs.lua` are what they share.
scripts! {
    ACCOUNT_QUOTA = ["ledger.lua", "beat.lua", "account_quota.lua"];
    CLAIM = ["ledger.lua", "pace.lua", "beat.lua", "bucket.lua", "claim.lua"];
    CLEAN = ["ledger.lua", "stretch.lua", "jobs.lua", "clean.lua"];
    COUNT_RECEIPTS = ["count_receipts.lua"];
    GIVE_WAY = ["ledger.lua", "stretch.lua", "jobs.lua", "give_way.lua"];
    OVERDUE = ["ledger.lua", "overdue.lua"];
    OUTBOX_DROP = ["outbox_drop.lua"];
    OUTBOX_FORGET = ["outbox_forget.lua"];
    OUTBOX_IDLE = ["outbox_idle.lua"];
    OUTBOX_KEEP = ["outbox_keep.lua"];
    OUTBOX_NOTE = ["outbox_note.lua"];
    OUTBOX_TAKE = ["outbox_take.lua"];
    PARK = ["ledger.lua", "stretch.lua", "park.lua"];
    PEOPLE = ["ledger.lua", "stretch.lua", "people.lua"];
    PROGRESS = ["ledger.lua", "pace.lua", "progress.lua"];
    PUSH = ["jobs.lua", "push.lua"];
    RECEIVE = ["ledger.lua", "stretch.lua", "jobs.lua", "receive.lua"];
    RELEASE = ["release.lua"];
    REQUEUE = ["ledger.lua", "stretch.lua", "jobs.lua", "requeue.lua"];
    SET_TPS = ["ledger.lua", "set_tps.lua"];
    SKIP = ["ledger.lua", "skip.lua"];
    SETTLE = ["ledger.lua", "pace.lua", "guard.lua", "settle.lua"];
    SUPPRESS = ["suppress.lua"];
    SUPPRESSED = ["suppressed.lua"];
    SUPPRESSIONS = ["suppressions.lua"];
    TRANSITION = ["ledger.lua", "transition.lua"];
    WAKE = ["ledger.lua", "stretch.lua", "jobs.lua", "wake.lua"];
    UNSUPPRESS = ["unsuppress.lua"];
}
