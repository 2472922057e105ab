"""What peers' attacks leave of the 512 parity images on ensembles of three networks, beside what `trios` prints.

    python3 trios.py PARITY RULE EPSILON [--path FOLDER ...] [--float-dis D] [--decay linear|cosine]
        [--name NAME ...] FILE ...

RULE is softmax, logits or votes, each FILE holds the weights of three networks, and each FOLDER a peer's package:
MORA's authors' code (github.com/lafeat/mora), autoattack. MORA runs in its full version, standard-t-pre.
"""
import argparse
import contextlib
import io
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"
import numpy
import torch
from torch import nn

numpy.int = int  # MORA's code was written for a numpy that had it.
arguments = argparse.ArgumentParser()
arguments.add_argument("parity")
arguments.add_argument("rule", choices=["softmax", "logits", "votes"])
arguments.add_argument("epsilon", type=float)
arguments.add_argument("--path", action="append", default=[])
arguments.add_argument("--float-dis", type=float)
arguments.add_argument("--decay", default="linear", choices=["linear", "cosine"])
arguments.add_argument("--name", action="append", default=[])
arguments.add_argument("files", nargs="+")
given = arguments.parse_intermixed_args()
sys.path[:0] = given.path
torch.set_num_threads(1)


def read(name, dtype):
    with open(name, "rb") as file:
        return torch.frombuffer(bytearray(file.read()), dtype=dtype)


def network():
    return nn.Sequential(
        nn.Conv2d(1, 16, 4, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 4, 2, 1), nn.ReLU(),
        nn.Flatten(), nn.Linear(1568, 100), nn.ReLU(), nn.Linear(100, 10)).eval()


def members(file):
    weights, start, networks = read(file, torch.float32), 0, []
    for _ in range(3):
        networks.append(network())
        for parameter in networks[-1].parameters():
            parameter.data.copy_(weights[start:start + parameter.numel()].view(parameter.shape))
            parameter.requires_grad_(False)
            start += parameter.numel()
    return networks


class Whole(nn.Module):
    """The scores of the rule."""

    def __init__(self, networks):
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, x):
        logits = torch.stack([network(x) for network in self.networks])
        if given.rule == "logits":
            return logits.mean(0)
        if given.rule == "softmax":
            return logits.log_softmax(-1).logsumexp(0)
        return nn.functional.one_hot(logits.argmax(-1), logits.shape[-1]).sum(0).float()


images = read(os.path.join(given.parity, "x512_f32le.bin"), torch.float32).view(512, 1, 28, 28)
labels = read(os.path.join(given.parity, "y512_i32le.bin"), torch.int32).long()


def mora(networks):
    from mora import MORA
    if given.rule == "softmax":
        from models.ensemble_softmax import Ensemble
    elif given.rule == "logits":
        from models.ensemble_logits import Ensemble
    else:
        from models.ensemble_voting import Ensemble
    whole = Ensemble(nn.ModuleList(networks))
    whole.device = "cpu"
    pattern = "voting" if given.rule == "votes" else given.rule
    # As in the authors' scripts.
    dis = given.float_dis if given.float_dis is not None else {"softmax": 0.2, "voting": 0.8, "logits": 0.0}[pattern]
    attack = MORA(
        whole, eps=given.epsilon, seed=0, version="standard-t-pre", device="cpu", scale=True, decay_step=given.decay,
        n_iter=100, float_dis=dis, ensemble_pattern=pattern)
    with torch.no_grad():
        return attack.run_standard_evaluation(images, labels, bs=512)


def auto_attack(networks):
    from autoattack import AutoAttack
    attack = AutoAttack(
        Whole(networks), norm="Linf", eps=given.epsilon, version="standard", device="cpu", verbose=False)
    return attack.run_standard_evaluation(images, labels, bs=512)


attacks = {"MORA, its authors": mora, "AutoAttack standard, its authors": auto_attack}
print("| ensemble | attack | robust of 512 | processor time, s |", flush=True)
print("|---|---|---|---|", flush=True)
for file in given.files:
    for name, run in attacks.items():
        if not all(part in name for part in given.name):
            continue
        networks = members(file)
        begun = time.thread_time()
        with contextlib.redirect_stdout(io.StringIO()):
            found = run(networks)
        seconds = time.thread_time() - begun
        with torch.no_grad():
            # The images found are judged in the order in which they came, inside the ball.
            found = torch.min(torch.max(found, images - given.epsilon), images + given.epsilon).clamp(0, 1)
            robust = (Whole(networks)(found).argmax(1) == labels).sum().item()
        print(f"| {os.path.basename(file)} | {name} | {robust} | {seconds:.0f} |", flush=True)
