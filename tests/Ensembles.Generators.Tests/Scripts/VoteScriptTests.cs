using System.Diagnostics;
using System.Text.Json;
using Ensembles.Generators.Tests.Running;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Generators.Tests.Scripts;

/// <summary>The vote and the gates in TorchScript, as emitted.</summary>
public class VoteScriptTests
{
    static readonly int[] memberCounts = [1, 2, 3, 4, 5, 8];
    static readonly int[] gateCounts = [0, 1, 3];

    static readonly (string Rule, int Members, int Quorum, int Gates)[] declared =
    [
        .. from rule in ScriptTrial.Rules
           from members in memberCounts
           from gates in gateCounts
           select (rule, members, 1 + members / 2, gates),
    ];

    [Fact]
    public async Task Every_rule_with_any_members_and_gates_decides_in_TorchScript_as_in_CSharp()
    {
        var scripts = Emitted();
        Assert.Equal(declared.Length, scripts.Count);

        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, JsonSerializer.Serialize(scripts));
            var (exitCode, output, errors) = await Try(file);
            Assert.True(exitCode == 0, $"{output}\nends with: {errors[^Math.Min(errors.Length, 1000)..]}");
            Assert.Contains($"{scripts.Count} of {scripts.Count} scripts decide as their rules do", output);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_rule_of_the_users_own_has_no_script()
    {
        var run = GeneratorRun.On([Sources.Defenses, """
            using Ensembles;
            using static TorchSharp.torch;

            /// <summary>A rule.</summary>
            public sealed class First : IVotingRule
            {
                /// <inheritdoc/>
                public static Tensor Scores(Ballot ballot) => ballot.MemberLogits[0];

                /// <inheritdoc/>
                public static Tensor Labels(Ballot ballot, Tensor scores) => scores.argmax(-1);

                /// <inheritdoc/>
                public static Tensor SurrogateScores(Ballot ballot) => Scores(ballot);
            }

            /// <summary>An ensemble.</summary>
            [Ensemble<First>]
            public partial class Own
            {
                /// <summary>A member.</summary>
                [Member] public partial Zoo.Edges Only { get; }
            }
            """]);

        Assert.Empty(run.Complaints);
        Assert.Contains("CompiledEnsemble.Of<global::First>(this, this.weights, 1, [], null, options)", run.Files["Own.g.cs"]);
    }

    /// <summary>The scripts in what the generator writes for the declarations.</summary>
    static List<ScriptCase> Emitted()
    {
        var run = GeneratorRun.On([Sources.Defenses, string.Join("\n", declared.Select(Declaration).Prepend("using Ensembles;"))]);
        var votes =
            from source in run.Result.GeneratedSources
            from local in source.SyntaxTree.GetRoot().DescendantNodes().OfType<VariableDeclaratorSyntax>()
            where local.Identifier.Text == "vote"
            // Those of the whole ensembles: variants are nested classes.
            let types = local.Ancestors().OfType<ClassDeclarationSyntax>().ToList()
            where types.Count == 1
            select (Name: types[0].Identifier.Text, Text: ((LiteralExpressionSyntax)local.Initializer!.Value).Token.ValueText);
        var texts = votes.ToDictionary(vote => vote.Name, vote => vote.Text);
        return [.. declared.Select(d => new ScriptCase(d.Rule, d.Members, d.Quorum, d.Gates, "")).Select(script => script with { Text = texts[script.Name] })];
    }

    static string Declaration((string Rule, int Members, int Quorum, int Gates) d)
    {
        var members = Enumerable.Range(0, d.Members).Select(m => $"[Member(Weight = {m + 1})] public partial Zoo.Edges M{m} {{ get; }}");
        var gates = Enumerable.Range(0, d.Gates).Select(g => $"[Gate(FalsePositiveRate = 0.05)] public partial Zoo.Uncertainty G{g} {{ get; }}");
        return $"[Ensemble<{d.Rule}>(Quorum = {d.Quorum})] public partial class {d.Rule}_{d.Members}_{d.Quorum}_{d.Gates} {{ {string.Join(" ", members.Concat(gates))} }}";
    }

    static async Task<(int ExitCode, string Output, string Errors)> Try(string file)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(Program).Assembly.Location, file]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        // Both at once: a full pipe would stop the process.
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }
}
