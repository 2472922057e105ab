namespace Ensembles.Training;

/// <summary>
/// Acts at each step of a training: ramps a radius or the weight of a loss, or moves the weights for a moment, as
/// adversarial weight perturbation does. A checkpoint is of the same run only where the hook's public properties are
/// the same, so keep what it depends on in properties.
/// </summary>
public interface ITrainingHook
{
    /// <summary>Acts before the loss of a batch is computed.</summary>
    void BeforeLoss(TrainingBatch batch)
    {
    }

    /// <summary>Acts when the gradients are there, before they are clipped and the weights move.</summary>
    void BeforeUpdate(TrainingBatch batch)
    {
    }
}
