// Tests set the environment variable that others read, and train networks on one thread.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
