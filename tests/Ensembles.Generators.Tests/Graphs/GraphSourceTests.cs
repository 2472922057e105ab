using System.Runtime.CompilerServices;
using Ensembles.Generators.Tests.Running;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Tests.Graphs;

/// <summary>What is emitted for a forward, and for which there is nothing.</summary>
public class GraphSourceTests
{
    const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.Linq;
        global using Ensembles;
        global using TorchSharp;
        global using TorchSharp.Modules;
        global using static TorchSharp.torch;
        global using static TorchSharp.torch.nn;
        global using F = TorchSharp.torch.nn.functional;

        """;

    static readonly GeneratorRun networks = GeneratorRun.On([Usings, File.ReadAllText(Beside("Networks.cs"))]);

    [Theory]
    [InlineData("PlainCnn")]
    [InlineData("Block")]
    [InlineData("Residual")]
    [InlineData("Branching")]
    [InlineData("Attention")]
    public void Emitted_code_is_as_it_was(string network) =>
        Snapshot.Verify(networks.Files[$"Ensembles.Generators.Tests.Graphs.{network}.graph.g.cs"], network);

    [Theory]
    [InlineData("return x;")]
    [InlineData("var y = x; if (training) { y = Secret(y); } return y.relu();")]
    [InlineData("return training ? Secret(x) : x + offset;")]
    [InlineData("var (a, b) = Two(x); return a * b;")]
    [InlineData("(Tensor a, var b) = Two(x); a = a - b; return a;")]
    [InlineData("var h = x.shape; return x.view(h[0], h[1] * h[2] * h[3]);")]
    [InlineData("var s = x.size(2); s /= 2; s++; return x.narrow(2, 0, s);")]
    [InlineData("int s = (int)x.shape[2]; int t = 0; t = s; return F.avg_pool2d(x, t).flatten(1) / s;")]
    [InlineData("Func<Tensor, Tensor> f = t => t.tanh(); return f(f(x));")]
    [InlineData("Tensor y; if (count > 2) y = x.relu(); else if (count > 1) y = x.exp(); else y = x; return y;")]
    [InlineData("Tensor? y = null; for (int i = 0, n = count; i < n; i++) y = y is null ? x : y + x; return y!;")]
    [InlineData("var parts = x.chunk(3, dim: 1); return cat(new[] { parts[2], parts[^3] }, dim: 1);")]
    [InlineData("var all = new List<Tensor>(); foreach (var m in layers) all.Add(m.call(x)); return cat(all, 1);")]
    [InlineData("var all = new Tensor[2]; for (var i = 0; i < 2; i++) all[i] = layers[i].call(x); return all[0];")]
    [InlineData("return layers.Aggregate(x, (h, layer) => layer.call(h));")]
    [InlineData("foreach (var (name, child) in named) x = child.call(x); return x;")]
    [InlineData("return count switch { 1 => x, > 1 when count < 9 => x * 2, _ => throw new Exception() };")]
    [InlineData("switch (count) { case 1: return x; case 2: x = x + 1; break; default: x = 1 - x; break; } return x;")]
    [InlineData("Tensor Twice(Tensor t) => t + t; return Twice(Twice(x));")]
    [InlineData("using (var scope = NewDisposeScope()) { return scope.MoveToOuter(x.relu()); }")]
    [InlineData("using var y = x.relu(); var z = y.clone(); y.Dispose(); return z.MoveToOuterDisposeScope();")]
    [InlineData("ArgumentNullException.ThrowIfNull(x); if (x.dim() != 4) throw new($\"{x.shape}\"); return x;")]
    [InlineData("if (x.min().item<float>() < 0) { throw new Exception(); } return x.sqrt();")]
    [InlineData("return (x > 0.5).to_type(ScalarType.Float32).to(ScalarType.Float64).to_type(x.dtype);", false)]
    [InlineData("return (x > 0.5).to_type(ScalarType.Float32);")]
    [InlineData("return x.size(1) switch { 1 => x, 3 => x.mean([1], keepdim: true), _ => -x };")]
    [InlineData("return where(x > 0.5, x, -x);")]
    [InlineData("return x.to(x.device) + offset.to(x.device);")]
    [InlineData("return scale is { } s ? x * s : x;")]
    [InlineData("x = F.relu(x, inplace: true); return x;", false)]
    [InlineData("var y = x.exp(); y.relu_(); y = y.add_(offset); return y.mul_(2);")]
    [InlineData("var y = x; y.relu_(); return x;", false)]
    [InlineData("kept = x; return x;", false)]
    [InlineData("calls++; return x;", false)]
    [InlineData("Console.WriteLine(1); return x;", false)]
    [InlineData("return x + randn_like(x);", false)]
    [InlineData("return F.dropout(x, 0.5);", false)]
    [InlineData("return x * new Random(1).NextDouble();", false)]
    [InlineData("using var _ = no_grad(); return x.relu();", false)]
    [InlineData("return x.detach();", false)]
    [InlineData("return x.round(decimals: 2L);", false)]
    [InlineData("return x.mean().item<float>() > 0 ? x : -x;", false)]
    [InlineData("return x[x > 0];", false)]
    [InlineData("return x[.., 0, TensorIndex.Slice(1, -1, 2)];", true)]
    [InlineData("return function(x);", false)]
    [InlineData("return other.Hidden(x);", false)]
    [InlineData("while (x.sum().ToSingle() > 1) x = x / 2; return x;", false)]
    [InlineData("foreach (var m in layers) { if (m is Conv2d) continue; x = m.call(x); } return x;")]
    [InlineData("try { return x; } finally { }", false)]
    [InlineData("return x.sum([1, 2, 3]).unsqueeze(-1) / (x.size(1) * x.size(2) * 1.0);")]
    [InlineData("var width = Math.Max(1, (int)x.size(3) / 2); return F.max_pool2d(x, (width, 1));")]
    [InlineData("return F.pad(x, [1, 1, 1, 1]) is var padded ? padded.slice(2, 1, 3, 1) : x;")]
    [InlineData("return F.normalize(x, dim: 1) + x.add(offset, alpha: 2);")]
    [InlineData("return pair[0].call(x).squeeze(-1).t();")]
    [InlineData("return torch.nn.functional.leaky_relu(x, negative_slope: 0.2) + Statics.Shift;")]
    [InlineData("return (x * scale!.Value).clamp(min: 0).pow(2).pow(x);")]
    [InlineData("string graph = nameof(x); return graph.Length > 0 ? x : -x;")]
    [InlineData("Tensor @else = x, @class = @else + x; return @class;")]
    [InlineData("return stack([x, x]).mean([0L], keepdim: true).squeeze(0);")]
    [InlineData("return Statics.Mixed(x, by: 0.3) + Statics.Mixed(by: 0.1, t: x);")]
    [InlineData("return x.view([-1, x.shape[1..][0] * 4]);", false)]
    [InlineData("return x.reshape(x.shape);")]
    [InlineData("return base.ToString()!.Length > 0 ? x : -x;", false)]
    [InlineData("return Recursive(x, 3);")]
    [InlineData("int[] numbers = [1, 2]; foreach (var n in numbers) x = x * n; return x;")]
    [InlineData("return x.T;")]
    [InlineData("if (x is null) return x!; return x is not null ? x : -x!;")]
    [InlineData("double d = x.dim(); return x * d;")]
    [InlineData("var f = (Tensor t, int n) => t * n; return f(x, 2);")]
    [InlineData("return new Tensor[] { x, x }.Select(t => t + 1).First();")]
    [InlineData("Tensor[] all = [x, x.relu()]; return all.Length > 1 ? cat(all, dim: 1) : all[0];")]
    [InlineData("var n = x.shape[0]; x = x.flatten(1); return x.view(n, 3, -1);")]
    [InlineData("lock (layers) { return x; }", false)]
    [InlineData("goto end; end: return x;", false)]
    [InlineData("unsafe { return x; }", false)]
    [InlineData("return bias is not null ? x + bias : x;")]
    [InlineData("return F.linear(x.flatten(1), weight, bias);")]
    [InlineData("return F.conv2d(x, weight, bias, padding: [1, 1]);")]
    [InlineData("return x + Wave(x.size(2)); Tensor Wave(long n) { var t = arange(n); return t.cos() * (int)n; }")]
    [InlineData("return x * Twice(x); Tensor Twice(Tensor t) => t + t;")]
    [InlineData("var y = x; return x * Twice(); Tensor Twice() => y + y;")]
    [InlineData("return x * Grid(3) + Grid((int)x.shape[^1]);")]
    [InlineData("return x.softmax(1, ScalarType.Float32);", false)]
    public void What_is_emitted_compiles_without_a_word(string body, bool isEmitted = true)
    {
        var run = GeneratorRun.On([Usings, $$"""
            namespace Demo;

