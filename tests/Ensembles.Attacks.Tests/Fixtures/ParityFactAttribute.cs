namespace Ensembles.Attacks.Tests;

/// <summary>A fact about the parity network; skipped, with the reason, where it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
sealed class ParityFactAttribute : FactAttribute
{
    public ParityFactAttribute()
    {
        if (Parity.Folder is null)
            Skip = "The parity network is absent: set ENSEMBLES_PARITY, or ENSEMBLES_DATA to a folder beside it.";
    }
}
