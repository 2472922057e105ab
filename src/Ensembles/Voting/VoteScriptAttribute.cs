namespace Ensembles;

/// <summary>
/// A voting rule in TorchScript, beside its C#: a plan puts it into the one function that votes and gates on a GPU, where every
/// operation called by itself costs a kernel. It gives what the C# gives, to the bit on a CPU.
/// </summary>
/// <param name="scores">
/// Statements that set <c>scores</c>, float32 [N, K], from <c>logits</c>, float32 [M, N, K], <c>weights</c>, float32 [M], and <c>members</c>, which is M.
/// </param>
/// <param name="labels">Statements that set <c>labels</c>, int64 [N], from <c>scores</c>, <c>quorum</c> and whatever the first set; -1 rejects.</param>
/// <remarks>
/// Internal: a statement that TorchScript does not understand ends the process, so every script here is compiled by a test. Only torch's own
/// functions can be called; types are written as torch's numbers for them.
/// </remarks>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
sealed class VoteScriptAttribute(string scores, string labels) : Attribute
{
    /// <summary>Float32, as TorchScript writes it.</summary>
    public const string Float32 = "6";

    /// <summary>Sets the scores.</summary>
    public string Scores => scores;

    /// <summary>Sets the labels.</summary>
    public string Labels => labels;
}
