use askama::Template;

use super::{Shell, assets};
use crate::Problem;

/// What went wrong, for people.
#[derive(Template)]
#[template(path = "error.html")]
pub(super) struct ErrorPage {
    pub(super) shell: Shell,
    pub(super) problem: Problem,
}
