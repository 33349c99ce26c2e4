//! Nodes that are one layer together, as exporters write them.

mod activation;
mod bias;
mod layer_norm;

use super::file::Node;
use super::prepared::Prepared;

/// Operators of nodes that stand for several; no file has them.
pub(super) const ACTIVATION: &str = "an activation";

/// Makes a node do the work of those before it, if they are one layer together. Nobody then reads these.
pub(super) fn join(net: &mut Prepared<'_>, at: usize) {
    if bias::join(net, at) {
        return;
    }
    let joined = layer_norm::joined(net, &net.nodes[at]).or_else(|| activation::joined(net, at));
    if let Some(Node { op, inputs, settings, .. }) = joined {
        net.nodes[at] = Node { op, inputs, settings, ..net.nodes[at].clone() };
    }
}
