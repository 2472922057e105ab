namespace Ensembles;

/// <summary>
/// An attribute of a declaration that knows where it is written, so that a failing test of an ablation suite leads to
/// the component that it is about.
/// </summary>
/// <param name="file">The source file, as the compiler names it: by <c>PathMap</c> where the project has one.</param>
/// <param name="line">The line, from 1.</param>
public abstract class DeclaringAttribute(string file, int line) : Attribute
{
    /// <summary>The source file, as the compiler names it; empty where that is not known.</summary>
    public string File { get; } = file;

    /// <summary>The line, from 1; 0 where that is not known.</summary>
    public int Line { get; } = line;
}
