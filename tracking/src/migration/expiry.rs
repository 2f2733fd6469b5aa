use aws_sdk_dynamodb::types::TimeToLiveStatus;

use super::{
    MigrationError, Mode, Outcome, Step,
    definition::ExpiryDefinition,
    upgrade::{Upgrade, look},
};
use crate::CallError;

impl Upgrade<'_> {
    /// Has the table's items expire.
    pub(super) async fn expiry(&self, definition: &ExpiryDefinition) -> Result<Step, MigrationError> {
        let (name, attribute) = (self.place.name(), definition.attribute());
        let would = || {
            let text = format!("would have items of the table {name} expire by {attribute}");
            self.step(Outcome::WouldBeDone, text)
        };
        // As after a dry run of what makes it.
        if self.mode == Mode::DryRun && look(self.client, &self.place).await?.is_none() {
            return Ok(would());
        }
        let there = || self.step(Outcome::There, format!("items of the table {name} expire by {attribute}"));
        if self.is_on(definition).await? {
            return Ok(there());
        }
        if self.mode == Mode::DryRun {
            return Ok(would());
        }
        let call = self.client.update_time_to_live().table_name(name.as_str());
        match call.time_to_live_specification(definition.to_sdk()).send().await {
            Ok(_) => {
                let text = format!("items of the table {name} expire by {attribute} from now on");
                Ok(self.step(Outcome::Done, text))
            }
            // What is on already is refused; somebody else may have been faster.
            Err(_) if self.is_on(definition).await? => Ok(there()),
            Err(error) => Err(CallError::of("dynamodb:UpdateTimeToLive", &self.place, &error).into()),
        }
    }

    async fn is_on(&self, definition: &ExpiryDefinition) -> Result<bool, MigrationError> {
        let answer = self.client.describe_time_to_live().table_name(self.place.name().as_str()).send().await;
        let answer =
            answer.map_err(|error| CallError::of("dynamodb:DescribeTimeToLive", &self.place, &error))?;
        let Some(description) = answer.time_to_live_description() else { return Ok(false) };
        let is_on = matches!(
            description.time_to_live_status(),
            Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)
        );
        let has = description.attribute_name().unwrap_or_default();
        if is_on && has != definition.attribute() {
            let (place, has, needs) = (self.place.clone(), has.to_owned(), definition.attribute().to_owned());
            return Err(MigrationError::OtherExpiry { place, has, needs });
        }
        Ok(is_on)
    }
}
