namespace PackedPackage.Tests;

/// <summary>The packed files in a feed of their own.</summary>
public sealed class PackedFeed : IDisposable
{
    /// <summary>Packs every package; a warning is an error.</summary>
    public PackedFeed() => PackInto(Folder);

    /// <summary>Packs every package into a folder.</summary>
    public static void PackInto(string folder, params string[] more) =>
        Dotnet.Run(
            Dotnet.RepositoryRoot,
            ["pack", "build/Packages.slnf", "--output", folder, "-v:quiet", "-warnaserror", .. more]);

    public string Folder { get; } = Directory.CreateTempSubdirectory("ensembles-feed-").FullName;

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary>Tests that need the packed files, one after the other: each starts builds of its own.</summary>
[CollectionDefinition(nameof(PackedCollection))]
public sealed class PackedCollection : ICollectionFixture<PackedFeed>;
