//! Where in a container image a place is.

/// A place in a container image. Places in several images that are the same are one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InImage {
    /// The layer that brought it; none for what the image says of itself.
    pub layer: Option<ImageLayer>,
    /// The layer that removed or replaced it, if one did.
    pub removed: Option<ImageLayer>,
    /// The names of the images, sorted; none if no image of the file has it.
    pub images: Vec<String>,
}

impl InImage {
    /// Where it is, as a clause.
    pub fn clause(&self) -> String {
        let images = match self.images.as_slice() {
            [] => String::new(),
            [one] => format!(" of {one}"),
            [one, other] => format!(" of {one} and {other}"),
            [one, rest @ ..] => format!(" of {one} and {} more images", rest.len()),
        };
        match (&self.layer, &self.removed) {
            (None, _) if images.is_empty() => "in no image".to_owned(),
            (None, _) => format!("in the description{images}"),
            (Some(layer), None) => format!("in layer {}{images}", layer.number),
            (Some(layer), Some(removed)) => {
                format!("in layer {}{images}, removed in layer {}", layer.number, removed.number)
            }
        }
    }
}

impl ImageLayer {
    /// Its number, digest and command.
    pub fn sentence(&self) -> String {
        let digest = self.digest.as_ref().map(|digest| {
            let (algorithm, hex) = digest.split_once(':').unwrap_or(("", digest));
            format!(" ({algorithm}:{hex:.12})")
        });
        let command = self.command.as_ref().map(|command| format!(" by `{command}`"));
        format!("layer {}{}{}", self.number, digest.unwrap_or_default(), command.unwrap_or_default())
    }
}

/// A layer of an image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageLayer {
    /// Its number, from 1 for the lowest.
    pub number: u64,
    /// The digest by which the image names it (`sha256:…`), if it has one.
    pub digest: Option<String>,
    /// The command that made it, if the image says so.
    pub command: Option<String>,
}
