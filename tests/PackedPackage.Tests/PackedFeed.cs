namespace PackedPackage.Tests;

/// <summary>The packed file in a feed of its own.</summary>
public sealed class PackedFeed : IDisposable
{
    public PackedFeed() => Dotnet.Run(Dotnet.RepositoryRoot, "pack", "src/Ensembles", "--output", Folder, "-v:quiet");

    public string Folder { get; } = Directory.CreateTempSubdirectory("ensembles-feed-").FullName;

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
