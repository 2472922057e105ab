namespace Ensembles.Tests.Checkpoints;

public sealed class AtomicFileTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("ensembles").FullName;

    string Path(string name = "x.json") => System.IO.Path.Combine(folder, name);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Each of the writers is in the middle of writing when the others begin and end.</summary>
    [Fact]
    public void Writers_of_one_file_do_not_disturb_each_other()
    {
        const int Writers = 4;
        using var barrier = new Barrier(Writers);
        var writers = Enumerable.Range(0, Writers).Select(i => new Thread(() =>
            AtomicFile.Write(Path(), stream =>
            {
                stream.Write(Enumerable.Repeat((byte)i, 50_000).ToArray());
                barrier.SignalAndWait(TimeSpan.FromSeconds(10));
                stream.Write(Enumerable.Repeat((byte)i, 50_000).ToArray());
            }))).ToList();
        writers.ForEach(writer => writer.Start());
        writers.ForEach(writer => writer.Join());
        var written = File.ReadAllBytes(Path());
        Assert.Equal(100_000, written.Length);
        Assert.Single(written.Distinct());
        Assert.Equal([Path()], Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public void What_a_kill_left_is_removed_once_nobody_can_be_writing_it()
    {
        var (old, young) = (Path($"x.json.{Guid.NewGuid():N}.tmp"), Path($"x.json.{Guid.NewGuid():N}.tmp"));
        string[] others = [Path("x.json.tmp"), Path("x.json.draft.tmp"), Path($"y.json.{Guid.NewGuid():N}.tmp")];
        foreach (var file in (string[])[old, young, .. others])
        {
            File.WriteAllText(file, "");
            if (file != young)
                File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-1));
        }

        AtomicFile.Write(Path(), stream => stream.WriteByte(1));
        Assert.Equal(
            ((string[])[Path(), young, .. others]).Order(), Directory.GetFileSystemEntries(folder).Order());
    }

    [Fact]
    public void A_writer_that_fails_leaves_the_old_file_and_nothing_else()
    {
        File.WriteAllText(Path(), "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(Path(), stream =>
        {
            stream.WriteByte(1);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(Path()));
        Assert.Equal([Path()], Directory.GetFileSystemEntries(folder));
    }
}
