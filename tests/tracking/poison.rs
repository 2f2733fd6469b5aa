//! What nobody can take is put aside by the queue, and holds nobody up.

use redis::AsyncCommands;

use crate::{
    courier::{bring, reports_of},
    scene::{Scene, until},
};

#[tokio::test]
async fn a_report_that_cannot_be_taken_ends_among_the_dead_letters() {
    let scene = Scene::open(1).await;
    let (broken, sound) = (scene.house.send(3, 100.0).await, scene.house.send(3, 100.0).await);
    scene.house.completed(broken).await;
    scene.house.completed(sound).await;
    let redis = redis::Client::open(scene.house.stack.redis_url()).unwrap();
    let mut redis = redis.get_multiplexed_async_connection().await.unwrap();
    let ledger = format!("{{{broken}}}:ledger");
    let () = redis.del(&ledger).await.unwrap();
    let () = redis.lpush(&ledger, "no ledger").await.unwrap();

    let account = scene.stand_in.account();
    let messages = scene.house.messages().await;
    let poison = messages.iter().find(|message| message.campaign_id == broken).unwrap();
    let poison = reports_of(account, poison).pop().unwrap();
    bring(&scene.stand_in, &[poison]).await;
    let others = messages.iter().filter(|message| message.campaign_id == sound);
    bring(&scene.stand_in, &others.flat_map(|message| reports_of(account, message)).collect::<Vec<_>>())
        .await;
    scene.house.until(sound, |progress| progress.counts.delivered + progress.counts.undelivered == 3).await;
    let dead_letters = &scene.stand_in.dead_letters_url;
    until("the queue puts it aside", async || scene.stand_in.waiting(dead_letters).await == 1).await;
    scene.house.stack.stop().await;
}
