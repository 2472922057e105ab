using static TorchSharp.torch;

namespace Ensembles.Graphs;

/// <summary>
/// What a node computes: an operation of ONNX under its name and with its meaning there, in the version of operator set
/// 17. What does not change with the input stands in the operation, also where a file has it as an input.
/// </summary>
public abstract record Operation
{
    /// <summary>The name in ONNX.</summary>
    public virtual string Name => GetType().Name;

    /// <summary>What ONNX writes as attributes: <c>long</c>, <c>float</c>, <c>string</c> or lists of them.</summary>
    public virtual IEnumerable<(string Name, object Value)> Attributes => [];

    /// <summary>
    /// What ONNX wants as inputs behind those of the node, null where an input in between is left out.
    /// </summary>
    /// <remarks>New tensors, left to the dispose scope around.</remarks>
    public virtual IReadOnlyList<Tensor?> ConstantInputs => [];

    /// <summary>Whether gradients pass: false where they are zero or there are none.</summary>
    public virtual bool IsDifferentiable => true;

    /// <summary>The fewest and the most inputs.</summary>
    public abstract (int Fewest, int Most) InputCount { get; }

    /// <summary>Whether training moves a weight that is this input.</summary>
    public virtual bool IsTrained(int input) => false;

    /// <summary>The types of the outputs.</summary>
    /// <param name="inputs">The types of the inputs, null for one that is left out.</param>
    /// <exception cref="GraphException">It does not fit the inputs.</exception>
    public abstract IReadOnlyList<TensorType> Infer(IReadOnlyList<TensorType?> inputs);

    /// <summary>
    /// The multiplications of matrix products and convolutions for an image, about, or what takes as long as they.
    /// </summary>
    /// <param name="inputs">The types of the inputs.</param>
    /// <param name="outputs">The types of the outputs.</param>
    public virtual double Work(IReadOnlyList<TensorType?> inputs, IReadOnlyList<TensorType> outputs) =>
        10.0 * outputs.Sum(output => output.Shape.Elements);

    /// <summary>Computes the outputs, which share no memory with the inputs' owners beyond a view.</summary>
    /// <param name="inputs">The inputs, null for one that is left out.</param>
    /// <param name="run">What else it depends on.</param>
    public abstract IReadOnlyList<Tensor> Run(IReadOnlyList<Tensor?> inputs, RunContext run);
}

/// <summary>What an operation depends on beside its inputs.</summary>
/// <param name="Images">N.</param>
/// <param name="Training">Whether dropout draws and batch normalisation uses its batch.</param>
public readonly record struct RunContext(long Images, bool Training);

/// <summary>An operation with one output.</summary>
public abstract record SingleOperation : Operation
{
    /// <summary>The type of the output.</summary>
    protected abstract TensorType InferOne(IReadOnlyList<TensorType?> inputs);

    /// <summary>Computes the output.</summary>
    protected abstract Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run);

    /// <inheritdoc/>
    public sealed override IReadOnlyList<TensorType> Infer(IReadOnlyList<TensorType?> inputs) => [InferOne(inputs)];

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Tensor> Run(IReadOnlyList<Tensor?> inputs, RunContext run) =>
        [RunOne(inputs, run)];
}
