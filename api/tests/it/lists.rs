//! Lists as files: CSV, NDJSON, forms and gzip.

use std::io::Write;

use drumbeat_api::{ChannelTotals, SendCampaignAnswer};
use drumbeat_common::{Content, Counts, LocalClock, Progress, Status, catalog, queue};
use flate2::{Compression, write::GzEncoder};
use jiff::{SignedDuration, Timestamp};
use reqwest::{
    Method, RequestBuilder, StatusCode,
    multipart::{Form, Part},
};

use crate::server::{Api, problem};

const HEADER: &str = "customer_id,channel,phone,email,template_id,message,subject,first_name";

fn list(api: &Api, media_type: &str, parameters: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
    let path = format!("/api/send-campaign?{parameters}");
    api.request(Method::POST, &path).header("content-type", media_type).body(body)
}

fn csv(api: &Api, body: impl Into<reqwest::Body>) -> RequestBuilder {
    list(api, "text/csv", "name=Spring", body)
}

async fn taken(request: RequestBuilder) -> SendCampaignAnswer {
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    assert_eq!(status, StatusCode::ACCEPTED, "{text}");
    serde_json::from_str(&text).unwrap()
}

async fn refused(api: &Api, request: RequestBuilder) -> String {
    let problem = problem(request.send().await.unwrap()).await;
    assert_eq!(problem.status, 422, "{problem:?}");
    nothing_is_there(api).await;
    problem.detail
}

async fn nothing_is_there(api: &Api) {
    assert_eq!(catalog::count(&api.store).await.unwrap(), 0);
    assert_eq!(api.keys_in_redis().await, 0);
}

async fn progress(api: &Api, answer: &SendCampaignAnswer) -> Progress {
    api.get(&format!("/api/campaigns/{}/progress", answer.campaign_id)).await.json().await.unwrap()
}

fn row(number: usize) -> String {
    format!("CUST-{number},sms,+1415555{number:04},,PROMO,,,Ana")
}

fn rows(numbers: std::ops::Range<usize>) -> String {
    let rows: Vec<_> = numbers.map(row).collect();
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

/// More rows than are written at once.
fn many(people: usize) -> String {
    let rows = (0..people).map(|number| format!("CUST-{number},sms,+1415{number:07},,PROMO,,,Ana\n"));
    format!("{HEADER}\n{}", rows.collect::<String>())
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_dirty_spreadsheet_is_sent_without_its_bad_rows_and_each_is_named() {
    let api = Api::start().await;
    let mut file = rows(0..20);
    file.push_str("CUST-90,sms,unknown,,PROMO,,,Ana\n");
    file.push_str(",email,,ana@example.com,,Hello,Hi,\n");
    file.push_str(",,,,,,,\n\n");
    file.push_str("CUST-92,Email,,Ana@Example.com,,\"Hello,\nAna\",Hi,\n");
    file.push_str("CUST-93,sms,+14155559993,,PROMO,,,\n");
    let answer = taken(csv(&api, file)).await;
    assert_eq!((answer.total, answer.batches, answer.rejected_total), (21, 1, 3));
    assert_eq!(answer.channels, ChannelTotals { sms: 20, whatsapp: 0, email: 1 });
    let rejected: Vec<_> = answer
        .rejected
        .iter()
        .map(|row| (row.line, row.customer_id.as_deref().unwrap_or(""), row.reason.as_str()))
        .collect();
    assert_eq!(rejected[0].0, 22);
    assert!(rejected[0].2.starts_with("phone is "), "{rejected:?}");
    assert_eq!(rejected[1], (23, "", "customer_id is missing"));
    assert_eq!((rejected[2].0, rejected[2].1), (28, "CUST-93"));
    assert!(rejected[2].2.contains("needs variable \"first_name\""), "{rejected:?}");

    let progress = progress(&api, &answer).await;
    assert_eq!(progress.counts, Counts { total: 21, pending: 21, ..Counts::default() });
    let batch = queue::batch(&api.store, answer.campaign_id, 0).await.unwrap().unwrap();
    assert!(matches!(&batch.recipients[20].content, Content::Message { body, .. } if body == "Hello,\nAna"));

    let response = api.get(&format!("/api/campaigns/{}/rejected", answer.campaign_id)).await;
    assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8");
    let file = response.text().await.unwrap();
    let lines: Vec<_> = file.lines().collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0], "line,customer_id,reason");
    assert_eq!(lines[2], "23,,customer_id is missing");
}

#[tokio::test]
async fn only_the_variables_that_the_template_uses_are_kept() {
    let api = Api::start().await;
    let file = format!("{HEADER},age,city\n{},40,Lima\n", row(1));
    let answer = taken(csv(&api, file)).await;
    let batch = queue::batch(&api.store, answer.campaign_id, 0).await.unwrap().unwrap();
    let Content::Template { variables, .. } = &batch.recipients[0].content else { panic!("a template") };
    assert_eq!(variables.keys().collect::<Vec<_>>(), ["first_name"]);
}

