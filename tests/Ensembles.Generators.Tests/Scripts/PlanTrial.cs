using Ensembles.Generators.Tests.Behavior;
using static TorchSharp.torch;

namespace Ensembles.Generators.Tests.Scripts;

/// <summary>Runs a wired ensemble and each of its variants by plans that vote in TorchScript.</summary>
static class PlanTrial
{
    static readonly CompileOptions options = new(1, 4, 4) { Choices = PlanChoices.Default, ScriptOnCpu = true };

    /// <summary>What is wrong with the plans; null where it is nothing.</summary>
    public static string? Complaint()
    {
        using var scope = NewDisposeScope();
        using var trio = Given.Trio();
        var images = Given.Images(200);
        foreach (var ensemble in trio.LeaveOneOut().Select(left => left.Ensemble).Prepend(trio))
        {
            using var plan = ensemble.Compile(options);
            if (!plan.ToString().Contains("vote and gates: one TorchScript function", StringComparison.Ordinal))
                return $"{ensemble.Declaration.Name} does not vote in TorchScript:\n{plan}";
            if (!ensemble.call(images).Labels.Equals(plan.Decide(images).Labels))
                return $"{ensemble.Declaration.Name} decides otherwise in TorchScript";
        }

        return null;
    }
}
