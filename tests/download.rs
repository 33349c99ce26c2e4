//! Downloads from a small server in this process: good, faulty, slow, interrupted.
#![cfg(feature = "download")]

mod idx_files;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use idx_files::{NAMES, gzip, small_set, write_small_set};
use sha2::{Digest, Sha256};
use tempfile::{TempDir, tempdir};
use wgrad::data::{
    DataError, DatasetInfo, Downloader, Limits, Origin, RemoteFile, Request, Source, Surroundings, load_from,
};

/// What the server does with a request for a file.
#[derive(Clone, Copy)]
enum Answer {
    Good,
    /// Announces the whole file, sends half, and closes.
    HalfThenClose,
    /// Announces the whole file, sends half, and then nothing.
    HalfThenSilence,
    /// One byte every 20 ms.
    Drip,
    /// Never answers.
    Silence,
    /// As many bytes as there should be, and others.
    Wrong,
    /// A body that is complete and too short.
    Short,
    NotGzip,
    /// More bytes than the limit allows, without announcing how many.
    Endless,
    NotFound,
}

struct Server {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves the small set, answering for each file as `answer` says.
    fn start(answer: impl Fn(&str) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/mnist/", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let name = requested_name(&stream);
                seen.lock().unwrap().push(name.clone());
                let answer = answer(&name);
                thread::spawn(move || respond(&mut stream, &name, answer));
            }
        });
        Self { url, requests }
    }

    fn requested(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn requested_name(stream: &TcpStream) -> String {
    let lines: Vec<String> =
        BufReader::new(stream).lines().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
    lines[0].split(' ').nth(1).unwrap().strip_prefix("/mnist/").unwrap().strip_suffix(".gz").unwrap().into()
}

/// Sends what `answer` says; a client that has hung up meanwhile is no fault.
fn respond(stream: &mut TcpStream, name: &str, answer: Answer) {
    let index = NAMES.iter().position(|&known| known == name).unwrap();
    let mut body = gzip(&small_set()[index]);
    if matches!(answer, Answer::Wrong) {
        *body.last_mut().unwrap() ^= 1;
    }
    let half = &body[..body.len() / 2];
    if matches!(answer, Answer::Silence) {
        be_silent();
    }
    let _ = match answer {
        Answer::Good | Answer::Wrong | Answer::Silence => send(stream, body.len(), &body),
        Answer::HalfThenClose => send(stream, body.len(), half),
        Answer::HalfThenSilence => send(stream, body.len(), half).map(|()| be_silent()),
        Answer::Drip => send(stream, body.len(), b"").and_then(|()| drip(stream, &body)),
        Answer::Short => send(stream, half.len(), half),
        Answer::NotGzip => send(stream, 15, b"<!DOCTYPE html>"),
        Answer::Endless => endless(stream),
        Answer::NotFound => stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
    };
}

/// Waits for longer than any limit of these tests.
fn be_silent() {
    thread::sleep(Duration::from_secs(20));
}

fn send(stream: &mut TcpStream, announced: usize, body: &[u8]) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {announced}\r\n\r\n")?;
    stream.write_all(body)
}

fn drip(stream: &mut TcpStream, body: &[u8]) -> std::io::Result<()> {
    body.iter().try_for_each(|&byte| {
        thread::sleep(Duration::from_millis(20));
        stream.write_all(&[byte])
    })
}

fn endless(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
    loop {
        stream.write_all(&[0; 4096])?;
    }
}

fn remote_file((name, content): (&&str, Vec<u8>)) -> RemoteFile {
    let file = gzip(&content);
    let sha256 = format!("{:x}", Sha256::digest(&file));
    RemoteFile { name: format!("{name}.gz"), bytes: file.len() as u64, sha256 }
}

/// A downloader of the small set, with short limits.
fn downloader(mirrors: &[&str]) -> Downloader {
    Downloader {
        mirrors: mirrors.iter().map(ToString::to_string).collect(),
        files: NAMES.iter().zip(small_set()).map(remote_file).collect(),
        limits: Limits {
            stall: Duration::from_millis(300),
            total: Duration::from_secs(1),
            ..Limits::default()
        },
    }
}

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn all_names() -> Vec<String> {
    let mut names = NAMES.map(|name| format!("{name}.gz")).to_vec();
    names.sort();
    names
}

/// Downloads from a server that gives `answer` for each file, and returns the folder and the error's text.
fn failure(answer: Answer) -> (TempDir, String) {
    let server = Server::start(move |_| answer);
    let folder = tempdir().unwrap();
    let start = Instant::now();
    let error = downloader(&[&server.url]).fetch(folder.path()).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(3), "it took {:?}", start.elapsed());
    assert_eq!(server.requested(), [NAMES[0]], "it went on after the first fault");
    (folder, error.to_string())
}

