//! Planted faults: the check must name the op with the fault, and that op alone.

use wgrad::op::{Op, OpCases};
use wgrad::ops::loss::SoftmaxCrossEntropy;
use wgrad::ops::{
    Activate, AdaGrad, Adam, Adamax, AddTo, AllFolds, AllRunningMoments, AveragePool, AveragePoolGradient,
    BatchMoments, BatchNorm, BatchNormGradient, BatchNormSums, BatchSum, BatchedProduct, Binary, ClipValue,
    Collect, Concat, Conv2d, ConvInputGradient, ConvTranspose2d, ConvWeightGradient, Decay, Dense, Dropout,
    ElementLoss, Elementary, ElementaryGradient, Embedding, EmbeddingGradient, Erase, Fold, FoldedNorm,
    Gather, GroupNorm, GroupNormGradient, GroupedConv2d, GroupedConvInputGradient, GroupedConvWeightGradient,
    Hits, InputGradient, Lion, LossScale, MaxPool, MaxPoolGradient, MaximumGradient, Nadam, Noise, Pad,
    RandomTransform, Reduce, RunningMoments, Slice, Softmax, SoftmaxGradient, Spread, SumSquares, Transpose,
    TwoNorms, Update, Upsample, UpsampleGradient, Warp, WarpGradient, WeightGradient, ZeroPad,
};

use crate::mutant::Change::{self, Constant, Text};
use crate::mutant::check;
use crate::support::bindings;

/// That the check finds the fault in `O`, and none in the op beside it, on a device that can bind what `O` needs.
fn found<O: OpCases>(change: Change) {
    let Some(check) = check::<O>(change) else { return };
    if check.ops.iter().any(|op| op.cases == 0) {
        assert!(bindings() == 4, "{change:?}: {check}");
        return;
    }
    let failed: Vec<_> = check.failures().map(|op| op.name).collect();
    assert_eq!(failed, [O::NAME], "{change:?}: {check}");
}

#[test]
fn a_change_of_nothing_is_no_fault() {
    let Some(check) = check::<Softmax>(Constant("COLS", 1.0)) else { return };
    assert!(check.passed(), "{check}");
    assert_eq!(check.ops.iter().map(|op| op.name).collect::<Vec<_>>(), [AddTo::NAME, Softmax::NAME]);
}

#[test]
fn a_flipped_sign() {
    found::<ElementLoss>(Text("2.0 * (p - t)", "2.0 * (t - p)"));
    found::<Binary>(Text("return a - b", "return b - a"));
    found::<GroupNormGradient>(Text("- z * mean_gz", "+ z * mean_gz"));
    found::<SoftmaxGradient>(Text("- y[start + j] * sum", "+ y[start + j] * sum"));
}

#[test]
fn a_swapped_select() {
    found::<Activate>(Text("select(e, 1.0, x >= 0.0)", "select(1.0, e, x >= 0.0)"));
    found::<Hits>(Text("select(0.0, 1.0,", "select(1.0, 0.0,"));
}

#[test]
fn a_guard_that_misses_the_last_row() {
    found::<Softmax>(Text("item < items()", "item + 1u < items()"));
    found::<BatchSum>(Text("row < live_rows()", "row + 1u < live_rows()"));
    found::<Reduce>(Text("j < COUNT", "j + 1u < COUNT"));
    found::<WeightGradient>(Text("return live_rows()", "return live_rows() - 1u"));
    found::<EmbeddingGradient>(Text("i < batch.rows * IDS", "i + 1u < batch.rows * IDS"));
    found::<SumSquares>(Text("i < LENGTH", "i + 1u < LENGTH"));
}

#[test]
fn a_guard_that_lets_rows_beyond_the_batch_be_written() {
    found::<Activate>(Text("i * WIDTH < live_rows() * COLS", "i < arrayLength(&y)"));
    found::<Collect>(Text("i < live_rows() * COLS", "i < arrayLength(&rows)"));
    found::<Warp>(Text("i >= batch.rows * HEIGHT * WIDTH * CHANNELS", "i >= arrayLength(&y)"));
    found::<WarpGradient>(Text("i >= batch.rows * CHANNELS", "i * HEIGHT * WIDTH >= arrayLength(&dx)"));
    found::<Slice>(Text("i < live_rows() * COLS", "i < arrayLength(&y)"));
    found::<BatchedProduct>(Text("i >= batch.rows * ROWS * COLS", "i >= arrayLength(&y)"));
    found::<Binary>(Text("i < live_rows() * COLS", "i < arrayLength(&y)"));
    found::<Spread>(Text("return dy * slope(made[i])", "return dy * slope(made[0])"));
    found::<Spread>(Text("i < strips() * COUNT", "i < arrayLength(&y)"));
    found::<SoftmaxCrossEntropy>(Text("item < items()", "item * CLASSES < arrayLength(&logits)"));
}

