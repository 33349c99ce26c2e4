"""Records scaled features with scikit-learn, and images through affine transforms with PyTorch, in double precision.

Usage: record.py > recorded.json, with scikit-learn and torch of any version.
"""

import json

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.preprocessing import MinMaxScaler, StandardScaler

numbers = np.random.default_rng(5)
# Columns of other sizes and places, one of them constant.
train = numbers.normal(size=(40, 5)) * [1, 1e-4, 250, 3e5, 0] + [0, 0.01, -1000, 2e6, 0.1]
test = numbers.normal(size=(6, 5)) * [2, 1e-3, 500, 3e5, 1] + [0, 0.01, -1000, 2e6, 0.1]
outputs = numbers.normal(size=(6, 5))
# What comes back from the file in single precision is exactly this.
train, test, outputs = (x.astype(np.float32).astype(np.float64) for x in (train, test, outputs))
standard, minmax = StandardScaler().fit(train), MinMaxScaler().fit(train)
scaled = {
    "train": train.tolist(),
    "test": test.tolist(),
    "outputs": outputs.tolist(),
    "standardize": {
        "mean": standard.mean_.tolist(),
        "std": standard.scale_.tolist(),
        "transformed": standard.transform(test).tolist(),
        "inverse": standard.inverse_transform(outputs).tolist(),
    },
    "normalize": {
        "min": minmax.data_min_.tolist(),
        "max": minmax.data_max_.tolist(),
        "transformed": minmax.transform(test).tolist(),
        "inverse": minmax.inverse_transform(outputs).tolist(),
    },
}

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
# In pixels about the middle: a turn, a shift, a stretched and tilted one, and one that looks far outside.
transforms = [
    [0.8, 0.6, 0.0, -0.6, 0.8, 0.0],
    [1.0, 0.0, 1.25, 0.0, 1.0, -0.5],
    [1.5, 0.25, -1.0, 0.0, 0.75, 0.5],
    [-3.0, 1.0, 0.0, 0.5, 4.0, 2.0],
]
warped = []
for height, width, channels in [(5, 7, 3), (6, 4, 1)]:
    images = torch.randn(len(transforms), channels, height, width).float().double().requires_grad_()
    slopes = torch.randn_like(images).float().double()
    stretch = width / height
    theta = [
        [[a, b / stretch, 2 * c / width], [d * stretch, e, 2 * f / height]] for a, b, c, d, e, f in transforms
    ]
    grid = F.affine_grid(torch.tensor(theta), images.shape, align_corners=False)
    out = F.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    (out * slopes).sum().backward()
    last = lambda x: x.detach().permute(0, 2, 3, 1).flatten().tolist()
    warped.append({
        "image": [height, width, channels],
        "transforms": transforms,
        "x": last(images),
        "y": last(out),
        "dy": last(slopes),
        "dx": last(images.grad),
    })

print(json.dumps({"scaled": scaled, "warped": warped}))
