namespace Ensembles.Generators.Emission;

/// <summary>Writes how a lineup decides, one statement a step, and how its gates are calibrated.</summary>
static class DecisionEmitter
{
    public static void Write(SourceWriter writer, Lineup lineup)
    {
        WriteForward(writer, lineup);
        WriteCalibration(writer, lineup);
    }

    static void WriteForward(SourceWriter writer, Lineup lineup)
    {
        using var method = writer.Braces($"""

            /// <summary>Decides on images.</summary>
            /// <param name="images">Float32 [N, C, H, W] in [0, 1].</param>
            /// <returns>The decision on each image. The caller disposes it.</returns>
            /// <exception cref="global::System.ArgumentException">Another shape or type, or a value outside [0, 1].</exception>
            /// <exception cref="global::System.InvalidOperationException">A gate that is not calibrated.</exception>
            {Code.Generated}
            public override {Code.Core}.Decision forward({Code.Tensor} images)
            """);

        writer.Write($"{Code.Core}.ImageChecks.ThrowIfNotImages(images);");
        WriteThresholdChecks(writer, lineup);
        writer.Write($"\nusing var scope = {Code.Torch}.NewDisposeScope();");
        foreach (var component in lineup.Components)
            writer.Write($"var {lineup.Output(component)} = {lineup.Module(component)}.call(images);");
        writer.WriteLine();
        WriteBallot(writer, lineup);
        writer.Write($"""
            var scores = {lineup.Ensemble.Rule}.Scores(ballot);
            var labels = {lineup.Ensemble.Rule}.Labels(ballot, scores);
            """);
        foreach (var gate in lineup.Gates)
            writer.Write($"labels = {Code.Core}.GateThreshold.Apply(labels, {lineup.Output(gate)}, {lineup.Threshold(gate)});");
        writer.Write($"""
            var gateScores = {GateScores(lineup, "images.size(0)")};
            return new {Code.Core}.Decision(scores, labels, logits, gateScores).MoveToOuterDisposeScope();
            """);
    }

    static void WriteCalibration(SourceWriter writer, Lineup lineup)
    {
        var shared = lineup.LeftOut is null ? "" : "\n/// <remarks>The thresholds are the whole's.</remarks>";
        using var method = writer.Braces($"""

            /// <inheritdoc/>{shared}
            {Code.Generated}
            public override void CalibrateGates({Code.Tensor} validationImages)
            """);
        foreach (var gate in lineup.Gates)
            writer.Write($"{Code.Core}.GateThreshold.Calibrate({lineup.Threshold(gate)}, {lineup.Module(gate)}, validationImages, {Code.Literal(gate.Gate!.FalsePositiveRate)});");
    }

    /// <summary>One check for each gate: an uncalibrated one would reject every image.</summary>
    public static void WriteThresholdChecks(SourceWriter writer, Lineup lineup)
    {
        foreach (var gate in lineup.Gates)
            writer.Write($"{Code.Core}.GateThreshold.ThrowIfUncalibrated({lineup.Threshold(gate)}, {Code.Literal(gate.Name)});");
    }

    /// <summary>The locals "logits", [M, N, K], and "ballot".</summary>
    public static void WriteBallot(SourceWriter writer, Lineup lineup)
    {
        writer.Write($"var logits = {Code.Torch}.stack([{Code.Join(lineup.Members, lineup.Output)}]);");
        var weights = lineup.Weights();
        if (lineup.IsMemberLeftOut)
        {
            writer.Write($"var remaining = {weights};");
            weights = "remaining / remaining.sum()";
        }

        writer.Write($"var ballot = new {Code.Core}.Ballot(logits, {weights}, {lineup.Quorum});");
    }

    /// <summary>The gates' scores [G, N], also for no gates.</summary>
    public static string GateScores(Lineup lineup, string count) => lineup.Gates.Count == 0
        ? $"{Code.Torch}.zeros(0, {count}, device: images.device)"
        : $"{Code.Torch}.stack([{Code.Join(lineup.Gates, lineup.Output)}])";
}
