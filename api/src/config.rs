use drumbeat_common::TemplateBook;

use crate::ApiKey;

/// What the server is told at its start.
#[derive(Debug)]
pub struct Config {
    /// The templates that recipients may name.
    pub templates: TemplateBook,
    /// Who may call `/api`; everybody who can reach it where there are none.
    pub keys: Vec<ApiKey>,
}
