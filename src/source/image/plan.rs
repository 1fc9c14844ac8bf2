//! Which images a saved image has, and of which layers and documents they are made.
//!
//! Sources: the OCI image specification ("Image Layout", "Image Index", "Image Manifest"); Docker's image specification v1.2
//! for `manifest.json`.

use super::super::reason;
use super::digest::{self, BlobDigest};
use super::store::ImageStore;
use crate::model::{Coverage, ImageLayer};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap, HashSet};

/// How many documents may name one another.
const DEEPEST: usize = 16;

/// The most references to layers.
const MOST: usize = 1_000_000;

/// The most bytes of a command that are kept.
const LONGEST_COMMAND: usize = 4096;

/// An image.
#[derive(Debug, Default)]
pub(super) struct PlannedImage {
    /// Its names; at least one.
    pub(super) names: BTreeSet<String>,
    /// True if these are the names that people gave it.
    has_tags: bool,
    config: Option<usize>,
    /// Its layers, the lowest first, as numbers in the plan; with the command of each.
    pub(super) layers: Vec<(usize, Option<String>)>,
}

/// A layer, which several images may have.
#[derive(Debug)]
pub(super) struct PlannedLayer {
    /// Its file; or why there is none.
    pub(super) file: Result<usize, &'static str>,
    /// The digest of the file.
    pub(super) digest: Option<BlobDigest>,
    /// The digest of what it unpacks to.
    pub(super) unpacked: Option<BlobDigest>,
    /// True if it is said to be an archive.
    pub(super) is_archive: bool,
    /// True if it is said to be encrypted.
    pub(super) is_encrypted: bool,
    /// What it is called in a coverage.
    pub(super) label: String,
    /// The title that an artefact has.
    pub(super) title: Option<String>,
}

impl PlannedLayer {
    /// The digest by which people know it.
    pub(super) fn known_as(&self) -> Option<&BlobDigest> {
        self.digest.as_ref().or(self.unpacked.as_ref())
    }
}

/// A document: a manifest, an index, a configuration.
#[derive(Debug)]
pub(super) struct PlannedDocument {
    pub(super) path: String,
    pub(super) bytes: Vec<u8>,
    pub(super) digest: Option<BlobDigest>,
    pub(super) is_config: bool,
    /// The numbers of the images that it belongs to.
    pub(super) images: BTreeSet<usize>,
    /// Of a configuration, the layer that each command of the history made.
    pub(super) steps: Vec<Option<usize>>,
}

/// What there is in a saved image.
#[derive(Debug, Default)]
pub(super) struct ImagePlan {
    pub(super) images: Vec<PlannedImage>,
    pub(super) layers: Vec<PlannedLayer>,
    pub(super) documents: Vec<PlannedDocument>,
    /// The files that an image refers to, or that say which images there are.
    pub(super) used: HashSet<usize>,
    /// What could not be read.
    pub(super) coverage: Coverage,
}

/// The plan of what `store` has.
pub(super) fn plan(store: &ImageStore) -> ImagePlan {
    let mut planner = Planner {
        store,
        plan: ImagePlan::default(),
        layers: HashMap::new(),
        documents: HashMap::new(),
        manifests: HashMap::new(),
        references: 0,
        are_too_many: false,
    };
    // Its names are those that people use.
    if let Ok(at) = store.find("manifest.json") {
        planner.docker(at);
    }
    if let Ok(at) = store.find("index.json") {
        planner.open(at, None, &DescriptorName::default(), 0);
    }
    let mut plan = planner.plan;
    for image in &mut plan.images {
        if image.names.is_empty() {
            let config = image.config.and_then(|config| plan.documents[config].digest.as_ref());
            image.names.insert(config.map_or_else(|| "(nameless)".to_owned(), BlobDigest::short));
        }
    }
    plan
}

/// What is known of something that a document refers to.
#[derive(Clone, Debug, Default)]
struct DescriptorName {
    name: Option<String>,
    platform: Option<String>,
}

impl DescriptorName {
    fn whole(&self) -> Option<String> {
        let name = self.name.clone()?;
        Some(match &self.platform {
            Some(platform) => format!("{name} ({platform})"),
            None => name,
        })
    }

    /// The same, with what a descriptor says.
    fn below(&self, descriptor: &Value) -> Self {
        let annotation = |key: &str| descriptor["annotations"][key].as_str().map(str::to_owned);
        let name = annotation("io.containerd.image.name")
            .or_else(|| annotation("org.opencontainers.image.ref.name"));
        let part = |key: &str| descriptor["platform"][key].as_str();
        let platform = part("os").zip(part("architecture")).map(|(os, architecture)| {
            let variant = part("variant").map(|variant| format!("/{variant}")).unwrap_or_default();
            format!("{os}/{architecture}{variant}")
        });
        Self {
            name: name.or_else(|| self.name.clone()),
            platform: platform.or_else(|| self.platform.clone()),
        }
    }
}

