namespace Ensembles.Onnx.Tests;

/// <summary>ONNX messages by hand, for files that no exporter writes.</summary>
static class Surgery
{
    public static void Node(
        WireWriter graph, string operation, string[] inputs, string[] outputs, string domain = "",
        Action<WireWriter>? attribute = null) => graph.Inner(1, node =>
    {
        foreach (var input in inputs)
            node.Text(1, input);
        foreach (var output in outputs)
            node.Text(2, output);
        node.Text(3, $"the {operation}");
        node.Text(4, operation);
        if (attribute is not null)
            node.Inner(5, attribute);
        if (domain.Length > 0)
            node.Text(7, domain);
    });

    public static void Value(
        WireWriter graph, int field, string name, params long[] sizes) => graph.Inner(field, info =>
    {
        info.Text(1, name);
        info.Inner(2, type => type.Inner(1, tensor =>
        {
            tensor.Int64(1, ElementTypes.Float);
            tensor.Inner(2, shape =>
            {
                foreach (var size in sizes)
                    shape.Inner(1, dimension => dimension.Int64(1, size));
            });
        }));
    });

    public static void Tensor(WireWriter graph, string name, long[] sizes, Action<WireWriter>? numbers = null) =>
        graph.Inner(5, tensor =>
        {
            foreach (var size in sizes)
                tensor.Int64(1, size);
            tensor.Int64(2, ElementTypes.Float);
            tensor.Text(8, name);
            if (numbers is null)
                tensor.Bytes(9, new byte[4 * sizes.Aggregate(1L, (product, size) => product * size)]);
            else
                numbers(tensor);
        });

    public static string Write(TemporaryFolder folder, Action<WireWriter> graph, long operatorSet = 17)
    {
        var model = new WireWriter();
        model.Int64(1, 8);
        model.Inner(7, graph);
        model.Inner(8, set => set.Int64(2, operatorSet));
        var path = folder.Path("made.onnx");
        File.WriteAllBytes(path, model.Message);
        return path;
    }
}
