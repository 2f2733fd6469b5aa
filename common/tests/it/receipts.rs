use drumbeat_common::{
    AddressPrint, Arrival, CampaignId, Channel, Counts, FailureState, Filter, Harm, Receipt, Received,
    RecipientIndex, ReputationLimits, State, Status, catalog, failures,
    ledger::{self, Hold, Settled, Settlement, Verdict},
    outbox::{self, Entry, Tracked, Writer},
    people, queue,
    receipt::{Reception, receive},
};

use crate::server::{Server, claim_all, failure, new_claimer, receipt_of, settlements};

fn news(received: &[Received]) -> Reception {
    Reception { received: received.to_vec(), status: None }
}

#[tokio::test]
async fn reports_move_forward_only_in_whatever_order_they_come() {
    let server = Server::start().await;
    // Two of each channel.
    let (id, batches) = server.campaign(6, 10_000.0).await;
    server.end(id, &batches, |_| State::Sent).await;
    let everybody = [0, 1, 2, 3, 4, 5];
    let (first, second) = everybody.split_at(3);
    server.receive(id, first, Arrival::Undelivered).await;
    server.receive(id, first, Arrival::Delivered).await;
    server.receive(id, second, Arrival::Delivered).await;
    server.receive(id, second, Arrival::Undelivered).await;
    // A phone that got it got it; an email that came back came back.
    let counts = server.progress(id).await.counts;
    assert_eq!(counts, Counts { total: 6, sent: 6, delivered: 4, undelivered: 2, ..Counts::default() });

    assert_eq!(server.receive(id, &[0, 2], Arrival::Read).await, news(&[Received::News; 2]));
    for arrival in [Arrival::Sent, Arrival::Undelivered, Arrival::Delivered, Arrival::Read] {
        assert_eq!(server.receive(id, &[0, 2], arrival).await, news(&[Received::Known; 2]));
    }
    let progress = server.progress(id).await;
    let expected = Counts { total: 6, sent: 6, delivered: 5, undelivered: 1, read: 2, ..Counts::default() };
    assert_eq!((progress.status, progress.counts), (Status::Completed, expected));
}

#[tokio::test]
async fn a_report_about_somebody_in_doubt_proves_that_the_message_went_out() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(3, 10_000.0).await;
    server.end(id, &batches, |index| if index == 0 { State::InDoubt } else { State::Failed }).await;
    let everybody = people(&server.redis, id, &Filter::default(), None, 3).await.unwrap().people;
    let claimed_at: Vec<_> = everybody.iter().map(|person| person.claimed_at).collect();
    assert!(matches!(claimed_at[..], [Some(_), None, None]), "{claimed_at:?}");
    assert_eq!(server.receive(id, &[0], Arrival::Sent).await, news(&[Received::News]));
    assert_eq!(server.receive(id, &[0], Arrival::Delivered).await, news(&[Received::News]));
    let counts = server.progress(id).await.counts;
    assert_eq!(counts, Counts { total: 3, sent: 1, failed: 2, delivered: 1, ..Counts::default() });
    assert_eq!(failures(&server.redis, id, None, 10).await.unwrap().failures.len(), 2);

    // The table hears of the message first, whose answer never came, and then that it arrived.
    let chunk = outbox::take(&server.redis, id, &Writer::generate()).await.unwrap().unwrap();
    let [(_, Entry::Sent(tracked, _)), (_, Entry::Arrived(arrived))] = &chunk.entries[..] else {
        panic!("{chunk:?}")
    };
    let recipient = batches[0].recipient(RecipientIndex::new(0)).unwrap();
    let expected = Tracked {
        message_id: "message-0".to_owned(),
        index: RecipientIndex::new(0),
        channel: Channel::Sms,
        customer_id: recipient.customer_id.clone(),
        address: recipient.address.masked(),
        address_print: Some(AddressPrint::of(id, &recipient.address)),
        claimed_at: claimed_at[0],
    };
    let name = arrived.message_id.as_deref();
    assert_eq!((tracked, name, arrived.arrival), (&expected, Some("message-0"), Arrival::Delivered));

    // Nobody in the batch is needed any more once the others' messages are proven too.
    server.receive(id, &[1, 2], Arrival::Delivered).await;
    queue::clean(&server.redis, id).await.unwrap();
    assert!(queue::batch(&server.redis, id, 0).await.unwrap().is_none());
}

#[tokio::test]
async fn whoever_waits_to_be_sent_to_again_is_not_when_a_report_proves_the_first_message() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(2, 10_000.0).await;
    let who = claim_all(&server.redis, &batches[0], new_claimer()).await;
    let again = |index| Settled::Resend(failure(index, FailureState::InDoubt));
    ledger::settle(&server.redis, id, &settlements(&who, again)).await.unwrap();
    assert_eq!(server.progress(id).await.counts.pending, 2);
    let reception = server.receive(id, &[0, 1], Arrival::Delivered).await;
    assert_eq!(reception.status, Some(Status::Completed));
    assert_eq!(claim_all(&server.redis, &batches[0], new_claimer()).await.len(), 0);
}

