using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using TorchSharp;

namespace Ensembles.CudaCheck;

/// <summary>
/// Loads a libtorch that is on the machine already, before anything touches TorchSharp, which then finds its libraries
/// in the process. TorchSharp's own native library comes with this program and fits one version of libtorch.
/// </summary>
static partial class Libtorch
{
    const int ResolveNow = 2;

    /// <summary>The version TorchSharp's native library is built for: a folder of another one is refused.</summary>
    const string Wanted = "2.10";

    /// <summary>In the order of need; those for CUDA are not in every build.</summary>
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
        if (version is not null && !version.StartsWith(Wanted + ".", StringComparison.Ordinal))
            throw new LibtorchException(
                $"TorchSharp {TorchSharpVersion} is built for libtorch {Wanted}, and this is {version}: "
                    + $"they do not fit. In Python: pip install torch=={Wanted}.*");
        try
        {
            foreach (var library in libraries.Select(name => Path.Combine(folder, name)).Where(File.Exists))
                NativeLibrary.Load(library);
        }
        catch (DllNotFoundException exception)
        {
            throw new LibtorchException($"This libtorch does not load: {exception.Message}");
        }

        var own = Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so");
        // Twice: what .NET looks up at the first call of a function makes the loader forget its reason.
        if (Refusal(own) is not null && Refusal(own) is { } reason)
            throw new LibtorchException(
                $"TorchSharp {TorchSharpVersion} is built for libtorch {Wanted} and does not load with this one: "
                    + $"{reason}");
    }

    /// <summary>
    /// Loads a library with all its symbols now, since one of another version would end the process at the first call
    /// of what it lacks. Null, or why it does not load.
    /// </summary>
    static string? Refusal(string library) =>
        dlopen(library, ResolveNow) != 0 ? null : Marshal.PtrToStringUTF8(dlerror()) ?? "";

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
