using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// L-BFGS (Liu and Nocedal 1989) in [0, 1], for many images at once, each with its own memory and line search: from x
/// to the trial clamp(x + t d), d by the two-loop recursion on the last changes of x and of the gradient. A trial that
/// lowers the loss enough (Armijo) is the new x; else t is halved.
/// </summary>
sealed class QuasiNewton : IDisposable
{
    const int Memory = 8;
    const double Enough = 1e-4;

    readonly PerImage images;
    readonly PerImage trial;
    readonly PerImage loss;
    readonly PerImage gradient;
    readonly PerImage direction;
    readonly PerImage step;
    readonly PerImage moves;
    readonly PerImage turns;
    readonly PerImage[] state;

    /// <summary>Starts at the clean images.</summary>
    public QuasiNewton(ActiveSet active)
    {
        using var scope = NewDisposeScope();
        var start = active.Clean;
        var memory = zeros([start.size(0), Memory, start.numel() / start.size(0)], device: start.device);
        state =
        [
            images = active.Remember(start), trial = active.Remember(start),
            loss = active.Remember(double.PositiveInfinity), gradient = active.RememberZeros(),
            direction = active.RememberZeros(), step = active.Remember(1), moves = active.Remember(memory),
            turns = active.Remember(memory),
        ];
    }

    /// <summary>Where the loss and its gradient are to be evaluated next, [A, C, H, W].</summary>
    public Tensor Trial => trial.Value;

    /// <summary>Goes on from the loss [A] and the gradient [A, C, H, W] at the trial.</summary>
    /// <returns>Where the trial is accepted, [A].</returns>
    public Tensor Take(Tensor trialLoss, Tensor trialGradient)
    {
        using var scope = NewDisposeScope();
        var move = trial.Value - images.Value;
        var promised = (gradient.Value * move).flatten(1).sum(1);
        var accepted = trialLoss.le(loss.Value + Enough * promised);

        var hasMoved = accepted.logical_and(loss.Value.isfinite());
        moves.SetWhere(hasMoved, Remembered(moves.Value, move));
        turns.SetWhere(hasMoved, Remembered(turns.Value, trialGradient - gradient.Value));
        images.SetWhere(accepted, trial.Value);
        loss.SetWhere(accepted, trialLoss);
        gradient.SetWhere(accepted, trialGradient);
        step.Set(where(accepted, 1f, step.Value / 2));

        direction.SetWhere(accepted, Direction());
        trial.Set((images.Value + step.Value.view(-1, 1, 1, 1) * direction.Value).clamp(0, 1));
        return accepted.MoveToOuterDisposeScope();
    }

    /// <summary>The memory with one more entry, the newest last.</summary>
    static Tensor Remembered(Tensor memory, Tensor entry) =>
        cat([memory.narrow(1, 1, Memory - 1), entry.flatten(1).unsqueeze(1)], 1);

    /// <summary>-H g with the pixels held that are at a bound and would leave [0, 1].</summary>
    Tensor Direction()
    {
        var atFloor = images.Value.le(0).logical_and(gradient.Value.gt(0));
        var atCeiling = images.Value.ge(1).logical_and(gradient.Value.lt(0));
        var free = atFloor.logical_or(atCeiling).logical_not();
        var g = (gradient.Value * free).flatten(1);
        // rho_i = 1 / s_i y_i; a pair without positive curvature is left out.
        var curvature = (moves.Value * turns.Value).sum(2);
        var rho = where(curvature.gt(1e-10), 1 / curvature.clamp(min: 1e-10), 0f);

        var q = g.clone();
        var alphas = new Tensor[Memory];
        for (var i = Memory - 1; i >= 0; i--)
        {
            alphas[i] = (rho.select(1, i) * (moves.Value.select(1, i) * q).sum(1)).unsqueeze(1);
            q = q - alphas[i] * turns.Value.select(1, i);
        }
        // The first step has the length 1; later ones are scaled by the newest pair, s y / y y.
        var lastTurn = turns.Value.select(1, Memory - 1);
        var newest = curvature.select(1, Memory - 1) / lastTurn.square().sum(1).clamp(min: 1e-30);
        var first = 1 / g.square().sum(1).sqrt().clamp(min: 1e-30);
        var r = q * where(newest.gt(0), newest, first).unsqueeze(1);
        for (var i = 0; i < Memory; i++)
        {
            var beta = (rho.select(1, i) * (turns.Value.select(1, i) * r).sum(1)).unsqueeze(1);
            r = r + moves.Value.select(1, i) * (alphas[i] - beta);
        }
        r = r * free.flatten(1);
        // Where holding pixels has turned it upwards, down the gradient.
        var descends = (r * g).sum(1, keepdim: true).gt(0);
        return -where(descends, r, g * first.unsqueeze(1)).view(images.Value.shape);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var rows in state)
            rows.Dispose();
    }
}
