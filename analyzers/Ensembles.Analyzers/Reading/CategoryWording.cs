using Ensembles.Declarations;

namespace Ensembles.Analyzers.Reading;

/// <summary>Categories in sentences.</summary>
static class CategoryWording
{
    /// <summary>What one defense of the category does: "removes non-robust features".</summary>
    public static string Does(this Category category) => category switch
    {
        Category.FeatureSeparation => "separates features",
        Category.NonRobustFeatures => "removes non-robust features",
        Category.GradientMasking => "masks gradients",
        Category.Detection => "detects",
        Category.Undefended => "lacks a defense of its own",
        _ => "certifies",
    };

    /// <summary>What several defenses of the category do: "remove non-robust features".</summary>
    public static string Do(this Category category) => category switch
    {
        Category.FeatureSeparation => "separate features",
        Category.NonRobustFeatures => "remove non-robust features",
        Category.GradientMasking => "mask gradients",
        Category.Detection => "detect",
        Category.Undefended => "lack a defense of their own",
        _ => "certify",
    };
}
