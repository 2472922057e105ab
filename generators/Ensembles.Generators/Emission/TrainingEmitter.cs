using Ensembles.Generators.Models;

namespace Ensembles.Generators.Emission;

/// <summary>Writes the training of every component that can be trained.</summary>
static class TrainingEmitter
{
    const string Training = $"{Code.Core}.Training";

    /// <summary>Writes the method; nothing where no component can be trained, or where the class has its own.</summary>
    public static void Write(SourceWriter writer, EnsembleModel ensemble)
    {
        if (ensemble.TrainModifier is not { } modifier
            || ensemble.Components.All(component => component.Defense.Training == TrainingModel.None))
            return;

        var fits = ensemble.IsFitted
            ? " Then fits the vote on the images of their validation; without these, call FitVote."
            : "";
        using var method = writer.Braces($"""

            /// <summary>
            /// Trains every component that can be trained: first the fronts, then the gates, then the members, in order
            /// of declaration or, where <paramref name="options"/> join them by a loss, together. Progress reports put
            /// the component's name before the stage, and its checkpoint, named after it, lies in the folder of
            /// <paramref name="options"/>.{fits}
            /// </summary>
            /// <param name="training">
            /// Clean training images with their labels, in memory on any device, or read when they are asked for.
            /// </param>
            /// <param name="options">Seed, length, progress, cancellation, and the folder of the checkpoints.</param>
            {Code.Generated}
            public {modifier}void Train({Code.Core}.ILabeledImages training, {Training}.TrainingOptions options)
            """);
        writer.Write("""
            global::System.ArgumentNullException.ThrowIfNull(training);
            global::System.ArgumentNullException.ThrowIfNull(options);
            """);
        if (ensemble.IsFitted)
            writer.Write("options.ThrowIfVoteCannotBeFitted(this);");
        var inner = ensemble.Components.Where(component => component.IsEnsemble).Select(component => component.Name);
        if (ensemble.HasInner)
            writer.Write($"{Training}.JointTraining.ThrowIfOver(options.Joint, \"{string.Join(", ", inner)}\");");
        List<ComponentModel> fronts = [.. ensemble.Components.Where(component => component.IsFront)];
        for (var i = 0; i < fronts.Count; i++)
            Write(writer, fronts[i], fronts.Take(i));
        foreach (var component in ensemble.Components.Where(component => component.Gate is not null))
            Write(writer, component, component.IsBehindFronts ? fronts : []);
        WriteMembers(writer, ensemble, fronts);
        WriteFit(writer, ensemble);
    }

    /// <summary>Writes that the vote is fitted, where the options have validation images to do it on.</summary>
    static void WriteFit(SourceWriter writer, EnsembleModel ensemble)
    {
        if (ensemble.IsFitted)
            writer.Write("options.FitVote(this);");
    }

    static void WriteMembers(SourceWriter writer, EnsembleModel ensemble, List<ComponentModel> fronts)
    {
        var members = ensemble.Components.Where(component => component.Member is not null);
        List<ComponentModel> trained = [.. members.Where(member => member.Defense.Training != TrainingModel.None)];
        if (trained.Count == 0)
            return;
        if (members.All(member => !member.IsEnsemble))
        {
            using var together = writer.Braces("if (options.Joint is { } joint)");
            var named = string.Join(", ", trained.Select(member => $"(\"{member.Name}\", {Trained(member)})"));
            writer.Write($"joint.Train(training, options{Behind(fronts)}, {named});");
            WriteFit(writer, ensemble);
            writer.Write("return;");
        }
        foreach (var member in trained)
            Write(writer, member, fronts);
    }

    static void Write(SourceWriter writer, ComponentModel component, IEnumerable<ComponentModel> fronts)
    {
        if (component.Defense.Training == TrainingModel.None)
            return;
        var options = component.IsEnsemble ? "Within" : "For";
        writer.Write(
            $"""{Trained(component)}.Train(training, options.{options}("{component.Name}"){Behind(fronts)});""");
    }

    static string Trained(ComponentModel component)
    {
        var property = $"this.{Code.Identifier(component.Name)}";
        return component.Defense.Training == TrainingModel.Open ? property : $"(({Training}.ITrainable){property})";
    }

    static string Behind(IEnumerable<ComponentModel> fronts)
    {
        var before = string.Join(", ", fronts.Select(front => $"this.{Code.Identifier(front.Name)}"));
        return before == "" ? "" : $".Behind({before})";
    }
}
