using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using TorchSharp;

namespace Ensembles.CudaCheck;

/// <summary>
/// Loads a libtorch that is on the machine already, before anything touches TorchSharp, which then finds its libraries
/// in the process. TorchSharp's own native library comes with this program and is built for one version of libtorch;
/// another one is tried all the same.
/// </summary>
static partial class Libtorch
{
    const int ResolveLazily = 1, ResolveNow = 2;

    /// <summary>Missing symbols that are named.</summary>
    const int Named = 40;

    /// <summary>How the names of functions in namespace std begin, which are not libtorch's.</summary>
    const string OfStandardLibrary = "_ZSt";

    /// <summary>The version TorchSharp's native library is built for.</summary>
    const string Wanted = "2.10";

    /// <summary>In the order of need.</summary>
    static readonly string[] libraries =
    [
        "libc10.so",
        "libtorch_cpu.so",
        "libc10_cuda.so",
        "libtorch_cuda.so",
        "libtorch.so",
    ];

    /// <summary>
    /// Loads from the folder given, else from that in the variable LIBTORCH, else from Python's torch.
    /// </summary>
    /// <exception cref="LibtorchException">There is none, or it does not fit.</exception>
    public static void Load(string? given)
    {
        var folder = Folder(given ?? Environment.GetEnvironmentVariable("LIBTORCH"));
        var version = VersionOf(folder);
        Console.WriteLine($"libtorch {version ?? "of unknown version"}: {folder}");
        if (version?.StartsWith(Wanted + ".", StringComparison.Ordinal) != true)
            Console.WriteLine($"TorchSharp {TorchSharpVersion} is built for libtorch {Wanted}. This one is tried.");

        var loaded = LoadAll(folder);
        var own = Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so");
        if (!File.Exists(own))
            throw new LibtorchException(
                $"{own} is not there. Publish this program for linux-x64: benchmarks/README.md says how.");
        // Twice: what .NET looks up at the first call of a function makes the loader forget its reason.
        if (Refusal(own, ResolveNow) is null || Refusal(own, ResolveNow) is not { } reason)
            return;
        PrintMissing(own, loaded);
        if (Refusal(own, ResolveLazily) is not null)
            throw new LibtorchException(
                $"TorchSharp {TorchSharpVersion} is built for libtorch {Wanted} and does not load with this one: "
                    + $"{reason}\nWith Python: pip install torch=={Wanted}.*");
        Console.WriteLine(
            "It loads without them, since they are functions: the first check that calls one ends this program, and "
                + "the loader says which (\"symbol lookup error\").");
    }

    /// <summary>Loads what is there. A CUDA library that does not load leaves the CPU's part.</summary>
    static List<nint> LoadAll(string folder)
    {
        var loaded = new List<nint>();
        foreach (var library in libraries.Select(name => Path.Combine(folder, name)).Where(File.Exists))
        {
            try
            {
                if (!NativeSymbols.IsWhole(library))
                    throw new BadImageFormatException("It is no library of this kind of machine, or is cut off.");
                loaded.Add(NativeLibrary.Load(library));
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
            {
                var problem = $"{Path.GetFileName(library)} does not load: {e.Message.Trim()}";
                if (!library.EndsWith("_cuda.so", StringComparison.Ordinal))
                    throw new LibtorchException(problem);
                Console.WriteLine($"Nothing can be checked on CUDA: {problem}");
            }
        }

        return loaded;
    }

    static void PrintMissing(string library, List<nint> loaded)
    {
        var missing = NativeSymbols.Undefined(library)
            .Where(symbol => !symbol.StartsWith(OfStandardLibrary, StringComparison.Ordinal))
            .Where(symbol => !loaded.Exists(other => NativeLibrary.TryGetExport(other, symbol, out _)))
            .Order(StringComparer.Ordinal)
            .ToList();
        Console.WriteLine($"{missing.Count} symbols that TorchSharp uses are not in this libtorch:");
        foreach (var symbol in missing.Take(Named))
            Console.WriteLine($"  {NativeSymbols.Demangled(symbol)}");
        if (missing.Count > Named)
            Console.WriteLine($"  and {missing.Count - Named} more");
    }

    /// <summary>Loads a library, with all its symbols now or each at its first call. Null, or why not.</summary>
    static string? Refusal(string library, int mode) =>
        dlopen(library, mode) != 0 ? null : Marshal.PtrToStringUTF8(dlerror()) ?? "";

    static string Folder(string? given)
    {
        if (given is null && Python.TorchFolder() is { } package)
            return Path.Combine(package, "lib");
        if (given is null)
            throw new LibtorchException(
                "No libtorch: give a folder that holds libtorch.so with --libtorch or in LIBTORCH, or install torch "
                    + $"{Wanted} for python3.");
        return new[] { given, Path.Combine(given, "lib") }.FirstOrDefault(
            folder => File.Exists(Path.Combine(folder, "libtorch.so")))
            ?? throw new LibtorchException($"There is no libtorch.so in {given}, nor in its folder lib.");
    }

    /// <summary>
    /// As libtorch's own archive says it, or Python's package, or the path of a NuGet package; null where nobody does.
    /// </summary>
    static string? VersionOf(string folder)
    {
        var above = Path.GetDirectoryName(folder)!;
        if (File.Exists(Path.Combine(above, "build-version")))
            return File.ReadAllText(Path.Combine(above, "build-version")).Trim();
        if (File.Exists(Path.Combine(above, "version.py"))
            && PythonVersion().Match(File.ReadAllText(Path.Combine(above, "version.py"))) is { Success: true } match)
            return match.Groups[1].Value;
        return PackageVersion().Match(folder) is { Success: true } package ? package.Groups[1].Value : null;
    }

    static string TorchSharpVersion => typeof(torch).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion
        .Split('+')[0];

    [GeneratedRegex("__version__ = '([^']*)'")]
    private static partial Regex PythonVersion();

    [GeneratedRegex(@"/libtorch[^/]*/(\d[^/]*)/")]
    private static partial Regex PackageVersion();

    [DllImport("libdl.so.2")]
    static extern nint dlopen([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libdl.so.2")]
    static extern nint dlerror();
}

/// <summary>No libtorch that can be used, and what to do.</summary>
sealed class LibtorchException(string message) : Exception(message);
