//! The commands that speak to an API, as a shell sees them.

#![expect(clippy::unwrap_used, reason = "a test may panic in its helpers too")]

mod shell;

use std::time::Duration;

use drumbeat::stack::Signal;
use serde_json::Value;
use shell::{drumbeat, output, said, stack};
use tempfile::TempDir;
use tokio::time::sleep;

/// Writes a campaign file, one recipient a line.
fn campaign(folder: &TempDir, phones: impl IntoIterator<Item = String>) -> String {
    let recipients: Vec<_> = phones
        .into_iter()
        .enumerate()
        .map(|(i, phone)| {
            format!(r#"{{"customer_id":"CUST-{i}","channel":"sms","phone":"{phone}","message":"x"}}"#)
        })
        .collect();
    let path = folder.path().join("campaign.json");
    let text = format!("{{\n\"name\":\"x\",\"tps\":40,\n\"recipients\":[\n{}\n]}}", recipients.join(",\n"));
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn phones(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|i| format!("+1415555{:04}", 100 + i))
}

fn id_in(json_line: &str) -> String {
    let answer: Value = serde_json::from_str(json_line).unwrap();
    answer["campaign_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_watch_outlives_the_api() {
    let (mut stack, folder) = stack(1).await;
    let file = campaign(&folder, phones(100));
    let mut watching = drumbeat(&stack, &["send", &file, "--dry-run", "--watch"]);
    let watching = watching.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let watching = watching.spawn().unwrap();
    while stack.client().unwrap().campaigns(0).await.unwrap().total == 0 {
        sleep(Duration::from_millis(10)).await;
    }
    sleep(Duration::from_millis(500)).await;
    stack.api.kill(Signal::SIGKILL).unwrap();
    stack.api.wait().await.unwrap();
    sleep(Duration::from_millis(2500)).await;
    stack.api.restart().await.unwrap();
    let (code, shown, noted) = said(watching.wait_with_output().await.unwrap());
    assert_eq!(code, 0, "{shown}{noted}");
    // What comes before may be how far the file is, once a second.
    assert!(noted.ends_with("lost the connection, retrying\n"), "{noted}");
    assert!(shown.contains("running, dry run, sent "), "{shown}");
    assert!(
        shown.ends_with("completed, dry run, sent 100 of 100, failed 0, in doubt 0, pending 0\n"),
        "{shown}"
    );
    stack.stop().await;
}

#[tokio::test]
async fn a_send_waits_for_the_api_and_makes_one_campaign() {
    let (mut stack, folder) = stack(0).await;
    let file = campaign(&folder, phones(1));
    stack.api.kill(Signal::SIGKILL).unwrap();
    stack.api.wait().await.unwrap();
    let mut command = drumbeat(&stack, &["send", &file]);
    let sending = tokio::spawn(async move { said(command.output().await.unwrap()) });
    sleep(Duration::from_millis(600)).await;
    stack.api.restart().await.unwrap();
    let (code, shown, noted) = sending.await.unwrap();
    assert_eq!(code, 0, "{shown}{noted}");
    assert!(noted.contains("trying again"), "{noted}");
    assert_eq!(stack.client().unwrap().campaigns(0).await.unwrap().total, 1);
    stack.stop().await;
}

#[tokio::test]
async fn a_campaign_is_steered_from_the_shell() {
    let (stack, folder) = stack(0).await;
    let file = campaign(&folder, phones(3));
    let (code, shown, _) =
        output(&stack, &["send", &file, "--json", "--name", "Spring", "--tps", "2.5", "--dry-run"]).await;
    assert_eq!(code, 0);
    let id = id_in(shown.lines().next().unwrap());
    let seen = stack.client().unwrap().campaign(id.parse().unwrap()).await.unwrap();
    assert_eq!((seen.name.as_str(), seen.tps, seen.dry_run, seen.total), ("Spring", 2.5, true, 3));

    for (args, line) in [
        (vec!["pause", &id], format!("{id} \"Spring\" is paused, at 2.5 TPS\n")),
        (vec!["tps", &id, "80"], format!("{id} \"Spring\" is paused, at 80 TPS\n")),
        (vec!["resume", &id], format!("{id} \"Spring\" is running, at 80 TPS\n")),
        (vec!["cancel", &id], format!("{id} \"Spring\" is cancelled, at 80 TPS\n")),
    ] {
        assert_eq!(output(&stack, &args).await, (0, line, String::new()));
    }
    let (code, shown, _) = output(&stack, &["watch", &id, "--json"]).await;
    assert_eq!(code, 3);
    let progress: drumbeat_common::Progress = serde_json::from_str(&shown).unwrap();
    assert_eq!(progress.counts.cancelled, 3);
    stack.stop().await;
}

#[tokio::test]
async fn a_campaign_that_is_over_is_taken_up_again_and_recounted_from_the_shell() {
    let (stack, folder) = stack(1).await;
    let file = campaign(&folder, phones(3));
    let (_, shown, _) = output(&stack, &["send", &file, "--json", "--tps", "100"]).await;
    let id = id_in(shown.lines().next().unwrap());
    assert_eq!(output(&stack, &["watch", &id]).await.0, 0);
    let (code, shown, _) = output(&stack, &["recount", &id]).await;
    assert_eq!(code, 0);
    assert!(shown.contains("│ sent        ┆      3 ┆        3 │"), "{shown}");
    let (code, shown, noted) = output(&stack, &["retry-failed", &id]).await;
    assert_eq!((code, shown.as_str()), (1, ""));
    assert!(noted.starts_with("drumbeat: nobody in the campaign is failed"), "{noted}");

    // As if one had failed and one were in doubt.
    let redis = redis::Client::open(stack.redis_url()).unwrap();
    let mut connection = redis.get_multiplexed_async_connection().await.unwrap();
    let (ledger, progress) = (format!("{{{id}}}:ledger"), format!("{{{id}}}:progress"));
    let mut change = redis::pipe();
    change.setrange(&ledger, 0, "CD").ignore();
    change.hset(&progress, "C", 1).ignore().hset(&progress, "D", 1).ignore();
    let () = change.query_async(&mut connection).await.unwrap();
    let (code, shown, noted) = output(&stack, &["recount", &id, "--json"]).await;
    assert_eq!((code, noted.as_str()), (1, "drumbeat: the counters are not what the ledger holds\n"));
    let recount: drumbeat_common::Recount = serde_json::from_str(&shown).unwrap();
    assert_eq!((recount.ledger.counts.sent, recount.counters.counts.sent), (1, 3));
    let () = redis::cmd("HSET").arg(&progress).arg("B").arg(1).query_async(&mut connection).await.unwrap();

    let completed = format!("{id} \"x\" is completed, at 100 TPS\n");
    let (code, shown, _) = output(&stack, &["resolve-in-doubt", &id, "--as", "sent"]).await;
    assert_eq!((code, shown), (0, format!("1 in doubt count as sent\n{completed}")));
    let (code, _, noted) = output(&stack, &["resolve-in-doubt", &id, "--as", "lost"]).await;
    assert_eq!(
        (code, noted.as_str()),
        (2, "drumbeat: AS (--as): \"lost\" is neither \"resend\" nor \"sent\"\n")
    );
    assert_eq!(output(&stack, &["recount", &id]).await.0, 0);
    stack.stop().await;
}

#[tokio::test]
async fn what_the_api_complains_about_is_in_the_lines_of_the_file() {
    let (stack, folder) = stack(0).await;
    let numbers = ["+14155550100", "4155550101", "+14155550102", "none"].map(str::to_owned);
    let file = campaign(&folder, numbers);
    let (code, shown, noted) =
        output(&stack, &["send", &file, "--tps", "5", "--name", "A longer name"]).await;
    assert_eq!((code, shown.as_str()), (1, ""));
    let lines = noted.lines().skip_while(|line| !line.starts_with("drumbeat: ")).skip(1);
    let lines: Vec<_> = lines.map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(lines, ["  line 5, /recipients/1/phone (CUST-1)", "  line 7, /recipients/3/phone (CUST-3)"]);
    stack.stop().await;
}

#[tokio::test]
async fn addresses_are_suppressed_and_not_any_more_and_the_list_goes_from_file_to_file() {
    let (stack, folder) = stack(0).await;
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let suppress = ["suppress", "email", "Ana@Example.com", "--reason", "asked on the phone"];
    for said in ["the address is suppressed\n", "the address is suppressed already\n"] {
        assert_eq!(output(&stack, &suppress).await, (0, said.to_owned(), String::new()));
    }
    let (code, _, error) = output(&stack, &["suppress", "sms", "ana"]).await;
    assert_eq!(code, 1);
    assert!(error.contains("not a phone number"), "{error}");

    std::fs::write(file("in.csv"), "channel,address\nsms,+14155550100\nsms,none\n").unwrap();
    let (code, out, _) = output(&stack, &["suppressions", "--import", &file("in.csv")]).await;
    assert_eq!(code, 0);
    assert!(
        out.starts_with("1 addresses are suppressed, 0 were already, 1 lines cannot be read\n  line 3: "),
        "{out}"
    );
    let export = ["suppressions", "--export", &file("out.csv")];
    assert_eq!(output(&stack, &export).await, (0, String::new(), String::new()));
    let list = std::fs::read_to_string(file("out.csv")).unwrap();
    assert_eq!(list.lines().count(), 3);
    assert!(list.contains("email,ana@example.com,asked on the phone,"), "{list}");

    let unsuppress = ["unsuppress", "email", "ana@example.com"];
    let (code, out, _) = output(&stack, &unsuppress).await;
    assert_eq!(code, 0);
    assert!(out.ends_with(" (asked on the phone), and is not any more\n"), "{out}");
    let (code, _, error) = output(&stack, &unsuppress).await;
    assert_eq!((code, error.as_str()), (1, "drumbeat: this address is not on the suppression list\n"));
    assert_eq!(output(&stack, &["suppressions"]).await.0, 2);
}
