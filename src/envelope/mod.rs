//! The files around a query: Splunk apps, Sentinel analytic rules, Defender custom detections. minijinja writes them.

pub mod alert;
pub mod defender;
pub mod document;
pub mod sentinel;
pub mod splunk;

/// One file of `outputs/`: a path with `/`, relative to the output folder, and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    pub path: String,
    pub text: String,
}
