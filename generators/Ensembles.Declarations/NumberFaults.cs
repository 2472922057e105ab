using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Declarations;

/// <summary>Weights, rates and quorums that cannot be.</summary>
static class NumberFaults
{
    public static IEnumerable<Fault> Of(EnsembleDeclaration ensemble) =>
        OfVoters(ensemble).Concat(OfQuorum(ensemble)).Concat(OfWeights(ensemble)).Concat(OfRates(ensemble));

    static IEnumerable<Fault> OfVoters(EnsembleDeclaration ensemble)
    {
        var members = ensemble.Members.Count;
        if (members > 0 && ensemble.Parts is { Count: var parts } && members != parts)
            yield return Impossible(
                "number of members", ensemble.Name, members, ensemble.Attribute.Place(),
                $"{Wording.Code(ensemble.Rule!)} takes {parts}, in this order: {string.Join(", ", ensemble.Parts)}");
    }

    static IEnumerable<Fault> OfQuorum(EnsembleDeclaration ensemble)
    {
        var members = ensemble.Members.Count;
        if (ensemble.Quorum is not { } quorum)
        {
            yield return Fault.Elsewhere;
        }
        // Without members every quorum is too high, and that there are none is what is wrong.
        else if (members > 0 && (quorum < 1 || quorum > members))
        {
            var range = members == 1
                ? "one member can only agree with itself"
                : $"from 1 to {members} members can agree";
            var attribute = ensemble.Attribute.ApplicationSyntaxReference?.GetSyntax() as AttributeSyntax;
            var place = Place(attribute, EnsembleDeclaration.QuorumArgument) ?? ensemble.Attribute.Place();
            yield return Impossible("quorum", ensemble.Name, quorum, place, range);
        }
    }

    static IEnumerable<Fault> OfWeights(EnsembleDeclaration ensemble)
    {
        var areNumbers = true;
        foreach (var member in ensemble.Members)
        {
            if (member.Number is > 0 and < double.PositiveInfinity)
                continue;
            areNumbers = false;
            yield return Impossible(member, ensemble, "weight", "a weight is positive and finite");
        }

        // The vote is computed in float32, where a share may be 0 though the weight is not.
        var sum = ensemble.Members.Sum(member => member.Number ?? 1);
        foreach (var member in ensemble.Members)
        {
            if (areNumbers && Component.Share(member.Number!.Value, sum) == 0)
                yield return Impossible(
                    member, ensemble, "weight", "beside the other weights its share of the vote is 0 in float32");
        }
    }

    static IEnumerable<Fault> OfRates(EnsembleDeclaration ensemble) => ensemble.Gates
        .Where(gate => !gate.IsMember && gate.Number is not (> 0 and < 1))
        .Select(gate => Impossible(gate, ensemble, "false positive rate", "a rate lies between 0 and 1"));

    static Fault Impossible(Component component, EnsembleDeclaration ensemble, string what, string reason)
    {
        // What is no number at all is the compiler's to report.
        if (component.Number is not { } number)
            return Fault.Elsewhere;
        var argument = component.IsMember ? Component.WeightArgument : Component.RateArgument;
        return Impossible(
            what, component.Name, number, Place(component.Attribute, argument) ?? ensemble.Attribute.Place(), reason);
    }

    static Fault Impossible(string what, string whose, double number, Location? place, string reason) => new(
        FaultKind.ImpossibleNumber, place, what, whose, number.ToString("R", CultureInfo.InvariantCulture), reason);

    static Location? Place(AttributeSyntax? attribute, string argument) =>
        WrittenClass.ArgumentOf(attribute, argument)?.GetLocation() ?? attribute?.GetLocation();
}
