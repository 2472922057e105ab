using Ensembles.Training;

namespace Ensembles.Defenses;

/// <summary>
/// A plain network trained with cross-entropy: the undefended twin that every defense is measured beside, and a member
/// of an ensemble where accuracy is wanted.
/// </summary>
[Defense(Category.Undefended)]
public sealed class UndefendedClassifier(INetworkFactory networks) : NetworkClassifier(networks);
