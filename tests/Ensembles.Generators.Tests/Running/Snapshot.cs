using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Ensembles.Generators.Tests.Running;

/// <summary>
/// Compares emitted code with a verified file beside the test, in Verify's file convention: "Test.name.verified.cs" is
/// the truth, a mismatch or a missing file leaves "Test.name.received.cs" and fails. With ENSEMBLES_ACCEPT_SNAPSHOTS=1
/// what was received becomes the truth.
/// </summary>
static partial class Snapshot
{
    public static void Verify(string received, string name, [CallerFilePath] string test = "")
    {
        received = Version().Replace(received, "\"Ensembles.Generators\", \"VERSION\"");
        var path = Path.Combine(Path.GetDirectoryName(test)!, $"{Path.GetFileNameWithoutExtension(test)}.{name}");
        var (verifiedFile, receivedFile) = ($"{path}.verified.cs", $"{path}.received.cs");

        if (Environment.GetEnvironmentVariable("ENSEMBLES_ACCEPT_SNAPSHOTS") == "1")
            File.WriteAllText(verifiedFile, received);

        var verified = File.Exists(verifiedFile) ? File.ReadAllText(verifiedFile).ReplaceLineEndings("\n") : null;
        if (verified == received)
        {
            File.Delete(receivedFile);
            return;
        }

        File.WriteAllText(receivedFile, received);
        if (verified is null)
            Assert.Fail(
                $"There is no {verifiedFile}. Look at {receivedFile} and rename it, or run with "
                + $"ENSEMBLES_ACCEPT_SNAPSHOTS=1.");
        Assert.Equal(verified, received);
    }

    // The version changes with every release, the code does not.
    [GeneratedRegex("""
        "Ensembles\.Generators", "[^"]*"
        """)]
    private static partial Regex Version();
}
