//! A list on its way into the form.

use std::io::Write;

use tempfile::NamedTempFile;

use crate::{browser::Browser, house::House};

pub(crate) fn file(suffix: &str, content: &str) -> NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(suffix).tempfile().unwrap();
    file.write_all(content.as_bytes()).unwrap();
    file
}

/// 40 people, and one who cannot be reached.
pub(crate) fn list() -> NamedTempFile {
    let rows = (0..40).map(|place| format!("CUST-{place},sms,+1415555{:04},Good morning\n", 100 + place));
    file(".csv", &format!("customer_id,channel,phone,message\n{}BAD,sms,none,Hi\n", rows.collect::<String>()))
}

/// Opens the form, and chooses a file in it.
pub(crate) async fn choose(browser: &Browser, house: &House, file: &NamedTempFile) {
    browser.go(&format!("{}/campaigns/new", house.stack.api_url())).await;
    // The form's script has taken over.
    browser.until("document.getElementById('start_at').type === 'datetime-local'").await;
    browser.type_into("#file", &file.path().display().to_string()).await;
    browser.until_shown("#chosen", ".csv").await;
}