#[tokio::test]
async fn whoever_is_being_sent_to_waits_for_the_answer() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(1, 10_000.0).await;
    let who = claim_all(&server.redis, &batches[0], new_claimer()).await;
    assert_eq!(server.receive(id, &[0], Arrival::Delivered).await, news(&[Received::Early]));
    assert_eq!(server.progress(id).await.counts.sending, 1);
    ledger::settle(&server.redis, id, &settlements(&who, |_| Settled::Sent(None))).await.unwrap();
    assert_eq!(server.receive(id, &[0], Arrival::Delivered).await, news(&[Received::News]));
}

#[tokio::test]
async fn a_report_about_nobody_here_changes_nothing() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(2, 10_000.0).await;
    server.end(id, &batches, |index| if index == 0 { State::Sent } else { State::Skipped }).await;
    let other_channel = Receipt { channel: Channel::Email, ..receipt_of(0, Arrival::Delivered) };
    let receipts = [receipt_of(7, Arrival::Delivered), other_channel, receipt_of(1, Arrival::Delivered)];
    let limits = ReputationLimits::default();
    let reception = receive(&server.redis, id, &receipts, limits, true).await.unwrap();
    assert_eq!(reception, news(&[Received::Unknown; 3]));
    let elsewhere = receive(&server.redis, CampaignId::generate(), &receipts, limits, true).await.unwrap();
    assert_eq!(elsewhere, news(&[Received::Unknown; 3]));
    assert_eq!(server.progress(id).await.untracked, 0);
}

/// A campaign of so many recipients, a third of them emails, of which all but the last are sent: it still runs.
async fn nearly_over(server: &Server, total: u32) -> CampaignId {
    let (id, batches) = server.campaign(total, 10_000.0).await;
    for batch in &batches {
        let held = claim_all(&server.redis, batch, new_claimer()).await;
        let sent = held.into_iter().filter(|(index, _)| index.get() < total - 1);
        let sent: Vec<_> = sent
            .map(|(index, claim)| Settlement {
                index,
                hold: Hold::By(claim),
                to: Settled::Sent(None),
                verdict: Verdict::None,
            })
            .collect();
        ledger::settle(&server.redis, id, &sent).await.unwrap();
    }
    id
}

/// The emails among the first recipients, as they did harm.
fn harm(emails: std::ops::Range<u32>, harm: Harm) -> Vec<Receipt> {
    let arrival = if harm == Harm::Bounce { Arrival::Undelivered } else { Arrival::Delivered };
    emails.map(|n| Receipt { harm: Some(harm), ..receipt_of(3 * n + 2, arrival) }).collect()
}

#[tokio::test]
async fn a_campaign_whose_emails_do_harm_pauses_and_says_so() {
    for (kind, harmless, too_many, words) in [
        (Harm::Bounce, 10, 1, "11 of 200 emails bounced for good: 5.50 %, above the limit of 5 %"),
        (Harm::Complaint, 0, 1, "1 of 200 emails were called spam: 0.50 %, above the limit of 0.1 %"),
    ] {
        let server = Server::start().await;
        let id = nearly_over(&server, 601).await;
        let limits = ReputationLimits::default();
        let told = async |receipts: Vec<Receipt>| {
            receive(&server.redis, id, &receipts, limits, false).await.unwrap().status
        };
        // Told twice, they count once.
        assert_eq!(told(harm(0..harmless, kind)).await, None);
        assert_eq!(told(harm(0..harmless, kind)).await, None);
        assert_eq!(told(harm(harmless..harmless + too_many, kind)).await, Some(Status::Paused));
        let progress = server.progress(id).await;
        assert_eq!((progress.status, progress.status_reason.as_deref()), (Status::Paused, Some(words)));

        // Whoever resumes it is not stopped for the same again.
        catalog::resume(&server.redis, id).await.unwrap();
        assert_eq!(told(harm(100..105, kind)).await, None);
    }
}

#[tokio::test]
async fn few_emails_tell_nothing() {
    let server = Server::start().await;
    let id = nearly_over(&server, 598).await;
    let receipts = harm(0..199, Harm::Bounce);
    let limits = ReputationLimits::default();
    assert_eq!(receive(&server.redis, id, &receipts, limits, false).await.unwrap().status, None);
    assert_eq!(server.progress(id).await.bounces, 199);
    let stricter = ReputationLimits { after: 100, ..limits };
    // Whatever is reported then: the emails are enough, and the harm was done before.
    let one_more = [receipt_of(0, Arrival::Delivered)];
    let reception = receive(&server.redis, id, &one_more, stricter, false).await.unwrap();
    assert_eq!(reception.status, Some(Status::Paused));
}
