using Ensembles;
using Ensembles.Data;

namespace QuickStart;

/// <summary>Training, validation and test images; no image is in two of them.</summary>
static class Splits
{
    public static LabeledImages Training(Settings settings) => settings.Data is { } folder
        ? Mnist(folder, settings.Budget, (_, training) => training)
        : new TextureShapes().Generate(settings.Budget.TrainingImages, seed: 3 * settings.Seed);

    public static LabeledImages Validation(Settings settings) => settings.Data is { } folder
        ? Mnist(folder, settings.Budget, (validation, _) => validation)
        : new TextureShapes().Generate(settings.Budget.ValidationImages, seed: (3 * settings.Seed) + 1);

    public static LabeledImages Test(Settings settings) => settings.Data is { } folder
        ? folder.Mnist(Subset.Test, Limit.First(settings.Budget.TestImages))
        : new TextureShapes().Generate(settings.Budget.TestImages, seed: (3 * settings.Seed) + 2);

    /// <summary>One of two parts of the training images: the first are held back for validation.</summary>
    static LabeledImages Mnist(
        DataFolder folder, Budget budget, Func<LabeledImages, LabeledImages, LabeledImages> choose)
    {
        using var all = folder.Mnist(Subset.Train, Limit.First(budget.TrainingImages + budget.ValidationImages));
        var (validation, training) = all.Split(budget.ValidationImages);
        var chosen = choose(validation, training);
        (chosen == validation ? training : validation).Dispose();
        return chosen;
    }
}
