//! Templates, tried without a send.

use super::json::{ControlError, Json};
use crate::template::filling::Filling;
use crate::template::properties::Properties;
use crate::template::render::render;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRendering {
    template: String,
    properties: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Rendering {
    payload: String,
    unfilled_properties: Vec<String>,
}

/// `POST /$emulator/render`
pub(super) async fn try_out(Json(new): Json<NewRendering>) -> Result<axum::Json<Rendering>, ControlError> {
    new.carry_out().map(axum::Json)
}

impl NewRendering {
    pub(super) fn carry_out(self) -> Result<Rendering, ControlError> {
        let properties = Properties::from(self.properties);
        let filling = Filling::new(&properties);
        let payload = render(&self.template, &filling).map_err(ControlError::bad_request)?;
        Ok(Rendering { payload, unfilled_properties: filling.unfilled() })
    }
}
