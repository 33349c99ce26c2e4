//! The sets that are known by name. Lengths and sums are those that TensorFlow Datasets checks.

use super::super::download::{Downloader, RemoteFile};
use super::{Archive, DatasetInfo, Format, Origin};

const DIGITS: &[&str] = &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
const CLOTHES: &[&str] = &[
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
];
const KUZUSHIJI: &[&str] = &["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"];
const LETTERS: &[&str] = &[
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u",
    "v", "w", "x", "y", "z",
];
const THINGS: &[&str] =
    &["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// The names of MNIST's files, which are also those of Fashion-MNIST and KMNIST.
const GZIPPED: [&str; 4] = [
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
];

impl DatasetInfo {
    /// Digits by 250 writers, and by 250 others to test (Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of
    /// handwritten digits").
    pub fn mnist() -> Self {
        let mirrors = [
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
        ];
        let files = [
            (9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            (28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
            (1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
            (4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        ];
        like_mnist("mnist", "MNIST", DIGITS, downloader(&mirrors, files))
    }

    /// Pictures of clothes (H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine
    /// Learning Algorithms", 2017).
    pub fn fashion_mnist() -> Self {
        let mirrors = [
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ];
        let files = [
            (26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            (29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            (4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            (5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        ];
        like_mnist("fashion-mnist", "Fashion-MNIST", CLOTHES, downloader(&mirrors, files))
    }

    /// Cursive Japanese characters, one for each of ten rows of Hiragana (T. Clanuwat et al., "Deep Learning for Classical
    /// Japanese Literature", 2018).
    pub fn kmnist() -> Self {
        let files = [
            (18_165_135, "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"),
            (29_497, "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"),
            (3_041_136, "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"),
            (5_120, "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"),
        ];
        let mirrors = ["http://codh.rois.ac.jp/kmnist/dataset/kmnist/"];
        like_mnist("kmnist", "KMNIST", KUZUSHIJI, downloader(&mirrors, files))
    }

    /// More digits of NIST's (G. Cohen, S. Afshar, J. Tapson, A. van Schaik, "EMNIST: an extension of MNIST to handwritten
    /// letters", 2017).
    pub fn emnist_digits() -> Self {
        let archive = Archive {
            url: "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/gzip.zip".into(),
            bytes: 561_753_746,
            sha256: "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e".into(),
            folder: "gzip".into(),
        };
        Self {
            format: Format::Idx { transposed: true },
            folder: "emnist",
            ..like_mnist("emnist-digits", "EMNIST digits", DIGITS, Origin::Archive(archive))
        }
    }

    /// Letters of NIST's, large and small ones of a kind in one class; see [`emnist_digits`](Self::emnist_digits).
    pub fn emnist_letters() -> Self {
        let (name, title) = ("emnist-letters", "EMNIST letters");
        Self { name, title, classes: LETTERS, first_label: 1, ..Self::emnist_digits() }
    }

    /// Colour photos of animals and vehicles; see [`Format::Cifar`].
    pub fn cifar10() -> Self {
        let archive = Archive {
            url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz".into(),
            bytes: 170_052_171,
            sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd".into(),
            folder: "cifar-10-batches-bin".into(),
        };
        Self {
            shape: [32, 32, 3],
            format: Format::Cifar,
            ..like_mnist("cifar10", "CIFAR-10", THINGS, Origin::Archive(archive))
        }
    }
}

/// A set in MNIST's format, of images of its size.
fn like_mnist(
    name: &'static str,
    title: &'static str,
    classes: &'static [&'static str],
    origin: Origin,
) -> DatasetInfo {
    let format = Format::Idx { transposed: false };
    DatasetInfo { name, title, classes, first_label: 0, shape: [28, 28, 1], format, folder: name, origin }
}

/// Mirrors of four files with MNIST's names.
fn downloader(mirrors: &[&str], files: [(u64, &str); 4]) -> Origin {
    let file = |(name, (bytes, sha256)): (&str, (u64, &str))| RemoteFile {
        name: name.into(),
        bytes,
        sha256: sha256.into(),
    };
    Origin::Mirrors(Downloader {
        mirrors: mirrors.iter().map(ToString::to_string).collect(),
        files: GZIPPED.into_iter().zip(files).map(file).collect(),
        limits: Default::default(),
    })
}
