using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>What stands outside an image, for filters that look there.</summary>
public enum Border
{
    /// <summary>The image mirrored with its outermost pixels repeated, c b a | a b c, as SciPy's "reflect".</summary>
    Symmetric,

    /// <summary>The image mirrored about its outermost pixels, c b | a b c, as PyTorch's "reflect".</summary>
    Reflect,
}

/// <summary>Images continued beyond their border.</summary>
static class BorderExtensions
{
    /// <summary>Images [N, C, H, W] with so many more pixels on each side: [N, C, b + H + a, b + W + a].</summary>
    /// <param name="border">How they go on.</param>
    /// <param name="images">The images.</param>
    /// <param name="before">b, pixels above and to the left.</param>
    /// <param name="after">a, pixels below and to the right.</param>
    public static Tensor Extend(this Border border, Tensor images, int before, int after)
    {
        using var scope = NewDisposeScope();
        return images
            .index_select(2, Places(images.size(2)))
            .index_select(3, Places(images.size(3)))
            .MoveToOuterDisposeScope();

        Tensor Places(long size)
        {
            var period = border is Border.Symmetric ? 2 * size : Math.Max(1, 2 * (size - 1));
            var places = new long[before + size + after];
            for (var i = 0; i < places.Length; i++)
            {
                var place = (((i - before) % period) + period) % period;
                places[i] = place < size ? place : (border is Border.Symmetric ? 2 * size - 1 : 2 * (size - 1)) - place;
            }
            return tensor(places, device: images.device);
        }
    }
}
