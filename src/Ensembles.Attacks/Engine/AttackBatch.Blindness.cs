namespace Ensembles.Attacks;

/// <content>Images on which the attack had nothing to go by: no gradient but zero, or no answer but one.</content>
public sealed partial class AttackBatch
{
    /// <summary>Answers that differ by less are one: rounding.</summary>
    const float SameAnswer = 1e-5f;

    readonly bool[] followed;
    readonly bool[] hasSlope;
    readonly float[] cleanNearness;
    readonly bool looksSaturated;

    /// <summary>The images that restarts go on with; null for all.</summary>
    bool[]? only;

    /// <summary>
    /// For each image whether the attack followed it and saw no slope: its gradient was exactly zero wherever it was
    /// asked for or, without gradients, every answer was that for the clean image.
    /// </summary>
    internal IEnumerable<bool> Blind => followed.Zip(hasSlope, (was, slope) => was && !slope);

    /// <summary>Notes the largest entries of the vote's gradient on images of the batch, but for those done.</summary>
    internal void NoteGradients(int[] rows, float[] largest, bool[] done)
    {
        if (Defense.IsHeated)
            return;
        if (!largest.Any(size => size > 0))
            CheckGradient();
        IsGradientChecked = true;
        for (var i = 0; i < rows.Length; i++)
        {
            if (!done[i])
                NoteSlope(rows[i], largest[i] > 0);
        }
    }

    /// <summary>
    /// Whether a gradient was seen, or looked for: with one member the first that the attack follows is enough.
    /// </summary>
    internal bool IsGradientChecked { get; set; } = true;

    /// <summary>Throws when a member has no gradient anywhere, unless that is known already.</summary>
    /// <exception cref="ZeroGradientException">Names the members.</exception>
    internal void CheckGradient()
    {
        if (IsGradientChecked)
            return;
        IsGradientChecked = true;
        GradientCheck.ThrowIfMemberHasNone(Defense, this);
    }

    /// <summary>
    /// Attacks images anew with the gradient of the defense at a higher temperature, before they count as robust: those
    /// on which no gradient was seen or, where scores have saturated, all that stand. A score that is flat where its
    /// runner-up's is not leaves a gradient, and half of the way is missing in it.
    /// </summary>
    /// <param name="search">The attack.</param>
    internal void SearchBlindAnew(Action<AttackBatch> search)
    {
        var isBlind = Blind.ToArray();
        int[] blind =
        [
            .. Enumerable.Range(0, share.Length)
                .Where(i => NeededAttack[i] && !IsBroken(i) && (isBlind[i] || looksSaturated)),
        ];
        if (!Defense.IsFollowed || blind.Length == 0)
            return;
        using var index = HostMemory.Index(blind, Clean.device);
        using var images = Clean.index_select(0, index);
        using var criterion = Criterion.Select(index);
        if (Defense.Heat(images, criterion, looksSaturated) is not { } warm || !warm.Contains(true))
            return;
        only = new bool[share.Length];
        for (var i = 0; i < blind.Length; i++)
            only[blind[i]] = warm[i];
        search(this);
        Defense.Cool();
        only = null;
        // How near they are was told at the higher temperature.
        using var judged = Defense.EvaluateItself(best, Defense.ConfirmingDraws, Seed(-2, 0));
        var result = Criterion.Judge(judged, [.. Enumerable.Range(0, share.Length)], Defense.ConfirmingDraws);
        foreach (var image in blind)
            Note(image, result, image);
    }

    /// <summary>
    /// Whether logits look cut off: the highest or the lowest of all is that of several images, to the last bit.
    /// </summary>
    static bool LooksSaturated(SurfaceOutput output, int images)
    {
        var (values, classes) = (HostMemory.ReadFloats(output.MemberLogits), (int)output.MemberLogits.size(2));
        var (highest, lowest) = (float.NegativeInfinity, float.PositiveInfinity);
        foreach (var value in values.Where(float.IsFinite))
            (highest, lowest) = (MathF.Max(highest, value), MathF.Min(lowest, value));
        return ImagesWith(highest) > 1 || ImagesWith(lowest) > 1;

        // A row for each member, draw and image, draws one after the other.
        int ImagesWith(float extreme) => Enumerable.Range(0, values.Length / classes)
            .Where(row => values.AsSpan(row * classes, classes).Contains(extreme))
            .Select(row => row % images)
            .Distinct()
            .Count();
    }

    void NoteAnswers(ReadOnlySpan<int> images, CriterionResult result)
    {
        if (Defense.IsFollowed)
            return;
        for (var i = 0; i < images.Length; i++)
            NoteSlope(images[i], !(MathF.Abs(result.Nearness[i] - cleanNearness[images[i]]) <= SameAnswer));
    }

    void NoteSlope(int image, bool hasOne)
    {
        followed[image] = true;
        hasSlope[image] |= hasOne;
    }
}
