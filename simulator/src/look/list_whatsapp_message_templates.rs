//! `ListWhatsAppMessageTemplates` of End User Messaging Social.

use drumbeat_common::Channel;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::page::Page;
use crate::{DemoAccount, aws_error::AwsError};

const THERE: &str = "COMPLETE";

pub(super) fn tell(account: &DemoAccount, query: &str) -> Result<Value, AwsError> {
    let parameter = |name: &str| {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| percent_decode_str(value).decode_utf8_lossy().into_owned())
    };
    let id = parameter("id").filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| refused("ValidationException", "id: is required"))?;
    if account.status(&id, THERE).is_none() {
        return Err(refused("ResourceNotFoundException", "The WhatsApp Business Account was not found."));
    }
    let most = parameter("maxResults").and_then(|most| most.parse().ok());
    let page = Page::new(parameter("nextToken").as_deref(), most);
    let templates: Vec<_> = page
        .of(&account.templates)
        .iter()
        .map(|template| {
            json!({
                "templateName": template.name,
                "templateLanguage": template.language,
                "templateStatus": template.status,
                "templateCategory": "MARKETING",
            })
        })
        .collect();
    Ok(json!({ "templates": templates, "nextToken": page.next(account.templates.len()) }))
}

fn refused(code: &'static str, message: &str) -> AwsError {
    AwsError::rejected(Channel::Whatsapp, code, message)
}