#[test]
fn good_files_arrive_and_are_kept() {
    let server = Server::start(|_| Answer::Good);
    let folder = tempdir().unwrap();
    let deep = folder.path().join("made").join("when needed");
    let (files, mirror) = downloader(&[&server.url]).fetch(&deep).unwrap();
    assert_eq!(mirror, server.url);
    assert_eq!(files, NAMES.map(|name| deep.join(format!("{name}.gz"))));
    assert_eq!(names_in(&deep), all_names());
    assert_eq!(server.requested(), NAMES);
    downloader(&[&server.url]).fetch(&deep).unwrap();
    assert_eq!(server.requested().len(), 4, "files that were complete came again");
}

#[test]
fn faulty_answers_leave_nothing_behind() {
    let cases = [
        (Answer::HalfThenClose, "disconnected"),
        (Answer::HalfThenSilence, "timeout: per read"),
        (Answer::Silence, "timeout: per read"),
        (Answer::Drip, "timeout: global"),
        (Answer::Wrong, "the SHA-256 of what came is "),
        (Answer::Short, "bytes came, expected "),
        (Answer::NotGzip, "15 bytes came, expected "),
        (Answer::Endless, "bytes came, expected "),
        (Answer::NotFound, "404"),
    ];
    for (answer, says) in cases {
        let (folder, text) = failure(answer);
        assert!(text.to_lowercase().contains(&says.to_lowercase()), "{says:?} is not in: {text}");
        assert!(text.contains("/mnist/train-images-idx3-ubyte.gz: "), "{text}");
        assert_eq!(names_in(folder.path()), [""; 0], "left behind after: {text}");
    }
}

#[test]
fn a_wrong_size_and_a_wrong_sum_are_told_with_the_right_one() {
    let right = &downloader(&[]).files[0];
    for (answer, found) in [
        (Answer::Endless, format!("more than {} bytes", right.bytes)),
        (Answer::Short, format!("{} bytes", right.bytes / 2)),
    ] {
        let (_, text) = failure(answer);
        assert!(text.contains(&format!("{found} came, expected {} bytes", right.bytes)), "{text}");
    }
    let mut other = gzip(&small_set()[0]);
    *other.last_mut().unwrap() ^= 1;
    let found = format!("{:x}", Sha256::digest(other));
    let (_, text) = failure(Answer::Wrong);
    assert!(text.contains(&format!("is {found}, expected {}", right.sha256)), "{text}");
}

/// An address at which nothing listens.
fn refused() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/mnist", listener.local_addr().unwrap())
}

#[test]
fn the_second_mirror_completes_what_the_first_does_not_have() {
    let first = Server::start(|name| if name == NAMES[2] { Answer::Wrong } else { Answer::Good });
    let second = Server::start(|_| Answer::Good);
    let folder = tempdir().unwrap();
    let (_, mirror) = downloader(&[&refused(), &first.url, &second.url]).fetch(folder.path()).unwrap();
    assert_eq!(mirror, second.url);
    assert_eq!(first.requested(), NAMES[..3]);
    assert_eq!(second.requested(), NAMES[2..]);
    assert_eq!(names_in(folder.path()), all_names());
}

