namespace Ensembles;

/// <summary>Marks a classifier, detector or input transform as a defense of one category of Smith's taxonomy.</summary>
/// <param name="category">How the defense works.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class DefenseAttribute(Category category) : Attribute
{
    /// <summary>How the defense works.</summary>
    public Category Category { get; } = category;
}
