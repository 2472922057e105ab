namespace Ensembles;

/// <summary>
/// A voting rule in TorchScript, beside its C#. The generator puts it into the one function that votes and gates for
/// exactly the members of an ensemble (<see cref="Ensemble.DecisionScript"/>); a plan runs that on a GPU, where every
/// operation called by itself costs a kernel.
/// </summary>
/// <param name="scores">
/// Statements that set <c>scores</c>, float32 [N, K], from <c>logits</c>, float32 [M, N, K], <c>weights</c>, float32
/// [M], and <c>members</c>, which is M.
/// </param>
/// <param name="labels">
/// Statements that set <c>labels</c>, int64 [N], from <c>scores</c>, <c>quorum</c> and whatever the first set; -1
/// rejects.
/// </param>
/// <remarks>
/// <para>The script gives what the C# gives: a plan compares the two on random ballots when it is made, and votes in C#
/// where they differ. Only torch's own functions can be called; types are written as torch's numbers for them, for
/// example 6 for float32.</para>
/// <para>TorchScript ends the process on a text that it cannot parse. Try a script of your own once, with
/// <c>TorchSharp.torch.jit.compile</c>, before you ship it.</para>
/// </remarks>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class VoteScriptAttribute(string scores, string labels) : Attribute
{
    /// <summary>Float32, as TorchScript writes it.</summary>
    internal const string Float32 = "6";

    /// <summary>The statements that set the scores.</summary>
    public string Scores => scores;

    /// <summary>The statements that set the labels.</summary>
    public string Labels => labels;
}