#[test]
fn a_missing_barrier() {
    found::<ElementLoss>(Text("workgroupBarrier();", ""));
    found::<BatchSum>(Text("workgroupBarrier();", ""));
    found::<Softmax>(Text("workgroupBarrier();", ""));
}

#[test]
fn a_branch_that_is_wrong_for_negative_inputs_only() {
    found::<Activate>(Text("select(NEGATIVE_SLOPE * x,", "select(NEGATIVE_SLOPE,"));
    found::<Activate>(Text("select(x, 0.0, is_negative(x))", "abs(x)"));
    found::<Elementary>(Text("ln_1p(x - 1.0)", "ln_1p(x)"));
    found::<Elementary>(Text("left % 2u == 1u", "left % 2u == 0u"));
    found::<ElementaryGradient>(Text("x >= LEAST && ", ""));
}

#[test]
fn an_exponential_that_overflows_at_extremes_only() {
    found::<Activate>(Text("select(e, 1.0, x >= 0.0) / (1.0 + e)", "exp(x) / (1.0 + exp(x))"));
    found::<Softmax>(Text("let below = x[start + j] - top", "let below = x[start + j]"));
    found::<SoftmaxCrossEntropy>(Text("let top = logits[start + best]", "let top = 0.0"));
}

#[test]
fn an_index_that_is_right_for_square_shapes_only() {
    found::<InputGradient>(Text("w[j * OUTPUTS + k]", "w[j * INPUTS + k]"));
    found::<Binary>(Text("return i / COLS", "return i % COLS"));
    found::<Transpose>(Text("at % ROWS * COLS", "at % COLS * COLS"));
    found::<BatchedProduct>(Text("i % COLS * B_COL", "i % ROWS * B_COL"));
    found::<Concat>(Text("col - A - B]", "col - A]"));
    found::<Embedding>(Text("id * COLS + i % COLS", "id * ROWS + i % COLS"));
    found::<Spread>(Text("i / (COUNT * INNER)", "i / INNER"));
    found::<Warp>(Text("pixel / WIDTH % HEIGHT, pixel % WIDTH", "pixel % WIDTH, pixel / WIDTH % HEIGHT"));
    found::<Warp>(Text("* WIDTH + u32(pixel.x)", "* HEIGHT + u32(pixel.x)"));
    found::<Erase>(Text("pixel / WIDTH % HEIGHT", "pixel / HEIGHT % WIDTH"));
}

#[test]
fn an_omitted_bias() {
    found::<Dense>(Constant("BIAS", 0.0));
}

#[test]
fn a_relative_error_of_a_ten_thousandth() {
    found::<Gather>(Constant("SCALE", 1.0001));
    found::<Reduce>(Constant("FACTOR", 1.0001));
    found::<Spread>(Constant("FACTOR", 1.0001));
    found::<Elementary>(Constant("EXPONENT", 1.001));
    found::<ElementaryGradient>(Constant("FACTOR", 1.0001));
    found::<GroupNorm>(Text("z * scale[c]", "1.0001 * z * scale[c]"));
    found::<Dense>(Text("var z = sum", "var z = 1.0001 * sum"));
    found::<Decay>(Constant("DECAY", 1.01));
    found::<ClipValue>(Constant("LIMIT", 0.501));
    found::<Update<AdaGrad>>(Text("sqrt(s)", "1.0001 * sqrt(s)"));
    found::<Update<Adamax>>(Constant("BETA2", 0.99));
    found::<Update<Lion>>(Constant("BETA2", 0.9901));
    found::<Update<Lion>>(Constant("BETA1", 0.91));
    found::<SumSquares>(Constant("DOWN", 1.001));
    found::<Noise>(Text("sqrt(-2.0", "sqrt(-2.0005"));
    found::<RandomTransform>(Constant("ROTATION", 1.0001));
    found::<RandomTransform>(Text("0.16666667", "0.1667"));
}

