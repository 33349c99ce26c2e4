//! Compute pipelines: compiled in parallel, and each only once a device.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex};

use rayon::prelude::*;
use wgpu::{BindGroupLayout, ComputePipeline, PipelineLayout, ShaderModule};

use super::cache::Cache;
use super::device::{Device, Scopes, lock};
use super::limits::Plan;
use crate::error::gpu::GpuError;
use crate::program::Batch;
use crate::program::kernel::Kernel;

/// Which operands are read only.
type Access = Vec<bool>;

/// The whole of a WGSL text.
type Text = Arc<str>;

/// All that a pipeline depends on; constants by their bits.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Recipe {
    text: Text,
    constants: Vec<(&'static str, u64)>,
    access: Access,
}

/// Where operands are bound, and how.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub operands: BindGroupLayout,
    pipeline: PipelineLayout,
}

/// What a batch takes in its table: a multiple of 16, which OpenGL asks of a uniform.
pub(super) const BATCH_BYTES: usize = size_of::<Batch>().next_multiple_of(16);

/// What has been compiled for a device so far.
#[derive(Debug)]
pub(super) struct Pipelines {
    /// Where the batch is bound.
    pub batch: BindGroupLayout,
    layouts: Mutex<HashMap<Access, Layout>>,
    modules: Mutex<HashMap<Text, ShaderModule>>,
    pipelines: Mutex<HashMap<Recipe, ComputePipeline>>,
    cache: Option<Cache>,
}

impl Pipelines {
    pub fn new(device: &wgpu::Device, cache: Option<Cache>) -> Self {
        let size = NonZeroU64::new(BATCH_BYTES as u64);
        let entry = binding(0, wgpu::BufferBindingType::Uniform, true, size);
        let label = Some("wgrad.layout.batch");
        let descriptor = wgpu::BindGroupLayoutDescriptor { label, entries: &[entry] };
        Self {
            batch: device.create_bind_group_layout(&descriptor),
            layouts: Mutex::default(),
            modules: Mutex::default(),
            pipelines: Mutex::default(),
            cache,
        }
    }
}

impl Device {
    /// The pipeline and layout of each plan, in order.
    ///
    /// # Errors
    /// The first kernel that does not compile.
    pub fn pipelines(&self, plans: &[Plan]) -> Result<Vec<(ComputePipeline, Layout)>, GpuError> {
        let known = &self.pipelines;
        let recipes: Vec<Recipe> = plans.iter().map(recipe).collect();
        let accesses: Vec<Access> = recipes.iter().map(|recipe| recipe.access.clone()).collect();
        let texts: Vec<Text> = recipes.iter().map(|recipe| recipe.text.clone()).collect();
        let layouts = self.fill(&known.layouts, &accesses, |at| self.layout(&accesses[at]))?;
        let modules = self.fill(&known.modules, &texts, |at| self.module(&plans[at], &texts[at]))?;
        let compile = |at: usize| self.pipeline(&plans[at], &modules[at], &layouts[at]);
        let pipelines = self.fill(&known.pipelines, &recipes, compile)?;
        Ok(pipelines.into_iter().zip(layouts).collect())
    }

    /// Makes the pipelines of those plans that can have one, for later; what fails here fails again then, and says so.
    #[cfg(not(target_family = "wasm"))]
    pub fn prepare(&self, mut plans: Vec<Plan>) {
        let known = &self.pipelines;
        let texts: Vec<Text> = plans.iter().map(|plan| recipe(plan).text).collect();
        let _ = self.fill(&known.modules, &texts, |at| self.module(&plans[at], &texts[at]));
        plans.retain(|plan| lock(&known.modules).contains_key(&recipe(plan).text));
        let _ = self.pipelines(&plans);
    }

    fn layout(&self, access: &Access) -> Result<Layout, GpuError> {
        self.scoped("lay out the operands of a kernel", || Ok(self.unchecked_layout(access)))
    }

