using System.Text;
using static TorchSharp.torch;

namespace Ensembles.Tests.Checkpoints;

public sealed class SafeTensorsTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("ensembles").FullName;

    string Path(string name = "x.safetensors") => System.IO.Path.Combine(folder, name);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int16)]
    [InlineData(ScalarType.Int8)]
    [InlineData(ScalarType.Byte)]
    [InlineData(ScalarType.Bool)]
    public void Every_type_comes_back_as_it_was(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var values = (rand(3, 2, 5) * 100).to_type(type);
        SafeTensors.Write(
            Path(),
            new Dictionary<string, Tensor> { ["values"] = values, ["other"] = zeros(1, dtype: ScalarType.Byte) });
        using var file = SafeTensors.Read(Path());
        Assert.Equal(type, file.Tensors["values"].dtype);
        Assert.True(file.Tensors["values"].Equals(values));
    }

    [Fact]
    public void Scalars_empty_tensors_views_and_metadata_come_back()
    {
        using var scope = NewDisposeScope();
        var transposed = arange(6, dtype: ScalarType.Float32).view(2, 3).t();
        SafeTensors.Write(
            Path(),
            new Dictionary<string, Tensor>
            {
                ["scalar"] = tensor(2.5f),
                ["empty"] = zeros(0, 4),
                ["view"] = transposed,
            },
            new Dictionary<string, string> { ["note"] = "a \"quoted\" word, and é" });
        using var file = SafeTensors.Read(Path());
        Assert.Equal(2.5f, file.Tensors["scalar"].item<float>());
        Assert.Equal([0, 4], file.Tensors["empty"].shape);
        Assert.True(file.Tensors["view"].Equals(transposed));
        Assert.Equal("a \"quoted\" word, and é", file.Metadata["note"]);
    }

    /// <summary>The bytes that the format prescribes for one float tensor, written out by hand.</summary>
    [Fact]
    public void File_has_the_layout_of_the_format()
    {
        using var scope = NewDisposeScope();
        SafeTensors.Write(
            Path(),
            new Dictionary<string, Tensor> { ["w"] = tensor([1f, -2f]) },
            new Dictionary<string, string> { ["k"] = "v" });
        var header = """{"__metadata__":{"k":"v"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";
        header = header.PadRight((header.Length + 7) / 8 * 8);
        byte[] expected =
        [
            .. BitConverter.GetBytes((long)header.Length),
            .. Encoding.ASCII.GetBytes(header),
            0,
            0,
            0x80,
            0x3F,
            0,
            0,
            0,
            0xC0,
        ];
        Assert.Equal(expected, File.ReadAllBytes(Path()));
    }

    [Fact]
    public void Wider_types_come_first_so_that_every_tensor_is_aligned()
    {
        using var scope = NewDisposeScope();
        SafeTensors.Write(
            Path(),
            new Dictionary<string, Tensor>
            {
                ["a"] = zeros(3, dtype: ScalarType.Bool),
                ["b"] = zeros(1, dtype: ScalarType.Float32),
                ["c"] = zeros(1, dtype: ScalarType.Int64),
            });
        var text = Encoding.ASCII.GetString(File.ReadAllBytes(Path()));
        Assert.Contains("\"c\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]}", text);
        Assert.Contains("\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}", text);
        Assert.Contains("\"a\":{\"dtype\":\"BOOL\",\"shape\":[3],\"data_offsets\":[12,15]}", text);
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused_by_name()
    {
        using var scope = NewDisposeScope();
        SafeTensors.Write(
            Path("whole"),
            new Dictionary<string, Tensor> { ["a"] = rand(3), ["b"] = ones(2, dtype: ScalarType.Int64) });
        var whole = File.ReadAllBytes(Path("whole"));
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(Path("cut"), whole[..length]);
            var error = Assert.Throws<InvalidDataException>(() => SafeTensors.Read(Path("cut")));
            Assert.Contains(Path("cut"), error.Message);
        }
    }

    /// <summary>
    /// Whatever a damaged header says, the answer is a clear refusal or the right tensors, never another exception.
    /// </summary>
    [Fact]
    public void A_damaged_byte_is_refused_or_harmless()
    {
        using var scope = NewDisposeScope();
        SafeTensors.Write(
            Path("whole"),
            new Dictionary<string, Tensor> { ["a"] = rand(3), ["b"] = ones(2, dtype: ScalarType.Int64) });
        var whole = File.ReadAllBytes(Path("whole"));
        var random = new Random(1);
        for (var i = 0; i < 1500; i++)
        {
            var damaged = (byte[])whole.Clone();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
                damaged[random.Next(whole.Length)] = random.Next(3) == 0
                    ? (byte)random.Next(256)
                    : (byte)"0123456789[]{},:\"FIBU"[random.Next(20)];
            File.WriteAllBytes(Path("damaged"), damaged);
            try
            {
                SafeTensors.Read(Path("damaged")).Dispose();
            }
            catch (InvalidDataException e)
            {
                Assert.Contains(Path("damaged"), e.Message);
            }
        }
    }

    sealed class FullDeviceFactAttribute : FactAttribute
    {
        public FullDeviceFactAttribute() => Skip = File.Exists("/dev/full") ? null : "This system has no /dev/full.";
    }

    [FullDeviceFact]
    public void A_full_disk_leaves_the_old_file_and_nothing_else()
    {
        using var scope = NewDisposeScope();
        SafeTensors.Write(Path(), new Dictionary<string, Tensor> { ["w"] = ones(1) });
        // The temporary file becomes the device on which every write finds no space left.
        File.CreateSymbolicLink(Path("full"), "/dev/full");
        var error = Assert.Throws<IOException>(
            () => AtomicFile.Write(Path(), Path("full"), stream => stream.Write(new byte[100_000])));
        Assert.Contains(Path(), error.Message);
        Assert.Equal([Path()], Directory.GetFileSystemEntries(folder));
        using var file = SafeTensors.Read(Path());
        Assert.Equal(1f, file.Tensors["w"].item<float>());
    }

    /// <summary>Headers by hand: what they claim is compared before any memory is asked for.</summary>
    [Theory]
    [InlineData("[0, 1099511627776, 1099511627776]", "[0, 0]")]
    [InlineData("[1099511627776, 1099511627776, 0]", "[0, 0]")]
    [InlineData("[4294967296, 4294967296]", "[0, 0]")]
    [InlineData("[9223372036854775807, 0]", "[0, 0]")]
    [InlineData("[9223372036854775807]", "[0, 4]")]
    [InlineData("[-1, 0]", "[0, 0]")]
    [InlineData("[1099511627776]", "[0, 4398046511104]")]
    [InlineData("[1]", "[0, 4, 4]")]
    [InlineData("[1]", "[-4, 0]")]
    [InlineData("[1]", "[9223372036854775804, -9223372036854775808]")]
    [InlineData("[1]", "[1e99, 4]")]
    [InlineData("[1.5]", "[0, 6]")]
    [InlineData("\"a\"", "[0, 4]")]
    [InlineData("null", "null")]
    public void Shapes_and_sizes_that_cannot_be_are_refused(string shape, string offsets)
    {
        Write($$$"""{"w":{"dtype":"F32","shape":{{{shape}}},"data_offsets":{{{offsets}}}}}""");
        AssertRefused();
    }

    [Fact]
    public void What_libtorch_cannot_hold_is_refused()
    {
        var ones = string.Join(",", Enumerable.Repeat("1", 100_000));
        Write($$$"""{"w":{"dtype":"F32","shape":[{{{ones}}}],"data_offsets":[0,4]}}""", [0, 0, 0, 0]);
        Assert.Contains("dimensions", AssertRefused());
        Write("""{"w":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}""", [0]);
        Assert.Contains("F8_E4M3, and those read here are F64", AssertRefused());
        Write("""{"w":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}""", [1, 2]);
        Assert.Contains("neither 0 nor 1", AssertRefused());
    }

    void Write(string header, byte[]? content = null) => File.WriteAllBytes(
        Path(), [.. BitConverter.GetBytes((long)header.Length), .. Encoding.ASCII.GetBytes(header), .. content ?? []]);

    string AssertRefused()
    {
        var message = Assert.Throws<InvalidDataException>(() => SafeTensors.Read(Path())).Message;
        Assert.Contains(Path(), message);
        Assert.DoesNotContain("delete", message);
        return message;
    }

    [Fact]
    public void A_missing_folder_is_named() =>
        Assert.Contains(
            Path("none/x"),
            Assert.Throws<IOException>(
                () => SafeTensors.Write(Path("none/x"), new Dictionary<string, Tensor>())).Message);
}
