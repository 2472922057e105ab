namespace Ensembles.Training.Tests.Networks.PyTorch;

/// <summary>Runs where ENSEMBLES_LARGE is set: it takes gigabytes and seconds that the suite is spared.</summary>
[AttributeUsage(AttributeTargets.Method)]
sealed class LargeFactAttribute : FactAttribute
{
    public LargeFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("ENSEMBLES_LARGE") is null)
            Skip = "Set ENSEMBLES_LARGE=1 to run it.";
    }
}
