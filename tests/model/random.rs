//! Random numbers: a seed keeps its meaning.

use wgrad::random::{Purpose, Stream};

fn words(mut stream: Stream) -> [u32; 4] {
    std::array::from_fn(|_| stream.word())
}

#[test]
fn the_generator_is_cha_cha_8() {
    // The published test vector for a key and a nonce of zeros begins 3e00ef2f 895f40d6 7f5bb8e8 1f09a5a1.
    assert_eq!(words(Stream::numbered(0, 0)), [0x2fef003e, 0xd6405f89, 0xe8b85b7f, 0xa1a5091f]);
    // Computed by another implementation: the seed is the key's low half, the number is the nonce.
    assert_eq!(
        words(Stream::new(7, Purpose::Initialisation)),
        [0x287e548e, 0xef329c99, 0xac6cc009, 0x4818605b]
    );
    let large = Stream::new((1 << 40) + 5, Purpose::Checking);
    assert_eq!(words(large), [0xe7e110b0, 0x6576ac92, 0x663a2884, 0x337efcd4]);
}

#[test]
fn purposes_have_streams_of_their_own() {
    let purposes = [Purpose::Initialisation, Purpose::Shuffling, Purpose::Checking];
    let streams = purposes.map(|purpose| words(Stream::new(0, purpose)));
    assert_eq!(streams[0], [0xb34b8f2b, 0xca068379, 0x7cd43051, 0xd14e8d4f]);
    assert_eq!(streams[1], [0x3f019d00, 0xf96af733, 0x24aa1d7d, 0x9de63f21]);
    assert!(streams[0] != streams[1] && streams[1] != streams[2] && streams[0] != streams[2]);
}

#[test]
fn every_kind_of_number_is_recorded() {
    let stream = || Stream::new(0, Purpose::Initialisation);
    let (mut units, mut normals, mut belows) = (stream(), stream(), stream());
    assert_eq!([(); 3].map(|()| units.unit()), [0.7891618892784164, 0.8176048583089404, 0.2594260428567652]);
    for wanted in [0.7271611786409121, -0.6068563555798934, -0.32704707943584926] {
        assert!((normals.normal() - wanted).abs() < 1e-14);
    }
    assert_eq!([(); 12].map(|()| belows.below(10)), [7, 7, 4, 8, 8, 2, 9, 6, 3, 6, 9, 2]);
    let mut values = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    Stream::new(3, Purpose::Shuffling).shuffle(&mut values);
    assert_eq!(values, [4, 9, 5, 1, 2, 6, 3, 0, 7, 8]);
}

#[test]
fn numbers_keep_to_their_laws() {
    let mut stream = Stream::numbered(1, 1);
    let units: Vec<f64> = (0..100_000).map(|_| stream.uniform(-3.0, 5.0)).collect();
    let mean = units.iter().sum::<f64>() / 1e5;
    assert!(units.iter().all(|value| (-3.0..5.0).contains(value)) && (mean - 1.0).abs() < 0.03, "{mean}");
    let mut counts = [0; 7];
    (0..70_000).for_each(|_| counts[stream.below(7)] += 1);
    assert!(counts.iter().all(|count| (9_600..10_400).contains(count)), "{counts:?}");
    let mut firsts = [0; 5];
    for _ in 0..50_000 {
        let mut values = [0, 1, 2, 3, 4];
        stream.shuffle(&mut values);
        firsts[values[0]] += 1;
    }
    assert!(firsts.iter().all(|count| (9_600..10_400).contains(count)), "{firsts:?}");
}
