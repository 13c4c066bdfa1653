import { option } from './option.js';
import { didYouMean } from './nearest.js';

export const unknownAttribute = (op: string, name: string, known: readonly string[]): string =>
  `${op} has no attribute "${name}"${didYouMean(name, known)}; it has: ${known.length === 0 ? 'none' : known.join(', ')}`;

export const missingTensor = (name: string, file: string): string =>
  `tensor "${name}" of ${file} is not loaded; load that file before writing the model`;

export const unwritableOpset = (opset: number, oldest: number, newest: number): string =>
  `opset ${opset} cannot be written; give one from ${oldest} to ${newest}`;

export const needsOpset = (op: string, opset: number, since: number): string =>
  `${op} cannot be written in opset ${opset} as this node uses it; write opset ${since} or newer`;

const someOf = (names: readonly string[]): string =>
  names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;

export const noModel = (reason: string): string =>
  `this is no ONNX model (${reason}); give a file that an exporter such as torch.onnx.export wrote`;

export const noOpset = (): string =>
  'the model does not say which opset of ONNX it uses; export it again (onnx.checker refuses it too)';

export const unreadableOpset = (opset: number, oldest: number, newest: number): string =>
  `the model uses opset ${opset}, but opsets ${oldest} to ${newest} are read; convert it with onnx.version_converter or export it with opset_version=17`;

