use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Currency, Price};

/// What messages cost together. Money is decimal and never a float, so that a sum is exactly that of its parts; one
/// currency is never added to another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Cost {
    /// The sum in each currency.
    #[schema(value_type = std::collections::HashMap<String, String>, example = json!({"USD": "12.345"}))]
    pub totals: BTreeMap<Currency, Decimal>,
    /// Units that no price was found for, and that cost nothing here.
    pub unpriced: u64,
}

impl Cost {
    /// Adds units at a price, if there is one.
    pub fn add(&mut self, price: Option<Price>, units: u64) {
        match price {
            Some(Price { amount, currency }) => {
                let total = self.totals.entry(currency).or_default();
                *total = (*total + amount * Decimal::from(units)).normalize();
            }
            None => self.unpriced += units,
        }
    }

    /// The sum in one currency.
    #[must_use]
    pub fn total(&self, currency: Currency) -> Option<Decimal> {
        self.totals.get(&currency).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(amount: &str, currency: &str) -> Option<Price> {
        Some(Price { amount: amount.parse().unwrap(), currency: currency.parse().unwrap() })
    }

    #[test]
    fn sums_are_exact_and_currencies_apart() {
        let mut cost = Cost::default();
        for _ in 0..3 {
            cost.add(price("0.1", "EUR"), 1);
        }
        cost.add(price("0.00581", "USD"), 1_000_000);
        cost.add(price("0.0001", "USD"), 7);
        cost.add(None, 5);
        let json = r#"{"totals":{"EUR":"0.3","USD":"5810.0007"},"unpriced":5}"#;
        assert_eq!(serde_json::to_string(&cost).unwrap(), json);
        assert_eq!(serde_json::from_str::<Cost>(json).unwrap(), cost);
        assert_eq!(cost.total(Currency::USD), Some("5810.0007".parse().unwrap()));
    }

    #[test]
    fn the_largest_list_at_the_highest_price_is_exact() {
        let mut cost = Cost::default();
        cost.add(price("999.99999999", "USD"), u64::from(u32::MAX));
        assert_eq!(cost.totals.values().next().unwrap().to_string(), "4294967294957.05032705");
    }
}
