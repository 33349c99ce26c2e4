//! Compiled pipelines, kept in a file for the next start, where the driver lets programs do so: Vulkan's.
//!
//! Desktop drivers keep files of their own; on Android they leave it to the program.

use std::ffi::OsString;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use wgpu::{Features, PipelineCacheDescriptor};

use crate::file::whole_file;

/// The environment variable that names the folder; where it is empty, nothing is kept.
const FOLDER_VARIABLE: &str = "WGRAD_CACHE";

/// A device's pipelines, and the file where they are kept.
#[derive(Debug)]
pub(super) struct Cache {
    pub pipelines: wgpu::PipelineCache,
    file: PathBuf,
    /// Whether something was compiled that the file may not hold.
    grown: AtomicBool,
}

impl Cache {
    /// What the folder holds for this device. `None` where its driver or the user wants no such file.
    pub fn open(device: &wgpu::Device, folder: Option<&Path>) -> Option<Self> {
        if !device.features().contains(Features::PIPELINE_CACHE) {
            return None;
        }
        let file = folder?.join(wgpu::util::pipeline_cache_key(&device.adapter_info())?);
        let data = read(&file);
        let descriptor =
            PipelineCacheDescriptor { label: Some("wgrad.cache"), data: data.as_deref(), fallback: true };
        #[expect(unsafe_code, reason = "wgpu cannot know where the bytes come from")]
        // SAFETY: the bytes are what `get_data` once gave: `drop` wrote them, whole, to a file of the user's own, with
        // a sum that they still have. That they fit the device and its driver is what wgpu checks, and else it takes none.
        let pipelines = unsafe { device.create_pipeline_cache(&descriptor) };
        Some(Self { pipelines, file, grown: AtomicBool::new(false) })
    }

    /// To be called when something was compiled.
    pub fn grow(&self) {
        self.grown.store(true, Ordering::Relaxed);
    }
}

/// Writes the file, if there is anything new. It saves time and no more, so a disk that is full is a warning.
impl Drop for Cache {
    fn drop(&mut self) {
        if self.grown.load(Ordering::Relaxed)
            && let Some(data) = self.pipelines.get_data()
        {
            match write(&self.file, &data) {
                Ok(()) => log::debug!("kept compiled kernels in {}", self.file.display()),
                Err(error) => log::warn!("cannot keep compiled kernels in {}: {error}", self.file.display()),
            }
        }
    }
}

/// The folder that the environment names, else one in the user's folder of caches.
pub(super) fn folder() -> Option<PathBuf> {
    match std::env::var_os(FOLDER_VARIABLE) {
        Some(folder) => Some(folder).filter(|folder: &OsString| !folder.is_empty()).map(PathBuf::from),
        None => users_folder(),
    }
}

#[cfg(feature = "pipeline-cache")]
fn users_folder() -> Option<PathBuf> {
    Some(dirs::cache_dir()?.join("wgrad"))
}

#[cfg(not(feature = "pipeline-cache"))]
fn users_folder() -> Option<PathBuf> {
    None
}

/// The file is this sum of the data, then the data.
fn sum(data: &[u8]) -> [u8; 8] {
    let mut hasher = DefaultHasher::new();
    hasher.write(data);
    hasher.finish().to_le_bytes()
}

/// The data of a file; `None` if it is missing or not as it was written.
fn read(file: &Path) -> Option<Vec<u8>> {
    let bytes = std::fs::read(file).ok()?;
    let (found, data) = bytes.split_first_chunk()?;
    (*found == sum(data)).then(|| data.to_vec())
}

fn write(file: &Path, data: &[u8]) -> std::io::Result<()> {
    file.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    whole_file::write(file, &[&sum(data), data].concat())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{Gpu, device};
    use super::*;
    use crate::nn::layers::Dense;
    use crate::{Optimizer, Samples, Sequential, losses};

    #[test]
    fn a_file_gives_back_what_was_written_and_nothing_when_it_was_changed() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("caches").join("some device");
        assert_eq!(read(&file), None);
        write(&file, b"pipelines").expect("is written");
        assert_eq!(read(&file).as_deref(), Some(b"pipelines".as_slice()));
        let whole = std::fs::read(&file).expect("is there");
        for damaged in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[damaged] ^= 1;
            std::fs::write(&file, &bytes).expect("is written");
            assert_eq!(read(&file), None, "byte {damaged} was changed");
            std::fs::write(&file, &whole[..damaged]).expect("is written");
            assert_eq!(read(&file), None, "cut to {damaged} bytes");
        }
    }

    #[test]
    fn a_model_leaves_its_kernels_for_the_next_device() {
        let folder = tempfile::tempdir().expect("a folder");
        let Some(device) = device::tests::open_with(Some(folder.path())) else { return };
        if device.wgpu.features().contains(Features::PIPELINE_CACHE) {
            let gpu = Gpu::on(Arc::new(device)).expect("a backend");
            let net = Sequential::new([4]).add(Dense::new(2));
            let model = net.compile(gpu, losses::MeanSquaredError, Optimizer::sgd(0.1), 0);
            let points = Samples::reals(ndarray::aview2(&[[0.0; 4]; 3])).expect("samples");
            model.and_then(|mut model| model.predict(&points)).expect("a prediction");
            let files: Vec<_> = folder.path().read_dir().expect("a folder").flatten().collect();
            assert_eq!(files.len(), 1);
            assert!(read(&files[0].path()).is_some_and(|data| !data.is_empty()));
            assert!(device::tests::open_with(Some(folder.path())).is_some());
        }
    }
}
