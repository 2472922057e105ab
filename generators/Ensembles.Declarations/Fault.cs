using Microsoft.CodeAnalysis;

namespace Ensembles.Declarations;

/// <summary>
/// Why a declaration is not well-formed. The generator writes no code for a declaration with a fault, and an analyzer
/// reports the fault.
/// </summary>
/// <param name="Kind">What is wrong, which tells the rule that reports it.</param>
/// <param name="Place">Where it is written.</param>
/// <param name="Arguments">The arguments of the rule's message.</param>
sealed record Fault(FaultKind Kind, Location? Place, params object[] Arguments)
{
    /// <summary>A fault that another rule or the compiler reports.</summary>
    public static Fault Elsewhere { get; } = new(FaultKind.ReportedElsewhere, null);
}

/// <summary>What is wrong with a declaration.</summary>
enum FaultKind
{
    /// <summary>ENS0006: an ensemble without members.</summary>
    NoMembers,

    /// <summary>ENS0007: a class, or a property in it, that no other part can complete.</summary>
    CannotComplete,

    /// <summary>ENS0009: a component that cannot do what its attribute says.</summary>
    WrongRole,

    /// <summary>ENS0010: a weight, rate or quorum that cannot be.</summary>
    ImpossibleNumber,

    /// <summary>ENS0401: an ablation suite that names no ensemble, or whose tests no framework would run.</summary>
    SuiteOfNothing,

    /// <summary>
    /// An error of the compiler; or a component without a role that is not marked as a defense, ENS0008.
    /// </summary>
    ReportedElsewhere,
}
