"""How event texts become what an output sends: one formatter and its batching twin, one file."""
