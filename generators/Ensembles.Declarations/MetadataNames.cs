namespace Ensembles.Declarations;

/// <summary>Metadata names of the types that declarations are made of.</summary>
static class MetadataNames
{
    public const string EnsembleAttribute = "Ensembles.EnsembleAttribute`1";
    public const string MemberAttribute = "Ensembles.MemberAttribute";
    public const string GateAttribute = "Ensembles.GateAttribute";
    public const string FrontAttribute = "Ensembles.FrontAttribute";
    public const string DefenseAttribute = "Ensembles.DefenseAttribute";
    public const string ClaimsAttribute = "Ensembles.ClaimsAttribute`1";
    public const string Ensemble = "Ensembles.Ensemble";
    public const string Classifier = "Ensembles.Classifier";
    public const string Detector = "Ensembles.Detector";
    public const string InputTransform = "Ensembles.InputTransform";
    public const string Randomized = "Ensembles.IRandomized";
    public const string VotingRule = "Ensembles.IVotingRule";
    public const string VoteScriptAttribute = "Ensembles.VoteScriptAttribute";
    public const string FittedRule = "Ensembles.IFittedRule";
    public const string VotersAttribute = "Ensembles.VotersAttribute";
    public const string MajorityVote = "Ensembles.MajorityVote";
    public const string Strength = "Ensembles.IStrength";
    public const string Module = "TorchSharp.torch+nn+Module";

    public const string Training = "Ensembles.Training";
    public const string Trainable = $"{Training}.ITrainable";

    public const string AblationSuiteAttribute = "Ensembles.Xunit.AblationSuiteAttribute`1";
    public const string MayAddNothingAttribute = "Ensembles.Xunit.MayAddNothingAttribute";
    public const string MayNotShowAttribute = "Ensembles.Xunit.MayNotShowAttribute`1";
    public const string AblationTests = "Ensembles.Xunit.AblationTests`1";

    const string Injection = "Microsoft.Extensions.DependencyInjection";
    public const string ServiceCollection = $"{Injection}.IServiceCollection";
    public const string ServiceCollectionDescriptors = $"{Injection}.Extensions.ServiceCollectionDescriptorExtensions";
    public const string ServiceProviderServices = $"{Injection}.ServiceProviderServiceExtensions";
}
