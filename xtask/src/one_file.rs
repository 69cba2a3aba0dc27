//! one
use anyhow::Result;
use std::path::Path;
pub fn write(_w:&Path,_o:&Path)->Result<()>{Ok(())}
