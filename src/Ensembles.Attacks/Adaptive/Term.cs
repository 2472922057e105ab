using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>One thing an attack wants to rise, for each of the R rows of an evaluation.</summary>
/// <param name="Values">Float32 [R], differentiable.</param>
/// <param name="Open">Bool [R]: rows where it is still to rise; the others give no gradient.</param>
/// <param name="Gate">The number of the gate it moves; null for the vote.</param>
readonly record struct Term(Tensor Values, Tensor Open, int? Gate = null);

/// <summary>What one restart of a gradient attack pushes: the terms of an evaluation.</summary>
delegate IEnumerable<Term> Aim(SurfaceView view);
