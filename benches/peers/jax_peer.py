"""JAX: a jitted step for each batch, and a whole epoch compiled as one scan, its fastest form."""
import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")
import jax
import jax.numpy as jnp
import numpy as np

from workloads import STEPS, WORKLOADS, XOR, asked, images, report, weights


def make_update(hidden, rate, adam):
    def forward(net, x):
        for w, b in net[:-1]:
            x = hidden(x @ w + b)
        w, b = net[-1]
        return jax.nn.sigmoid(x @ w + b)

    def update(carry, x, y):
        net, (m, v, t) = carry
        loss, g = jax.value_and_grad(lambda net: jnp.mean((forward(net, x) - y) ** 2))(net)
        if not adam:
            return (jax.tree.map(lambda p, g: p - rate * g, net, g), (m, v, t)), loss
        t = t + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        change = lambda p, m, v: p - rate * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)
        return (jax.tree.map(change, net, m, v), (m, v, t)), loss

    return update


def start(layers):
    net = jax.tree.map(jnp.asarray, weights(layers))
    zeros = jax.tree.map(jnp.zeros_like, net)
    return net, (zeros, jax.tree.map(jnp.copy, zeros), jnp.float32(0))


def autoencoder(name):
    layers, batch, adam, rate = WORKLOADS[name]
    x, update, random = jnp.asarray(images(name)), make_update(jax.nn.relu, rate, adam), np.random.RandomState(2)
    order = lambda: random.permutation(len(x)).astype(np.int32).reshape(-1, batch)
    one = lambda carry, x, rows: update(carry, x[rows], x[rows])
    step = jax.jit(one, donate_argnums=0)
    scan = jax.jit(lambda carry, x, order: jax.lax.scan(lambda c, rows: one(c, x, rows), carry, order), donate_argnums=0)

    carry = start(layers)

    def by_steps():
        nonlocal carry
        for rows in order():
            carry, loss = step(carry, x, rows)
        return loss.block_until_ready()

    report("JAX, a step a call", jax.__version__, name, by_steps)
    carry = start(layers)

    def by_scan():
        nonlocal carry
        carry, losses = scan(carry, x, order())
        return losses[-1].block_until_ready()

    report("JAX, an epoch a call", jax.__version__, name, by_scan)


def xor():
    x, y = map(jnp.asarray, XOR)
    update, carry = make_update(jnp.tanh, 0.1, False), start([2, 4, 1])
    run = jax.jit(lambda carry: jax.lax.scan(lambda c, _: update(c, x, y), carry, None, length=STEPS["xor"]))

    def epoch():
        nonlocal carry
        carry, losses = run(carry)
        return losses[-1].block_until_ready()

    report("JAX, an epoch a call", jax.__version__, "xor", epoch)


for workload in asked():
    xor() if workload == "xor" else autoencoder(workload)
