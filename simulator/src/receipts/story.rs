//! What happens to a message after it was accepted.

use std::{sync::Arc, time::Duration};

use drumbeat_common::Channel;
use rand::{Rng, RngExt, seq::IndexedRandom};

use super::{
    email::{Bounce, EmailEvent},
    event::{Event, Happening},
    post::Letter,
    settings::ReceiptSettings,
    sms::SmsEvent,
    whatsapp::WhatsAppStatus,
};
use crate::{clock::Moment, message_log::Message, uuid::Uuid};

/// An event may be told that often.
const MOST_COPIES: usize = 3;
/// Where SES's mailboxes are that always do the same ("Using the Amazon SES mailbox simulator", its developer guide).
const MAILBOX_SIMULATOR: &str = "simulator.amazonses.com";

/// Makes up what happens to a message, and when it is told.
pub(crate) fn tell(
    settings: &ReceiptSettings,
    message: Message,
    now: Moment,
    random: &mut impl Rng,
) -> Vec<Letter> {
    let happenings = match message.service {
        Channel::Sms => sms(settings, random),
        Channel::Email => email(settings, &message.to, random),
        Channel::Whatsapp => whatsapp(settings, random),
    };
    let queue: Arc<str> = settings.queue.as_str().into();
    let message = Arc::new(message);
    let mut at = now;
    let mut letters = Vec::new();
    for happening in happenings {
        at = at + settings.delay.draw(random);
        let event = Event {
            id: Uuid::random(),
            message: Arc::clone(&message),
            happening,
            at,
            queue: Arc::clone(&queue),
        };
        post(settings, Arc::new(event), &mut letters, random);
    }
    letters
}

fn post(settings: &ReceiptSettings, event: Arc<Event>, letters: &mut Vec<Letter>, random: &mut impl Rng) {
    let copies = if settings.duplicates.takes(random) { random.random_range(2..=MOST_COPIES) } else { 1 };
    for copy in 0..copies {
        let late: Duration = settings.disorder.draw(random);
        letters.push(Letter::new(event.at + late, Arc::clone(&event), copy > 0));
    }
}

fn sms(settings: &ReceiptSettings, random: &mut impl Rng) -> Vec<Happening> {
    let rest: &[_] = match (settings.failures.takes(random), random.random()) {
        (true, _) => &[*pick(&SmsEvent::FAILURES, random)],
        (false, true) => &[SmsEvent::Successful],
        (false, false) => &[SmsEvent::Pending, SmsEvent::Delivered],
    };
    let events = [SmsEvent::Queued].iter().chain(rest);
    events
        .map(|event| Happening::Sms { event: *event, with_context: !settings.without_context.takes(random) })
        .collect()
}

fn email(settings: &ReceiptSettings, to: &str, random: &mut impl Rng) -> Vec<Happening> {
    let events = match mailbox_simulator(to) {
        Some(events) => events,
        None if settings.failures.takes(random) => vec![*pick(&EmailEvent::FAILURES, random)],
        None if settings.read.takes(random) => vec![EmailEvent::Delivered, EmailEvent::Opened],
        None => vec![EmailEvent::Delivered],
    };
    events.into_iter().map(Happening::Email).collect()
}

fn mailbox_simulator(to: &str) -> Option<Vec<EmailEvent>> {
    let (local, domain) = to.rsplit_once('@')?;
    if !domain.eq_ignore_ascii_case(MAILBOX_SIMULATOR) {
        return None;
    }
    let name = local.split_once('+').map_or(local, |(name, _label)| name);
    match name.to_ascii_lowercase().as_str() {
        "success" | "ooto" => Some(vec![EmailEvent::Delivered]),
        "bounce" => Some(vec![EmailEvent::Bounced(Bounce::Permanent)]),
        "complaint" => Some(vec![EmailEvent::Delivered, EmailEvent::Complained]),
        "suppressionlist" => Some(vec![EmailEvent::Bounced(Bounce::Suppressed)]),
        _ => None,
    }
}

fn whatsapp(settings: &ReceiptSettings, random: &mut impl Rng) -> Vec<Happening> {
    let rest: &[_] = if settings.failures.takes(random) {
        &[*pick(&WhatsAppStatus::FAILURES, random)]
    } else if settings.read.takes(random) {
        &[WhatsAppStatus::Sent, WhatsAppStatus::Delivered, WhatsAppStatus::Read]
    } else {
        &[WhatsAppStatus::Sent, WhatsAppStatus::Delivered]
    };
    let statuses = [WhatsAppStatus::Accepted].iter().chain(rest);
    statuses.map(|status| Happening::WhatsApp(*status)).collect()
}

fn pick<'a, T>(choices: &'a [T], random: &mut impl Rng) -> &'a T {
    choices.choose(random).expect("there is something to choose from")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mailbox_simulator_does_what_it_does_at_ses() {
        use EmailEvent::{Bounced, Complained, Delivered};
        for (name, events) in [
            ("success", vec![Delivered]),
            ("ooto", vec![Delivered]),
            ("bounce", vec![Bounced(Bounce::Permanent)]),
            ("Bounce", vec![Bounced(Bounce::Permanent)]),
            ("complaint", vec![Delivered, Complained]),
            ("suppressionlist", vec![Bounced(Bounce::Suppressed)]),
        ] {
            for to in [format!("{name}@{MAILBOX_SIMULATOR}"), format!("{name}+label@{MAILBOX_SIMULATOR}")] {
                assert_eq!(mailbox_simulator(&to), Some(events.clone()), "{to}");
            }
        }
        assert_eq!(mailbox_simulator("bounce@example.com"), None);
    }
}
