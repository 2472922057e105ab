using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Losses;

public class DistillationLossTests
{
    [Fact]
    public void With_labels_at_a_temperature_of_1_it_is_cross_entropy_and_else_that_of_the_logits_over_it()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var (z, labels) = (randn(6, 3), arange(6) % 3);
        LossContext Context(Tensor logits) => new(zeros(6, 1, 1, 1), logits, logits, labels);
        var plain = new CrossEntropy().Of(Context(z));
        TensorAssert.Near(plain, new DistillationLoss(1).Of(Context(z)), 0);
        TensorAssert.Near(plain, new DistillationLoss(20).Of(Context(20 * z)), 1e-5);
    }

    /// <summary>
    /// t = (2 log 3, 0) at T = 2: q = (3/4, 1/4); z = 0: -log(1/2). At z = t it is the entropy of q, and its least.
    /// </summary>
    [Fact]
    public void It_is_least_where_the_student_answers_as_the_teacher()
    {
        using var scope = NewDisposeScope();
        var teacher = tensor(new float[,] { { 2 * MathF.Log(3), 0 } });
        Assert.Equal(Math.Log(2), DistillationLoss.Value(zeros(1, 2), teacher, 2).item<float>(), 1e-6);
        var student = teacher.clone().requires_grad_();
        var least = DistillationLoss.Value(student, teacher, 2);
        least.backward();
        Assert.Equal(-0.75 * Math.Log(0.75) - 0.25 * Math.Log(0.25), least.item<float>(), 1e-6);
        TensorAssert.Near(zeros(1, 2), student.grad!, 1e-6);
    }
}
