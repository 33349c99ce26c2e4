"""Builds libsvm from its source and fits with it."""

import ctypes
import subprocess
import sys
import tarfile
from ctypes import c_char_p, c_double, c_int, c_void_p

import numpy as np

VERSION = "3.37.0"
NODE = np.dtype([("index", np.int32), ("value", np.float64)], align=True)
PRINT = ctypes.CFUNCTYPE(None, c_char_p)
C_SVC, RBF = 0, 2


class Problem(ctypes.Structure):
    _fields_ = [("l", c_int), ("y", c_void_p), ("x", c_void_p)]


class Parameter(ctypes.Structure):
    _fields_ = [
        *[(name, c_int) for name in ("svm_type", "kernel_type", "degree")],
        *[(name, c_double) for name in ("gamma", "coef0", "cache_size", "eps", "C")],
        *[("nr_weight", c_int), ("weight_label", c_void_p), ("weight", c_void_p)],
        *[("nu", c_double), ("p", c_double), ("shrinking", c_int), ("probability", c_int)],
    ]


def source(folder):
    """svm.cpp, downloaded once."""
    archive = folder / f"libsvm_official-{VERSION}.tar.gz"
    if not archive.exists():
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", folder]
        subprocess.run([*pip, f"libsvm-official=={VERSION}"], check=True)
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")
    return folder / f"libsvm_official-{VERSION}" / "cpp-source" / "svm.cpp"


def build(folder, name, changes):
    """A shared library of the source with some lines changed."""
    library = folder / f"{name}.so"
    original = source(folder)
    code = original.read_text()
    for old, new in changes.items():
        assert code.count(old) == 1, old
        code = code.replace(old, new)
    changed = original.with_name(f"{name}.cpp")
    changed.write_text(code)
    subprocess.run(["g++", "-O3", "-fPIC", "-shared", "-o", library, changed], check=True)
    return library


class Libsvm:
    def __init__(self, library):
        self.library = ctypes.CDLL(str(library))
        self.library.svm_train.restype = c_void_p
        self.library.svm_check_parameter.restype = c_char_p
        self.library.svm_predict_values.restype = c_double
        self.iterations = []
        self.kept = PRINT(self.note)
        self.library.svm_set_print_string_function(self.kept)

    def note(self, text):
        """Keeps the steps of each pair of classes, of all that libsvm prints."""
        if b"#iter = " in text:
            self.iterations.append(int(text.rpartition(b" ")[2]))

    def fit(self, rows, classes, c, gamma, weights=(), tolerance=1e-3, shrinking=1):
        """Fits rows whose classes count from 0 and ascend: libsvm orders classes by their first rows."""
        assert (np.diff(classes) >= 0).all()
        targets = classes.astype(np.float64)
        self.nodes = nodes_of(rows)
        self.pointers = pointers_of(self.nodes)
        self.weights = np.array(weights, np.float64)
        self.weighted = np.arange(len(weights), dtype=np.int32)
        problem = Problem(len(rows), targets.ctypes.data, self.pointers.ctypes.data)
        parameter = Parameter(
            C_SVC, RBF, 3, gamma, 0, 200, tolerance, c, len(weights), self.weighted.ctypes.data, self.weights.ctypes.data,
            0.5, 0.1, shrinking, 0,
        )
        wrong = self.library.svm_check_parameter(ctypes.byref(problem), ctypes.byref(parameter))
        assert wrong is None, wrong
        self.classes = int(classes.max()) + 1
        self.model = c_void_p(self.library.svm_train(ctypes.byref(problem), ctypes.byref(parameter)))
        return self

    def support_vectors(self):
        """The positions of the rows that some pair of classes needs."""
        found = np.empty(self.library.svm_get_nr_sv(self.model), np.int32)
        self.library.svm_get_sv_indices(self.model, c_void_p(found.ctypes.data))
        return found - 1

    def predict(self, rows):
        """Classes, and decisions as rows × pairs."""
        decisions = np.empty((len(rows), self.classes * (self.classes - 1) // 2))
        nodes = nodes_of(rows)
        found = [
            self.library.svm_predict_values(self.model, c_void_p(row.ctypes.data), c_void_p(values.ctypes.data))
            for row, values in zip(nodes, decisions)
        ]
        return np.array(found, np.int64), decisions


def nodes_of(rows):
    count, features = rows.shape
    nodes = np.zeros((count, features + 1), NODE)
    nodes["index"][:, :-1] = np.arange(1, features + 1)
    nodes["index"][:, -1] = -1
    nodes["value"][:, :-1] = rows
    return nodes


def pointers_of(nodes):
    return nodes.ctypes.data + np.arange(len(nodes), dtype=np.uint64) * np.uint64(nodes.strides[0])
