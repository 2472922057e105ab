using System.Reflection;
using Ensembles.Evaluation;
using static System.FormattableString;

namespace Ensembles.Xunit;

/// <summary>
/// The base of every generated ablation suite. The study is run once for a suite's class and shared by its tests; if it
/// fails, each of them reports why.
/// </summary>
/// <remarks>
/// Random draws come from one generator in the process. For numbers that a second run repeats bit for bit, keep other
/// tests that draw from running at the same time: <c>[assembly: CollectionBehavior(DisableTestParallelization =
/// true)]</c>.
/// </remarks>
/// <typeparam name="TEnsemble">The ensemble under test.</typeparam>
public abstract partial class AblationTests<TEnsemble>
    where TEnsemble : Ensemble
{
    /// <summary>Builds or loads the trained ensemble, and says what to test it on. Called once for the suite.</summary>
    protected abstract AblationSetup<TEnsemble> Setup();

    /// <summary>What the study found.</summary>
    protected AblationResult Result => SharedResults.GetOrCompute(GetType(), Compute);

    /// <summary>
    /// The whole's lenient robust accuracy is significantly higher than that of the ensemble without the component,
    /// attacked anew: means over draws, exact two-sided sign-flip test, p &lt; 0.05 after Holm's correction over all
    /// components.
    /// </summary>
    /// <param name="name">The property name of the member or gate.</param>
    protected void AssertMemberAdds(string name)
    {
        var contribution = Contribution(name);
        if (contribution.Verdict != Verdict.Adds)
        {
            throw Failure(
                name,
                $"{name} does not add to {Result.Declaration.Name}: {Numbers(contribution)}. {Result.Power} "
                + $"If it may add nothing, say so openly: [MayAddNothing(\"{name}\", why)].");
        }
    }

    /// <summary>
    /// The whole's lenient robust accuracy is not significantly lower than that of the ensemble without the component,
    /// by the same test as <see cref="AssertMemberAdds"/>.
    /// </summary>
    /// <param name="name">The property name of the member or gate.</param>
    protected void AssertMemberDoesNotSubtract(string name)
    {
        var contribution = Contribution(name);
        if (contribution.Verdict == Verdict.Subtracts)
            throw Failure(name, $"{name} makes {Result.Declaration.Name} weaker: {Numbers(contribution)}.");
    }

    /// <summary>
    /// The gate rejects no more clean test images than its false positive rate allows, given the number of validation
    /// images it was calibrated on: p >= 0.01 under <see cref="GateRate.P"/>.
    /// </summary>
    /// <param name="name">The gate's property name.</param>
    protected void AssertGateKeepsItsRate(string name)
    {
        var gate = Result.Gates.SingleOrDefault(gate => gate.Name == name) ?? throw Unknown(name);
        if (!gate.Keeps)
        {
            throw Failure(
                name,
                Invariant($"{name} is declared to reject {100 * gate.Stated:0.##}% of clean images and rejects ")
                + $"{gate.Rejected} of {gate.Count} test images, {gate.Observed}; it was calibrated on "
                + Invariant($"{gate.ValidationCount} validation images, so this many have p = {gate.P:0.0000}. ")
                + "Are the validation images like the test images, and not part of the training images?");
        }
    }

    /// <summary>
    /// The whole's lenient robust accuracy is significantly higher than that of its best member alone, each attacked by
    /// itself: exact two-sided sign-flip test, p &lt; 0.05 after Holm's correction over the members, since the best one
    /// is chosen by the same images.
    /// </summary>
    protected void AssertWholeBeatsBestMember()
    {
        if (!Result.BeatsBestMember)
        {
            var (member, lenient) = Result.BestMember;
            throw Failure(
                component: null,
                $"{Result.Declaration.Name} does not beat its best member {member}: "
                + $"{Numbers(lenient, "the member alone")}.");
        }
    }

    /// <summary>
    /// The whole's lenient robust accuracy is not significantly lower than that of its best member alone, by the same
    /// test as <see cref="AssertWholeBeatsBestMember"/>: what remains to be asserted of an ensemble that may add
    /// nothing to its best member.
    /// </summary>
    protected void AssertWholeIsNoWeakerThanBestMember()
    {
        var (member, lenient) = Result.BestMember;
        if (lenient.Verdict == Verdict.Subtracts)
        {
            throw Failure(
                component: null,
                $"{Result.Declaration.Name} is weaker than its best member {member} alone: "
                + $"{Numbers(lenient, "the member alone")}.");
        }
    }

    /// <summary>The attack stands up to its checks; otherwise no number of the suite means anything.</summary>
    protected void AssertAttackIsSane()
    {
        if (!Result.Valid)
        {
            throw Failure(
                component: null,
                $"The attack ({Attacks} at {Result.Threat}) does not stand up to its checks, so the robustness "
                + $"measured means nothing:{string.Concat(Result.Invalid.Select(reason => $"\n- {reason}"))}");
        }
    }

    string Attacks => string.Join(", ", Result.Attacks.Select(attack => attack.Name));

    Contribution Contribution(string name) =>
        Result.Contributions.SingleOrDefault(contribution => contribution.Component == name) ?? throw Unknown(name);

    static SuiteFailureException Failure(string? component, string message) =>
        new(message, DeclaredPlace.Of(typeof(TEnsemble), component));

    ArgumentException Unknown(string name) =>
        new($"{Result.Declaration.Name} has no component named {name} that can be left out.", nameof(name));

    string Numbers(Contribution contribution)
    {
        var without = $"without {contribution.Component}";
        return $"{Numbers(contribution.Lenient, without)}; replaying only the whole's adversarial images gives "
            + $"{contribution.ReplayedLenient} {without}; "
            + $"strict {contribution.Strict.With} with, {contribution.Strict.Without} {without}";
    }

    string Numbers(PairedDifference found, string other)
    {
        var difference = Invariant($"{100 * found.Difference:+0.0;-0.0;0.0} points");
        var interval = Invariant($"[{100 * found.Low:0.0}, {100 * found.High:0.0}]");
        return $"lenient robust accuracy {found.With} as a whole, {found.Without} {other}, "
            + $"difference {difference} {interval}; "
            + $"{found.OnlyWith} images survive only as a whole, {found.OnlyWithout} only {other}; "
            + Invariant($"exact p = {found.P:0.0000}, after Holm {found.CorrectedP:0.0000}; ")
            + $"{Attacks} at {Result.Threat}, {found.Images} images";
    }

    AblationResult Compute()
    {
        var setup = Setup();
        var study = new AblationStudy
        {
            Ensemble = setup.Ensemble,
            Images = setup.Test,
            ValidationImages = setup.Validation?.Images,
            Threat = setup.Threat,
            Attacks = [setup.Attack],
            Seed = setup.Seed,
            Undefended = setup.Undefended,
            Certify = setup.Certify,
            MayAddNothing = GetType().GetCustomAttributes<MayAddNothingAttribute>()
                .ToDictionary(stated => stated.Component, stated => stated.Why),
        };
        var result = Stated(study.Run());
        if (setup.ReportFolder is { } folder)
            Report(result).Write(folder);
        return result;
    }

    RobustnessReport Report(AblationResult result) => new()
    {
        Title = $"{result.Declaration.Name}, suite {GetType().Name}",
        Dataset = Wording.Count(result.Count, "test image"),
        Command = $"dotnet test --filter {GetType().Name}",
        Result = result,
    };
}
