using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Tests.Checkpoints;

/// <summary>Weights as they come from elsewhere.</summary>
public sealed class WeightImportTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("ensembles").FullName;
    readonly Sequential module = Network();

    string Path => System.IO.Path.Combine(folder, "x.safetensors");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static Sequential Network() => Sequential(
        ("conv", Conv2d(1, 2, 3)), ("bn", BatchNorm2d(2)), ("flatten", Flatten()), ("fc", Linear(8, 3)));

    /// <summary>Weights of another network, changed, in a file.</summary>
    Dictionary<string, Tensor> Write(Func<Dictionary<string, Tensor>, Dictionary<string, Tensor>> change)
    {
        var other = Network();
        var weights = other.state_dict().ToDictionary(t => t.Key, t => t.Value.detach());
        weights["bn.num_batches_tracked"].fill_(7);
        SafeTensors.Write(Path, change(weights));
        return weights;
    }

    static Dictionary<string, Tensor> Prefixed(Dictionary<string, Tensor> weights) =>
        weights.ToDictionary(t => $"module.{t.Key}", t => t.Value);

    [Fact]
    public void A_prefix_half_precision_and_missing_counts_are_put_right_and_told()
    {
        var weights = Write(w =>
        {
            w["conv.weight"] = w["conv.weight"].to_type(ScalarType.Float16);
            w["fc.weight"] = w["fc.weight"].to_type(ScalarType.BFloat16);
            return Prefixed(w.Where(t => t.Key != "bn.num_batches_tracked").ToDictionary());
        });
        var report = Checkpoint.Import(module, Path, WeightImport.OfPyTorch);

        foreach (var (name, tensor) in module.state_dict())
        {
            var expected = name == "bn.num_batches_tracked" ? tensor.new_zeros([]) : weights[name];
            Assert.True(expected.to_type(tensor.dtype).Equals(tensor), name);
        }

        Assert.Equal(8, report.Loaded);
        Assert.Equal(8, report.Renamed.Count);
        Assert.Equal(["module.conv.weight", "module.fc.weight"], report.Converted);
        Assert.Empty(report.Ignored);
        Assert.Equal(["bn.num_batches_tracked"], report.Missing);
        Assert.Equal(
            $"""
            {Path}: 8 tensors loaded
              without their prefix: {string.Join(", ", report.Renamed.Take(4))} and 4 more
              converted to float32: module.conv.weight, module.fc.weight
              missing, and as they were: bn.num_batches_tracked
            """.ReplaceLineEndings("\n"),
            report.ToString());
    }

    [Fact]
    public void Names_to_ignore_are_passed_over_alone_or_by_their_beginning()
    {
        Write(w => Prefixed(new(w) { ["mu"] = zeros(3), ["sub.a"] = ones(1), ["sub.b.c"] = ones(1) }));
        var import = WeightImport.OfPyTorch with { Ignored = ["mu", "sub.*", "absent"] };
        var report = Checkpoint.Import(module, Path, import);
        Assert.Equal(["module.mu", "module.sub.a", "module.sub.b.c"], report.Ignored);
        Assert.Equal(9, report.Loaded);
        Assert.Empty(report.Missing);
        Assert.Contains("ignored: module.mu, module.sub.a, module.sub.b.c", report.ToString());
    }

    [Fact]
    public void A_file_that_fits_needs_nothing()
    {
        var weights = Write(w => w);
        var report = Checkpoint.Import(module, Path, new WeightImport());
        Assert.Equal($"{Path}: 9 tensors loaded", report.ToString());
        Assert.All(module.state_dict(), t => Assert.True(weights[t.Key].Equals(t.Value), t.Key));
    }

    public static TheoryData<string, WeightImport, string> Refused => new()
    {
        { "prefix", WeightImport.OfPyTorch with { Prefix = "" }, "conv.weight expected Float32 [2, 1, 3, 3], found" },
        { "half", WeightImport.OfPyTorch with { ConvertHalfPrecision = false }, "Float32 [3, 8], found Float16" },
        { "counts", WeightImport.OfPyTorch with { AllowMissingBatchCounts = false }, "bn.num_batches_tracked" },
        { "extra", WeightImport.OfPyTorch with { Ignored = ["m", "mu.*"] }, "mu expected nothing" },
        { "double", WeightImport.OfPyTorch, "expected Float32 [3], found Float64 [3]" },
        { "missing", WeightImport.OfPyTorch, "fc.bias expected Float32 [3], found nothing" },
        { "ignored", WeightImport.OfPyTorch with { Ignored = ["fc.bias"] }, "fc.bias expected Float32 [3], found" },
        { "shape", WeightImport.OfPyTorch, "fc.bias expected Float32 [3], found Float32 [4]" },
        { "both", WeightImport.OfPyTorch, "both fc.bias and module.fc.bias" },
        { "infinite", WeightImport.OfPyTorch, "NaN or infinite" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Everything_else_stays_an_error_and_changes_nothing(string what, WeightImport import, string expected)
    {
        Write(w =>
        {
            switch (what)
            {
                case "prefix":
                    return Prefixed(w);
                case "half":
                    w["fc.weight"] = w["fc.weight"].to_type(ScalarType.Float16);
                    return w;
                case "counts":
                    w.Remove("bn.num_batches_tracked");
                    return w;
                case "extra":
                    w["mu"] = zeros(3);
                    return w;
                case "double":
                    w["fc.bias"] = w["fc.bias"].to_type(ScalarType.Float64);
                    return w;
                case "missing":
                    w.Remove("fc.bias");
                    return w;
                case "shape":
                    w["fc.bias"] = zeros(4);
                    return w;
                case "both":
                    w["module.fc.bias"] = zeros(3);
                    return w;
                case "infinite":
                    // Finite in bfloat16's reach, and not in what half precision holds.
                    w["fc.bias"] = full(3, 1e5f).to_type(ScalarType.Float16);
                    return w;
                default:
                    return w;
            }
        });
        var before = module.state_dict().ToDictionary(t => t.Key, t => t.Value.clone());
        var message = Assert.Throws<InvalidDataException>(() => Checkpoint.Import(module, Path, import)).Message;
        Assert.Contains(expected, message);
        Assert.Contains(Path, message);
        Assert.All(module.state_dict(), t => Assert.True(before[t.Key].Equals(t.Value), t.Key));
    }

    [Fact]
    public void A_pickle_is_refused_with_the_lines_that_convert_it()
    {
        var pickle = System.IO.Path.Combine(folder, "robust.pth");
        File.WriteAllBytes(pickle, [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]);
        var message = Assert.Throws<InvalidDataException>(
            () => Checkpoint.Import(module, pickle, WeightImport.OfPyTorch)).Message;
        Assert.Contains("import torch, safetensors.torch", message);
        Assert.Contains("weights_only=True", message);
        Assert.Contains("robust.safetensors", message);
    }

    [Fact]
    public void An_import_leaves_no_tensor_behind()
    {
        Write(w => Prefixed(new(w) { ["mu"] = zeros(3) }));
        var import = WeightImport.OfPyTorch with { Ignored = ["mu"] };
        Checkpoint.Import(module, Path, import);
        var before = LiveTensors.Count();
        for (var i = 0; i < 3; i++)
            Checkpoint.Import(module, Path, import);
        Assert.Equal(before, LiveTensors.Count());
    }
}
