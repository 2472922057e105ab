using static TorchSharp.torch;

namespace Ensembles.Generators.Tests.Scripts;

/// <summary>
/// The three forms of a decision side by side, for every rule: the generated <c>forward</c>, the library's, which
/// variants and attack surfaces use, and the generated TorchScript.
/// </summary>
static class FormsTrial
{
    const int Images = 400;
    const int Classes = 4;

    /// <summary>An ensemble of three members and two gates under each rule with a script.</summary>
    static readonly Func<Ensemble>[] ensembles =
    [
        () => new ToldMeanProbability(new(), new(), new(), new(), new()),
        () => new ToldMeanLogit(new(), new(), new(), new(), new()),
        () => new ToldMedianLogit(new(), new(), new(), new(), new()),
        () => new ToldWeightedMean(new(), new(), new(), new(), new()),
        () => new ToldMaxMin(new(), new(), new(), new(), new()),
        () => new ToldProduct(new(), new(), new(), new(), new()),
        () => new ToldMajorityVote(new(), new(), new(), new(), new()),
        () => new ToldQuorum(new(), new(), new(), new(), new()),
        () => new ToldAllButZero(new(), new(), new(), new(), new()),
    ];

    /// <summary>What is wrong; null where it is nothing.</summary>
    public static string? Complaint() => ensembles.Select(Complaint).FirstOrDefault(complaint => complaint is not null);

    static string? Complaint(Func<Ensemble> make)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var whole = make();
        whole.eval();
        Tell(whole);
        return whole.LeaveOneOut().Select(left => left.Ensemble).Prepend(whole)
            .Select(ensemble => Complaint(ensemble, isWhole: ensemble == whole))
            .FirstOrDefault(complaint => complaint is not null);
    }

    /// <summary>Gives members and gates what they say, with numbers that tie, meet thresholds or are none.</summary>
    static void Tell(Ensemble ensemble)
    {
        manual_seed(1);
        foreach (var component in ensemble.Components.All)
        {
            var said = component.IsGate
                ? ScriptTrial.Strange(ScriptTrial.Quarters(Images))
                : ScriptTrial.Strange(ScriptTrial.Quarters(Images, Classes));
            if (component.Module is Told member)
                member.Logits = said.alias;
            else
                ((ToldGate)component.Module).Scores = said.alias;
            component.Threshold?.fill_(0.75f);
        }
    }

    static string? Complaint(Ensemble ensemble, bool isWhole)
    {
        var images = zeros(Images, 1, 1, 1);
        var name = ensemble.Declaration.Name;
        if (ensemble.DecisionScript is not { } text)
            return $"{name} has no script";
        var forward = ensemble.call(images);
        var rule = ensemble.Components.Rule;
        var library = rule.Decide(forward.MemberLogits, forward.GateScores);
        var script = DecisionScript.Compile(text).Decide(
            forward.MemberLogits, rule.Weights, forward.GateScores, rule.Thresholds);
        if (!Same(forward.Scores, library.Scores) || !forward.Labels.Equals(library.Labels))
            return $"the library decides otherwise than the forward of {name}";
        if (!Same(forward.Scores, script.Scores) || !forward.Labels.Equals(script.Labels))
            return $"the script decides otherwise than the forward of {name}:\n{text}";
        if (!ensemble.Surface.Evaluate(images, 1).Labels.Equals(forward.Labels))
            return $"the attack surface decides otherwise than the forward of {name}";

        // The trial is none without each of these.
        var labels = forward.Labels;
        var passed = forward.GateScores.le(0.75).all(0);
        var isTrial = labels.ge(0).any() & (labels.lt(0) & passed).any() & (labels.lt(0) & passed.logical_not()).any()
            & forward.MemberLogits.isnan().any() & (!isWhole | forward.GateScores.isnan().any());
        return isTrial.item<bool>() ? null : $"{name} does not meet every case";
    }

    static bool Same(Tensor a, Tensor b) => a.allclose(b, rtol: 0, atol: 0, equal_nan: true);
}
