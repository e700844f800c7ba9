//! Sigma.

use super::{Backend, Query, Request};
use crate::ir::Loss;
use crate::schema::Target;

pub struct Sigma;

impl Backend for Sigma {
    fn target(&self) -> Target {
        Target::Sigma
    }

    fn compile(&self, _request: Request<'_>) -> Result<Query, Vec<Loss>> {
        Ok(Query::default())
    }
}
