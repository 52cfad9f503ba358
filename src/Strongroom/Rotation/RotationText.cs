using System.Globalization;

namespace Strongroom.Rotation;

/// <summary>Durations as people write them in policies.</summary>
internal static class RotationText
{
    /// <summary><c>90s</c>, <c>15m</c>, <c>12h</c>, <c>30d</c>, <c>2w</c>, or several together: <c>1d12h</c>.</summary>
    public static bool TryDuration(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        if (text.Length is 0 or > 32)
            return false;
        while (!text.IsEmpty)
        {
            int digits = text.IndexOfAnyExceptInRange('0', '9');
            if (digits is < 1 or > 9)
                return false;
            long seconds = text[digits] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, 'w' => 604800, _ => 0 };
            if (seconds == 0)
                return false;
            duration += TimeSpan.FromSeconds(seconds * long.Parse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture));
            if (duration > TimeSpan.FromDays(36500))
                return false;
            text = text[(digits + 1)..];
        }

        return true;
    }
}
