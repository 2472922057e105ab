namespace Ensembles.Data;

/// <summary>
/// The ten textures: four patches of 14x14 pixels with stripes one pixel wide, upright or lying, or a checkerboard. Any
/// two classes differ in at least two of the patches. The outermost pixels stay free.
/// </summary>
/// <remarks>
/// Stripes that alternate from pixel to pixel are what a gradient operator cannot see: the central difference v(x+1) -
/// v(x-1) and the smoothing (1, 2, 1) both give 0 across them, so inside a patch the Sobel gradient of the texture is
/// exactly 0. Where patches meet, and in the frame, it is at most one and a half times that of a step as high as the
/// amplitude: far below what a threshold lets pass.
/// </remarks>
static class StripedPatches
{
    const int Size = TextureShapes.Size, PatchSize = Size / 2;

    /// <summary>For each class the patches top left, top right, bottom left, bottom right.</summary>
    static readonly string[] patches = ["++--", "+-+|", "+||+", "-+++", "--|-", "-|-|", "|+||", "|--+", "||++", "|||-"];

    public static void Add(TextureShapes settings, int label, SeededStream stream, Span<double> values)
    {
        // Everything is drawn whatever the settings are, so that images under different ones stay comparable.
        var present = stream.Uniform() < settings.TextureShare;
        var other = (label + 1 + stream.Integer(Outlines.Names.Length - 1)) % Outlines.Names.Length;
        var any = stream.Integer(Outlines.Names.Length);
        if (!present || settings.Texture == TextureSource.None)
            return;

        var source = settings.Texture switch
        {
            TextureSource.OwnClass => label,
            TextureSource.OtherClass => other,
            _ => any,
        };
        for (var y = 1; y < Size - 1; y++)
        {
            for (var x = 1; x < Size - 1; x++)
            {
                var phase = patches[source][y / PatchSize * 2 + x / PatchSize] switch
                {
                    '|' => x,
                    '-' => y,
                    _ => x + y,
                };
                values[y * Size + x] += phase % 2 == 0 ? settings.TextureAmplitude : -settings.TextureAmplitude;
            }
        }
    }
}
