use std::collections::HashMap;

use axum::{
    Json,
    extract::{Request, State},
};
use drumbeat_common::{Batch, Recipient, account_quota, suppression};
use tokio::sync::mpsc;
use tracing::error;

use super::{
    examine::Examiner,
    list::Piece,
    reading::{self, Purpose},
    report::{self, PreflightAnswer, Surroundings},
    tally::Tally,
    upload::{self, Upload},
};
use crate::{CampaignRequest, Problem, deadline, error::ApiError, server::App};

/// See what a list would come to
///
/// Takes the same bodies as `/api/send-campaign`, and sends nothing: counts, message parts, cost, duration, finished
/// messages, problems, and what AWS has to say. A list that would not be taken for its bad rows is answered all the same;
/// `can_be_sent` says it.
#[utoipa::path(
    post,
    path = "/api/preflight",
    operation_id = "preflight",
    tag = "campaigns",
    request_body(content(
        (CampaignRequest = "application/json"),
        (String = "text/csv"),
        (String = "application/x-ndjson"),
        (String = "multipart/form-data")
    )),
    responses(
        (status = OK, description = "What would become of it", body = PreflightAnswer),
        (status = BAD_REQUEST, description = "No JSON, or no such parameter", body = Problem, content_type = "application/problem+json"),
        (status = REQUEST_TIMEOUT, description = "The body stood still", body = Problem, content_type = "application/problem+json"),
        (status = PAYLOAD_TOO_LARGE, description = "JSON of more than 64 MiB", body = Problem, content_type = "application/problem+json"),
        (status = UNSUPPORTED_MEDIA_TYPE, description = "No list in a form that can be read", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "Options are wrong, or the file is no list", body = Problem, content_type = "application/problem+json"),
        (status = SERVICE_UNAVAILABLE, description = "Redis is away", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn preflight(
    State(app): State<App>,
    request: Request,
) -> Result<Json<PreflightAnswer>, ApiError> {
    let _turn = app.intakes.acquire().await.map_err(|_| ApiError::Internal)?;
    let upload = upload::open(request).await?;
    look(&app, upload).await.map(Json)
}

async fn look(app: &App, upload: Upload) -> Result<PreflightAnswer, ApiError> {
    let (sink, mut pieces) = mpsc::channel(1);
    let templates = app.templates.clone();
    let reading =
        tokio::task::spawn_blocking(move || reading::read(upload, &templates, &Some(sink), Purpose::Look));
    let mut suppressed = Suppressed::default();
    let mut looked = Ok(());
    while let Some(piece) = pieces.recv().await {
        looked = suppressed.look(app, piece).await;
        if looked.is_err() {
            break;
        }
    }
    drop(pieces);
    let read = reading.await.unwrap_or_else(|error| {
        error!(%error, "the reading of a list ended without an answer");
        Err(ApiError::Internal)
    });
    looked?;
    let mut reading = read?;
    let suppressed = suppressed.take_off(&mut reading.summary.tally);
    let prices = app.prices.as_deref();
    let question = report::question(&reading.summary, &app.templates, prices);
    let (account, quotas) =
        tokio::join!(app.account.look(&question), deadline::answer(account_quota::published(&app.redis)));
    Ok(report::report(&reading, Surroundings { prices, quotas: quotas?, suppressed, account }))
}

/// Those of a list who must not be sent to, each with what it was counted as.
#[derive(Default)]
struct Suppressed {
    first: u32,
    classes: Tally,
    class_of: HashMap<u32, u32>,
}

impl Suppressed {
    async fn look(&mut self, app: &App, piece: Piece) -> Result<(), ApiError> {
        match piece {
            Piece::Options(_) | Piece::Rejected(_) => Ok(()),
            Piece::Batches(batches) => self.batches(app, &batches).await,
            Piece::Duplicates(duplicates) => {
                // They are taken off already.
                for index in duplicates {
                    self.class_of.remove(&index.get());
                }
                Ok(())
            }
        }
    }

    async fn batches(&mut self, app: &App, batches: &[Vec<Recipient>]) -> Result<(), ApiError> {
        let recipients: Vec<_> = batches.iter().flatten().collect();
        let addresses = recipients.iter().map(|recipient| &recipient.address);
        let places = deadline::answer(suppression::suppressed(&app.redis, addresses)).await?;
        let examiner = Examiner { templates: &app.templates };
        for place in places {
            // It was examined before, when it was counted.
            let Ok(class) = examiner.class(recipients[place]) else { continue };
            let index = self.first + u32::try_from(place).map_err(|_| ApiError::Internal)?;
            self.class_of.insert(index, self.classes.add(class));
        }
        self.first += u32::try_from(batches.len()).map_err(|_| ApiError::Internal)? * Batch::SIZE;
        Ok(())
    }

    /// Takes them off what goes out; answers how many there are.
    fn take_off(self, tally: &mut Tally) -> u64 {
        let classes: HashMap<u32, _> =
            self.classes.numbered().map(|(class, number)| (number, class.clone())).collect();
        for class in self.class_of.values() {
            let number = tally.number(&classes[class]);
            number.into_iter().for_each(|number| tally.take_off(number));
        }
        self.class_of.len() as u64
    }
}
