//! Section 8: what a convolutional net makes of images, and which pixels it judges by.

use wgrad::callback::Progress;
use wgrad::ndarray::{Array2, ArrayView1, Axis, s};
use wgrad::report::{ImageRow, Tile};
use wgrad::serde_json::json;
use wgrad::{Fit, Model, Result, Samples, losses};

use crate::autoencoders::{firsts, weight_images};
use crate::common::classifier::{Net, Part, Plan, winner};
use crate::common::data::{labelled, shape};
use crate::common::say;
use crate::lab::{Lab, SHOWN};

/// Images of a training step, and its learning rate.
const BATCH: usize = 128;
const RATE: f32 = 0.002;
/// Filters or maps in a row of a picture.
const ACROSS: usize = 12;
/// Pixels along a side of the square that hides a part of an image, and from one of its places to the next.
const SQUARE: usize = 6;
const STRIDE: usize = 2;

/// A trained net, and what it says of the test images.
struct Classifier {
    model: Model,
    plan: Plan,
    /// The label of each output.
    classes: Vec<u32>,
    /// Test images × classes.
    probabilities: Array2<f32>,
    /// The test images that are shown, the first of each class.
    shown: Vec<usize>,
}

pub fn write(lab: &mut Lab) -> Result<()> {
    lab.page.section("images", "What a convolutional net sees");
    let mut net = Classifier::trained(lab)?;
    net.filters(lab)?;
    net.maps(lab)?;
    net.mistakes(lab)?;
    net.saliency(lab)?;
    net.occlusion(lab)
}

/// How the net is trained, and on how many images: briefly unless the run is a full one.
fn plan(lab: &Lab) -> (Plan, usize) {
    let mut plan = Net::Conv.plan();
    if lab.flags.full {
        return (plan, lab.images.train.len());
    }
    // The average over a thousand steps would hold weights of the beginning.
    plan.parts.retain(|part| *part != Part::Averages);
    let (epochs, images) = if lab.flags.smoke { (1, 512) } else { (4, 12_000) };
    (Plan { epochs, ..plan }, images)
}

impl Classifier {
    /// Trains the net and says how good it is.
    fn trained(lab: &mut Lab) -> Result<Self> {
        let (plan, images) = plan(lab);
        let classes = lab.images.classes();
        let train = labelled(&lab.images.train.clone().take(images), &classes)?;
        let test = labelled(&lab.images.test, &classes)?;
        let net = plan.net(train.inputs().shape(), classes.len());
        let loss = losses::SoftmaxCrossEntropy::new();
        let mut model = net.compile(lab.backend()?, loss, plan.optimizer(RATE), lab.flags.seed)?;
        let mut progress = Progress::new();
        let fit = Fit::new().epochs(plan.epochs).batch(BATCH);
        let history = model.fit(&train, if lab.flags.quiet { fit } else { fit.callback(&mut progress) })?;
        let probabilities = softmax(model.predict(test.inputs())?);
        let shown = firsts(&lab.images.test.labels, &lab.classes());
        let net = Self { model, plan, classes, probabilities, shown };
        let (mistakes, count) = (net.wrong(lab).len(), test.inputs().len());
        let accuracy = 1.0 - mistakes as f64 / count as f64;
        say(format_args!("{:.2} % right, {:.1} s of training", 100.0 * accuracy, history.train_seconds()))?;
        lab.page.text(&format!(
            "Convolutions of {} and {} filters of 3 × 3 pixels, each with a pool, and dense layers, trained for {} epochs \
             on {} images. The net is right about {:.2} % of the test images, and wrong about {mistakes}.",
            net.plan.filters[0],
            net.plan.filters[1],
            net.plan.epochs,
            train.inputs().len(),
            100.0 * accuracy
        ));
        let figures = json!({
            "accuracy": accuracy, "mistakes": mistakes, "test_images": count, "train_images": train.inputs().len(),
            "epochs": net.plan.epochs, "train_seconds": history.train_seconds(),
        });
        lab.metrics.insert("images".into(), figures);
        Ok(net)
    }

    /// The output that wins for a test image.
    fn predicted(&self, image: usize) -> usize {
        winner(self.probabilities.row(image))
    }

