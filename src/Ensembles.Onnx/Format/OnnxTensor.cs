namespace Ensembles.Onnx;

/// <summary>A tensor as it stands in a file, with its numbers there or in another file beside it.</summary>
sealed record OnnxTensor
{
    public string Name { get; private set; } = "";

    public List<long> Sizes { get; } = [];

    /// <summary>ONNX's number of the element type.</summary>
    public long ElementType { get; private set; }

    /// <summary>The numbers, row-major, little-endian; null where they stand in one of the lists.</summary>
    public ReadOnlyMemory<byte>? Raw { get; private set; }

    public List<float> Floats { get; } = [];

    public List<double> Doubles { get; } = [];

    /// <summary>Numbers of 32 bits or fewer.</summary>
    public List<long> Ints { get; } = [];

    public List<long> Longs { get; } = [];

    /// <summary>Whether the numbers stand in another file.</summary>
    public bool IsExternal { get; private set; }

    /// <summary>Where: location, offset and length.</summary>
    public Dictionary<string, string> External { get; } = [];

    public static OnnxTensor Read(ReadOnlyMemory<byte> message)
    {
        var tensor = new OnnxTensor();
        for (var reader = new WireReader(message); reader.Next();)
        {
            switch (reader.Field)
            {
                case 1:
                    reader.AddTo(tensor.Sizes);
                    break;
                case 2:
                    tensor.ElementType = reader.Int64();
                    break;
                case 3:
                    throw new InvalidDataException("it has a tensor in segments, which are not read here");
                case 4:
                    reader.AddTo(tensor.Floats);
                    break;
                case 5:
                    reader.AddTo(tensor.Ints);
                    break;
                case 7:
                    reader.AddTo(tensor.Longs);
                    break;
                case 8:
                    tensor.Name = reader.Text();
                    break;
                case 9:
                    tensor.Raw = reader.Bytes();
                    break;
                case 10:
                    reader.AddTo(tensor.Doubles);
                    break;
                case 13:
                    var (key, value) = OnnxModel.Entry(reader.Bytes());
                    tensor.External[key] = value;
                    break;
                case 14:
                    tensor.IsExternal = reader.Int64() == 1;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return tensor;
    }
}
