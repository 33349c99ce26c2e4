#!/usr/bin/env python3
"""Records what libsvm makes of every case in recorded.json, for recorded.rs.

    python3 tests/svm/record.py

It takes g++ and a Python with numpy, safetensors and scikit-learn. libsvm is built twice: as it is, and with kernel values cached
in double precision. It rounds those to single precision, so that with a large C it solves a slightly different problem; the
second build says what the right solution is. Each case has a process of its own, which is ended after a time.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from cases import all_sets, cases, pairs, probes
from libsvm import VERSION, Libsvm, build

# Threads may start these.
PROCESSES = multiprocessing.get_context("spawn")
DOUBLE = {"typedef float Qfloat;": "typedef double Qfloat;"}
FINE, DEFAULT = 1e-8, 1e-3
# libsvm gives up on a pair of classes after as many steps.
MOST_STEPS = 10_000_000
# Two fine solutions that differ by more say nothing.
REPEATS_WITHIN = 1e-6


def sha256(rows, labels):
    return hashlib.sha256(rows.astype("<f4").tobytes() + labels.astype("<u4").tobytes()).hexdigest()


def weights_of(asked, labels):
    """The weight of each class, the classes ascending."""
    classes, counts = np.unique(labels, return_counts=True)
    if asked == "balanced":
        return len(labels) / (len(classes) * counts)
    return [dict(asked or []).get(int(label), 1) for label in classes]


def distance(found, right):
    """The largest difference of decisions, relative where they are beyond the margin."""
    return float((np.abs(found - right) / np.maximum(1, np.abs(right))).max())


class Case:
    """Fits one case, with its rows in order or the other way round."""

    def __init__(self, libraries, rows, labels, c, gamma, weights):
        self.libraries, self.rows, self.labels = libraries, rows, labels
        self.classes = np.unique(labels, return_inverse=True)[1]
        self.parameters = c, gamma, weights_of(weights, labels)

    def fit(self, name, tolerance, step=1):
        order = np.arange(len(self.rows))[::step]
        order = order[np.argsort(self.classes[order], kind="stable")]
        fit = Libsvm(self.libraries[name]).fit(self.rows[order], self.classes[order], *self.parameters, tolerance)
        unfinished = sum(steps >= MOST_STEPS for steps in fit.iterations)
        if unfinished:
            raise NoAnswer(f"{unfinished} of {len(fit.iterations)} pairs end after {MOST_STEPS:,} steps")
        predicted, decisions = fit.predict(self.rows)
        # Of rows that are equal, any may be the support vector.
        support = len(np.unique(self.rows[order][fit.support_vectors()], axis=0))
        return fit, support, int((predicted == self.classes).sum()), decisions

    def fine(self):
        """The right solution. How far solutions at the default tolerance are from it is what they may differ by."""
        fit, support, right, self.decisions = self.fit("double", FINE)
        _, other_support, _, again = self.fit("double", FINE, -1)
        repeats = distance(again, self.decisions)
        if repeats > REPEATS_WITHIN:
            raise NoAnswer(f"the rows in another order make decisions differ by {repeats:.1e}")
        asked = fit.predict(probes(self.rows, self.labels))[1][:, pairs(fit.classes)]
        coarse = [self.fit("double", DEFAULT, step)[-1] for step in (1, -1)]
        return {
            "iterations": sum(fit.iterations),
            "support_vectors": [support, other_support],
            "right": right,
            "repeats": rounded(repeats, 2),
            "coarse": rounded(max(distance(some, self.decisions) for some in coarse), 3),
            "decisions": [rounded(value, 10) for value in asked.ravel()],
        }

    def default(self):
        """libsvm as it is and with its own tolerance."""
        fit, support, right, decisions = self.fit("single", DEFAULT)
        found = {"iterations": sum(fit.iterations), "support_vectors": support, "right": right}
        if hasattr(self, "decisions"):
            found["off"] = rounded(distance(decisions, self.decisions), 3)
        return found


class NoAnswer(Exception):
    pass


def rounded(value, digits):
    return float(f"{value:.{digits}g}")


def answers(pipe, *case):
    case = Case(*case)
    for name, solve in [("fine", case.fine), ("default", case.default)]:
        try:
            pipe.send((name, solve()))
        except NoAnswer as why:
            pipe.send((name, {"no_answer": str(why)}))


def within(seconds, *case):
    """What a process of its own finds out about a case before its time is up."""
    receiver, sender = PROCESSES.Pipe(False)
    process = PROCESSES.Process(target=answers, args=(sender, *case))
    process.start()
    sender.close()
    found = {}
    for name in ("fine", "default"):
        try:
            found |= [receiver.recv()] if receiver.poll(seconds) else []
        except EOFError:
            pass
        found.setdefault(name, {"no_answer": f"none within {seconds} seconds"})
    process.kill()
    return found


def record(libraries, seconds, workers):
    sets = all_sets()

    def one(case):
        name, c, gamma, weights = case
        said = {"weights": weights} if weights else {}
        found = within(seconds, libraries, *sets[name], c, gamma, weights)
        print(name, c, gamma, [part.get("no_answer") for part in found.values()], file=sys.stderr)
        return {"set": name, "c": c, "gamma": gamma, **said, **found}

    with ThreadPoolExecutor(workers) as threads:
        return {name: sha256(*made) for name, made in sets.items()}, list(threads.map(one, cases()))


def written(hashes, found):
    """JSON with a case on each line."""
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in found)
    return f'{{"libsvm":"{VERSION}",\n"sets":{json.dumps(hashes, indent=1)},\n"cases":[\n{lines}\n]}}\n'


def main():
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "wgrad-bench" / "libsvm"
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "recorded.json")
    parser.add_argument("--folder", type=Path, default=cache, help="where libsvm's source is or goes to")
    parser.add_argument("--seconds", type=float, default=600, help="that a case may take")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    libraries = {name: build(asked.folder, name, changes) for name, changes in [("single", {}), ("double", DOUBLE)]}
    asked.out.write_text(written(*record(libraries, asked.seconds, asked.workers)))


if __name__ == "__main__":
    main()
