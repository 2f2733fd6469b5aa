use drumbeat_common::{Batch, CampaignId, Counts, State, recount};
use redis::AsyncCommands;

use crate::server::Server;

#[tokio::test]
async fn a_recount_is_what_the_progress_shows() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(250, 10_000.0).await;
    server.end(id, &batches[..1], |_| State::Sent).await;
    server.end(id, &batches[2..], |_| State::Failed).await;
    let recount = recount(&server.redis, id).await.unwrap().unwrap();
    assert!(recount.equal);
    assert_eq!(
        recount.ledger.counts,
        Counts { total: 250, pending: 100, sent: 100, failed: 50, ..Counts::default() }
    );
    let progress = server.progress(id).await;
    assert_eq!((progress.counts, progress.channels), (recount.counters.counts, recount.counters.channels));
    assert_eq!(recount.ledger.channels.sms.total, 84);
}

#[tokio::test]
async fn a_counter_that_is_wrong_is_found_out() {
    let server = Server::start().await;
    let (id, _) = server.load(90, 10.0).await;
    for (counter, delta) in [("@", -1_000), ("B", 1), ("R", 1)] {
        let key = format!("{{{id}}}:progress");
        let _: () = server.connection().hincr(&key, counter, delta).await.unwrap();
        let recount = recount(&server.redis, id).await.unwrap().unwrap();
        assert!(!recount.equal, "{counter}");
        let _: () = server.connection().hincr(&key, counter, -delta).await.unwrap();
    }
    assert!(recount(&server.redis, id).await.unwrap().unwrap().equal);
}

#[tokio::test]
async fn there_is_nothing_to_count_where_there_is_no_campaign() {
    let server = Server::start().await;
    assert_eq!(recount(&server.redis, CampaignId::generate()).await.unwrap(), None);
    let (id, _) = server.load(Batch::SIZE, 10.0).await;
    let _: () = server.connection().del(format!("{{{id}}}:ledger")).await.unwrap();
    assert!(!recount(&server.redis, id).await.unwrap().unwrap().equal);
}
