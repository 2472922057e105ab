namespace QuickStart;

/// <summary>How much a run computes.</summary>
/// <param name="Name">"quick" or "long".</param>
/// <param name="TrainingImages">Training images; all there are when there are fewer.</param>
/// <param name="ValidationImages">Images held back from training; they set the gate's threshold.</param>
/// <param name="TestImages">Test images attacked.</param>
/// <param name="Epochs">Passes over the training images, for each network.</param>
/// <param name="TrainingSteps">Steps of PGD for each batch of training images.</param>
/// <param name="Steps">Steps of each restart of the attack.</param>
/// <param name="Restarts">Restarts of the attack.</param>
sealed record Budget(
    string Name,
    int TrainingImages,
    int ValidationImages,
    int TestImages,
    int Epochs,
    int TrainingSteps,
    int Steps,
    int Restarts)
{
    /// <summary>About four minutes of processor time.</summary>
    public static Budget Quick { get; } = new(
        "quick",
        TrainingImages: 5000,
        ValidationImages: 1000,
        TestImages: 60,
        Epochs: 4,
        TrainingSteps: 3,
        Steps: 20,
        Restarts: 2);

    /// <summary>For figures worth quoting.</summary>
    public static Budget Long { get; } = new(
        "long",
        TrainingImages: 20_000,
        ValidationImages: 5000,
        TestImages: 100,
        Epochs: 6,
        TrainingSteps: 5,
        Steps: 100,
        Restarts: 2);
}
