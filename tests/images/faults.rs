//! What layers over images refuse, and with which words.

use wgrad::Sequential;
use wgrad::layers::{
    AvgPool2d, Conv1d, Conv2d, ConvTranspose2d, GlobalAvgPool2d, Layer, MaxPool2d, Padding, Upsample,
    ZeroPad2d,
};

fn refused(shape: &[usize], layer: impl Layer) -> String {
    Sequential::new(shape.to_vec()).add(layer).summary().unwrap_err().to_string()
}

#[test]
fn layers_say_what_they_cannot_take() {
    let image = [5, 6, 3];
    for (found, wanted) in [
        (refused(&[784], Conv2d::new(4, 3)), "gets samples of [784]; put a Reshape before it"),
        (refused(&[28, 28], MaxPool2d::new(2)), "gets samples of [28, 28]; put a Reshape before it"),
        (refused(&[28], GlobalAvgPool2d), "gets samples of [28]; put a Reshape before it"),
        (refused(&[28], Conv1d::new(2, 3)), "takes samples of length × channels, and gets [28]"),
        (refused(&image, Conv2d::new(0, 3)), "0 filters; give it at least 1"),
        (
            refused(&image, Conv2d::new(4, 0)),
            "a kernel of [0, 0], stride [1, 1] and dilation [1, 1]; none may be 0",
        ),
        (refused(&image, Conv2d::new(4, 3).stride(0)), "stride [0, 0]"),
        (refused(&image, Conv2d::new(4, 3).dilation([1, 0])), "dilation [1, 0]; none may be 0"),
        (refused(&image, Conv2d::new(4, 3).stride(2).dilation(2)), "one of both must be 1"),
        (
            refused(&image, Conv2d::new(6, 3).groups(2)),
            "splits 3 channels and 6 filters into 2 groups; both must be a multiple of the groups",
        ),
        (refused(&image, Conv2d::new(4, 3).groups(3)), "3 channels and 4 filters into 3 groups"),
        (refused(&image, Conv2d::new(6, 3).groups(0)), "into 0 groups"),
        (refused(&image, Conv2d::new(4, 7)), "spans 7×7 pixels, more than the image of 5×6"),
        (refused(&image, Conv2d::new(4, 3).dilation(3)), "spans 7×7 pixels"),
        (refused(&[784], ConvTranspose2d::new(4, 3)), "gets samples of [784]; put a Reshape before it"),
        (refused(&image, ConvTranspose2d::new(0, 3)), "0 filters; give it at least 1"),
        (refused(&image, ConvTranspose2d::new(4, [3, 0])), "a kernel of [3, 0], stride [1, 1]"),
        (refused(&image, ConvTranspose2d::new(4, 3).stride(0)), "stride [0, 0]"),
        (refused(&image, ConvTranspose2d::new(4, 3).output_padding(1)), "it must be less than the stride"),
        (
            refused(&image, ConvTranspose2d::new(4, 3).stride(2).padding(Padding::Same).output_padding(1)),
            "leave the output padding out",
        ),
        (
            refused(&image, ConvTranspose2d::new(4, 3).padding(Padding::Explicit([4, 0, 3, 0]))),
            "cuts [7, 0] rows and columns off, which leaves nothing",
        ),
        (refused(&image, MaxPool2d::new(8)), "take a smaller kernel, or Padding::Same"),
        (refused(&image, AvgPool2d::new(2).padding(Padding::explicit(2))), "so take less padding"),
        (
            refused(&image, MaxPool2d::new(2).padding(Padding::Explicit([0, 0, 3, 0]))),
            "each must see a pixel",
        ),
        (refused(&image, MaxPool2d::new(2).stride([0, 1])), "stride [0, 1]"),
        (refused(&[28, 28], ZeroPad2d::new(1)), "gets samples of [28, 28]; put a Reshape before it"),
        (refused(&[28], Upsample::new(2)), "gets samples of [28]; put a Reshape before it"),
        (
            refused(&image, Upsample::new([2, 0])),
            "images of [10, 0] pixels of images of 5×6×3; no size may be 0",
        ),
    ] {
        assert!(found.contains(wanted), "{found:?} does not say {wanted:?}");
    }
}
