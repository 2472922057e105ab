using Serving;
using static TorchSharp.torch;

// One thread decides, and the others read requests.
set_num_threads(1);
if (args is ["load", .. var rest])
    await LoadTest.Run(rest);
else
    await Service.Build(args).RunAsync();
