using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Declarations;

/// <summary>
/// A property of an ensemble with <c>[Member]</c>, <c>[Gate]</c> or <c>[Front]</c>, as it is written, well-formed or
/// not; or one that the ensemble inherits.
/// </summary>
sealed class Component
{
    Component(
        BasePropertyDeclarationSyntax syntax,
        List<AttributeSyntax> members,
        List<AttributeSyntax> gates,
        List<AttributeSyntax> fronts,
        WrittenClass written,
        KnownTypes known)
    {
        Syntax = syntax;
        MemberAttributes = members;
        GateAttributes = gates;
        FrontAttributes = fronts;
        Type = written.Bind(syntax.Type);
        // A type parameter or an array is no class that could be a defense.
        Class = Type is INamedTypeSymbol { TypeKind: TypeKind.Class } type ? known.Defense(type) : null;
        Number = IsMember ? written.Argument(members[0], WeightArgument, otherwise: 1)
            : IsGate ? written.Argument(gates[0], RateArgument, otherwise: 0.05)
            : 1;
        IsBehindFronts = IsMember || (IsGate && written.IsTrue(gates[0], BehindFrontsArgument));
    }

    Component(DeclaredComponent declared, KnownTypes known)
    {
        Inherited = declared;
        var mark = declared.Property
            .AttributesOf(
                declared.Mark == "Member" ? known.MemberAttribute
                : declared.Mark == "Gate" ? known.GateAttribute
                : known.FrontAttribute)
            .First();
        (MemberAttributes, GateAttributes, FrontAttributes) = ([], [], []);
        Type = declared.Property.Type;
        Class = Type is INamedTypeSymbol { TypeKind: TypeKind.Class } type ? known.Defense(type) : null;
        Number = IsMember ? mark.Argument(WeightArgument, otherwise: 1d)
            : IsGate ? mark.Argument(RateArgument, otherwise: 0.05)
            : 1;
        IsBehindFronts = IsMember || (IsGate && mark.Argument(BehindFrontsArgument, otherwise: false) == true);
    }

    /// <summary>The argument of <c>[Member]</c>.</summary>
    public const string WeightArgument = "Weight";

    /// <summary>An argument of <c>[Gate]</c>.</summary>
    public const string RateArgument = "FalsePositiveRate";

    /// <summary>The other argument of <c>[Gate]</c>.</summary>
    public const string BehindFrontsArgument = "BehindFronts";

    /// <summary>The property in the class; null for one that it inherits.</summary>
    public BasePropertyDeclarationSyntax? Syntax { get; }

    /// <summary>What is inherited; null for a property of the class.</summary>
    public DeclaredComponent? Inherited { get; }

    public string Name => Inherited?.Property.Name
        ?? (Syntax is PropertyDeclarationSyntax property ? property.Identifier.ValueText : "this[]");

    /// <summary>Where its name is written; null for one that the class inherits.</summary>
    public Location? Place => Syntax switch
    {
        null => null,
        PropertyDeclarationSyntax property => property.Identifier.GetLocation(),
        IndexerDeclarationSyntax indexer => indexer.ThisKeyword.GetLocation(),
        _ => Syntax.GetLocation(),
    };

    /// <summary>Its <c>[Member]</c> attributes; more than one is an error of the language.</summary>
    public IReadOnlyList<AttributeSyntax> MemberAttributes { get; }

    /// <summary>Its <c>[Gate]</c> attributes; more than one is an error of the language.</summary>
    public IReadOnlyList<AttributeSyntax> GateAttributes { get; }

    /// <summary>Its <c>[Front]</c> attributes; more than one is an error of the language.</summary>
    public IReadOnlyList<AttributeSyntax> FrontAttributes { get; }

    public bool IsMember => MemberAttributes.Count > 0 || Inherited is { Mark: "Member" };

    public bool IsGate => GateAttributes.Count > 0 || Inherited is { Mark: "Gate" };

    public bool IsFront => FrontAttributes.Count > 0 || Inherited is { Mark: "Front" };

    /// <summary>Whether it sees what the fronts make of the images: members do, and gates that say so.</summary>
    public bool IsBehindFronts { get; }

    /// <summary>Its attributes of all kinds.</summary>
    public IEnumerable<AttributeSyntax> Attributes => MemberAttributes.Concat(GateAttributes).Concat(FrontAttributes);

    /// <summary>The first of its attributes; null for what is inherited.</summary>
    public AttributeSyntax? Attribute => Attributes.FirstOrDefault();

    /// <summary>What the property's type means; null or an error where it means nothing.</summary>
    public ITypeSymbol? Type { get; }

    /// <summary>
    /// What its class says about itself, marked as a defense or not; null where its type is no class.
    /// </summary>
    public Defense? Class { get; }

    /// <summary>The same; null where its class is not marked as a defense.</summary>
    public Defense? Defense => Class is { IsMarked: true } ? Class : null;

    /// <summary>
    /// The categories of its class; null where that is not a defense, or of a category not known here.
    /// </summary>
    public IReadOnlyList<Category>? Categories => Defense?.Categories;

    /// <summary>Whether its class says that it has no defense of its own.</summary>
    public bool IsUndefended => Defense is { IsUndefended: true };

    /// <summary>A member's weight, or a gate's rate; 1 for a front; null where it is no number.</summary>
    public double? Number { get; }

    /// <summary>The attributes that it has, each once: "[Member]".</summary>
    public IReadOnlyList<string> Marks =>
    [
        .. new[] { (IsMember, "[Member]"), (IsGate, "[Gate]"), (IsFront, "[Front]") }
            .Where(mark => mark.Item1)
            .Select(mark => mark.Item2),
    ];

    /// <summary>Whether its class can do what its attribute says.</summary>
    public bool HasRole => Class is { Role: { } role } && Marks.SequenceEqual([$"[{role}]"]);

    /// <summary>The attribute that its class can do justice to, by name; null where none, or where it has it.</summary>
    public string? RightMark => Marks.Count == 1 && !HasRole ? Class?.Role : null;

    /// <summary>A member's share of the vote, which is computed in float32.</summary>
    /// <param name="weight">Its weight.</param>
    /// <param name="sum">The sum of all weights.</param>
    public static float Share(double weight, double sum) => (float)(weight / sum);

    /// <summary>A component that an ensemble inherits from another.</summary>
    public static Component Of(DeclaredComponent inherited, KnownTypes known) => new(inherited, known);

    /// <summary>The component; null for a property without such an attribute.</summary>
    public static Component? Of(BasePropertyDeclarationSyntax property, WrittenClass written, KnownTypes known)
    {
        List<AttributeSyntax>? members = null;
        List<AttributeSyntax>? gates = null;
        List<AttributeSyntax>? fronts = null;
        foreach (var list in property.AttributeLists)
        {
            if (list.Target is not null && !list.Target.Identifier.IsKind(SyntaxKind.PropertyKeyword))
                continue;
            foreach (var attribute in list.Attributes)
            {
                var type = written.ClassOf(attribute);
                if (SymbolEqualityComparer.Default.Equals(type, known.MemberAttribute))
                    (members ??= []).Add(attribute);
                else if (SymbolEqualityComparer.Default.Equals(type, known.GateAttribute))
                    (gates ??= []).Add(attribute);
                else if (SymbolEqualityComparer.Default.Equals(type, known.FrontAttribute))
                    (fronts ??= []).Add(attribute);
            }
        }

        return members is null && gates is null && fronts is null
            ? null
            : new(property, members ?? [], gates ?? [], fronts ?? [], written, known);
    }
}
