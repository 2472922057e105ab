using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Ensembles.Analyzers.Tests.Running;

/// <summary>A file beside a project.</summary>
sealed class AdditionalJson(string path, string text) : AdditionalText
{
    readonly SourceText read = SourceText.From(text);

    public override string Path => path;

    public override SourceText? GetText(CancellationToken cancellationToken = default) => read;
}
