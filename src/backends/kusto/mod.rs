//! KQL for Microsoft Sentinel and Defender XDR.

use super::{Backend, Query, Request};
use crate::ir::Loss;
use crate::schema::Target;

pub struct Sentinel;
pub struct Defender;

impl Backend for Sentinel {
    fn target(&self) -> Target {
        Target::Sentinel
    }

    fn compile(&self, _request: Request<'_>) -> Result<Query, Vec<Loss>> {
        Ok(Query::default())
    }
}

impl Backend for Defender {
    fn target(&self) -> Target {
        Target::Defender
    }

    fn compile(&self, _request: Request<'_>) -> Result<Query, Vec<Loss>> {
        Ok(Query::default())
    }
}
