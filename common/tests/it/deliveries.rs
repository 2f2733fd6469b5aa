use drumbeat_common::{
    Batch, UnpackError, delivery,
    ledger::{self, Claim, Hold, Settled, Settlement, Verdict},
};

use crate::server::{Server, batches, new_claimer};

#[tokio::test]
async fn deliveries_count_until_the_batch_gets_on_or_is_survived() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(200, 10_000.0).await;
    let delivered = async |batch| delivery::begin(&server.redis, id, batch).await.unwrap();
    assert_eq!((delivered(0).await, delivered(0).await, delivered(1).await), (1, 2, 1));

    let claimer = new_claimer();
    let claim = ledger::claim(&server.redis, &batches[0], claimer, 2, []).await.unwrap().0;
    let Claim::Claimed { id: claimed, recipients, .. } = claim else { panic!("{claim:?}") };
    for (index, to, count) in [(recipients[0], Settled::Pending, 3), (recipients[1], Settled::Sent(None), 1)]
    {
        let settlement = Settlement { index, hold: Hold::By(claimed), to, verdict: Verdict::None };
        ledger::settle(&server.redis, id, &[settlement]).await.unwrap();
        assert_eq!(delivered(0).await, count);
    }
    delivery::end(&server.redis, id, 0).await.unwrap();
    assert_eq!((delivered(0).await, delivered(1).await), (1, 2));
}

#[test]
fn a_batch_of_which_any_byte_was_changed_is_no_batch() {
    let batch = batches("01KAPZ3V9C6J2M5Q8R1T4W7Y0B".parse().unwrap(), 3).remove(0);
    let packed = batch.pack();
    assert!(Batch::unpack(&packed).unwrap() == batch);
    for changed in 0..packed.len() {
        let mut packed = packed.clone();
        packed[changed] ^= 0x20;
        assert!(matches!(Batch::unpack(&packed), Err(UnpackError::Checksum)), "byte {changed}");
    }
    for length in 0..packed.len() {
        assert!(matches!(Batch::unpack(&packed[..length]), Err(UnpackError::Checksum)), "{length} bytes");
    }
}
