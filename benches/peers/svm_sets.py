#!/usr/bin/env python3
"""Fits wgrad's and scikit-learn's support vector machines to scikit-learn's small sets over a grid of C and γ, and prints one table.

    python3 benches/peers/svm_sets.py           # C and γ of 0.001, 0.01 … 1,000,000 each
    python3 benches/peers/svm_sets.py --quick   # 0.001, 1, 1,000 and 1,000,000
"""
import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from compare import HERE, python_of

ROOT = HERE.parent.parent
THREADS = os.cpu_count()
# Shorter fits are noise one by one.
WORTH_TIMING = 0.005
SLOW = 2.0
# Decisions of two solutions at the tolerance of 0.001 may well differ by less.
APART = 0.01


def fits_of(command, threads):
    """By C and γ, what a program prints; what it does not come to is left out."""
    environment = os.environ | {"RAYON_NUM_THREADS": str(threads)}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        print(f"{command} ended with status {done.returncode}", file=sys.stderr)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{") and line.endswith("}")]
    for line in lines:
        if "error" in line:
            print(f"C {line['c']:g}, γ {line['gamma']:g}: {line['error']}", file=sys.stderr)
    return {(line["c"], line["gamma"]): line for line in lines if "error" not in line}


def distance(ours, theirs):
    """The largest difference of decisions, relative where they are beyond the margin."""
    return max(abs(a - b) / max(1, abs(b)) for a, b in zip(ours["decisions"], theirs["decisions"], strict=True))


def ratios(ours, theirs):
    """By case, how much longer ours takes, where it is worth timing."""
    return {case: ours[case]["fit"] / fit["fit"] for case, fit in theirs.items() if case in ours and fit["fit"] > WORTH_TIMING}


def worst(ours, theirs):
    found = ratios(ours, theirs)
    return f"{max(found.values()):.2f}" if found else ""


def row(name, fits, one, many, theirs):
    """A set's line: what differs is told of cases that both solve."""
    both = [(one[case], fit) for case, fit in theirs.items() if case in one and one[case]["solved"] and fit["solved"]]
    accuracy = [abs(a["accuracy"] - b["accuracy"]) for a, b in both]
    support = [abs(a["support_vectors"] - b["support_vectors"]) for a, b in both]
    decisions = [distance(a, b) for a, b in both]
    solved = [sum(fit["solved"] for fit in found.values()) for found in (one, theirs)]
    seconds = [sum(fit["fit"] for fit in found.values()) for found in (one, many, theirs)]
    cells = [
        name, fits, *solved, f"{sum(map(bool, accuracy))} ({max(accuracy, default=0):.4f})", max(support, default=0),
        f"{sum(far > APART for far in decisions)} ({max(decisions, default=0):.4f})", *(f"{time:.2f}" for time in seconds),
        worst(one, theirs), worst(many, theirs),
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def table(found, fits):
    print(
        f"\n{platform.processor() or platform.machine()}, {THREADS} processors; seconds are the sum over each fit's fastest of"
        f" three\n\n| set | fits | solved by wgrad | by scikit-learn | accuracy differs (by) | support vectors differ by | decisions"
        f" differ by more than {APART} (by) | wgrad, 1 thread, s | {THREADS} threads, s | scikit-learn, s | longest against"
        f" scikit-learn's, 1 thread | {THREADS} threads |\n|---|" + "---:|" * 11
    )
    for name, of_set in found.items():
        print(row(name, fits, *of_set))
    print(f"\nOf single fits, times count where scikit-learn takes more than {1000 * WORTH_TIMING:g} ms. Decisions differ relative to"
          " those beyond the margin.")


def slow(found):
    """The fits that take too long, by name, C and γ."""
    lines = [
        f"- {name}, C {c:g}, γ {gamma:g}, threads {threads}: {ratio:.2f} × {theirs[c, gamma]['fit']:.3f} s"
        for name, (one, many, theirs) in found.items() for threads, ours in [(1, one), (THREADS, many)]
        for (c, gamma), ratio in ratios(ours, theirs).items() if ratio > SLOW
    ]
    print(f"\nFits that take wgrad more than {SLOW:g} × scikit-learn's time: {len(lines)}\n", *lines, sep="\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a coarse grid")
    asked = parser.parse_args()
    values = [10.0**power for power in range(-3, 7, 3 if asked.quick else 1)]
    grid = [",".join(map(repr, values))] * 2
    python = python_of("sklearn")
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sets.safetensors"
        names = subprocess.run([python, ROOT / "tests/svm/sets.py", file], check=True, stdout=subprocess.PIPE, text=True)
        for name in names.stdout.split():
            print(f"running {name}", file=sys.stderr)
            wgrad = ["cargo", "bench", "-q", "--bench", "svm_sets", "--", file, name, *grid]
            theirs = [python, HERE / "sklearn_sets.py", file, name, *grid]
            found[name] = fits_of(wgrad, 1), fits_of(wgrad, THREADS), fits_of(theirs, 1)
    table(found, len(values) ** 2)
    slow(found)


main()
