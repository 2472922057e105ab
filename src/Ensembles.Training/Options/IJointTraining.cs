namespace Ensembles.Training;

/// <summary>How the members of an ensemble are trained together.</summary>
public interface IJointTraining
{
    /// <summary>Trains the members and leaves them in evaluation mode.</summary>
    /// <param name="training">Clean training images with their labels.</param>
    /// <param name="options">
    /// Those of the ensemble, with the front that the members stand behind and the folder of its checkpoints.
    /// </param>
    /// <param name="members">The members that can be trained, in order of declaration, and their names.</param>
    /// <exception cref="ArgumentException">Members that cannot be trained together.</exception>
    void Train(ILabeledImages training, TrainingOptions options, params (string Name, ITrainable Member)[] members);
}