            static class Statics
            {
                public static double Shift => 0.5;
                public static Tensor Mixed(Tensor t, double by = 0.5) => Other(t) * by;
                static Tensor Other(Tensor t) => t - Shift;
            }

            class Hidden : Module<Tensor, Tensor>
            {
                public Hidden() : base("hidden") { }
                public override Tensor forward(Tensor x) => x;
            }

            class Other { public Tensor Hidden(Tensor x) => x; }

            partial class Outer<T>
            {
                [Compiled]
                internal partial class Network(Tensor offset, int count, ModuleList<Module<Tensor, Tensor>> layers)
                    : Module<Tensor, Tensor>("network")
                {
                    readonly Other other = new();
                    readonly Sequential pair = Sequential(new Hidden(), ReLU());
                    readonly (string, Module<Tensor, Tensor>)[] named = [("a", new Hidden())];
                    readonly Func<Tensor, Tensor> function = t => t;
                    readonly double? scale = count;
                    readonly Parameter weight = new(torch.rand(3, 3));
                    readonly Parameter? bias;
                    Tensor? kept;
                    int calls;

                    public override Tensor forward(Tensor x)
                    {
                        {{body}}
                    }

                    public override string ToString() => $"{kept} {calls} {other} {function} {bias} {pair}";

                    static Tensor Grid(int n) => torch.arange(n).unsqueeze(0);
                    Tensor Secret(Tensor x) => x.detach();
                    (Tensor Left, Tensor) Two(Tensor x) => (x, x + 1);
                    Tensor Recursive(Tensor x, int n) => n == 0 ? x : Recursive(x.relu(), n - 1);
                }
            }
            """]);
        // What the compiler says of the source itself is not of interest.
        var ours = run.Complaints.Where(complaint => complaint.Location.SourceTree is { } tree
            && run.Result.GeneratedSources.Any(file => file.SyntaxTree == tree));

        Assert.Null(run.Result.Exception);
        Assert.Empty(ours);
        Assert.Equal(isEmitted, run.Files.Count > 0);
    }

    static string Beside(string file, [CallerFilePath] string test = "") =>
        Path.Combine(Path.GetDirectoryName(test)!, file);
}
