use drumbeat_common::{
    CampaignId, Channel, Filter, People, Person, RecipientIndex, State, Whom, catalog, discard, people, queue,
};
use redis::AsyncCommands;

use crate::server::Server;

fn of_state(state: State) -> Filter {
    Filter { state: Some(state), ..Filter::default() }
}

fn customer(id: &str) -> Whom {
    Whom::customer(id.to_owned())
}

async fn all(server: &Server, id: CampaignId, filter: &Filter, limit: usize) -> Vec<Person> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = people(&server.redis, id, filter, after, limit).await.unwrap();
        assert!(page.people.len() <= limit);
        all.extend(page.people);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

async fn indexes(server: &Server, id: CampaignId, filter: &Filter, limit: usize) -> Vec<u32> {
    all(server, id, filter, limit).await.iter().map(|person| person.index.get()).collect()
}

/// What the ledger would be after reports came: nobody settles anybody like this.
async fn put(server: &Server, id: CampaignId, index: u32, byte: &str) {
    let _: usize =
        server.connection().setrange(format!("{{{id}}}:ledger"), index as isize, byte).await.unwrap();
}

#[tokio::test]
async fn everybody_is_on_one_page_whatever_its_size() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(250, 10_000.0).await;
    let to = [State::Sent, State::Failed, State::InDoubt, State::Skipped];
    server.end(id, &batches, |index| to[index as usize % 4]).await;
    for limit in [1, 7, 100, 249, 250, 251, 1_000] {
        let all = all(&server, id, &Filter::default(), limit).await;
        assert_eq!(all.len(), 250);
        for (person, index) in all.iter().zip(0..) {
            assert_eq!(person.index, RecipientIndex::new(index));
            assert_eq!(person.customer_id, Some(format!("CUST-{index}")));
            assert_eq!(person.standing.state, to[index as usize % 4]);
            assert_eq!(person.standing.channel, Channel::ALL[index as usize % 3]);
            assert_eq!(person.failure.is_some(), (1..3).contains(&(index % 4)));
        }
    }
}

#[tokio::test]
async fn a_filter_shows_those_of_its_state_and_channel_alone() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(12, 10_000.0).await;
    server.end(id, &batches, |_| State::Sent).await;
    // An email delivered, one read.
    put(&server, id, 5, "g").await;
    put(&server, id, 8, "i").await;
    let email = Filter { channel: Some(Channel::Email), ..Filter::default() };
    assert_eq!(indexes(&server, id, &email, 2).await, [2, 5, 8, 11]);
    assert_eq!(indexes(&server, id, &of_state(State::Delivered), 2).await, [5]);
    assert_eq!(indexes(&server, id, &of_state(State::Read), 2).await, [8]);
    let sent = Filter { state: Some(State::Sent), ..email };
    assert_eq!(indexes(&server, id, &sent, 2).await, [2, 11]);
    assert!(indexes(&server, id, &of_state(State::Failed), 2).await.is_empty());
}

#[tokio::test]
async fn two_who_stand_far_apart_are_found_across_the_stretches() {
    let server = Server::start().await;
    let (id, _) = server.load(1, 10.0).await;
    let mut bytes = vec![b'B'; 350_000];
    let places = [3, 99_999, 100_000, 349_999];
    for place in places {
        bytes[place] = b'H';
    }
    let _: () = server.connection().set(format!("{{{id}}}:ledger"), bytes).await.unwrap();
    for limit in [1, 3, 4, 10] {
        let found = indexes(&server, id, &of_state(State::Undelivered), limit).await;
        assert_eq!(found, [3, 99_999, 100_000, 349_999]);
    }
    // Of those whom nobody kept the ids of, there are none.
    let page = people(&server.redis, id, &of_state(State::Undelivered), None, 1).await.unwrap();
    assert_eq!((page.people[0].customer_id.as_deref(), page.next), (None, Some(RecipientIndex::new(3))));
}

#[tokio::test]
async fn behind_the_last_there_is_nobody() {
    let server = Server::start().await;
    let (id, _) = server.campaign(3, 10.0).await;
    for after in [2, 3, u32::MAX] {
        for whom in [None, Some(customer("CUST-2"))] {
            let filter = Filter { whom, ..Filter::default() };
            let page =
                people(&server.redis, id, &filter, Some(RecipientIndex::new(after)), 10).await.unwrap();
            assert_eq!(page, People { people: Vec::new(), next: None });
        }
    }
}

