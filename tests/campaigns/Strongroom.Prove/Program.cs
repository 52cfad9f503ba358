using Strongroom.Prove;
using Strongroom.Prove.Fuzzing;
using Strongroom.Prove.Golden;
using Strongroom.Prove.Leaks;
using Strongroom.Prove.Limits;
using Strongroom.Prove.PowerLoss;
using Strongroom.Prove.Processes;
using Strongroom.Prove.SystemCalls;
using Strongroom.Prove.Tamper;

if (Child.Is(args))
    return await Child.RunAsync(args);
if (args is ["--make-golden", var folder])
    return await GoldenVaults.MakeAsync(folder);

// Campaigns that try to break the vault: see docs/reliability.md. The first failure ends the run, with what repeats it.
Campaign[] campaigns =
[
    new PowerLossCampaign(),
    new TamperCampaign(),
    new SystemCallCampaign(),
    new ProcessCampaign(),
    new LimitCampaign(),
    new LeakCampaign(),
    new FuzzCampaign(),
    new GoldenCampaign(),
];

return await Proof.RunAsync(campaigns, args);
