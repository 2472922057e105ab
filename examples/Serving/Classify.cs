using Ensembles;

namespace Serving;

/// <summary>The answer to one image.</summary>
/// <param name="Label">The name of its class, or REJECT.</param>
/// <param name="Scores">The vote's score of each class, by its name.</param>
/// <param name="Gates">The score of each gate, by its name: higher is more suspicious.</param>
sealed record Answer(string Label, Dictionary<string, float> Scores, Dictionary<string, float> Gates)
{
    public static Answer Of(Verdict verdict, Model model) => new(
        verdict.Label == Decision.Reject ? "REJECT" : model.Classes[(int)verdict.Label],
        Named(model.Classes, verdict.Scores), Named(model.Gates, verdict.GateScores));

    static Dictionary<string, float> Named(IReadOnlyList<string> names, float[] values) =>
        names.Zip(values).ToDictionary(pair => pair.First, pair => pair.Second);
}

/// <summary>POST /classify: an image in, its label or REJECT out.</summary>
static class Classify
{
    public static async Task<IResult> Handle(
        HttpRequest request, HttpResponse response, Batcher batcher, Deciding deciding, ServingMetrics metrics)
    {
        if (deciding.Model is not { } model)
            return Busy(response, "The model is being loaded. /health says when it is.");
        try
        {
            var pixels = await ImageInput.Read(request);
            var cancellation = request.HttpContext.RequestAborted;
            if (batcher.TryDecide(pixels, cancellation) is not { } verdict)
                return Busy(response, "Too many images wait. Try again later, or send fewer at a time.");
            var answer = Answer.Of(await verdict.WaitAsync(cancellation), model);
            metrics.Decided(answer.Label);
            return Results.Ok(answer);
        }
        catch (RefusedException refused)
        {
            return Results.Problem(refused.Message, statusCode: refused.Status);
        }
    }

    static IResult Busy(HttpResponse response, string detail)
    {
        response.Headers.RetryAfter = "1";
        return Results.Problem(detail, statusCode: StatusCodes.Status503ServiceUnavailable);
    }
}
