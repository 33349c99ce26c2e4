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
# Shorter fits are noise one by one.
WORTH_TIMING = 0.005
SLOW = 2.0
# Decisions of two solutions at the tolerance of 0.001 may well differ by less.
APART = 0.01


def fits_of(name, command, environment):
    """By set, C and γ, what a program prints; what it does not come to is left out."""
    print(f"running {name}", file=sys.stderr)
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        print(f"{name} ended with status {done.returncode}", file=sys.stderr)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{") and line.endswith("}")]
    for line in lines:
        if "error" in line:
            print(f"{name}, {line['set']}, C {line['c']:g}, γ {line['gamma']:g}: {line['error']}", file=sys.stderr)
    return {(line["set"], line["c"], line["gamma"]): line for line in lines if "error" not in line}


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


def table(one, many, theirs, fits):
    threads = os.cpu_count()
    print(f"\n{platform.processor() or platform.machine()}, {threads} processors; seconds are the sum over each fit's fastest of three\n")
    print(
        f"| set | fits | solved by wgrad | by scikit-learn | accuracy differs (by) | support vectors differ by | decisions differ by"
        f" more than {APART} (by) | wgrad, 1 thread, s | {threads} threads, s | scikit-learn, s | longest against"
        f" scikit-learn's, 1 thread | {threads} threads |\n|---|" + "---:|" * 11
    )
    names = sorted({case[0] for case in theirs | one})
    for name in names:
        print(row(name, fits, *({case: fit for case, fit in found.items() if case[0] == name} for found in (one, many, theirs))))
    print(f"\nAgainst scikit-learn's: of fits that it takes more than {1000 * WORTH_TIMING:g} ms for. Decisions: relative beyond the margin.")


def slow(one, many, theirs):
    found = [(case, ratio, threads) for threads, ours in [(1, one), (os.cpu_count(), many)]
             for case, ratio in ratios(ours, theirs).items() if ratio > SLOW]
    print(f"\nFits that take wgrad more than {SLOW:g} × scikit-learn's time: {len(found) or 'none'}\n")
    for (name, c, gamma), ratio, threads in found:
        seconds = theirs[name, c, gamma]["fit"]
        print(f"- {name}, C {c:g}, γ {gamma:g}, threads {threads}: {ratio:.2f} × {seconds:.3f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a coarse grid")
    asked = parser.parse_args()
    values = [10.0**power for power in range(-3, 7, 3 if asked.quick else 1)]
    grid = [",".join(map(repr, values))] * 2
    python = python_of("sklearn")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sets.safetensors"
        subprocess.run([python, ROOT / "tests" / "svm" / "sets.py", file], check=True)
        wgrad = ["cargo", "bench", "-q", "--bench", "svm_sets", "--", file, *grid]
        one = fits_of("wgrad with one thread", wgrad, {"RAYON_NUM_THREADS": "1"})
        many = fits_of("wgrad", wgrad, {})
        theirs = fits_of("scikit-learn", [python, HERE / "sklearn_sets.py", file, *grid], {})
    table(one, many, theirs, len(values) ** 2)
    slow(one, many, theirs)


main()
