//! The simulator's own API: what was accepted, what it amounts to, and how the services behave.

use bytes::Bytes;
use hyper::{Method, StatusCode, http::request::Parts};
use serde::Serialize;
use serde_json::json;

use crate::{
    Settings, Stats,
    answer::{self, Answer},
    simulator::{Record, Simulator},
};

const LISTED: usize = 1_000;
const MOST_LISTED: usize = 10_000;

pub(crate) async fn answer(simulator: &Simulator, head: &Parts, body: Bytes) -> Answer {
    match (head.uri.path(), &head.method) {
        ("/healthz", &Method::GET) => answer::json(json!({ "status": "ok" }).to_string()),
        ("/simulator/messages", &Method::GET) => list(simulator, head.uri.query().unwrap_or_default()).await,
        ("/simulator/messages", &Method::DELETE) => {
            simulator.forget();
            answer::no_content()
        }
        ("/simulator/stats", &Method::GET) => {
            let receipts = simulator.post.stats();
            compute(simulator, |record| encoded(&Stats::of(&record.messages, &record.tallies, receipts)))
                .await
        }
        ("/simulator/settings", &Method::GET) => encoded(simulator.behaviour().settings()),
        ("/simulator/settings", &Method::PUT) => change(simulator, &body),
        ("/healthz" | "/simulator/messages" | "/simulator/stats" | "/simulator/settings", method) => {
            answer::problem(
                StatusCode::METHOD_NOT_ALLOWED,
                &format!("{} does not take {method}", head.uri.path()),
            )
        }
        (path, _) => answer::problem(
            StatusCode::NOT_FOUND,
            &format!(
                "there is no {path}: use /simulator/messages, /simulator/stats, /simulator/settings or /healthz"
            ),
        ),
    }
}

fn change(simulator: &Simulator, body: &[u8]) -> Answer {
    match serde_json::from_slice::<Settings>(body) {
        Ok(settings) => {
            let answer = encoded(&settings);
            simulator.behave(settings);
            tracing::info!("settings replaced");
            answer
        }
        Err(error) => answer::problem(StatusCode::BAD_REQUEST, &format!("settings: {error}")),
    }
}

async fn list(simulator: &Simulator, query: &str) -> Answer {
    match Page::parse(query) {
        Ok(Page { after, limit }) => {
            compute(simulator, move |record| {
                encoded(&record.messages.after(after, limit).collect::<Vec<_>>())
            })
            .await
        }
        Err(detail) => answer::problem(StatusCode::BAD_REQUEST, &detail),
    }
}

/// Works on a copy of the record, on a thread that no request waits for.
async fn compute(simulator: &Simulator, work: impl FnOnce(Record) -> Answer + Send + 'static) -> Answer {
    let record = simulator.record();
    match tokio::task::spawn_blocking(move || work(record)).await {
        Ok(answer) => answer,
        Err(error) => answer::problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

fn encoded(content: &impl Serialize) -> Answer {
    match serde_json::to_vec(content) {
        Ok(content) => answer::json(content),
        Err(error) => answer::problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// Which messages to list.
#[derive(Debug, PartialEq, Eq)]
struct Page {
    after: usize,
    limit: usize,
}

impl Page {
    fn parse(query: &str) -> Result<Self, String> {
        let mut page = Self { after: 0, limit: LISTED };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let number = || value.parse().map_err(|_| format!("{name}: {value:?} is not a whole number"));
            match name {
                "after" => page.after = number()?,
                "limit" => page.limit = number()?,
                _ => return Err(format!("there is no parameter {name:?}: use after and limit")),
            }
        }
        if !(1..=MOST_LISTED).contains(&page.limit) {
            return Err(format!("limit must be from 1 to {MOST_LISTED}"));
        }
        Ok(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_after_and_limit() {
        assert_eq!(Page::parse(""), Ok(Page { after: 0, limit: 1_000 }));
        assert_eq!(Page::parse("after=7&limit=10000"), Ok(Page { after: 7, limit: 10_000 }));
        for wrong in ["limit=0", "limit=10001", "after=-1", "after", "page=2"] {
            assert!(Page::parse(wrong).is_err(), "{wrong}");
        }
    }
}
