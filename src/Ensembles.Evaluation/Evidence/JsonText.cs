using System.Globalization;
using System.Text;

namespace Ensembles.Evaluation;

/// <summary>
/// JSON, of which analyzers can use no library: an editor may have loaded another version of it. Whatever is wrong with
/// a text, reading it ends, and with null.
/// </summary>
static class JsonText
{
    const int MostDepth = 16;

    /// <summary>A text in quotes.</summary>
    public static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var letter in text)
        {
            if (letter is '"' or '\\')
                quoted.Append('\\').Append(letter);
            else if (letter < ' ' || char.IsSurrogate(letter))
                quoted.Append("\\u").Append(((int)letter).ToString("x4", CultureInfo.InvariantCulture));
            else
                quoted.Append(letter);
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>
    /// What a text holds: a dictionary, a list, a string, or true for any other value; null where it is no JSON.
    /// </summary>
    public static object? Read(string text)
    {
        var place = 0;
        var value = Value(text, ref place, 0);
        Skip(text, ref place);
        return place == text.Length ? value : null;
    }

    static object? Value(string text, ref int place, int depth)
    {
        Skip(text, ref place);
        if (place >= text.Length || depth > MostDepth)
            return null;
        switch (text[place])
        {
            case '{':
                return Dictionary(text, ref place, depth);
            case '[':
                return List(text, ref place, depth);
            case '"':
                return String(text, ref place);
        }

        // Numbers, true, false and null: nothing here asks which.
        var start = place;
        while (place < text.Length && (char.IsLetterOrDigit(text[place]) || text[place] is '+' or '-' or '.'))
            place++;
        return place > start ? true : null;
    }

    static Dictionary<string, object?>? Dictionary(string text, ref int place, int depth)
    {
        var values = new Dictionary<string, object?>();
        if (Ends(text, ref place, '}'))
            return values;
        do
        {
            Skip(text, ref place);
            if (String(text, ref place) is not { } name || !Takes(text, ref place, ':')
                || Value(text, ref place, depth + 1) is not { } value)
                return null;
            values[name] = value;
        }
        while (Takes(text, ref place, ','));
        return Takes(text, ref place, '}') ? values : null;
    }

    static List<object?>? List(string text, ref int place, int depth)
    {
        List<object?> values = [];
        if (Ends(text, ref place, ']'))
            return values;
        do
        {
            if (Value(text, ref place, depth + 1) is not { } value)
                return null;
            values.Add(value);
        }
        while (Takes(text, ref place, ','));
        return Takes(text, ref place, ']') ? values : null;
    }

    static string? String(string text, ref int place)
    {
        if (place >= text.Length || text[place] != '"')
            return null;
        var read = new StringBuilder();
        for (place++; place < text.Length; place++)
        {
            var letter = text[place];
            if (letter == '"')
            {
                place++;
                return read.ToString();
            }

            if (letter == '\\')
            {
                if (Escaped(text, ref place) is not { } escaped)
                    return null;
                letter = escaped;
            }

            read.Append(letter);
        }

        return null;
    }

    /// <summary>The letter behind a backslash; the place becomes that of its last character.</summary>
    static char? Escaped(string text, ref int place)
    {
        if (++place >= text.Length)
            return null;
        if (text[place] != 'u')
            return text[place] switch
            {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\b',
                'f' => '\f',
                '"' or '\\' or '/' => text[place],
                _ => null,
            };
        if (place + 4 >= text.Length || !ushort.TryParse(
            text.Substring(place + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            return null;
        place += 4;
        return (char)code;
    }

    /// <summary>Steps over the opening bracket, and over the closing one where it follows at once.</summary>
    static bool Ends(string text, ref int place, char close)
    {
        place++;
        return Takes(text, ref place, close);
    }

    static bool Takes(string text, ref int place, char letter)
    {
        Skip(text, ref place);
        if (place >= text.Length || text[place] != letter)
            return false;
        place++;
        return true;
    }

    static void Skip(string text, ref int place)
    {
        while (place < text.Length && text[place] is ' ' or '\t' or '\r' or '\n')
            place++;
    }
}
