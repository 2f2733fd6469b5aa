use axum::{Json, extract::State};
use drumbeat_common::{
    CampaignId, Channel, Filter, LedgerByte, People, Person, RecipientIndex, Redis, Whom, catalog, people,
};
use drumbeat_tracking::{DeliveryTable, Item};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    Details, Problem,
    campaign_path::CampaignPath,
    campaigns::existing,
    deadline, details,
    error::ApiError,
    problem::CampaignProblem,
    query::{DEFAULT_LIMIT, MAX_LIMIT, Parameters, choice, page_size, plus_kept},
    server::App,
};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RecipientParameters {
    /// Only those in this very state: pending, sending, sent, failed, in_doubt, skipped, cancelled, delivered, undelivered
    /// or read. Each person is in one of them, so `sent` does not show those who are delivered, nor `delivered` those who
    /// read it; the counts of the progress add these up.
    #[param(example = "undelivered")]
    state: Option<String>,
    /// Only those of this channel: sms, whatsapp or email.
    #[param(example = "sms")]
    channel: Option<String>,
    /// Only this customer, by your own name for the person: somebody who is in the list twice is shown twice.
    #[param(example = "CUST-456")]
    customer: Option<String>,
    /// Only whoever is reached at this phone number or email address. Whom nobody has to be sent to any more is found by it
    /// where the delivery table has the message.
    #[param(example = "+14155550100")]
    address: Option<String>,
    /// The `next` of the page before: those after this place in the campaign's list.
    #[param(value_type = Option<u32>)]
    after: Option<RecipientIndex>,
    /// How many to answer with: 1 to 1,000.
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// A page of recipients, in the order of the campaign's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecipientPage {
    /// The recipients.
    pub recipients: Vec<RecipientView>,
    /// What to ask for the next page with; none on the last one.
    #[schema(value_type = Option<u32>)]
    pub next: Option<RecipientIndex>,
    /// Where message ids, addresses and times come from.
    pub details: Details,
}

/// What became of one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecipientView {
    /// The place in the campaign's list, from 0.
    pub index: u32,
    /// Your own name for the person; none where nothing was kept of it.
    pub customer_id: Option<String>,
    /// The channel.
    pub channel: Channel,
    /// The one state that the person is in, as the ledger has it.
    #[schema(value_type = String, example = "delivered")]
    #[serde(with = "state_name")]
    pub state: drumbeat_common::State,
    /// The provider's name for the last message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The address, masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// When the attempt began that is under way, that the provider took, or of which nobody knows how it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub claimed_at: Option<Timestamp>,
    /// When the provider took the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sent_at: Option<Timestamp>,
    /// When it arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub delivered_at: Option<Timestamp>,
    /// When it was given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub undelivered_at: Option<Timestamp>,
    /// When it was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub read_at: Option<Timestamp>,
    /// When it failed, or was put in doubt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub failed_at: Option<Timestamp>,
    /// Why it failed or is in doubt, in AWS's word or Drumbeat's; else the last report's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// How many times it was tried, where it failed or is in doubt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
}

/// Who stands where
///
/// By pages, in the order of the campaign's list. Who is shown is read from the ledger, which is always right; message
/// ids, addresses and times come from the delivery table, where there is one and it answers: `details` says whether.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/recipients",
    operation_id = "list_recipients",
    tag = "progress",
    params(CampaignPath, RecipientParameters),
    responses(
        (status = OK, description = "A page of recipients", body = RecipientPage),
        (status = BAD_REQUEST, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        CampaignProblem
    )
)]
pub(crate) async fn list(
    State(App { redis, table, .. }): State<App>,
    CampaignPath(id): CampaignPath,
    Parameters(parameters): Parameters<RecipientParameters>,
) -> Result<Json<RecipientPage>, ApiError> {
    let RecipientParameters { state, channel, customer, address, after, limit } = parameters;
    let limit = page_size(limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let whom = whom(customer, address)?;
    let filter = Filter { state: choice("state", state)?, channel: choice("channel", channel)?, whom };
    existing(catalog::get(&redis, id)).await?;
    page(&redis, table.as_ref(), id, &filter, after, limit).await.map(Json)
}

fn whom(customer: Option<String>, address: Option<String>) -> Result<Option<Whom>, ApiError> {
    match (customer, address) {
        (None, None) => Ok(None),
        (Some(id), None) => Ok(Some(Whom::customer(id))),
        (None, Some(text)) => {
            let whom = Whom::at_address(&plus_kept(&text));
            whom.map(Some).map_err(|error| ApiError::Parameters(format!("address: {error}")))
        }
        (Some(_), Some(_)) => {
            Err(ApiError::Parameters("customer and address: look for one of them at a time".to_owned()))
        }
    }
}

/// A page of recipients, with details where the table has them.
pub(crate) async fn page(
    redis: &Redis,
    table: Option<&DeliveryTable>,
    id: CampaignId,
    filter: &Filter,
    after: Option<RecipientIndex>,
    limit: usize,
) -> Result<RecipientPage, ApiError> {
    let (mut details, reached) = details::reached(table, id, filter.whom.as_ref()).await;
    let whom = filter.whom.clone().map(|whom| whom.or_at(reached));
    let filter = Filter { whom, ..*filter };
    let People { people, next } = deadline::answer(people(redis, id, &filter, after, limit)).await?;
    let indexes: Vec<_> = people.iter().map(|person| person.index).collect();
    let (of_people, mut items) = details::of(table, id, &indexes).await;
    if details == Details::Table {
        details = of_people;
    }
    let recipients = people
        .into_iter()
        .map(|person| {
            let item = items.remove(&person.index);
            RecipientView::new(person, item)
        })
        .collect();
    Ok(RecipientPage { recipients, next, details })
}

impl RecipientView {
    fn new(person: Person, item: Option<Item>) -> Self {
        let Person { index, standing: LedgerByte { channel, state }, customer_id, claimed_at, failure } =
            person;
        let mut view = Self {
            index: index.get(),
            customer_id,
            channel,
            state,
            message_id: None,
            address: None,
            claimed_at,
            sent_at: None,
            delivered_at: None,
            undelivered_at: None,
            read_at: None,
            failed_at: None,
            code: None,
            message: None,
            attempts: None,
        };
        if let Some(item) = item {
            view = Self {
                message_id: Some(item.message_id),
                address: Some(item.address).filter(|address| !address.is_empty()),
                claimed_at: claimed_at.or(item.claimed_at),
                sent_at: Some(item.sent_at),
                delivered_at: item.delivered_at,
                undelivered_at: item.undelivered_at,
                read_at: item.read_at,
                code: item.code,
                ..view
            };
        }
        if let Some(failure) = failure {
            view = Self {
                failed_at: Some(failure.at),
                code: Some(failure.code),
                message: Some(failure.message),
                attempts: Some(failure.attempts),
                ..view
            };
        }
        view
    }
}

/// A state by its name.
mod state_name {
    use drumbeat_common::State;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it like this")]
    pub(super) fn serialize<S: Serializer>(state: &State, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(state.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<State, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