/** What to do about operators of some kinds. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [/Quantize|^QLinear|Integer$|\.QAttention|\.QEmbed/, 'give the model as it was before it was quantised'],
  [/Sequence|^Optional/, 'export the model with tensors only'],
  [/^Random|^Bernoulli$|^Multinomial$/, 'export the model for inference, which draws nothing'],
];

export const unsupportedOperator = (operator: string, nodes: readonly string[]): string => {
  const remedy = remedies.find(([kind]) => kind.test(operator))?.[1] ?? 'export the model without it';
  return `operator ${operator} is not supported (${nodes.length === 1 ? 'node' : `${nodes.length} nodes:`} ${someOf(nodes)}); ${remedy}`;
};

export const realNumbers = (op: string, node: string): string =>
  `real-numbers: ${op} at ${node}, which rounds, is read as the map of real numbers that it stands for`;

export const openScale = (): string =>
  'its scale or zero point is computed, so that no fixed map of real numbers stands for it; quantise with constant scales, or give the model as it was before';

export const scalePerAxis = (): string =>
  'it quantises what is computed by another scale for each channel; quantise activations by one scale, or give the model as it was before';

export const wholeOperand = (name: string): string =>
  `its operand "${name}" is made of whole numbers that nothing was quantised to; give the model as it was before it was quantised`;

export const channelsLast = (): string =>
  'its channels come last, which is not read; give the model as it was before it was quantised';

export const quantizedOutput = (name: string): string =>
  `the output "${name}" is quantised; put a DequantizeLinear after it, so that it is explained in real numbers`;

export const unsupportedConstant = (attribute: string): string =>
  `this Constant has ${attribute === '' ? 'no value' : `"${attribute}"`}; write it as value, value_float(s) or value_int(s)`;

export const unsupportedTensorType = (name: string, type: string): string =>
  `tensor "${name}" holds ${type}; convert it to float32, float64, int64, int32, int8, uint8 or bool`;

export const unsupportedInputType = (name: string, type: string): string =>
  `input "${name}" takes ${type}; export the model with float32, float64, int64, int32, int8, uint8 or bool`;

export const inputIsNoTensor = (name: string): string =>
  `input "${name}" is no tensor (a sequence, a map or an optional value); export the model with tensors only`;

export const untypedInput = (name: string): string =>
  `input "${name}" has no type or shape; export the model with the shapes of its inputs (names for the open dimensions)`;

export const sparseTensors = (): string => 'the model holds sparse tensors; export it with dense ones';

export const externalTensor = (name: string, location: string): string =>
  `tensor "${name}" lies in the file "${location}" beside the model; open the model as a file, together with that one`;

export const wrongTensorLength = (
  name: string,
  shape: readonly number[],
  found: number,
  needed: number,
  unit: 'bytes' | 'elements',
): string =>
  `tensor "${name}" of shape [${shape.join(', ')}] needs ${needed} ${unit}, but the file holds ${found}; the file is damaged or cut off`;

export const wrongAttributeKind = (name: string, found: string, wanted: string): string =>
  `attribute "${name}" is written as ${found}, but ONNX says ${wanted}; export the model again`;

export const emptyAttribute = (name: string): string => `attribute "${name}" holds nothing; export the model again`;

export const noTensorFile = (): string =>
  'this is no tensor of ONNX (a serialized TensorProto); give the input_*.pb and output_*.pb of a test case';

export const upgraded = (upgrade: string, op: string, node: string): string => `${upgrade}: ${node} (${op})`;

export const missingAttribute = (op: string, name: string): string =>
  `${op} needs the attribute "${name}"; export the model again`;

export const mixedScales = (op: string): string =>
  `${op} grows one axis and shrinks another, for which this opset says no rounding; export the model with opset 11 or newer`;

export const badExternalBounds = (name: string, offset: string, length: string): string =>
  `tensor "${name}" lies at offset ${offset} with length ${length} of its file, which are no numbers of bytes; export the model again`;

export const duplicateInitializer = (name: string): string =>
  `two initializers are called "${name}", so that it is not known which one is meant; export the model again`;

export const unknownCast = (found: string, known: readonly string[]): string =>
  `it casts to "${found}"; the types held are: ${known.join(', ')}`;

export const needsConstants = (op: string, names: readonly string[]): string =>
  `${op} is read where ${names.join(' and ')} are constants and the rank of what it takes is known; export the model with a newer opset`;

export const inTraining = (op: string): string =>
  `${op} is written for training (is_test = 0), where it depends on the batch; export the model for inference`;

export const constantNotHeld = (): string => 'its type is not held';

export const constantTooLarge = (size: number, most: number): string =>
  `it holds ${size} numbers, more than ${most}; make it of fewer, or an input`;

export const uncomputedConstant = (operator: string, node: string, why: string): string =>
  `operator ${operator} is not supported (node ${node}); it depends on no input, but its value could not be computed: ${why}`;

export const computedConstants = (count: number, operators: readonly string[]): string =>
  `compute-constants: ${count} ${count === 1 ? 'value' : 'values'} that no input has part in (${someOf(operators)})`;

export const openCondition = (node: string, sizes: readonly string[] | undefined): string => {
  const [depends, remedy] =
    sizes === undefined
      ? ['data', 'without the branch']
      : sizes.length === 0
        ? ['sizes that cannot be followed', 'without the branch']
        : [`open sizes (${sizes.join(', ')})`, `with fixed sizes, or state them (${option('size')} NAME=NUMBER)`];
  return `If (node ${node}) is read where its condition is known beforehand, but this one depends on ${depends}; export the model ${remedy}`;
};

export const openLoop = (node: string, sizes: readonly string[] | undefined): string => {
  const [depends, remedy] =
    sizes === undefined
      ? ['ends by a condition', 'with a fixed number of steps, so that they are written out']
      : sizes.length === 0
        ? ['takes as many as data say', 'with a fixed number of steps, so that they are written out']
        : [
            `takes as many as open sizes say (${sizes.join(', ')})`,
            'with fixed sizes, or state them (--size NAME=NUMBER)',
          ];
  return `Loop (node ${node}) is read where its number of steps is known beforehand, but this one ${depends}; export the model ${remedy}`;
};

export const longLoop = (node: string, steps: number, most: number): string =>
  `Loop (node ${node}) of ${steps} steps would be more than ${most} nodes, one after the other; export the model with fewer steps, or with a Scan`;

export const malformedLoop = (node: string): string =>
  `Loop (node ${node}) has no body, or one whose inputs and outputs are not the number of the step, the condition and its states; write it as ONNX defines Loop`;

export const emptyLoop = (node: string): string =>
  `Loop (node ${node}) takes no step, and what it stacks has no element; export the model without it`;

export const wroteSteps = (node: string, steps: number): string => `write-out-steps: ${node} (Loop): ${steps} steps`;

export const tookBranch = (node: string, branch: string): string => `take-branch: ${node} (If): ${branch}`;

export const needsShape = (op: string): string =>
  `${op} is written out by other operators, for which the shape of what it takes must be known; export the model with the shapes of its inputs`;

export const computedGrid = (): string =>
  'GridSample at places that the input moves (a spatial transformer) is not read, for relevance has no rule for where one looks; give the grid as a constant, or explain a model that begins behind it';

export const gridOfEachSample = (): string =>
  'GridSample with another grid for each sample of the batch is not read; export the model with a batch of one';

export const unreadEquation = (equation: string): string =>
  `Einsum with the equation "${equation}" is not read: labels that occur twice in one operand, or do not fit its axes; write it with MatMul, Transpose and ReduceSum`;

export const attentionLengths = (): string =>
  'Attention with lengths of a cache of fixed size (nonpad_kv_seqlen) is not read; export the model without its cache (use_cache=False), or with one that grows (past_key, past_value)';

export const attentionScores = (): string =>
  'Attention that gives out its scores (qk_matmul_output) is not read; export the model without that output';

export const trainingOutputs = (op: string): string =>
  `${op} gives out mean or deviation, which is not read; export the model without those outputs`;

export const unreadSetting = (op: string, setting: string): string =>
  `${op} with ${setting} is not read; export the model without onnxruntime's optimisations`;
