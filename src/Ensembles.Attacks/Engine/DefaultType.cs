using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// While it lives, new tensors are of one type by default; disposing it brings the type before back. Attacks compute in
/// float32, whatever the caller has set.
/// </summary>
sealed class DefaultType : IDisposable
{
    DefaultType(ScalarType type)
    {
        Before = get_default_dtype();
        if (Before != type)
            set_default_dtype(type);
    }

    /// <summary>The type before.</summary>
    public ScalarType Before { get; }

    /// <summary>Makes a type the default.</summary>
    public static DefaultType Of(ScalarType type) => new(type);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (get_default_dtype() != Before)
            set_default_dtype(Before);
    }
}
