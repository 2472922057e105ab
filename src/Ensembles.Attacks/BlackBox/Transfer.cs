using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// Transfer from substitutes (Papernot et al. 2017, "Practical black-box attacks against machine learning"; Szegedy et al. 2013 [33]): images crafted on other networks,
/// and on each member of the defense alone, are shown to the defense, and the best for each image is kept by its exact decision.
/// </summary>
/// <remarks>
/// <para>
/// It breaks what hides its gradient and decides as its neighbours do: give it the undefended twin of a defense. It should break less than an attack on the defense itself;
/// where it breaks more, that attack is not to be trusted (Carlini et al. 2019). Gates are not known to it and reject what they reject.
/// </para>
/// <para>
/// On each substitute it crafts the widest margin the attack finds, not the first wrong image. What passes through the substitutes is counted among forwards and backwards.
/// </para>
/// </remarks>
public sealed record Transfer : IAttack
{
    /// <summary>What it crafts with; an attack that searches a ball.</summary>
    public IAttack Attack { get; init; } = new MiFgsm();

    /// <summary>Other defenses to craft on; of a classifier, <see cref="AttackSurface.Of"/>.</summary>
    public IReadOnlyList<AttackSurface> Substitutes { get; init; } = [];

    /// <summary>
    /// Whether each member of the defense, alone and without gates, is a substitute too. Then a member without a gradient raises, as it does for attacks on
    /// the defense itself: images of its neighbours alone would make it look robust.
    /// </summary>
    public bool Members { get; init; } = true;

    /// <inheritdoc/>
    public string Name => $"Transfer of {Attack.Name}" + (Substitutes.Count == 0 ? "" : $" from {Substitutes.Count}{(Members ? " and the members" : "")}");

    /// <inheritdoc/>
    public IReadOnlyList<Norm> Norms => Attack.Norms;

    /// <inheritdoc/>
    public IReadOnlyList<(string Words, IAttack Attack)> Longer => [.. Attack.Longer.Select(longer => (longer.Words, (IAttack)(this with { Attack = longer.Attack })))];

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">No substitute, or an attack that looks for the smallest perturbation.</exception>
    public AttackResult Run(AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
    {
        if (Attack.IsMinimalNorm)
            throw new ArgumentException($"{Attack.Name} stops at the boundary of a substitute, and what it finds there does not transfer: craft with an attack that searches a ball, such as MiFgsm or Pgd.", nameof(Attack));
        if (Substitutes.Count == 0 && !Members)
            throw new ArgumentException("There is nothing to craft on: give substitutes, or let the members be some.", nameof(Substitutes));

        var members = Enumerable.Range(0, Members ? surface.Members.Count : 0).Select(surface.Alone);
        Substitute[] all = [.. Substitutes.Concat(members).Select(s => new Substitute(s))];
        return Members
            ? AttackLoop.FollowGradient(this, surface, images, labels, threat, options, Craft)
            : AttackLoop.Search(this, surface, images, labels, threat, options, Craft);

        void Craft(AttackBatch batch)
        {
            for (var s = 0; s < all.Length && batch.AnyOpen; s++)
            {
                var before = s;
                using var front = batch.Open(restart: s);
                var crafting = options with
                {
                    Criterion = Criterion.Misclassified,
                    StartingImages = [],
                    Seed = (int)(batch.Seed(s, 1) % int.MaxValue),
                    Progress = new Listener(done => batch.Progress((before + done) / all.Length)),
                };
                using var labelsLeft = front.OfBatch(batch.Labels);
                using var crafted = Attack.Run(all[s], front.Clean, labelsLeft, threat, crafting);
                batch.Victim.CountElsewhere(crafted);
                front.MoveTo(crafted.Images);
                front.Evaluate()?.Dispose();
                batch.Confirm(restart: s);
            }
        }
    }

    /// <summary>Hands progress on at once, on the thread that reports it.</summary>
    sealed class Listener(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
