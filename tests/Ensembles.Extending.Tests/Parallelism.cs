// Random draws come from the process's one generator: tests that run side by side would take each other's.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
