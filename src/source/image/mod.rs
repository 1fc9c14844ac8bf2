//! Container images as files: what `docker save` writes, and OCI layouts, as an archive or a folder.
//!
//! An image is a list of layers, each an archive of files, and a configuration. A layer may hide files of those below it,
//! but it never takes them out: everybody with the image has all of them. So each layer is read whole, once, however many
//! images have it, and only then it is known of a secret in it which images still show the file.
//!
//! What is read besides: the configurations ([`config`]), manifests and indexes, and what the file has that no image refers to.
//! The digest of every blob is checked.
//!
//! # Design
//!
//! What is counted are files: those in layers, and each document. A layer that cannot be read to its end, or is not what
//! its digest says, is one more that is unread. A base layer that the caller knows is one that is left out.

mod config;
mod digest;
mod layer;
mod plan;
mod store;
mod tree;

pub use digest::BlobDigest;

use super::excludes::Excludes;
use super::{Error, Opening, Sink, reason, stopped};
use crate::model::{
    Blob, Coverage, ImageFile, ImageLayer, InImage, NameOf, Names, ObjectId, Piece, Place, Presence, Source,
};
use crate::sync::{into_inner, lock};
use layer::{LayerFile, LayerRead, LayerReader};
use plan::{ImagePlan, PlannedLayer};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use store::ImageStore;
use tree::LayerTree;

/// What to read, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The saved image.
    pub path: PathBuf,
    /// Layers that are not to be read: by their digest, or by that of what they unpack to.
    pub base: Vec<BlobDigest>,
    /// The configuration's exclude patterns, for paths in the image.
    pub exclude: Vec<String>,
    /// Leave out files of more bytes than this.
    pub max_file_size: Option<u64>,
    /// Bytes that a piece of a large file needs on each side.
    pub margin: usize,
    /// Whether containers in layers are opened.
    pub containers: Opening,
    /// Threads; 0 means one for each core.
    pub threads: usize,
    /// Once this is true no further file is read, and the coverage says that the run was interrupted.
    pub stop: Option<&'static AtomicBool>,
}

/// What a saved image has, once it was read.
#[derive(Debug)]
pub struct ImageScan {
    /// What was read.
    pub coverage: Coverage,
    plan: ImagePlan,
    /// The paths of each layer; none of one that was not read.
    trees: Vec<Option<LayerTree>>,
    /// The id of each layer.
    ids: Vec<ObjectId>,
    /// The layers that were read, by the id that is in their places.
    by_id: HashMap<ObjectId, usize>,
    /// For each layer, where it is: the image, and which of its layers.
    positions: Vec<Vec<(usize, usize)>>,
}

/// A place of a file of a layer in the images that have it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceInImage {
    /// The path, which is another one for a hard link.
    pub path: String,
    /// Where that is.
    pub image: InImage,
}

/// Something to be read.
enum ImageWork {
    /// A layer, by its number.
    Layer(usize),
    /// Another file that is said to be the same layer.
    Copy(usize),
    /// A layer that is said to be one that the caller knows; true if that is by what it unpacks to.
    Base(usize, bool),
    /// A file that no image refers to.
    Other(usize),
}

/// What is read, each with the file of the store that it is in.
#[derive(Default)]
struct ImageJobs {
    work: Vec<ImageWork>,
    files: Vec<usize>,
    /// Of each layer's id the first layer that has it.
    by_id: HashMap<ObjectId, usize>,
}

impl ImageJobs {
    /// All layers but those of `base`, and the files that no image refers to. What is left out or cannot be read is noted in
    /// `coverage`. `ids` are the ids of the layers.
    fn of(
        store: &ImageStore,
        plan: &ImagePlan,
        ids: &[ObjectId],
        base: &[BlobDigest],
        coverage: &mut Coverage,
    ) -> Self {
        let mut jobs = Self::default();
        let mut left_out = HashSet::new();
        for (at, layer) in plan.layers.iter().enumerate() {
            let mut digests = layer.digest.iter().chain(&layer.unpacked);
            if let Some(known) = digests.find(|digest| base.contains(digest)) {
                left_out.insert(known.clone());
                // What an image says of it may be false. One that is not there brings nothing.
                match layer.file {
                    Ok(file) => jobs.add(ImageWork::Base(at, layer.digest.as_ref() != Some(known)), file),
                    Err(_) => coverage.exclude(reason::BASE_LAYER, layer.label.clone()),
                }
                continue;
            }
            if layer.is_encrypted {
                coverage.miss(reason::ENCRYPTED_LAYER, layer.label.clone());
                continue;
            }
            match layer.file {
                Ok(file) => {
                    let is_first = *jobs.by_id.entry(ids[at]).or_insert(at) == at;
                    jobs.add(if is_first { ImageWork::Layer(at) } else { ImageWork::Copy(at) }, file);
                }
                Err(reason) => coverage.miss(reason, layer.label.clone()),
            }
        }
        let unused: Vec<String> =
            base.iter().filter(|base| !left_out.contains(base)).map(BlobDigest::short).collect();
        if !unused.is_empty() {
            coverage
                .notes
                .push(format!("No layer has the digest {}, which --base names.", unused.join(", ")));
        }
        for at in (0..store.files.len()).filter(|at| !plan.used.contains(at) && !store.is_link(*at)) {
            jobs.add(ImageWork::Other(at), at);
        }
        jobs
    }

