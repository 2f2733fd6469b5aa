use drumbeat_common::Channel;

use super::row::Row;

/// The channel with the best score that the person has an address for and has not declined. Of equal ones it is the first
/// in the order in which people see them.
pub(super) fn best(row: &Row<'_>) -> Result<Channel, String> {
    let mut best: Option<(Channel, f64)> = None;
    for channel in Channel::ALL {
        let Some((_, score)) = row.channel_scores.iter().find(|(scored, _)| *scored == channel) else {
            continue;
        };
        if is_open(row, channel) && best.is_none_or(|(_, highest)| *score > highest) {
            best = Some((channel, *score));
        }
    }
    best.map(|(channel, _)| channel).ok_or_else(|| {
        let scored: Vec<_> = row.channel_scores.iter().map(|(channel, _)| channel.as_str()).collect();
        format!(
            "no channel can be chosen: of {} the person has declined each, or has no address for it",
            scored.join(", ")
        )
    })
}

fn is_open(row: &Row<'_>, channel: Channel) -> bool {
    let address = match channel {
        Channel::Sms | Channel::Whatsapp => &row.phone,
        Channel::Email => &row.email,
    };
    address.is_given() && !row.preferences.contains(&(channel, false))
}

#[cfg(test)]
mod tests {
    use Channel::{Email, Sms, Whatsapp};

    use super::*;
    use crate::intake::row::Cell;

    fn row(
        scores: &[(Channel, f64)],
        preferences: &[(Channel, bool)],
        phone: bool,
        email: bool,
    ) -> Row<'static> {
        let cell = |given: bool| if given { Cell::Text("there".into()) } else { Cell::Absent };
        Row {
            channel_scores: scores.to_vec(),
            preferences: preferences.to_vec(),
            phone: cell(phone),
            email: cell(email),
            ..Row::default()
        }
    }

    #[test]
    fn the_best_score_wins_that_has_an_address_and_is_not_declined() {
        let scores = [(Sms, 0.2), (Whatsapp, 0.9), (Email, 0.7)];
        assert_eq!(best(&row(&scores, &[], true, true)).unwrap(), Whatsapp);
        assert_eq!(best(&row(&scores, &[(Whatsapp, false)], true, true)).unwrap(), Email);
        assert_eq!(best(&row(&scores, &[(Whatsapp, false), (Email, true)], true, false)).unwrap(), Sms);
        assert_eq!(best(&row(&[(Email, 0.5), (Sms, 0.5)], &[], true, true)).unwrap(), Sms);
        let why = best(&row(&[(Sms, 1.0)], &[(Sms, false)], true, true)).unwrap_err();
        assert!(why.contains("of sms the person has declined"), "{why}");
    }
}
