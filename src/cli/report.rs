//! `report`: a saved report in another format.

use super::shared::{parse_format, parse_report};
use super::{ColorWhen, ReportTo, Shared};
use crate::report::Format;
use clap::Args;
use std::path::PathBuf;

/// Flags of `report`.
#[derive(Debug, Args)]
pub struct SavedReport {
    /// A report of keydredge in json or jsonl; `-` is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// An older report of the same: what is new since, and what is gone, is shown by the format html
    #[arg(long, value_name = "FILE")]
    pub since: Option<PathBuf>,
    /// Format on standard output (or in --output): text, json, jsonl, sarif, github, markdown, gitlab,
    /// codequality, junit, checkstyle, csv, html
    #[arg(short, long, value_name = "FORMAT", value_parser = parse_format, default_value = "text")]
    pub format: Format,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// One more format: FORMAT=PATH, `-` for standard output; may be given often
    #[arg(long, value_name = "FORMAT=PATH", value_parser = parse_report)]
    pub report: Vec<ReportTo>,
    /// When to use colours
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorWhen::Auto)]
    pub color: ColorWhen,
}

impl SavedReport {
    /// The flags of a run with the same output.
    pub fn shared(&self) -> Shared {
        Shared {
            format: self.format,
            output: self.output.clone(),
            report: self.report.clone(),
            color: self.color,
            quiet: false,
            ..Shared::plain()
        }
    }
}