#[test]
fn a_step_that_is_not_counted() {
    found::<LossScale>(Text("(1.0 - BETA2)", "0.0"));
    found::<LossScale>(Text("0.5 * third", "0.5"));
    found::<Update<Adam>>(Text("denominators[1]", "denominators[0]"));
    found::<Update<Nadam>>(Text("denominators[2]", "denominators[0]"));
}

#[test]
fn a_value_of_the_batch_that_is_ignored() {
    found::<Gather>(Text("batch.first + ", ""));
    found::<Gather>(Text("return source[at]; }", "return source[at] + 1u; }"));
    found::<Gather>(Text("* LABELS + i % LABELS", "* LABELS"));
    found::<Collect>(Text("batch.first", "0u"));
    found::<Hits>(Text("batch.first", "0u"));
    found::<Dropout>(Text("batch.epoch", "0u"));
    found::<Dropout>(Text("batch.seed", "0u"));
    found::<Dropout>(Text("i % DRAWS", "i"));
    found::<Noise>(Text("batch.first * PER_SAMPLE * COLS + i", "i"));
    found::<RandomTransform>(Text("batch.first + ", ""));
    found::<Erase>(Text("batch.first + ", ""));
    found::<Update<Adam>>(Text("batch.correction2", "1.0"));
    found::<Update<Adam>>(Text("batch.rate", "0.1"));
    found::<Update<Nadam>>(Text("batch.correction3", "1.0"));
}

#[test]
fn an_output_that_is_added_to_instead_of_written() {
    found::<Activate>(Text("y[i] = ", "y[i] += "));
}

#[test]
fn a_gradient_that_goes_to_another_number() {
    found::<Pad>(Text("col - START < WIDTH", "col - START <= WIDTH"));
    found::<MaximumGradient>(Text("j == at", "j + 1u == at"));
    found::<MaximumGradient>(Text("b.rank > a.rank", "b.rank < a.rank"));
    found::<WarpGradient>(Text("part, behind == 1", "part, behind == 0"));
}

#[test]
fn a_kernel_that_does_not_compile() {
    found::<Hits>(Text("var best", "var worst"));
}

#[test]
fn a_window_that_sees_other_pixels() {
    found::<Conv2d>(Text("ky * DILATION_Y - TOP", "ky * DILATION_Y + 1u - TOP"));
    found::<Conv2d>(Text("y < HEIGHT && x < WIDTH", "y < HEIGHT"));
    found::<Conv2d>(Text("return w_row(taps(), ", "return w_row(0u, "));
    found::<ConvInputGradient>(Text("- t / across * DILATION_Y", "- (t + 1u) / across * DILATION_Y"));
    found::<ConvInputGradient>(Text("phase % STRIDE_X + t % across", "t % across"));
    found::<ConvInputGradient>(Text("return sum + added_at(at)", "return sum"));
    found::<ConvInputGradient>(Text("(sum + added_at(at)) *", "sum *"));
    found::<ConvTranspose2d>(Text("* DILATION_X;\n    let inside", "* DILATION_X + 1u;\n    let inside"));
    found::<ConvTranspose2d>(Text("bias[at % CHANNELS]", "bias[0]"));
    found::<ConvWeightGradient>(Text(
        "i / SIDE * PART + PART, p.inner",
        "i / SIDE * PART + PART - 4u, p.inner",
    ));
    found::<ConvWeightGradient>(Text("filled_taps() % 4u", "(filled_taps() + 1u) % 4u"));
    found::<Conv2d>(Text("wide(added[at])", "wide(added[0])"));
    found::<GroupedConv2d>(Text("seen_number(at.pixel, j, input)", "seen_number(at.pixel, j, 0u)"));
    found::<GroupedConv2d>(Text("let of_group = 4u * j /", "let of_group = j /"));
    found::<GroupedConv2d>(Text("x[pixel * (GROUPS / 4u) + j]", "x[pixel * (GROUPS / 4u)]"));
    found::<GroupedConvInputGradient>(Text("channel / CHANNELS * outputs", "channel % CHANNELS * outputs"));
    found::<GroupedConvWeightGradient>(Text(
        "min(begin + PART, places())",
        "min(begin + PART - 1u, places())",
    ));
    found::<GroupedConvWeightGradient>(Text("if k == taps()", "if k + 1u == taps()"));
    found::<Fold>(Text("part < PARTS", "part + 1u < PARTS"));
    found::<AllFolds>(Text("known(row, 3u);", "known(row, 3u) - 1u;"));
    found::<AllFolds>(Text("<= i {", "< i {"));
    found::<MaxPool>(Text("select(Bits(0u), ranks(number), at.inside)", "ranks(number)"));
    found::<MaxPoolGradient>(Text("y / STRIDE_Y < OUT_HEIGHT", "y / STRIDE_Y + 1u < OUT_HEIGHT"));
    found::<MaxPoolGradient>(Text("TOP + HEIGHT, place.y + 1u == OUT_HEIGHT", "top + STRIDE_Y, false"));
    found::<MaxPoolGradient>(Text("column - left < KERNEL_WIDTH", "true"));
    found::<AveragePool>(Text("sum / pixels_seen(place)", "sum / f32(KERNEL_HEIGHT * KERNEL_WIDTH)"));
    found::<AveragePoolGradient>(Text("TOP + HEIGHT) - max(top, TOP)", "TOP + HEIGHT) - top"));
}

