"""Prints the coefficients of src/program/real/tail.rs; needs mpmath."""

from mpmath import cos, erfc, exp, lu_solve, matrix, mp, mpf, nstr, pi, sqrt

mp.dps = 40
MIDDLE = mpf(4)


def scaled(y):
    x = MIDDLE * (1 + y) / (1 - y)
    return (x + MIDDLE) * exp(x * x / 2) * erfc(x / sqrt(2)) / 2


def coefficients(count, most):
    low, high = mpf(-1), (most - MIDDLE) / (most + MIDDLE)
    nodes = [(low + high + (high - low) * cos(pi * (2 * i + 1) / (2 * count))) / 2 for i in range(count)]
    powers = matrix([[y**j for j in range(count)] for y in nodes])
    return lu_solve(powers, matrix([scaled(y) for y in nodes]))


for name, count, most, digits in [("SINGLE", 10, mpf(13.5), 10), ("DOUBLE", 23, mpf(39), 20)]:
    print(name)
    for value in coefficients(count, most):
        print(f"    {float(nstr(value, digits))!r},")