    /// The test images that it takes for something else.
    fn wrong(&self, lab: &Lab) -> Vec<usize> {
        let labels = lab.images.test.labels.iter().enumerate();
        let wrong = labels.filter(|(image, label)| self.classes[self.predicted(*image)] != **label);
        wrong.map(|(image, _)| image).collect()
    }

    /// The weights of the first convolution.
    fn filters(&mut self, lab: &mut Lab) -> Result<()> {
        let weights = self.model.parameter("conv2d_1.weight")?;
        let rows: Vec<_> = weights.axis_chunks_iter(Axis(1), ACROSS).map(weight_images).collect();
        let tile = Tile { scale: 18, ..Tile::new(3, 3) };
        let caption = "The filters of the first convolution, each scaled by its own largest weight: white is positive, black is \
                       negative, grey is 0. Those that are bright on one side and dark on the other look for edges.";
        show(lab, "filters", &rows, tile, caption)
    }

    /// What both convolutions give for one image.
    fn maps(&mut self, lab: &mut Lab) -> Result<()> {
        let Some(image) = self.shown.last().copied() else { return Ok(()) };
        let (input, name) = (samples(lab, pixels(lab, &[image]))?, name(lab, lab.images.test.labels[image]));
        let [height, width, _] = lab.image();
        for (at, (layer, place)) in [("relu_1", "first"), ("relu_2", "second")].into_iter().enumerate() {
            // Each pool halves the sides.
            let (height, width, filters) = (height >> at, width >> at, self.plan.filters[at]);
            let maps = self.model.encode(layer, &input)?;
            let row = |first: usize| -> Vec<f32> {
                let map = |map: usize| bright(maps.slice(s![0, map..;filters as isize]));
                (first..first + ACROSS).flat_map(map).collect()
            };
            let rows: Vec<_> = (0..filters).step_by(ACROSS).map(row).collect();
            let tile = Tile::in_row(height, width, ACROSS);
            let tile = Tile { scale: tile.scale.min(2 << at), ..tile };
            let caption = format!(
                "What each filter of the {place} convolution finds in an image of class {name}, {height} × {width} places: \
                 black is nothing, and white is the filter's largest number."
            );
            show(lab, &format!("maps_{}", at + 1), &rows, tile, &caption)?;
        }
        Ok(())
    }

    /// What it gets wrong and is most sure of.
    fn mistakes(&self, lab: &mut Lab) -> Result<()> {
        let sure = |image: usize| self.probabilities[[image, self.predicted(image)]];
        let mut wrong = self.wrong(lab);
        wrong.sort_by(|one, other| sure(*other).total_cmp(&sure(*one)));
        wrong.truncate(SHOWN);
        if wrong.is_empty() {
            return Ok(());
        }
        let truth = |image: usize| name(lab, lab.images.test.labels[image]);
        let row = |image: &usize| {
            let said = name(lab, self.classes[self.predicted(*image)]);
            vec![image.to_string(), truth(*image), said, format!("{:.1} %", 100.0 * sure(*image))]
        };
        let table: Vec<_> = wrong.iter().map(row).collect();
        let caption = "The mistakes of which the net is most sure, in the order of the table below.";
        let images = pixels(lab, &wrong);
        show(lab, "confident_mistakes", &[images], lab.tile(), caption)?;
        lab.page.table("confident_mistakes", &["test image", "truth", "prediction", "confidence"], &table)
    }

    /// How the winning score changes with each pixel.
    fn saliency(&mut self, lab: &mut Lab) -> Result<()> {
        let images = pixels(lab, &self.shown);
        let winners: Vec<u32> = self.shown.iter().map(|image| self.predicted(*image) as u32).collect();
        let gradients = self.model.input_gradient(&samples(lab, images.clone())?, &winners)?.mapv(f32::abs);
        let maps = gradients.outer_iter().flat_map(bright).collect();
        let caption = "Below each image, the absolute gradient of the winning class's score by each pixel (Simonyan, Vedaldi and \
                       Zisserman, 2014). A small change of a bright pixel changes the score most.";
        show(lab, "saliency", &[images, maps], lab.tile(), caption)
    }

