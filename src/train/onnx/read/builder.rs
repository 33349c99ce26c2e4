//! A net that grows by the nodes of a file.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::constant::product;
use super::file::Node;
use super::order::Order;
use super::prepared::Prepared;
use crate::file::tensor_file::TensorFile;
use crate::nn::graph::{self, Graph, Growing, SharedLayer};
use crate::nn::layers::{Flatten, Layer, Reshape};

/// What a node of the file has made.
#[derive(Clone)]
pub(super) struct Value<'a> {
    pub(super) node: graph::Node,
    /// The shape of a sample in the file.
    pub(super) shape: Vec<usize>,
    /// In which order the net has its numbers.
    pub(super) order: Order,
    pub(super) integers: bool,
    /// The value's name in the file, and the dense layer whose units may take another order since nobody but this value's reader would
    /// notice.
    pub(super) units_of: Option<(&'a str, String)>,
}

/// Weights of a layer by their names there, each with its shape.
pub(super) type Weights = Vec<(&'static str, Vec<usize>, Vec<f32>)>;

pub(super) struct Builder<'a> {
    pub(super) file: Prepared<'a>,
    pub(super) values: HashMap<&'a str, Value<'a>>,
    net: Graph,
    shapes: Growing,
    weights: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
    /// Layers with weights and their names, by all that makes them what they are.
    shared: HashMap<String, (SharedLayer, String)>,
    /// Those that serve several times.
    twice: BTreeSet<String>,
    names: BTreeSet<String>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(file: Prepared<'a>) -> Self {
        let (values, shared, twice, names) = Default::default();
        let (net, shapes, weights) = (Graph::new(), Growing::new(), BTreeMap::new());
        Self { file, values, net, shapes, weights, shared, twice, names }
    }

    /// The net, which gives these values, and its weights.
    pub(super) fn finish(mut self, outputs: Vec<graph::Node>) -> Result<(Graph, TensorFile), String> {
        for output in outputs {
            self.net.output(output);
        }
        self.net.dry_recording().map_err(|error| error.to_string())?;
        let weights = self.weights.into_iter();
        let file = weights.fold(TensorFile::new(), |file, (name, (shape, numbers))| {
            file.with_shaped(&name, &shape, &numbers)
        });
        Ok((self.net, file))
    }

    /// Adds an input whose samples have this shape in the file, and their axes in this order here.
    pub(super) fn input(
        &mut self,
        name: &'a str,
        shape: Vec<usize>,
        axes: &[usize],
        integers: bool,
    ) -> Result<(), String> {
        let here: Vec<usize> = axes.iter().map(|axis| shape[*axis]).collect();
        if product(&here).is_none() {
            return Err(format!("the input {name:?} has samples of {shape:?}, too many numbers"));
        }
        let node = if integers { self.net.integers(name, here) } else { self.net.input(name, here) };
        self.follow()?;
        let order = Order::of(&shape, axes);
        self.values.insert(name, Value { node, shape, order, integers, units_of: None });
        Ok(())
    }

    fn follow(&mut self) -> Result<(), String> {
        self.shapes.follow(&self.net).map_err(|error| error.to_string())
    }

    /// The value that a node reads.
    pub(super) fn value(&self, node: &Node<'a>, at: usize) -> Result<Value<'a>, String> {
        let name = node.input(at).ok_or_else(|| format!("has no input {at}"))?;
        if self.file.constants.contains_key(name) {
            return Err(format!(
                "reads the constant {name:?} where a layer here takes what another one makes"
            ));
        }
        let value = self.values.get(name).cloned();
        value.ok_or_else(|| format!("reads {name:?}, which no input and no node before it makes"))
    }

    /// Numbers that a node reads, with their shape.
    pub(super) fn reals(&self, node: &Node<'a>, at: usize) -> Result<(&[usize], &[f32]), String> {
        let name = node.input(at).ok_or_else(|| format!("has no input {at}"))?;
        let constant = self.file.constants.get(name).filter(|constant| constant.numbers.len() > 0);
        let reals = constant.and_then(|constant| Some((&constant.shape[..], constant.reals()?)));
        reals.ok_or_else(|| {
            format!("reads {name:?}, where a layer here has weights; no initializer of reals has that name")
        })
    }

    /// The shape that a tensor has here.
    pub(super) fn shape(&self, node: graph::Node) -> &[usize] {
        self.shapes.shape(self.net.place_of(node))
    }

    /// Adds a layer without weights.
    pub(super) fn layer(
        &mut self,
        from: &Node<'a>,
        layer: Box<dyn Layer>,
        inputs: &[graph::Node],
    ) -> Result<graph::Node, String> {
        let name = self.free_name(name_of(from, None), layer.kind());
        let layer = self.net.shared_boxed(name, layer);
        self.called(layer, inputs)
    }

    /// Adds a layer with weights, or calls the one which has these already.
    pub(super) fn weighted(
        &mut self,
        from: &Node<'a>,
        layer: Box<dyn Layer>,
        input: &Value<'a>,
        node: graph::Node,
        weights: Weights,
    ) -> Result<(graph::Node, Option<String>), String> {
        let constants: Vec<_> =
            from.inputs.iter().filter_map(|name| self.file.constants.get_key_value(name)).collect();
        let names: Vec<_> = constants.iter().map(|(name, _)| name).collect();
        let key = format!("{} {:?} {names:?} {:?}", layer.kind(), layer.settings(), input.order);
        // Without constants, nothing says that it is the same layer.
        if let Some((layer, name)) = self.shared.get(&key).filter(|_| !names.is_empty()).cloned() {
            self.twice.insert(name);
            return Ok((self.called(layer, &[node])?, None));
        }
        let origin = constants.first().map(|(_, constant)| constant.origin);
        let name = self.free_name(name_of(from, origin), layer.kind());
        for (own, shape, numbers) in weights {
            self.file.spend(numbers.len())?;
            self.weights.insert(format!("{name}.{own}"), (shape, numbers));
        }
        let layer = self.net.shared_boxed(name.clone(), layer);
        self.shared.insert(key, (layer, name.clone()));
        Ok((self.called(layer, &[node])?, Some(name)))
    }

    fn called(&mut self, layer: SharedLayer, inputs: &[graph::Node]) -> Result<graph::Node, String> {
        let node = self.net.call(layer, inputs.iter().copied());
        self.names.insert(self.net.vertices[self.net.place_of(node)].name.clone());
        self.follow()?;
        Ok(node)
    }

    /// A name that no layer has yet.
    fn free_name(&self, wanted: String, kind: &str) -> String {
        let first = if wanted.is_empty() { self.net.next_name(kind) } else { wanted };
        let others = (2..).map(|number| format!("{first}_{number}"));
        let mut names = std::iter::once(first.clone()).chain(others);
        names.find(|name| !self.names.contains(name)).unwrap_or(first)
    }

    /// Keeps what a node makes: numbers of this shape in the file, whose axes the net has in this order.
    pub(super) fn made(&mut self, from: &Node<'a>, node: graph::Node, shape: Vec<usize>, axes: &[usize]) {
        let order = Order::of(&shape, axes);
        self.keep(from, Value { node, shape, order, integers: false, units_of: None });
    }

    pub(super) fn keep(&mut self, from: &Node<'a>, value: Value<'a>) {
        let name = from.output();
        let units_of = value.units_of.filter(|(before, _)| *before == name || self.file.is_read_once(before));
        let units_of = units_of.map(|(_, layer)| (name, layer));
        self.values.insert(name, Value { units_of, ..value });
    }

    /// A value with these axes of the file's shape, in this order, as a tensor of that shape.
    pub(super) fn arranged(&mut self, value: &Value<'a>, axes: &[usize]) -> Result<graph::Node, String> {
        let wanted = Order::of(&value.shape, axes);
        if value.order != wanted {
            self.reorder(value, &wanted)?;
        }
        let shape: Vec<usize> = axes.iter().map(|axis| value.shape[*axis]).collect();
        self.shaped(value.node, shape)
    }

    /// A tensor in another shape of as many numbers.
    pub(super) fn shaped(&mut self, node: graph::Node, shape: Vec<usize>) -> Result<graph::Node, String> {
        if self.shape(node) == shape {
            return Ok(node);
        }
        let layer: Box<dyn Layer> =
            if shape.len() == 1 { Box::new(Flatten) } else { Box::new(Reshape::new(shape)) };
        self.layer(&Node::default(), layer, &[node])
    }

    /// A value in the file's shape, or with its channels last; `None` if the net has its numbers in another order.
    pub(super) fn settled(&mut self, value: &Value<'a>) -> Result<Option<graph::Node>, String> {
        let rank = value.shape.len();
        let orders: [Vec<usize>; 2] = [(0..rank).collect(), (1..rank).chain([0]).take(rank).collect()];
        let known = orders.iter().find(|axes| value.order == Order::of(&value.shape, axes));
        known.map(|axes| self.arranged(value, axes)).transpose()
    }

    /// A value in the file's own order.
    pub(super) fn plain(&mut self, value: &Value<'a>) -> Result<graph::Node, String> {
        self.arranged(value, &(0..value.shape.len()).collect::<Vec<_>>())
    }

    /// A value with an axis of the file's shape as its last one, and all axes in the order in which it has them.
    pub(super) fn with_last(
        &mut self,
        value: &Value<'a>,
        last: usize,
    ) -> Result<(graph::Node, Vec<usize>), String> {
        let known = value
            .order
            .axes(&value.shape)
            .filter(|axes| value.shape[last] == 1 || axes.last() == Some(&last));
        // Those of one number may stand anywhere.
        let single = (0..value.shape.len()).filter(|axis| value.shape[*axis] == 1 && *axis != last);
        let axes = match known {
            Some(known) => {
                single.chain(known.into_iter().filter(|axis| *axis != last)).chain([last]).collect()
            }
            None => (0..value.shape.len()).filter(|axis| *axis != last).chain([last]).collect::<Vec<_>>(),
        };
        Ok((self.arranged(value, &axes)?, axes))
    }

    /// Gives the units of the dense layer that makes a value another order.
    fn reorder(&mut self, value: &Value<'a>, wanted: &Order) -> Result<(), String> {
        let layer = match &value.units_of {
            Some((name, layer)) if self.file.is_read_once(name) && !self.twice.contains(layer) => {
                layer.clone()
            }
            _ => {
                return Err(format!(
                    "reads samples of shape {:?} along other axes than the layers here have last; channels first become channels \
                     last, and nothing here turns them again",
                    value.shape
                ));
            }
        };
        let has = value.order.places();
        let mut at = vec![0; has.len()];
        has.iter().enumerate().for_each(|(unit, place)| at[*place] = unit);
        let units: Vec<usize> = wanted.places().iter().map(|place| at[*place]).collect();
        for own in ["weight", "bias"] {
            if let Some((_, numbers)) = self.weights.get_mut(&format!("{layer}.{own}")) {
                let rows = numbers.chunks_exact(units.len());
                *numbers = rows.flat_map(|row| units.iter().map(|unit| row[*unit])).collect();
            }
        }
        // What reads these weights later wants them as they were.
        self.shared.retain(|_, (_, other)| *other != layer);
        Ok(())
    }
}

/// The name of a layer: that of the module whose weights it has, or of the one that the exporter names in the node.
fn name_of(node: &Node<'_>, origin: Option<&str>) -> String {
    if let Some((module, _)) = origin.and_then(|origin| origin.rsplit_once('.')) {
        return module.replace('/', ".");
    }
    let path = node.name.trim_matches('/');
    let name = match (node.name.starts_with('/'), path.rsplit_once('/')) {
        (true, Some((module, _))) => module,
        _ => OWN.iter().fold(path, |name, end| name.strip_suffix(end).unwrap_or(name)),
    };
    name.replace('/', ".")
}

/// What the writer here adds to a layer's name for the node that does its work.
const OWN: [&str; 3] = [".made", ".pooled", ".larger"];
