using Strongroom.Prove;
using Strongroom.Prove.PowerLoss;
using Strongroom.Prove.Tamper;

// Campaigns that try to break the vault: see docs/reliability.md. The first failure ends the run, with what repeats it.
Campaign[] campaigns =
[
    new PowerLossCampaign(),
    new TamperCampaign(),
];

return await Proof.RunAsync(campaigns, args);