    fn unchecked_layout(&self, access: &Access) -> Layout {
        let entry = |(place, read_only): (u32, &bool)| {
            let kind = wgpu::BufferBindingType::Storage { read_only: *read_only };
            binding(place, kind, false, None)
        };
        let entries: Vec<_> = (0..).zip(access).map(entry).collect();
        let label = Some("wgrad.layout.operands");
        let descriptor = wgpu::BindGroupLayoutDescriptor { label, entries: &entries };
        let operands = self.wgpu.create_bind_group_layout(&descriptor);
        let pipeline = self.wgpu.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("wgrad.layout"),
            bind_group_layouts: &[Some(&operands), Some(&self.pipelines.batch)],
            immediate_size: 0,
        });
        Layout { operands, pipeline }
    }

    fn module(&self, plan: &Plan, text: &Text) -> Result<ShaderModule, GpuError> {
        let source = wgpu::ShaderSource::Wgsl(text.as_ref().into());
        let label = plan.kernel.label();
        let descriptor = wgpu::ShaderModuleDescriptor { label: Some(&label), source };
        let scopes = Scopes::push(&self.wgpu);
        let module = self.wgpu.create_shader_module(descriptor);
        let (plan, seen) = (plan.clone(), module.clone());
        self.owed.settle(scopes, async move |error| {
            let notes = seen.get_compilation_info().await.messages;
            let lines = notes.iter().filter_map(|note| note.location).map(|at| at.line_number as usize);
            let places: Vec<_> = lines.map(|line| place(&plan.kernel, line)).collect();
            failed(&plan, format!("{} {error}", places.join(", ")))
        })?;
        Ok(module)
    }

    fn pipeline(
        &self,
        plan: &Plan,
        module: &ShaderModule,
        layout: &Layout,
    ) -> Result<ComputePipeline, GpuError> {
        let (label, cache) = (plan.kernel.label(), self.pipelines.cache.as_ref());
        let compilation_options = wgpu::PipelineCompilationOptions {
            constants: &plan.kernel.constants,
            // Kernels write it before they read it, and the compiler of DX12 takes seconds to zero it.
            zero_initialize_workgroup_memory: false,
        };
        let descriptor = wgpu::ComputePipelineDescriptor {
            label: Some(&label),
            layout: Some(&layout.pipeline),
            module,
            entry_point: Some("main"),
            compilation_options,
            cache: cache.map(|cache| &cache.pipelines),
        };
        let scopes = Scopes::push(&self.wgpu);
        let pipeline = self.wgpu.create_compute_pipeline(&descriptor);
        if let Some(cache) = cache {
            cache.grow();
        }
        let plan = plan.clone();
        self.owed.settle(scopes, async move |error| failed(&plan, error.to_string()))?;
        Ok(pipeline)
    }

    /// The value of each of `keys`, where `make` makes, in parallel where the device allows it, those that are not known yet.
    fn fill<K, V>(
        &self,
        known: &Mutex<HashMap<K, V>>,
        keys: &[K],
        make: impl Fn(usize) -> Result<V, GpuError> + Sync,
    ) -> Result<Vec<V>, GpuError>
    where
        K: Clone + Eq + Hash + Sync,
        V: Clone + Send,
    {
        let mut seen: HashSet<&K> = HashSet::new();
        let missing: Vec<usize> = {
            let known = lock(known);
            (0..keys.len()).filter(|at| !known.contains_key(&keys[*at]) && seen.insert(&keys[*at])).collect()
        };
        let least = if self.parallel() { 1 } else { missing.len() };
        let made: Vec<_> = missing.par_iter().with_min_len(least).map(|at| make(*at)).collect();
        let mut known = lock(known);
        let keep = |(at, value): (usize, Result<V, GpuError>)| {
            known.insert(keys[at].clone(), value?);
            Ok(())
        };
        // All that could be made is kept, whatever could not.
        missing.into_iter().zip(made).map(keep).fold(Ok(()), Result::and)?;
        Ok(keys.iter().filter_map(|key| known.get(key).cloned()).collect())
    }
}

fn recipe(plan: &Plan) -> Recipe {
    Recipe {
        text: plan.kernel.wgsl().into(),
        constants: plan.kernel.constants.iter().map(|(name, value)| (*name, value.to_bits())).collect(),
        access: plan.operands.iter().map(|operand| operand.read_only).collect(),
    }
}

fn binding(
    binding: u32,
    ty: wgpu::BufferBindingType,
    has_dynamic_offset: bool,
    min_binding_size: Option<NonZeroU64>,
) -> wgpu::BindGroupLayoutEntry {
    let ty = wgpu::BindingType::Buffer { ty, has_dynamic_offset, min_binding_size };
    wgpu::BindGroupLayoutEntry { binding, visibility: wgpu::ShaderStages::COMPUTE, ty, count: None }
}

fn failed(plan: &Plan, message: String) -> GpuError {
    GpuError::Kernel { step: plan.step, op: plan.op, kernel: plan.kernel.label(), message }
}

/// The file, and the line in it, of a line of the joined text.
fn place(kernel: &Kernel, line: usize) -> String {
    let mut left = line;
    for source in kernel.files() {
        let lines = source.text.lines().count();
        if left <= lines {
            return format!("{}:{left}:", source.name);
        }
        left -= lines;
    }
    format!("line {line}:")
}

#[cfg(test)]
mod tests {
    use super::super::{Gpu, device::tests::open};
    use super::*;
    use crate::backend::Backend;
    use crate::ops::{AddTo, cases_of};

    #[test]
    fn what_was_prepared_is_not_compiled_again() {
        let Some(device) = open() else { return };
        let mut gpu = Gpu::on(Arc::new(device)).expect("a backend");
        let programs = cases_of::<AddTo>(5).expect("cases");
        gpu.prepare(&programs);
        let made = lock(&gpu.device.pipelines.pipelines).len();
        assert!(made > 1);
        for program in &programs {
            gpu.compile(program).expect("compiles");
        }
        assert_eq!(lock(&gpu.device.pipelines.pipelines).len(), made);
    }

    #[test]
    fn one_that_cannot_be_made_costs_none_of_the_others() {
        let Some(device) = open() else { return };
        let known = Mutex::default();
        let fault = GpuError::Timeout { seconds: 7 };
        let make = |at: usize| if at == 1 { Err(fault.clone()) } else { Ok(10 * at) };
        assert_eq!(device.fill(&known, &["a", "b", "c"], make), Err(fault.clone()));
        assert_eq!(*lock(&known), HashMap::from([("a", 0), ("c", 20)]));
        assert_eq!(device.fill(&known, &["c", "a"], |_| Err(fault.clone())), Ok(vec![20, 0]));
    }
}
