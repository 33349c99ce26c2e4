"""scikit-learn's support vector machine on the latents that the autoencoder example wrote."""
import json
import sys
import time

import sklearn
from safetensors.numpy import load_file
from sklearn.svm import SVC

C = 10.0


def main():
    arrays = load_file(sys.argv[1])
    svm = SVC(C=C, kernel="rbf", gamma="scale")
    start = time.perf_counter()
    svm.fit(arrays["train_latents"], arrays["train_labels"])
    fit = time.perf_counter() - start
    start = time.perf_counter()
    predictions = svm.predict(arrays["test_latents"])
    predict = time.perf_counter() - start
    accuracy = float((predictions == arrays["test_labels"]).mean())
    print(json.dumps({
        "peer": "scikit-learn", "version": sklearn.__version__, "fit": fit, "predict": predict,
        "support_vectors": int(svm.n_support_.sum()), "accuracy": accuracy,
    }))


main()
