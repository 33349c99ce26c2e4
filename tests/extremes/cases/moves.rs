//! What moves, adds up and converts numbers.

use super::*;

pub(super) fn gather(width: usize) -> Case {
    let (mut maker, [source], out) = Maker::of(width, [extremes(Domain::Any)]);
    let indices = maker.tape.tensor("indices", Element::U32, 1, maker.rows);
    maker.indices.push((indices, (0..maker.rows as u32).collect()));
    let source = Tensor { per_sample: None, ..source };
    maker.finish(
        Gather { source, indices, out, scale: 0.75, labels: None },
        1,
        each(width, |x| (0.75 * x[0]).into()),
    )
}

pub(super) fn embedding(width: usize) -> Case {
    let (mut maker, [table], out) = Maker::of(width, [extremes(Domain::Any)]);
    let ids = maker.tape.batched_of("ids", Element::U32, 1);
    maker.indices.push((ids, (0..maker.rows as u32).collect()));
    let table = Tensor { per_sample: None, ..table };
    maker.finish(Embedding { ids, table, out }, 1, each(width, |x| x[0].into()))
}

pub(super) fn collect(width: usize) -> Case {
    let (mut maker, [rows], _) = Maker::of(width, [extremes(Domain::Any)]);
    let table = maker.tape.tensor("table", Element::Real, maker.rows, width);
    maker.finish(Collect { rows, table }, 1, each(width, |x| x[0].into()))
}

pub(super) fn add_to(width: usize) -> Case {
    let (maker, [sum_, part], _) = Maker::of(width, pairs(&extremes(Domain::Any), &extremes(Domain::Any)));
    maker.finish(AddTo { sum: sum_, part }, 2, each(width, |x| (x[0] + x[1]).into()))
}

/// Columns that are put together, taken and put back, and a matrix that is turned around.
pub(super) fn columns() -> [Case; 4] {
    let any = || extremes(Domain::Any);
    let (mut maker, [a, b], _) = Maker::of(2, pairs(&any(), &any()));
    let y = maker.tape.batched("all", 4);
    let same = |x: &[f64], _: Round| x.iter().map(|x| Term::from(*x)).collect();
    let together = maker.finish(Concat { parts: vec![a, b], y }, 2, Box::new(same));

    let (mut maker, [x], _) = Maker::of(4, [any()]);
    let y = maker.tape.batched("some", 2);
    let taken = maker.finish(Slice { x, start: 1, y }, 1, Box::new(|x, _| vec![x[1].into(), x[2].into()]));

    let (mut maker, [x], _) = Maker::of(1, [any()]);
    let y = maker.tape.batched("more", 3);
    let between = |x: &[f64], _: Round| [0.0, x[0], 0.0].map(Term::from).to_vec();
    let back = maker.finish(Pad { x, start: 1, y }, 1, Box::new(between));

    let (maker, [x], y) = Maker::of(4, [any()]);
    let [x, y] = [x, y].map(|tensor| tensor.with_rows_per_sample(2));
    let turned = |x: &[f64], _: Round| [x[0], x[2], x[1], x[3]].map(Term::from).to_vec();
    [together, taken, back, maker.finish(Transpose { x, y }, 1, Box::new(turned))]
}

/// Images between zeros, larger ones, and their derivative: of two pixels beside each other.
pub(super) fn images() -> [Case; 4] {
    let both = || pairs(&extremes(Domain::Any), &extremes(Domain::Any));
    let image = ImageShape { height: 1, width: 2, channels: 1 };
    let of = |numbers: usize| {
        let [first, second] = both();
        let column = first.iter().zip(&second).flat_map(|(a, b)| [*a, *b]).collect();
        let (mut maker, [x], _) = Maker::of(2, [column]);
        let y = maker.tape.batched("image", numbers);
        (maker, x, y)
    };
    let (maker, x, y) = of(3);
    let moved = |x: &[f64], _: Round| vec![0.0.into(), 0.0.into(), x[0].into()];
    let padded = maker.finish(ZeroPad { x, y, image, padding: [0, 2, 0, -1] }, 1, Box::new(moved));

    let (factor, [nearest, bilinear]) = ([1, 2], [Interpolation::Nearest, Interpolation::Bilinear]);
    let (maker, x, y) = of(4);
    let twice = |x: &[f64], _: Round| [x[0], x[0], x[1], x[1]].map(Term::from).to_vec();
    let repeated = maker.finish(Upsample { x, y, image, factor, interpolation: nearest }, 1, Box::new(twice));

    let (maker, x, y) = of(4);
    let between = |x: &[f64], _: Round| {
        let [a, b] = [x[0], x[1]];
        vec![a.into(), sum([0.75 * a, 0.25 * b]), sum([0.25 * a, 0.75 * b]), b.into()]
    };
    let smooth =
        maker.finish(Upsample { x, y, image, factor, interpolation: bilinear }, 1, Box::new(between));

    let (maker, dy, dx) = of(1);
    let added = |x: &[f64], _: Round| vec![sum([x[0], x[1]])];
    let image = ImageShape { width: 1, ..image };
    let back = UpsampleGradient { dy, dx, image, factor, interpolation: bilinear };
    [padded, repeated, smooth, maker.finish(back, 1, Box::new(added))]
}

/// Which elements are dropped is not seen here.
pub(super) fn dropout(rate: f32, width: usize) -> Case {
    let (maker, [x], y) = Maker::of(width, [extremes(Domain::Any)]);
    let kept = 1.0 / (1.0 - f64::from(rate));
    let formula = each(width, move |x| Term { or_zero: rate > 0.0, ..Term::from(kept * x[0]) });
    maker.finish(Dropout { x, y, channels: None, rate, layer: 1 }, 1, formula)
}

pub(super) fn convert(from: Element, to: Element) -> Case {
    let (mut maker, _, _) = Maker::of(4, [extremes(Domain::Any)]);
    let [x, y] = [from, to].map(|element| maker.tape.batched_of("converted", element, 4));
    maker.inputs[0].0 = x;
    let halves = |x: f64| f64::from(half::f16::from_f64(x));
    maker.finish(Convert { x, y }, 1, each(4, move |x| halves(x[0]).into()))
}
