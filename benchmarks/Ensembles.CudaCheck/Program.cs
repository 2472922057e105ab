using Ensembles.CudaCheck;
using TorchSharp;

// What is checked, and how to publish and run it: benchmarks/README.md.
const int Wrong = 1, NoDevice = 2, NoLibtorch = 3;
try
{
    Libtorch.Load(args switch
    {
        [] => null,
        ["--libtorch", var folder] => folder,
        _ => throw new LibtorchException("The only option is --libtorch <folder>."),
    });
}
catch (LibtorchException exception)
{
    Console.Error.WriteLine(exception.Message);
    return NoLibtorch;
}

return Checks.Run() switch
{
    false => Wrong,
    true when !torch.cuda.is_available() => NoDevice,
    _ => 0,
};
