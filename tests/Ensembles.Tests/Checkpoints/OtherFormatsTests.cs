using System.Diagnostics;
using System.IO.Compression;
using System.Text;

namespace Ensembles.Tests.Checkpoints;

/// <summary>What users hand over in place of a safetensors file.</summary>
public sealed class OtherFormatsTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("ensembles").FullName;

    string Path(string name) => System.IO.Path.Combine(folder, name);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Message(string name, byte[] content)
    {
        File.WriteAllBytes(Path(name), content);
        var message = Assert.Throws<InvalidDataException>(() => SafeTensors.Read(Path(name))).Message;
        Assert.StartsWith(Path(name), message);
        Assert.DoesNotContain("delete", message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(content, File.ReadAllBytes(Path(name)));
        return message;
    }

    static byte[] Zip(params string[] names)
    {
        using var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var name in names)
                zip.CreateEntry(name).Open().Dispose();
        }

        return memory.ToArray();
    }

    static readonly byte[] torch = Zip("model/data.pkl", "model/byteorder", "model/data/0", "model/version");

    /// <summary>The beginnings of torch.save's older format and of pickle.dump of a dictionary.</summary>
    public static TheoryData<string, byte[]> OfPyTorch => new()
    {
        { "model.pt", torch },
        { "model.pth", torch },
        { "model.bin", torch },
        { "named.safetensors", torch },
        { "old.pt", [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19] },
        { "dumped.pkl", [0x80, 4, 0x95, 20, 0, 0, 0, 0, 0, 0, 0, 0x7D, 0x94] },
    };

    [Theory]
    [MemberData(nameof(OfPyTorch))]
    public void Weights_of_PyTorch_come_with_the_lines_that_convert_them(string name, byte[] content)
    {
        var message = Message(name, content);
        Assert.Contains("Its weights are safe", message);
        var lines = message.Split('\n').Select(line => line.Trim()).ToList();
        var first = lines.IndexOf("import torch, safetensors.torch");
        Assert.Equal(
            $"weights = torch.load(\"{Path(name)}\", map_location=\"cpu\", weights_only=True)", lines[first + 1]);
        Assert.StartsWith("safetensors.torch.save_file(", lines[first + 2]);
        Assert.EndsWith(".safetensors\")", lines[first + 2]);
    }

    public static TheoryData<string, byte[]> Others => new()
    {
        { "TorchScript", Zip("m/data.pkl", "m/constants.pkl", "m/code/x.py") },
        { "NumPy arrays", Zip("weight.npy") },
        { "a zip archive", Zip("readme.txt") },
        { "a zip archive that is cut off", torch[..100] },
        { "an HDF5 file", [0x89, .. "HDF\r\n"u8, 0x1A, 0x0A, 0, 0] },
        { "a NumPy array", [0x93, .. "NUMPY"u8, 1, 0, 0, 0] },
        { "a GGUF file", [.. "GGUF"u8, 3, 0, 0, 0, 0] },
        { "git lfs pull", [.. "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"u8] },
        { "a page of HTML", [.. "\n<!DOCTYPE html><html>"u8] },
        { "JSON", [.. "{ \"weight_map\": {} }"u8] },
        { "gunzip", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0] },
        { "module.load", [1, 12, .. "first.weight"u8, 6, 2, 5, 3] },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public void Others_are_named(string words, byte[] content) => Assert.Contains(words, Message("model.x", content));

    /// <summary>The length of a header, 640, is written as the first two bytes of a pickle.</summary>
    [Fact]
    public void A_damaged_safetensors_file_is_not_taken_for_a_pickle()
    {
        byte[] damaged = [0x80, 2, 1, 0, 0, 0, 0, 0, .. Encoding.ASCII.GetBytes("{\"w\":".PadRight(0x10280))];
        Assert.Contains("not a whole safetensors file", Message("x", damaged));
        Assert.Contains("not a whole safetensors file", Message("x", [0x80, 2, 0, 0, 0, 0, 0, 0, .. "{"u8]));
    }

    [Fact]
    public void A_folder_is_named() => Assert.Contains(
        $"{folder}: It is a folder", Assert.Throws<InvalidDataException>(() => SafeTensors.Read(folder)).Message);

    [Fact]
    public void A_file_in_a_folder_that_is_not_there_is_named() => Assert.Contains(
        Path("no/x"), Assert.Throws<FileNotFoundException>(() => SafeTensors.Read(Path("no/x"))).Message);

    sealed class UnixFactAttribute : FactAttribute
    {
        public UnixFactAttribute() => Skip = OperatingSystem.IsWindows() ? "Windows has no such files." : null;
    }

    [UnixFact]
    public void Nothing_waits_for_a_pipe_or_a_device()
    {
        using (var process = Process.Start("mkfifo", Path("pipe")))
            process.WaitForExit();
        File.CreateSymbolicLink(Path("link"), Path("pipe"));
        File.CreateSymbolicLink(Path("zeros"), "/dev/zero");
        foreach (var name in new[] { "pipe", "link", "zeros" })
        {
            var reading = Task.Run(() => Assert.Throws<InvalidDataException>(() => SafeTensors.Read(Path(name))));
            Assert.True(reading.Wait(TimeSpan.FromSeconds(20)), "It waits.");
            Assert.Contains("a named pipe", reading.Result.Message);
        }
    }
}
