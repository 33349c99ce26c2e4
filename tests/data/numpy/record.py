"""Writes this folder's files: python3 record.py, with NumPy 2.4. They are kept as hexadecimal text, by xxd -p."""

import numpy as np

np.savez("plain.npz", a=np.arange(6, dtype="<f4").reshape(3, 2), b=np.array([0, 1, 2]))
np.savez_compressed("packed.npz", a=np.arange(6, dtype=">f8").reshape(3, 2), b=np.array([0, 1, 2], dtype="i1"))
np.save("columns.npy", np.asfortranarray(np.arange(12, dtype="f2").reshape(3, 2, 2)))
