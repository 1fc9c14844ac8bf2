//! `image`: a saved container image.

use super::Shared;
use clap::Args;
use std::path::PathBuf;

/// Flags of `image`.
///
/// Reads what `docker save` writes, and OCI layouts as a folder or an archive, also compressed: every layer of every image
/// and platform once, the configuration (Env, Cmd, Labels, the history of commands), and what no image refers to. Each
/// finding says which layer brought it and whether a later one removes it. Nothing is pulled: `docker save -o FILE NAME`.
#[derive(Debug, Args)]
pub struct Image {
    /// The saved image: a file or a folder
    #[arg(value_name = "FILE|DIR")]
    pub path: PathBuf,
    /// Leave out a layer of a base image that is known, by its digest or that of what it unpacks to; may be given often
    ///
    /// `docker inspect -f '{{json .RootFS.Layers}}' BASE` prints those of a base image. They are counted as excluded.
    #[arg(long, value_name = "DIGEST", help_heading = "Scope")]
    pub base: Vec<String>,
    /// Flags every scanning command takes.
    #[command(flatten)]
    pub shared: Shared,
}
