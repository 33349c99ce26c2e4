//! The four files of MNIST or of a set in its format: their names, and where they lie.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::DataError;
use crate::file::whole_file::folder_of;

/// What one of the four files holds.
struct Role {
    /// How names tell which images it is about: MNIST's word, then that of other sets.
    splits: &'static [&'static str],
    /// How they tell what it holds.
    content: &'static str,
    /// How they end.
    format: &'static str,
}

const TRAIN: &[&str] = &["train"];
const TEST: &[&str] = &["t10k", "test"];

/// Training images, training labels, test images, test labels: the order of [`Files`].
const ROLES: [Role; 4] = [
    Role { splits: TRAIN, content: "images", format: "idx3-ubyte" },
    Role { splits: TRAIN, content: "labels", format: "idx1-ubyte" },
    Role { splits: TEST, content: "images", format: "idx3-ubyte" },
    Role { splits: TEST, content: "labels", format: "idx1-ubyte" },
];

impl Role {
    /// The usual name of the plain file.
    fn name(&self, set: &str) -> String {
        let word = if set.is_empty() { self.splits.first() } else { self.splits.last() };
        let beginning = if set.is_empty() { String::new() } else { format!("{set}-") };
        format!("{beginning}{}-{}-{}", word.unwrap_or(&""), self.content, self.format)
    }

    /// The set in which a file of this name has this role: `emnist-letters` for
    /// `emnist-letters-test-images-idx3-ubyte.gz`, nothing for `t10k-images.idx3-ubyte`.
    fn set_of<'n>(&self, name: &'n str) -> Option<&'n str> {
        let plain = name.strip_suffix(".gz").unwrap_or(name);
        let (start, format) = plain.rsplit_once("-idx").or_else(|| plain.rsplit_once(".idx"))?;
        if !format.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-') {
            return None;
        }
        let start = start.strip_suffix(self.content)?.strip_suffix('-')?;
        let set = self.splits.iter().find_map(|split| start.strip_suffix(split))?;
        if set.is_empty() { Some(set) } else { set.strip_suffix('-') }
    }
}

/// The paths of training images, training labels, test images and test labels.
///
/// ```
/// use wgrad::data::Files;
///
/// let folder = tempfile::tempdir()?;
/// for name in ["train-images", "train-labels", "t10k-images", "t10k-labels"] {
///     let kind = if name.ends_with("images") { "idx3" } else { "idx1" };
///     std::fs::write(folder.path().join(format!("{name}-{kind}-ubyte")), [])?;
/// }
/// let Files([train_images, ..]) = Files::locate(folder.path())?;
/// assert!(train_images.ends_with("train-images-idx3-ubyte"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files(pub [PathBuf; 4]);

impl Files {
    /// Finds the four files in a folder, or those of one set in a folder of several: `emnist/emnist-letters` stands for
    /// the files in `emnist` whose names begin with `emnist-letters-`.
    ///
    /// Names are those of MNIST, `train-images-idx3-ubyte` or `train-images.idx3-ubyte`, plain or with `.gz`; `test` may
    /// stand for `t10k`, and the set's name may come first. What is no file is passed over where there is one. A
    /// folder of several sets stands for the one whose files begin with no name.
    ///
    /// # Errors
    /// [`DataError::Missing`] names the first that is not there, [`DataError::Sets`] the sets of which one must be
    /// chosen, [`DataError::NoFolder`] a place that is neither, [`DataError::NotAFolder`] a file, [`DataError::Read`] a
    /// folder out of reach.
    pub fn locate(place: &Path) -> Result<Self, DataError> {
        if place.is_file() {
            return Err(DataError::NotAFolder { path: place.into() });
        }
        if place.is_dir() {
            let sets = sets_in(place)?;
            let set = choose(place, &sets)?;
            return sets.get(set).unwrap_or(&Found::default()).complete(place, set);
        }
        let (folder, set) =
            (folder_of(place), place.file_name().and_then(|name| name.to_str()).unwrap_or(""));
        let mut sets = sets_in(folder)?;
        if let Some(found) = sets.get(set) {
            return found.complete(folder, set);
        }
        sets.retain(|set, found| !set.is_empty() && found.is_whole());
        Err(DataError::NoFolder { place: place.into(), sets: sets.into_keys().collect() })
    }
}

/// The path of each of a set's files in a folder, or the name of one that is not there, where files begin with one of
/// these sets' names. Most files decide, and the first of equal sets.
pub(super) fn of_set(folder: &Path, names: &[&str]) -> Result<Vec<Result<PathBuf, String>>, DataError> {
    let mut sets = sets_in(folder)?;
    let mut best = Vec::new();
    for name in names {
        let Found(files) = sets.remove(*name).unwrap_or_default();
        let file = |(path, role): (Option<PathBuf>, &Role)| {
            path.filter(|path| path.is_file()).ok_or_else(|| format!("{}[.gz]", role.name(name)))
        };
        let files: Vec<_> = files.into_iter().zip(&ROLES).map(file).collect();
        if best.is_empty() || files.iter().flatten().count() > best.iter().flatten().count() {
            best = files;
        }
    }
    Ok(best)
}

/// The best file for each role in one set.
#[derive(Default)]
struct Found([Option<PathBuf>; 4]);

impl Found {
    fn is_whole(&self) -> bool {
        self.0.iter().all(|path| path.as_ref().is_some_and(|path| path.is_file()))
    }

    fn complete(&self, folder: &Path, set: &str) -> Result<Files, DataError> {
        let missing = |role: &Role| DataError::Missing { folder: folder.into(), name: role.name(set) };
        let path = |role: usize| self.0[role].clone().ok_or_else(|| missing(&ROLES[role]));
        Ok(Files([path(0)?, path(1)?, path(2)?, path(3)?]))
    }
}

/// The sets in a folder by their names; none where there is no folder.
fn sets_in(folder: &Path) -> Result<BTreeMap<String, Found>, DataError> {
    let failed = |source| DataError::Read { path: folder.into(), source };
    let entries = match folder.read_dir() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        entries => entries.map_err(failed)?,
    };
    let mut candidates = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        match path.metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            metadata => {
                let is_file = metadata.is_ok_and(|metadata| metadata.is_file());
                let gzipped = path.extension().is_some_and(|extension| extension == "gz");
                candidates.push((!is_file, gzipped, path));
            }
        }
    }
    // Files come first, among them plain ones, and names with a hyphen before those with a dot.
    candidates.sort();
    let mut sets = BTreeMap::<String, Found>::new();
    for (_, _, path) in candidates {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        for (place, role) in ROLES.iter().enumerate() {
            if let Some(set) = role.set_of(name) {
                sets.entry(set.into()).or_default().0[place].get_or_insert_with(|| path.clone());
            }
        }
    }
    Ok(sets)
}

/// The set that a folder stands for: the only whole one, or the one without a name.
fn choose<'s>(folder: &Path, sets: &'s BTreeMap<String, Found>) -> Result<&'s str, DataError> {
    let whole = sets.iter().filter(|(_, found)| found.is_whole()).map(|(set, _)| set.as_str());
    match whole.collect::<Vec<_>>().as_slice() {
        [] => Ok(sets.keys().next().map_or("", String::as_str)),
        [only] => Ok(only),
        ["", ..] => Ok(""),
        several => {
            let sets = several.iter().map(|set| set.to_string()).collect();
            Err(DataError::Sets { folder: folder.into(), sets })
        }
    }
}
