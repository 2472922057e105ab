using System.Diagnostics;
using System.Net;

namespace Ensembles.Serving.Tests;

/// <summary>Whatever strangers send, each of them hears what is wrong, and everybody else is answered.</summary>
[Collection(nameof(RunningService))]
public sealed class HostileTests(RunningService running)
{
    const int Requests = 2000;

    static readonly ParallelOptions fewAtOnce = new() { MaxDegreeOfParallelism = 8 };

    [Fact]
    public async Task Two_thousand_hostile_requests_are_refused_one_by_one_and_leave_nothing_behind()
    {
        var image = RunningService.Images(2)[0];
        var expected = running.Expected(image);
        await Send(first: 0, count: 600, image, expected);
        var before = Held();

        await Send(first: 600, count: Requests - 600, image, expected);

        var after = Held();
        Assert.Equal(before.Tensors, after.Tensors);
        // The server's pools of buffers come and go by some megabytes; what each request left would add up to more.
        Assert.True(after.Managed - before.Managed < 30e6, $"{(after.Managed - before.Managed) / 1e6} MB more.");
        Assert.True(after.Resident - before.Resident < 100e6, $"{(after.Resident - before.Resident) / 1e6} MB more.");
        Assert.Equal(HttpStatusCode.OK, (await running.Http.GetAsync("/health")).StatusCode);
    }

    /// <summary>Sends them over a few connections, an honest request after every twenty.</summary>
    async Task Send(int first, int count, float[] image, global::Serving.Answer expected) =>
        await Parallel.ForAsync(first, first + count, fewAtOnce, async (i, _) =>
        {
            var (name, make) = Hostile.Requests[i % Hostile.Requests.Count];
            using var request = make(new Random(i));
            using var response = await running.Http.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            Assert.True((int)response.StatusCode is >= 400 and < 500, $"{name} ({i}): {response.StatusCode} {text}");
            if (response.StatusCode is HttpStatusCode.BadRequest && text.Length > 0)
                Assert.Contains("\"detail\":", text);
            if (i % 20 == 0)
                RunningService.AssertSame(expected, await running.Ask(image));
        });

    static (long Tensors, long Managed, long Resident) Held()
    {
        var tensors = LiveTensors.Count();
        using var process = Process.GetCurrentProcess();
        return (tensors, GC.GetTotalMemory(forceFullCollection: true), process.WorkingSet64);
    }
}
