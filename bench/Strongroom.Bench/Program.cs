using Strongroom.Bench.Harness;
using Strongroom.Bench.Rows;

// bench [ROW…] [--check] [--quick]: measures the named rows, or all, and prints a table. --check: exit code 1 when a limit is not kept. --quick: fewer rounds.
if (args is ["child", ..])
    return Children.Run(args[1..]);

(string Name, Func<IEnumerable<Measured>> Measure)[] rows =
[
    ("unlock", UnlockRow.Measure),
    ("read", ReadRow.Measure),
    ("set", SetRow.Measure),
    ("import", ImportRow.Measure),
    ("writers", WritersRow.Measure),
    ("open", OpenRow.Measure),
    ("tree", TreeRow.Measure),
    ("sqlite", SqliteRow.Measure),
    ("sqlite-million", SqliteRow.MeasureMillion),
    ("fresh", FreshRow.Measure),
    ("processes", ProcessesRow.Measure),
    ("live", LiveRow.Measure),
    ("configuration", ConfigurationRow.Measure),
    ("command", CommandRow.Measure),
    ("run", RunRow.Measure),
    ("scan", ScanRow.Measure),
];
string[] wanted = [.. args.Where(argument => !argument.StartsWith("--", StringComparison.Ordinal))];
string? unknown = wanted.FirstOrDefault(name => !rows.Any(row => row.Name == name)) ?? args.FirstOrDefault(argument => argument.StartsWith("--", StringComparison.Ordinal) && argument is not ("--check" or "--quick"));
if (unknown is not null)
{
    Console.Error.WriteLine($"'{unknown}' is none of {string.Join(", ", rows.Select(row => row.Name))}, --check, --quick.");
    return 2;
}

Rounds.Quick = args.Contains("--quick");
bool kept = true;
Report.Header();
foreach ((string name, Func<IEnumerable<Measured>> measure) in rows)
{
    if (wanted.Length > 0 && !wanted.Contains(name))
        continue;
    foreach (Measured line in measure())
    {
        Report.Line(line);
        kept &= line.Ok is not false;
    }
}

return kept || !args.Contains("--check") ? 0 : 1;
