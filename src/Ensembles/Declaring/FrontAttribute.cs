using System.Runtime.CompilerServices;

namespace Ensembles;

/// <summary>
/// Marks a partial property of an ensemble as a front: an <see cref="InputTransform"/> that is computed once for all
/// members, which see only what it makes of the images. Several fronts follow one another in order of declaration.
/// </summary>
/// <remarks>
/// Gates see the images themselves, unless <see cref="GateAttribute.BehindFronts"/> says otherwise.
/// </remarks>
/// <param name="file">The source file; the compiler fills it in.</param>
/// <param name="line">The line; the compiler fills it in.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FrontAttribute([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    : DeclaringAttribute(file, line);
