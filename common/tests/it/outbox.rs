use drumbeat_common::{
    Arrival, CampaignId, Channel, RecipientIndex, State,
    ledger::{self, Settled},
    outbox::{self, CHUNK, Chunk, Entry, EntryId, TAKE_OVER, Tracked, Writer},
};
use jiff::Timestamp;
use redis::AsyncCommands;

use crate::server::{Server, claim_all, new_claimer, settlements};

fn tracked(index: RecipientIndex) -> Tracked {
    Tracked {
        message_id: format!("message-{index}"),
        index,
        channel: Channel::ALL[index.get() as usize % 3],
        customer_id: format!("CUST-{index}"),
        address: "+14*******00".to_owned(),
        address_print: None,
        claimed_at: Some(Timestamp::UNIX_EPOCH),
    }
}

/// A campaign whose messages all went out, twice settled, as one does who heard no answer.
async fn sent(server: &Server, total: u32) -> CampaignId {
    let (id, batches) = server.campaign(total, 10_000.0).await;
    outbox::note(&server.redis, id).await.unwrap();
    for batch in &batches {
        let held = claim_all(&server.redis, batch, new_claimer()).await;
        let settlements = settlements(&held, |index| Settled::Sent(Some(tracked(index))));
        ledger::settle(&server.redis, id, &settlements).await.unwrap();
        ledger::settle(&server.redis, id, &settlements).await.unwrap();
    }
    id
}

fn ids(chunk: &Chunk) -> Vec<EntryId> {
    chunk.entries.iter().map(|(id, _)| id.clone()).collect()
}

/// As if the writer had not kept what it holds for that long.
async fn age(server: &Server, id: CampaignId, writer: &Writer) {
    let outbox = format!("{{{id}}}:outbox");
    let mut connection = server.connection();
    let held: Vec<(String, String, u64, u64)> = redis::cmd("XPENDING")
        .arg(&outbox)
        .arg("table")
        .arg(&["-", "+", "1000"])
        .arg(writer.to_string())
        .query_async(&mut connection)
        .await
        .unwrap();
    let mut claim = redis::cmd("XCLAIM");
    claim.arg(&outbox).arg("table").arg(writer.to_string()).arg(0);
    for (entry, ..) in held {
        claim.arg(entry);
    }
    let idle = u64::try_from(TAKE_OVER.as_millis()).unwrap();
    claim.arg("IDLE").arg(idle).arg("JUSTID").exec_async(&mut connection).await.unwrap();
}

#[tokio::test]
async fn every_message_stands_in_the_outbox_once_until_it_is_written() {
    let server = Server::start().await;
    let id = sent(&server, 7).await;
    assert_eq!(server.progress(id).await.untracked, 7);
    assert_eq!(outbox::waiting(&server.redis).await.unwrap(), [(id, 7)]);
    let writer = Writer::generate();
    let chunk = outbox::take(&server.redis, id, &writer).await.unwrap().unwrap();
    assert!(!chunk.again && chunk.unreadable.is_empty());
    let messages: Vec<_> = chunk
        .entries
        .iter()
        .map(|(_, entry)| match entry {
            Entry::Sent(tracked, at) => (tracked.clone(), at.as_second() > 1_700_000_000),
            Entry::Arrived(arrived) => panic!("{arrived:?}"),
        })
        .collect();
    let expected: Vec<_> = (0..7).map(|index| (tracked(RecipientIndex::new(index)), true)).collect();
    assert_eq!(messages, expected);

    outbox::written(&server.redis, id, &ids(&chunk)[..5]).await.unwrap();
    assert_eq!(server.progress(id).await.untracked, 2);
    outbox::written(&server.redis, id, &ids(&chunk)).await.unwrap();
    assert_eq!(outbox::waiting(&server.redis).await.unwrap(), []);
    assert_eq!(outbox::take(&server.redis, id, &writer).await.unwrap(), None);
}

#[tokio::test]
async fn nobody_writes_what_comes_behind_what_another_holds() {
    let server = Server::start().await;
    let id = sent(&server, u32::try_from(CHUNK).unwrap() + 10).await;
    let (one, other) = (Writer::generate(), Writer::generate());
    let first = outbox::take(&server.redis, id, &one).await.unwrap().unwrap();
    assert_eq!(first.entries.len(), CHUNK);
    assert_eq!(outbox::take(&server.redis, id, &other).await.unwrap(), None);
    outbox::written(&server.redis, id, &ids(&first)[..CHUNK - 1]).await.unwrap();
    assert_eq!(outbox::take(&server.redis, id, &other).await.unwrap(), None);
    outbox::written(&server.redis, id, &ids(&first)).await.unwrap();
    let second = outbox::take(&server.redis, id, &other).await.unwrap().unwrap();
    assert_eq!((second.entries.len(), second.again), (10, false));
}

