using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// The base of every ensemble the generator wires: images, float32 [N, C, H, W] in [0, 1], to a <see cref="Decision"/>.
/// </summary>
public abstract class Ensemble : Module<Tensor, Decision>
{
    /// <summary>Creates the module under the ensemble's name.</summary>
    protected Ensemble(string name) : base(name)
    {
    }

    /// <summary>The declaration as data.</summary>
    public abstract EnsembleDeclaration Declaration { get; }

    /// <summary>The voting members, in order of declaration.</summary>
    public abstract IReadOnlyList<Named<Classifier>> Members { get; }

    /// <summary>The gates, in order of declaration.</summary>
    public abstract IReadOnlyList<Named<Detector>> Gates { get; }

    /// <summary>What an attacker who knows everything about this ensemble differentiates.</summary>
    public abstract AttackSurface Surface { get; }

    /// <summary>
    /// The ensembles with one component left out, sharing the trained components with this one: one for each gate, and
    /// one for each member where another member remains.
    /// </summary>
    public abstract IReadOnlyList<LeftOut> LeaveOneOut();

    /// <summary>Sets every gate's threshold on clean validation images at the gate's false positive rate.</summary>
    /// <param name="validationImages">Clean images [N, C, H, W] used neither in training nor in a test.</param>
    public abstract void CalibrateGates(Tensor validationImages);

    /// <summary>Makes a frozen inference plan that decides as this ensemble does now, faster. The caller disposes it; the ensemble is left as it is.</summary>
    /// <param name="options">What the plan is made for.</param>
    /// <exception cref="ArgumentException">Options that make no sense, or an ensemble that cannot take images of their shape.</exception>
    /// <exception cref="InvalidOperationException">A gate that is not calibrated, or layers that do not compute what their module's forward does.</exception>
    public abstract CompiledEnsemble Compile(CompileOptions options);
}

/// <summary>A component under the name of the property that declares it.</summary>
/// <param name="Name">The property's name.</param>
/// <param name="Module">The component.</param>
public sealed record Named<TModule>(string Name, TModule Module) where TModule : Module<Tensor, Tensor>;

/// <summary>An ensemble with one component left out.</summary>
/// <param name="Name">The property name of the component left out.</param>
/// <param name="Ensemble">The reduced ensemble. It owns no components: disposing it leaves the whole intact.</param>
public sealed record LeftOut(string Name, Ensemble Ensemble);