    fn add(&mut self, work: ImageWork, file: usize) {
        self.work.push(work);
        self.files.push(file);
    }
}

/// Reads the saved image and gives its files to `sink`, from several threads. The place of a file in a layer has the path
/// in the image and as its blob the layer; in which images that is says [`ImageScan::places`].
///
/// # Errors
/// [`Error::NoImage`], and those of opening a file.
pub fn scan(options: &Options, sink: &Sink<'_>) -> Result<ImageScan, Error> {
    let excludes = Excludes::parse(&options.exclude)?;
    let store = ImageStore::open(options)?;
    // Of one that is cut off, what is left is read as files.
    let names = ["manifest.json", "index.json"];
    if store.problems.is_empty() && names.iter().all(|name| store.find(name).is_err()) {
        return Err(Error::NoImage { path: options.path.clone() });
    }
    let mut plan = plan::plan(&store);
    let mut coverage = std::mem::take(&mut plan.coverage);
    store.problems.iter().for_each(|(reason, example)| coverage.miss(reason, example.clone()));
    give_documents(&plan, sink, &mut coverage);
    give_names(&store, sink, &mut coverage);

    let ids: Vec<ObjectId> = plan.layers.iter().map(id_of).collect();
    let ImageJobs { work, files, by_id } = ImageJobs::of(&store, &plan, &ids, &options.base, &mut coverage);
    let reader = LayerReader { options, excludes: &excludes, sink };
    let trees: Mutex<Vec<Option<LayerTree>>> = Mutex::new(plan.layers.iter().map(|_| None).collect());
    let coverage = Mutex::new(coverage);
    store.each(&files, options.threads, &|number, input| {
        let mut one = Coverage::default();
        if stopped(options.stop) {
            one.interrupted = true;
        } else {
            let tree = read(&reader, &store, &plan, &work[number], input, &mut one);
            if let (ImageWork::Layer(at), Some(tree)) = (&work[number], tree) {
                lock(&trees)[*at] = Some(tree);
            }
        }
        lock(&coverage).merge(one);
    })?;
    let mut coverage = into_inner(coverage);
    coverage.interrupted |= stopped(options.stop);
    let mut positions = vec![Vec::new(); plan.layers.len()];
    for (image, planned) in plan.images.iter().enumerate() {
        for (position, (layer, _)) in planned.layers.iter().enumerate() {
            // One that is the same as another is known by that.
            let first = by_id.get(&ids[*layer]).copied().unwrap_or(*layer);
            positions[first].push((image, position));
        }
    }
    let trees = into_inner(trees);
    let mut scan = ImageScan { coverage, plan, trees, ids, by_id, positions };
    scan.check_links();
    Ok(scan)
}

/// What distinguishes a layer from all others: its digest, or if it has none that can be an id, one of what it is called.
fn id_of(layer: &PlannedLayer) -> ObjectId {
    let made_up = || ObjectId::from_bytes(&Sha256::digest(layer.label.as_bytes())).expect("it has 32 bytes");
    layer.known_as().and_then(BlobDigest::id).unwrap_or_else(made_up)
}

