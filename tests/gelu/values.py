"""Prints x, x Φ(x) and its slope for src/ops/activation/gelu.rs, by PyTorch's formula for gelu with approximate="none"."""

from math import erfc, exp, pi, sqrt

for x in [-12, -8, -5, -3, -2, -1.5, -1, -0.5, -0.25, 0.25, 0.5, 1, 1.5, 2, 3, 5, 8, 12]:
    normal = erfc(-x / sqrt(2)) / 2
    slope = normal + x * exp(-x * x / 2) / sqrt(2 * pi)
    print(f"({x!r}, {x * normal!r}, {slope!r}),")
