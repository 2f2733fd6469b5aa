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
}
