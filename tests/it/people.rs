//! Campaigns as the api writes them, of people with clocks of their own.

use drumbeat_common::{
    Address, Batch, CampaignId, CampaignOptions, Content, LocalClock, Recipient, Redis, catalog, queue,
};

use crate::house::{House, phone};

/// A text for somebody; no two of them have one number.
pub(crate) fn person(index: u32, clock: Option<LocalClock>) -> Recipient {
    Recipient {
        customer_id: format!("CUST-{index:06}"),
        address: Address::Sms(phone(index).try_into().unwrap()),
        content: Content::Message { subject: None, body: "Hello".to_owned() },
        clock,
    }
}

impl House {
    /// Writes a campaign, and starts or schedules it.
    pub(crate) async fn write(&self, options: &CampaignOptions, people: &[Recipient]) -> CampaignId {
        let redis = self.redis().await;
        let campaign = CampaignId::generate();
        catalog::create(&redis, campaign, options, &[]).await.unwrap();
        let batches: Vec<_> = (0..)
            .zip(people.chunks(Batch::SIZE as usize))
            .map(|(number, people)| Batch { campaign, number, recipients: people.to_vec() })
            .collect();
        for group in batches.chunks(queue::MAX_PUSH) {
            queue::push(&redis, campaign, group).await.unwrap();
        }
        catalog::start(&redis, campaign).await.unwrap();
        campaign
    }

    pub(crate) async fn redis(&self) -> Redis {
        Redis::connect(self.stack.redis_url()).await.unwrap()
    }
}
