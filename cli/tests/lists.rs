//! Lists of every kind, from a shell to the API and back.

#![expect(clippy::unwrap_used, reason = "a test may panic in its helpers too")]

mod shell;

use std::{io::Write, process::Stdio};

use drumbeat::stack::Stack;
use drumbeat_api::{CampaignView, PreflightAnswer, SendCampaignAnswer};
use drumbeat_common::Status;
use flate2::{Compression, write::GzEncoder};
use shell::{drumbeat, output, said, stack};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;

const CSV: &str =
    "customer_id,channel,phone,message\nCUST-1,sms,+14155550101,Hi\nCUST-2,sms,+14155550102,Hi\n";
const NDJSON: &str = r#"{"customer_id":"CUST-1","channel":"sms","phone":"+14155550101","message":"Hi"}
{"customer_id":"CUST-2","channel":"sms","phone":"+14155550102","message":"Hi"}
"#;
const OPTIONS: [&str; 12] = [
    "--tps",
    "2.5",
    "--in-doubt",
    "resend",
    "--quiet-hours",
    "21:00-08:00",
    "--time-zone",
    "Europe/Berlin",
    "--default-country",
    "US",
    "--max-rejected",
    "0",
];

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn write(folder: &TempDir, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

async fn piped(stack: &Stack, args: &[&str], input: &[u8]) -> (i32, String, String) {
    let mut command = drumbeat(stack, args);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).await.unwrap();
    said(child.wait_with_output().await.unwrap())
}

async fn taken(stack: &Stack, (code, shown, noted): (i32, String, String)) -> CampaignView {
    assert_eq!(code, 0, "{noted}");
    let answer: SendCampaignAnswer = serde_json::from_str(&shown).unwrap();
    assert_eq!((answer.total, answer.rejected_total), (2, 0));
    stack.client().unwrap().campaign(answer.campaign_id).await.unwrap()
}

#[tokio::test]
async fn every_kind_of_list_is_sent_with_its_options() {
    let (stack, folder) = stack(0).await;
    let tabs = CSV.replace(',', "\t");
    let campaign = format!(
        "{{\"name\":\"its own\",\"tps\":80,\"recipients\":[{}]}}",
        NDJSON.trim_end().replace('\n', ",\n")
    );
    for (name, content, called) in [
        ("Spring sale.csv", CSV.as_bytes().to_vec(), "Spring sale"),
        ("Spring sale.tsv", tabs.into_bytes(), "Spring sale"),
        ("2026.csv.gz", packed(CSV), "2026"),
        ("list.ndjson", NDJSON.as_bytes().to_vec(), "list"),
        ("list.jsonl.gz", packed(NDJSON), "list"),
        ("list.json", campaign.as_bytes().to_vec(), "its own"),
        ("list.json.gz", packed(&campaign), "its own"),
    ] {
        let file = write(&folder, name, content);
        let said = output(&stack, &[&["send", &file, "--json"], &OPTIONS[..]].concat()).await;
        let view = taken(&stack, said).await;
        assert_eq!((view.name.as_str(), view.tps, view.in_doubt.as_str()), (called, 2.5, "resend"), "{name}");
        assert_eq!(view.quiet_hours.unwrap().to_string(), "21:00-08:00");
    }
    stack.stop().await;
}

#[tokio::test]
async fn standard_input_is_a_list_whose_format_and_name_are_said() {
    let (stack, _folder) = stack(0).await;
    let csv = ["send", "-", "--format", "csv", "--json"];
    let view =
        taken(&stack, piped(&stack, &[&csv[..], &["--name", "Spring"]].concat(), &packed(CSV)).await).await;
    assert_eq!(view.name, "Spring");
    let (code, _, noted) = piped(&stack, &csv, CSV.as_bytes()).await;
    assert_eq!(
        (code, noted.as_str()),
        (2, "drumbeat: NAME (--name): standard input has no name: give the campaign one\n")
    );
    stack.stop().await;
}

