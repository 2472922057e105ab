using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Ensembles.Evaluation;

/// <summary>
/// Whether the images of a test are distinct. An interval is one of independent images: a robust image repeated a
/// hundred times would be a hundred of them, and the interval ten times too narrow.
/// </summary>
static class DistinctImages
{
    /// <summary>
    /// The share that must be distinct. A few doubles are in many datasets, and move an interval by less than its last
    /// digit.
    /// </summary>
    const double Required = 0.95;

    /// <summary>Runs the check.</summary>
    public static CheckOutcome Run(LabeledImages images)
    {
        var seen = new HashSet<string>();
        for (var i = 0; i < images.Count; i++)
        {
            using var image = images.Images.narrow(0, i, 1);
            var bytes = MemoryMarshal.AsBytes(HostMemory.ReadFloats(image).AsSpan());
            seen.Add(Convert.ToHexString(SHA256.HashData(bytes)));
        }
        var finding = $"{seen.Count} of {Wording.Count(images.Count, "image")} "
            + (seen.Count == 1 ? "is distinct" : "are distinct");
        return seen.Count >= Required * images.Count
            ? new CheckOutcome(true, finding)
            : new CheckOutcome(false, finding + ", so shares and their intervals count the same images again");
    }
}
