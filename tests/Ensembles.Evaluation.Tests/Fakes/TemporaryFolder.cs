namespace Ensembles.Evaluation.Tests.Fakes;

/// <summary>A folder of its own that is gone afterwards.</summary>
sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("ensembles-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
