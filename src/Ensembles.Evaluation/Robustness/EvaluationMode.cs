namespace Ensembles.Evaluation;

/// <summary>Guards against measuring a defense that still trains: batch statistics and dropout would give other numbers.</summary>
static class EvaluationMode
{
    public static void ThrowIfTraining(AttackSurface surface, string name)
    {
        if (surface.Modules.FirstOrDefault(module => module.training) is { } training)
            throw new InvalidOperationException($"{name} is in training mode (module {training.GetName()}): call eval() before it is evaluated.");
    }
}
