use dynoxide::{Database, DynoxideError};
use serde::{
    Deserialize, Serialize,
    de::{
        DeserializeOwned,
        value::{Error as NoSuchName, StrDeserializer},
    },
};

/// What DynamoDB is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Operation {
    CreateTable,
    DescribeTable,
    UpdateTable,
    DeleteTable,
    ListTables,
    UpdateTimeToLive,
    DescribeTimeToLive,
    PutItem,
    GetItem,
    UpdateItem,
    DeleteItem,
    BatchGetItem,
    BatchWriteItem,
    Query,
    Scan,
    TransactWriteItems,
}

impl Operation {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::deserialize(StrDeserializer::<NoSuchName>::new(name)).ok()
    }

    /// Does it, and takes as long as it takes.
    pub(super) fn run(self, database: &Database, body: &[u8]) -> Result<Vec<u8>, DynoxideError> {
        match self {
            Self::CreateTable => answer(body, |call| database.create_table(call)),
            Self::DescribeTable => answer(body, |call| database.describe_table(call)),
            Self::UpdateTable => answer(body, |call| database.update_table(call)),
            Self::DeleteTable => answer(body, |call| database.delete_table(call)),
            Self::ListTables => answer(body, |call| database.list_tables(call)),
            Self::UpdateTimeToLive => answer(body, |call| database.update_time_to_live(call)),
            Self::DescribeTimeToLive => answer(body, |call| database.describe_time_to_live(call)),
            Self::PutItem => answer(body, |call| database.put_item(call)),
            Self::GetItem => answer(body, |call| database.get_item(call)),
            Self::UpdateItem => answer(body, |call| database.update_item(call)),
            Self::DeleteItem => answer(body, |call| database.delete_item(call)),
            Self::BatchGetItem => answer(body, |call| database.batch_get_item(call)),
            Self::BatchWriteItem => answer(body, |call| database.batch_write_item(call)),
            Self::Query => answer(body, |call| database.query(call)),
            Self::Scan => answer(body, |call| database.scan(call)),
            Self::TransactWriteItems => answer(body, |call| database.transact_write_items(call)),
        }
    }
}

fn answer<Q: DeserializeOwned, A: Serialize>(
    body: &[u8],
    run: impl FnOnce(Q) -> Result<A, DynoxideError>,
) -> Result<Vec<u8>, DynoxideError> {
    let call = serde_json::from_slice(body).map_err(|error| unreadable(&error))?;
    serde_json::to_vec(&run(call)?).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// The engine marks in front of serde's message what a call is refused for; only its own HTTP server takes that off.
fn unreadable(error: &serde_json::Error) -> DynoxideError {
    let text = error.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    match message.split_once(':') {
        Some(("VALIDATION" | "VALIDATION_REQUEST" | "VALIDATION_AS_READ", message)) => {
            DynoxideError::ValidationException(message.to_owned())
        }
        Some(("SERIALIZATION" | "SERIALIZATION_AS_READ", message)) => {
            DynoxideError::SerializationException(message.to_owned())
        }
        // DynamoDB takes what is absent, or of no known kind, for invalid; only what is of another type is unreadable.
        _ if ["missing field", "unknown variant", "AttributeValue"]
            .iter()
            .any(|part| message.contains(part)) =>
        {
            DynoxideError::ValidationException(message.to_owned())
        }
        _ => DynoxideError::SerializationException(message.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(operation: Operation, body: &str) -> (&'static str, String) {
        let error = operation.run(&Database::memory().unwrap(), body.as_bytes()).unwrap_err();
        (error.error_type(), error.to_string())
    }

    #[test]
    fn an_operation_is_known_by_its_name() {
        assert_eq!(Operation::named("BatchWriteItem"), Some(Operation::BatchWriteItem));
        assert_eq!(Operation::named("ExportTableToPointInTime"), None);
    }

    #[test]
    fn what_cannot_be_read_is_refused_in_the_services_words_alone() {
        const VALIDATION: &str = "com.amazon.coral.validate#ValidationException";
        const SERIALIZATION: &str = "com.amazon.coral.service#SerializationException";
        assert_eq!(refusal(Operation::GetItem, "{").0, SERIALIZATION);
        let (kind, _) = refusal(Operation::DescribeTable, "{}");
        assert_eq!(kind, VALIDATION);
        for item in [r#"{"a":{}}"#, r#"{"a":{"SS":[]}}"#, r#"{"a":{"N":"x"}}"#, r#"{"a":{"NULL":false}}"#] {
            let (kind, message) =
                refusal(Operation::PutItem, &format!(r#"{{"TableName":"table","Item":{item}}}"#));
            assert_eq!(kind, VALIDATION, "{item}: {message}");
            assert!(!message.contains("VALIDATION") && !message.contains(" at line "), "{message}");
        }
    }
}
