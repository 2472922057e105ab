using System.Text.RegularExpressions;

namespace Ensembles.Evaluation;

/// <summary>What a search cannot be made of.</summary>
static partial class SearchChecks
{
    /// <exception cref="ArgumentException">See <see cref="EnsembleSearch.Run"/>.</exception>
    /// <exception cref="InvalidOperationException">A module is in training mode.</exception>
    public static void ThrowIfImpossible(EnsembleSearch search)
    {
        void Require(bool condition, string otherwise)
        {
            if (!condition)
                throw new ArgumentException(otherwise, nameof(search));
        }

        string[] names = [.. search.Classifiers.Select(c => c.Name), .. search.Detectors.Select(d => d.Name)];
        Require(
            search.Classifiers.Count > 0 && names.Length > 1,
            "A search needs a classifier and another defense: one alone makes no ensemble.");
        if (names.GroupBy(name => name).FirstOrDefault(alike => alike.Count() > 1) is { Key: var twice })
            Require(false, $"Two defenses of the pool are called {twice}; each needs a name of its own.");
        if (names.FirstOrDefault(name => !Identifier().IsMatch(name)) is { } impossible)
            Require(false, $"'{impossible}' cannot be the name of a property, which the declaration would give it.");
        Require(search.Attacks.Count > 0, "A search without attacks finds nothing robust; name at least one.");
        Require(search.Rules.Count > 0, "A search needs a voting rule.");
        if (search.Rules.GroupBy(rule => rule.Name).FirstOrDefault(alike => alike.Count() > 1) is { Key: var rule })
            Require(
                false, $"Two voting rules are called {rule}, by which ensembles are told apart: name each once, with "
                    + "all of its quorums.");
        if (search.GateRates.GroupBy(rate => rate).FirstOrDefault(alike => alike.Count() > 1) is { Key: var same })
            Require(false, FormattableString.Invariant($"The rate {same} stands twice in GateRates: name each once."));
        Require(
            search.MostMembers >= 1 && search.MostAttacked >= 1, "A search tries and attacks at least one ensemble.");
        Require(!search.Threat.IsUnbounded, "Robust accuracy needs a radius: give the threat model one.");
        Require(
            search.Images.Count > 0 && search.HeldOut.Count > 0,
            "A search needs images to choose on and others, held out, to judge the winner on.");
        Require(
            search.Detectors.Count == 0 || (search.GateRates.Count > 0 && search.ValidationImages is not null),
            "Detectors need validation images and at least one false positive rate to be calibrated at.");
        Require(
            Fingerprint.CountShared(search.Images.Images, search.HeldOut.Images) == 0,
            "Images that an ensemble is chosen on are among those it is judged on, which flatters it: hold out "
                + "others.");
        if (search.ValidationImages is { } validation)
            Require(
                Fingerprint.CountShared(validation, search.Images.Images) == 0
                    && Fingerprint.CountShared(validation, search.HeldOut.Images) == 0,
                "Validation images are among the test images. A gate's threshold is never set on test images.");
        foreach (var classifier in search.Classifiers)
            EvaluationMode.ThrowIfTraining(classifier.Module.modules().Prepend(classifier.Module), classifier.Name);
        foreach (var detector in search.Detectors)
            EvaluationMode.ThrowIfTraining(detector.Module.modules().Prepend(detector.Module), detector.Name);
    }

    [GeneratedRegex(@"^[\p{L}_]\w*$")]
    private static partial Regex Identifier();
}
