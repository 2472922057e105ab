namespace Ensembles.Xunit;

/// <summary>
/// Makes the generator write tests into this partial class, for xunit, NUnit or MSTest: each component of
/// <typeparamref name="TEnsemble"/> adds and shows the strengths that its class claims, the whole beats its best
/// member, each gate keeps its rate, the attack is sane. The class overrides
/// <see cref="AblationTests{TEnsemble}.Setup"/>.
/// </summary>
/// <typeparam name="TEnsemble">The ensemble under test.</typeparam>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class AblationSuiteAttribute<TEnsemble> : Attribute
    where TEnsemble : Ensemble;
