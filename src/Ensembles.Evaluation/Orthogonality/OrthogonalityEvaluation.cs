using Ensembles.Attacks;

namespace Ensembles.Evaluation;

/// <summary>Measures how alike the members of a study fail.</summary>
static class OrthogonalityEvaluation
{
    /// <summary>The figures; null where fewer than two members vote.</summary>
    /// <param name="declaration">The ensemble as declared.</param>
    /// <param name="whole">The whole, judged.</param>
    /// <param name="members">Each member alone, judged.</param>
    /// <param name="images">The test images.</param>
    /// <param name="threat">What the attacker may change.</param>
    /// <param name="options">Seed, batch size, cancellation.</param>
    public static OrthogonalityFigures? Measure(
        EnsembleDeclaration declaration, MeasuredDefense whole, IReadOnlyList<MeasuredDefense> members,
        LabeledImages images, ThreatModel threat, EvaluationOptions options)
    {
        if (members.Count < 2)
            return null;
        var falls = new MemberFalls(images, threat);
        bool[][] right = [.. members.Select(MemberFalls.IsRight)];
        List<TransferShare> transfer = [];
        foreach (var from in members)
        {
            options.Cancellation.ThrowIfCancellationRequested();
            using var broken = falls.Broken(from);
            foreach (var (to, isRight) in members.Zip(right))
            {
                if (to != from)
                    transfer.Add(Transfer(from, to, isRight, broken));
            }
        }

        using var ended = falls.EndedWith(whole);
        bool[][] wrong = [.. members.Select(member => MemberFalls.Falls(member, ended))];
        var cosines = MemberGradients.Cosines([.. members.Select(member => member.Surface)], images, options);
        var pairs = from i in Enumerable.Range(0, members.Count)
                    from j in Enumerable.Range(i + 1, members.Count - i - 1)
                    select (i, j);
        var figures = new OrthogonalityFigures
        {
            Members = [.. members.Select(member => member.Name)],
            Transfer = transfer,
            Gradients =
            [
                .. pairs.Select(pair => Gradient(
                    members[pair.i].Name, members[pair.j].Name, cosines[pair.i][pair.j], right[pair.i], right[pair.j],
                    options.Seed)),
            ],
            Errors =
            [
                .. pairs.Select(pair => new PairFigure(
                    members[pair.i].Name, members[pair.j].Name, Phi.Of(wrong[pair.i], wrong[pair.j]), images.Count)),
            ],
            FirstFalls =
            [
                .. falls.First(whole).Values.GroupBy(at => at.Candidates.Source)
                    .Select(fell => new FirstFall(fell.Key, fell.Count())).OrderByDescending(fell => fell.Images),
                .. whole.Result.Lowered.Where(by => by.Source.StartsWith("images made", StringComparison.Ordinal))
                    .Select(by => new FirstFall(by.Source, by.Images)),
            ],
            Shared =
            [
                .. declaration.AllMembers
                    .SelectMany(member => member.Strengths, (member, strength) => (member.Name, strength))
                    .GroupBy(claim => claim.strength).Where(claims => claims.Count() > 1)
                    .Select(claims => new SharedStrength(claims.Key, [.. claims.Select(claim => claim.Name)])),
            ],
            Weaknesses = [],
        };
        return figures with { Weaknesses = RemainingWeaknesses.Of(declaration, figures) };
    }

    static TransferShare Transfer(MeasuredDefense from, MeasuredDefense to, bool[] isRight, Candidates? broken)
    {
        if (broken is null)
            return new(from.Name, to.Name, null, 0);
        var fell = MemberFalls.Falls(to, broken);
        int[] counted = [.. Enumerable.Range(0, fell.Length).Where(row => isRight[broken.Indices[row]])];
        return new(
            from.Name, to.Name,
            counted.Length == 0 ? null : Rate.Of(counted.Count(row => fell[row]), counted.Length),
            counted.Length);
    }

    static PairFigure Gradient(
        string first, string second, double?[] cosines, bool[] firstIsRight, bool[] secondIsRight, int seed)
    {
        double[] known =
        [
            .. cosines.Where((_, image) => firstIsRight[image] && secondIsRight[image]).OfType<double>(),
        ];
        return new(first, second, known.Length == 0 ? null : Estimate.Bootstrap(known, seed), known.Length);
    }
}