#[test]
fn statistics_of_other_numbers() {
    found::<BatchMoments>(Text("pixel < mine.end", "pixel + 1u < mine.end"));
    found::<BatchMoments>(Text("batch.rows - min(part * SAMPLES", "batch.rows - min(part * PARTS"));
    found::<BatchNorm>(Text("away * away", "away"));
    found::<FoldedNorm>(Text("BIAS == 1u)", "true)"));
    found::<FoldedNorm>(Text("moments[column]) * factor", "moments[column])"));
    found::<BatchNorm>(Text("return z + numbers(added[at])", "return z"));
    found::<TwoNorms>(Text("return other_moments[i]", "return moments[i]"));
    found::<TwoNorms>(Text("other_x[at]) - other_mean", "other_x[at])"));
    found::<BatchNormSums>(Text("- known.mean", "+ known.mean"));
    found::<BatchNormSums>(Text("begin + local / WIDTH, end", "begin + local / WIDTH + 1u, end"));
    found::<BatchNormGradient>(Text(
        "part < PARTS; part++) {\n        products",
        "part + 1u < PARTS; part++) {\n        products",
    ));
    found::<BatchNormGradient>(Text("all.plain + (", "all.plain - ("));
    found::<GroupNorm>(Text("k / (CHANNELS / GROUPS) * CHANNELS", "k / CHANNELS * CHANNELS"));
    found::<GroupNorm>(Text("item % GROUPS * width + k % width", "k % width"));
    found::<GroupNorm>(Text("return k; }", "return 0u; }"));
    found::<GroupNormGradient>(Text("f32(COUNT * AT_ONCE)", "f32(COUNT)"));
    found::<GroupNormGradient>(Text("(x.z + x.w)", "x.z"));
    found::<RunningMoments>(Text("max(count - 1.0, 1.0)", "count"));
    found::<RunningMoments>(Text("factor[0] >= 0.0", "factor[0] < 0.0"));
    found::<AllRunningMoments>(Text("table[row * COLUMNS + 4u]", "table[4u]"));
    found::<AllRunningMoments>(Text("PIXELS = known(row, 3u)", "PIXELS = known(0u, 3u)"));
}

#[test]
fn a_place_that_is_made_of_other_pixels() {
    found::<ZeroPad>(Text("row < HEIGHT && column < WIDTH", "row < HEIGHT"));
    found::<ZeroPad>(Text("i32(place.y) - ABOVE", "i32(place.y) - ON_THE_LEFT"));
    found::<Upsample>(Text("return Tap(place / factor", "return Tap(place % pixels"));
    found::<Upsample>(Text("let middle = 2u * place + 1u", "let middle = 2u * place"));
    found::<Upsample>(Text("corner % 2u", "0u"));
    found::<UpsampleGradient>(Text("return factor / 2u", "return factor / 4u"));
    found::<UpsampleGradient>(Text("min(behind, pixels * factor)", "min(behind, pixels * factor - 1u)"));
    found::<UpsampleGradient>(Text("select(next, 0.0, first + 1u == pixels)", "next"));
}
