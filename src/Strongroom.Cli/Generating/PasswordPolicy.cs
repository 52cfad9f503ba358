using System.Security.Cryptography;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Generating;

/// <summary>
/// What a password is made of. Every password that fits the policy is equally likely: one is drawn from all letters, and drawn again until the policy holds. Putting in "one digit, one sign" afterwards would favour some.
/// </summary>
internal sealed class PasswordPolicy
{
    // Below this a draw would be repeated more than ten thousand times.
    private const double TooTight = 1e-4;

    private readonly List<(byte[] Letters, int Least)> _classes = [];

    /// <summary>Adds a kind of character.</summary>
    /// <param name="letters">Its characters, ASCII; may be empty.</param>
    /// <param name="least">How many of them there must be.</param>
    /// <exception cref="CliException">Some must be there, and there are none to choose from.</exception>
    public PasswordPolicy With(string letters, int least)
    {
        if (letters.Length == 0 && least > 0)
            throw CliException.Usage("The policy wants characters of a kind of which none are allowed.");
        if (letters.Length > 0)
            _classes.Add((System.Text.Encoding.ASCII.GetBytes(letters), least));
        return this;
    }

    /// <summary>Makes a password. The caller owns it.</summary>
    /// <returns>The password, and the bits of chance in it: the logarithm of how many passwords fit.</returns>
    public (WipedBuffer Password, double Bits) Generate(int length)
    {
        var alphabet = _classes.SelectMany(part => part.Letters).ToArray();
        if (alphabet.Length < 2)
            throw CliException.Usage("The policy leaves fewer than two characters to choose from.");
        var share = Share(length);
        if (share < TooTight)
            throw CliException.Usage($"Almost no password of {length} characters fits the policy.", "Give more --length, or smaller minima.");
        var password = new WipedBuffer(length);
        do
        {
            password.Clear();
            RandomNumberGenerator.GetItems<byte>(alphabet, password.GetSpan(length)[..length]);
            password.Advance(length);
        }
        while (!Fits(password.Span));
        return (password, (length * Math.Log2(alphabet.Length)) + Math.Log2(share));
    }

    private bool Fits(ReadOnlySpan<byte> password)
    {
        foreach (var (letters, least) in _classes)
        {
            var left = least;
            foreach (var letter in password)
            {
                if (left > 0 && letters.AsSpan().Contains(letter))
                    left--;
            }

            if (left > 0)
                return false;
        }

        return true;
    }

    /// <summary>The share of all texts that fit: class by class, how many of the remaining places fall to it (a binomial distribution).</summary>
    internal double Share(int length)
    {
        if (_classes.TrueForAll(part => part.Least == 0))
            return 1;
        var logFactorial = new double[length + 1];
        for (var i = 1; i <= length; i++)
            logFactorial[i] = logFactorial[i - 1] + Math.Log(i);
        // rest[n]: the probability that n places fill the classes from here on.
        var rest = new double[length + 1];
        for (var n = 0; n <= length; n++)
            rest[n] = n >= _classes[^1].Least ? 1 : 0;
        double behind = _classes[^1].Letters.Length;
        for (var at = _classes.Count - 2; at >= 0; at--)
        {
            var (letters, least) = _classes[at];
            var chance = letters.Length / (letters.Length + behind);
            behind += letters.Length;
            var (log, logNot) = (Math.Log(chance), Math.Log(1 - chance));
            var here = new double[length + 1];
            // Only the whole length is asked for at the first class.
            for (var n = at == 0 ? length : 0; n <= length; n++)
            {
                for (var k = least; k <= n; k++)
                    here[n] += Math.Exp(logFactorial[n] - logFactorial[k] - logFactorial[n - k] + (k * log) + ((n - k) * logNot)) * rest[n - k];
            }

            rest = here;
        }

        return Math.Min(1, rest[length]);
    }
}
