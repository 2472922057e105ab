"""Processor time of the peers' attacks on the 512 parity images, for comparison with what `times` prints.

    python3 peers.py PARITY [--weights FILE] [--path FOLDER ...] [--turns TURNS] [NAME ...]

PARITY is the parity folder, FILE holds weights that `times adversarial FILE` wrote, each FOLDER holds a peer's package
(torchattacks, autoattack), and only attacks whose names contain every NAME run, as often as each asks for or TURNS
times, after a first call. One thread; the thread's own time.
"""
import argparse
import os
import statistics
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"
import torch
from torch import nn

arguments = argparse.ArgumentParser()
arguments.add_argument("parity")
arguments.add_argument("--weights")
arguments.add_argument("--path", action="append", default=[])
arguments.add_argument("--turns", type=int)
arguments.add_argument("names", nargs="*")
given = arguments.parse_intermixed_args()
sys.path[:0] = given.path
torch.set_num_threads(1)


def read(name, dtype):
    with open(name, "rb") as file:
        return torch.frombuffer(bytearray(file.read()), dtype=dtype)


def in_parity(name):
    return os.path.join(given.parity, name)


network = nn.Sequential(
    nn.Conv2d(1, 16, 4, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 4, 2, 1), nn.ReLU(),
    nn.Flatten(), nn.Linear(1568, 100), nn.ReLU(), nn.Linear(100, 10)).eval()
weights, start = read(given.weights or in_parity("std.bin"), torch.float32), 0
for parameter in network.parameters():
    parameter.data.copy_(weights[start:start + parameter.numel()].view(parameter.shape))
    start += parameter.numel()
images = read(in_parity("x512_f32le.bin"), torch.float32).view(512, 1, 28, 28)
labels = read(in_parity("y512_i32le.bin"), torch.int32).long()


def fgsm():
    import torchattacks
    return torchattacks.FGSM(network, eps=0.1)(images, labels)


def pgd():
    import torchattacks
    return torchattacks.PGD(network, eps=0.1, alpha=0.01, steps=40, random_start=False)(images, labels)


def auto_attack(version, attacks=()):
    from autoattack import AutoAttack
    attack = AutoAttack(
        network, norm="Linf", eps=0.1, version=version, attacks_to_run=list(attacks), device="cpu", verbose=False)
    return attack.run_standard_evaluation(images, labels, bs=512)


attacks = {
    "FGSM, torchattacks": (fgsm, 20),
    "PGD-40, torchattacks": (pgd, 7),
    "Square-5000, its authors": (lambda: auto_attack("custom", ["square"]), 3),
    "AutoAttack standard, its authors": (lambda: auto_attack("standard"), 3),
}
print("| attack | robust of 512 | median, s | least, s | first call, s |", flush=True)
print("|---|---|---|---|---|", flush=True)
for name, (run, turns) in attacks.items():
    if not all(part in name for part in given.names):
        continue
    seconds = []
    for _ in range((given.turns or turns) + 1):
        begun = time.thread_time()
        found = run()
        seconds.append(time.thread_time() - begun)
    with torch.no_grad():
        robust = (network(found).argmax(1) == labels).sum().item()
    later = seconds[1:]
    print(
        f"| {name} | {robust} | {statistics.median(later):.3f} | {min(later):.3f} | {seconds[0]:.3f} |", flush=True)
