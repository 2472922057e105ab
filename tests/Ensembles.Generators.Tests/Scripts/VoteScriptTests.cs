using System.Diagnostics;

namespace Ensembles.Generators.Tests.Scripts;

/// <summary>The vote and the gates in TorchScript.</summary>
public class VoteScriptTests
{
    [Fact]
    public async Task Every_rule_with_any_members_and_gates_decides_in_TorchScript_as_in_CSharp()
    {
        var (exitCode, output, errors) = await Try();

        Assert.True(exitCode == 0, $"{output}\nends with: {errors[^Math.Min(errors.Length, 1000)..]}");
        Assert.Contains("168 of 168 scripts decide as their rules do", output);
    }

    [Fact]
    public void A_rule_without_a_script_votes_in_CSharp()
    {
        using var ensemble = new ToldFirstDecides(new(), new(), new(), new(), new());
        Assert.Null(ensemble.DecisionScript);
    }

    [Fact]
    public void A_script_is_one_function_for_exactly_these_members_and_gates()
    {
        using var ensemble = new ToldQuorum(new(), new(), new(), new(), new());
        Assert.Equal(
            """
            def decide(logits: Tensor, weights: Tensor, gate_scores: Tensor, thresholds: Tensor):
                members = 3  # A, B, C
                quorum = 2
                classes = torch.arange(torch.size(logits, -1), device=logits.device)
                votes = torch.eq(torch.argmax(logits, -1, keepdim=True), classes)
                invalid = torch.any(torch.any(torch.ne(logits, logits), -1), 0)
                counts = torch.sum(votes, [0], dtype=6)
                counts = torch.masked_fill(counts, torch.unsqueeze(invalid, -1), float("nan"))
                scores = counts / members
                labels = torch.masked_fill(torch.argmax(scores, -1), torch.any(torch.ne(scores, scores), -1), -1)
                ties = torch.sum(torch.eq(scores, torch.amax(scores, [-1], keepdim=True)), [-1])
                labels = torch.masked_fill(labels, torch.gt(ties, 1), -1)
                labels = torch.masked_fill(labels, torch.lt(torch.amax(counts, [-1]), quorum), -1)
                # G rejects what is not at most its threshold, so also what is not a number.
                accepted = torch.le(torch.select(gate_scores, 0, 0), torch.select(thresholds, 0, 0))
                labels = torch.masked_fill(labels, torch.bitwise_not(accepted), -1)
                # H rejects what is not at most its threshold, so also what is not a number.
                accepted = torch.le(torch.select(gate_scores, 0, 1), torch.select(thresholds, 0, 1))
                labels = torch.masked_fill(labels, torch.bitwise_not(accepted), -1)
                return scores, labels
            """.ReplaceLineEndings("\n"),
            ensemble.DecisionScript);
    }

    static async Task<(int ExitCode, string Output, string Errors)> Try()
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(Program).Assembly.Location])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        // Both at once: a full pipe would stop the process.
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }
}
