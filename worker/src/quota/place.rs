use std::{collections::BTreeMap, vec};

use drumbeat_common::{
    Batch, Channel, Message, RecipientIndex, SmsParts, StoreError,
    account_quota::{Charge, Demand},
    slot::{Lease, SlotTime},
};

use tracing::trace;

use crate::{campaign_run::Batches, failure};

/// Somebody claimed, and when their message may leave.
pub(crate) struct Place {
    pub(crate) index: RecipientIndex,
    /// None where the channel's quota is used up for now.
    pub(crate) at: Option<SlotTime>,
    /// Where its cost had to be known.
    pub(crate) message: Option<Message>,
}

/// Gives everybody claimed a place: at their slot, or later where their channel has a quota of the account's.
pub(crate) async fn places(
    batches: &Batches,
    batch: &Batch,
    lease: &Lease,
    recipients: Vec<RecipientIndex>,
) -> Result<Vec<Place>, StoreError> {
    let slots = lease.iter().zip(recipients);
    let mut places: Vec<_> =
        slots.map(|(slot, index)| Place { index, at: Some(slot), message: None }).collect();
    let Some(quotas) = batches.quotas() else { return Ok(places) };
    let mut demands: BTreeMap<Channel, Demand> = BTreeMap::new();
    for (slot, place) in lease.iter().zip(&mut places) {
        let channel = failure::channel(batch, place.index);
        let Some(quota) = quotas.of(channel) else { continue };
        place.message = render_sms(batches, batch, place.index);
        let charge = Charge { units: units(place.message.as_ref()), earliest: slot };
        demands.entry(channel).or_insert_with(|| Demand::look(quota)).messages.push(charge);
    }
    if demands.is_empty() {
        return Ok(places);
    }
    let supplies = quotas.reserve(&batches.process, &demands).await?;
    let mut moments: BTreeMap<Channel, vec::IntoIter<SlotTime>> =
        supplies.into_iter().map(|(channel, supply)| (channel, supply.moments.into_iter())).collect();
    for place in &mut places {
        if let Some(moments) = moments.get_mut(&failure::channel(batch, place.index)) {
            place.at = moments.next();
        }
    }
    let without_room = places.iter().filter(|place| place.at.is_none()).count();
    trace!(campaign = %batch.campaign, claimed = places.len(), without_room, "asked for the account's quota");
    Ok(places)
}

/// A text message's cost is in its text. One that cannot be filled in is left to the attempt, which says why.
fn render_sms(batches: &Batches, batch: &Batch, index: RecipientIndex) -> Option<Message> {
    let recipient = batch.recipient(index)?;
    match recipient.address.channel() {
        Channel::Sms => batches.templates.render(recipient).ok(),
        Channel::Whatsapp | Channel::Email => None,
    }
}

fn units(message: Option<&Message>) -> u32 {
    match message {
        Some(Message::Sms { text, .. }) => SmsParts::of(text).parts,
        Some(Message::Whatsapp { .. } | Message::Email { .. }) | None => 1,
    }
}
