"""Writes this folder's images and what Pillow makes of them: python3 record.py, with Pillow 13 and NumPy 2.4. The images are kept as
hexadecimal text, by xxd -p."""

import json

import numpy as np
from PIL import Image

rows, columns = np.mgrid[0:6, 0:8]
color = np.stack([rows * 40, columns * 30, (rows + columns) * 15], axis=2).astype("uint8")
rgb = Image.fromarray(color)
images = {
    "rgb.png": rgb,
    "rgba.png": Image.fromarray(np.dstack([color, (columns * 32).astype("uint8")])),
    "palette.png": rgb.convert("P", palette=Image.Palette.ADAPTIVE, colors=16),
    "gray.png": rgb.convert("L"),
    "gray_alpha.png": rgb.convert("LA"),
    "gray16.png": Image.fromarray((rows * 10000 + columns * 300).astype("uint16")),
    "bits.png": rgb.convert("1"),
    "rgb.jpg": rgb,
    "gray.jpg": rgb.convert("L"),
    "progressive.jpg": rgb,
}
Image.fromarray(color[:3, :2]).save("small.png")
recorded = {}
for name, image in images.items():
    options = {"quality": 95, "subsampling": 0, "progressive": name.startswith("prog")} if name.endswith("jpg") else {}
    image.save(name, **options)
    read = Image.open(name)
    if name == "gray16.png":
        read = Image.fromarray((np.asarray(read) >> 8).astype("uint8"))
    recorded[name] = {mode: np.asarray(read.convert(mode)).ravel().tolist() for mode in ["L", "RGB"]}
sizes = {"4x5": (4, 5), "9x20": (9, 20), "1x1": (1, 1), "6x3": (6, 3)}
for name, (height, width) in sizes.items():
    small = rgb.resize((width, height), Image.Resampling.BILINEAR)
    recorded[name] = np.asarray(small).ravel().tolist()
with open("recorded.json", "w") as file:
    json.dump(recorded, file)
