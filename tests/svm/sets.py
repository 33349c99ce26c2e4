"""Writes scikit-learn's small sets, raw and scaled, to a safetensors file.

Usage: sets.py FILE. Each set is NAME.rows (F32) and NAME.labels (U32); the names are printed. Status 77 means that a package
is missing.
"""

import sys

try:
    import numpy as np
    from safetensors.numpy import save_file
    from sklearn import datasets
    from sklearn.preprocessing import StandardScaler
except ImportError as missing:
    print(missing)
    sys.exit(77)

LOADERS = {
    "iris": datasets.load_iris,
    "wine": datasets.load_wine,
    "breast_cancer": datasets.load_breast_cancer,
    "digits": datasets.load_digits,
}


def sets():
    """Rows and labels by name."""
    found = {}
    for name, load in LOADERS.items():
        rows, labels = load(return_X_y=True)
        # Scaled before it is rounded: what StandardScaler makes of single precision differs with its version.
        scaled = StandardScaler().fit_transform(rows)
        found[f"{name}_raw"] = rows.astype(np.float32), labels.astype(np.uint32)
        found[f"{name}_scaled"] = scaled.astype(np.float32), labels.astype(np.uint32)
    return found


def main(path):
    arrays = {}
    for name, (rows, labels) in sets().items():
        arrays |= {f"{name}.rows": rows, f"{name}.labels": labels}
        print(name)
    save_file(arrays, path)


if __name__ == "__main__":
    main(sys.argv[1])
