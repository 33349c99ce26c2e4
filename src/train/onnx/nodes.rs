//! What an ONNX file consists of: values, nodes that make some of others, and constants.

use std::collections::BTreeSet;

use onnx_rs::ast::{Attribute, AttributeType, OpType};

use super::{Error, Result};

/// An operator set, and the version of the format that ONNX pairs it with.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Versions {
    pub(super) operators: i64,
    pub(super) format: i64,
}

/// Those of 2019: format 4 is the first whose initializers need not be inputs as well.
pub(super) const USUAL: Versions = Versions { operators: 9, format: 4 };

/// The first with Gelu; Mish came two sets before.
pub(super) const NEW: Versions = Versions { operators: 20, format: 9 };

/// Samples × a shape, under a name.
#[derive(Clone)]
pub(super) struct Value {
    pub(super) name: String,
    /// The shape of a sample.
    pub(super) shape: Vec<usize>,
    pub(super) integers: bool,
}

impl Value {
    /// The axis of the last dimension, behind that of the samples. Axes from the end came after the usual set.
    pub(super) fn last_axis(&self) -> i64 {
        self.shape.len() as i64
    }

    /// The axes in an order by which channels, which are last here, come behind the samples, and behind them the pixels as they were.
    pub(super) fn channels_first(&self) -> Vec<i64> {
        [0, self.last_axis()].into_iter().chain(1..self.last_axis()).collect()
    }

    /// The order by which they come last again.
    pub(super) fn channels_last(&self) -> Vec<i64> {
        [0].into_iter().chain(2..=self.last_axis()).chain([1]).collect()
    }
}

/// What makes a value of others; its name is the value's.
pub(super) struct Node {
    pub(super) name: String,
    pub(super) op: OpType<'static>,
    pub(super) inputs: Vec<String>,
    pub(super) attributes: Vec<Attribute<'static>>,
}

/// Numbers of the model.
pub(super) struct Constant {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) numbers: Numbers,
}

#[derive(Clone)]
pub(super) enum Numbers {
    Reals(Vec<f32>),
    Integers(Vec<i64>),
}

pub(super) struct Nodes {
    pub(super) versions: Versions,
    pub(super) inputs: Vec<Value>,
    pub(super) nodes: Vec<Node>,
    pub(super) constants: Vec<Constant>,
    /// The names of the parameters that nodes read.
    pub(super) parameters: BTreeSet<String>,
    /// All names so far.
    names: BTreeSet<String>,
}

impl Nodes {
    pub(super) fn new(versions: Versions) -> Self {
        Self {
            versions,
            inputs: Vec::new(),
            nodes: Vec::new(),
            constants: Vec::new(),
            parameters: BTreeSet::new(),
            names: BTreeSet::new(),
        }
    }

    pub(super) fn input(&mut self, value: Value) -> Result<Value> {
        self.name(&value.name)?;
        self.inputs.push(value.clone());
        Ok(value)
    }

    /// Adds a node, and gives the name of what it makes back.
    pub(super) fn push(
        &mut self,
        name: &str,
        op: OpType<'static>,
        inputs: &[&str],
        attributes: impl Into<Vec<Attribute<'static>>>,
    ) -> Result<String> {
        self.name(name)?;
        let inputs = inputs.iter().map(|input| input.to_string()).collect();
        self.nodes.push(Node { name: name.into(), op, inputs, attributes: attributes.into() });
        Ok(name.into())
    }

    /// Adds a single number, and gives its name back.
    pub(super) fn number(&mut self, name: &str, number: f32) -> Result<String> {
        self.constant(name, Vec::new(), Numbers::Reals(vec![number]))
    }

    /// Adds numbers in a row, and gives their name back.
    pub(super) fn reals(&mut self, name: &str, reals: Vec<f32>) -> Result<String> {
        self.constant(name, vec![reals.len()], Numbers::Reals(reals))
    }

    /// Adds integers in a row, and gives their name back.
    pub(super) fn integers(&mut self, name: &str, integers: Vec<i64>) -> Result<String> {
        self.constant(name, vec![integers.len()], Numbers::Integers(integers))
    }

    fn constant(&mut self, name: &str, shape: Vec<usize>, numbers: Numbers) -> Result<String> {
        self.name(name)?;
        self.constants.push(Constant { name: name.into(), shape, numbers });
        Ok(name.into())
    }

    /// Says that a node reads a parameter, which several calls of a layer do.
    pub(super) fn parameter(&mut self, name: String) -> Result<String> {
        if self.parameters.insert(name.clone()) {
            self.name(&name)?;
        }
        Ok(name)
    }

    /// An error unless a name is new.
    fn name(&mut self, name: &str) -> Result<()> {
        let why = match name {
            "" => {
                "names a value, and ONNX files have none without a name; give the layer or the input a name"
            }
            _ if self.names.insert(name.into()) => return Ok(()),
            _ => "names two values, and an ONNX file has one value of a name; give the layer another name",
        };
        Err(Error::LayerName { name: name.into(), why: why.into() })
    }
}

pub(super) fn float(name: &'static str, f: f32) -> Attribute<'static> {
    Attribute { name, r#type: AttributeType::Float, f, ..Attribute::default() }
}

pub(super) fn int(name: &'static str, i: i64) -> Attribute<'static> {
    Attribute { name, r#type: AttributeType::Int, i, ..Attribute::default() }
}

pub(super) fn ints(name: &'static str, ints: Vec<i64>) -> Attribute<'static> {
    Attribute { name, r#type: AttributeType::Ints, ints, ..Attribute::default() }
}

pub(super) fn text(name: &'static str, text: &'static str) -> Attribute<'static> {
    Attribute { name, r#type: AttributeType::String, s: text.as_bytes(), ..Attribute::default() }
}
