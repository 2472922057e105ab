using Ensembles.Fuzz.Mutations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Ensembles.Fuzz;

/// <summary>A source with one to three mutations. Its number and the seed say all about it.</summary>
sealed record Mutant(int Seed, int Number, World World, string Source)
{
    static readonly Func<SyntaxNode, Random, Edit?>[] mutations =
    [
        TokenMutations.Delete, TokenMutations.Duplicate, TokenMutations.Swap, TokenMutations.Replace,
        TokenMutations.Cut,
        MemberMutations.Delete, MemberMutations.Duplicate, MemberMutations.Swap, MemberMutations.Move,
        AttributeMutations.HalfTyped, AttributeMutations.Delete, AttributeMutations.Swap, AttributeMutations.Argument,
        TypeMutations.WrongGenerics, TypeMutations.CyclicInheritance, TypeMutations.AnotherType,
        ModifierMutations.DropPartial, ModifierMutations.Another,
    ];

    public static Mutant Of(int seed, int number)
    {
        // Each has a generator of its own, so that one can be made again without those before it.
        var random = new Random(unchecked(seed * 1_000_003 + number));
        var world = Corpus.Pick(random);
        var source = world.Source;
        for (var left = 1 + random.Next(3); left > 0; left--)
            source = Mutate(source, random);
        return new(seed, number, world, source);
    }

    // Not every mutation finds something to work on.
    static string Mutate(string source, Random random)
    {
        var root = CSharpSyntaxTree.ParseText(source).GetRoot();
        for (var tries = 0; tries < 10; tries++)
        {
            if (random.Of(mutations)!(root, random) is { } edit)
                return edit.Of(source);
        }
        return source;
    }
}
