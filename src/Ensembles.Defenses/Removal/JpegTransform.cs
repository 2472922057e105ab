using System.Runtime.InteropServices;
using SkiaSharp;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Images encoded as JPEG and decoded again (Guo et al. 2018 [13]), by a real codec: eight bits a channel, colours
/// 4:2:0. Quantisation of the cosine coefficients drops faint high frequencies.
/// </summary>
/// <remarks>
/// <para>The surrogate is <see cref="DifferentiableJpeg"/>: the same steps with a soft rounding, which leads attacks
/// further than taking the codec for the identity.</para>
/// <para>It claims no strength: a network behind quality 25 or more uses the textures of the embedded dataset, of an
/// amplitude of 0.05, about as much as one without. Behind quality 10 and less they are gone.</para>
/// </remarks>
#pragma warning disable ENS0102 // Removal of non-robust features was measured and does not show: see the remarks.
[Defense(
    Category.NonRobustFeatures,
    Source = "Guo et al. 2018 [13]",
    UnderAttack = "Falls to attacks through a differentiable JPEG, or that take it for the identity (BPDA).")]
public sealed class JpegTransform : InputTransform, INonDifferentiable
#pragma warning restore ENS0102
{
    /// <summary>The longest side of a JPEG.</summary>
    const int LongestSide = 65500;

    /// <summary>Makes the transform.</summary>
    /// <param name="quality">From 1 to 100; 75 is the source's.</param>
    /// <exception cref="ArgumentOutOfRangeException">A quality outside 1 to 100.</exception>
    public JpegTransform(int quality = 75) : base(nameof(JpegTransform))
    {
        if (quality is < 1 or > 100)
            throw new ArgumentOutOfRangeException(nameof(quality), quality, "The quality goes from 1 to 100.");
        Quality = quality;
    }

    /// <summary>The quality, from 1 to 100.</summary>
    public int Quality { get; }

    /// <summary>What the codec keeps of images [N, 1 or 3, H, W].</summary>
    public override Tensor forward(Tensor images)
    {
        ThrowIfNotEncodable(images);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var bytes = (images.detach().clamp(0, 1) * 255).round().to(ScalarType.Byte).permute(0, 2, 3, 1);
        var grey = images.size(1) == 1;
        // The codec's pixels of three channels have four bytes.
        if (!grey)
            bytes = cat([bytes, full_like(bytes.narrow(3, 0, 1), 255)], 3);
        var pixels = bytes.contiguous().cpu().bytes.ToArray();
        Recode(pixels, (int)images.size(0), new SKImageInfo(
            (int)images.size(3), (int)images.size(2), grey ? SKColorType.Gray8 : SKColorType.Rgba8888,
            SKAlphaType.Opaque));
        return tensor(pixels, bytes.shape).narrow(3, 0, images.size(1)).permute(0, 3, 1, 2)
            .to(images.dtype).to(images.device).div(255).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The differentiable JPEG.</summary>
    public Tensor surrogate(Tensor images)
    {
        ThrowIfNotEncodable(images);
        return DifferentiableJpeg.Of(images, Quality, DifferentiableJpeg.SoftRound);
    }

    /// <summary>Each image through the codec, in place.</summary>
    void Recode(byte[] pixels, int count, SKImageInfo info)
    {
        using var bitmap = new SKBitmap(info);
        using var map = bitmap.PeekPixels();
        var options = new SKJpegEncoderOptions(
            Quality, SKJpegEncoderDownsample.Downsample420, SKJpegEncoderAlphaOption.Ignore);
        for (var i = 0; i < count; i++)
        {
            Marshal.Copy(pixels, i * info.BytesSize, bitmap.GetPixels(), info.BytesSize);
            using var encoded = map.Encode(options);
            using var codec = encoded is null ? null : SKCodec.Create(encoded);
            if (codec?.GetPixels(info, bitmap.GetPixels()) is not SKCodecResult.Success)
                throw new InvalidOperationException($"The codec failed on an image of {info.Height}x{info.Width}.");
            Marshal.Copy(bitmap.GetPixels(), pixels, i * info.BytesSize, info.BytesSize);
        }
    }

    static void ThrowIfNotEncodable(Tensor images)
    {
        ImageShape.ThrowIfNot(images);
        if (images.size(1) is not (1 or 3))
            throw new ArgumentException(
                $"A JPEG has 1 channel or 3; these images have {images.size(1)}.", nameof(images));
        if (images.size(2) > LongestSide || images.size(3) > LongestSide)
            throw new ArgumentException($"A JPEG has at most {LongestSide} pixels a side.", nameof(images));
    }
}
