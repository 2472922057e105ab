using TorchSharp;

namespace Ensembles.Generators.Tests.Scripts;

/// <summary>
/// What <see cref="VoteScriptTests"/> starts: a script that TorchScript does not understand ends the process, which
/// should not be the tests' own.
/// </summary>
static class Program
{
    /// <summary>
    /// Tries every script, and plans that use some. Says what is wrong with them; 0 where nothing is.
    /// </summary>
    static int Main()
    {
        torch.set_num_threads(1);
        var wrong = 0;
        foreach (var script in ScriptCase.All)
        {
            // Last words, should the next step be the end.
            Console.Error.WriteLine(script.Name);
            if (ScriptTrial.Complaint(script) is not { } complaint)
                continue;
            wrong++;
            Console.WriteLine($"{script.Name}: {complaint}\n{script.Text}");
        }

        foreach (var complaint in (string?[])[FormsTrial.Complaint(), PlanTrial.Complaint()])
        {
            if (complaint is null)
                continue;
            wrong++;
            Console.WriteLine(complaint);
        }

        Console.WriteLine($"{ScriptCase.All.Count - wrong} of {ScriptCase.All.Count} scripts decide as their rules do");
        return wrong == 0 ? 0 : 1;
    }
}
