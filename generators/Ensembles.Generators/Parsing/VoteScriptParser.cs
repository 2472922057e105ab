using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Parsing;

/// <summary>Reads the TorchScript of a voting rule.</summary>
static class VoteScriptParser
{
    /// <summary>The script; null for a rule that has none, as a user's own.</summary>
    public static VoteScriptModel? Parse(INamedTypeSymbol rule, KnownTypes known) =>
        known.VoteScript is { } attribute
        && rule.AttributesOf(attribute).FirstOrDefault() is { ConstructorArguments: [{ Value: string scores }, { Value: string labels }] }
            ? new(scores, labels)
            : null;
}
