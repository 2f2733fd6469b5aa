use drumbeat_common::ReputationLimits;
use drumbeat_tracking::TrackingDays;

/// From whom messages come, and how fast. What is not set is off: a campaign that needs a sender pauses, and says so.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// `PHONE_POOL_ID`: the pool, phone number or sender id that SMS come from.
    pub phone_pool_id: Option<String>,
    /// `SMS_CONFIGURATION_SET`: where SMS events go.
    pub sms_configuration_set: Option<String>,
    /// `WHATSAPP_PHONE_NUMBER_ID`: the number that WhatsApp messages come from, as AWS names it.
    pub whatsapp_phone_number_id: Option<String>,
    /// `SES_FROM_ADDRESS`: the verified address that email comes from.
    pub ses_from_address: Option<String>,
    /// `SES_CONFIGURATION_SET`: where email events go.
    pub ses_configuration_set: Option<String>,
    /// `DYNAMODB_RATE_LIMITS_TABLE`: the table with the account's quotas, `{channel, max_per_second}`.
    pub rate_limits_table: Option<String>,
    /// `DYNAMODB_DELIVERY_TRACKING_TABLE`: the table that is told what became of each message.
    pub tracking_table: Option<String>,
    /// `DELIVERY_TRACKING_DAYS`: how long an item is kept there; the table's time to live deletes it then.
    pub tracking_days: TrackingDays,
    /// `RECEIPTS_QUEUE_URL`: the SQS queue to which reports about messages come.
    pub receipts_queue_url: Option<String>,
    /// `BOUNCE_LIMIT_PERCENT`, `COMPLAINT_LIMIT_PERCENT`, `REPUTATION_AFTER_EMAILS`: how much harm a campaign may do.
    pub reputation: ReputationLimits,
}
