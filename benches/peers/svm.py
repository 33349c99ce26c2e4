#!/usr/bin/env python3
"""Fits wgrad's and scikit-learn's support vector machines to the same latents in turn, and prints one table.

    cargo run --release --example autoencoder_gpu
    python3 benches/peers/svm.py out/autoencoder/latents.safetensors
"""
import argparse
import os
import platform
from pathlib import Path

from compare import HERE, lines_of, python_of


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("latents", type=Path)
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args()
    latents = asked.latents.resolve()
    commands = [
        ["cargo", "bench", "-q", "--bench", "svm", "--", latents],
        [python_of("sklearn"), HERE / "sklearn_peer.py", latents],
    ]
    found = {}
    for _ in range(asked.rounds):
        for line in (line for command in commands for line in lines_of(command)):
            found.setdefault((line["peer"], line["version"]), []).append(line)
    print(f"\nseconds, the fastest; {platform.processor() or platform.machine()}, {os.cpu_count()} processors\n")
    print("| | fit | predict | support vectors | accuracy |\n|---|---:|---:|---:|---:|")
    for (peer, version), lines in found.items():
        fit, predict = (min(line[what] for line in lines) for what in ("fit", "predict"))
        print(f"| {peer} {version} | {fit:.2f} | {predict:.3f} | {lines[0]['support_vectors']:,} | {lines[0]['accuracy']:.4f} |")


main()
