using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Ensembles.Cluster.Tests;

/// <summary>A Slurm of one node on the loopback interface, with a folder, ports and a key of its own.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class OneNodeSlurm : IDisposable
{
    static readonly TimeSpan patience = TimeSpan.FromSeconds(30);

    readonly string folder = Directory.CreateTempSubdirectory("ensembles-slurm-").FullName;

    /// <summary>Starts its daemons, and waits until the node takes jobs.</summary>
    /// <param name="processors">How many the node says it has: so many tasks run at once.</param>
    public OneNodeSlurm(int processors)
    {
        var key = PathOf("munge.key");
        File.WriteAllBytes(key, RandomNumberGenerator.GetBytes(1024));
        File.SetUnixFileMode(key, UnixFileMode.UserRead);
        // What the daemons' own checks ask of folders with sockets.
        File.SetUnixFileMode(
            folder,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead
                | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        Directory.CreateDirectory(PathOf("state"));
        Directory.CreateDirectory(PathOf("spool"));
        File.WriteAllText(PathOf("slurm.conf"), Configuration(processors));
        Run(
            "munged", "--force", $"--key-file={key}", $"--socket={PathOf("munge.socket")}",
            $"--pid-file={PathOf("munge.pid")}", $"--log-file={PathOf("munge.log")}",
            $"--seed-file={PathOf("munge.seed")}");
        Run("slurmctld", "-i", "-f", PathOf("slurm.conf"));
        Run("slurmd", "-f", PathOf("slurm.conf"), "-N", Node);
        WaitUntil(() => Run("sinfo", "-h", "-o", "%T").Trim() == "idle", patience, "The node takes no jobs");
    }

    static string Node => Environment.MachineName.Split('.')[0];

    public string PathOf(string name) => Path.Combine(folder, name);

    /// <summary>Submits a script; the number of its job.</summary>
    public string Submit(params string[] arguments) =>
        Run("sbatch", ["--parsable", $"--output={PathOf("job-%A-%a.log")}", .. arguments]).Trim();

    /// <summary>Tasks that wait or run.</summary>
    public int Open(string job) =>
        Run("squeue", "-h", "-r", "-j", job, "-o", "%T").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;

    /// <summary>Waits until no task of a job is left.</summary>
    public void WaitFor(string job, TimeSpan most) => WaitUntil(() => Open(job) == 0, most, $"Job {job} does not end");

    /// <summary>Kills all tasks of a job, with SIGKILL.</summary>
    public void Kill(string job) => Run("scancel", "--full", "--signal=KILL", job);

    public void WaitUntil(Func<bool> isSo, TimeSpan most, string otherwise)
    {
        var clock = Stopwatch.StartNew();
        while (!isSo())
        {
            Assert.True(clock.Elapsed < most, $"{otherwise}:\n{Logs()}");
            Thread.Sleep(100);
        }
    }

    public string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["SLURM_CONF"] = PathOf("slurm.conf");
        start.Environment["PATH"] += ":/usr/sbin:/usr/local/sbin";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {error.Result}\n{Logs()}");
        return output;
    }

    public void Dispose()
    {
        foreach (var daemon in new[] { "slurmctld.pid", "slurmd.pid", "munge.pid" })
        {
            if (File.Exists(PathOf(daemon)))
                End(File.ReadAllText(PathOf(daemon)).Trim());
        }

        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Ends a daemon, and waits: until then it writes into its folder.</summary>
    void End(string process)
    {
        Process.Start("kill", process).WaitForExit();
        WaitUntil(() => !Directory.Exists($"/proc/{process}"), patience, $"Process {process} does not end");
    }

    string Configuration(int processors) => $"""
        ClusterName=ensembles
        SlurmctldHost={Node}(127.0.0.1)
        SlurmctldPort={FreePort()}
        SlurmdPort={FreePort()}
        AuthType=auth/munge
        AuthInfo=socket={PathOf("munge.socket")}
        SlurmUser=root
        SlurmdUser=root
        StateSaveLocation={PathOf("state")}
        SlurmdSpoolDir={PathOf("spool")}
        SlurmctldPidFile={PathOf("slurmctld.pid")}
        SlurmdPidFile={PathOf("slurmd.pid")}
        SlurmctldLogFile={PathOf("slurmctld.log")}
        SlurmdLogFile={PathOf("slurmd.log")}
        SlurmdParameters=config_overrides
        ProctrackType=proctrack/linuxproc
        TaskPlugin=task/none
        SwitchType=switch/none
        MpiDefault=none
        SelectType=select/cons_tres
        SelectTypeParameters=CR_CPU
        ReturnToService=2
        NodeName={Node} NodeAddr=127.0.0.1 CPUs={processors} State=UNKNOWN
        PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP

        """;

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    string Logs() => string.Join('\n', Directory.EnumerateFiles(folder, "*.log").Select(file =>
        $"{Path.GetFileName(file)}:\n{string.Join('\n', File.ReadLines(file).TakeLast(10))}"));
}
