using Ensembles.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace Ensembles.Generators.Tests.Graphs;

/// <summary>Layers one after the other, with functions and a view by the number of images in between.</summary>
[Compiled]
sealed partial class PlainCnn : Module<Tensor, Tensor>
{
    readonly Conv2d conv1 = Conv2d(3, 6, 3, padding: 1);
    readonly Conv2d conv2 = Conv2d(6, 8, 3);
    readonly Linear fc = Linear(8 * 2 * 2, 5);

    public PlainCnn() : base(nameof(PlainCnn)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = F.relu(conv1.call(x));
        x = F.max_pool2d(x, 2, stride: 2);
        x = F.dropout(conv2.call(x).relu_(), 0.5, training: training);
        x = F.avg_pool2d(x, 2, padding: 1);
        return fc.call(x.view(x.shape[0], -1));
    }
}

/// <summary>A block with a sum, and a shortcut where shapes differ.</summary>
[Compiled]
sealed partial class Block : Module<Tensor, Tensor>
{
    readonly Conv2d conv1;
    readonly BatchNorm2d bn1;
    readonly Conv2d conv2;
    readonly BatchNorm2d bn2;
    readonly Conv2d? shortcut;

    public Block(int from, int to, int stride) : base(nameof(Block))
    {
        conv1 = Conv2d(from, to, 3, stride: stride, padding: 1, bias: false);
        bn1 = BatchNorm2d(to);
        conv2 = Conv2d(to, to, 3, padding: 1, bias: false);
        bn2 = BatchNorm2d(to);
        shortcut = from != to || stride != 1 ? Conv2d(from, to, 1, stride: stride) : null;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var identity = shortcut?.call(x) ?? x;
        var y = F.relu(bn1.call(conv1.call(x)));
        y = bn2.call(conv2.call(y));
        y += identity;
        return y.relu().MoveToOuterDisposeScope();
    }
}

/// <summary>A loop over a list of modules, with helpers.</summary>
[Compiled]
sealed partial class Residual : Module<Tensor, Tensor>
{
    readonly Conv2d stem = Conv2d(3, 4, 3, padding: 1);
    readonly ModuleList<Module<Tensor, Tensor>> blocks = ModuleList<Module<Tensor, Tensor>>(
        new Block(4, 4, 1), new Block(4, 8, 2), new Block(8, 8, 1));
    readonly Linear head = Linear(8, 5);

    public Residual() : base(nameof(Residual)) => RegisterComponents();

    public override Tensor forward(Tensor images)
    {
        var x = Shapes.Standardized(images, 0.5, 0.25);
        x = stem.call(x);
        foreach (var block in blocks)
            x = block.call(x);
        return head.call(Pooled(x));
    }

    static Tensor Pooled(Tensor x) => x.mean([2, 3]);
}

static class Shapes
{
    public static Tensor Standardized(Tensor images, double mean, double deviation) => (images - mean) / deviation;
}

/// <summary>Conditions on the mode, on null and on a number; parts put together; a parameter of its own.</summary>
[Compiled]
partial class Branching : Module<Tensor, Tensor>
{
    readonly Parameter scale = new(rand(8, 1, 1));
    readonly Conv2d left = Conv2d(3, 4, 3, padding: 1);
    readonly Conv2d right = Conv2d(3, 4, 3, padding: 1);
    readonly Module<Tensor, Tensor>? norm;
    readonly Linear head;
    readonly int width;

    public Branching(int width, bool normalized) : base(nameof(Branching))
    {
        this.width = width;
        norm = normalized ? BatchNorm2d(8) : null;
        head = Linear(width == 1 ? 8 : 32, 5);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        if (training)
            x = x + 0.1 * randn_like(x);
        var features = new List<Tensor> { left.call(x) };
        features.Add(right.call(x).sigmoid());
        var y = cat(features, 1) * scale;
        if (norm is not null)
            y = norm.call(y);
        y = width == 1 ? F.adaptive_avg_pool2d(y, 1) : F.adaptive_avg_pool2d(y, [2, 2]);
        var (n, c) = (y.size(0), y.size(1));
        y = y.reshape(n, c * width * width);
        if (y.dim() != 2)
            throw new InvalidOperationException($"no {y.shape}");
        return training ? y : -head.call(y).clamp(-3, 3).softmax(1).log();
    }
}

/// <summary>Tokens of patches under attention, written with products and exchanged dimensions.</summary>
[Compiled]
sealed partial class Attention : Module<Tensor, Tensor>
{
    readonly Conv2d patches = Conv2d(3, 8, 4, stride: 4);
    readonly Linear q = Linear(8, 8);
    readonly Linear k = Linear(8, 8);
    readonly Linear v = Linear(8, 8);
    readonly Linear head = Linear(8, 5);
    readonly Parameter positions = new(rand(1, 4, 8));
    readonly int heads = 2;

