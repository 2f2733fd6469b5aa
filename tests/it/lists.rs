//! Lists go from a file, or from another program, through the binary to everybody on them.

use std::{collections::BTreeSet, fmt::Write as _, io::Write as _, process::Stdio};

use drumbeat_api::SendCampaignAnswer;
use drumbeat_common::{Channel, Counts};
use flate2::{Compression, write::GzEncoder};
use tokio::{io::AsyncWriteExt, process::Command};

use crate::house::{House, exe};

/// As many as are sent to in ten seconds or so, at a rate that a busy machine bears.
const ROWS: u32 = if cfg!(debug_assertions) { 3_000 } else { 20_000 };
const TPS: &str = if cfg!(debug_assertions) { "250" } else { "2000" };

impl House {
    /// Sends a list with the binary, as a shell would: what stdin has, where the file is `-`.
    async fn send_list(&self, args: &[&str], stdin: &[u8]) -> SendCampaignAnswer {
        let mut command = Command::new(exe());
        command.arg("send").args(args).args(["--json", "--api-url", self.stack.api_url()]);
        command.env("DRUMBEAT_ENV_FILE", "").kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin).await.unwrap();
        let output = child.wait_with_output().await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The campaign sent a message to each of these, and to nobody else.
    async fn sent_once_to(&self, answer: &SendCampaignAnswer, people: u32) {
        let messages = self.messages().await;
        let of_campaign = messages.iter().filter(|message| message.campaign_id == answer.campaign_id);
        let reached: Vec<_> = of_campaign.map(|message| message.recipient).collect();
        assert_eq!(reached.len(), people as usize);
        assert_eq!(reached.into_iter().collect::<BTreeSet<_>>(), (0..people).collect());
        assert_eq!(self.stats().await.duplicates, 0);
        assert!(self.client.recount(answer.campaign_id).await.unwrap().equal);
    }
}

fn csv(rows: u32) -> String {
    let mut csv = String::from(
        "customer_id;channel;phone;email;template_id;first_name;product;price;collection;city\n",
    );
    for row in 0..rows {
        let channel = Channel::ALL[row as usize % 3];
        let phone = format!("+1{}600{:04}", 201 + row / 10_000, row % 10_000);
        let _ = match channel {
            Channel::Sms | Channel::Whatsapp => {
                writeln!(
                    csv,
                    "CUST-{row};{channel};{phone};;BACK_IN_STOCK;Ana;\"the \"\"oak\"\" desk\";{row},00 €;;"
                )
            }
            Channel::Email => writeln!(
                csv,
                "CUST-{row};{channel};;success+{row}@simulator.amazonses.com;NEW_ARRIVALS;Zoë;;;spring {row};Lima"
            ),
        };
    }
    csv
}

#[tokio::test]
async fn everybody_on_a_long_list_is_sent_to_once() {
    let house = House::open(1).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("Spring sale.csv");
    std::fs::write(&file, csv(ROWS)).unwrap();
    let answer = house.send_list(&[file.to_str().unwrap(), "--tps", TPS], b"").await;
    assert_eq!(
        (answer.total, answer.batches, answer.rejected_total),
        (ROWS.into(), u64::from(ROWS / 100), 0)
    );
    assert_eq!((answer.skipped.duplicates, answer.skipped.suppressed), (0, 0));
    let progress = house.completed(answer.campaign_id).await;
    assert_eq!(progress.name, "Spring sale");
    assert_eq!(progress.counts, Counts { total: ROWS.into(), sent: ROWS.into(), ..Counts::default() });
    house.sent_once_to(&answer, ROWS).await;
    house.until_forgotten(answer.campaign_id).await;
}

#[tokio::test]
async fn a_packed_list_from_another_program_is_sent_without_its_bad_rows() {
    let house = House::open(1).await;
    let mut list = csv(300);
    list.push_str(
        "CUST-0;sms;+12016000000;;BACK_IN_STOCK;Ana;desk;1;;\nCUST-X;sms;none;;BACK_IN_STOCK;Ana;desk;1;;\n",
    );
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(list.as_bytes()).unwrap();
    let args = ["-", "--format", "csv", "--name", "Spring", "--tps", "1000"];
    let answer = house.send_list(&args, &encoder.finish().unwrap()).await;
    assert_eq!((answer.total, answer.skipped.duplicates, answer.rejected_total), (301, 1, 1));
    let progress = house.completed(answer.campaign_id).await;
    assert_eq!(progress.counts, Counts { total: 301, sent: 300, skipped: 1, ..Counts::default() });
    house.sent_once_to(&answer, 300).await;
    let rejected = house.client.rejected(answer.campaign_id).await.unwrap().text().await.unwrap();
    assert!(rejected.contains("303,CUST-X,"), "{rejected}");
}
