use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, Request, State, rejection::PathRejection},
};
use drumbeat_common::{Channel, ContentError, Template, TemplateBook, TemplateId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{
    Problem, body,
    complaints::{Complaints, Fault},
    error::ApiError,
    json::{self, Fields},
    server::App,
    variables,
};

/// One person's variables.
const BODY_LIMIT: usize = 256 * 1024;

const FIELDS: &[&str] = &["channel", "variables"];
const KNOWN: &str = "a template is rendered with variables, and for a channel";

/// All templates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TemplateList {
    /// By channel and id.
    pub templates: Vec<TemplateView>,
}

/// A template: what it consists of, and what it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TemplateView {
    /// The template itself.
    #[serde(flatten)]
    pub template: Template,
    /// The variables that it needs, by name.
    #[schema(example = json!(["first_name"]))]
    pub variables: Vec<String>,
}

/// For whom a template is to be rendered.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RenderRequest {
    /// Needed where the template is there for several channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// What the template needs: texts, numbers or booleans by name.
    #[serde(default)]
    #[schema(value_type = Option<std::collections::HashMap<String, serde_json::Value>>)]
    pub variables: BTreeMap<String, serde_json::Value>,
}

/// All templates
#[utoipa::path(
    get,
    path = "/api/templates",
    operation_id = "list_templates",
    tag = "templates",
    responses((status = OK, description = "All that recipients may name", body = TemplateList))
)]
pub(crate) async fn list(State(app): State<App>) -> Json<TemplateList> {
    let view = |template: &Template| TemplateView {
        template: template.clone(),
        variables: app.templates.variables(template).map(str::to_owned).collect(),
    };
    Json(TemplateList { templates: app.templates.iter().map(view).collect() })
}

/// Render a template
///
/// Nothing is sent. The answer is the template with its parts filled, as a person would see it; for WhatsApp that is the
/// body, and the parameters are what Meta is given.
#[utoipa::path(
    post,
    path = "/api/templates/{id}/render",
    operation_id = "render_template",
    tag = "templates",
    params(("id" = String, Path, description = "The template's id")),
    request_body = RenderRequest,
    responses(
        (status = OK, description = "The template, filled", body = Template),
        (status = BAD_REQUEST, description = "No JSON", body = Problem, content_type = "application/problem+json"),
        (status = NOT_FOUND, description = "There is no such template", body = Problem, content_type = "application/problem+json"),
        (status = PAYLOAD_TOO_LARGE, description = "More than 256 KiB", body = Problem, content_type = "application/problem+json"),
        (status = UNSUPPORTED_MEDIA_TYPE, description = "Not application/json", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "Variables are missing or wrong, or the channel is; each is named", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn render(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Json<Template>, ApiError> {
    let body = body::json(request, BODY_LIMIT).await?;
    let Path(id) = id.map_err(|_| ApiError::NoTemplate)?;
    let id = TemplateId::from(id);
    let of_id = app.templates.iter().filter(|template| template.id == id);
    let channels: Vec<_> = of_id.map(|template| template.parts.channel()).collect();
    if channels.is_empty() {
        return Err(ApiError::NoTemplate);
    }
    rendered(&app.templates, &id, &channels, &body).map(Json)
}

fn rendered(
    templates: &TemplateBook,
    id: &TemplateId,
    channels: &[Channel],
    body: &[u8],
) -> Result<Template, ApiError> {
    let whole = json::parse(body)?;
    let mut complaints = Complaints::about(body);
    match preview(templates, id, channels, whole) {
        Ok(template) => Ok(template),
        Err(faults) => {
            faults.into_iter().for_each(|fault| complaints.option(fault));
            Err(complaints.into_rendering_error())
        }
    }
}

fn preview<'a>(
    templates: &TemplateBook,
    id: &TemplateId,
    channels: &[Channel],
    whole: &'a RawValue,
) -> Result<Template, Vec<Fault<'a>>> {
    let fields =
        Fields::read(whole, FIELDS).map_err(|why| vec![Fault::of_whole(whole, format!("the body {why}"))])?;
    let mut faults: Vec<_> = fields.strangers.iter().map(|stranger| stranger.fault(KNOWN)).collect();
    let channel = channel(fields.get_some("channel"), whole, channels).map_err(|fault| faults.push(fault));
    let variables = match fields.get_some("variables") {
        Some(raw) => variables::read(raw).map_err(|mut wrong| faults.append(&mut wrong)),
        None => Ok(BTreeMap::new()),
    };
    match (channel, variables) {
        (Ok(channel), Ok(variables)) if faults.is_empty() => {
            let at = fields.get_some("variables").unwrap_or(whole);
            templates.preview(channel, id, &variables).map_err(|error| unfilled(error, at))
        }
        _ => Err(faults),
    }
}

/// The channel that is asked for, or the only one that the template is for.
fn channel<'a>(
    asked: Option<&'a RawValue>,
    whole: &'a RawValue,
    channels: &[Channel],
) -> Result<Channel, Fault<'a>> {
    let names: Vec<_> = channels.iter().map(|channel| channel.as_str()).collect();
    let names = names.join(" and ");
    match (asked, channels) {
        (None, [only]) => Ok(*only),
        (None, _) => {
            let detail = format!("channel is missing: the template is there for {names}");
            Err(Fault::of("channel", whole, detail))
        }
        (Some(raw), _) => {
            let fault = |why: String| Fault::of("channel", raw, why);
            let text = json::text(raw).map_err(|why| fault(format!("channel {why}")))?;
            let channel: Channel = text.parse().map_err(|unknown| fault(format!("{unknown}")))?;
            let elsewhere = || fault(format!("the template is not there for {channel}, but for {names}"));
            if channels.contains(&channel) { Ok(channel) } else { Err(elsewhere()) }
        }
    }
}

fn unfilled(error: ContentError, variables: &RawValue) -> Vec<Fault<'_>> {
    match error {
        ContentError::MissingVariables { missing, .. } => {
            missing.iter().map(|name| variables::fault(name, variables, "is missing")).collect()
        }
        other => vec![Fault::of("variables", variables, other.to_string())],
    }
}