    public Attention() : base(nameof(Attention)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var tokens = patches.call(x).flatten(2).transpose(1, 2) + positions;
        var (batch, count, width) = (tokens.shape[0], tokens.shape[1], tokens.shape[2]);
        Tensor Heads(Tensor t) => t.view(batch, count, heads, width / heads).permute(0, 2, 1, 3);
        var (queries, keys, values) = (Heads(q.call(tokens)), Heads(k.call(tokens)), Heads(v.call(tokens)));
        var weights = (queries.matmul(keys.transpose(-2, -1)) / Math.Sqrt(width / heads)).softmax(-1);
        var mixed = weights.matmul(values).transpose(1, 2).contiguous().view(batch, count, -1);
        return head.call(F.gelu(mixed).mean([1L]));
    }
}

/// <summary>A defense: a transform by formulas alone.</summary>
[Defense(Category.NonRobustFeatures)]
[Claims<NonRobustFeatureRemoval>]
sealed partial class Squeezed(double strength) : InputTransform(nameof(Squeezed))
{
    public override Tensor forward(Tensor images)
    {
        using var _ = NewDisposeScope();
        var padded = F.pad(images, (1, 1, 1, 1), PaddingModes.Reflect);
        var blurred = F.avg_pool2d(padded, 3, 1);
        return (strength * blurred + (1 - strength) * images).clamp(0, 1).MoveToOuterDisposeScope();
    }
}

/// <summary>Layers added up by a query.</summary>
[Compiled]
sealed partial class Queried : Module<Tensor, Tensor>
{
    readonly Sequential trunk = Sequential(Conv2d(3, 4, 3, stride: 2), ReLU(), Flatten());
    readonly ModuleList<Linear> heads = ModuleList(Linear(36, 5), Linear(36, 5), Linear(36, 5));

    public Queried() : base(nameof(Queried)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        using var h = trunk.forward(x);
        var sum = heads.Select(head => head.call(h)).Aggregate((a, b) => a + b);
        for (var i = 0; i < heads.Count; i++)
            sum = sum - 0.1 * heads[i].call(h);
        return stack([sum, sum.relu()], 1).amax([1L]);
    }
}

/// <summary>Images made smaller and larger again, with the normalisations that look at one image.</summary>
[Compiled]
sealed partial class Hourglass : Module<Tensor, Tensor>
{
    readonly Conv2d down = Conv2d(3, 8, 3, stride: 2, padding: 1);
    readonly GroupNorm norm = GroupNorm(2, 8);
    readonly Sequential up = Sequential(ConvTranspose2d(8, 8, 2, stride: 2), SiLU(), Upsample(scale_factor: [1.5, 1]));
    readonly Parameter kernel = new(rand(8, 4, 3, 3) - 0.5);
    readonly Parameter slope = new(rand(4));

    public Hourglass() : base(nameof(Hourglass))
    {
        // TorchSharp leaves them as the memory was.
        init.ones_(norm.weight!);
        init.zeros_(norm.bias!);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var y = up.call(norm.call(down.call(x)));
        y = F.interpolate(y, size: [6, 10], mode: InterpolationMode.Bilinear, align_corners: false);
        y = F.interpolate(y, scale_factor: [2, 0.5]);
        y = F.prelu(F.conv_transpose2d(y, kernel, strides: [2, 2], padding: [1, 1], output_padding: [1, 0]), slope);
        y = F.group_norm(y, 2) + F.layer_norm(y, [y.shape[3]]);
        y = F.celu(F.logsigmoid(y), 0.7) + F.softmin(y, 1);
        return F.glu(F.pixel_shuffle(y, 2), 2).flatten(2).mean([1L]);
    }
}

/// <summary>A choice by the number of channels, and numbers that are held while operations read them.</summary>
[Compiled]
sealed partial class Chosen : Module<Tensor, Tensor>
{
    readonly double least = 0.4;

    public Chosen() : base(nameof(Chosen)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var grey = x.size(1) switch
        {
            1 => x,
            3 => x.narrow(1, 0, 1).mul(Constant.Of(0.3)).add(x.narrow(1, 1, 2).mean([1], keepdim: true)),
            _ => x.mean([1], keepdim: true),
        };
        var bright = grey.gt(Constant.Of(least)).to_type(ScalarType.Float32);
        return bright.expand(-1, x.size(1), -1, -1).flatten(1).sub(Constant.Of(1));
    }
}

/// <summary>Parts taken by places, as in Python's brackets.</summary>
[Compiled]
sealed partial class Bracketed : Module<Tensor, Tensor>
{
    readonly Conv2d patches = Conv2d(3, 8, 4, stride: 4);

    public Bracketed() : base(nameof(Bracketed)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var tokens = patches.call(x).flatten(2).transpose(1, 2);
        var first = tokens[TensorIndex.Colon, 0];
        var last = tokens[.., -1];
        var some = tokens[.., 1..3, ..4].flatten(1);
        var strided = tokens[TensorIndex.Ellipsis, TensorIndex.Slice(1, null, 2)].mean([1L]);
        return cat([first, last, some, strided, tokens.select(1, 2)], 1);
    }
}
