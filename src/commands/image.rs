//! `image`: a saved container image.

use super::job::{Collected, Job};
use super::scanning::collector::Collector;
use super::session::command_name::CommandName;
use super::{Exit, interrupt, output, unopened};
use crate::cli::Image;
use crate::error::Error;
use crate::findings::{Side, Sighting};
use crate::model::{
    Blob, ImageFile, InHistory, NameOf, ObjectId, Place, Presence, Secret, SecretHistory, Source,
};
use crate::report::progress::{Progress, Unit};
use crate::source::image::{self, BlobDigest, ImageScan};
use crate::source::settings::Origin;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// `image`.
pub(super) fn image(flags: &Image) -> Result<Exit, Error> {
    let base = flags.base.iter().map(|text| digest(text)).collect::<Result<Vec<_>, _>>()?;
    // A layout comes from elsewhere: the settings in its folder do not count.
    let beside = if flags.path.is_dir() { flags.path.join("..") } else { flags.path.clone() };
    let job = Job::set_up(CommandName::Image, &flags.shared, &Origin::Disk(beside))?;
    let options = image::Options {
        path: flags.path.clone(),
        base,
        exclude: job.options.exclude.clone(),
        max_file_size: job.options.max_file_size,
        margin: job.scanner.margin(),
        containers: job.options.containers,
        threads: job.options.threads,
        stop: Some(interrupt::flag()),
    };
    let progress = Progress::new(output::draws_progress(&job.options.output), Unit::Count("files"));
    let collector = Collector::new(&job.scanner, &job.infos);
    let scan = image::scan(&options, &|blob: Blob<'_>| {
        let taken = collector.take(Side::Head, &blob);
        progress.advance(u64::from(!blob.place.kind().is_name() && blob.inner.is_none()));
        taken
    })?;
    progress.finish();
    let mut collected = collector.collected(scan.coverage.clone());
    // The comments in an image are those of its sources: what they cover there is said there.
    collected.markers.clear();
    unopened::miss_if_alone(&mut collected.coverage);
    job.refuse_empty(&collected.coverage, || "the image has neither a layer nor a configuration".to_owned())?;
    place(&mut collected, &scan);
    job.report(&job.assemble(collected, None))
}

fn digest(text: &str) -> Result<BlobDigest, Error> {
    let what = || {
        format!(
            "--base {text:.80} is no digest; write `sha256:` and 64 hexadecimal digits, as `docker inspect` prints them"
        )
    };
    BlobDigest::parse_given(text).ok_or_else(|| Error::Usage { what: what() })
}

/// Says of what was found in layers in which images it is, and of each secret where it is still seen.
fn place(collected: &mut Collected, scan: &ImageScan) {
    let mut known: HashMap<(ObjectId, Option<Arc<str>>), Vec<PathInImage>> = HashMap::new();
    let mut sightings = Vec::with_capacity(collected.sightings.len());
    for sighting in std::mem::take(&mut collected.sightings) {
        let layer = sighting.place.blob().filter(|_| sighting.place.image().is_none());
        let Some((id, layer)) = layer.and_then(|id| Some((id, scan.layer(id)?))) else {
            sightings.push(sighting);
            continue;
        };
        let key = (id, sighting.place.path.clone());
        let places = known.entry(key).or_insert_with(|| placed(sighting.place.path.as_deref(), layer, scan));
        sightings.extend(places.iter().cloned().map(|(path, file)| {
            let source = match sighting.place.source {
                Source::Path(_) => Source::Path(NameOf::Image(file)),
                _ => Source::Layer(file),
            };
            let place = Place { path: Some(path), source };
            Sighting { place, hits: sighting.hits.clone(), side: sighting.side }
        }));
    }
    collected.lives = lives(&sightings);
    collected.sightings = sightings;
}

/// A path in an image, and the file there.
type PathInImage = (Arc<str>, ImageFile);

/// The file at `path` of a layer in all images that have it, with its paths there.
fn placed(path: Option<&str>, layer: usize, scan: &ImageScan) -> Vec<PathInImage> {
    let each = scan.places(layer, path.unwrap_or_default()).into_iter().map(|one| {
        let presence = Presence { live: Some(one.image.removed.is_none()), ..Presence::UNKNOWN };
        let file = ImageFile { blob: scan.blob(layer), image: Some(Arc::new(one.image)), presence };
        (one.path.into(), file)
    });
    each.collect()
}

/// Of each secret whether an image still shows it, and which.
fn lives(sightings: &[Sighting]) -> Vec<SecretHistory> {
    let mut images: BTreeMap<&Secret, BTreeSet<&String>> = BTreeMap::new();
    let mut live: BTreeMap<&Secret, bool> = BTreeMap::new();
    for sighting in sightings {
        let is_live = sighting.place.presence().live == Some(true);
        let names = sighting.place.image().filter(|_| is_live);
        for hit in &sighting.hits {
            let secret = &hit.found.candidate.secret;
            *live.entry(secret).or_default() |= is_live;
            images.entry(secret).or_default().extend(names.iter().flat_map(|image| &image.images));
        }
    }
    let each = live.into_iter().map(|(secret, live)| {
        let refs: Vec<String> = images.remove(secret).unwrap_or_default().into_iter().cloned().collect();
        let history = InHistory { live, ref_count: refs.len() as u64, refs, ..InHistory::default() };
        SecretHistory { secret: secret.clone(), history }
    });
    each.collect()
}
