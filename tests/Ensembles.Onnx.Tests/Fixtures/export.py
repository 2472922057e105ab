# Writes the .onnx files beside this one, small networks as PyTorch 1.13 exports them:
#   python3 export.py
# with Debian's python3-torch. Names end in the operator set; _fixed files leave no batch open.
import os

import torch
from torch import nn
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))


class Block(nn.Module):
    def __init__(self, channels, to, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, to, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(to)
        self.conv2 = nn.Conv2d(to, to, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(to)
        self.down = nn.Sequential(nn.Conv2d(channels, to, 1, stride, bias=False), nn.BatchNorm2d(to))

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + self.down(x))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 5, 2, 2)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.block1 = Block(6, 6, 1)
        self.block2 = Block(6, 8, 2)
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        x = self.block2(self.block1(self.pool(F.relu(self.stem(x)))))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


class SqueezeExcite(nn.Module):
    """Depthwise convolutions, hard activations and a gate, as in MobileNetV3."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1)
        self.depthwise = nn.Conv2d(8, 8, 3, 1, 1, groups=8)
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 4, 1), nn.ReLU(), nn.Conv2d(4, 8, 1), nn.Hardsigmoid())
        self.head = nn.Sequential(nn.Linear(8 * 8 * 8, 10), nn.Hardswish(), nn.Dropout(0.3), nn.Linear(10, 5))

    def forward(self, x):
        x = F.relu6(self.stem(x))
        x = F.silu(self.depthwise(x))
        x = x * self.gate(x)
        return self.head(x.view(x.size(0), -1))


class Mixed(nn.Module):
    """Branches, padding, views by the shape of the input, and most activations."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 4, 3, 1, 1)
        self.b = nn.Conv2d(3, 4, (3, 1), 1, (1, 0), dilation=1)
        self.slope = nn.PReLU(4)
        self.group = nn.GroupNorm(2, 8)
        self.average = nn.AvgPool2d(3, 2, 1)
        self.ceiling = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.shift = nn.Parameter(torch.randn(8, 1, 1))
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        x = torch.cat([self.slope(self.a(x)), F.leaky_relu(self.b(F.pad(x, (0, 0, 0, 0))), 0.2)], 1)
        x = self.group(x) + self.shift
        x = self.ceiling(self.average(F.pad(x, (1, 0, 0, 1))))
        n, c, h, w = x.shape
        x = x.view(n, c, h * w).permute(0, 2, 1)
        x = F.gelu(x) + F.elu(x) - torch.tanh(x) * F.softplus(x)
        x = x[:, 1:-1, :].mean(1)
        return self.fc(x / x.norm(dim=1, keepdim=True).clamp(min=1e-3))


class Attention(nn.Module):
    """A tiny vision transformer."""

    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 8, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, 8))
        self.position = nn.Parameter(torch.randn(1, 17, 8))
        self.norm = nn.LayerNorm(8)
        self.qkv = nn.Linear(8, 24)
        self.out = nn.Linear(8, 8)
        self.mlp = nn.Sequential(nn.LayerNorm(8), nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.position
        n, t, d = x.shape
        q, k, v = self.qkv(self.norm(x)).reshape(n, t, 3, 2, 4).permute(2, 0, 3, 1, 4).unbind(0)
        attention = ((q @ k.transpose(-2, -1)) * 0.5).softmax(-1)
        x = x + self.out((attention @ v).transpose(1, 2).reshape(n, t, d))
        x = x + self.mlp(x)
        return self.fc(x[:, 0])


class Probabilities(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, 2)
        self.fc = nn.Linear(4 * 3 * 3, 5)

    def forward(self, x):
        return F.softmax(self.fc(torch.flatten(F.relu(self.conv(x)), 1)), 1)


def settle(network):
    """Statistics as if of data, and weights that tell images apart."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.3)
    return network.eval()


def write(name, network, shape, opset, fixed=False, **more):
    torch.onnx.export(
        network, torch.rand(1 if fixed else 2, *shape), os.path.join(HERE, f"{name}.onnx"), opset_version=opset,
        input_names=["images"], output_names=["logits"],
        dynamic_axes=None if fixed else {"images": {0: "batch"}, "logits": {0: "batch"}}, **more)


torch.manual_seed(0)
residual, squeeze, mixed, attention = (settle(n()) for n in (Residual, SqueezeExcite, Mixed, Attention))
write("residual_9", residual, (3, 32, 32), 9)
write("residual_13", residual, (3, 32, 32), 13, do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE)
write("residual_17_fixed", residual, (3, 32, 32), 17, fixed=True)
write("squeeze_14", squeeze, (3, 16, 16), 14)
write("squeeze_11_fixed", squeeze, (3, 16, 16), 11, fixed=True)
write("mixed_12", mixed, (3, 16, 16), 12)
write("mixed_17", mixed, (3, 16, 16), 17)
write("attention_14", attention, (3, 16, 16), 14)
write("attention_17", attention, (3, 16, 16), 17)
write("probabilities_11", settle(Probabilities()), (1, 8, 8), 11)
