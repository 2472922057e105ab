using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Analyzers.Reading;

/// <summary>
/// What a class's code says about registration, by names: a rule cannot ask for the meaning of code in other files.
/// </summary>
sealed class ModuleSyntax
{
    readonly List<TypeDeclarationSyntax> parts;
    readonly List<ConstructorDeclarationSyntax> constructors;

    public ModuleSyntax(INamedTypeSymbol type, CancellationToken cancellation)
    {
        parts = [
            .. type.DeclaringSyntaxReferences.Select(part => part.GetSyntax(cancellation))
                .OfType<TypeDeclarationSyntax>()];
        constructors = [.. parts.SelectMany(part => part.Members).OfType<ConstructorDeclarationSyntax>()];
        CallsRegisterComponents = Calls("RegisterComponents").Any();
        RegistersInLoop = Calls("register_module")
            .Concat(Calls("add_module"))
            .Any(call =>
                call.Ancestors()
                    .Any(node =>
                        node is CommonForEachStatementSyntax
                            or ForStatementSyntax
                            or AnonymousFunctionExpressionSyntax));
    }

    public bool CallsRegisterComponents { get; }

    public bool RegistersInLoop { get; }

    /// <summary>Whether a call or a creation of one of these names has the member among its arguments.</summary>
    public bool Mentions(string[] names, string member) => Own().Any(node =>
        (node is InvocationExpressionSyntax call ? (NameOf(call.Expression), call.ArgumentList)
            : node is ObjectCreationExpressionSyntax creation ? (NameOf(creation.Type), creation.ArgumentList)
            : default) is (not null, { } arguments) named
        && names.Contains(named.Item1)
        && arguments.DescendantNodes()
            .OfType<IdentifierNameSyntax>()
            .Any(identifier => identifier.Identifier.ValueText == member));

    /// <summary>Whether the field has a value before any constructor runs.</summary>
    public bool IsInitialized(IFieldSymbol field) =>
        (field.AssociatedSymbol ?? field).DeclaringSyntaxReferences.Any(reference => reference.GetSyntax() switch
    {
        VariableDeclaratorSyntax { Initializer: not null } => true,
        PropertyDeclarationSyntax { Initializer: not null } => true,
        _ => false,
    });

    public bool IsAssignedInConstructor(IFieldSymbol field) =>
        constructors.SelectMany(constructor => constructor.DescendantNodes()).Any(node => Assigns(node, NameOf(field)));

    /// <summary>
    /// Whether a constructor calls RegisterComponents and assigns the field in a later statement alone.
    /// </summary>
    public bool IsAssignedAfterRegisterComponents(IFieldSymbol field) => constructors.Any(constructor =>
    {
        if (constructor.Body is not { } body)
            return false;
        var call = body.Statements.IndexOf(statement =>
            statement is ExpressionStatementSyntax { Expression: InvocationExpressionSyntax { Expression: var called } }
                && NameOf(called) == "RegisterComponents");
        bool AssignedIn(IEnumerable<StatementSyntax> statements) =>
            statements.Any(statement => statement.DescendantNodes().Any(node => Assigns(node, NameOf(field))));
        return call >= 0 && AssignedIn(body.Statements.Skip(call + 1)) && !AssignedIn(body.Statements.Take(call));
    });

    /// <summary>
    /// Whether a method that no constructor leads to makes the module, <c>fc ??= Linear(784, 10)</c>, and no
    /// constructor does.
    /// </summary>
    public bool IsMadeLater(IFieldSymbol field)
    {
        if (IsInitialized(field) || IsAssignedInConstructor(field))
            return false;
        var name = NameOf(field);
        var early = EarlyMembers();
        return parts.SelectMany(part => part.Members)
            .Where(member => member is MethodDeclarationSyntax or PropertyDeclarationSyntax or IndexerDeclarationSyntax
                && !early.Contains(DeclaredName(member)))
            .SelectMany(member => member.DescendantNodes())
            .Any(node => Assigns(node, name) && Makes(((AssignmentExpressionSyntax)node).Right));
    }

    /// <summary>The members that constructors and initial values mention, and those that these mention.</summary>
    HashSet<string> EarlyMembers()
    {
        var members = parts.SelectMany(part => part.Members).ToList();
        var mentioned = new HashSet<string>();
        var waiting = new Queue<SyntaxNode>(members.Where(member =>
            member is ConstructorDeclarationSyntax or FieldDeclarationSyntax));
        while (waiting.Count > 0)
        {
            foreach (var name in waiting.Dequeue().DescendantNodes().OfType<SimpleNameSyntax>())
            {
                if (!mentioned.Add(name.Identifier.ValueText))
                    continue;
                foreach (var member in members.Where(member => DeclaredName(member) == name.Identifier.ValueText))
                    waiting.Enqueue(member);
            }
        }

        return mentioned;
    }

    static string DeclaredName(MemberDeclarationSyntax member) => member switch
    {
        MethodDeclarationSyntax method => method.Identifier.ValueText,
        PropertyDeclarationSyntax property => property.Identifier.ValueText,
        _ => "",
    };

    /// <summary>Whether an expression makes a new module: "new X()" or a call of what is named like a type.</summary>
    static bool Makes(ExpressionSyntax value) => value switch
    {
        BaseObjectCreationExpressionSyntax => true,
        InvocationExpressionSyntax call => NameOf(call.Expression) is [var first, ..] && char.IsUpper(first),
        ParenthesizedExpressionSyntax inner => Makes(inner.Expression),
        PostfixUnaryExpressionSyntax suppressed => Makes(suppressed.Operand),
        BinaryExpressionSyntax { RawKind: (int)SyntaxKind.CoalesceExpression } either => Makes(either.Right),
        ConditionalExpressionSyntax choice => Makes(choice.WhenTrue) || Makes(choice.WhenFalse),
        _ => false,
    };

    IEnumerable<InvocationExpressionSyntax> Calls(string name) =>
        Own().OfType<InvocationExpressionSyntax>().Where(call => NameOf(call.Expression) == name);

    /// <summary>The class's own code, without that of the classes nested in it.</summary>
    IEnumerable<SyntaxNode> Own() =>
        parts.SelectMany(part => part.Members)
            .Where(member => member is not BaseTypeDeclarationSyntax)
            .SelectMany(member => member.DescendantNodes());

    /// <summary>Whether a node is an assignment to a member of this name, alone or in a tuple.</summary>
    public static bool Assigns(SyntaxNode node, string name) =>
        node is AssignmentExpressionSyntax { Left: var left }
        && (left is TupleExpressionSyntax tuple ? tuple.Arguments.Select(argument => argument.Expression) : [left])
            .Any(target => NameOf(target) == name);

    static string NameOf(IFieldSymbol field) => field.AssociatedSymbol?.Name ?? field.Name;

    /// <summary>The last part of a name.</summary>
    public static string? NameOf(ExpressionSyntax expression) => expression switch
    {
        SimpleNameSyntax name => name.Identifier.ValueText,
        MemberAccessExpressionSyntax access => access.Name.Identifier.ValueText,
        QualifiedNameSyntax qualified => qualified.Right.Identifier.ValueText,
        _ => null,
    };
}
