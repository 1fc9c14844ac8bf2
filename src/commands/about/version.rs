//! `--version --json`: what exactly this program is, for inventories of software.

use crate::commands::{Exit, output};
use crate::error::Error;
use crate::incremental::BUILD;
use crate::report::{Format, SCHEMA};
use crate::rules::Catalogue;
use crate::rules::recipe::Recipe;
use serde_json::json;

/// Whether the arguments (without the program's name) ask for it.
pub(in crate::commands) fn asked(arguments: &[std::ffi::OsString]) -> bool {
    let is_version = |text: &std::ffi::OsString| text == "--version" || text == "-V";
    matches!(arguments, [one, other] if is_version(one) && other == "--json" || one == "--json" && is_version(other))
}

/// Prints it.
pub(in crate::commands) fn version() -> Result<Exit, Error> {
    let catalogue = Catalogue::embedded();
    let infos = catalogue.infos();
    let about = json!({
        "name": "keydredge",
        "version": env!("CARGO_PKG_VERSION"),
        // All that it was built from: source, rules, locked dependencies.
        "build": BUILD,
        "target": { "os": std::env::consts::OS, "arch": std::env::consts::ARCH },
        "catalogue": {
            "digest": data_encoding::HEXLOWER.encode(&catalogue.digest()),
            "rules": infos.len(),
            "recipes": Recipe::embedded().len(),
        },
        "formats": Format::ALL.map(Format::name),
        "schema": SCHEMA,
    });
    let text = serde_json::to_string_pretty(&about).unwrap_or_default();
    output::print(format!("{text}\n").as_bytes())
}
