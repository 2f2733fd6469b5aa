use axum::response::Response;
use drumbeat_common::{CampaignId, FailurePage, Redis, failures};

use crate::{
    csv_file::{self, Page},
    deadline,
    error::ApiError,
    query::MAX_LIMIT,
};

const HEADER: &[&str] =
    &["batch", "index", "customer_id", "channel", "state", "code", "message", "attempts", "at"];

/// All failures of a campaign as a file.
pub(crate) async fn stream(redis: Redis, id: CampaignId) -> Result<Response, ApiError> {
    csv_file::stream(format!("failures-{id}.csv"), HEADER, move |after| {
        let redis = redis.clone();
        async move {
            let FailurePage { failures, next } =
                deadline::answer(failures(&redis, id, after, MAX_LIMIT)).await?;
            Ok(Page { rows: failures, next })
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use drumbeat_common::{Channel, Failure, FailureState};
    use jiff::Timestamp;

    use super::*;
    use crate::csv_file::lines;

    #[test]
    fn a_cell_with_commas_quotes_and_lines_stays_one_cell() {
        let failure = Failure {
            batch: 0,
            index: 7,
            customer_id: "=Ana, \"Bo\"".to_owned(),
            channel: Channel::Sms,
            state: FailureState::InDoubt,
            code: "Timeout".to_owned(),
            message: "no answer\nat all".to_owned(),
            attempts: 1,
            at: Timestamp::UNIX_EPOCH,
        };
        let file = lines(Some(HEADER), &[failure]).unwrap();
        assert_eq!(
            file,
            "batch,index,customer_id,channel,state,code,message,attempts,at\r\n\
             0,7,\"=Ana, \"\"Bo\"\"\",sms,in_doubt,Timeout,\"no answer\nat all\",1,1970-01-01T00:00:00Z\r\n"
        );
    }

    #[test]
    fn a_file_without_failures_has_its_header() {
        assert_eq!(lines::<Failure>(Some(HEADER), &[]).unwrap(), format!("{}\r\n", HEADER.join(",")));
    }
}
