using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// A part of each image of a batch, scaled and placed somewhere on a canvas, another for each image. It is bilinear, as
/// PyTorch's interpolation without aligned corners, and a product with one matrix for each side, so it has gradients of
/// every order.
/// </summary>
/// <param name="Start">Where the part of the image starts, [N] float32.</param>
/// <param name="Length">How long the part is, [N].</param>
/// <param name="Offset">Where it starts on the canvas, [N].</param>
/// <param name="Side">How long it is there, [N].</param>
readonly record struct PlacedSide(Tensor Start, Tensor Length, Tensor Offset, Tensor Side)
{
    /// <summary>Images [N, C, H, W] on canvases [N, C, height, width]; what lies outside of them is 0.</summary>
    public static Tensor Place(Tensor images, PlacedSide down, PlacedSide across, long height, long width)
    {
        using var scope = NewDisposeScope();
        var rows = down.Weights(images.size(2), height).to(images.dtype);
        var columns = across.Weights(images.size(3), width).to(images.dtype);
        return rows.unsqueeze(1).matmul(images).matmul(columns.transpose(1, 2).unsqueeze(1)).MoveToOuterDisposeScope();
    }

    /// <summary>Whole numbers drawn evenly from 0 to <paramref name="largest"/>, [N] each of its own.</summary>
    public static Tensor Draw(Tensor largest) =>
        minimum((rand_like(largest) * (largest + 1)).floor(), largest);

    /// <summary>What each pixel of the canvas takes of each pixel of the image, [N, canvas, image].</summary>
    Tensor Weights(long image, long canvas)
    {
        var from = arange(image, dtype: ScalarType.Float32, device: Start.device).view(1, 1, -1);
        var to = arange(canvas, dtype: ScalarType.Float32, device: Start.device).view(1, -1, 1);
        var place = to - Of(Offset);
        var source = minimum(((place + 0.5) * Of(Length) / Of(Side) - 0.5).clamp_min(0), Of(Length) - 1) + Of(Start);
        var inside = place.ge(0).logical_and(place.lt(Of(Side)));
        return (1 - (source - from).abs()).clamp_min(0) * inside;

        static Tensor Of(Tensor numbers) => numbers.view(-1, 1, 1);
    }
}