#[tokio::test]
async fn a_later_start_is_said_and_the_same_key_is_the_same_campaign() {
    let (stack, folder) = stack(0).await;
    let file = write(&folder, "list.csv", CSV);
    let in_an_hour = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    let start = format!("{in_an_hour:.0}");
    let send = ["send", &file, "--start-at", &start, "--idempotency-key", "spring"];
    let (code, shown, _) = output(&stack, &send).await;
    assert_eq!(code, 0);
    assert!(shown.contains(&format!("\nscheduled for {start}\n")), "{shown}");
    assert_eq!(output(&stack, &send).await.1, shown);
    let campaigns = stack.client().unwrap().campaigns(0).await.unwrap();
    assert_eq!((campaigns.total, campaigns.campaigns[0].status), (1, Status::Scheduled));
    stack.stop().await;
}

#[tokio::test]
async fn rejected_rows_are_shown_and_downloaded() {
    let (stack, folder) = stack(0).await;
    let bad: String = (0..12).map(|number| format!("CUST-{},sms,none,Hi\n", number + 3)).collect();
    let file = write(&folder, "list.csv", format!("{CSV}CUST-2,sms,+14155550102,Hi\n{bad}"));
    let (code, shown, noted) = output(&stack, &["send", &file]).await;
    assert_eq!((code, shown.as_str()), (1, ""));
    assert!(noted.contains("drumbeat: 12 of 15 recipients cannot be sent to, more than 20 %"), "{noted}");
    assert!(noted.contains("\n  line 5, /phone (CUST-3): phone is "), "{noted}");

    let (code, shown, _) = output(&stack, &["send", &file, "--max-rejected", "0.9"]).await;
    assert_eq!(code, 0);
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!(lines[1], "3 recipients in 1 batch: 3 SMS, 0 WhatsApp, 0 email");
    assert_eq!(lines[2], "passed over: 1 whose address came before in the list");
    assert_eq!(lines[3], "rejected: 12");
    let id = lines[0].strip_prefix("campaign ").unwrap();
    assert_eq!(lines[14], format!("  and 2 more; all of them: drumbeat rejected {id} > rejected.csv"));

    let (code, rows, _) = output(&stack, &["rejected", id]).await;
    assert_eq!(code, 0);
    assert_eq!(rows.trim_end().lines().count(), 13);
    assert!(rows.starts_with("line,customer_id,reason"), "{rows}");
    assert!(rows.lines().nth(12).unwrap().starts_with("16,CUST-14,\"phone is "), "{rows}");
    let (code, _, noted) = output(&stack, &["rejected", "01KAPZ3V9C6J2M5Q8R1T4W7Y0B"]).await;
    assert_eq!(code, 1);
    assert!(noted.contains("there is no such campaign"), "{noted}");
    stack.stop().await;
}

#[tokio::test]
async fn a_check_sends_nothing_and_tells_by_its_exit_code() {
    let (stack, folder) = stack(0).await;
    let good = write(&folder, "good.csv", CSV);
    let (code, shown, _) = output(&stack, &["send", &good, "--check", "--tps", "2"]).await;
    assert_eq!(code, 0);
    assert!(shown.starts_with("this list can be sent: 2 messages\n"), "{shown}");
    assert!(shown.contains("it takes 1 s at 2 TPS, until "), "{shown}");
    assert!(shown.contains("sms to +14155550101 (CUST-1)\n  Hi"), "{shown}");

    let bad = write(&folder, "bad.csv", format!("{CSV}CUST-3,sms,none,Hi\n"));
    let (code, shown, _) = output(&stack, &["send", &bad, "--check", "--json"]).await;
    assert_eq!(code, 1);
    let answer: PreflightAnswer = serde_json::from_str(&shown).unwrap();
    assert_eq!((answer.can_be_sent, answer.rejected_total), (false, 1));
    assert_eq!(stack.client().unwrap().campaigns(0).await.unwrap().total, 0);
    stack.stop().await;
}
