use anyhow::Result;
use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};
use drumbeat_common::{CampaignId, Channel, Counts, Recount, State};

use crate::{command::remote::Remote, exit::Exit, say::say};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The campaign.
    id: CampaignId,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: Remote,
}

pub(crate) async fn execute(args: Args) -> Result<Exit> {
    let recount = args.remote.client()?.recount(args.id).await?;
    say(&if args.json { serde_json::to_string(&recount)? } else { table(&recount).to_string() })?;
    if recount.equal {
        return Ok(Exit::Done);
    }
    eprintln!("drumbeat: the counters are not what the ledger holds");
    Ok(Exit::Failed)
}

/// A row for each state; and for each channel's state that differs, since two channels may make up for each other.
fn table(recount: &Recount) -> Table {
    let Recount { ledger, counters, .. } = recount;
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(["state", "ledger", "counters"]);
    table.add_row(row("all", ledger.counts.total, counters.counts.total));
    for state in State::ALL {
        table.add_row(row(&in_words(state), ledger.counts.get(state), counters.counts.get(state)));
    }
    for channel in Channel::ALL {
        let (ledger, counters) = (ledger.channels.get(channel), counters.channels.get(channel));
        for state in State::ALL.into_iter().filter(|state| differs(*state, ledger, counters)) {
            let name = format!("{}, {}", in_words(state), channel.as_str());
            table.add_row(row(&name, ledger.get(state), counters.get(state)));
        }
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn in_words(state: State) -> String {
    state.to_string().replace('_', " ")
}

fn differs(state: State, ledger: &Counts, counters: &Counts) -> bool {
    ledger.get(state) != counters.get(state)
}

fn row(name: &str, ledger: u64, counters: u64) -> [String; 3] {
    [name.to_owned(), ledger.to_string(), counters.to_string()]
}

#[cfg(test)]
mod tests {
    use drumbeat_common::{ChannelCounts, Tally};

    use super::*;

    #[test]
    fn the_table_has_a_row_for_each_state_and_for_what_differs() {
        let tally = |sms, email| Tally {
            counts: Counts { total: 9, sent: 5, failed: 4, ..Counts::default() },
            channels: ChannelCounts {
                sms: Counts { total: sms, failed: sms, ..Counts::default() },
                email: Counts { total: email, failed: email, ..Counts::default() },
                ..ChannelCounts::default()
            },
        };
        let recount = Recount {
            campaign_id: CampaignId::generate(),
            equal: false,
            ledger: tally(3, 1),
            counters: tally(2, 2),
        };
        let table = table(&recount).to_string();
        let lines: Vec<_> = table.lines().filter(|line| line.starts_with('│')).collect();
        assert_eq!(lines.len(), 1 + 1 + State::ALL.len() + 2);
        assert_eq!(lines[4], "│ sent          ┆      5 ┆        5 │");
        assert_eq!(lines[12], "│ failed, sms   ┆      3 ┆        2 │");
    }
}
