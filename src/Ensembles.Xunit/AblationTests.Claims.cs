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
    protected void AssertClaimHolds<TStrength>(string name) where TStrength : IStrength =>
        AssertHolds(Measured(name, TStrength.Name), typeof(TStrength).Name);

    /// <summary>
    /// The same for a strength that the suite cannot name: it is internal to another assembly, private, or of one file.
    /// </summary>
    /// <param name="name">The property name of the component.</param>
    /// <param name="strength">The strength's class, its name alone; where several are called so, all of them.</param>
    protected void AssertClaimHolds(string name, string strength)
    {
        foreach (var claim in Measured(name, ClaimedStrengths.Called(typeof(TEnsemble), name, strength)))
            AssertHolds(claim, strength);
    }

    /// <summary>
    /// A strength that the component's class claims is measured, whether it shows or not: which of the two is said with
    /// the figures.
    /// </summary>
    /// <typeparam name="TStrength">The strength.</typeparam>
    /// <param name="name">The property name of the component.</param>
    protected void AssertClaimIsMeasured<TStrength>(string name) where TStrength : IStrength
    {
        var claim = Measured(name, TStrength.Name);
        var after = claim.Verdict == ClaimVerdict.Holds
            ? $" after all: [MayNotShow<{typeof(TStrength).Name}>(\"{name}\", ...)] can go."
            : ".";
        Say($"{name} claims {claim.Strength}, which {claim.Reading} ({Images}){after}");
    }

    /// <summary>Says something that is no failure, for whoever reads the output of a test.</summary>
    /// <remarks>
    /// It goes to the console, which NUnit, MSTest and xunit 3 (where it captures the console) show with the test. For
    /// xunit 2 override it with a call of its <c>ITestOutputHelper</c>.
    /// </remarks>
    /// <param name="sentence">The sentence.</param>
    protected virtual void Say(string sentence) => Console.WriteLine(sentence);

    void AssertHolds(MeasuredClaim claim, string strength)
    {
        if (claim.Verdict == ClaimVerdict.Holds)
            return;
        throw Failure(
            claim.Component,
            $"{claim.Component} claims {claim.Strength}, which {claim.Words}: {claim.Quantity} is {claim.Numbers} "
            + $"({Images}). If it may not show here, say so openly: "
            + $"[MayNotShow<{strength}>(\"{claim.Component}\", why)].");
    }

    string Images => Wording.Count(Result.Count, "image");

    MeasuredClaim[] Measured(string name, IReadOnlyList<string> strengths) =>
        [.. strengths.Select(strength => Measured(name, strength))];

    MeasuredClaim Measured(string name, string strength)
    {
        if (Result.Undefended is null)
        {
            throw Failure(
                name,
                $"{name} claims {strength}, which is measured beside an undefended twin: give the setup one, a "
                + "classifier of the same architecture trained without any defense, as Undefended.");
        }

        var claim = Result.Claims.FirstOrDefault(claim => claim.Component == name && claim.Strength == strength)
            ?? throw new ArgumentException($"{name} does not claim {strength}.", nameof(name));
        return claim.Verdict != ClaimVerdict.NotMeasured
            ? claim
            : throw Failure(name, $"{name} claims {claim.Strength}, which could not be measured: {claim.Reason}.");
    }

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
