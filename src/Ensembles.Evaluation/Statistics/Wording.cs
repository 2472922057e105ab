using static System.FormattableString;

namespace Ensembles.Evaluation;

/// <summary>Figures written for people, in the same way in every report and message.</summary>
public static class Wording
{
    /// <summary>"45.0%".</summary>
    public static string Percent(double share) => Invariant($"{100 * share:0.0}%");

    /// <summary>"+4.5" percentage points, "0.0" where nothing changes.</summary>
    public static string Points(double difference)
    {
        var rounded = Math.Round(100 * difference, 1, MidpointRounding.AwayFromZero);
        return Invariant($"{(rounded == 0 ? 0 : rounded):+0.0;\u22120.0;0.0}");
    }

    /// <summary>"p = 0.038", "p &lt; 0.001".</summary>
    public static string P(double p) => p < 0.001 ? "p < 0.001" : Invariant($"p = {p:0.000}");

    /// <summary>The value of a p-value alone, for a column headed p: "0.038", "&lt; 0.001".</summary>
    public static string PValue(double p) => p < 0.001 ? "< 0.001" : Invariant($"{p:0.000}");

    /// <summary>"1 image", "3 images".</summary>
    public static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : Invariant($"{count} {noun}s");

    /// <summary>"12.0 s", "3.5 min".</summary>
    public static string Time(double seconds) =>
        seconds < 100 ? Invariant($"{seconds:0.0} s") : Invariant($"{seconds / 60:0.0} min");
}
