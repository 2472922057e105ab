namespace Ensembles.House.Tests.Rooms;

/// <summary>A folder of a project. The project's own folder is a room like any other, the root.</summary>
readonly record struct Room(string Project, string Folder)
{
    public static Room Of(string file)
    {
        var parts = file.Split('/');
        var folder = parts.Length > 3 ? string.Join('/', parts[2..^1]) : "(root)";
        return new Room(Repository.ProjectOf(file), folder);
    }

    public override string ToString() => Folder;
}

/// <summary>A place in one room that names a type, or a member of a type, of another room.</summary>
sealed record RoomUse(Room From, Room To, string Place, string Name)
{
    public override string ToString() => $"{Place} uses {Name} of {To}";
}
