using System.Runtime.CompilerServices;
using Ensembles.Evaluation;

namespace Ensembles.Xunit;

// The tests of the whole, and of the attack.
public abstract partial class AblationTests<TEnsemble>
{
    /// <summary>
    /// The whole's lenient robust accuracy is significantly higher than that of its best member alone, each attacked by
    /// itself: exact two-sided sign-flip test, p &lt; 0.05 after Holm's correction over the members, since the best one
    /// is chosen by the same images.
    /// </summary>
    /// <param name="test">The name of the test.</param>
    protected void AssertWholeBeatsBestMember([CallerMemberName] string test = "")
    {
        if (!Result.BeatsBestMember)
        {
            var (member, lenient) = Result.BestMember;
            throw Failure(
                test, component: null,
                $"{Result.Declaration.Name} does not beat its best member {member}: "
                + $"{Numbers(lenient, "the member alone")}. {Power(lenient, Result.VersusMembers.Count)}");
        }
    }

    /// <summary>
    /// The whole's lenient robust accuracy is not significantly lower than that of its best member alone, by the same
    /// test as <see cref="AssertWholeBeatsBestMember"/>: what remains to be asserted of an ensemble that may add
    /// nothing to its best member. What was found is said.
    /// </summary>
    /// <param name="test">The name of the test.</param>
    protected void AssertWholeIsNoWeakerThanBestMember([CallerMemberName] string test = "")
    {
        var (member, lenient) = Result.BestMember;
        if (lenient.Verdict == Verdict.Subtracts)
        {
            throw Failure(
                test, component: null,
                $"{Result.Declaration.Name} is weaker than its best member {member} alone: "
                + $"{Numbers(lenient, "the member alone")}.");
        }

        Say($"The whole: {Numbers(lenient, $"{member} alone")}. {Power(lenient, Result.VersusMembers.Count)}");
    }

    /// <summary>
    /// The whole's lenient robust accuracy is significantly higher than that of its members of any one category, those
    /// of each attacked by themselves, without gates: p &lt; 0.05 after Holm's correction over the categories.
    /// </summary>
    /// <param name="test">The name of the test.</param>
    protected void AssertWholeBeatsSingleCategories([CallerMemberName] string test = "") =>
        AssertBeats(SingleCategories, test);

    /// <summary>
    /// The whole's lenient robust accuracy is not significantly lower than that of its members of any one category, by
    /// the same test as <see cref="AssertWholeBeatsSingleCategories"/>. What was found is said.
    /// </summary>
    /// <param name="test">The name of the test.</param>
    protected void AssertWholeIsNoWeakerThanSingleCategories([CallerMemberName] string test = "") =>
        AssertIsNoWeaker(SingleCategories, test);

    /// <summary>
    /// The whole's lenient robust accuracy is significantly higher than that of as many copies of any one member: of
    /// networks trained from other seeds where the setup gives some, and of each member as it is. The copies of one
    /// that is random draw by themselves; those of any other decide as it does alone.
    /// </summary>
    /// <param name="test">The name of the test.</param>
    protected void AssertWholeBeatsCopies([CallerMemberName] string test = "") => AssertBeats(Copies, test);

    /// <summary>
    /// The whole's lenient robust accuracy is not significantly lower than that of as many copies of any one member, by
    /// the same test as <see cref="AssertWholeBeatsCopies"/>. What was found is said.
    /// </summary>
    /// <param name="test">The name of the test.</param>
    protected void AssertWholeIsNoWeakerThanCopies([CallerMemberName] string test = "") =>
        AssertIsNoWeaker(Copies, test);

    /// <summary>The whole is right on as large a share of the clean test images as the setup asks for.</summary>
    /// <param name="test">The name of the test.</param>
    protected void AssertCleanAccuracy([CallerMemberName] string test = "")
    {
        var (clean, floor) = (Result.Whole.Clean, Found.CleanAccuracyFloor);
        if (clean.Value < floor)
        {
            throw Failure(
                test, component: null,
                $"{Result.Declaration.Name} is right on {clean} of {Images}, and is to be right on "
                + $"{Wording.Percent(floor)} (CleanAccuracyFloor of the setup); a rejected clean image is an error.");
        }
    }

    /// <summary>The attack stands up to its checks; otherwise no number of the suite means anything.</summary>
    /// <param name="test">The name of the test.</param>
    protected void AssertAttackIsSane([CallerMemberName] string test = "")
    {
        if (!Result.Valid)
        {
            throw Failure(
                test, component: null,
                $"The attack ({Attacks} at {Result.Threat}) does not stand up to its checks, so the robustness "
                + $"measured means nothing:{string.Concat(Result.Invalid.Select(reason => $"\n- {reason}"))}");
        }
    }

    IReadOnlyList<ControlComparison> SingleCategories =>
        [.. Result.VersusControls.Where(control => control.Kind == ControlKind.SingleCategory)];

    IReadOnlyList<ControlComparison> Copies =>
    [
        .. Result.VersusControls.Where(control => control.Kind == ControlKind.Copies),
        .. Result.VersusMembers
            .Where(alone => Result.Members.Single(member => member.Name == alone.Member).Survival.Draws == 1)
            .Select(alone => new ControlComparison(ControlKind.Copies, alone.Member, alone.Lenient)),
    ];

    void AssertBeats(IReadOnlyList<ControlComparison> controls, string test)
    {
        if (controls.Where(control => control.Lenient.Verdict != Verdict.Adds).MinBy(Difference) is { } closest)
        {
            throw Failure(
                test, component: null,
                $"{Result.Declaration.Name} does not beat {closest.Words}: {Numbers(closest)}. "
                + Power(closest.Lenient, controls.Count));
        }
    }

    void AssertIsNoWeaker(IReadOnlyList<ControlComparison> controls, string test)
    {
        if (controls.Where(control => control.Lenient.Verdict == Verdict.Subtracts).MinBy(Difference) is { } better)
            throw Failure(
                test, component: null, $"{Result.Declaration.Name} is weaker than {better.Words}: {Numbers(better)}.");
        foreach (var control in controls)
            Say($"The whole: {Numbers(control)}. {Power(control.Lenient, controls.Count)}");
    }

    static double Difference(ControlComparison control) => control.Lenient.Difference;
}
