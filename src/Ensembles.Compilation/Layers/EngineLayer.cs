using static TorchSharp.torch;

namespace Ensembles;

/// <summary>A whole network in an engine, float32.</summary>
/// <param name="session">The network.</param>
/// <param name="name">What the engine is called.</param>
/// <param name="bound">The largest magnitude of an output for inputs of magnitude up to 1.</param>
sealed class EngineLayer(EngineSession session, string name, double bound) : FrozenLayer
{
    /// <summary>What the engine is called.</summary>
    public string Name => name;

    public override string Architecture => $"a network in {name}";

    public override Tensor Run(Tensor x) => session.Run(x)[0];

    public override double Bound(double input) => input <= 1 ? bound : double.PositiveInfinity;

    public override bool CanRefresh => false;

    public override void Dispose() => session.Dispose();
}
