using Ensembles.Generators.Models;

namespace Ensembles.Generators.Emission;

/// <summary>
/// The components that decide together: all of an ensemble's, or all but one. The whole ensemble and its variants are
/// written by the same code from their lineups.
/// </summary>
sealed class Lineup
{
    readonly string holder;

    Lineup(EnsembleModel ensemble, ComponentModel? leftOut, string holder)
    {
        this.holder = holder;
        Ensemble = ensemble;
        LeftOut = leftOut;
        Components = [.. ensemble.Components.Where(component => component != leftOut)];
        Members = [.. Components.Where(component => component.Member is not null)];
        Gates = [.. Components.Where(component => component.Gate is not null)];
        Quorum = Math.Min(ensemble.Quorum, Members.Count);
    }

    /// <summary>The whole ensemble, seen from inside its own class.</summary>
    public static Lineup Whole(EnsembleModel ensemble) => new(ensemble, null, "this");

    /// <summary>The ensemble without one component, seen from a nested class that refers to the whole.</summary>
    public static Lineup Without(EnsembleModel ensemble, ComponentModel component) => new(ensemble, component, "whole");

    /// <summary>The same lineup, seen from a nested class that refers to the whole.</summary>
    public Lineup FromInside() => new(Ensemble, LeftOut, "whole");

    public EnsembleModel Ensemble { get; }

    public ComponentModel? LeftOut { get; }

    public IReadOnlyList<ComponentModel> Components { get; }

    public IReadOnlyList<ComponentModel> Members { get; }

    public IReadOnlyList<ComponentModel> Gates { get; }

    public int Quorum { get; }

    /// <summary>The ensemble's name, and the variant's behind it.</summary>
    public string Name => LeftOut is null ? Ensemble.Name : $"{Ensemble.Name}.{LeftOut.Variant}";

    /// <summary>"FiveStrengths", or "FiveStrengths without Transfer".</summary>
    public string Title => LeftOut is null ? Ensemble.Name : $"{Ensemble.Name} without {LeftOut.Name}";

    /// <summary>The component's property.</summary>
    public string Module(ComponentModel component) => $"{holder}.{Code.Identifier(component.Name)}";

    /// <summary>The gate's threshold.</summary>
    public string Threshold(ComponentModel gate) => $"{holder}.{gate.Gate!.ThresholdField}";

    /// <summary>The local that holds what a component says.</summary>
    public string Output(ComponentModel component) => component.Parameter + (component.Gate is not null ? "Score" : "Logits");

    /// <summary>
    /// The weights of these members before they are divided by their sum. They are read from the whole each time, so that
    /// they follow it to another device and through a load.
    /// </summary>
    public string Weights()
    {
        var weights = $"{holder}.{Ensemble.WeightsField}";
        var all = Ensemble.Components.Where(component => component.Member is not null).ToList();
        var before = LeftOut is null ? -1 : all.IndexOf(LeftOut);
        var after = all.Count - before - 1;
        return before switch
        {
            -1 => weights,
            0 => $"{weights}.narrow(0, 1, {after})",
            _ when after == 0 => $"{weights}.narrow(0, 0, {before})",
            _ => $"{Code.Torch}.cat([{weights}.narrow(0, 0, {before}), {weights}.narrow(0, {before + 1}, {after})])",
        };
    }

    /// <summary>Whether a voting member is left out.</summary>
    public bool IsMemberLeftOut => LeftOut?.Member is not null;
}
