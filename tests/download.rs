//! Downloads from a small server in this process: good, faulty, slow, interrupted.
#![cfg(feature = "download")]

mod idx_files;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use idx_files::{NAMES, gzip, small_set, write_small_set};
use sha2::{Digest, Sha256};
use tempfile::{TempDir, tempdir};
use wgrad::data::{Downloader, Limits, Request, Source, Surroundings, load_from};

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
    /// Other bytes than those of MNIST.
    Wrong,
    /// A gzip stream that breaks off although the body is complete.
    CutGzip,
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
    let body = match answer {
        Answer::Wrong => gzip(b"other bytes, soundly gzipped"),
        _ => gzip(&small_set()[index]),
    };
    let half = &body[..body.len() / 2];
    if matches!(answer, Answer::Silence) {
        be_silent();
    }
    let _ = match answer {
        Answer::Good | Answer::Wrong | Answer::Silence => send(stream, body.len(), &body),
        Answer::HalfThenClose => send(stream, body.len(), half),
        Answer::HalfThenSilence => send(stream, body.len(), half).map(|()| be_silent()),
        Answer::Drip => send(stream, body.len(), b"").and_then(|()| drip(stream, &body)),
        Answer::CutGzip => send(stream, half.len(), half),
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

/// A downloader of the small set, with short limits.
fn downloader(mirrors: &[&str]) -> Downloader {
    Downloader {
        mirrors: mirrors.iter().map(ToString::to_string).collect(),
        sums: small_set().map(|content| format!("{:x}", Sha256::digest(content))),
        limits: Limits {
            stall: Duration::from_millis(300),
            total: Duration::from_secs(1),
            compressed: 100_000,
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
    assert_eq!(files.0, NAMES.map(|name| deep.join(format!("{name}.gz"))));
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
        (Answer::Wrong, "the SHA-256 of what came is"),
        (Answer::CutGzip, "not gzipped right"),
        (Answer::NotGzip, "not gzipped right: invalid gzip header"),
        (Answer::Endless, "more than 100000 bytes came"),
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
fn a_gzip_bomb_is_left_at_the_limit() {
    let server = Server::start(|_| Answer::Good);
    let mut downloader = downloader(&[&server.url]);
    downloader.limits.decompressed = 1000;
    let text = downloader.fetch(tempdir().unwrap().path()).unwrap_err().to_string();
    assert!(text.contains("SHA-256"), "{text}");
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

fn around(user_folder: &TempDir, mirror: &str) -> Surroundings {
    let user_folder = Some(user_folder.path().into());
    Surroundings { named_folder: None, user_folder, downloader: downloader(&[mirror]), drawn: (10, 10) }
}

#[test]
fn loading_downloads_once_and_then_reads_the_folder() {
    let server = Server::start(|_| Answer::Good);
    let folder = tempdir().unwrap();
    let around = around(&folder, &server.url);
    let mnist = load_from(&Request::default(), &around).unwrap();
    assert!(matches!(&mnist.source, Source::Download { url, .. } if *url == server.url), "{}", mnist.source);
    assert_eq!((mnist.train.len(), mnist.test.len()), (12, 7));
    let source = load_from(&Request::default(), &around).unwrap().source;
    assert!(matches!(source, Source::Folder { .. }), "{source}");
    assert_eq!(server.requested().len(), 4);
}

#[test]
fn loading_takes_what_the_user_s_folder_holds_without_a_request() {
    let server = Server::start(|_| Answer::Good);
    let folder = tempdir().unwrap();
    write_small_set(folder.path());
    let source = load_from(&Request::default(), &around(&folder, &server.url)).unwrap().source;
    assert!(matches!(source, Source::Folder { .. }), "{source}");
    assert_eq!(server.requested(), [""; 0]);
}

#[test]
fn loading_draws_when_no_mirror_answers_and_says_so() {
    let (folder, refused) = (tempdir().unwrap(), refused());
    let around = around(&folder, &refused);
    let mnist = load_from(&Request::default(), &around).unwrap();
    let line = mnist.source.to_string();
    for part in ["digits drawn with seed 0", "no train-images-idx3-ubyte", &refused, "refused"] {
        assert!(line.contains(part), "{part:?} is not in: {line}");
    }
    assert_eq!((mnist.train.len(), mnist.test.len()), (10, 10));
}
