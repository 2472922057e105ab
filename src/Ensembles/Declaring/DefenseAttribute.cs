namespace Ensembles;

/// <summary>
/// Marks a classifier, detector or input transform as a defense of one category of Smith's taxonomy, or of two where it
/// combines them: compact features under adversarial training, for example.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class DefenseAttribute : Attribute
{
    /// <summary>Marks a defense that works in one way.</summary>
    /// <param name="category">How the defense works.</param>
    public DefenseAttribute(Category category) => Categories = [category];

    /// <summary>Marks a defense that works in two ways, each of which protects without the other.</summary>
    /// <param name="first">One way in which the defense works.</param>
    /// <param name="second">The other.</param>
    public DefenseAttribute(Category first, Category second) => Categories = [first, second];

    /// <summary>How the defense works: one category or two, as written.</summary>
    public IReadOnlyList<Category> Categories { get; }

    /// <summary>Where the method is described, for example <c>"Wen et al. 2016 [36]"</c>.</summary>
    public string? Source { get; init; }

    /// <summary>
    /// What is known of the method under attack, in a sentence: which attack it falls to, or what it holds against.
    /// </summary>
    public string? UnderAttack { get; init; }
}
