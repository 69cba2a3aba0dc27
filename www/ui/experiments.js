// @ts-check
// The sources' experiments by name, which the menu shows before the race is there.

/** Names and titles, in the order of the menu; those of several hours open in their quick form. @type {[id: string, title: string, hasQuick: boolean][]} */
export const RACE_PRESETS = [
  ["A-gn5", "the tutorial’s net, trained with it", false],
  ["A-testset", "the tutorial trains on its test set", false],
  ["D-bs1", "a notebook’s race at batch size 1", true],
  ["D-amsgrad1", "its group norm by AMSGrad, batch 1", true],
  ["D-amsgrad128", "and batch 128", true],
  ["B-smallbatch", "batch norm wants large batches", true],
  ["B-rate", "normalized nets bear higher rates", true],
  ["B-rnn", "norms in a recurrent net", true],
  ["B-bin", "batch-instance norm learns its ρ", true],
  ["B-switch", "switchable norm learns its weights", true],
];
