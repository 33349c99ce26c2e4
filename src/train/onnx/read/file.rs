//! What an ONNX file says, by the messages of `onnx.proto`. Fields that a net does not depend on are passed over.

use super::wire::{Field, Part};
use crate::file::tensor_file::FileFault;

/// The oldest operator set whose meaning is known here; those before had attributes of other names.
const OLDEST: i64 = 7;

/// What a file is of.
pub(super) struct File<'a> {
    /// The version of its operator set.
    pub(super) operators: i64,
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) arrays: Vec<Array<'a>>,
    pub(super) inputs: Vec<Input<'a>>,
    pub(super) outputs: Vec<&'a str>,
}

/// What makes values of others.
#[derive(Clone, Default)]
pub(super) struct Node<'a> {
    /// Its place in the list of nodes.
    pub(super) place: usize,
    pub(super) name: &'a str,
    pub(super) op: &'a str,
    pub(super) domain: &'a str,
    pub(super) inputs: Vec<&'a str>,
    pub(super) outputs: Vec<&'a str>,
    pub(super) settings: Vec<Setting<'a>>,
}

/// An attribute of a node; which of these it has depends on its kind.
#[derive(Clone, Default)]
pub(super) struct Setting<'a> {
    pub(super) name: &'a str,
    pub(super) real: f32,
    pub(super) integer: i64,
    pub(super) text: &'a [u8],
    pub(super) array: Option<Array<'a>>,
    pub(super) reals: Vec<f32>,
    pub(super) integers: Vec<i64>,
}

/// A tensor with its numbers, in the field for their kind.
#[derive(Clone, Default)]
pub(super) struct Array<'a> {
    pub(super) name: &'a str,
    pub(super) sizes: Vec<i64>,
    pub(super) kind: i64,
    pub(super) raw: Option<Part<'a>>,
    pub(super) reals: Vec<f32>,
    pub(super) doubles: Vec<f64>,
    pub(super) integers: Vec<i64>,
    pub(super) is_elsewhere: bool,
}

/// An input, or what may be one.
#[derive(Default)]
pub(super) struct Input<'a> {
    pub(super) name: &'a str,
    pub(super) kind: i64,
    /// Each a number, or the name of one that is not fixed; `None` if nothing is said.
    pub(super) sizes: Option<Vec<Result<i64, &'a str>>>,
}

/// Calls `take` with each field of a message.
fn each<'a>(
    mut message: Part<'a>,
    mut take: impl FnMut(u64, Field<'a>) -> Result<(), String>,
) -> Result<(), String> {
    while let Some((number, field)) = message.field()? {
        take(number, field)?;
    }
    Ok(())
}

impl<'a> File<'a> {
    pub(super) fn parsed(bytes: &'a [u8]) -> Result<Self, String> {
        let (mut operators, mut graph) = (None, None);
        each(Part::whole(bytes), |number, field| {
            match number {
                7 => graph = Some(field.part("the graph")?),
                8 => {
                    let (domain, version) = operator_set(field.part("an operator set")?)?;
                    if matches!(domain, "" | "ai.onnx") {
                        operators = Some(version);
                    }
                }
                _ => {}
            }
            Ok(())
        })?;
        let graph = graph.ok_or("it has no graph; is it an ONNX file?")?;
        let operators = operators.ok_or("it names no operator set of ONNX")?;
        if operators < OLDEST {
            return Err(format!(
                "it is of operator set {operators}, and {OLDEST} is the oldest that is read; export it for a newer one"
            ));
        }
        let (nodes, arrays, inputs, outputs) = Default::default();
        let mut file = Self { operators, nodes, arrays, inputs, outputs };
        each(graph, |number, field| file.take(number, field))?;
        Ok(file)
    }

    fn take(&mut self, number: u64, field: Field<'a>) -> Result<(), String> {
        match number {
            1 => self.nodes.push(Node::parsed(field.part("a node")?, self.nodes.len())?),
            5 => self.arrays.push(Array::parsed(field.part("an initializer")?)?),
            11 => self.inputs.push(Input::parsed(field.part("an input")?)?),
            12 => self.outputs.push(Input::parsed(field.part("an output")?)?.name),
            15 => return Err("it has sparse initializers; export it with dense ones".into()),
            _ => {}
        }
        Ok(())
    }
}

fn operator_set(message: Part<'_>) -> Result<(&str, i64), String> {
    let (mut domain, mut version) = ("", 0);
    each(message, |number, field| {
        match number {
            1 => domain = field.text("the domain of an operator set")?,
            2 => version = field.integer("the version of an operator set")?,
            _ => {}
        }
        Ok(())
    })?;
    Ok((domain, version))
}

