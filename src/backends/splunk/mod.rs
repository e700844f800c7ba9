//! Splunk.

use super::{Backend, Query, Request};
use crate::ir::Loss;
use crate::schema::Target;

pub struct Splunk;

impl Backend for Splunk {
    fn target(&self) -> Target {
        Target::Splunk
    }

    fn compile(&self, _request: Request<'_>) -> Result<Query, Vec<Loss>> {
        Ok(Query::default())
    }
}
