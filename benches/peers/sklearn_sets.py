"""scikit-learn's support vector machine on a set over a grid of C and γ, as benches/svm_sets.rs does it."""
import itertools
import json
import sys
import time
import warnings

import numpy as np
from safetensors.numpy import load_file
from sklearn.svm import SVC

# After as many steps libsvm leaves a pair of classes as it is; scikit-learn has no limit of its own.
MOST_STEPS = 10_000_000
ENOUGH, MOST_REPEATS, PRINTED = 0.5, 3, 20


def fit(rows, labels, c, gamma):
    """The fastest of a few fits, and what it came to."""
    svm = SVC(C=c, gamma=gamma, tol=1e-3, cache_size=200, max_iter=MOST_STEPS, decision_function_shape="ovo")
    times = []
    while len(times) < MOST_REPEATS and sum(times) <= ENOUGH:
        start = time.perf_counter()
        svm.fit(rows, labels)
        times.append(time.perf_counter() - start)
    decisions = svm.decision_function(rows[:: -(-len(rows) // PRINTED)])
    if decisions.ndim == 1:
        decisions = -decisions  # Of two classes, scikit-learn has the second as the positive one.
    return {
        "fit": min(times), "solved": bool((svm.n_iter_ < MOST_STEPS).all()), "support_vectors": int(svm.n_support_.sum()),
        "accuracy": float((svm.predict(rows) == labels).mean()), "decisions": decisions.ravel().tolist(),
    }


def main():
    warnings.simplefilter("ignore")
    file, name = sys.argv[1:3]
    arrays = load_file(file)
    rows, labels = arrays[f"{name}.rows"].astype(np.float64), arrays[f"{name}.labels"]
    for c, gamma in itertools.product(*([float(number) for number in numbers.split(",")] for numbers in sys.argv[3:5])):
        try:
            found = fit(rows, labels, c, gamma)
        except Exception as error:
            found = {"error": str(error)}
        print(json.dumps({"c": c, "gamma": gamma, **found}), flush=True)


main()
