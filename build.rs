//! Packs `rules/*.toml` into the binary: the rules are parsed and checked here, once, so that a run of the program only
//! reads what is already known to be sound. A wrong rule fails the build with its message. The tables of the search for
//! the rules' literals are made here too. And it names the build, for the cache. Parsing and tables are the crate's own:
//! the modules below are compiled for this script too.

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
#[path = "src/shown_path.rs"]
#[allow(dead_code, unreachable_pub, reason = "the script needs a part of these modules")]
mod shown_path;
/// The part of the engine that makes the tables of the search.
#[path = "src/scan"]
#[allow(dead_code, unexpected_cfgs, reason = "the script needs a part of these modules")]
mod scan {
    mod prefilter;
    pub(crate) mod tables;
}

use rules::recipe::reach::ReachRecipe;
use rules::recipe::revoke::RevokeRecipe;
use rules::recipe::{AccessRecipes, Recipe};
use rules::{Catalogue, pack};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=Cargo.lock");
    println!("cargo::rustc-check-cfg=cfg(catalogue_packed, tables_packed)");
    println!("cargo::rustc-cfg=catalogue_packed");
    match build_id() {
        Ok(id) => println!("cargo::rustc-env=KEYDREDGE_BUILD={id}"),
        Err(error) => println!("cargo::error=the sources could not be read: {error}"),
    }
    let complaints = match run() {
        Ok(complaints) => complaints,
        Err(error) => vec![format!("the catalogue could not be packed: {error}")],
    };
    for complaint in &complaints {
        println!("cargo::error={}", complaint.replace('\n', " "));
    }
    if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A number for all that this build is made of, so that no other build believes what this one remembers. It tells
/// builds apart and keeps nobody out: the hash needs no key.
fn build_id() -> io::Result<String> {
    let mut pending: Vec<PathBuf> = ["src", "rules", "Cargo.lock", "build.rs"].map(PathBuf::from).into();
    let mut files = Vec::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                pending.push(entry?.path());
            }
        } else if path.exists() {
            files.push(path);
        }
    }
    files.sort();
    let (mut one, mut other) = (DefaultHasher::new(), DefaultHasher::new());
    other.write_u8(1);
    env::var_os("TARGET").hash(&mut one);
    for path in files {
        let text = fs::read(&path)?;
        for hash in [&mut one, &mut other] {
            (path.as_os_str().as_encoded_bytes(), &text).hash(hash);
        }
    }
    Ok(format!("{:016x}{:016x}", one.finish(), other.finish()))
}

/// Reads every rule, writes the packed catalogue, and returns what is wrong with the rules.
fn run() -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    for folder in ["rules", "rules/named"] {
        for entry in fs::read_dir(folder)? {
            files.push(entry?.path());
        }
    }
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
            complaints.extend(pack_recipes(&catalogue, Path::new(&out))?);
            let order = if cfg!(target_endian = "big") { "big" } else { "little" };
            if env::var("CARGO_CFG_TARGET_ENDIAN").is_ok_and(|target| target == order) {
                fs::write(Path::new(&out).join("tables.bin"), scan::tables::pack(&catalogue))?;
                println!("cargo::rustc-cfg=tables_packed");
            }
        }
        Err(errors) => complaints.extend(errors.iter().map(ToString::to_string)),
    }
    Ok(complaints)
}

/// Reads every recipe of verification, writes them packed, and returns what is wrong with them.
fn pack_recipes(catalogue: &Catalogue, out: &Path) -> io::Result<Vec<String>> {
    let ids: BTreeSet<&str> = catalogue.rules().iter().map(|rule| rule.info.id.as_str()).collect();
    let mut paths =
        fs::read_dir("rules/verify")?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let (mut recipes, mut complaints) = (Vec::new(), Vec::new());
    let (mut taken, mut names) = (BTreeSet::new(), BTreeSet::new());
    for path in paths {
        let name = path.to_string_lossy().replace('\\', "/");
        match Recipe::parse(&fs::read_to_string(&path)?) {
            Ok(parsed) => {
                for recipe in &parsed {
                    let unknown = recipe.rules.iter().find(|rule| !ids.contains(rule.as_str()));
                    let unknown = unknown.map(|rule| format!("there is no rule `{rule}`"));
                    let twice = recipe.rules.iter().find(|rule| !taken.insert((*rule).clone()));
                    let twice = twice.map(|rule| format!("another recipe asks about `{rule}` already"));
                    let again = (!names.insert(recipe.id.clone())).then(|| "its id is taken".to_owned());
                    let info = |id: &str| Some(&*catalogue.require(id).ok()?.info);
                    let faults =
                        [recipe.fault(), unknown, recipe.unmet(info), twice, again].into_iter().flatten();
                    complaints.extend(faults.map(|fault| format!("{name}: recipe `{}`: {fault}", recipe.id)));
                }
                recipes.extend(parsed);
            }
            Err(error) => complaints.push(format!("{name}: {error}")),
        }
    }
    fs::write(out.join("recipes.bin"), rules::recipe::pack_recipes(&recipes).map_err(io::Error::other)?)?;
    let access = AccessRecipes {
        reach: read_all("rules/reach", &mut complaints, ReachRecipe::parse)?,
        revoke: read_all("rules/revoke", &mut complaints, RevokeRecipe::parse)?,
    };
    complaints.extend(access.faults(&recipes, &ids));
    fs::write(out.join("access.bin"), access.pack().map_err(io::Error::other)?)?;
    Ok(complaints)
}

/// What `parse` reads in the files of a folder, in their order.
fn read_all<T, E: ToString>(
    folder: &str,
    complaints: &mut Vec<String>,
    parse: impl Fn(&str) -> Result<Vec<T>, E>,
) -> io::Result<Vec<T>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let mut all = Vec::new();
    for path in paths {
        match parse(&fs::read_to_string(&path)?) {
            Ok(parsed) => all.extend(parsed),
            Err(error) => complaints.push(format!("{}: {}", path.display(), error.to_string())),
        }
    }
    Ok(all)
}
