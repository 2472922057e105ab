using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Ensembles.Defenses.Tests.Fixtures;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses.Tests.Catalogue;

/// <summary>
/// docs/methods.md says of every shipped defense what its attributes say. With ENSEMBLES_ACCEPT_SNAPSHOTS=1 the test
/// writes the page.
/// </summary>
public partial class MethodsPageTests
{
    const string Head = """
        # Methods

        Every shipped defense, as its attributes say; written by `MethodsPageTests`. *Differentiable* says whether its
        decision has a gradient of its own: where it has none, attacks go through the surrogate that the method brings.
        *Random* says whether it draws numbers at test time, so that attacks average over draws. Numbers in brackets are
        those of [references.md](references.md).

        | method | category | strengths it claims | differentiable | random | under attack | source |
        |---|---|---|---|---|---|---|

        """;

    static readonly IReadOnlyList<Type> methods =
    [
        .. typeof(UndefendedClassifier).Assembly.GetExportedTypes()
            .Where(type => Marked(type) is { } marked && !marked.Categories.Contains(Category.Undefended))
            .OrderBy(type => Marked(type)!.Categories[0])
            .ThenBy(type => type.Name, StringComparer.Ordinal),
    ];

    public static TheoryData<Type> Methods => [.. methods];

    [Fact]
    public void The_page_says_what_the_attributes_say()
    {
        var page = Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../docs/methods.md");
        var expected = Head + string.Concat(methods.Select(Row));
        if (Environment.GetEnvironmentVariable("ENSEMBLES_ACCEPT_SNAPSHOTS") == "1")
            File.WriteAllText(page, expected);

        Assert.Equal(expected.ReplaceLineEndings(), File.ReadAllText(page).ReplaceLineEndings());
    }

    /// <summary>Those whose remarks say that what they were thought to do was measured and does not show.</summary>
    static readonly IReadOnlyList<Type> withoutClaims =
        [typeof(BitDepthTransform), typeof(JpegTransform), typeof(ThermometerTransform)];

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_method_names_its_source_its_strengths_and_what_it_falls_to(Type method)
    {
        var marked = Marked(method)!;

        Assert.Matches(NameAndYear(), marked.Source);
        Assert.EndsWith(".", marked.UnderAttack);
        Assert.Equal(withoutClaims.Contains(method), !Strengths(method).Any());
    }

    static string Row(Type method)
    {
        var marked = Marked(method)!;
        using var made = Made(method);
        var modules = made.modules().Prepend(made).ToList();
        string[] cells =
        [
            $"`{method.Name}`",
            string.Join(", ", marked.Categories.Select(Words)),
            string.Join(", ", Strengths(method).DefaultIfEmpty("none that shows")),
            modules.Exists(module => module is INonDifferentiable) ? "no" : "yes",
            modules.Exists(module => module is IRandomized) ? "yes" : "no",
            marked.UnderAttack ?? "",
            marked.Source ?? "",
        ];
        return $"| {string.Join(" | ", cells)} |\n";
    }

    static DefenseAttribute? Marked(Type type) => type.GetCustomAttribute<DefenseAttribute>();

    static IEnumerable<string> Strengths(Type method) =>
        from claim in method.GetCustomAttributes()
        where claim.GetType() is { IsGenericType: true } type
            && type.GetGenericTypeDefinition() == typeof(ClaimsAttribute<>)
        select (string)claim.GetType().GenericTypeArguments[0].GetProperty(nameof(IStrength.Name))!.GetValue(null)!;

    static string Words(Category category) =>
        Capital().Replace(category.ToString(), match => $" {match.Value.ToLowerInvariant()}").TrimStart()
            .Replace("non ", "non-", StringComparison.Ordinal);

    /// <summary>An untrained one: a network where the constructor asks for networks, defaults for the rest.</summary>
    static Module<Tensor, Tensor> Made(Type method)
    {
        var constructor = method.GetConstructors().OrderBy(c => c.GetParameters().Length).First();
        return (Module<Tensor, Tensor>)constructor.Invoke([.. constructor.GetParameters().Select(parameter =>
            parameter.ParameterType == typeof(INetworkFactory) ? Bars.Networks
            : parameter.HasDefaultValue ? parameter.DefaultValue
            : throw new InvalidOperationException(
                $"{method.Name} is made of {parameter.ParameterType.Name} {parameter.Name}: say here of which."))]);
    }

    static string ThisFile([CallerFilePath] string path = "") => path;

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Capital();

    [GeneratedRegex(@"[\p{L}.] \d{4}")]
    private static partial Regex NameAndYear();
}
