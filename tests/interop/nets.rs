//! Nets that ONNX files are written of: every layer, with every kind of settings.

use wgrad::layers::{
    AvgPool2d, BatchNorm, Conv1d, Conv2d, ConvTranspose2d, Dense, Dropout, Dropout2d, Elu, Embedding,
    Flatten, GaussianNoise, Gelu, GeluTanh, GlobalAvgPool2d, GlobalMaxPool2d, GroupNorm, HardTanh,
    Interpolation, LayerNorm, LeakyRelu, MaxPool2d, Normalize, Padding, Prelu, RandomAffine, RandomErasing,
    RandomFlip, Relu, Reshape, Residual, Softmax, Standardize, Tanh, Upsample, ZeroPad2d,
};
use wgrad::ops::activation::Activation;
use wgrad::{Samples, Sequential};

use super::tokens;

/// A stack of all activations, those of the newer operator set or the others.
pub fn activations(newer: bool) -> Sequential {
    let is_new =
        |f: &Activation| matches!(f, Activation::Gelu(_) | Activation::GeluTanh(_) | Activation::Mish(_));
    let some = Activation::examples().into_iter().filter(|f| is_new(f) == newer);
    // Of the pixels, some are outside.
    let clipped = Sequential::new([3, 4]).add(Flatten).add(HardTanh { min: 0.2, max: 0.5 });
    let net = some.fold(clipped, |net, f| net.add(Dense::new(9).without_bias()).add(f));
    // With other settings than those which ONNX takes where none are said.
    let net = net.add(Dense::new(6)).add(LeakyRelu { negative_slope: 0.4 });
    net.add(Dense::new(6)).add(Elu { alpha: 0.4 }).add(Softmax)
}

/// Layers on samples of two dimensions.
pub fn layers_of_rows() -> Vec<(&'static str, Sequential)> {
    let rows = || Sequential::new([3, 4]);
    let images = || rows().add(Reshape::new([3, 4, 1]));
    let deep = || Residual::new().add(Dense::new(4).each_row()).add(Prelu);
    vec![
        ("flatten", rows().add(Flatten)),
        ("reshape", rows().add(Reshape::new([2, 3, 2])).add(Tanh)),
        ("dense_rows", rows().add(Dense::new(5).each_row())),
        ("dense_rows_without_bias", rows().add(Dense::new(5).each_row().without_bias())),
        ("layer_norm", rows().add(LayerNorm::new().epsilon(0.01))),
        ("batch_norm", rows().add(BatchNorm::new().epsilon(0.01)).add(Flatten).add(BatchNorm::new())),
        (
            "batch_norm_of_images",
            images().add(Conv2d::new(3, 2).without_bias()).add(BatchNorm::new()).add(Relu).add(Flatten),
        ),
        ("group_norm", rows().add(GroupNorm::new(2).epsilon(0.01)).add(Flatten).add(GroupNorm::new(3))),
        (
            "group_norm_of_images",
            images().add(Conv2d::new(6, 2)).add(GroupNorm::new(3)).add(Relu).add(Flatten),
        ),
        ("newer_group_norm", rows().add(GroupNorm::new(2)).add(Gelu)),
        ("prelu", rows().add(LayerNorm::new()).add(Prelu)),
        ("softmax", rows().add(Softmax)),
        ("softmax_of_three", rows().add(Reshape::new([2, 3, 2])).add(Softmax)),
        ("residual", rows().add(deep().add(LayerNorm::new()).add(deep()).add(Dropout::new(0.5)))),
        (
            "scaled",
            rows()
                .add(Standardize::new([0.5, -2.0, 0.1, 3.0], [0.3, 2.0, 1e-3, 5.0]).unwrap())
                .add(Normalize::new([-1.0, 0.0, 0.5, 0.2], [1.0, 0.25, 0.5, 7.0]).unwrap()),
        ),
        (
            "augmented",
            rows()
                .add(RandomAffine::new().rotate(90.0))
                .add(RandomFlip::horizontal())
                .add(RandomErasing::new())
                .add(GaussianNoise::new(1.0))
                .add(Dropout2d::new(0.5))
                .add(Dense::new(5).each_row()),
        ),
        (
            "convolutions",
            images()
                .add(Conv2d::new(5, [2, 3]).padding(Padding::Same))
                .add(Relu)
                .add(Conv2d::new(2, 2).stride([1, 2])),
        ),
        (
            "transposed",
            images()
                .add(ConvTranspose2d::new(4, [2, 3]).stride([3, 2]).padding(Padding::Same))
                .add(Relu)
                .add(
                    ConvTranspose2d::new(2, 3)
                        .stride([2, 3])
                        .padding(Padding::Explicit([1, 0, 2, 1]))
                        .output_padding([1, 2])
                        .without_bias(),
                ),
        ),
        (
            "padded",
            images()
                .add(
                    Conv2d::new(4, 2)
                        .dilation([2, 1])
                        .padding(Padding::Explicit([1, 0, 2, 1]))
                        .without_bias(),
                )
                .add(MaxPool2d::new(2).stride(1).padding(Padding::Same))
                .add(AvgPool2d::new([2, 3]).padding(Padding::explicit(1)))
                .add(Flatten),
        ),
        ("convolved_rows", rows().add(Conv1d::new(3, 2).padding(Padding::Same)).add(Conv1d::new(2, 2))),
        (
            "grouped",
            images()
                .add(Conv2d::new(4, 2))
                .add(Conv2d::new(8, 3).groups(4).padding(Padding::Same))
                .add(Relu)
                .add(Conv2d::new(8, 2).groups(8).without_bias())
                .add(Reshape::new([2, 8]))
                .add(Conv1d::new(4, 2).groups(2)),
        ),
        ("global_mean", images().add(Conv2d::new(3, 2)).add(GlobalAvgPool2d)),
        ("global_maximum", images().add(Conv2d::new(3, 2)).add(GlobalMaxPool2d)),
        (
            "upsampled",
            images().add(ZeroPad2d::new([1, 0, 2, 3])).add(Conv2d::new(3, 2)).add(Upsample::new([2, 3])),
        ),
        ("newer_padded", images().add(Upsample::new(2)).add(ZeroPad2d::new(1)).add(Gelu)),
        (
            "newer_upsampled",
            images()
                .add(Conv2d::new(3, 2))
                .add(Upsample::new([2, 3]).interpolation(Interpolation::Bilinear))
                .add(Upsample::new(2)),
        ),
        ("empty_residual", rows().add(Residual::new())),
        ("newer_rows", rows().add(deep().add(GeluTanh)).add(LayerNorm::new().epsilon(0.01)).add(Softmax)),
        ("nothing", rows()),
    ]
}

/// Layers that integers go through.
pub fn integers() -> Vec<(&'static str, Sequential, Samples)> {
    let net = |shape: &[usize]| Sequential::integers(shape);
    let embedding = || Embedding::new(11, 6);
    vec![
        ("embedding", net(&[5]).add(embedding()), tokens(11, [5])),
        ("embedding_of_one", net(&[]).add(embedding()), tokens(11, [])),
        ("embedding_of_squares", net(&[2, 3]).add(embedding()), tokens(11, [2, 3])),
        ("integers_reshaped", net(&[6]).add(Reshape::new([2, 3])).add(embedding()), tokens(11, [6])),
        ("integers_flattened", net(&[2, 3]).add(Flatten).add(embedding()), tokens(11, [2, 3])),
    ]
}
