//! A file's nodes, without those that only compute constants, and with one node for several that are one layer here.

use std::collections::{BTreeSet, HashMap};

use super::constant::Constant;
use super::file::{Array, File, Input, Node};
use super::fold::folded;
use super::{malformed, patterns};
use crate::file::tensor_file::FileFault;

/// Numbers that may be made for each byte of a file, beside a few that any may have.
const MOST_FOR_A_BYTE: usize = 4;
const FEW: usize = 1 << 16;

/// Nodes, by what they make and read.
pub(super) struct Prepared<'a> {
    pub(super) operators: i64,
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) inputs: Vec<Input<'a>>,
    pub(super) outputs: Vec<&'a str>,
    pub(super) constants: HashMap<&'a str, Constant<'a>>,
    /// How many read each value; the file's outputs count.
    readers: HashMap<&'a str, usize>,
    /// The place in `nodes` of what makes each value.
    makers: HashMap<&'a str, usize>,
    /// Numbers that may still be made.
    left: usize,
}

impl<'a> Prepared<'a> {
    pub(super) fn new(file: File<'a>, bytes: usize) -> Result<Self, FileFault> {
        let File { operators, nodes, arrays, inputs, outputs } = file;
        let mut prepared = Self {
            operators,
            nodes: Vec::new(),
            inputs,
            outputs,
            constants: HashMap::new(),
            readers: HashMap::new(),
            makers: HashMap::new(),
            left: MOST_FOR_A_BYTE.saturating_mul(bytes).saturating_add(FEW),
        };
        prepared.take_arrays(&arrays).map_err(malformed)?;
        for node in nodes {
            prepared.take(node)?;
        }
        prepared.count();
        patterns::join(&mut prepared);
        prepared.leave_out();
        Ok(prepared)
    }

    /// Initializers, which old files list as inputs as well.
    fn take_arrays(&mut self, arrays: &[Array<'a>]) -> Result<(), String> {
        for array in arrays {
            self.constants.insert(array.name, Constant::read(array)?);
        }
        self.inputs.retain(|input| !self.constants.contains_key(input.name));
        Ok(())
    }

    /// Adds a node, or the constant that it makes.
    fn take(&mut self, node: Node<'a>) -> Result<(), FileFault> {
        match self.folded(&node) {
            Ok(Some(constant)) => {
                self.constants.insert(node.output(), constant);
            }
            Ok(None) => self.nodes.push(node),
            Err(why) => return Err(node.refused(why)),
        }
        Ok(())
    }

    /// What a node makes, if it is a constant.
    pub(super) fn folded(&mut self, node: &Node<'a>) -> Result<Option<Constant<'a>>, String> {
        let given = node.inputs.iter().filter(|name| !name.is_empty());
        let inputs: Option<Vec<_>> = given.map(|name| self.constants.get(name)).collect();
        let Some(inputs) = inputs else { return Ok(None) };
        let made = folded(node, &inputs)?;
        self.spend(made.as_ref().map_or(0, |constant| constant.numbers.len()))?;
        Ok(made)
    }

    /// An error if more numbers are made than a file of this size can mean.
    pub(super) fn spend(&mut self, numbers: usize) -> Result<(), String> {
        let left = self.left.checked_sub(numbers);
        self.left = left.ok_or("makes more copies of the file's numbers than a net has weights")?;
        Ok(())
    }

    fn count(&mut self) {
        let read = self.nodes.iter().flat_map(|node| &node.inputs).chain(&self.outputs);
        for name in read {
            *self.readers.entry(name).or_default() += 1;
        }
        for (at, node) in self.nodes.iter().enumerate() {
            self.makers.insert(node.output(), at);
        }
    }

    /// Leaves out nodes that no output depends on.
    fn leave_out(&mut self) {
        let mut needed: BTreeSet<&str> = self.outputs.iter().copied().collect();
        let mut kept: Vec<bool> = Vec::new();
        for node in self.nodes.iter().rev() {
            let is_needed = node.outputs.iter().any(|name| needed.contains(name));
            if is_needed {
                needed.extend(&node.inputs);
            }
            kept.push(is_needed);
        }
        let mut kept = kept.into_iter().rev();
        self.nodes.retain(|_| kept.next().unwrap_or_default());
        self.inputs.retain(|input| needed.contains(input.name));
        self.readers.clear();
        self.count();
    }

    /// Whether one node alone reads a value.
    pub(super) fn is_read_once(&self, name: &str) -> bool {
        self.readers.get(name) == Some(&1)
    }

    /// The node that makes a value.
    pub(super) fn maker(&self, name: &str) -> Option<&Node<'a>> {
        self.makers.get(name).map(|at| &self.nodes[*at])
    }

    /// Its place in the list.
    pub(super) fn maker_at(&self, name: &str) -> Option<usize> {
        self.makers.get(name).copied()
    }

    /// The node of an operator that makes a value.
    pub(super) fn made_by(&self, name: Option<&str>, op: &str) -> Option<&Node<'a>> {
        self.maker(name?).filter(|node| node.op == op)
    }

    /// The two inputs of a node, the constant one last.
    pub(super) fn with_constant(&self, node: &Node<'a>) -> Option<(&'a str, &'a str)> {
        match node.inputs[..] {
            [a, b] if self.constants.contains_key(b) => Some((a, b)),
            [a, b] if self.constants.contains_key(a) => Some((b, a)),
            _ => None,
        }
    }

    /// Integers that are an attribute of a node, or since later sets an input.
    pub(super) fn integers(&self, node: &Node<'a>, name: &str, at: usize) -> Option<Vec<i64>> {
        let input = node.input(at).and_then(|name| self.constants.get(name)?.as_integers());
        input.or(node.integers(name)).map(<[i64]>::to_vec)
    }

    /// A number that is an input of a node.
    pub(super) fn real(&self, node: &Node<'a>, at: usize) -> Option<f32> {
        self.constants.get(node.input(at)?)?.real()
    }
}
