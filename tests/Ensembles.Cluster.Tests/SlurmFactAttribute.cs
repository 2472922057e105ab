namespace Ensembles.Cluster.Tests;

/// <summary>A test that runs where Slurm's and munge's daemons are installed and may be started.</summary>
sealed class SlurmFactAttribute : FactAttribute
{
    static readonly string[] needed = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo"];

    public SlurmFactAttribute()
    {
        if (Array.Find(needed, name => !IsInstalled(name)) is { } missing)
            Skip = $"{missing} is not installed: apt-get install munge slurmctld slurmd slurm-client.";
        else if (Environment.UserName != "root")
            Skip = "Slurm's daemons are started by root here.";
    }

    static bool IsInstalled(string name) =>
        new[] { "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin" }
            .Any(folder => File.Exists(Path.Combine(folder, name)));
}
