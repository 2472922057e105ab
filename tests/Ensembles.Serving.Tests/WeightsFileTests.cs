using Serving;
using static TorchSharp.torch;

namespace Ensembles.Serving.Tests;

/// <summary>Weights that are not those that were saved are refused.</summary>
public sealed class WeightsFileTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("ensembles-weights-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Weights => Path.Combine(folder, "guarded.safetensors");

    [Fact]
    public void What_is_saved_comes_back()
    {
        using var saved = Guarded.Create();
        using (no_grad())
            saved.parameters().First().fill_(0.25f);
        using var loaded = Guarded.Create();

        var checksum = WeightsFile.Save(saved, Weights);

        Assert.Equal(checksum, WeightsFile.Load(loaded, Weights));
        Assert.True(saved.parameters().First().allclose(loaded.parameters().First(), 0, 0));
    }

    [Fact]
    public void A_weight_that_changed_on_the_way_is_noticed()
    {
        using var ensemble = Guarded.Create();
        WeightsFile.Save(ensemble, Weights);
        var bytes = File.ReadAllBytes(Weights);
        bytes[^1000] ^= 1;
        File.WriteAllBytes(Weights, bytes);

        var error = Assert.Throws<InvalidDataException>(() => WeightsFile.Load(ensemble, Weights));
        Assert.Contains("checksum", error.Message);
    }

    [Fact]
    public void Weights_of_another_declaration_are_refused()
    {
        using var ensemble = Guarded.Create();
        Checkpoint.Save(ensemble, Weights, new Dictionary<string, string> { ["declaration"] = "{}" });

        var error = Assert.Throws<InvalidDataException>(() => WeightsFile.Load(ensemble, Weights));
        Assert.Contains("another declaration", error.Message);
    }
}
