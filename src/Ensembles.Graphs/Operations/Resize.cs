using static TorchSharp.torch;

namespace Ensembles.Graphs;

/// <summary>How pixels of the larger or smaller image are made of those around their place.</summary>
public enum ResizeMode
{
    /// <summary>The nearest one.</summary>
    Nearest,

    /// <summary>Of the two nearest in each direction, by their distance.</summary>
    Linear,

    /// <summary>Of the four nearest in each direction, by a cubic function of their distance.</summary>
    Cubic,
}

/// <summary>Where a pixel x of the new image lies in the old one, s the scale.</summary>
public enum ResizePlaces
{
    /// <summary>(x + 1/2) / s - 1/2.</summary>
    HalfPixel,

    /// <summary>The same, and 0 where the new image has one pixel.</summary>
    PytorchHalfPixel,

    /// <summary>x (old - 1) / (new - 1).</summary>
    AlignCorners,

    /// <summary>x / s.</summary>
    Asymmetric,
}

/// <summary>Which pixel is the nearest to a place.</summary>
public enum ResizeNearest
{
    /// <summary>The lower one of two as near.</summary>
    RoundPreferFloor,

    /// <summary>The upper one of two as near.</summary>
    RoundPreferCeil,

    /// <summary>The next below.</summary>
    Floor,

    /// <summary>The next above.</summary>
    Ceil,
}

/// <summary>
/// Images [N, C, H, W] in another size: A x B', where each row of A and B holds what a new pixel takes of the old ones.
/// </summary>
/// <param name="Height">The new height.</param>
/// <param name="Width">The new width.</param>
/// <param name="Scales">s down and to the right: the new size by the old one, or about that.</param>
/// <param name="Mode">What a new pixel is made of.</param>
/// <param name="Places">Where it lies in the old image.</param>
public sealed record Resize(
    long Height, long Width, (double Down, double Right) Scales, ResizeMode Mode = ResizeMode.Nearest,
    ResizePlaces Places = ResizePlaces.HalfPixel) : SingleOperation
{
    const long Most = 1L << 14;

    /// <summary>The most weights, old pixels times new ones in a direction: 64 MB.</summary>
    const long MostWeights = 1L << 24;

    /// <summary>Which pixel is the nearest.</summary>
    public ResizeNearest Nearest { get; init; }

    /// <summary>The parameter of the cubic function.</summary>
    public float CubicCoefficient { get; init; } = -0.75f;

    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (1, 1);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes =>
    [
        ("mode", Mode.ToString().ToLowerInvariant()),
        ("coordinate_transformation_mode", Onnx(Places)),
        .. Mode == ResizeMode.Nearest ? [("nearest_mode", Onnx(Nearest))] : Array.Empty<(string, object)>(),
        .. Mode == ResizeMode.Cubic ? [("cubic_coeff_a", CubicCoefficient)] : Array.Empty<(string, object)>(),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> ConstantInputs =>
        [null, tensor((float[])[1, 1, Written(Scales.Down), Written(Scales.Right)])];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var shape = inputs.Floating(0).OfRank(4, "What it resizes");
        var (height, width) = (shape[2].Number("The height"), shape[3].Number("The width"));
        if (Height is < 1 or > Most || Width is < 1 or > Most || height is < 1 or > Most || width is < 1 or > Most)
            throw new GraphException($"Images of {height} x {width} to {Height} x {Width}: sides are 1 to {Most}.");
        if (Height * height > MostWeights || Width * width > MostWeights)
            throw new GraphException($"Images of {height} x {width} to {Height} x {Width} pixels are too large.");
        if (!(Scales.Down > 0 && Scales.Right > 0 && double.IsFinite(Scales.Down) && double.IsFinite(Scales.Right)))
            throw new GraphException(FormattableString.Invariant($"Scales {Scales.Down} and {Scales.Right}."));
        return new(inputs[0]!.Type, new(shape[0], shape[1], Height, Width));
    }

    /// <inheritdoc/>
    public override double Work(IReadOnlyList<TensorType?> inputs, IReadOnlyList<TensorType> outputs) =>
        (double)outputs[0].Shape.Elements * (inputs[0]!.Shape[2].Factor + inputs[0]!.Shape[3].Factor);

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run)
    {
        using var scope = NewDisposeScope();
        var x = inputs[0]!;
        var rows = Weights(x.shape[2], Height, Scales.Down).to(x.dtype).to(x.device);
        var columns = Weights(x.shape[3], Width, Scales.Right).to(x.dtype).to(x.device);
        return rows.matmul(x).matmul(columns.t()).MoveToOuterDisposeScope();
    }

    /// <summary>What each new pixel takes of the old ones, [new, old].</summary>
    Tensor Weights(long old, long made, double scale)
    {
        var weights = new float[made, old];
        for (var pixel = 0L; pixel < made; pixel++)
        {
            var place = PlaceOf(pixel, old, made, (float)scale);
            foreach (var (from, weight) in Sources(place))
                weights[pixel, Math.Clamp(from, 0, old - 1)] += (float)weight;
        }

        return tensor(weights);
    }

    // In float32, as runtimes compute it: which of two pixels is the nearest may depend on the last bit.
    float PlaceOf(long pixel, long old, long made, float scale) => Places switch
    {
        ResizePlaces.Asymmetric => pixel / scale,
        ResizePlaces.AlignCorners => made == 1 ? 0 : (float)pixel * (old - 1) / (made - 1),
        ResizePlaces.PytorchHalfPixel when made == 1 => 0,
        _ => ((pixel + 0.5f) / scale) - 0.5f,
    };

    /// <summary>The old pixels that a place takes of, and how much.</summary>
    IEnumerable<(long From, double Weight)> Sources(double place)
    {
        var below = (long)Math.Floor(place);
        var beyond = place - below;
        return Mode switch
        {
            ResizeMode.Linear => [(below, 1 - beyond), (below + 1, beyond)],
            ResizeMode.Cubic =>
            [
                .. Enumerable.Range(-1, 4).Select(i => (below + i, Cubic(Math.Abs(i - beyond)))),
            ],
            _ => [(NearestTo(place), 1)],
        };
    }

    long NearestTo(double place) => (long)(Nearest switch
    {
        ResizeNearest.RoundPreferFloor => Math.Ceiling(place - 0.5),
        ResizeNearest.RoundPreferCeil => Math.Floor(place + 0.5),
        ResizeNearest.Floor => Math.Floor(place),
        _ => Math.Ceiling(place),
    });

    /// <summary>The cubic function of a distance from 0 to 2.</summary>
    double Cubic(double d)
    {
        double a = CubicCoefficient;
        return d <= 1
            ? ((((a + 2) * d) - (a + 3)) * d * d) + 1
            : ((((((a * d) - (5 * a)) * d) + (8 * a)) * d) - (4 * a));
    }

    /// <summary>A scale in float32, not below itself: the old size gives the new one, rounded down.</summary>
    static float Written(double scale) => (float)scale < scale ? MathF.BitIncrement((float)scale) : (float)scale;

    static string Onnx(ResizePlaces places) => places switch
    {
        ResizePlaces.HalfPixel => "half_pixel",
        ResizePlaces.PytorchHalfPixel => "pytorch_half_pixel",
        ResizePlaces.AlignCorners => "align_corners",
        _ => "asymmetric",
    };

    static string Onnx(ResizeNearest nearest) => nearest switch
    {
        ResizeNearest.RoundPreferFloor => "round_prefer_floor",
        ResizeNearest.RoundPreferCeil => "round_prefer_ceil",
        ResizeNearest.Floor => "floor",
        _ => "ceil",
    };
}
