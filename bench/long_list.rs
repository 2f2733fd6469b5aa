//! A list as long as is wished, of people whom only the simulator knows.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use indicatif::{ProgressBar, ProgressStyle};

const NAMES: [&str; 12] =
    ["Ana", "Ben", "Chloé", "David", "Elif", "Fatima", "Georg", "Hana", "Igor", "Jürgen", "Kofi", "Linh"];
const ENDINGS: [&str; 12] =
    ["", "-Marie", "-Lee", " Jr", " A.", " B.", " C.", " D.", " E.", " F.", " G.", " H."];
const PRODUCTS: [&str; 8] = [
    "the oak desk",
    "the linen chair",
    "the reading lamp",
    "the wool rug",
    "the walnut shelf",
    "the tea set",
    "the garden bench",
    "the brass mirror",
];
const CITIES: [&str; 6] = ["Springfield", "Riverside", "Fairview", "Madison", "Georgetown", "Salem"];
const AREAS: [u64; 8] = [201, 202, 203, 205, 206, 207, 208, 209];

/// People with an email address, two in three, or a phone number; no two of them have one.
pub(crate) fn write_list(path: &Path, rows: u64) {
    let bar = bar(rows, "{msg:24} {bar:30} {human_pos} of {human_len}, {eta} left", "writing the list");
    let mut file = BufWriter::new(File::create(path).unwrap());
    writeln!(file, "customer_id,channel,phone,email,template_id,first_name,product,price,collection,city")
        .unwrap();
    for row in 0..rows {
        let place = usize::try_from(row).unwrap();
        let name = [NAMES[place % NAMES.len()], ENDINGS[place / NAMES.len() % ENDINGS.len()]].concat();
        let product = PRODUCTS[place / 5 % PRODUCTS.len()];
        if row % 3 == 0 {
            let channel = ["sms", "whatsapp"][place / 3 % 2];
            let (phone, price) = (phone(row / 3), row * 37 % 90_000 + 999);
            writeln!(
                file,
                "CUST-{row},{channel},{phone},,BACK_IN_STOCK,{name},{product},{}.{:02} $,,",
                price / 100,
                price % 100
            )
        } else {
            let city = CITIES[place / 7 % CITIES.len()];
            let email = format!("success+{row}@simulator.amazonses.com");
            writeln!(
                file,
                "CUST-{row},email,,{email},NEW_ARRIVALS,{name},,,{product} of {},{city}",
                1900 + row % 120
            )
        }
        .unwrap();
        if row % 10_000 == 0 {
            bar.set_position(row);
        }
    }
    file.flush().unwrap();
    bar.finish_and_clear();
}

/// The numbers that are set aside for fiction are too few for this. Only the simulator gets to see these.
fn phone(number: u64) -> String {
    let areas = AREAS.len() as u64;
    let area = AREAS[usize::try_from(number % areas).unwrap()];
    let line = number / areas;
    format!("+1{area}{}{:04}", 600 + line / 10_000 % 400, line % 10_000)
}

pub(crate) fn bar(length: u64, template: &str, message: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap();
    ProgressBar::new(length).with_style(style).with_message(message)
}
