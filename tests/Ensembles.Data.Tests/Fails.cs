namespace Ensembles.Data.Tests;

static class Fails
{
    /// <summary>The call fails with a message that names the path and holds the words.</summary>
    public static void Naming(string path, string words, Func<object?> call)
    {
        var exception = Assert.Throws<DatasetException>(() => (call() as IDisposable)?.Dispose());
        Assert.Equal(path, exception.Path);
        Assert.Contains(path, exception.Message);
        Assert.Contains(words, exception.Message);
    }
}