#[tokio::test]
async fn what_a_dead_writer_held_is_anothers() {
    let server = Server::start().await;
    let id = sent(&server, 3).await;
    let (dead, heir) = (Writer::generate(), Writer::generate());
    let held = outbox::take(&server.redis, id, &dead).await.unwrap().unwrap();
    outbox::written(&server.redis, id, &ids(&held)[..1]).await.unwrap();
    age(&server, id, &dead).await;
    // One who keeps it in time keeps it.
    assert!(outbox::keep(&server.redis, id, &dead).await.unwrap());
    assert_eq!(outbox::take(&server.redis, id, &heir).await.unwrap(), None);
    age(&server, id, &dead).await;
    let chunk = outbox::take(&server.redis, id, &heir).await.unwrap().unwrap();
    assert_eq!((ids(&chunk), chunk.again), (ids(&held)[1..].to_vec(), true));
    assert!(!outbox::keep(&server.redis, id, &dead).await.unwrap());
    assert!(outbox::keep(&server.redis, id, &heir).await.unwrap());
}

#[tokio::test]
async fn what_is_given_back_is_anothers_at_once() {
    let server = Server::start().await;
    let id = sent(&server, 3).await;
    let (one, other) = (Writer::generate(), Writer::generate());
    outbox::take(&server.redis, id, &one).await.unwrap().unwrap();
    outbox::give_back(&server.redis, id, &one).await.unwrap();
    let chunk = outbox::take(&server.redis, id, &other).await.unwrap().unwrap();
    assert_eq!((chunk.entries.len(), chunk.again), (3, true));
}

#[tokio::test]
async fn an_answer_that_was_lost_is_given_again() {
    let server = Server::start().await;
    let id = sent(&server, 3).await;
    let writer = Writer::generate();
    let first = outbox::take(&server.redis, id, &writer).await.unwrap().unwrap();
    let again = outbox::take(&server.redis, id, &writer).await.unwrap().unwrap();
    assert_eq!((ids(&first), again.again), (ids(&again), true));
}

#[tokio::test]
async fn what_nobody_can_read_holds_nobody_up() {
    let server = Server::start().await;
    let id = sent(&server, 1).await;
    let rubbish: String = server
        .connection()
        .xadd(format!("{{{id}}}:outbox"), "*", &[("sent", "rubbish"), ("other", "")])
        .await
        .unwrap();
    assert!(rubbish.contains('-'));
    let chunk = outbox::take(&server.redis, id, &Writer::generate()).await.unwrap().unwrap();
    assert_eq!((chunk.entries.len(), chunk.unreadable.len()), (1, 1));
    outbox::written(&server.redis, id, &chunk.unreadable).await.unwrap();
    assert_eq!(server.progress(id).await.untracked, 1);
}

#[tokio::test]
async fn an_outbox_that_is_done_with_is_forgotten_and_comes_back() {
    let server = Server::start().await;
    let id = sent(&server, 1).await;
    let (outbox, outboxes) = (format!("{{{id}}}:outbox"), "drumbeat:outboxes");
    let mut connection = server.connection();
    let chunk = outbox::take(&server.redis, id, &Writer::generate()).await.unwrap().unwrap();
    let is_noted = async || {
        let score: Option<f64> = server.connection().zscore(outboxes, id.to_string()).await.unwrap();
        score.is_some()
    };
    let long_ago: Vec<(f64, String)> = vec![(1.0, id.to_string())];
    let _: u64 = connection.zadd_multiple(outboxes, &long_ago).await.unwrap();
    outbox::forget_idle(&server.redis).await.unwrap();
    assert!(is_noted().await, "it is not empty");

    outbox::written(&server.redis, id, &ids(&chunk)).await.unwrap();
    outbox::note(&server.redis, id).await.unwrap();
    outbox::forget_idle(&server.redis).await.unwrap();
    assert!(is_noted().await, "something may be added");

    let _: u64 = connection.zadd_multiple(outboxes, &long_ago).await.unwrap();
    outbox::forget_idle(&server.redis).await.unwrap();
    let exists: bool = connection.exists(&outbox).await.unwrap();
    assert!(!is_noted().await && !exists);

    assert_eq!(server.receive(id, &[0], Arrival::Delivered).await.received.len(), 1);
    assert_eq!(outbox::waiting(&server.redis).await.unwrap(), [(id, 1)]);
    assert_eq!(server.get(id).await.total, 1);
    let state = ledger::read(&server.redis, id).await.unwrap()[0].state;
    assert_eq!(state, State::Delivered);
}
