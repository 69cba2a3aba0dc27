// @ts-check
// Two sentences on what each method is good for and where it fails, and its paper.

/** @typedef {import("./method.js").Choice} Choice */

/** @type {Record<Choice, [worth: string, paper: string]>} */
const WORDS = {
  "none": ["Nothing is computed, and nothing holds the scale of deep layers in place. Shallow nets do well without, and careful initialization carries some deep ones.", ""],
  "batch": ["The strongest with large batches of like images: noise of the batch regularizes, and at the end it folds into the convolution before it. With few images a batch its means are poor, and training and evaluation part.", "Ioffe, Szegedy 2015, Batch Normalization"],
  "layer": ["The same at every batch size and in evaluation: the norm of recurrent nets and transformers. On feature maps it lets loud channels drown quiet ones.", "Ba, Kiros, Hinton 2016, Layer Normalization"],
  "instance": ["Takes contrast and brightness out of each channel: good where style shall go, as in style transfer. Where a channel’s strength is the message, classification suffers.", "Ulyanov, Vedaldi, Lempitsky 2016, Instance Normalization"],
  "group": ["Independent of the batch: it trains alike at 2 images and at 32. With large batches batch norm is still a little better, and G is one more number to choose.", "Wu, He 2018, Group Normalization"],
  "batch-instance": ["Learns for each channel how much style to keep, so it may serve where instance norm takes too much. Its batch half needs batches, and running averages in evaluation.", "Nam, Kim 2018, Batch-Instance Normalization"],
  "switchable": ["Learns which moments to trust, and leans off the batch when batches are small. Three sets of moments cost time, and the batch’s share still needs running averages.", "Luo et al. 2019, Differentiable Learning-to-Normalize"],
  "axes": ["What library calls make when an axis is named: over C alone it is a norm of each pixel. It is easily mistaken for the figure’s layer norm.", "Ba, Kiros, Hinton 2016, Layer Normalization"],
  "rms": ["Cheaper than layer norm, and as good in large language models. It does not take an offset out.", "Zhang, Sennrich 2019, Root Mean Square Layer Normalization"],
  "ghost-batch": ["Keeps a small batch’s noise when batches are large. Its means are poorer than the batch could give.", "Hoffer, Hubara, Soudry 2017, Train Longer, Generalize Better"],
  "sync-batch": ["Batch norm’s own means when each device holds few images. Every layer waits for every device, forward and backward.", "Peng et al. 2018, MegDet"],
  "own": ["Drag the handles: height is how many images share a mean, width how many channels. Some rectangles have names; that is all there is to the names.", ""],
};

/** @param {Choice} choice */
export const worthOf = choice => WORDS[choice][0];

/** @param {Choice} choice */
export const paperOf = choice => WORDS[choice][1];
