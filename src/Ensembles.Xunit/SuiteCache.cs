using System.Text;

namespace Ensembles.Xunit;

/// <summary>Where suites keep what need not be computed twice.</summary>
static class SuiteCache
{
    const string Variable = "ENSEMBLES_CACHE";
    const string CodeFile = "code.txt";

    /// <summary>The folder of a suite, which it makes.</summary>
    /// <param name="suite">The suite's class.</param>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    public static string FolderOf(Type suite)
    {
        var root = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
            ? named
            : Path.Combine(AppContext.BaseDirectory, "ensembles-cache");
        var name = string.Concat((suite.FullName ?? suite.Name).Select(letter =>
            char.IsLetterOrDigit(letter) || letter is '.' or '_' ? letter : '-'));
        return Directory.CreateDirectory(Path.Combine(root, name)).FullName;
    }

    /// <summary>
    /// The folder for finished units in that of a suite. A unit knows the weights, images and settings that it is of,
    /// but not the code; so units of another build go.
    /// </summary>
    /// <param name="folder">The suite's folder.</param>
    /// <param name="types">Types whose code, with all that it refers to, computes the units.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static string UnitsIn(string folder, IEnumerable<Type> types)
    {
        var units = Path.Combine(folder, "units");
        var (file, code) = (Path.Combine(units, CodeFile), CodeIdentity.Of(types));
        if (!File.Exists(file) || File.ReadAllText(file) != code)
        {
            if (Directory.Exists(units))
                Directory.Delete(units, recursive: true);
            Directory.CreateDirectory(units);
            AtomicFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(code)));
        }

        return units;
    }
}
