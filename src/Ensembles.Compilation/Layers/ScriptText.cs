using System.Globalization;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Statements of a TorchScript function, and the tensors that it is given as its list <c>w</c>.</summary>
/// <remarks>Weights are no part of the text: networks of one architecture share one function.</remarks>
sealed class ScriptText
{
    readonly List<string> lines = [];
    readonly List<Tensor> tensors = [];

    /// <summary>The statements, a line each.</summary>
    public IReadOnlyList<string> Lines => lines;

    /// <summary>The tensors, which belong to who wrote them in.</summary>
    public IReadOnlyList<Tensor> Tensors => tensors;

    /// <summary>Names what an expression gives.</summary>
    public string Let(string expression)
    {
        var name = $"x{lines.Count}";
        lines.Add($"{name} = {expression}");
        return name;
    }

    /// <summary>A tensor of the list; None for none.</summary>
    public string Held(Tensor? tensor)
    {
        if (tensor is null)
            return "None";
        tensors.Add(tensor);
        return $"w[{tensors.Count - 1}]";
    }

    /// <summary>[1, 2].</summary>
    public static string List(IEnumerable<long> numbers) => $"[{string.Join(", ", numbers)}]";

    /// <summary>True or False.</summary>
    public static string Of(bool truth) => truth ? "True" : "False";

    /// <summary>A number with a point or an exponent, as TorchScript tells it from a whole one.</summary>
    public static string Of(double number)
    {
        var text = number.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant();
        return text.Any(c => c is '.' or 'e') ? text : $"{text}.0";
    }
}