#[test]
fn every_mirror_s_fault_is_told_quickly() {
    let (refused, missing) = (refused(), Server::start(|_| Answer::NotFound));
    let start = Instant::now();
    let nowhere = "http://host.invalid/mnist/";
    let downloader = downloader(&[&refused, nowhere, &missing.url]);
    let text = downloader.fetch(tempdir().unwrap().path()).unwrap_err().to_string();
    assert!(start.elapsed() < Duration::from_secs(6), "it took {:?}", start.elapsed());
    for part in [&refused, "refused", nowhere, &missing.url, "404"] {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
}

#[test]
fn an_interrupted_download_is_completed_by_a_second_try() {
    let folder = tempdir().unwrap();
    let breaking = Server::start(|name| if name == NAMES[1] { Answer::HalfThenClose } else { Answer::Good });
    downloader(&[&breaking.url]).fetch(folder.path()).unwrap_err();
    assert_eq!(names_in(folder.path()), [format!("{}.gz", NAMES[0])]);
    fs::write(folder.path().join(format!("{}.gz", NAMES[3])), "not complete").unwrap();
    let sound = Server::start(|_| Answer::Good);
    downloader(&[&sound.url]).fetch(folder.path()).unwrap();
    assert_eq!(sound.requested(), NAMES[1..]);
    assert_eq!(names_in(folder.path()), all_names());
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let text = downloader(&[]).fetch(&file.join("below")).unwrap_err().to_string();
    assert!(text.contains("cannot make the folder") && text.contains("below"), "{text}");
}

fn around(user_folder: &TempDir) -> Surroundings {
    let user_folder = Some(user_folder.path().into());
    Surroundings { named_folder: None, user_folder, mirrors: Default::default(), drawn: (10, 10) }
}

/// A request for a set whose files are the small ones of a mirror.
fn request(info: DatasetInfo, mirror: &str) -> Request {
    let origin = Origin::Mirrors(downloader(&[mirror]));
    Request { dataset: Some(DatasetInfo { origin, ..info }), ..Request::default() }
}

#[test]
fn loading_downloads_once_and_then_reads_the_folder() {
    for info in [DatasetInfo::mnist(), DatasetInfo::fashion_mnist(), DatasetInfo::kmnist()] {
        let server = Server::start(|_| Answer::Good);
        let folder = tempdir().unwrap();
        let (around, request) = (around(&folder), request(info.clone(), &server.url));
        let images = load_from(&request, &around).unwrap();
        let line = images.source.to_string();
        assert!(matches!(&images.source, Source::Download { url, .. } if *url == server.url), "{line}");
        assert!(line.starts_with(&format!("{} downloaded from http", info.title)), "{line}");
        assert_eq!((images.train.len(), images.test.len()), (12, 7));
        assert_eq!(images.class_names()[&9], info.classes[9]);
        assert_eq!(names_in(&folder.path().join(info.name)), all_names());
        let source = load_from(&request, &around).unwrap().source;
        assert!(matches!(source, Source::Folder { .. }), "{source}");
        assert_eq!(server.requested().len(), 4);
    }
}

#[test]
fn the_mirror_of_the_surroundings_takes_the_place_of_all() {
    let server = Server::start(|_| Answer::Good);
    let folder = tempdir().unwrap();
    let mirrors = [("kmnist".to_string(), server.url.clone())].into();
    let around = Surroundings { mirrors, ..around(&folder) };
    load_from(&request(DatasetInfo::kmnist(), &refused()), &around).unwrap();
    let error = load_from(&request(DatasetInfo::fashion_mnist(), &refused()), &around).unwrap_err();
    assert!(error.to_string().contains("refused"), "{error}");
}

#[test]
fn loading_takes_what_the_user_s_folder_holds_without_a_request() {
    let server = Server::start(|_| Answer::Good);
    let folder = tempdir().unwrap();
    write_small_set(&folder.path().join("mnist"));
    let request = request(DatasetInfo::mnist(), &server.url);
    let source = load_from(&request, &around(&folder)).unwrap().source;
    assert!(matches!(source, Source::Folder { .. }), "{source}");
    assert_eq!(server.requested(), [""; 0]);
}

#[test]
fn a_plain_file_with_a_fault_does_not_come_before_what_was_fetched() {
    let server = Server::start(|_| Answer::Good);
    let folder = tempdir().unwrap();
    write_small_set(&folder.path().join("kmnist"));
    fs::write(folder.path().join("kmnist").join(NAMES[0]), "cut").unwrap();
    let images = load_from(&request(DatasetInfo::kmnist(), &server.url), &around(&folder)).unwrap();
    assert_eq!(images.train.len(), 12);
    assert_eq!(server.requested(), NAMES);
}

#[test]
fn loading_draws_when_no_mirror_answers_and_says_so() {
    let (folder, refused) = (tempdir().unwrap(), refused());
    fs::create_dir(folder.path().join("mnist")).unwrap();
    let mirrors = [("mnist".to_string(), refused.clone())].into();
    let mnist = load_from(&Request::default(), &Surroundings { mirrors, ..around(&folder) }).unwrap();
    let line = mnist.source.to_string();
    for part in ["digits drawn with seed 0", "no train-images-idx3-ubyte", &refused, "refused"] {
        assert!(line.contains(part), "{part:?} is not in: {line}");
    }
    assert_eq!((mnist.train.len(), mnist.test.len()), (10, 10));
}

#[test]
fn a_set_described_with_too_few_files_is_an_error() {
    let (server, folder) = (Server::start(|_| Answer::Good), tempdir().unwrap());
    let mut downloader = downloader(&[&server.url]);
    downloader.files.pop();
    let info = DatasetInfo { origin: Origin::Mirrors(downloader), ..DatasetInfo::kmnist() };
    let request = Request { dataset: Some(info), ..Request::default() };
    let text = load_from(&request, &around(&folder)).unwrap_err().to_string();
    assert!(text.contains("KMNIST is described with 3 files"), "{text}");
}

#[test]
fn other_sets_than_mnist_are_an_error_when_no_mirror_answers() {
    let (folder, refused) = (tempdir().unwrap(), refused());
    let error = load_from(&request(DatasetInfo::kmnist(), &refused), &around(&folder)).unwrap_err();
    assert!(matches!(error, DataError::Unavailable { .. }), "{error}");
    let lacks = format!("KMNIST lacks {}[.gz]", NAMES[0]);
    let place: PathBuf = folder.path().join("kmnist");
    for part in [&lacks, place.to_str().unwrap(), &refused, "refused"] {
        assert!(error.to_string().contains(part), "{part:?} is not in: {error}");
    }
}
