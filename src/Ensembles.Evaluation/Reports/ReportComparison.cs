using System.Text;
using System.Text.Json.Serialization;

namespace Ensembles.Evaluation;

/// <summary>
/// Two reports side by side, image by image where both are of the same images: did a change of the ensemble, of its
/// training or of its attack make a difference?
/// </summary>
/// <param name="Before">The whole in the one report.</param>
/// <param name="After">The whole in the other.</param>
/// <param name="Lenient">The second whole compared with the first, lenient.</param>
/// <param name="Remarks">What makes the comparison less than it seems; empty for nothing.</param>
public sealed record ReportComparison(
    RobustnessResult Before, RobustnessResult After, PairedDifference Lenient, IReadOnlyList<string> Remarks)
{
    /// <summary>Compares two reports.</summary>
    /// <exception cref="ArgumentException">Reports of other images, or under other threats.</exception>
    public static ReportComparison Of(RobustnessReport before, RobustnessReport after)
    {
        var (first, second) = (before.Result, after.Result);
        if (first.Threat != second.Threat)
            throw new ArgumentException(
                $"The reports are of other threats, {first.Threat} and {second.Threat}: what withstands the one says "
                + "nothing of the other.");
        if (first.Count != second.Count)
            throw new ArgumentException(
                $"The reports are of {first.Count} and {second.Count} images, which cannot be paired: make both on the "
                + "same ones.");
        if (first.ImagesHash is { } own && second.ImagesHash is { } other && own != other)
            throw new ArgumentException(
                "The reports are of other images, or of the same in another order, which cannot be paired: make both "
                + "on the same ones.");
        List<string> remarks = [];
        if (before.Dataset != after.Dataset)
            remarks.Add($"The data are described otherwise: \"{before.Dataset}\" and \"{after.Dataset}\".");
        string Attacks(AblationResult result) =>
            string.Join(", ", result.Attacks.Select(attack => $"{attack.Name} ({attack})"));
        if (Attacks(first) != Attacks(second))
            remarks.Add($"The attacks are others: {Attacks(first)}, and {Attacks(second)}.");
        remarks.AddRange(
            new[] { ("first", first), ("second", second) }.Where(report => !report.Item2.Valid)
                .Select(report => $"The {report.Item1} report is INVALID: its figures prove nothing."));
        (int[], int) Survived(AblationResult result)
        {
            var survival = result.Whole.Survival;
            return (survival.Lenient[survival.Level(result.Threat.Epsilon)], survival.Draws);
        }

        var lenient = PairedDifference.CompareFamily(Survived(second), [Survived(first)])[0];
        return new(first.Whole, second.Whole, lenient, remarks);
    }

    /// <summary>The verdict in a sentence.</summary>
    [JsonIgnore]
    public string Reading
    {
        get
        {
            var words = Lenient.Verdict switch
            {
                Verdict.Adds => "withstands more",
                Verdict.Subtracts => "withstands less",
                _ => "shows no measurable difference",
            };
            return $"The second {words}: {Wording.Percent(Lenient.With.Value)} against "
                + $"{Wording.Percent(Lenient.Without.Value)} lenient robust accuracy, "
                + $"{Wording.Points(Lenient.Difference)} points [{Wording.Points(Lenient.Low)}, "
                + $"{Wording.Points(Lenient.High)}], {Wording.P(Lenient.P)}.";
        }
    }

    /// <summary>The figures of both, and the verdict.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine($"first:  {Before.Name}, clean {Before.Clean}");
        text.AppendLine($"second: {After.Name}, clean {After.Clean}");
        text.Append(Reading);
        foreach (var remark in Remarks)
            text.AppendLine().Append(remark);
        return text.ToString();
    }
}
