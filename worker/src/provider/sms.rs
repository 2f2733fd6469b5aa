use aws_config::SdkConfig;
use aws_sdk_pinpointsmsvoicev2::{
    Client,
    operation::send_text_message::SendTextMessageError,
    types::{ConflictExceptionReason as Conflict, ValidationExceptionReason as Validation},
};
use drumbeat_common::{PhoneNumber, RecipientRef};

use super::{Departure, aws, not_set};
use crate::outcome::{Cause, Outcome};

/// SMS through AWS End User Messaging: `SendTextMessage`.
#[derive(Debug)]
pub(crate) struct Sms {
    client: Client,
    origin: Option<String>,
    configuration_set: Option<String>,
}

impl Sms {
    pub(crate) fn new(aws: &SdkConfig, origin: Option<String>, configuration_set: Option<String>) -> Self {
        Self { client: Client::new(aws), origin, configuration_set }
    }

    pub(crate) async fn send(
        &self,
        to: PhoneNumber,
        text: String,
        recipient: RecipientRef,
        departure: Departure,
    ) -> Outcome {
        let Some(origin) = &self.origin else { return not_set("PHONE_POOL_ID", "SMS") };
        let answer = self
            .client
            .send_text_message()
            .destination_phone_number(to)
            .origination_identity(origin)
            .message_body(text)
            .set_configuration_set_name(self.configuration_set.clone())
            .context(RecipientRef::CAMPAIGN_KEY, recipient.campaign.to_string())
            .context(RecipientRef::INDEX_KEY, recipient.index.to_string())
            .customize()
            .mutate_request(departure.attach())
            .send()
            .await;
        aws::outcome(answer.map(|answer| answer.message_id), by_code)
    }
}

fn by_code(error: &SendTextMessageError, code: &str, cause: Cause) -> Option<Outcome> {
    Some(match code {
        "ThrottlingException" => Outcome::Throttled(cause),
        "ValidationException" if recipient_is_invalid(error) => Outcome::Rejected(cause),
        "ConflictException" if recipient_is_blocked(error) => Outcome::Rejected(cause),
        "AccessDeniedException"
        | "ConflictException"
        | "ResourceNotFoundException"
        | "ServiceQuotaExceededException"
        | "ValidationException" => Outcome::Fatal(cause),
        // It says nothing about what became of the message.
        "InternalServerException" => Outcome::InDoubt(cause),
        _ => return None,
    })
}

/// Whether validation failed on what differs between recipients: number, country or text.
fn recipient_is_invalid(error: &SendTextMessageError) -> bool {
    let SendTextMessageError::ValidationException(error) = error else { return false };
    matches!(
        error.reason,
        Some(
            Validation::CannotParse
                | Validation::CountryCodeMismatch
                | Validation::CountryNotEnabled
                | Validation::DestinationCountryBlocked
                | Validation::FieldValidationFailed
                | Validation::InternationalSendingNotSupported
                | Validation::InvalidIdentityForDestinationCountry
                | Validation::InvalidParameter
                | Validation::MaximumSizeExceeded
                | Validation::PriceOverThreshold
                | Validation::SenderIdNotRegistered
                | Validation::SenderIdNotSupported
                | Validation::SenderIdRequiresRegistration
        )
    )
}

/// Whether the conflict is about this one number: opted out, blocked, or not verified in the sandbox.
fn recipient_is_blocked(error: &SendTextMessageError) -> bool {
    let SendTextMessageError::ConflictException(error) = error else { return false };
    matches!(
        error.reason,
        Some(
            Conflict::DestinationCountryBlockedByProtectConfiguration
                | Conflict::DestinationPhoneNumberBlockedByProtectNumberOverride
                | Conflict::DestinationPhoneNumberNotVerified
                | Conflict::DestinationPhoneNumberOptedOut
                | Conflict::NoOriginationIdentitiesFound
        )
    )
}
