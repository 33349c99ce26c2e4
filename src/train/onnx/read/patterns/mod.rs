//! Nodes that are one layer together, as exporters write them.

mod activation;
mod bias;
mod group_norm;
mod layer_norm;

use super::file::Node;
use super::prepared::Prepared;

/// Operators of nodes that stand for several; no file has them.
pub(super) const ACTIVATION: &str = "an activation";
pub(super) const GROUP_NORM: &str = "a group normalisation";
pub(super) const GROUP_NORM_APART: &str = "a normalisation of groups in an axis of their own";

/// Makes nodes do the work of those before them, if they are one layer together. Nobody then reads these.
pub(super) fn join(net: &mut Prepared<'_>) {
    // A scale of 1 in a norm is also an activation that changes nothing.
    for at in 0..net.nodes.len() {
        let node = &net.nodes[at];
        let norm = layer_norm::joined(net, node).or_else(|| group_norm::joined(net, node));
        replace(net, at, norm);
    }
    for at in 0..net.nodes.len() {
        if !bias::join(net, at) {
            let activation = activation::joined(net, at);
            replace(net, at, activation);
        }
    }
}

fn replace<'a>(net: &mut Prepared<'a>, at: usize, by: Option<Node<'a>>) {
    if let Some(Node { op, inputs, settings, .. }) = by {
        net.nodes[at] = Node { op, inputs, settings, ..net.nodes[at].clone() };
    }
}
