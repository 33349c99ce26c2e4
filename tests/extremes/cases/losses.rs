//! Losses, softmax and hits.

use super::*;

/// Rows of one pair and zeros beside it. The scale is such that a gradient is as large as that of a single number.
pub(super) fn of_loss(loss: Elements, activation: &Activation, width: usize) -> Case {
    let [predictions, targets] = loss.domains();
    let predictions = if activation.values() == Domain::Any { predictions } else { activation.values() };
    let [p, t] = pairs(&extremes(predictions), &extremes(targets));
    let rows = p.len();
    let spread = |of: Vec<f32>| {
        of.into_iter().flat_map(|x| (0..width).map(move |j| if j == 0 { x } else { 0.0 })).collect()
    };
    let (mut maker, [prediction, target], gradient) = Maker::of(width, [spread(p), spread(t)]);
    let scale = maker.shared(1, 1, vec![(rows * width) as f32]);
    let losses = maker.tape.batched("losses", 1);
    let gradient = LossGradient::of_mean(gradient).scaled(scale);
    let op = ElementLoss {
        gradient: Some(LossGradient { activation: activation.clone(), ..gradient }),
        ..ElementLoss::new(loss, prediction, target, losses)
    };
    let f = activation.clone();
    let formula: Formula = Box::new(move |row, round| {
        let (p, t) = row.split_at(width);
        let pairs = || p.iter().zip(t);
        // The sum of a row may overflow.
        let kept =
            |term: Term| if round(term.value).is_infinite() { Term::from(f64::INFINITY) } else { term };
        let losses: Vec<_> = pairs().map(|(p, t)| kept(formulas::loss(loss, *p, *t))).collect();
        let gradient = |(p, t): (&f64, &f64)| {
            let term = formulas::loss_slope(loss, *p, *t);
            Term { value: round(term.value), ..term }.times(formulas::slope(&f, *p))
        };
        std::iter::once(formulas::mean(&losses)).chain(pairs().map(gradient)).collect()
    });
    maker.finish(op, 2, formula)
}

/// Ops over rows of scores, of which two change.
pub(super) fn of_scores(classes: usize) -> Vec<Case> {
    let scores = |domain| {
        let [a, b] = pairs(&extremes(domain), &extremes(Domain::Any));
        a.iter().zip(&b).flat_map(|(a, b)| [*a, *b, *a].into_iter().take(classes)).collect::<Vec<_>>()
    };
    let mut cases = Vec::new();
    let (maker, [x], y) = Maker::of(classes, [scores(Domain::Any)]);
    cases.push(maker.finish(Softmax { x, y }, 1, Box::new(|row, _| formulas::softmax(row))));

    let [p, dy] = pairs(&extremes(Domain::Unit), &scores(Domain::Any));
    let rest = |p: f32| [1.0 - p, p, 0.0].into_iter().take(classes);
    let y: Vec<_> = p.chunks_exact(classes).flat_map(|row| rest(row[0])).collect();
    let (maker, [y, dy], dx) = Maker::of(classes, [y, dy]);
    let formula = move |row: &[f64], _: Round| formulas::softmax_gradient(&row[..classes], &row[classes..]);
    cases.push(maker.finish(SoftmaxGradient { y, dy, dx }, 2, Box::new(formula)));

    for relative in [false, true] {
        let expected = [0.75, 0.25, 0.0];
        let (mut maker, [z], gradient) = Maker::of(classes, [scores(Domain::Any)]);
        let (rows, losses) = (maker.rows, maker.tape.batched("losses", 1));
        let targets = maker.tape.batched("targets", classes);
        let all = (0..rows * classes).map(|i| expected[i % classes] as f32).collect();
        maker.inputs.push((targets, all));
        let scale = maker.shared(1, 1, vec![rows as f32]);
        let op = DistributionCrossEntropy::new(DistributionScores { relative }, z, targets, losses);
        let op =
            DistributionCrossEntropy { gradient: Some(LossGradient::of_mean(gradient).scaled(scale)), ..op };
        let formula = move |row: &[f64], round: Round| {
            let (z, t) = row.split_at(classes);
            formulas::distribution_cross_entropy(z, t, relative, round)
        };
        cases.push(maker.finish(op, 2, Box::new(formula)));
    }

    for label in 0..2 {
        let (mut maker, [logits], gradient) = Maker::of(classes, [scores(Domain::Any)]);
        let (rows, losses) = (maker.rows, maker.tape.batched("losses", 1));
        let labels = all_of(&mut maker, label);
        let scale = maker.shared(1, 1, vec![rows as f32]);
        let gradient = Some(LossGradient::of_mean(gradient).scaled(scale));
        let op = SoftmaxCrossEntropy::new(SoftmaxScores, logits, labels, losses);
        let op = SoftmaxCrossEntropy { gradient, ..op };
        let formula = move |row: &[f64], _: Round| formulas::softmax_cross_entropy(row, label);
        cases.push(maker.finish(op, 1, Box::new(formula)));

        let mut maker = Maker::new(1);
        let (y, labels) = (maker.tape.batched("y", classes), all_of(&mut maker, label));
        let formula = move |_: &[f64], _: Round| {
            (0..classes).map(|j| Term::from(if j == label { 1.0 } else { 0.0 })).collect()
        };
        cases.push(maker.finish(OneHot { labels, y }, 0, Box::new(formula)));

        let (mut maker, [scores], _) = Maker::of(classes, [scores(Domain::Any)]);
        let hits = maker.tape.batched("hits", 1);
        let labels = all_of(&mut maker, label);
        let formula = move |row: &[f64], _: Round| {
            let top = (0..row.len()).fold(0, |top, j| if row[j] > row[top] { j } else { top });
            vec![Term::from(if top == label { 1.0 } else { 0.0 })]
        };
        cases.push(maker.finish(Hits { scores, labels, hits, table: None }, 1, Box::new(formula)));
    }
    cases
}

/// The same label for each row.
fn all_of(maker: &mut Maker, label: usize) -> Tensor {
    let labels = maker.tape.batched_of("labels", Element::U32, 1);
    maker.indices.push((labels, vec![label as u32; maker.rows]));
    labels
}
