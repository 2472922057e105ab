using System.CommandLine;
using Ensembles.App;
using QuickStart;
using static TorchSharp.torch;

var data = new Option<DirectoryInfo?>("--data")
{
    Description = "Folder with MNIST's IDX files, or with a folder mnist that holds them. Default: the environment "
        + "variable ENSEMBLES_DATA; without it the embedded dataset.",
};
var embedded = new Option<bool>("--embedded")
{
    Description = "Use the embedded dataset even where ENSEMBLES_DATA is set.",
};
var thorough = new Option<bool>("--long")
{
    Description = "A longer run: more training and test images, more steps of training and of the attack. Half an "
        + "hour and more for MNIST.",
};

// One thread: networks this small gain little from more, and a seed gives the same figures on any number of cores.
set_num_threads(1);
return await EnsembleApp.Run(
    args,
    run => Settings.From(
        run.Parsed.GetValue(data)?.FullName,
        run.Parsed.GetValue(embedded),
        run.Parsed.GetValue(thorough),
        run.Seed).Setup,
    data, embedded, thorough);
