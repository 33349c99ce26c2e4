//! Activations in parts: what some nodes make of numbers is compared with what each activation makes of them.

use std::collections::HashMap;

use super::super::file::{Node, Setting};
use super::super::prepared::Prepared;
use super::ACTIVATION;
use crate::ops::activation::{Activation, Gelu};

/// The most nodes that are an activation together.
const MOST: usize = 12;

/// How far a formula in `f32` constants may be from the activation.
const TOLERANCE: f64 = 1e-6;

/// The node for one that ends an activation: of its only input, by the activation's name.
pub(super) fn joined<'a>(net: &Prepared<'a>, at: usize) -> Option<Node<'a>> {
    if !matches!(net.nodes[at].op, "Add" | "Div" | "Exp" | "Max" | "Min" | "Mul" | "Sub" | "Where") {
        return None;
    }
    let parts = parts(net, at);
    let inputs = parts.iter().flat_map(|at| &net.nodes[*at].inputs);
    let mut tried: Vec<&str> = Vec::new();
    for x in inputs {
        if tried.contains(x) || net.constants.contains_key(x) || tried.len() == MOST {
            continue;
        }
        tried.push(x);
        let made = computed(net, &parts, x).and_then(|mut made| made.remove(net.nodes[at].output()));
        if let Some(name) = made.and_then(|made| known(&made)) {
            let settings = vec![Setting { name, ..Setting::default() }];
            return Some(Node { op: ACTIVATION, inputs: vec![x], settings, ..Node::default() });
        }
    }
    None
}

/// The places of a node and of those before it that compute number by number, in the file's order.
fn parts(net: &Prepared<'_>, at: usize) -> Vec<usize> {
    let mut parts = vec![at];
    let mut next = 0;
    while let Some(at) = parts.get(next).copied() {
        next += 1;
        let makers = net.nodes[at].inputs.iter().filter_map(|name| net.maker_at(name));
        for maker in makers.collect::<Vec<_>>() {
            let is_part = value(net.nodes[maker].op, &[0.5; 3]).is_some();
            if is_part && maker < at && !parts.contains(&maker) && parts.len() < MOST {
                parts.push(maker);
            }
        }
    }
    parts.sort_unstable();
    parts
}

/// Numbers on both sides of 0, none of them 0 itself.
fn numbers() -> Vec<f64> {
    (0..48).map(|at| f64::from(at) * 0.37 - 8.6).collect()
}

/// What the parts make of numbers under this name, as far as they depend on nothing else.
fn computed<'a>(net: &Prepared<'a>, parts: &[usize], x: &'a str) -> Option<HashMap<&'a str, Vec<f64>>> {
    let mut known: HashMap<&str, Vec<f64>> = HashMap::from([(x, numbers())]);
    for at in parts {
        let node = &net.nodes[*at];
        let mut operands: Vec<Vec<f64>> = Vec::new();
        for name in &node.inputs {
            let constant = || net.constants.get(name)?.real().map(|real| vec![f64::from(real); 48]);
            operands.extend(known.get(name).cloned().or_else(constant));
        }
        if node.output() == x || operands.len() != node.inputs.len() {
            continue;
        }
        let row = |at: usize| value(node.op, &operands.iter().map(|values| values[at]).collect::<Vec<_>>());
        known.insert(node.output(), (0..48).map(row).collect::<Option<_>>()?);
    }
    Some(known)
}

/// The activation that makes these of the numbers.
fn known(made: &[f64]) -> Option<&'static str> {
    let is_it = |activation: &Activation| {
        let mut wanted = numbers();
        activation.apply(&mut wanted);
        wanted
            .iter()
            .zip(made)
            .all(|(wanted, made)| (wanted - made).abs() <= TOLERANCE * wanted.abs().max(1.0))
    };
    Activation::examples().into_iter().find(is_it).map(|activation| activation.name())
}

/// What an operator makes of single numbers.
fn value(op: &str, inputs: &[f64]) -> Option<f64> {
    Some(match (op, inputs) {
        ("Add", [a, b, ..]) => a + b,
        ("Sub", [a, b, ..]) => a - b,
        ("Mul", [a, b, ..]) => a * b,
        ("Div", [a, b, ..]) => a / b,
        ("Pow", [a, b, ..]) => a.powf(*b),
        ("Min", [a, b, ..]) => a.min(*b),
        ("Max", [a, b, ..]) => a.max(*b),
        ("Greater", [a, b, ..]) => f64::from(a > b),
        ("Less", [a, b, ..]) => f64::from(a < b),
        ("Where", [which, a, b]) => {
            if *which == 0.0 {
                *b
            } else {
                *a
            }
        }
        ("Cast" | "Identity", [x, ..]) => *x,
        ("Abs", [x, ..]) => x.abs(),
        ("Erf", [x, ..]) => erf(*x),
        ("Erfc", [x, ..]) => 1.0 - erf(*x),
        ("Exp", [x, ..]) => x.exp(),
        ("Log", [x, ..]) => x.ln(),
        ("Neg", [x, ..]) => -x,
        ("Reciprocal", [x, ..]) => x.recip(),
        ("Relu", [x, ..]) => x.max(0.0),
        ("Sigmoid", [x, ..]) => (1.0 + (-x).exp()).recip(),
        ("Softplus", [x, ..]) => x.exp().ln_1p(),
        ("Sqrt", [x, ..]) => x.sqrt(),
        ("Tanh", [x, ..]) => x.tanh(),
        _ => return None,
    })
}

/// By `gelu(x) = x (1 + erf(x / √2)) / 2`.
fn erf(x: f64) -> f64 {
    let mut wide = [x * std::f64::consts::SQRT_2];
    if wide == [0.0] {
        return 0.0;
    }
    Activation::from(Gelu).apply(&mut wide);
    wide[0] * std::f64::consts::SQRT_2 / x - 1.0
}
