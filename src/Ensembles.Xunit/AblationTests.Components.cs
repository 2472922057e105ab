using System.Runtime.CompilerServices;
using Ensembles.Evaluation;
using static System.FormattableString;

namespace Ensembles.Xunit;

// The tests of what each component is worth.
public abstract partial class AblationTests<TEnsemble>
{
    /// <summary>
    /// The whole's lenient robust accuracy is significantly higher than that of the ensemble without the component,
    /// attacked anew: means over draws, exact two-sided sign-flip test, p &lt; 0.05 after Holm's correction over all
    /// components.
    /// </summary>
    /// <param name="name">The property name of the member or gate.</param>
    /// <param name="test">The name of the test.</param>
    protected void AssertMemberAdds(string name, [CallerMemberName] string test = "")
    {
        var contribution = Contribution(name);
        if (contribution.Verdict != Verdict.Adds)
        {
            throw Failure(
                test, name,
                $"{name} does not add to {Result.Declaration.Name}: {Numbers(contribution)}. {Power(contribution)} "
                + $"If it may add nothing, say so openly: [MayAddNothing(\"{name}\", why)].");
        }
    }

    /// <summary>
    /// The whole's lenient robust accuracy is not significantly lower than that of the ensemble without the component,
    /// by the same test as <see cref="AssertMemberAdds"/>. What was found is said.
    /// </summary>
    /// <param name="name">The property name of the member or gate.</param>
    /// <param name="test">The name of the test.</param>
    protected void AssertMemberDoesNotSubtract(string name, [CallerMemberName] string test = "")
    {
        var contribution = Contribution(name);
        if (contribution.Verdict == Verdict.Subtracts)
            throw Failure(test, name, $"{name} makes {Result.Declaration.Name} weaker: {Numbers(contribution)}.");
        Say($"{name}: {contribution.Reading}. {Power(contribution)}");
    }

    /// <summary>
    /// The whole's lenient robust accuracy is significantly higher than that of the ensemble with the undefended
    /// network in the member's place, attacked by itself: what the member adds is more than a vote. The same test as
    /// that of <see cref="AssertMemberAdds"/>, corrected over the members.
    /// </summary>
    /// <param name="name">The property name of the member.</param>
    /// <param name="test">The name of the test.</param>
    protected void AssertMemberBeatsUndefended(string name, [CallerMemberName] string test = "")
    {
        var control = UndefendedInPlaceOf(name, test);
        if (control.Lenient.Verdict != Verdict.Adds)
        {
            throw Failure(
                test, name,
                $"{name} adds no more to {Result.Declaration.Name} than an undefended network: {Numbers(control)}. "
                + $"{Power(control.Lenient, Result.Members.Count)} "
                + $"If it may add nothing, say so openly: [MayAddNothing(\"{name}\", why)].");
        }
    }

    /// <summary>
    /// The whole's lenient robust accuracy is not significantly lower than that of the ensemble with the undefended
    /// network in the member's place, by the same test as <see cref="AssertMemberBeatsUndefended"/>. What was found is
    /// said.
    /// </summary>
    /// <param name="name">The property name of the member.</param>
    /// <param name="test">The name of the test.</param>
    protected void AssertMemberIsNoWorseThanUndefended(string name, [CallerMemberName] string test = "")
    {
        var control = UndefendedInPlaceOf(name, test);
        if (control.Lenient.Verdict == Verdict.Subtracts)
        {
            throw Failure(
                test, name,
                $"An undefended network does more for {Result.Declaration.Name} than {name}: {Numbers(control)}.");
        }

        Say($"{name}: {Numbers(control)}. {Power(control.Lenient, Result.Members.Count)}");
    }

    /// <summary>
    /// The gate rejects no more clean test images than its false positive rate allows, given the number of validation
    /// images it was calibrated on: p >= 0.01 under <see cref="GateRate.P"/>.
    /// </summary>
    /// <param name="name">The gate's property name.</param>
    /// <param name="test">The name of the test.</param>
    protected void AssertGateKeepsItsRate(string name, [CallerMemberName] string test = "")
    {
        var gate = Result.Gates.SingleOrDefault(gate => gate.Name == name) ?? throw Unknown(name);
        if (!gate.Keeps)
        {
            throw Failure(
                test, name,
                Invariant($"{name} is declared to reject {100 * gate.Stated:0.##}% of clean images and rejects ")
                + $"{gate.Rejected} of {gate.Count} test images, {gate.Observed}; it was calibrated on "
                + Invariant($"{gate.ValidationCount} validation images, so this many have p = {gate.P:0.0000}. ")
                + "Are the validation images like the test images, and not part of the training images?");
        }
    }

    Contribution Contribution(string name) =>
        Result.Contributions.SingleOrDefault(contribution => contribution.Component == name) ?? throw Unknown(name);

    ControlComparison UndefendedInPlaceOf(string name, string test)
    {
        if (Result.Undefended is null)
            throw NoUndefended(test, name, $"{name} is compared with an undefended network in its place");
        return Result.VersusControls.SingleOrDefault(control =>
            control.Kind == ControlKind.UndefendedInPlace && control.Subject == name) ?? throw Unknown(name);
    }

    string Power(Contribution contribution) => Power(contribution.Lenient, Result.Contributions.Count);

    ArgumentException Unknown(string name) =>
        new($"{Result.Declaration.Name} has no component named {name} that can be left out.", nameof(name));

    string Numbers(Contribution contribution)
    {
        var without = $"without {contribution.Component}";
        return $"{Numbers(contribution.Lenient, without)}; replaying only the whole's adversarial images gives "
            + $"{contribution.ReplayedLenient} {without}; "
            + $"strict {contribution.Strict.With} with, {contribution.Strict.Without} {without}";
    }
}
