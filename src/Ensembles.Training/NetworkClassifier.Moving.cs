using System.Reflection;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Training;

public abstract partial class NetworkClassifier
{
    /// <summary>Where the weights lie.</summary>
    protected Device Device => parameters().First().device;

    /// <summary>Moves the parts, then what a subclass registered itself.</summary>
    /// <remarks>
    /// TorchSharp's own looks properties up by their names and fails on two of one name, which a property has that is
    /// overridden with a narrower type, as <c>override EdgeTransform Transform</c>.
    /// </remarks>
    protected override void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
    {
        foreach (var (_, part) in named_children())
            Move(part, dtype, device, non_blocking);
        foreach (var (name, own) in named_parameters(false).ToArray())
        {
            if (!ReplaceParameter(dtype, device, own, out var moved))
                continue;
            ConditionallyRegisterParameter(name, moved);
            Reassign(own, moved);
            own.Dispose();
        }

        foreach (var (name, own) in named_buffers(false).ToArray())
        {
            // Disposes of the one that was.
            if (!ReplaceBuffer(dtype, device, own, out var moved))
                continue;
            ConditionallyRegisterBuffer(name, moved);
            Reassign(own, moved);
        }

        if (device is not null)
            (_deviceType, _deviceIndex) = (device.type, device.index);
    }

    static nn.Module Move(nn.Module part, ScalarType? dtype, Device? device, bool isAsynchronous) =>
        (dtype, device) switch
        {
            ({ } type, null) => part.to(type, isAsynchronous),
            (null, { } place) => part.to(place, isAsynchronous),
            ({ } type, { } place) => part.to(place, type, isAsynchronous),
            _ => throw new ArgumentException("There is neither a type nor a device to move to."),
        };

    /// <summary>Fields that hold the tensor hold the moved one.</summary>
    void Reassign(Tensor own, Tensor? moved)
    {
        const BindingFlags Declared =
            BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        for (var type = GetType(); type is not null && type != typeof(NetworkClassifier); type = type.BaseType)
        {
            foreach (var field in type.GetFields(Declared).Where(field => ReferenceEquals(field.GetValue(this), own)))
                field.SetValue(this, moved);
        }
    }
}