struct Planner<'s> {
    store: &'s ImageStore,
    plan: ImagePlan,
    /// Layers by file, or by digest if they have none.
    layers: HashMap<Result<usize, String>, usize>,
    /// Documents by file.
    documents: HashMap<usize, usize>,
    /// Images by the file of their manifest.
    manifests: HashMap<usize, usize>,
    references: usize,
    are_too_many: bool,
}

impl Planner<'_> {
    fn miss(&mut self, reason: &str, what: impl Into<String>) {
        self.plan.coverage.miss(reason, what.into());
    }

    /// Reads a document once; its number.
    fn document(&mut self, at: usize, digest: Option<&BlobDigest>) -> Option<usize> {
        if let Some(known) = self.documents.get(&at) {
            return Some(*known);
        }
        let path = self.store.files[at].path.clone();
        let bytes = match self.store.document(at) {
            Ok(bytes) => bytes,
            Err(reason) => {
                // It is read as a file of no known kind.
                self.miss(&reason, path);
                return None;
            }
        };
        self.plan.used.insert(at);
        if digest.is_some_and(|digest| !digest::is_of(&bytes, digest)) {
            self.miss(reason::WRONG_DIGEST, path.clone());
        }
        let digest = digest.cloned().or_else(|| BlobDigest::of_path(&path));
        let (is_config, images, steps) = (false, BTreeSet::new(), Vec::new());
        self.plan.documents.push(PlannedDocument { path, bytes, digest, is_config, images, steps });
        self.documents.insert(at, self.plan.documents.len() - 1);
        Some(self.plan.documents.len() - 1)
    }

    fn json(&mut self, document: usize) -> Option<Value> {
        let document = &self.plan.documents[document];
        let json = serde_json::from_slice(&document.bytes).ok();
        if json.is_none() {
            let path = document.path.clone();
            self.miss(reason::UNKNOWN_DOCUMENT, path);
        }
        json
    }

    /// The file that a descriptor names, and its digest.
    fn described(
        &mut self,
        descriptor: &Value,
        what: &str,
    ) -> Option<(Result<usize, &'static str>, BlobDigest)> {
        let Some(text) = descriptor["digest"].as_str() else {
            self.miss(reason::UNKNOWN_DOCUMENT, what);
            return None;
        };
        let Some(digest) = BlobDigest::parse(text) else {
            self.miss(reason::UNKNOWN_DIGEST, format!("{what} ({text:.80})"));
            return None;
        };
        // Beside the manifest, as `skopeo copy … dir:` puts them.
        let beside = |reason| self.store.find(digest.hex()).map_err(|_| reason);
        Some((self.store.find(&digest.path()).or_else(beside), digest))
    }

    /// Reads an index or a manifest.
    fn open(&mut self, at: usize, digest: Option<&BlobDigest>, named: &DescriptorName, depth: usize) {
        if let Some(&image) = self.manifests.get(&at) {
            if !self.plan.images[image].has_tags {
                self.plan.images[image].names.extend(named.whole());
            }
            return;
        }
        if depth > DEEPEST {
            let path = self.store.files[at].path.clone();
            return self.miss(reason::TOO_DEEP, path);
        }
        let Some(document) = self.document(at, digest) else { return };
        let Some(json) = self.json(document) else { return };
        match (json["manifests"].as_array(), json["layers"].as_array()) {
            (Some(manifests), _) => {
                for descriptor in manifests {
                    if self.count() {
                        let named = named.below(descriptor);
                        self.open_described(descriptor, &named, depth);
                    }
                }
            }
            (None, Some(layers)) => {
                let image = self.manifest(&json, layers, named, digest);
                self.plan.documents[document].images.insert(image);
                self.manifests.insert(at, image);
            }
            (None, None) => {
                let path = self.store.files[at].path.clone();
                self.miss(reason::UNKNOWN_DOCUMENT, path);
            }
        }
    }

    fn open_described(&mut self, descriptor: &Value, named: &DescriptorName, depth: usize) {
        let what = named.whole().unwrap_or_else(|| "a manifest".to_owned());
        match self.described(descriptor, &what) {
            Some((Ok(at), digest)) => self.open(at, Some(&digest), named, depth + 1),
            Some((Err(reason), digest)) => self.miss(reason, format!("{what} ({})", digest.short())),
            None => {}
        }
    }

    /// Counts a reference; false if there are too many.
    fn count(&mut self) -> bool {
        self.references += 1;
        if self.references > MOST && !std::mem::replace(&mut self.are_too_many, true) {
            self.miss(reason::TOO_MANY, "layers and manifests");
        }
        self.references <= MOST
    }

    /// Adds an image by its manifest; its number.
    fn manifest(
        &mut self,
        json: &Value,
        layers: &[Value],
        named: &DescriptorName,
        digest: Option<&BlobDigest>,
    ) -> usize {
        let of_config = || json["config"]["digest"].as_str().and_then(BlobDigest::parse);
        let own =
            || digest.cloned().or_else(of_config).map_or_else(|| "(nameless)".to_owned(), |one| one.short());
        let named = DescriptorName {
            name: Some(named.name.clone().unwrap_or_else(own)),
            platform: named.platform.clone(),
        };
        let name = named.whole().unwrap_or_default();
        let config = match self.described(&json["config"], &format!("configuration of {name}")) {
            Some((Ok(at), digest)) => self.config(at, Some(&digest)),
            Some((Err(reason), digest)) => {
                self.miss(reason, format!("configuration of {name} ({})", digest.short()));
                None
            }
            None => None,
        };
        let (diffs, commands) = self.made(config, layers.len());
        let mut all = Vec::with_capacity(layers.len().min(MOST));
        for (number, descriptor) in (1..).zip(layers) {
            if !self.count() {
                break;
            }
            let label = format!("layer {number} of {name}");
            let Some((file, digest)) = self.described(descriptor, &label) else { continue };
            let media = descriptor["mediaType"].as_str().unwrap_or_default();
            let title = descriptor["annotations"]["org.opencontainers.image.title"].as_str();
            let layer = PlannedLayer {
                file,
                label: format!("{label} ({})", digest.short()),
                digest: Some(digest),
                unpacked: diffs.get(number - 1).cloned().flatten(),
                is_archive: media.contains("tar") && !media.contains("helm"),
                is_encrypted: media.ends_with("+encrypted"),
                title: title.map(|title| super::tree::cleaned(title).0),
            };
            all.push((self.layer(layer), commands.get(number - 1).cloned().flatten()));
        }
        self.image(config, all, named.whole().into_iter().collect(), false)
    }

    /// Reads `manifest.json`.
    fn docker(&mut self, at: usize) {
        let Some(document) = self.document(at, None) else { return };
        let Some(json) = self.json(document) else { return };
        let Some(images) = json.as_array() else {
            return self.open(at, None, &DescriptorName::default(), 0);
        };
        for image in images {
            let (Some(config), Some(layers)) = (image["Config"].as_str(), image["Layers"].as_array()) else {
                self.miss(reason::UNKNOWN_DOCUMENT, "an image of manifest.json");
                continue;
            };
            let tags = image["RepoTags"].as_array().into_iter().flatten();
            let names: BTreeSet<String> = tags.filter_map(|tag| tag.as_str().map(str::to_owned)).collect();
            let name = names.first().cloned().unwrap_or_else(|| format!("image {config:.19}"));
            let config = match self.store.find(config) {
                Ok(at) => {
                    let path = &self.store.files[at].path;
                    let stem = path.strip_suffix(".json").unwrap_or(path);
                    let stem = BlobDigest::parse_given(stem).filter(|_| stem.len() == 64);
                    let digest = BlobDigest::of_path(path).or(stem);
                    self.config(at, digest.as_ref())
                }
                Err(reason) => {
                    self.miss(reason, format!("configuration of {name} ({config:.80})"));
                    None
                }
            };
            let (diffs, commands) = self.made(config, layers.len());
            let mut all = Vec::new();
            for (number, layer) in (1..).zip(layers) {
                if !self.count() {
                    break;
                }
                let Some(path) = layer.as_str() else {
                    self.miss(reason::UNKNOWN_DOCUMENT, format!("layer {number} of {name}"));
                    continue;
                };
                let file = self.store.find(path);
                let digest = file.ok().and_then(|at| BlobDigest::of_path(&self.store.files[at].path));
                let unpacked = diffs.get(number - 1).cloned().flatten();
                let known_as = digest.as_ref().or(unpacked.as_ref());
                let known_as = known_as.map_or_else(|| format!("{path:.80}"), BlobDigest::short);
                let layer = PlannedLayer {
                    file,
                    label: format!("layer {number} of {name} ({known_as})"),
                    digest,
                    unpacked,
                    is_archive: true,
                    is_encrypted: false,
                    title: None,
                };
                all.push((self.layer(layer), commands.get(number - 1).cloned().flatten()));
            }
            let image = self.image(config, all, names, true);
            self.plan.documents[document].images.insert(image);
        }
    }

    /// Adds an image, or to one with the same layers and configuration its names, which count more if they are `tags`.
    fn image(
        &mut self,
        config: Option<usize>,
        layers: Vec<(usize, Option<String>)>,
        names: BTreeSet<String>,
        are_tags: bool,
    ) -> usize {
        let is_same = |image: &PlannedImage| image.config == config && image.layers == layers;
        let with_config = config.into_iter().flat_map(|config| &self.plan.documents[config].images);
        let at = with_config.copied().find(|&at| is_same(&self.plan.images[at]));
        let at = match at {
            Some(at) => {
                let image = &mut self.plan.images[at];
                if are_tags || !image.has_tags {
                    image.names.extend(names);
                }
                at
            }
            None => {
                self.plan.images.push(PlannedImage {
                    has_tags: are_tags && !names.is_empty(),
                    names,
                    config,
                    layers,
                });
                self.plan.images.len() - 1
            }
        };
        if let Some(config) = config {
            let steps = self.steps(config, at);
            let document = &mut self.plan.documents[config];
            document.images.insert(at);
            document.steps = steps;
        }
        at
    }

    /// Reads a configuration; its number among the documents.
    fn config(&mut self, at: usize, digest: Option<&BlobDigest>) -> Option<usize> {
        let document = self.document(at, digest)?;
        self.plan.documents[document].is_config = true;
        Some(document)
    }

    /// Adds a layer once; its number.
    fn layer(&mut self, layer: PlannedLayer) -> usize {
        let digest = || layer.known_as().map_or_else(|| layer.label.clone(), ToString::to_string);
        let key = layer.file.map_err(|_| digest());
        if let Some(&known) = self.layers.get(&key) {
            let known_layer = &mut self.plan.layers[known];
            if known_layer.unpacked.is_none() {
                known_layer.unpacked = layer.unpacked;
            }
            if known_layer.digest.is_none() {
                known_layer.digest = layer.digest;
            }
            return known;
        }
        self.plan.used.extend(layer.file);
        self.plan.layers.push(layer);
        self.layers.insert(key, self.plan.layers.len() - 1);
        self.plan.layers.len() - 1
    }

    /// What a configuration says of each layer: the digest of what it unpacks to, and its command.
    fn made(&self, config: Option<usize>, layers: usize) -> (Vec<Option<BlobDigest>>, Vec<Option<String>>) {
        let Some(json) = config.and_then(|config| self.config_json(config)) else {
            return Default::default();
        };
        let diffs = json["rootfs"]["diff_ids"].as_array().into_iter().flatten();
        let diffs = diffs.map(|diff| diff.as_str().and_then(BlobDigest::parse)).collect();
        let commands = steps_with_layers(&json).map(|(_, step)| {
            let command = step["created_by"].as_str().map(str::trim).filter(|command| !command.is_empty())?;
            let end =
                (0..=LONGEST_COMMAND.min(command.len())).rev().find(|&end| command.is_char_boundary(end));
            Some(command[..end.unwrap_or(0)].to_owned())
        });
        // A history that has another number of layers says nothing of these.
        let commands: Vec<Option<String>> = commands.collect();
        (diffs, if commands.len() == layers { commands } else { Vec::new() })
    }

    /// The layer that each command in the history of the configuration made, as numbers in the image `at`.
    fn steps(&self, config: usize, at: usize) -> Vec<Option<usize>> {
        let Some(json) = self.config_json(config) else { return Vec::new() };
        let all = json["history"].as_array().map_or(0, Vec::len);
        let mut steps = vec![None; all];
        let with_layers: Vec<usize> = steps_with_layers(&json).map(|(step, _)| step).collect();
        if with_layers.len() == self.plan.images[at].layers.len() {
            with_layers.into_iter().enumerate().for_each(|(layer, step)| steps[step] = Some(layer));
        }
        steps
    }

    fn config_json(&self, config: usize) -> Option<Value> {
        serde_json::from_slice(&self.plan.documents[config].bytes).ok()
    }
}

/// The commands of a history that made a layer, in order, each with its number.
fn steps_with_layers(json: &Value) -> impl Iterator<Item = (usize, &Value)> {
    let steps = json["history"].as_array().into_iter().flatten().enumerate();
    steps.filter(|(_, step)| step["empty_layer"].as_bool() != Some(true))
}

impl ImagePlan {
    /// What people know of the layer at `position` of the image `image`.
    pub(super) fn layer_of(&self, image: usize, position: usize) -> ImageLayer {
        let (layer, command) = &self.images[image].layers[position];
        ImageLayer {
            number: position as u64 + 1,
            digest: self.layers[*layer].known_as().map(ToString::to_string),
            command: command.clone(),
        }
    }
}
