//! Choosing an adapter.

use wgrad::Error;
use wgrad::backend::Backend;
use wgrad::backend::gpu::{AdapterChoice, Gpu, GpuError, adapters};

use crate::support::gpu;

#[test]
fn an_unknown_name_is_an_error_that_lists_what_there_is() {
    let choice = AdapterChoice { name: Some("no such adapter".into()), software: true };
    let Err(Error::Gpu(error @ GpuError::NoAdapter { .. })) = Gpu::new(&choice) else { panic!("found one") };
    let listed: Vec<String> =
        adapters().iter().enumerate().map(|(number, adapter)| format!("{number}: {adapter}")).collect();
    assert_eq!(error, GpuError::NoAdapter { wanted: Some("no such adapter".into()), found: listed.clone() });
    assert!(listed.iter().all(|adapter| error.to_string().contains(adapter)), "{error}");
}

#[test]
fn a_part_of_the_name_in_any_case_will_do() {
    let Some(gpu) = gpu() else { return };
    let name = gpu.adapter().to_string().to_uppercase();
    let again = Gpu::new(&AdapterChoice { name: Some(name), software: false }).unwrap();
    assert_eq!(again.adapter(), gpu.adapter());
    assert_eq!(again.info().to_string(), format!("gpu: {}", gpu.adapter()));
    assert_eq!(again.profile().software, gpu.adapter().software);
}

#[test]
fn a_number_is_a_place_in_the_list_and_starts_what_stands_there() {
    for (number, listed) in adapters().iter().enumerate() {
        let choice = AdapterChoice { name: Some(number.to_string()), software: false };
        let gpu = Gpu::new(&choice).unwrap();
        assert_eq!((gpu.adapter(), gpu.note()), (listed, None));
        assert_eq!(choice.adapter().unwrap().get_info().name, listed.name);
    }
}

#[test]
fn native_interfaces_come_first_and_software_must_be_asked_for() {
    let found = adapters();
    assert!(found.is_sorted_by_key(|adapter| (adapter.api == "OpenGL", adapter.software)), "{found:?}");
    if std::env::var(wgrad::backend::gpu::ADAPTER_VARIABLE).is_ok() {
        return;
    }
    match Gpu::new(&AdapterChoice::default()) {
        Ok(gpu) => assert!(!gpu.adapter().software, "{}", gpu.adapter()),
        Err(error) => assert!(error.to_string().contains("mesa-vulkan-drivers"), "{error}"),
    }
}
