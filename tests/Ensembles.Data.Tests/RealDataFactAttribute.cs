namespace Ensembles.Data.Tests;

/// <summary>A test that needs real data; skipped where the environment variable does not say where it is.</summary>
sealed class RealDataFactAttribute : FactAttribute
{
    public RealDataFactAttribute()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(DataFolder.Variable)))
            Skip = $"Set {DataFolder.Variable} to a folder with mnist/*.gz and cifar10-jpeg.tar.gz to run this test.";
    }
}
