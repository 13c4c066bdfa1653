import { option } from './option.js';
import { didYouMean } from './nearest.js';

export const notLinear = (op: string): string => `${op} has no linear map yet, so that no affine rule can cross it`;

export const openContraction = (op: string): string =>
  `relevance crosses ${op} of two computed tensors where its channels and sizes are known, and outside a Scan: state the sizes (${option('size')} NAME=NUMBER)`;

export const noCrossing = (op: string): string => `relevance cannot cross ${op} yet`;

export const noDerivative = (op: string): string => `${op} states no scalar formula, so that it has no dydx`;

export const noWindow = (op: string): string => `${op} is a maximum whose windows are not known`;

export const notPlanned = 'the plan has no rule for this node; make the plan from the same graph';

export const noRange = (rule: string, input: string): string =>
  `rule "${rule}" speaks of low and high, but "${input}" declares no bounds; give the input a "range", or ${option('range')} LOW,HIGH`;

/** How to state a size that is open, or that follows from an open one. */
const stateSize = (dim: string): string =>
  `state it, as in ${option('size')} ${/[A-Za-z_]\w*/.exec(dim.replaceAll('floor', ''))?.[0] ?? dim}=32`;

export const symbolicStride = (dim: string): string =>
  `automatic padding with strides depends on the size, and "${dim}" is open; ${stateSize(dim)}`;

export const symbolicChannels = (dim: string): string =>
  `a pool can only be explained with a known number of channels, and "${dim}" is open; ${stateSize(dim)}`;

export const unknownSlice =
  'a Slice can only be explained where its starts, ends, axes and steps are constants, or follow from shapes';

export const unknownPad = 'a Pad can only be explained with constant pads';

export const unknownTile = 'a Tile can only be explained with constant repeats';

export const targetOutOfRange = (index: number, output: string, count: number): string =>
  `target ${index} is out of range: "${output}" has ${count} values, 0 to ${count - 1}`;

const sampleText = (sample: readonly (number | undefined)[]): string =>
  `[${sample.map((size) => size ?? 'open').join(', ')}]`;

export const wrongPlace = (text: string, output: string, sample: readonly (number | undefined)[]): string =>
  sample.length === 0
    ? `a sample of "${output}" is a single number: there is no place ${text} in it`
    : `${text} is no place in "${output}", whose samples have the shape ${sampleText(sample)}; give one for each axis (${option('target')} ${sample.map(() => '0').join(':')}), argmax along at most one`;

export const placeOutOfRange = (text: string, at: number, output: string, axis: number, size: number): string =>
  `target ${text} is out of range: "${output}" has ${size} places along axis ${axis} of a sample, 0 to ${size - 1}, and ${at} is asked for`;

export const wrongWeights = (
  name: string,
  shape: readonly number[],
  output: string,
  sample: readonly (number | undefined)[],
): string =>
  `${name} has the shape [${shape.join(', ')}], but a sample of "${output}" has ${sampleText(sample)}; give one weight for each of its values`;

export const unknownTensor = (name: string, allowed: readonly string[]): string =>
  `no tensor is called "${name}"${didYouMean(name, allowed)}`;

export const literalShape = (tensor: string): string =>
  `message by message needs the batch first and fixed sizes after it, in the operands as in the output; "${tensor}" is laid out otherwise`;

export const literalSize = (tensor: string, size: number): string =>
  `message by message writes out every connection; "${tensor}" has ${size} elements, the limit is 4096: write the rule so that it separates`;

export const nothingAgainst = (output: string): string =>
  `"${output}" has a single value: there is nothing to set it against`;

export const fragmentOutputs = (name: string): string =>
  `the fragment's node "${name}" lists further outputs; a fragment's nodes have one output each`;

export const fragmentInput = (name: string, unknown: string): string =>
  `the fragment's "${name}" reads "${unknown}", which is neither made before it nor a tensor of the graph`;

export const fragmentPort = (port: string, inputs: readonly string[]): string =>
  `the fragment sends a message to port ${port}; messages go to the ports of computed inputs (${inputs.map((input, i) => `${i}: ${input}`).join(', ')})`;

export const symbolicResize = (dim: string): string =>
  `a Resize can only be explained along axes of known size after the batch, and "${dim}" is open; ${stateSize(dim)}`;

export const resizeWeights = (size: number, most: number): string =>
  `this rule needs the ${size} weights of the Resize one by one, the limit is ${most}: use a rule that takes them as they are or squared`;

export const resizeRegion =
  'a Resize can be explained by scales that change the size, or by sizes with keep_aspect_ratio_policy "stretch", and without cropping (tf_crop_and_resize): write it so';
