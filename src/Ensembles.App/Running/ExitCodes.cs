namespace Ensembles.App;

/// <summary>What a program of an ensemble ends with, for scripts and CI.</summary>
public static class ExitCodes
{
    /// <summary>Done, and what was measured can be trusted.</summary>
    public const int Done = 0;

    /// <summary>It could not be done: bad data, a full disk, a missing GPU. The message says what to do.</summary>
    public const int Failed = 1;

    /// <summary>A command line that makes no sense.</summary>
    public const int Usage = 2;

    /// <summary>The attack fails its own checks: the result is INVALID, and says nothing about robustness.</summary>
    public const int Invalid = 3;

    /// <summary>The robust accuracy lies below what <c>--at-least</c> asks for.</summary>
    public const int BelowFloor = 4;

    /// <summary>Stopped by Ctrl+C. What is done is kept; the same command resumes.</summary>
    public const int Stopped = 130;
}