impl<'a> Node<'a> {
    fn parsed(message: Part<'a>, place: usize) -> Result<Self, String> {
        let mut node = Self { place, ..Self::default() };
        each(message, |number, field| {
            match number {
                1 => node.inputs.push(field.text("an input of a node")?),
                2 => node.outputs.push(field.text("an output of a node")?),
                3 => node.name = field.text("the name of a node")?,
                4 => node.op = field.text("the operator of a node")?,
                5 => node.settings.push(Setting::parsed(field.part("an attribute")?)?),
                7 => node.domain = field.text("the domain of a node")?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(node)
    }

    /// What says that it is no layer here.
    pub(super) fn refused(&self, why: String) -> FileFault {
        let (name, operator) = (self.name.to_string(), self.op.to_string());
        FileFault::OnnxNode { place: self.place, name, operator, why }
    }

    pub(super) fn setting(&self, name: &str) -> Option<&Setting<'a>> {
        self.settings.iter().find(|setting| setting.name == name)
    }

    pub(super) fn integer(&self, name: &str, otherwise: i64) -> i64 {
        self.setting(name).map_or(otherwise, |setting| setting.integer)
    }

    pub(super) fn real(&self, name: &str, otherwise: f32) -> f32 {
        self.setting(name).map_or(otherwise, |setting| setting.real)
    }

    pub(super) fn text(&self, name: &str, otherwise: &'static str) -> String {
        self.setting(name).map_or(otherwise.into(), |setting| String::from_utf8_lossy(setting.text).into())
    }

    pub(super) fn integers(&self, name: &str) -> Option<&[i64]> {
        self.setting(name).map(|setting| &setting.integers[..])
    }

    /// The name of an input, unless it is left out.
    pub(super) fn input(&self, at: usize) -> Option<&'a str> {
        self.inputs.get(at).copied().filter(|name| !name.is_empty())
    }

    /// The name of what it makes.
    pub(super) fn output(&self) -> &'a str {
        self.outputs.first().copied().unwrap_or_default()
    }
}

impl<'a> Setting<'a> {
    fn parsed(message: Part<'a>) -> Result<Self, String> {
        let mut setting = Self::default();
        each(message, |number, field| {
            match number {
                1 => setting.name = field.text("the name of an attribute")?,
                2 => setting.real = field.real("a real attribute")?,
                3 => setting.integer = field.integer("an integer attribute")?,
                4 => setting.text = field.part("an attribute of text")?.bytes,
                5 => setting.array = Some(Array::parsed(field.part("an attribute of numbers")?)?),
                7 => field.reals("an attribute of reals", &mut setting.reals)?,
                8 => field.integers("an attribute of integers", &mut setting.integers)?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(setting)
    }
}

impl<'a> Array<'a> {
    fn parsed(message: Part<'a>) -> Result<Self, String> {
        let mut array = Self::default();
        each(message, |number, field| {
            match number {
                1 => field.integers("the sizes of a tensor", &mut array.sizes)?,
                2 => array.kind = field.integer("the kind of a tensor")?,
                4 => field.reals("float_data", &mut array.reals)?,
                5 => field.integers("int32_data", &mut array.integers)?,
                7 => field.integers("int64_data", &mut array.integers)?,
                8 => array.name = field.text("the name of a tensor")?,
                9 => array.raw = Some(field.part("raw_data")?),
                10 => field.doubles("double_data", &mut array.doubles)?,
                13 => array.is_elsewhere = true,
                14 => array.is_elsewhere |= field.integer("data_location")? != 0,
                _ => {}
            }
            Ok(())
        })?;
        Ok(array)
    }
}

impl<'a> Input<'a> {
    fn parsed(message: Part<'a>) -> Result<Self, String> {
        let mut input = Self::default();
        each(message, |number, field| match number {
            1 => field.text("the name of a value").map(|name| input.name = name),
            2 => each(field.part("the type of a value")?, |number, field| match number {
                1 => each(field.part("a tensor's type")?, |number, field| input.take(number, field)),
                _ => Ok(()),
            }),
            _ => Ok(()),
        })?;
        Ok(input)
    }

    fn take(&mut self, number: u64, field: Field<'a>) -> Result<(), String> {
        match number {
            1 => self.kind = field.integer("the kind of a value")?,
            2 => {
                let sizes = self.sizes.get_or_insert_default();
                each(field.part("the shape of a value")?, |number, field| {
                    if number == 1 {
                        sizes.push(size(field.part("a size of a value")?)?);
                    }
                    Ok(())
                })?;
            }
            _ => {}
        }
        Ok(())
    }
}

fn size(message: Part<'_>) -> Result<Result<i64, &str>, String> {
    let mut size = Err("");
    each(message, |number, field| {
        match number {
            1 => size = Ok(field.integer("a size of a value")?),
            2 => size = Err(field.text("the name of a size")?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(size)
}
