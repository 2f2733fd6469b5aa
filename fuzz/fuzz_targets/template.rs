//! Whatever a template says and is given, it is refused or filled, within a bound of work and memory.

#![no_main]

use std::collections::BTreeMap;

use drumbeat_common::{Template, TemplateBook, TemplateId, TemplateParts};
use libfuzzer_sys::{
    arbitrary::{self, Arbitrary},
    fuzz_target,
};

#[derive(Debug, Arbitrary)]
struct Input {
    source: String,
    html: bool,
    values: [String; 2],
}

/// The longest text that the budget of a template can pay for, with room for a last step.
const LONGEST: usize = 2 * 1024 * 1024;

fuzz_target!(|input: Input| {
    let Input { source, html, values } = input;
    let parts = if html {
        TemplateParts::Email { subject: String::new(), body: String::new(), html: source }
    } else {
        TemplateParts::Sms { body: source }
    };
    let (channel, id) = (parts.channel(), TemplateId::from("FUZZ".to_owned()));
    let template = Template { id: id.clone(), language: "en_US".to_owned(), parts };
    let Ok(book) = TemplateBook::new([template]) else { return };
    let needed: Vec<_> = book.iter().flat_map(|template| book.variables(template)).collect();
    let variables = needed.into_iter().map(str::to_owned).zip(values.into_iter().cycle());
    let Ok(filled) = book.preview(channel, &id, &BTreeMap::from_iter(variables)) else { return };
    match filled.parts {
        TemplateParts::Sms { body: text } | TemplateParts::Email { html: text, .. } => {
            assert!(text.len() <= LONGEST);
        }
        TemplateParts::Whatsapp { .. } => unreachable!("it was filled for {channel}"),
    }
});
