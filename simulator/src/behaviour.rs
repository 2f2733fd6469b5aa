use std::{sync::Mutex, time::Duration};

use drumbeat_common::Channel;
use rand::{SeedableRng, rngs::StdRng};

use crate::{
    Fault, PerService, Refusal, RefusedWith, Settings, Share,
    bucket::Bucket,
    clock::Arrival,
    clock::Moment,
    dynamodb::HeldBack,
    lock::lock,
    message_log::Message,
    receipts::{self, Letter},
};

/// Settings in force: their buckets and their dice. New settings make a new one, so a call meets one set of rules from
/// its beginning to its end.
#[derive(Debug)]
pub(crate) struct Behaviour {
    settings: Settings,
    buckets: Mutex<Buckets>,
    /// Dice of their own, so that the number of faults drawn changes neither the latencies nor the receipts.
    fault_dice: Mutex<StdRng>,
    latency_dice: Mutex<StdRng>,
    receipt_dice: Mutex<StdRng>,
}

#[derive(Debug)]
struct Buckets {
    services: PerService<Option<Bucket>>,
    all: Option<Bucket>,
}

/// A quota had no token left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Throttled;

impl Behaviour {
    pub(crate) fn new(settings: Settings) -> Self {
        let quotas = settings.quotas;
        let seed = settings.seed.unwrap_or_else(rand::random);
        Self {
            buckets: Mutex::new(Buckets {
                services: PerService {
                    sms: quotas.sms.map(Bucket::new),
                    whatsapp: quotas.whatsapp.map(Bucket::new),
                    email: quotas.email.map(Bucket::new),
                },
                all: quotas.all.map(Bucket::new),
            }),
            fault_dice: Mutex::new(StdRng::seed_from_u64(seed)),
            latency_dice: Mutex::new(StdRng::seed_from_u64(seed.wrapping_add(1))),
            receipt_dice: Mutex::new(StdRng::seed_from_u64(seed.wrapping_add(2))),
            settings,
        }
    }

    pub(crate) const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Charges the service's quota and the common one: both, or neither.
    pub(crate) fn admit(&self, service: Channel, arrival: Arrival) -> Result<(), Throttled> {
        let mut buckets = lock(&self.buckets);
        if !buckets.of(service).all(|bucket| bucket.has_token(arrival)) {
            return Err(Throttled);
        }
        buckets.of(service).for_each(|bucket| bucket.take(arrival));
        Ok(())
    }

    /// Takes back what [`Self::admit`] charged.
    pub(crate) fn give_back(&self, service: Channel, arrival: Arrival) {
        lock(&self.buckets).of(service).for_each(|bucket| bucket.give_back(arrival));
    }

    /// The fault that befalls a call, if any.
    pub(crate) fn fault(&self, service: Channel, address: &str) -> Option<&Fault> {
        if self.settings.faults.is_empty() {
            return None;
        }
        let mut dice = lock(&self.fault_dice);
        let rule = self.settings.faults.iter().find(|rule| rule.befalls(service, address, &mut *dice))?;
        Some(&rule.fault)
    }

    /// Whether a call of DynamoDB is refused, and how.
    pub(crate) fn refuses_dynamodb(&self) -> Option<RefusedWith> {
        self.refuses(self.settings.dynamodb.refuse)
    }

    /// Whether a call of SQS is refused, and how.
    pub(crate) fn refuses_sqs(&self) -> Option<RefusedWith> {
        self.refuses(self.settings.sqs.refuse)
    }

    fn refuses(&self, refusal: Option<Refusal>) -> Option<RefusedWith> {
        let Refusal { share, with } = refusal?;
        share.takes(&mut *lock(&self.fault_dice)).then_some(with)
    }

    /// The part of a `BatchWriteItem` that is not done, if any.
    pub(crate) fn hold_back(&self, batch: &[u8]) -> Option<HeldBack> {
        let share = self.settings.dynamodb.unprocessed;
        if share == Share::default() {
            return None;
        }
        HeldBack::of(batch, share, &mut *lock(&self.fault_dice))
    }

    /// What will be told of a message that is accepted now.
    pub(crate) fn receipts(&self, message: &Message, now: Moment) -> Vec<Letter> {
        let Some(settings) = &self.settings.receipts else { return Vec::new() };
        receipts::tell(settings, message.clone(), now, &mut *lock(&self.receipt_dice))
    }

    /// How long the answer to a call takes.
    pub(crate) fn latency(&self, service: Channel) -> Duration {
        self.settings.latency.get(service).draw(&mut *lock(&self.latency_dice))
    }
}

impl Buckets {
    fn of(&mut self, service: Channel) -> impl Iterator<Item = &mut Bucket> {
        self.services.get_mut(service).iter_mut().chain(&mut self.all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behaviour(json: &str) -> Behaviour {
        Behaviour::new(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn the_common_quota_counts_every_service() {
        let behaviour = behaviour(r#"{"quotas":{"all":"10/2"}}"#);
        let arrival = Arrival::at_nanos(0);
        assert_eq!(behaviour.admit(Channel::Sms, arrival), Ok(()));
        assert_eq!(behaviour.admit(Channel::Email, arrival), Ok(()));
        assert_eq!(behaviour.admit(Channel::Whatsapp, arrival), Err(Throttled));
    }

    #[test]
    fn a_call_that_one_quota_refuses_costs_the_other_nothing() {
        let behaviour = behaviour(r#"{"quotas":{"sms":"10/1","all":"10/2"}}"#);
        let arrival = Arrival::at_nanos(0);
        assert_eq!(behaviour.admit(Channel::Sms, arrival), Ok(()));
        assert_eq!(behaviour.admit(Channel::Sms, arrival), Err(Throttled));
        assert_eq!(behaviour.admit(Channel::Email, arrival), Ok(()));
        assert_eq!(behaviour.admit(Channel::Email, arrival), Err(Throttled));
    }

    #[test]
    fn the_first_rule_that_fits_counts() {
        let behaviour = behaviour(
            r#"{"faults":[{"service":"sms","address":"+14155550100","kind":"throttle"},{"service":"sms","kind":"cut_after"}]}"#,
        );
        assert_eq!(behaviour.fault(Channel::Sms, "+14155550100"), Some(&Fault::Throttle));
        assert_eq!(behaviour.fault(Channel::Sms, "+14155550101"), Some(&Fault::CutAfter));
        assert_eq!(behaviour.fault(Channel::Email, "+14155550100"), None);
    }
}
