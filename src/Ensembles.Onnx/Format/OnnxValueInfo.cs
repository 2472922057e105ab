namespace Ensembles.Onnx;

/// <summary>A value that goes in or out, with what the file says of its type.</summary>
sealed record OnnxValueInfo
{
    public string Name { get; private set; } = "";

    /// <summary>ONNX's number of the element type; 0 where it is no tensor or not said.</summary>
    public long ElementType { get; private set; }

    /// <summary>Its sizes, null for one that is left open; null altogether where none is said.</summary>
    public List<long?>? Sizes { get; private set; }

    public static OnnxValueInfo Read(ReadOnlyMemory<byte> message)
    {
        var info = new OnnxValueInfo();
        for (var reader = new WireReader(message); reader.Next();)
        {
            if (reader.Field == 1)
                info.Name = reader.Text();
            else if (reader.Field == 2)
                info.ReadType(reader.Bytes());
            else
                reader.Skip();
        }

        return info;
    }

    void ReadType(ReadOnlyMemory<byte> message)
    {
        for (var type = new WireReader(message); type.Next();)
        {
            if (type.Field != 1)
            {
                type.Skip();
                continue;
            }

            for (var tensor = new WireReader(type.Bytes()); tensor.Next();)
            {
                if (tensor.Field == 1)
                    ElementType = tensor.Int64();
                else if (tensor.Field == 2)
                    ReadSizes(tensor.Bytes());
                else
                    tensor.Skip();
            }
        }
    }

    void ReadSizes(ReadOnlyMemory<byte> message)
    {
        Sizes = [];
        for (var shape = new WireReader(message); shape.Next();)
        {
            if (shape.Field != 1)
            {
                shape.Skip();
                continue;
            }

            long? size = null;
            for (var dimension = new WireReader(shape.Bytes()); dimension.Next();)
            {
                if (dimension.Field == 1)
                    size = dimension.Int64();
                else
                    dimension.Skip();
            }

            // Some exporters write -1 or 0 for a size that is left open.
            Sizes.Add(size > 0 ? size : null);
        }
    }
}