#[tokio::test]
async fn a_customer_is_found_wherever_in_the_list() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(450, 10_000.0).await;
    server.end(id, &batches[4..], |_| State::Failed).await;
    for (id_of, expected) in [("CUST-0", vec![0]), ("CUST-449", vec![449]), ("CUST-450", vec![])] {
        let filter = Filter { whom: Some(customer(id_of)), ..Filter::default() };
        assert_eq!(indexes(&server, id, &filter, 5).await, expected, "{id_of}");
    }
    let failed = Filter { whom: Some(customer("CUST-449")), ..of_state(State::Failed) };
    let found = all(&server, id, &failed, 5).await;
    assert_eq!(found[0].failure.as_ref().unwrap().code, "ConflictException");
    let sent = Filter { state: Some(State::Sent), ..failed };
    assert!(all(&server, id, &sent, 5).await.is_empty());
}

#[tokio::test]
async fn a_person_is_found_by_the_address_as_long_as_somebody_near_may_have_to_be_sent_to() {
    let server = Server::start().await;
    let (id, _) = server.campaign(250, 10_000.0).await;
    // As it is when the first batch is forgotten.
    let _: () = server.connection().hdel(format!("{{{id}}}:data"), 0).await.unwrap();
    let at = |text| Whom::at_address(text).unwrap();
    let told = [3, 120].map(RecipientIndex::new).to_vec();
    for (whom, expected) in [
        (at("+14155550120"), vec![120]),
        (at("Success+149@simulator.amazonses.com"), vec![149]),
        (at("+14155550240"), vec![240]),
        (at("+14155550999"), vec![]),
        // Of the first batch nothing is left but what somebody else knows.
        (at("+14155550003"), vec![]),
        (at("+14155550120").or_at(told), vec![3, 120]),
        (Whom::either("+1 415 555 0120".to_owned()), vec![120]),
        (Whom::either("CUST-7".to_owned()), vec![7]),
    ] {
        let filter = Filter { whom: Some(whom), ..Filter::default() };
        for limit in [1, 5] {
            assert_eq!(indexes(&server, id, &filter, limit).await, expected, "{filter:?}");
        }
    }
}

#[tokio::test]
async fn a_customer_who_is_in_the_list_again_and_again_comes_page_by_page() {
    let server = Server::start().await;
    let (id, mut batches) = server.load(0, 10.0).await;
    batches.extend(crate::server::batches(id, 250));
    for batch in &mut batches {
        for recipient in batch.recipients.iter_mut().step_by(10) {
            recipient.customer_id = "CUST-x".to_owned();
        }
    }
    queue::push(&server.redis, id, &batches).await.unwrap();
    put(&server, id, 240, "B").await;
    let filter = Filter { whom: Some(customer("CUST-x")), ..Filter::default() };
    for limit in [1, 24, 25, 26] {
        assert_eq!(indexes(&server, id, &filter, limit).await, (0..250).step_by(10).collect::<Vec<u32>>());
        let sent = Filter { state: Some(State::Sent), ..filter.clone() };
        assert_eq!(indexes(&server, id, &sent, limit).await, [240]);
    }
}

#[tokio::test]
async fn who_was_sent_to_is_known_by_name_when_the_batch_is_forgotten() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(150, 10_000.0).await;
    server.end(id, &batches, |_| State::Sent).await;
    queue::clean(&server.redis, id).await.unwrap();
    assert!(queue::batch(&server.redis, id, 1).await.unwrap().is_none());
    let all = all(&server, id, &Filter::default(), 100).await;
    assert_eq!(all[149].customer_id.as_deref(), Some("CUST-149"));
}

#[tokio::test]
async fn a_campaign_that_is_discarded_leaves_nobodys_name() {
    let server = Server::start().await;
    let (id, _) = server.load(150, 10.0).await;
    let key = format!("{{{id}}}:customers");
    assert_eq!(server.connection().hlen::<_, u32>(&key).await.unwrap(), 2);
    assert!(discard(&server.redis, id).await.unwrap());
    assert!(!server.connection().exists::<_, bool>(&key).await.unwrap());
    assert!(catalog::get(&server.redis, id).await.unwrap().is_none());
}
