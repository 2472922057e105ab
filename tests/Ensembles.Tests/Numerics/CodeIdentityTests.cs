using Ensembles.Numerics;

namespace Ensembles.Tests.Numerics;

public class CodeIdentityTests
{
    [Fact]
    public void It_is_that_of_the_assemblies_that_code_refers_to_but_dotnets_own()
    {
        var library = CodeIdentity.Of([typeof(Classifier)]);

        Assert.Equal(library, CodeIdentity.Of([typeof(Ensemble), typeof(Classifier), typeof(string)]));
        Assert.NotEqual(library, CodeIdentity.Of([typeof(CodeIdentityTests)]));
        Assert.NotEqual(library, CodeIdentity.Of([typeof(TorchSharp.torch)]));
        Assert.Equal(CodeIdentity.Of([]), CodeIdentity.Of([typeof(string), typeof(Enumerable)]));
        // These tests refer to the library.
        Assert.Equal(
            CodeIdentity.Of([typeof(CodeIdentityTests)]),
            CodeIdentity.Of([typeof(CodeIdentityTests), typeof(Classifier)]));
    }
}
