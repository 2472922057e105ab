using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Ensembles.Tests.Packaging;

/// <summary>
/// The copy of libLibTorchSharp.so that lets TorchSharp load where libstdc++ is older than GCC 13: one flag apart from
/// the file its authors shipped.
/// </summary>
public class WeakenedLibraryTests
{
    const string NewestVersionNeeded = "GLIBCXX_3.4.32";
    const byte Weak = 2;

    [WeakenedFact]
    public void The_copy_differs_in_the_weak_flag_of_one_version_need_alone()
    {
        var (shipped, used) = (File.ReadAllBytes(Shipped!), File.ReadAllBytes(Used));
        Assert.Equal(shipped.Length, used.Length);
        var changed = Enumerable.Range(0, used.Length).Where(i => used[i] != shipped[i]).ToArray();

        // Elf64_Vernaux: the hash of the version's name, 4 bytes, then its flags, of which the low byte comes first.
        var flags = Assert.Single(changed);
        Assert.Equal(0, shipped[flags] & Weak);
        Assert.Equal(shipped[flags] | Weak, used[flags]);
        Assert.Equal(ElfHash(NewestVersionNeeded), BitConverter.ToUInt32(used, flags - 4));
    }

    static string Used => Path.Combine(
        AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");

    static string? Shipped
    {
        get
        {
            var root = typeof(WeakenedLibraryTests).Assembly
                .GetCustomAttributes<AssemblyMetadataAttribute>()
                .Single(a => a.Key == "NuGetPackageRoot").Value!;
            var version = typeof(torch).Assembly.GetName().Version!.ToString(3);
            var path = Path.Combine(
                root, "torchsharp", version, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
            return File.Exists(path) ? path : null;
        }
    }

    /// <summary>The hash of the System V ABI.</summary>
    static uint ElfHash(string name)
    {
        uint hash = 0;
        foreach (var c in name)
        {
            hash = (hash << 4) + c;
            hash = (hash ^ ((hash & 0xf0000000) >> 24)) & 0x0fffffff;
        }
        return hash;
    }

    /// <summary>A test of the weakened copy, skipped with the reason where there is none.</summary>
    sealed class WeakenedFactAttribute : FactAttribute
    {
        public WeakenedFactAttribute() => Skip = Reason();

        static string? Reason()
        {
            if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
                return "Only the library for Linux on x64 is ever replaced.";
            if (!File.Exists(Used) || Shipped is not { } shipped)
                return "The library, or the package it comes from, is not where this test looks.";
            return File.ReadAllBytes(Used).AsSpan().SequenceEqual(File.ReadAllBytes(shipped))
                ? $"The libstdc++ of this machine has {NewestVersionNeeded}: the library is used as it was shipped."
                : null;
        }
    }
}