/// Reads what is to be read from `input`; the paths of a layer.
fn read(
    reader: &LayerReader<'_>,
    store: &ImageStore,
    plan: &ImagePlan,
    work: &ImageWork,
    input: io::Result<&mut dyn Read>,
    coverage: &mut Coverage,
) -> Option<LayerTree> {
    let name = |at: usize| store.files[at].path.as_str();
    let label = match work {
        ImageWork::Layer(at) | ImageWork::Copy(at) | ImageWork::Base(at, _) => plan.layers[*at].label.clone(),
        ImageWork::Other(at) => name(*at).to_owned(),
    };
    let input = match input {
        Ok(input) => input,
        Err(error) => {
            coverage.miss(&reason::of(&error), label);
            return None;
        }
    };
    match work {
        ImageWork::Layer(at) | ImageWork::Copy(at) | ImageWork::Base(at, _) => {
            let layer = &plan.layers[*at];
            let PlannedLayer { digest, unpacked, is_archive, title, .. } = layer;
            let source = Source::Layer(ImageFile { blob: Some(id_of(layer)), ..ImageFile::default() });
            let short = layer.known_as().map_or_else(|| label.clone(), BlobDigest::short);
            let file = LayerFile {
                label: &label,
                title: title.as_deref().filter(|title| !title.is_empty()).unwrap_or(&short),
                prefix: "",
                len: layer.file.map_or(0, |file| store.files[file].size),
                is_archive: *is_archive,
                digest: digest.as_ref(),
                unpacked: unpacked.as_ref(),
                source: &source,
            };
            match work {
                ImageWork::Base(_, by_content) => {
                    let digest = file.digest.filter(|_| !by_content);
                    match reader.is_whole(&LayerFile { digest, ..file }, input) {
                        true => coverage.exclude(reason::BASE_LAYER, label),
                        false => coverage.miss(reason::WRONG_DIGEST, label),
                    }
                    return None;
                }
                ImageWork::Copy(_) => {
                    if !reader.is_whole(&file, input) {
                        coverage.miss(reason::WRONG_DIGEST, label);
                    }
                    return None;
                }
                _ => {}
            }
            let LayerRead { coverage: own, tree, .. } = reader.read(&file, input);
            coverage.merge(own);
            Some(tree)
        }
        ImageWork::Other(at) => {
            let path = name(*at);
            let digest = BlobDigest::of_path(path);
            let is_blob = path.starts_with("blobs/");
            let source = Source::Image(ImageFile {
                blob: digest.as_ref().and_then(BlobDigest::id),
                image: Some(Arc::new(InImage { layer: None, removed: None, images: Vec::new() })),
                presence: if is_blob { Presence::as_long_as(false) } else { Presence::UNKNOWN },
            });
            let file = LayerFile {
                label: path,
                title: path,
                prefix: &format!("{path}!"),
                len: store.files[*at].size,
                is_archive: false,
                digest: digest.as_ref(),
                unpacked: None,
                source: &source,
            };
            coverage.merge(reader.read(&file, input).coverage);
            None
        }
    }
}

/// Gives out the documents; each counts as one file.
fn give_documents(plan: &ImagePlan, sink: &Sink<'_>, coverage: &mut Coverage) {
    for document in &plan.documents {
        // An index belongs to all that there are.
        let all: Vec<usize> =
            if document.images.is_empty() { (0..plan.images.len()).collect() } else { Vec::new() };
        let own = document.images.iter().chain(&all).map(|image| &plan.images[*image]);
        let names: BTreeSet<&String> = own.flat_map(|image| &image.names).collect();
        let images: Vec<String> = names.into_iter().cloned().collect();
        let give = |path: &str, layer: Option<ImageLayer>, bytes: &[u8]| {
            let source = Source::Image(ImageFile {
                blob: document.digest.as_ref().and_then(BlobDigest::id),
                image: Some(Arc::new(InImage { layer, removed: None, images: images.clone() })),
                presence: Presence { live: Some(true), ..Presence::UNKNOWN },
            });
            let place = &Place { path: Some(path.into()), source };
            sink(Blob { place, inner: None, piece: Piece::whole(bytes), line: 1, column: 0 })
        };
        let texts = if document.is_config { config::texts(&document.bytes) } else { None };
        let outcome = match &texts {
            None => give(&document.path, None, &document.bytes),
            Some(texts) => texts.iter().try_for_each(|text| {
                let layer = text.step.and_then(|step| document.steps.get(step).copied().flatten());
                let image = document.images.first().copied();
                let layer = layer.zip(image).map(|(layer, image)| plan.layer_of(image, layer));
                give(&text.name, layer, text.text.as_bytes())
            }),
        };
        match outcome {
            Ok(()) if document.is_config && texts.is_none() => {
                coverage.bytes += document.bytes.len() as u64;
                coverage.miss(reason::UNKNOWN_DOCUMENT, document.path.clone());
            }
            Ok(()) => coverage.scan(document.bytes.len() as u64),
            Err(reason) => coverage.miss(reason, document.path.clone()),
        }
    }
}

