using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Ensembles.Training;

/// <summary>
/// What a training depends on, read from the public properties of what takes part in it: numbers and words as they are,
/// losses, perturbations, transforms and options by their own properties, networks that are not trained but used by
/// their weights. A checkpoint with another identity belongs to another run.
/// </summary>
/// <remarks>
/// A property is read when its value is stored in the object, or when it is a number, a word, a module, a loss, a
/// perturbation or a tensor; other computed properties follow from these. The weights of what is being trained are no
/// part of it: the checkpoint holds them.
/// </remarks>
sealed class TrainingIdentity
{
    const int MostDepth = 12;

    readonly SortedDictionary<string, string> values = new(StringComparer.Ordinal);
    readonly HashSet<object> seen = new(ReferenceEqualityComparer.Instance);
    readonly HashSet<object> trained;
    readonly HashSet<IntPtr> trainedTensors;

    TrainingIdentity(IEnumerable<Module> modules)
    {
        Module[] all = [.. modules.SelectMany(m => m.modules().Prepend(m))];
        trained = new HashSet<object>(all, ReferenceEqualityComparer.Instance);
        trainedTensors = [.. all.SelectMany(m => m.parameters().Concat(m.buffers())).Select(t => t.Handle)];
    }

    /// <summary>The identity of a run, as words by the path to each property.</summary>
    /// <param name="trained">The modules in training.</param>
    /// <param name="parts">Everything else that takes part, by name.</param>
    public static IReadOnlyDictionary<string, string> Of(
        IEnumerable<Module> trained, IEnumerable<(string Name, object Part)> parts)
    {
        Module[] modules = [.. trained];
        var identity = new TrainingIdentity(modules);
        foreach (var (name, part) in parts)
            identity.Add(name, part, 0);
        return identity.values;
    }

    /// <summary>What a run starts from: the weights, every pixel of images in memory, and the code.</summary>
    /// <param name="trained">The modules in training.</param>
    /// <param name="training">The training images.</param>
    /// <param name="recipe">What else has code that takes part.</param>
    public static IReadOnlyDictionary<string, string> OfStart(
        IReadOnlyList<Module> trained, ILabeledImages training, IEnumerable<object> recipe)
    {
        var weights = trained.SelectMany((module, i) => module.state_dict().Select(t => ($"{i} {t.Key}", t.Value)));
        var types = trained.SelectMany(module => module.modules().Prepend(module)).Concat(recipe)
            .Select(part => part.GetType());
        return new Dictionary<string, string>
        {
            ["Start.Weights"] = Hash(weights),
            ["Start.Pixels"] = training is LabeledImages images
                ? Hash([("images", images.Images), ("labels", images.Labels)])
                : "not in memory",
            ["Start.Code"] = CodeIdentity.Of(types.Append(typeof(TrainingIdentity))),
        };
    }

    void Add(string path, object? value, int depth)
    {
        switch (value)
        {
            case null:
                values[path] = "none";
                break;
            case Enum or string or bool or Type:
                values[path] = value.ToString()!;
                break;
            case double or float or Half:
                values[path] = ((IFormattable)value).ToString("R", CultureInfo.InvariantCulture);
                break;
            case IFormattable number when value.GetType().IsPrimitive || value is decimal:
                values[path] = number.ToString(null, CultureInfo.InvariantCulture);
                break;
            case Delegate function:
                values[path] = $"{function.Method.DeclaringType?.FullName}.{function.Method.Name}";
                break;
            case Tensor tensor:
                if (!trainedTensors.Contains(tensor.Handle))
                    values[path] = $"[{string.Join(", ", tensor.shape)}] of hash {Hash([("", tensor)])}";
                break;
            case LabeledImages images:
                values[path] = Describe(images);
                break;
            default:
                if (seen.Add(value))
                    AddObject(path, value, depth);
                break;
        }
    }

    void AddObject(string path, object value, int depth)
    {
        if (depth > MostDepth)
            throw new InvalidOperationException(
                $"{path} leads from property to property without an end: mark one of them [NotPartOfIdentity].");
        if (value is IEnumerable list)
        {
            var count = 0;
            foreach (var item in list)
                Add($"{path}[{count++}]", item, depth + 1);
            values[$"{path}.Count"] = count.ToString(CultureInfo.InvariantCulture);
            return;
        }

        values[path] = value.GetType().FullName!;
        if (value is Module module && !trained.Contains(module))
            values[$"{path}.Weights"] = Hash(module.state_dict().Select(t => (t.Key, t.Value)));
        foreach (var property in value.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            if (IsRead(property))
                Add($"{path}.{property.Name}", property.GetValue(value), depth + 1);
        }
    }

    static bool IsRead(PropertyInfo property)
    {
        var (owner, type) = (property.DeclaringType!, property.PropertyType);
        if (!property.CanRead || property.GetIndexParameters().Length > 0 || !property.GetMethod!.IsPublic
            || owner.Assembly == typeof(Module).Assembly || owner.Assembly == typeof(object).Assembly
            || property.IsDefined(typeof(NotPartOfIdentityAttribute), inherit: true))
            return false;
        // How many draws an attacker would average over is no part of training.
        if (property.Name == nameof(IRandomized.EotSamples) && owner.IsAssignableTo(typeof(IRandomized)))
            return false;
        return property.CanWrite || type.IsPrimitive || type.IsEnum || type == typeof(string)
            || typeof(Module).IsAssignableFrom(type) || typeof(Tensor).IsAssignableFrom(type)
            || typeof(Perturbation).IsAssignableFrom(type)
            || owner.GetField($"<{property.Name}>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic)
                is not null;
    }

    static string Hash(IEnumerable<(string Name, Tensor Value)> tensors)
    {
        using var scope = NewDisposeScope();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, value) in tensors.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            var header = $"{name} {value.dtype} {string.Join(' ', value.shape)};";
            hash.AppendData(Encoding.UTF8.GetBytes(header));
            hash.AppendData(value.detach().cpu().contiguous().bytes);
        }

        return Convert.ToHexString(hash.GetHashAndReset())[..16];
    }

    /// <summary>Tells one set of images from another, without depending on how many threads sum the pixels.</summary>
    static string Describe(LabeledImages images)
    {
        using var scope = NewDisposeScope();
        var pixel = images.Images.mean([0, 1, 2, 3], type: ScalarType.Float64).item<double>();
        var label = images.Labels.to_type(ScalarType.Float64).mean().item<double>();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{string.Join(" x ", images.Images.shape)}, mean pixel {pixel:F6}, mean label {label:F6}");
    }
}
