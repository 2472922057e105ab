using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// What an attack remembers of each image: a tensor [A, ...] with a row for each image of an active set, kept from step
/// to step whatever dispose scopes end. Rows of images that leave the set leave it too.
/// </summary>
/// <remarks><see cref="ActiveSet.Remember(Tensor)"/> makes one.</remarks>
public sealed class PerImage : IDisposable
{
    readonly Action<PerImage>? forget;

    /// <summary>Starts with a copy.</summary>
    internal PerImage(Tensor start, Action<PerImage>? forget = null) => (Value, this.forget) = (Copy(start), forget);

    /// <summary>The rows now.</summary>
    public Tensor Value { get; private set; }

    /// <summary>Replaces the rows by a copy of others.</summary>
    public void Set(Tensor next)
    {
        var copy = Copy(next);
        Value.Dispose();
        Value = copy;
    }

    /// <summary>The rows of <paramref name="other"/> where the condition [A] holds, one's own elsewhere.</summary>
    public void SetWhere(Tensor condition, Tensor other)
    {
        using var scope = NewDisposeScope();
        var rows = condition.nonzero().flatten();
        if (rows.size(0) > 0)
            Value.index_copy_(0, rows, other.detach().index_select(0, rows));
    }

    /// <summary>Some rows of <paramref name="other"/>, one's own elsewhere.</summary>
    public void SetRows(ReadOnlySpan<int> rows, Tensor other) => HostMemory.CopyRows(other, rows, Value, rows);

    /// <inheritdoc/>
    public void Dispose()
    {
        forget?.Invoke(this);
        Value.Dispose();
    }

    /// <summary>Goes on with some of the rows.</summary>
    internal void Select(Tensor left)
    {
        if (left.size(0) == Value.size(0))
            return;
        using var selected = Value.index_select(0, left);
        Set(selected);
    }

    static Tensor Copy(Tensor rows)
    {
        using var constant = rows.detach();
        return constant.clone().DetachFromDisposeScope();
    }
}
