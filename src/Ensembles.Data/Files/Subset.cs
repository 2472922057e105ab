namespace Ensembles.Data;

/// <summary>Which part of a published dataset to load.</summary>
public enum Subset
{
    /// <summary>The images published for training. Take validation images from them too.</summary>
    Train,

    /// <summary>The images published for testing.</summary>
    Test,
}
