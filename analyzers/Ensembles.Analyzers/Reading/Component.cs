using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Reading;

/// <summary>A property of an ensemble with <c>[Member]</c> or <c>[Gate]</c>.</summary>
public sealed class Component
{
    Component(IPropertySymbol property, IReadOnlyList<AttributeData> members, IReadOnlyList<AttributeData> gates, KnownTypes known)
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

    /// <summary>The first of its attributes.</summary>
    public AttributeData Attribute => MemberAttributes.Concat(GateAttributes).First();

    /// <summary>Its class; null where the property's type is something else.</summary>
    public INamedTypeSymbol? Type { get; }

    /// <summary>What its class says about itself; null where that is not a defense.</summary>
    public Defense? Defense { get; }

    /// <summary>The categories of its class; null where that is not a defense, or of a category not known here.</summary>
    public IReadOnlyList<Category>? Categories => Defense?.Categories;

    /// <summary>Whether its class says that it has no defense of its own.</summary>
    public bool IsUndefended => Defense is { IsUndefended: true };

    /// <summary>The component; null for a property without either attribute.</summary>
    public static Component? Of(IPropertySymbol property, KnownTypes known)
    {
        IReadOnlyList<AttributeData> members = [.. property.AttributesOf(known.MemberAttribute)];
        IReadOnlyList<AttributeData> gates = [.. property.AttributesOf(known.GateAttribute)];
        return members.Count + gates.Count == 0 ? null : new Component(property, members, gates, known);
    }

    /// <summary>Whether its class can do what its attribute says.</summary>
    public bool HasRole(KnownTypes known) => Type is not null && Type.DerivesFrom(IsMember ? known.Classifier : known.Detector);

    /// <summary>Whether its class can do what the other attribute says: a detector marked <c>[Member]</c>, or a classifier marked <c>[Gate]</c>.</summary>
    public bool ShouldSwap(KnownTypes known) => IsMember != IsGate && Type is not null && Type.DerivesFrom(IsMember ? known.Detector : known.Classifier);
}
