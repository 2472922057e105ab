using Microsoft.Extensions.DependencyInjection;

namespace Ensembles.Generators.Tests.Behavior;

public class ServicesTests
{
    [Fact]
    public void An_ensemble_resolves_with_a_module_for_each_component()
    {
        using var provider = new ServiceCollection().AddFive().BuildServiceProvider();
        var five = provider.GetRequiredService<Five>();

        Assert.NotSame(five.First, five.Second);
        Assert.Same(five, provider.GetRequiredService<Five>());
    }

    [Fact]
    public void What_is_registered_already_stays()
    {
        var mine = new LinearClassifier();
        using var provider = new ServiceCollection().AddSingleton(mine).AddGuarded().BuildServiceProvider();

        Assert.Same(mine, provider.GetRequiredService<Guarded>().Only);
    }
}
