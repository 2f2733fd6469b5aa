use axum::{
    body::Body,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use drumbeat_common::{CampaignId, Failure, FailurePage, RecipientIndex, Redis, failures};
use futures_util::stream;
use tracing::warn;

use crate::{deadline, error::ApiError, failures::MAX_LIMIT};

const HEADER: [&str; 9] =
    ["batch", "index", "customer_id", "channel", "state", "code", "message", "attempts", "at"];

/// All failures of a campaign as a file, a page at a time: however many there are, no more than one page is held.
pub(crate) async fn stream(redis: Redis, id: CampaignId) -> Result<Response, ApiError> {
    // The first page before the first byte: a Redis that is away is then an answer, not a file that breaks off.
    let first = page(&redis, id, None).await?;
    let rows = stream::try_unfold(Place::First(first), move |place| {
        let redis = redis.clone();
        async move {
            next(&redis, id, place)
                .await
                .inspect_err(|_| warn!(campaign = %id, "a CSV file of failures broke off"))
        }
    });
    let name = format!("attachment; filename=\"failures-{id}.csv\"");
    let headers = [(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)];
    Ok((headers, Body::from_stream(rows)).into_response())
}

/// How far the file is written.
enum Place {
    First(FailurePage),
    After(RecipientIndex),
    End,
}

impl Place {
    fn after(page: FailurePage) -> Self {
        page.next.map_or(Self::End, Self::After)
    }
}

/// The next piece of the file; none at its end.
async fn next(redis: &Redis, id: CampaignId, place: Place) -> Result<Option<(Bytes, Place)>, ApiError> {
    let (rows, page) = match place {
        Place::First(page) => (rows(true, &page.failures)?, page),
        Place::After(after) => {
            let page = page(redis, id, Some(after)).await?;
            (rows(false, &page.failures)?, page)
        }
        Place::End => return Ok(None),
    };
    Ok(Some((rows, Place::after(page))))
}

async fn page(redis: &Redis, id: CampaignId, after: Option<RecipientIndex>) -> Result<FailurePage, ApiError> {
    deadline::answer(failures(redis, id, after, MAX_LIMIT)).await
}

fn rows(with_header: bool, failures: &[Failure]) -> Result<Bytes, ApiError> {
    // RFC 4180 ends lines with CRLF. The header is written by hand: a file without failures has one too.
    let mut file = csv::WriterBuilder::new()
        .has_headers(false)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let mut write = || -> csv::Result<()> {
        if with_header {
            file.write_record(HEADER)?;
        }
        failures.iter().try_for_each(|failure| file.serialize(failure))
    };
    write().map_err(|_| ApiError::Internal)?;
    file.into_inner().map(Bytes::from).map_err(|_| ApiError::Internal)
}

#[cfg(test)]
mod tests {
    use drumbeat_common::{Channel, FailureState};
    use jiff::Timestamp;

    use super::*;

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
        let file = rows(true, &[failure]).unwrap();
        assert_eq!(
            file,
            "batch,index,customer_id,channel,state,code,message,attempts,at\r\n\
             0,7,\"=Ana, \"\"Bo\"\"\",sms,in_doubt,Timeout,\"no answer\nat all\",1,1970-01-01T00:00:00Z\r\n"
        );
    }

    #[test]
    fn a_file_without_failures_has_its_header() {
        assert_eq!(rows(true, &[]).unwrap(), format!("{}\r\n", HEADER.join(",")));
    }
}
