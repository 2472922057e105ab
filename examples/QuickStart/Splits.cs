using Ensembles;
using Ensembles.Data;

namespace QuickStart;

/// <summary>Training, validation and test images; no image is in two of them.</summary>
sealed record Splits(LabeledImages Training, LabeledImages Validation, LabeledImages Test) : IDisposable
{
    public int Channels => (int)Training.Images.size(1);

    public int ImageSize => (int)Training.Images.size(2);

    public int ClassCount => Training.ClassCount;

    public static Splits Load(Settings settings) =>
        settings.Data is { } folder ? Mnist(folder, settings.Budget) : Embedded(settings);

    static Splits Embedded(Settings settings)
    {
        var (source, budget) = (new TextureShapes(), settings.Budget);
        return new Splits(
            source.Generate(budget.TrainingImages, seed: 3 * settings.Seed),
            source.Generate(budget.ValidationImages, seed: (3 * settings.Seed) + 1),
            source.Generate(budget.TestImages, seed: (3 * settings.Seed) + 2));
    }

    static Splits Mnist(DataFolder folder, Budget budget)
    {
        using var all = folder.Mnist(Subset.Train, Limit.First(budget.TrainingImages + budget.ValidationImages));
        var (validation, training) = all.Split(budget.ValidationImages);
        return new Splits(training, validation, folder.Mnist(Subset.Test, Limit.First(budget.TestImages)));
    }

    public void Dispose()
    {
        Training.Dispose();
        Validation.Dispose();
        Test.Dispose();
    }
}
