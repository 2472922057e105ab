namespace Ensembles.Training;

/// <summary>
/// Says that a property does not change what training ends with, so that a checkpoint made with another value of it is
/// still one of the same run.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NotPartOfIdentityAttribute : Attribute;
