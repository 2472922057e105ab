// libtorch has its own threads, and its global generators are shared by all tests of a process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
