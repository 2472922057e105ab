using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Fakes;

/// <summary>Two classes, logits (0, w x + b), over the pixels of a small image.</summary>
class LinearClassifier : Classifier
{
    readonly Tensor weights;
    readonly float bias;

    public LinearClassifier(float bias, params float[] weights) : base(nameof(LinearClassifier))
    {
        (this.weights, this.bias) = (tensor(weights), bias);
        RegisterComponents();
        eval();
    }

    /// <summary>Decides by one pixel alone: class 1 where it is above a half.</summary>
    public static LinearClassifier OfPixel(int pixel, float scale = 1)
    {
        var weights = new float[4];
        weights[pixel] = scale;
        return new LinearClassifier(-0.5f * scale, weights);
    }

    public override Tensor forward(Tensor images)
    {
        var score = images.flatten(1).matmul(weights) + bias;
        return stack([zeros_like(score), score], dim: 1);
    }
}

/// <summary>Adds noise to the score anew in every row, or in every call.</summary>
sealed class NoisyClassifier(int pixel, double noise) : Classifier, IRandomized
{
    public int EotSamples => 4;

    public bool DrawsOnceACall { get; init; }

    public override Tensor forward(Tensor images)
    {
        var score = images.flatten(1).select(1, pixel) - 0.5;
        score += noise * (DrawsOnceACall ? randn(1) : randn_like(score));
        return stack([zeros_like(score), score], dim: 1);
    }
}

/// <summary>Decides by one pixel, and declares the gradient of its opposite.</summary>
sealed class MisleadingClassifier(int pixel) : Classifier
{
    public override Tensor forward(Tensor images)
    {
        var score = images.flatten(1).select(1, pixel) - 0.5;
        score = 2 * score.detach() - score;
        return stack([zeros_like(score), score], dim: 1);
    }
}

/// <summary>Suspicious are images whose pixel is near a half: the score is -|x - 1/2|.</summary>
sealed class NearnessDetector(int pixel) : Detector
{
    public override Tensor forward(Tensor images) => -(images.flatten(1).select(1, pixel) - 0.5).abs();
}

/// <summary>The same with noise in each row anew.</summary>
sealed class NoisyDetector(int pixel) : Detector, IRandomized
{
    public int EotSamples => 4;

    public override Tensor forward(Tensor images)
    {
        var score = -(images.flatten(1).select(1, pixel) - 0.5).abs();
        return score + 0.05 * randn_like(score);
    }
}