/// Gives out the names of images, and of files that are no layer's.
fn give_names(store: &ImageStore, sink: &Sink<'_>, coverage: &mut Coverage) {
    let mut names = Names::default();
    store.files.iter().for_each(|file| names.add(&file.path));
    if names.is_empty() {
        return;
    }
    let place = Place::of(Source::Path(NameOf::File));
    let piece = Piece::whole(names.as_bytes());
    if let Err(reason) = sink(Blob { place: &place, inner: None, piece, line: 1, column: 0 }) {
        coverage.miss(reason, "names of files".to_owned());
    }
}

impl ImageScan {
    /// The layer whose files have this id as their blob.
    pub fn layer(&self, blob: ObjectId) -> Option<usize> {
        self.by_id.get(&blob).copied()
    }

    /// The digest of a layer as an id, if it has one.
    pub fn blob(&self, layer: usize) -> Option<ObjectId> {
        self.plan.layers[layer].known_as().and_then(BlobDigest::id)
    }

    /// Where the file `path` of a layer is in the images that have the layer, with its other names.
    pub fn places(&self, layer: usize, path: &str) -> Vec<PlaceInImage> {
        let is_folder = self.trees[layer].as_ref().is_some_and(|tree| tree.is_folder(path));
        type Life = (String, ImageLayer, Option<ImageLayer>);
        let mut places: BTreeMap<Life, BTreeSet<String>> = BTreeMap::new();
        for &(image, position) in &self.positions[layer] {
            let mut paths = vec![(path.to_owned(), position)];
            let mut seen: HashSet<(String, usize)> = paths.iter().cloned().collect();
            while let Some((path, position)) = paths.pop() {
                let removed = self.removed(image, position, &path, is_folder);
                for link in self.links(image, position, removed, &path) {
                    if seen.insert(link.clone()) {
                        paths.push(link);
                    }
                }
                let layers =
                    (self.plan.layer_of(image, position), removed.map(|at| self.plan.layer_of(image, at)));
                let names = places.entry((path, layers.0, layers.1)).or_default();
                names.extend(self.plan.images[image].names.iter().cloned());
            }
        }
        let place = |((path, layer, removed), images): (Life, BTreeSet<String>)| {
            let image = InImage { layer: Some(layer), removed, images: images.into_iter().collect() };
            PlaceInImage { path, image }
        };
        places.into_iter().map(place).collect()
    }

    /// The layer of the image that hides what its layer at `position` has at `path`.
    fn removed(&self, image: usize, position: usize, path: &str, is_folder: bool) -> Option<usize> {
        let above = self.plan.images[image].layers.iter().enumerate().skip(position + 1);
        let mut above =
            above.filter(|(_, (layer, _))| self.tree(*layer).is_some_and(|tree| tree.hides(path, is_folder)));
        above.next().map(|(at, _)| at)
    }

    /// The hard links to `path` in the layer that brings it, and in those above, up to the one that hides it.
    fn links(
        &self,
        image: usize,
        position: usize,
        removed: Option<usize>,
        path: &str,
    ) -> Vec<(String, usize)> {
        let layers = &self.plan.images[image].layers;
        let end = removed.map_or(layers.len(), |removed| removed.max(position + 1));
        let within = layers.iter().enumerate().take(end).skip(position);
        let of_layer = within.flat_map(|(at, (layer, _))| {
            let links = self.tree(*layer).into_iter().flat_map(LayerTree::links);
            links.filter(|link| link.target == path).map(move |link| (link.path.clone(), at))
        });
        of_layer.collect()
    }

    /// The paths of a layer, which may be those of another one that is the same.
    fn tree(&self, layer: usize) -> Option<&LayerTree> {
        let first = self.by_id.get(&self.ids[layer]).copied().unwrap_or(layer);
        self.trees[first].as_ref()
    }

    /// Counts hard links to what no layer has as unread: nobody knows what they are.
    fn check_links(&mut self) {
        let mut dangling = BTreeSet::new();
        for image in &self.plan.images {
            for (position, (layer, _)) in image.layers.iter().enumerate() {
                let Some(tree) = self.tree(*layer) else { continue };
                let below: Vec<Option<&LayerTree>> =
                    image.layers[..=position].iter().map(|(layer, _)| self.tree(*layer)).collect();
                // What was not read may have it.
                if below.iter().any(Option::is_none) {
                    continue;
                }
                let is_known = |target: &str| below.iter().flatten().any(|tree| tree.is_file(target));
                let unknown = tree.links().iter().filter(|link| !is_known(&link.target));
                dangling.extend(unknown.map(|link| (*layer, link.path.clone())));
            }
        }
        dangling.into_iter().for_each(|(_, path)| self.coverage.miss(reason::DANGLING, path));
    }
}
