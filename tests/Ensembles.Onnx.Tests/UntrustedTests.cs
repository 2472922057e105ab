using System.Diagnostics;

namespace Ensembles.Onnx.Tests;

/// <summary>Files that nobody vouches for: each is a clear error.</summary>
public sealed class UntrustedTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    string Error(Action<WireWriter> graph, long operatorSet = 17)
    {
        var path = Surgery.Write(folder, graph, operatorSet);
        var error = Assert.Throws<InvalidDataException>(() => OnnxClassifier.Load(path));
        Assert.StartsWith(path, error.Message);
        return error.Message;
    }

    [Fact]
    public void AnOperatorThatIsNotReadIsNamedWithItsNode()
    {
        var message = Error(graph =>
        {
            Surgery.Value(graph, 11, "images", 1, 3, 4, 4);
            Surgery.Node(graph, "LSTM", ["images"], ["logits"]);
            Surgery.Value(graph, 12, "logits", 1, 3);
        });

        Assert.Contains("the node \"the LSTM\" (LSTM, operator set 17)", message);
        Assert.Contains("Conv", message);
    }

    [Fact]
    public void AnOperatorOfAnotherDomainIsNamed() => Assert.Contains(
        "(TreeEnsembleClassifier of \"ai.onnx.ml\", operator set 17): the operator is not among those read here",
        Error(graph =>
        {
            Surgery.Value(graph, 11, "images", 1, 3, 4, 4);
            Surgery.Node(graph, "TreeEnsembleClassifier", ["images"], ["logits"], "ai.onnx.ml");
            Surgery.Value(graph, 12, "logits", 1, 3);
        }));

    [Theory]
    [InlineData(6)]
    [InlineData(24)]
    [InlineData(long.MaxValue)]
    public void AnOperatorSetThatIsNotReadIsNamed(long version) => Assert.Contains(
        $"operator set {version}",
        Error(graph => Surgery.Value(graph, 11, "images", 1, 3, 4, 4), version));

    [Fact]
    public void AnAttributeThatIsNotKnownIsNoMatterOfTaste() => Assert.Contains(
        "attribute leak",
        Error(graph =>
        {
            Surgery.Value(graph, 11, "images", 1, 3, 4, 4);
            Surgery.Node(graph, "Relu", ["images"], ["logits"], attribute: a =>
            {
                a.Text(1, "leak");
                a.Float(2, 0.5f);
            });
            Surgery.Value(graph, 12, "logits", 1, 3);
        }));

    [Fact]
    public void NodesInACircleAreRefused() => Assert.Contains(
        "uses \"b\", which nothing before it gives",
        Error(graph =>
        {
            Surgery.Value(graph, 11, "images", 1, 3, 4, 4);
            Surgery.Node(graph, "Add", ["images", "b"], ["a"]);
            Surgery.Node(graph, "Relu", ["a"], ["b"]);
            Surgery.Value(graph, 12, "b", 1, 3);
        }));

    [Fact]
    public void TwoValuesOfOneNameAreRefused() => Assert.Contains(
        "\"images\" stands for two values",
        Error(graph =>
        {
            Surgery.Value(graph, 11, "images", 1, 3, 4, 4);
            Surgery.Node(graph, "Relu", ["images"], ["images"]);
            Surgery.Value(graph, 12, "images", 1, 3);
        }));

    [Theory]
    [InlineData(new[] { 1L << 40, 1L << 40 }, "OverflowException")]
    [InlineData(new[] { 1L << 40 }, "")]
    [InlineData(new[] { -1L, 4 }, "[-1, 4]")]
    public void SizesThatTheFileDoesNotHoldAllocateNothing(long[] sizes, string says)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        var message = Error(graph =>
        {
            Surgery.Value(graph, 11, "images", 1, 3, 4, 4);
            Surgery.Tensor(graph, "weight", sizes, tensor => tensor.Bytes(9, new byte[16]));
            Surgery.Value(graph, 12, "images", 1, 3);
        });

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 10_000_000);
        if (!says.EndsWith("Exception", StringComparison.Ordinal))
            Assert.Contains(says, message);
    }

    [Fact]
    public void AnImageOfHugeSizeIsRefused() => Assert.Contains(
        "elements",
        Error(graph =>
        {
            Surgery.Value(graph, 11, "images", 1, 3, 1 << 20, 1 << 20);
            Surgery.Node(graph, "Relu", ["images"], ["logits"]);
            Surgery.Value(graph, 12, "logits", 1, 3);
        }));

    [Fact]
    public void WorkWithoutAnEndIsRefusedBeforeItIsDone()
    {
        var watch = Stopwatch.StartNew();

        var message = Error(graph =>
        {
            Surgery.Value(graph, 11, "images", 1, 3, 1000, 1000);
            for (var i = 0; i < 200; i++)
                Surgery.Node(graph, "MaxPool", [i == 0 ? "images" : $"p{i - 1}"], [$"p{i}"], attribute: a =>
                {
                    a.Text(1, "kernel_shape");
                    a.Int64(8, 901);
                    a.Int64(8, 901);
                });
            Surgery.Value(graph, 12, "p0", 1, 3);
        });

        Assert.Contains("does not fit", message);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData("../outside.bin")]
    [InlineData("/etc/passwd")]
    [InlineData("sub/../../outside.bin")]
    [InlineData("")]
    [InlineData("link.bin")]
    [InlineData("linked/inside.bin")]
    [InlineData("a\\b")]
    public void NumbersOutsideTheFilesFolderAreNotRead(string location)
    {
        using var elsewhere = new TemporaryFolder();
        File.WriteAllBytes(elsewhere.Path("inside.bin"), new byte[16]);
        File.CreateSymbolicLink(folder.Path("link.bin"), elsewhere.Path("inside.bin"));
        Directory.CreateSymbolicLink(folder.Path("linked"), elsewhere.Root);
        File.WriteAllBytes(Path.Combine(folder.Root, "..", "outside.bin"), new byte[16]);

        Assert.Contains("own folder alone", Error(graph => External(graph, location)));
    }

    [Fact]
    public void NumbersBesideTheFileAreRead()
    {
        Directory.CreateDirectory(folder.Path("sub"));
        var numbers = Enumerable.Range(0, 36).SelectMany(i => BitConverter.GetBytes(i / 36f)).ToArray();
        File.WriteAllBytes(folder.Path("sub/weights.bin"), [1, 2, 3, 4, .. numbers]);
        var path = Surgery.Write(folder, graph => External(graph, "sub/weights.bin", 4, [3, 12]));

        using var classifier = OnnxClassifier.Load(path);

        Assert.Equal(35 / 36f, classifier.state_dict()["network.weight"][2, 11].item<float>());
    }

    [Theory]
    [InlineData(5)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    public void NumbersBehindTheEndOfTheirFileAreRefused(long offset)
    {
        File.WriteAllBytes(folder.Path("weights.bin"), new byte[148]);

        Error(graph => External(graph, "weights.bin", offset, [3, 12]));
    }

    static void External(WireWriter graph, string location, long offset = 0, long[]? sizes = null)
    {
        Surgery.Value(graph, 11, "images", 1, 3, 2, 2);
        Surgery.Tensor(graph, "weight", sizes ?? [4], tensor =>
        {
            foreach (var (key, value) in new[] { ("location", location), ("offset", $"{offset}") })
            {
                tensor.Inner(13, entry =>
                {
                    entry.Text(1, key);
                    entry.Text(2, value);
                });
            }

            tensor.Int64(14, 1);
        });
        Surgery.Node(graph, "Flatten", ["images"], ["flat"]);
        Surgery.Node(graph, "Gemm", ["flat", "weight"], ["logits"], attribute: a =>
        {
            a.Text(1, "transB");
            a.Int64(3, 1);
        });
        Surgery.Value(graph, 12, "logits", 1, 3);
    }

    [Fact]
    public void WhatIsNoFileIsSaid()
    {
        Assert.Throws<FileNotFoundException>(() => OnnxClassifier.Load(folder.Path("none.onnx")));
        Assert.Throws<FileNotFoundException>(() => OnnxClassifier.Load(folder.Path("none/none.onnx")));
        Assert.Contains("folder", Assert.Throws<InvalidDataException>(() => OnnxClassifier.Load(folder.Root)).Message);
        Process.Start("mkfifo", folder.Path("pipe.onnx")).WaitForExit();
        Assert.Contains(
            "pipe", Assert.Throws<InvalidDataException>(() => OnnxClassifier.Load(folder.Path("pipe.onnx"))).Message);
        File.WriteAllText(folder.Path("text.onnx"), "<html>404</html>");
        var text = Assert.Throws<InvalidDataException>(() => OnnxClassifier.Load(folder.Path("text.onnx")));
        Assert.Contains("text.onnx", text.Message);
    }

    [Fact]
    public void EveryFileThatIsCutOffIsRefused()
    {
        var whole = File.ReadAllBytes(Given.Fixture("probabilities_11"));
        for (var length = 1; length < whole.Length; length += 1 + (length / 40))
        {
            File.WriteAllBytes(folder.Path("cut.onnx"), whole[..length]);
            Assert.Throws<InvalidDataException>(() => OnnxClassifier.Load(folder.Path("cut.onnx")));
        }
    }

    [Fact]
    public void MutatedFilesAreNetworksOrClearErrors()
    {
        var report = MutantRun.Of(
            [
                .. Directory.GetFiles(Path.GetDirectoryName(Given.Fixture("x"))!, "*.onnx"),
                .. OperatorTests.WriteAll(folder),
            ],
            seed: 1, count: 600, folder.Root);

        Assert.True(report.Failures.Count == 0, string.Join('\n', report.Failures));
        Assert.True(report.Refused > 100 && report.Loaded > 5, $"{report.Refused} refused, {report.Loaded} loaded");
    }
}
