using static TorchSharp.torch;

namespace Ensembles.Data.Tests;

public class LabeledImagesDatasetTests
{
    [Fact]
    public void A_data_loader_gives_the_same_images_and_leaves_them_alive()
    {
        using var data = new TextureShapes().Generate(25, seed: 1);
        var (images, labels) = (new List<Tensor>(), new List<Tensor>());
        using (var loader = utils.data.DataLoader(new LabeledImagesDataset(data), 8))
        {
            foreach (var batch in loader)
            {
                images.Add(batch["data"].clone());
                labels.Add(batch["label"].clone());
            }
        }

        Assert.Equal([8, 8, 8, 1], images.Select(batch => batch.size(0)));
        using var allImages = cat(images);
        using var allLabels = cat(labels);
        Assert.True(allImages.Equals(data.Images));
        Assert.True(allLabels.Equals(data.Labels));
    }
}
