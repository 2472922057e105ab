"""Writes reference.json beside this file: what PyTorch's networks are called inside, and the logits they give.

    python3 reference.py

Weights and images follow from a formula that the tests compute, too, so that only names, shapes and logits are kept.
The networks are written here after the published architectures: ResNet-18 in the names of torchvision, PreAct-ResNet-18
and WideResNet in the names of pytorch-cifar and RobustBench.
"""

import json
import math
import pathlib

import torch
from torch import nn

PRIME = 65521


def uniform(name, count):
    """Numbers in [-1/2, 1/2), float64: the squares of a linear congruence that the name starts."""
    start = 0
    for byte in name.encode():
        start = (start * 131 + byte) % PRIME
    i = torch.arange(count, dtype=torch.int64)
    x = ((i % PRIME + start + 1) * 48271) % PRIME
    return ((x * x + i) % PRIME).double() / PRIME - 0.5


def weights(name, tensor):
    """The values of a parameter or buffer."""
    if name.endswith("num_batches_tracked"):
        return torch.tensor(7)
    u = uniform(name, tensor.numel())
    if tensor.dim() > 1:
        fan_in = tensor[0].numel()
        u = u * (2 * math.sqrt(6 / fan_in) if tensor.dim() == 4 else 2 * math.sqrt(1 / fan_in))
    elif name.endswith("running_var"):
        u = 1.5 + u
    elif name.endswith("weight"):
        u = 0.75 + 0.5 * u
    else:
        u = 0.4 * u
    return u.float().view(tensor.shape)


def images(shape):
    return (uniform("images", math.prod(shape)) + 0.5).float().view(shape)


def conv(inputs, outputs, size, stride=1):
    return nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False)


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = conv(outputs, outputs, 3), nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class PreActBlock(nn.Module):
    def __init__(self, inputs, outputs, stride, of_activation):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), conv(inputs, outputs, 3, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(outputs), conv(outputs, outputs, 3)
        self.of_activation = of_activation
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(conv(inputs, outputs, 1, stride))

    def forward(self, x):
        a = torch.relu(self.bn1(x))
        beside = self.shortcut(a if self.of_activation else x) if hasattr(self, "shortcut") else x
        return self.conv2(torch.relu(self.bn2(self.conv1(a)))) + beside


class WideBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), conv(inputs, outputs, 3, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(outputs), conv(outputs, outputs, 3)
        self.convShortcut = None if inputs == outputs else conv(inputs, outputs, 1, stride)

    def forward(self, x):
        a = torch.relu(self.bn1(x))
        y = self.conv2(torch.relu(self.bn2(self.conv1(a))))
        return y + (x if self.convShortcut is None else self.convShortcut(a))


def stage(block, inputs, outputs, stride, count, *more):
    return nn.Sequential(*(
        block(inputs if i == 0 else outputs, outputs, stride if i == 0 else 1, *more) for i in range(count)))


class ResNet18(nn.Module):
    def __init__(self, large, width, classes=10):
        super().__init__()
        self.conv1 = conv(3, width, 7, 2) if large else conv(3, width, 3)
        self.bn1 = nn.BatchNorm2d(width)
        self.pool = nn.MaxPool2d(3, 2, 1) if large else nn.Identity()
        self.layer1 = stage(BasicBlock, width, width, 1, 2)
        self.layer2 = stage(BasicBlock, width, 2 * width, 2, 2)
        self.layer3 = stage(BasicBlock, 2 * width, 4 * width, 2, 2)
        self.layer4 = stage(BasicBlock, 4 * width, 8 * width, 2, 2)
        self.fc = nn.Linear(8 * width, classes)

    def forward(self, x):
        x = self.pool(torch.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


class PreActResNet18(nn.Module):
    def __init__(self, width, bn_before_fc, of_activation, classes=10):
        super().__init__()
        self.conv1 = conv(3, width, 3)
        self.layer1 = stage(PreActBlock, width, width, 1, 2, of_activation)
        self.layer2 = stage(PreActBlock, width, 2 * width, 2, 2, of_activation)
        self.layer3 = stage(PreActBlock, 2 * width, 4 * width, 2, 2, of_activation)
        self.layer4 = stage(PreActBlock, 4 * width, 8 * width, 2, 2, of_activation)
        self.bn = nn.BatchNorm2d(8 * width) if bn_before_fc else None
        self.linear = nn.Linear(8 * width, classes)

    def forward(self, x):
        x = self.layer4(self.layer3(self.layer2(self.layer1(self.conv1(x)))))
        x = x if self.bn is None else torch.relu(self.bn(x))
        return self.linear(nn.functional.avg_pool2d(x, 4).flatten(1))


class Stage(nn.Module):
    def __init__(self, count, inputs, outputs, stride):
        super().__init__()
        self.layer = stage(WideBlock, inputs, outputs, stride, count)

    def forward(self, x):
        return self.layer(x)


class WideResNet(nn.Module):
    def __init__(self, depth, widen, classes=10):
        super().__init__()
        count = (depth - 4) // 6
        self.conv1 = conv(3, 16, 3)
        self.block1 = Stage(count, 16, 16 * widen, 1)
        self.block2 = Stage(count, 16 * widen, 32 * widen, 2)
        self.block3 = Stage(count, 32 * widen, 64 * widen, 2)
        self.bn1 = nn.BatchNorm2d(64 * widen)
        self.fc = nn.Linear(64 * widen, classes)

    def forward(self, x):
        x = torch.relu(self.bn1(self.block3(self.block2(self.block1(self.conv1(x))))))
        return self.fc(nn.functional.avg_pool2d(x, 8).flatten(1))


def reference(network, shape):
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            tensor.copy_(weights(name, tensor))
        logits = network.eval()(images(shape))
    return {
        "images": shape,
        "tensors": {name: list(tensor.shape) for name, tensor in network.state_dict().items()},
        "logits": [[round(z, 8) for z in row] for row in logits.double().tolist()],
    }


networks = {
    "ResNet-18": reference(ResNet18(large=True, width=64), [3, 3, 64, 64]),
    "ResNet-18 at 224": reference(ResNet18(large=True, width=16), [2, 3, 224, 224]),
    "ResNet-18 at 32": reference(ResNet18(large=False, width=16), [3, 3, 32, 32]),
    "PreAct-ResNet-18": reference(PreActResNet18(16, bn_before_fc=False, of_activation=True), [3, 3, 32, 32]),
    "PreAct-ResNet-18 of RobustBench": reference(PreActResNet18(16, True, False), [3, 3, 32, 32]),
    "WideResNet-10-1": reference(WideResNet(10, 1), [3, 3, 32, 32]),
    "WideResNet-16-2": reference(WideResNet(16, 2), [3, 3, 32, 32]),
    "WideResNet-28-10": reference(WideResNet(28, 10), [2, 3, 32, 32]),
}
text = ",\n".join(f'"{name}": {json.dumps(network)}' for name, network in networks.items())
(pathlib.Path(__file__).parent / "reference.json").write_text("{\n" + text + "\n}\n")
for name, network in networks.items():
    print(name, [[round(z, 3) for z in row[:5]] for row in network["logits"]])
