using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Reading;

/// <summary>A property of an ensemble with <c>[Member]</c> or <c>[Gate]</c>.</summary>
public sealed class Component
{
    internal Component(IPropertySymbol property, IReadOnlyList<AttributeData> members, IReadOnlyList<AttributeData> gates, KnownTypes known)
    {
        Property = property;
        MemberAttributes = members;
        GateAttributes = gates;
        // A type parameter or an array is no class that could be a defense.
        Type = property.Type as INamedTypeSymbol;
        Defense = Type is null ? null : Defense.Of(Type, known);
    }

    public IPropertySymbol Property { get; }

    public string Name => Property.Name;

    /// <summary>Its <c>[Member]</c> attributes; more than one is an error of the language.</summary>
    public IReadOnlyList<AttributeData> MemberAttributes { get; }

    /// <summary>Its <c>[Gate]</c> attributes; more than one is an error of the language.</summary>
    public IReadOnlyList<AttributeData> GateAttributes { get; }

    public bool IsMember => MemberAttributes.Count > 0;

    public bool IsGate => GateAttributes.Count > 0;

    /// <summary>Its class; null where the property's type is something else.</summary>
    public INamedTypeSymbol? Type { get; }

    /// <summary>What its class says about itself; null where that is not a defense.</summary>
    public Defense? Defense { get; }

    public Category? Category => Defense?.Category;
}