#[tokio::test]
async fn the_same_address_twice_in_one_channel_is_passed_over() {
    let api = Api::start().await;
    let mut file = rows(0..150);
    file.push_str(&rows(0..50).replace(&format!("{HEADER}\n"), ""));
    file.push_str("CUST-0,whatsapp,+14155550000,,,Hello,,\n");
    let answer = taken(csv(&api, file)).await;
    assert_eq!((answer.total, answer.skipped.duplicates, answer.skipped.suppressed), (201, 50, 0));
    let progress = progress(&api, &answer).await;
    assert_eq!(progress.counts, Counts { total: 201, pending: 151, skipped: 50, ..Counts::default() });
}

#[tokio::test]
async fn a_list_of_nothing_but_one_address_sends_once() {
    let api = Api::start().await;
    let file = format!("{HEADER}\n{}", format!("{}\n", row(1)).repeat(2_500));
    let answer = taken(csv(&api, file)).await;
    assert_eq!((answer.total, answer.skipped.duplicates), (2_500, 2_499));
    let progress = progress(&api, &answer).await;
    assert_eq!((progress.counts.pending, progress.counts.skipped, progress.batches.done), (1, 2_499, 24));
}

#[tokio::test]
async fn options_come_as_parameters_and_mean_what_they_mean_in_json() {
    let api = Api::start().await;
    let parameters = "name=Spring%20sale&tps=2.5&dry_run=true&in_doubt=resend&max_rejected=0.5";
    let file = format!("{}CUST-9,sms,none,,PROMO,,,Ana\n", rows(0..1));
    let answer = taken(list(&api, "text/csv; charset=utf-8", parameters, file)).await;
    let campaign = catalog::get(&api.store, answer.campaign_id).await.unwrap().unwrap();
    assert_eq!((campaign.options.name.as_str(), campaign.options.tps.get()), ("Spring sale", 2.5));
    assert!(campaign.options.dry_run);

    for (parameters, status, words) in [
        ("tps=5", 422, "name is missing"),
        ("name=n&tps=fast", 422, "tps must be a number, not a text"),
        ("name=n&tps=0", 422, "tps must be a number from 0.01"),
        ("name=n&dry_run=maybe", 422, "dry_run must be true or false"),
        ("name=n&rate=5", 422, "unknown field \"rate\""),
        ("name=n&name=m", 400, "\"name\" is given twice"),
        ("name=n&default_country=Germany", 422, "default_country is not a country"),
        ("name=n&start_at=2999-01-01T00:00:00Z", 422, "more than a year ahead"),
    ] {
        let problem = problem(list(&api, "text/csv", parameters, rows(0..1)).send().await.unwrap()).await;
        assert_eq!(problem.status, status, "{parameters}");
        assert!(problem.detail.contains(words), "{parameters}: {}", problem.detail);
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_a_list_is_refused_and_nothing_stays() {
    let api = Api::start().await;
    let mostly_bad = format!("{}{}", rows(0..3), "CUST-9,sms,none,,PROMO,,,Ana\n");
    let open_quote = format!("{HEADER}\n{}\nCUST-2,sms,\"+14155550102,,PROMO,,,Ana\n{}\n", row(1), row(3));
    for (file, words) in [
        (String::new(), "the file is empty"),
        (format!("{HEADER}\n"), "the list has no recipients"),
        (row(1), "the first line must be a header"),
        (format!("customer_id,channel,phone\n{}", row(1)), "it has no column template_id or message"),
        (format!("{HEADER},phone\n{},", row(1)), "column \"phone\" is there twice"),
        (open_quote, "the quote that opens in the row of line 3 is never closed"),
        (mostly_bad, "1 of 4 recipients cannot be sent to, more than 20 %"),
        (format!("{HEADER}\nCUST-1,sms,none,,PROMO,,,Ana\n"), "1 of 1 recipient cannot be sent to"),
    ] {
        let detail = refused(&api, csv(&api, file.clone())).await;
        assert!(detail.contains(words) && detail.ends_with("nothing was sent"), "{file}: {detail}");
    }
}

#[tokio::test]
async fn rows_that_no_text_can_be_read_from_are_named() {
    let api = Api::start().await;
    let mut file = rows(0..20).into_bytes();
    file.extend(b"CUST-90,sms,+14155559990,,PROMO,,,Jos\xe9\n");
    file.extend(b"CUST-91,sms,+14155559991,,PROMO,,,A\0na\n");
    file.extend(b"CUST-92,sms,+14155559992,,PROMO\n");
    file.extend([&b"CUST-93,sms,+14155559993,,PROMO,,,"[..], &[b'x'; 10 * 1024 * 1024], b"\n"].concat());
    file.extend(row(94).into_bytes());
    let answer = taken(csv(&api, file)).await;
    let reasons: Vec<_> = answer.rejected.iter().map(|row| (row.line, row.reason.as_str())).collect();
    assert_eq!((answer.total, reasons.len()), (21, 4));
    for ((line, reason), (expected_line, words)) in reasons.into_iter().zip([
        (22, "first_name is not UTF-8 (byte 0xE9): save the file as UTF-8"),
        (23, "first_name holds a NUL byte"),
        (24, "the row has 5 cells, and the header 8 columns"),
        (25, "the row is longer than 256 KiB"),
    ]) {
        assert_eq!(line, expected_line);
        assert!(reason.contains(words), "{reason}");
    }
}

#[tokio::test]
async fn semicolons_tabs_a_byte_order_mark_and_crlf_are_understood() {
    let api = Api::start().await;
    for delimiter in [";", "\t"] {
        let file = format!("\u{feff}{}", rows(0..5).replace(',', delimiter).replace('\n', "\r\n"));
        assert_eq!(taken(csv(&api, file)).await.total, 5, "{delimiter:?}");
    }
}

#[tokio::test]
async fn the_channel_is_chosen_by_score_where_there_is_none() {
    let api = Api::start().await;
    let file = "customer_id,phone,email,message,subject,channel_scores.sms,channel_scores.email,preferences.email\n\
                CUST-1,+14155550101,a@example.com,Hi,,0.9,0.2,\n\
                CUST-2,+14155550102,b@example.com,Hi,S,0.1,0.8,yes\n\
                CUST-3,+14155550103,c@example.com,Hi,,0.1,0.8,no\n";
    let answer = taken(csv(&api, file)).await;
    assert_eq!((answer.total, answer.channels_chosen), (3, 3));
    assert_eq!(answer.channels, ChannelTotals { sms: 2, whatsapp: 0, email: 1 });
}

#[tokio::test]
async fn ndjson_is_read_line_by_line() {
    let api = Api::start().await;
    let good = |number: usize| {
        format!(
            "{{\"customer_id\":\"CUST-{number}\",\"channel\":\"sms\",\"phone\":\"+1415555{number:04}\",\"message\":\"Hi\"}}"
        )
    };
    let lines: Vec<_> = (0..20).map(good).collect();
    let body = format!(
        "{}\n\n{{\"customer_id\":\n[1]\n{{\"customer_id\":\"CUST-X\",\"channel\":\"sms\"}}",
        lines.join("\n")
    );
    let answer = taken(list(&api, "application/x-ndjson", "name=Spring", body)).await;
    assert_eq!(answer.total, 20);
    let rejected: Vec<_> = answer.rejected.iter().map(|row| (row.line, row.reason.as_str())).collect();
    assert!(rejected[0].1.starts_with("the line is no JSON"), "{rejected:?}");
    assert_eq!(rejected[1], (23, "a recipient must be an object, not a list"));
    assert_eq!((rejected[2].0, rejected.len()), (24, 3));
}

#[tokio::test]
async fn a_file_in_a_form_is_a_list_with_the_other_fields_as_options() {
    let api = Api::start().await;
    let file = || Part::bytes(rows(0..120).into_bytes()).file_name("list.csv");
    let form = Form::new().text("name", "Spring").text("tps", "5").text("start_at", "").part("file", file());
    let request = api.request(Method::POST, "/api/send-campaign");
    let answer = taken(request.multipart(form)).await;
    assert_eq!((answer.total, answer.batches), (120, 2));
    assert_eq!(catalog::get(&api.store, answer.campaign_id).await.unwrap().unwrap().options.tps.get(), 5.0);

    let late = Form::new().text("name", "Spring").part("file", file()).text("tps", "5");
    let none = Form::new().text("name", "Spring");
    for (form, words) in [(late, "comes after the file"), (none, "the form has no file")] {
        let request = api.request(Method::POST, "/api/send-campaign").multipart(form);
        let problem = problem(request.send().await.unwrap()).await;
        assert_eq!(problem.status, 400);
        assert!(problem.detail.contains(words), "{}", problem.detail);
    }
    assert_eq!(catalog::count(&api.store).await.unwrap(), 1);
}

#[tokio::test]
async fn a_gzip_file_is_unpacked_and_a_damaged_or_monstrous_one_refused() {
    let api = Api::start().await;
    let whole = packed(&rows(0..300));
    let cut = whole[..whole.len() / 2].to_vec();
    let bomb = packed(&format!("{HEADER}\n{}", " ".repeat(200 * 1024 * 1024)));
    for (file, words) in
        [(cut, "the gzip file is cut short"), (bomb, "grows to more than 200 times its size")]
    {
        let detail = refused(&api, csv(&api, file)).await;
        assert!(detail.contains(words), "{detail}");
    }
    let request = csv(&api, whole).header("content-encoding", "gzip");
    assert_eq!(taken(request).await.total, 300);
    let request = csv(&api, "x").header("content-encoding", "br");
    assert_eq!(request.send().await.unwrap().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn an_upload_that_breaks_off_creates_nothing() {
    let api = Api::start().await;
    // Far enough for the first batches to be in Redis.
    let begun = many(25_000);
    let pieces = vec![Ok(begun.into_bytes()), Err(std::io::Error::other("the line is cut"))];
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    assert!(csv(&api, body).send().await.is_err());
    let gone = async {
        while catalog::count(&api.store).await.unwrap() > 0 || api.keys_in_redis().await > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(crate::server::PATIENCE, gone).await.unwrap();
}

#[tokio::test]
async fn the_same_file_again_is_the_same_campaign_and_another_one_a_conflict() {
    let api = Api::start().await;
    let post = |file: String| csv(&api, file).header("idempotency-key", "spring");
    let first = taken(post(rows(0..250))).await;
    let again = post(rows(0..250)).send().await.unwrap();
    assert_eq!(again.headers()["idempotency-replayed"], "true");
    assert_eq!(again.json::<SendCampaignAnswer>().await.unwrap(), first);
    for other in [rows(0..251), rows(1..251)] {
        assert_eq!(post(other).send().await.unwrap().status(), StatusCode::CONFLICT);
    }
    let other_options =
        list(&api, "text/csv", "name=Summer", rows(0..250)).header("idempotency-key", "spring");
    assert_eq!(other_options.send().await.unwrap().status(), StatusCode::CONFLICT);
    let campaign = catalog::get(&api.store, first.campaign_id).await.unwrap().unwrap();
    assert_eq!((campaign.status, campaign.total), (Status::Running, 250));
}

#[tokio::test]
async fn a_list_of_many_groups_is_whole() {
    let api = Api::start().await;
    let answer = taken(csv(&api, many(25_003))).await;
    assert_eq!((answer.total, answer.batches, answer.skipped.duplicates), (25_003, 251, 0));
    assert_eq!(progress(&api, &answer).await.counts.pending, 25_003);
}

#[tokio::test]
async fn a_start_ahead_is_waited_for_and_one_that_has_passed_is_now() {
    let api = Api::start().await;
    for (start_at, status) in [("2020-01-01T00:00:00Z", Status::Running), (&in_an_hour(), Status::Scheduled)]
    {
        let answer = taken(list(&api, "text/csv", &format!("name=n&start_at={start_at}"), rows(0..1))).await;
        let campaign = catalog::get(&api.store, answer.campaign_id).await.unwrap().unwrap();
        assert_eq!(campaign.status, status);
        let start_at: Timestamp = start_at.parse().unwrap();
        assert_eq!(campaign.options.start_at.unwrap().as_microsecond(), start_at.as_microsecond());
    }
}

fn in_an_hour() -> String {
    (Timestamp::now() + SignedDuration::from_hours(1)).to_string()
}

#[tokio::test]
async fn quiet_hours_go_by_each_persons_own_clock() {
    let api = Api::start().await;
    let file = "customer_id,channel,phone,email,message,subject,time_zone\n\
                CUST-1,sms,+4915123456789,,Hi,,\n\
                CUST-2,sms,+4915123456780,,Hi,,america/new_york\n\
                CUST-3,email,,a@example.com,Hi,S,\n\
                CUST-4,email,,b@example.com,Hi,S,Europe/Berln\n";
    let with = |more: &str| format!("name=n&max_rejected=0.5&quiet_hours=21:00-08:00{more}");
    let answer = taken(list(&api, "text/csv", &with("&time_zone=Asia/Tokyo"), file)).await;
    assert_eq!(answer.rejected.len(), 1);
    assert_eq!(answer.rejected[0].reason, "there is no time zone \"Europe/Berln\"");
    let batch = queue::batch(&api.store, answer.campaign_id, 0).await.unwrap().unwrap();
    let clocks: Vec<_> = batch.recipients.iter().map(|recipient| recipient.clock.clone().unwrap()).collect();
    let zone = |name: &str| LocalClock::of_zone(name).unwrap();
    let germany = LocalClock::of_country("DE".parse().unwrap()).unwrap();
    assert_eq!(clocks, [germany, zone("America/New_York"), zone("Asia/Tokyo")]);

    let answer = taken(list(&api, "text/csv", &with(""), file)).await;
    let reasons: Vec<_> = answer.rejected.iter().map(|row| row.reason.as_str()).collect();
    assert!(reasons[0].starts_with("time_zone is missing: the campaign has quiet hours"), "{reasons:?}");
}
