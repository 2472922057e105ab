using System.Diagnostics;

namespace Ensembles.Onnx.Tests;

/// <summary>
/// Breaks files in one to four places and loads them. Each is a network, or an error of those that are documented,
/// without a long time or much memory.
/// </summary>
/// <param name="Loaded">Files that are networks all the same.</param>
/// <param name="Refused">Files that are refused.</param>
/// <param name="Failures">What went wrong, with the number of the file.</param>
/// <param name="Slowest">The longest time of a file, ms.</param>
/// <param name="MostBytes">The most managed memory that a file took.</param>
sealed record MutantRun(int Loaded, int Refused, IReadOnlyList<string> Failures, double Slowest, long MostBytes)
{
    const double Patience = 20_000;
    const long MostMemory = 200_000_000;

    public static MutantRun Of(IReadOnlyList<string> files, int seed, int count, string folder)
    {
        var sources = files.Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToArray();
        var path = Path.Combine(folder, "mutant.onnx");
        var (loaded, refused, slowest, most) = (0, 0, 0.0, 0L);
        var failures = new List<string>();
        var before = Memory();
        for (var i = 0; i < count; i++)
        {
            var random = new Random((seed * 1_000_003) + i);
            var mutant = Mutated(sources[random.Next(sources.Length)], random);
            File.WriteAllBytes(path, mutant);
            var (watch, bytes) = (Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());
            try
            {
                using var classifier = OnnxClassifier.Load(path);
                loaded++;
            }
            catch (InvalidDataException exception) when (exception.Message.Length is > 20 and < 5000)
            {
                refused++;
            }
            catch (Exception exception)
            {
                failures.Add($"{i}: {exception}");
            }

            var took = watch.Elapsed.TotalMilliseconds;
            bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
            (slowest, most) = (Math.Max(slowest, took), Math.Max(most, bytes));
            if (took > Patience || bytes > MostMemory)
                failures.Add($"{i}: {took} ms, {bytes} bytes");
        }

        // Tensors live outside the managed memory; torch's own count of them counts parameters twice.
        if (Memory() - before is var kept and > MostMemory)
            failures.Add($"{kept} bytes are kept");
        return new(loaded, refused, failures, slowest, most);
    }

    static long Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    static byte[] Mutated(byte[] source, Random random)
    {
        var bytes = source.ToList();
        for (var places = random.Next(1, 5); places > 0; places--)
        {
            // Most of a file is numbers; what is around them is at its beginning and in between.
            var at = random.Next(2) == 0 ? random.Next(bytes.Count) : random.Next(Math.Min(bytes.Count, 3000));
            switch (random.Next(8))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes[at] = random.Next(2) == 0 ? (byte)0xFF : (byte)0;
                    break;
                case 3:
                    bytes.RemoveRange(at, Math.Min(bytes.Count - at, random.Next(1, 30)));
                    break;
                case 4:
                    bytes.InsertRange(at, bytes.Skip(random.Next(bytes.Count)).Take(random.Next(1, 60)).ToArray());
                    break;
                case 5:
                    // The largest number there is, in the place of a length or a size.
                    bytes.InsertRange(at, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]);
                    break;
                case 6:
                    for (var i = at; i < Math.Min(at + 4, bytes.Count); i++)
                        bytes[i] = (byte)random.Next(256);
                    break;
                default:
                    bytes[at] = (byte)(bytes[at] + random.Next(-2, 3));
                    break;
            }

            if (bytes.Count == 0)
                bytes.Add(0);
        }

        return [.. bytes];
    }
}
