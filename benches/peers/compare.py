#!/usr/bin/env python3
"""Times wgrad and its peers in turn on the same work, on this machine's CPU, and prints one table.

    python3 benches/peers/compare.py                              # NumPy and JAX
    python3 benches/peers/compare.py --peers jax torch keras --workloads w1 w3
    python3 benches/peers/compare.py --images                     # nets of convolutions, beside PyTorch

Each peer is installed once, in a virtual environment of its own in the user's cache folder. The processor's speed drifts, so all
take turns, several rounds of them; let nothing else run meanwhile.
"""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
STEPS, IMAGES = ["w1", "w2", "w3", "xor"], ["c1", "c1a", "c2", "c3"]
NEEDS = {
    "numpy": ["numpy"],
    "jax": ["jax", "numpy"],
    "torch": ["torch", "numpy"],
    "keras": ["tensorflow-cpu", "keras", "numpy"],
    "sklearn": ["scikit-learn", "safetensors", "numpy"],
}


def python_of(peer):
    """The interpreter with what a peer needs."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "wgrad-bench" / peer
    python = cache / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        print(f"installing {peer}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", cache], check=True)
    subprocess.run([python, "-m", "pip", "install", "-q", *NEEDS[peer]], check=True)
    return python


def lines_of(command):
    """The JSON lines that a program prints."""
    done = subprocess.run(command, cwd=HERE.parent.parent, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command} failed:\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def rounds(commands, count):
    """For each peer and workload: version and the medians and the fastest of all rounds."""
    found = {}
    for number in range(count):
        for name, command in commands.items():
            print(f"round {number + 1} of {count}: {name}", file=sys.stderr)
            for line in lines_of(command):
                entry = found.setdefault((line["peer"], line["version"]), {})
                entry.setdefault(line["workload"], []).append((line["median"], line["fastest"]))
    return found


def figure(times):
    if times is None:
        return ""
    median = statistics.median(median for median, _ in times)
    return f"{median:,.1f} ({min(fastest for _, fastest in times):,.1f})"


def table(found, workloads):
    """Markdown: µs per step, the median over rounds and the fastest."""
    print(f"\nµs per step, median (fastest); {platform.processor() or platform.machine()}, {os.cpu_count()} processors\n")
    print("| | " + " | ".join(workloads) + " |\n|---|" + "---:|" * len(workloads))
    for (peer, version), times in found.items():
        print(f"| {peer} {version} | " + " | ".join(figure(times.get(w)) for w in workloads) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--peers", nargs="*", choices=["numpy", "jax", "torch", "keras"], default=["numpy", "jax"])
    parser.add_argument("--workloads", nargs="*", choices=[*STEPS, *IMAGES])
    parser.add_argument("--images", action="store_true", help="nets of convolutions, for which PyTorch is the peer")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    workloads = asked.workloads or (IMAGES if asked.images else STEPS)
    if asked.images:
        bench, peers = "images", {"torch": "torch_images.py"}
    else:
        bench, peers = "steps", {peer: f"{peer}_peer.py" for peer in asked.peers}
    commands = {"wgrad": ["cargo", "bench", "-q", "--bench", bench, "--", *workloads]}
    commands |= {peer: [python_of(peer), HERE / script, *workloads] for peer, script in peers.items()}
    table(rounds(commands, asked.rounds), workloads)


if __name__ == "__main__":
    main()
