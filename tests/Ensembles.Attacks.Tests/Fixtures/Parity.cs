using System.Text.Json;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks.Tests;

/// <summary>
/// A trained network and images that reference implementations of the attacks were run on. The folder is named by
/// ENSEMBLES_PARITY, or stands beside the one that ENSEMBLES_DATA names.
/// </summary>
static class Parity
{
    public static string? Folder { get; } = Find();

    static string? Find()
    {
        var named = Environment.GetEnvironmentVariable("ENSEMBLES_PARITY");
        if (string.IsNullOrEmpty(named) && Environment.GetEnvironmentVariable("ENSEMBLES_DATA") is { Length: > 0 } data)
            named = Path.Combine(data, "..", "parity");
        return named is not null && File.Exists(Path.Combine(named, "std.bin")) ? named : null;
    }

    public static (Tensor Images, Tensor Labels) Images()
    {
        var images = tensor(Numbers("x512_f32le.bin"), [512, 1, 28, 28]);
        var bytes = File.ReadAllBytes(Path.Combine(Folder!, "y512_i32le.bin"));
        return (images, tensor(
            Enumerable.Range(0, 512).Select(i => (long)BitConverter.ToInt32(bytes, 4 * i)).ToArray()));
    }

    public static Module<Tensor, Tensor> Network()
    {
        var network = Sequential(
            ("0", Conv2d(1, 16, 4, stride: 2, padding: 1)), ("1", ReLU()),
            ("2", Conv2d(16, 32, 4, stride: 2, padding: 1)), ("3", ReLU()),
            ("4", Flatten()), ("5", Linear(1568, 100)), ("6", ReLU()), ("7", Linear(100, 10)));
        var weights = Numbers("std.bin");
        using var layout = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder!, "std.json")));
        var parameters = network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        foreach (var entry in layout.RootElement.GetProperty("tensors").EnumerateArray())
        {
            var offset = entry.GetProperty("offset_floats").GetInt32();
            var count = entry.GetProperty("count").GetInt32();
            var parameter = parameters[entry.GetProperty("name").GetString()!];
            using var values = tensor(weights[offset..(offset + count)], parameter.shape);
            parameter.detach().copy_(values);
        }
        network.eval();
        return network;
    }

    public static float[] Numbers(string file)
    {
        var bytes = File.ReadAllBytes(Path.Combine(Folder!, file));
        var numbers = new float[bytes.Length / 4];
        Buffer.BlockCopy(bytes, 0, numbers, 0, bytes.Length);
        return numbers;
    }
}
