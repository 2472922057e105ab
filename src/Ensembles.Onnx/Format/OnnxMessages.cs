namespace Ensembles.Onnx;

/// <summary>An ONNX model: a graph and the versions of the operator sets that it is written in.</summary>
sealed record OnnxModel
{
    public string Producer { get; private set; } = "";

    public Dictionary<string, long> OperatorSets { get; } = [];

    public OnnxGraph Graph { get; private set; } = new();

    public Dictionary<string, string> Metadata { get; } = [];

    public bool HasGraph { get; private set; }

    public static OnnxModel Read(ReadOnlyMemory<byte> message)
    {
        var model = new OnnxModel();
        for (var reader = new WireReader(message); reader.Next();)
        {
            switch (reader.Field)
            {
                case 2:
                    model.Producer = reader.Text();
                    break;
                case 7:
                    // Of a message that stands there twice the format would merge the parts; nobody writes that.
                    if (model.HasGraph)
                        throw new InvalidDataException("it has two graphs");
                    (model.Graph, model.HasGraph) = (OnnxGraph.Read(reader.Bytes()), true);
                    break;
                case 8:
                    var (domain, version) = OperatorSet(reader.Bytes());
                    if (!model.OperatorSets.TryAdd(domain is "ai.onnx" ? "" : domain, version))
                        throw new InvalidDataException($"it names the operator set \"{domain}\" twice");
                    break;
                case 14:
                    var (key, value) = Entry(reader.Bytes());
                    model.Metadata[key] = value;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return model;
    }

    /// <summary>A key and a value, of metadata and of data beside the file.</summary>
    public static (string Key, string Value) Entry(ReadOnlyMemory<byte> message)
    {
        var (key, value) = ("", "");
        for (var reader = new WireReader(message); reader.Next();)
        {
            if (reader.Field == 1)
                key = reader.Text();
            else if (reader.Field == 2)
                value = System.Text.Encoding.UTF8.GetString(reader.Bytes().Span);
            else
                reader.Skip();
        }

        return (key, value);
    }

    static (string Domain, long Version) OperatorSet(ReadOnlyMemory<byte> message)
    {
        var (domain, version) = ("", 0L);
        for (var reader = new WireReader(message); reader.Next();)
        {
            if (reader.Field == 1)
                domain = reader.Text();
            else if (reader.Field == 2)
                version = reader.Int64();
            else
                reader.Skip();
        }

        return (domain, version);
    }
}

/// <summary>Nodes, the tensors they start from, and what goes in and out.</summary>
sealed record OnnxGraph
{
    const int MostParts = 100_000;

    public string Name { get; private set; } = "";

    public List<OnnxNode> Nodes { get; } = [];

    public List<OnnxTensor> Initializers { get; } = [];

    public List<OnnxValueInfo> Inputs { get; } = [];

    public List<OnnxValueInfo> Outputs { get; } = [];

    public static OnnxGraph Read(ReadOnlyMemory<byte> message)
    {
        var graph = new OnnxGraph();
        for (var reader = new WireReader(message); reader.Next();)
        {
            switch (reader.Field)
            {
                case 1:
                    graph.Nodes.Add(OnnxNode.Read(reader.Bytes()));
                    break;
                case 2:
                    graph.Name = reader.Text();
                    break;
                case 5:
                    graph.Initializers.Add(OnnxTensor.Read(reader.Bytes()));
                    break;
                case 11:
                    graph.Inputs.Add(OnnxValueInfo.Read(reader.Bytes()));
                    break;
                case 12:
                    graph.Outputs.Add(OnnxValueInfo.Read(reader.Bytes()));
                    break;
                case 15:
                    throw new InvalidDataException("it has sparse initializers, which are not read here");
                default:
                    reader.Skip();
                    break;
            }

            if (graph.Nodes.Count + graph.Initializers.Count + graph.Inputs.Count + graph.Outputs.Count > MostParts)
                throw new InvalidDataException($"it has more than {MostParts} nodes and tensors");
        }

        return graph;
    }
}

/// <summary>An operator with its attributes, on values that it names.</summary>
sealed record OnnxNode
{
    public List<string> Inputs { get; } = [];

    public List<string> Outputs { get; } = [];

    public string Name { get; private set; } = "";

    public string OpType { get; private set; } = "";

    public string Domain { get; private set; } = "";

    public Dictionary<string, OnnxAttribute> Attributes { get; } = [];

    public static OnnxNode Read(ReadOnlyMemory<byte> message)
    {
        var node = new OnnxNode();
        for (var reader = new WireReader(message); reader.Next();)
        {
            switch (reader.Field)
            {
                case 1:
                    node.Inputs.Add(reader.Text());
                    break;
                case 2:
                    node.Outputs.Add(reader.Text());
                    break;
                case 3:
                    node.Name = reader.Text();
                    break;
                case 4:
                    node.OpType = reader.Text();
                    break;
                case 5:
                    var attribute = OnnxAttribute.Read(reader.Bytes());
                    if (!node.Attributes.TryAdd(attribute.Name, attribute))
                        throw new InvalidDataException($"a node has the attribute {attribute.Name} twice");
                    break;
                case 7:
                    node.Domain = reader.Text();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return node;
    }
}

/// <summary>A named number, text or tensor of a node, or a list of them.</summary>
sealed record OnnxAttribute
{
    public string Name { get; private set; } = "";

    public float? Float { get; private set; }

    public long? Int { get; private set; }

    public string? Text { get; private set; }

    public OnnxTensor? Tensor { get; private set; }

    public List<float> Floats { get; } = [];

    public List<long> Ints { get; } = [];

    /// <summary>How many texts it holds.</summary>
    public int TextCount { get; private set; }

    /// <summary>Whether it is something else: a graph, say, or texts.</summary>
    public bool IsOther { get; private set; }

    /// <summary>The declared type; 0 where there is none.</summary>
    public long Type { get; private set; }

    public static OnnxAttribute Read(ReadOnlyMemory<byte> message)
    {
        var attribute = new OnnxAttribute();
        for (var reader = new WireReader(message); reader.Next();)
        {
            switch (reader.Field)
            {
                case 1:
                    attribute.Name = reader.Text();
                    break;
                case 2:
                    attribute.Float = reader.Float();
                    break;
                case 3:
                    attribute.Int = reader.Int64();
                    break;
                case 4:
                    attribute.Text = reader.Text();
                    break;
                case 5:
                    attribute.Tensor = OnnxTensor.Read(reader.Bytes());
                    break;
                case 7:
                    reader.AddTo(attribute.Floats);
                    break;
                case 8:
                    reader.AddTo(attribute.Ints);
                    break;
                case 9:
                    attribute.IsOther = true;
                    attribute.TextCount++;
                    reader.Skip();
                    break;
                case 6 or 10 or 11 or 14 or 15 or 21 or 22 or 23:
                    attribute.IsOther = true;
                    reader.Skip();
                    break;
                case 20:
                    attribute.Type = reader.Int64();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return attribute;
    }
}
