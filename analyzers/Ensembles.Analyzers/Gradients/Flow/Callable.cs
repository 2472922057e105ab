using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>What a value may be where it is called, told apart by where it is written.</summary>
abstract class Callable(SyntaxNode place)
{
    SyntaxNode Place { get; } = place;

    public sealed override bool Equals(object? other) =>
        other is Callable callable && callable.GetType() == GetType() && callable.Place == Place;

    public sealed override int GetHashCode() => Place.GetHashCode();
}

/// <summary>A lambda or a method reference.</summary>
sealed class Function(IOperation code) : Callable(code.Syntax)
{
    public IOperation Code { get; } = code;
}

/// <summary>An object: a module, or what else has methods.</summary>
/// <param name="type">Its class.</param>
/// <param name="constructor">What made it; null where that is not known.</param>
/// <param name="arguments">What the constructor was given.</param>
/// <param name="place">Where it was made, or where it is used.</param>
sealed class Instance(
    INamedTypeSymbol type, IMethodSymbol? constructor, Value[] arguments, SyntaxNode place) : Callable(place)
{
    public INamedTypeSymbol Type { get; } = type;

    public IMethodSymbol? Constructor { get; } = constructor;

    public Value[] Arguments { get; } = arguments;
}

/// <summary>Modules that run one after the other.</summary>
sealed class Chain(IReadOnlyList<Value> parts, SyntaxNode place) : Callable(place)
{
    readonly SyntaxNode place = place;

    public IReadOnlyList<Value> Parts { get; } = parts;

    public Chain With(IEnumerable<Value> more) => new([.. Parts, .. more], place);
}

/// <summary>A transform of torchvision that draws random numbers in every call.</summary>
/// <param name="name">Its name.</param>
/// <param name="place">Where it was made.</param>
sealed class DrawingTransform(string name, SyntaxNode place) : Callable(place)
{
    public string Name { get; } = name;
}

/// <summary>What turned gradients off until it is disposed.</summary>
sealed class GradientScope(Break? before, SyntaxNode place) : Callable(place)
{
    /// <summary>What was off before.</summary>
    public Break? Before { get; } = before;
}
