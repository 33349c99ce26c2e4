//! Weights of other origins and of half precision: taken as they are, or an error and nothing changed.

use ndarray::{Array1, Array2, array};
use safetensors::SafeTensors;
use wgrad::layers::Dense;
use wgrad::{Dataset, FileFault, Fit, Model, Optimizer, Sequential, TensorFile, losses};

use super::save::{cpu, fault, model, place, samples};

#[test]
fn weights_that_do_not_fit_are_named_with_both_shapes_and_nothing_changes() {
    let (_folder, path) = place();
    let mut model = model();
    let before = model.snapshot().unwrap();
    TensorFile::new()
        .with_reals("dense_1.weight", Array2::ones((3, 2)).view())
        .with_reals("dense_1.bias", Array1::ones(3).view())
        .with_reals("latent.weight", Array2::ones((3, 2)).view())
        .with_reals("fc.weight", Array2::ones((3, 2)).view())
        .with_reals("dense_3.weight", Array2::ones((2, 2)).view())
        .write(&path)
        .unwrap();
    let error = model.load_weights(&path).unwrap_err();
    let text = error.to_string();
    let FileFault::Weights { missing, extra, misshaped } = fault(error) else { panic!("{text}") };
    assert_eq!((missing, extra), (vec!["dense_3.bias".to_string()], vec!["fc.weight".to_string()]));
    assert_eq!(misshaped, [("dense_1.weight".to_string(), vec![2, 3], vec![3, 2])]);
    for part in ["model.safetensors", "dense_3.bias is missing", "fc.weight", "[3, 2]", "[2, 3]"] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(model.snapshot().unwrap(), before, "nothing is loaded halfway");
}

#[test]
fn half_precision_is_read_and_other_numbers_are_refused() {
    use safetensors::tensor::{Dtype, TensorView, serialize};
    let (_folder, path) = place();
    let net = || Sequential::new([2]).add(Dense::new(1).without_bias());
    let mut model = net().compile(cpu(), losses::MeanSquaredError, Optimizer::sgd(0.1), 0).unwrap();
    let mut load = |dtype, bytes: &[u8]| {
        let view = TensorView::new(dtype, vec![2, 1], bytes).unwrap();
        std::fs::write(&path, serialize([("dense_1.weight", view)], None).unwrap()).unwrap();
        model.load_weights(&path)?;
        model.parameter("dense_1.weight")
    };
    let half: Vec<u8> = [1.5_f32, -0.1].iter().flat_map(|x| half::f16::from_f32(*x).to_le_bytes()).collect();
    assert_eq!(load(Dtype::F16, &half).unwrap(), array![[1.5], [-0.099_975_586]]);
    let brain: Vec<u8> =
        [1.5_f32, -0.1].iter().flat_map(|x| half::bf16::from_f32(*x).to_le_bytes()).collect();
    assert_eq!(load(Dtype::BF16, &brain).unwrap(), array![[1.5], [-0.100_097_656]]);
    let wide: Vec<u8> = [1.5_f64, -0.1].iter().flat_map(|x| x.to_le_bytes()).collect();
    let error = load(Dtype::F64, &wide).unwrap_err();
    assert!(matches!(fault(error), FileFault::Kind { name, .. } if name == "dense_1.weight"));
}

#[test]
fn half_precision_is_written_rounded_and_read_back() {
    let (_folder, path) = place();
    let mut model = model();
    model.save_half(&path).unwrap();
    let size = || std::fs::metadata(&path).unwrap().len();
    let half = size();
    let mut loaded = Model::load(&path, cpu()).unwrap();
    for name in model.parameter_names().map(str::to_string).collect::<Vec<_>>() {
        let rounded = model.parameter(&name).unwrap().mapv(|x| half::f16::from_f32(x).to_f32());
        assert_eq!(loaded.parameter(&name).unwrap(), rounded, "{name}");
    }
    model.save(&path).unwrap();
    // 21 weights.
    assert!((half + 40..half + 60).contains(&size()), "{half} and {} bytes", size());
    let before = std::fs::read(&path).unwrap();
    model.set_parameter("dense_1.bias", array![[1.0, -65520.0, 2.0]].view()).unwrap();
    let error = model.save_half(&path).unwrap_err();
    assert!(error.to_string().contains("-65520 in \"dense_1.bias\""), "{error}");
    assert!(matches!(fault(error), FileFault::Range { .. }));
    assert_eq!(std::fs::read(&path).unwrap(), before, "the former file stays");
    model.set_parameter("dense_1.bias", array![[1.0, -65504.0, 2.0]].view()).unwrap();
    model.save_half(&path).unwrap();
}

#[test]
fn a_file_of_another_origin_has_weights_but_no_model() {
    let (_folder, path) = place();
    let weight = array![[1.0], [2.0]];
    TensorFile::new().with_reals("dense_1.weight", weight.view()).write(&path).unwrap();
    assert!(matches!(fault(Model::load(&path, cpu()).unwrap_err()), FileFault::Undescribed));
    let net = Sequential::new([2]).add(Dense::new(1).without_bias());
    let mut model = net.compile(cpu(), losses::MeanSquaredError, Optimizer::sgd(0.1), 0).unwrap();
    model.load_weights(&path).unwrap();
    assert_eq!(model.parameter("dense_1.weight").unwrap(), weight);
    let missing = path.with_file_name("nowhere");
    let error = model.load_weights(&missing).unwrap_err();
    assert!(error.to_string().contains("nowhere"), "{error}");
    assert!(matches!(fault(error), FileFault::Read { .. }));
}

#[test]
fn a_checkpoint_that_lacks_any_array_is_refused_and_nothing_changes() {
    let (_folder, path) = place();
    let data = Dataset::autoencoder(samples());
    let fit = || Fit::new().epochs(2).batch(2);
    model().fit(&data, fit().checkpoint(&path, 1)).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let whole = SafeTensors::deserialize(&bytes).unwrap();
    // Five parameters and their two moments, the order and the history.
    assert_eq!(whole.len(), 17, "{:?}", whole.names());
    for gone in whole.names() {
        let rest = whole.tensors().into_iter().filter(|(name, _)| name != gone);
        std::fs::write(&path, safetensors::serialize(rest, metadata.metadata().clone()).unwrap()).unwrap();
        let mut model = model();
        let before = model.snapshot().unwrap();
        let error = model.fit(&data, fit().resume(&path)).unwrap_err();
        assert!(error.to_string().contains(gone), "{gone}: {error}");
        assert!(matches!(fault(error), FileFault::Weights { .. } | FileFault::NoArray { .. }), "{gone}");
        assert_eq!(model.snapshot().unwrap(), before, "{gone}");
    }
}
