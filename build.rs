//! Packs `rules/*.toml` into the binary: the rules are parsed and checked here, once, so that a run of
//! the program only reads what is already known to be sound. A wrong rule fails the build with its
//! message. The parsing is the crate's own: the modules below are compiled for this script too.

#[path = "src/model/mod.rs"]
#[allow(dead_code, unused_imports, unreachable_pub, reason = "the script needs a part of these modules")]
mod model;
#[path = "src/rules/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    unexpected_cfgs,
    reason = "the script needs a part of these modules"
)]
mod rules;

use rules::{Catalogue, pack};
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=src/rules");
    println!("cargo::rerun-if-changed=src/model");
    println!("cargo::rustc-check-cfg=cfg(catalogue_packed)");
    println!("cargo::rustc-cfg=catalogue_packed");
    let complaints = match run() {
        Ok(complaints) => complaints,
        Err(error) => vec![format!("the catalogue could not be packed: {error}")],
    };
    for complaint in &complaints {
        println!("cargo::error={}", complaint.replace('\n', " "));
    }
    if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Reads every rule, writes the packed catalogue, and returns what is wrong with the rules.
fn run() -> io::Result<Vec<String>> {
    let mut files: Vec<_> =
        fs::read_dir("rules")?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let mut rules = Vec::new();
    let mut complaints = Vec::new();
    for path in files {
        let name = path.to_string_lossy().replace('\\', "/");
        match Catalogue::parse(&name, &fs::read_to_string(&path)?) {
            Ok(parsed) => rules.extend(parsed),
            Err(errors) => complaints.extend(errors.iter().map(ToString::to_string)),
        }
    }
    match Catalogue::build(rules) {
        Ok(catalogue) => {
            let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
            let packed = pack::pack(&catalogue).map_err(io::Error::other)?;
            fs::write(Path::new(&out).join("catalogue.bin"), packed.rules)?;
            fs::write(Path::new(&out).join("texts.bin"), packed.texts)?;
        }
        Err(errors) => complaints.extend(errors.iter().map(ToString::to_string)),
    }
    Ok(complaints)
}