    /// How much a hidden part is missed.
    fn occlusion(&mut self, lab: &mut Lab) -> Result<()> {
        let [height, width, _] = lab.image();
        let squares = squares(height, width);
        let images = pixels(lab, &self.shown);
        let (mut maps, mut largest) = (Vec::new(), Vec::new());
        for (row, whole) in self.shown.iter().zip(images.chunks_exact(height * width)) {
            let truth = self.classes.partition_point(|class| *class < lab.images.test.labels[*row]);
            let hidden = squares.iter().flat_map(|square| square.hide(whole, width)).collect();
            let left = softmax(self.model.predict(&samples(lab, hidden)?)?);
            let falls: Vec<f32> =
                left.column(truth).iter().map(|left| self.probabilities[[*row, truth]] - left).collect();
            largest.push(format!("{:.2}", falls.iter().fold(0.0_f32, |largest, fall| largest.max(*fall))));
            let map: Vec<f32> =
                (0..whole.len()).map(|pixel| mean_over(&squares, &falls, pixel, width)).collect();
            maps.extend(bright(ArrayView1::from(&map)));
        }
        let caption = format!(
            "Below each image, how far the probability of its class falls where a black square of {SQUARE} × {SQUARE} pixels \
             hides a part (Zeiler and Fergus, 2014). White is where it falls most; the largest falls are {}.",
            largest.join(", ")
        );
        show(lab, "occlusion", &[images, maps], lab.tile(), &caption)
    }
}

/// A square that hides a part of an image, by its upper left corner.
struct Square {
    top: usize,
    left: usize,
}

impl Square {
    fn covers(&self, pixel: usize, width: usize) -> bool {
        let within = |place: usize, start: usize| (start..start + SQUARE).contains(&place);
        within(pixel / width, self.top) && within(pixel % width, self.left)
    }

    /// The image with 0, which is black, in the square.
    fn hide(&self, image: &[f32], width: usize) -> Vec<f32> {
        let hidden = |(pixel, value): (usize, &f32)| if self.covers(pixel, width) { 0.0 } else { *value };
        image.iter().enumerate().map(hidden).collect()
    }
}

/// The squares of an image, of which the last ones end where it does.
fn squares(height: usize, width: usize) -> Vec<Square> {
    let starts = |side: usize| {
        let last = side.saturating_sub(SQUARE);
        (0..last).step_by(STRIDE).chain([last])
    };
    starts(height).flat_map(|top| starts(width).map(move |left| Square { top, left })).collect()
}

/// The mean fall over the squares that cover a pixel.
fn mean_over(squares: &[Square], falls: &[f32], pixel: usize, width: usize) -> f32 {
    let covering = squares.iter().zip(falls).filter(|(square, _)| square.covers(pixel, width));
    let (sum, count) = covering.fold((0.0, 0.0), |(sum, count), (_, fall)| (sum + fall, count + 1.0));
    sum / count
}

/// Rows of scores as probabilities.
fn softmax(mut scores: Array2<f32>) -> Array2<f32> {
    for mut row in scores.rows_mut() {
        let largest = row.fold(f32::MIN, |largest, score| largest.max(*score));
        row.mapv_inplace(|score| (score - largest).exp());
        let sum = row.sum();
        row.mapv_inplace(|share| share / sum);
    }
    scores
}

/// Numbers as shades: the largest is white, and 0 and less are black.
fn bright(numbers: ArrayView1<f32>) -> Vec<f32> {
    let largest = numbers.fold(f32::MIN_POSITIVE, |largest, number| largest.max(*number));
    numbers.iter().map(|number| number / largest).collect()
}

/// The pixels of test images, from 0 to 1.
fn pixels(lab: &Lab, images: &[usize]) -> Vec<f32> {
    let bytes = images.iter().filter_map(|image| lab.images.test.image(*image)).flatten();
    bytes.map(|byte| f32::from(*byte) / 255.0).collect()
}

/// Pixels as the net takes them.
fn samples(lab: &Lab, pixels: Vec<f32>) -> Result<Samples> {
    Samples::shaped(pixels, shape(&lab.images.test))
}

/// What a class is called.
fn name(lab: &Lab, label: u32) -> String {
    lab.images.class_names()[&label].clone()
}

/// Shows rows of images from a file of this name.
fn show(lab: &mut Lab, name: &str, rows: &[Vec<f32>], tile: Tile, caption: &str) -> Result<()> {
    let rows: Vec<_> = rows.iter().map(|row| ImageRow::Unit(row)).collect();
    lab.page.images(&format!("{name}.png"), &rows, tile, caption)
}
