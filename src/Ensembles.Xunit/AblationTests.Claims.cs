using System.Runtime.CompilerServices;
using Ensembles.Evaluation;

namespace Ensembles.Xunit;

// The tests of claims.
public abstract partial class AblationTests<TEnsemble>
{
    /// <summary>
    /// A strength that the component's class claims shows on the trained component, beside the undefended twin: on all
    /// test images and without each fifth of them.
    /// </summary>
    /// <typeparam name="TStrength">The strength.</typeparam>
    /// <param name="name">The property name of the component.</param>
    /// <param name="test">The name of the test.</param>
    protected void AssertClaimHolds<TStrength>(string name, [CallerMemberName] string test = "")
        where TStrength : IStrength =>
        AssertHolds(Measured(name, TStrength.Name, test), typeof(TStrength).Name, test);

    /// <summary>
    /// The same for a strength that the suite cannot name: it is internal to another assembly, private, or of one file.
    /// </summary>
    /// <param name="name">The property name of the component.</param>
    /// <param name="strength">The strength's class, its name alone; where several are called so, all of them.</param>
    /// <param name="test">The name of the test.</param>
    protected void AssertClaimHolds(string name, string strength, [CallerMemberName] string test = "")
    {
        foreach (var called in ClaimedStrengths.Called(typeof(TEnsemble), name, strength))
            AssertHolds(Measured(name, called, test), strength, test);
    }

    /// <summary>
    /// A strength that the component's class claims is measured, whether it shows or not: which of the two is said with
    /// the figures.
    /// </summary>
    /// <typeparam name="TStrength">The strength.</typeparam>
    /// <param name="name">The property name of the component.</param>
    /// <param name="test">The name of the test.</param>
    protected void AssertClaimIsMeasured<TStrength>(string name, [CallerMemberName] string test = "")
        where TStrength : IStrength
    {
        var claim = Measured(name, TStrength.Name, test);
        var after = claim.Verdict == ClaimVerdict.Holds
            ? $" after all: [MayNotShow<{typeof(TStrength).Name}>(\"{name}\", ...)] can go."
            : ".";
        Say($"{name} claims {claim.Strength}, which {claim.Reading} ({Images}){after}");
    }

    void AssertHolds(MeasuredClaim claim, string strength, string test)
    {
        if (claim.Verdict == ClaimVerdict.Holds)
            return;
        throw Failure(
            test, claim.Component,
            $"{claim.Component} claims {claim.Strength}, which {claim.Words}: {claim.Quantity} is {claim.Numbers} "
            + $"({Images}). If it may not show here, say so openly: "
            + $"[MayNotShow<{strength}>(\"{claim.Component}\", why)].");
    }

    MeasuredClaim Measured(string name, string strength, string test)
    {
        if (Result.Undefended is null)
            throw NoUndefended(test, name, $"{name} claims {strength}, which is measured beside an undefended twin");
        var claim = Result.Claims.FirstOrDefault(claim => claim.Component == name && claim.Strength == strength)
            ?? throw new ArgumentException($"{name} does not claim {strength}.", nameof(name));
        return claim.Verdict != ClaimVerdict.NotMeasured
            ? claim
            : throw Failure(
                test, name, $"{name} claims {claim.Strength}, which could not be measured: {claim.Reason}.");
    }

    SuiteFailureException NoUndefended(string test, string component, string what) => Failure(
        test, component,
        $"{what}: give the setup one, a classifier of the same architecture trained without any defense, as "
        + "Undefended.");

    /// <summary>The result with what the suite states of claims.</summary>
    /// <exception cref="ArgumentException">A claim that no component makes.</exception>
    AblationResult Stated(AblationResult result)
    {
        var stated = GetType().GetCustomAttributes(inherit: false).OfType<IMayNotShow>().ToList();
        // Without a twin nothing was measured, and every test of a claim asks for one.
        if (result.Undefended is null)
            return result;
        MeasuredClaim? Of(IMayNotShow statement) => result.Claims.FirstOrDefault(claim =>
            claim.Component == statement.Component && claim.Strength == statement.Strength);
        if (stated.FirstOrDefault(statement => Of(statement) is null) is { } unknown)
            throw new ArgumentException(
                $"[MayNotShow]: {result.Declaration.Name} has no component named {unknown.Component} that claims "
                + $"{unknown.Strength}.");
        return result with
        {
            Claims =
            [
                .. result.Claims.Select(claim => claim with
                {
                    MayNotShow = stated.FirstOrDefault(statement => Of(statement) == claim)?.Why,
                }),
            ],
        };
    }
}
