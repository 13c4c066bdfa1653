import { didYouMean, show } from './nearest.js';

export const unknownOperator = (op: string, allowed: readonly string[]): string =>
  `unknown operator "${op}"${didYouMean(op, allowed)}`;

type Shape = readonly (number | string)[];

const showShape = (shape: Shape): string => `[${shape.join(', ')}]`;
const list = (words: readonly string[]): string => words.join(', ');

export const missingAttribute = (key: string, expected: string, found: unknown): string =>
  found === undefined
    ? `attribute "${key}" is missing; write ${expected}`
    : `attribute "${key}" must be ${expected}, found ${show(found)}`;

export const missingInput = (index: number): string => `input ${index} is missing; name a value there`;

export const wrongElementType = (
  what: string,
  found: string,
  allowed: readonly string[],
  nearest: string | undefined,
): string =>
  `input "${what}" is ${found}; allowed: ${list(allowed)}${nearest === undefined ? '' : ` (put a Cast to ${nearest} before it)`}`;

export const differentTypes = (first: string, type: string, second: string, other: string): string =>
  `inputs "${first}" (${type}) and "${second}" (${other}) must have one type; put a Cast before one of them`;

export const wrongRank = (what: string, shape: Shape, least: number, most: number): string => {
  const expected =
    least === most
      ? `${least}`
      : most === Infinity
        ? `at least ${least}`
        : least === 0
          ? `at most ${most}`
          : `${least} to ${most}`;
  return `${what} has ${shape.length} dimensions (shape ${showShape(shape)}) but ${expected} are needed`;
};

export const axisOutOfRange = (axis: number, shape: Shape, slots: number): string =>
  slots === 0
    ? `axis ${axis} of a scalar: it has no axes`
    : `axis ${axis} is outside shape ${showShape(shape)}; allowed: ${-slots} to ${slots - 1}`;

export const noBroadcast = (shapes: readonly Shape[], a: number | string, b: number | string): string =>
  `shapes ${shapes.map(showShape).join(' and ')} do not broadcast: ${a} meets ${b}, and neither is 1`;

export const unknownValue = (what: string): string =>
  `${what} must be known before the graph runs; make it a constant or derive it from shapes`;

export const symbolicValue = (what: string, found: number | string): string =>
  `${what} must be a number, found ${show(found)}`;

export const channelClash = (
  channels: number | string,
  input: Shape,
  weight: Shape,
  expected: number | string,
  group: number,
): string =>
  `input has ${channels} channels (shape ${showShape(input)}) but the weight ${showShape(weight)} expects ${expected} × group ${group}`;

export const groupClash = (outputs: number, group: number): string =>
  `${outputs} output channels cannot be split into ${group} groups; make "group" a divisor of ${outputs}`;

export const wrongLength = (what: string, found: number, expected: number): string =>
  `${what} has ${found} elements, expected ${expected}`;

export const kernelClash = (kernel: Shape, weight: Shape): string =>
  `kernel_shape ${showShape(kernel)} is not that of the weight ${showShape(weight)}; leave it out or correct it`;

export const windowTooLarge = (axis: number, size: number, extent: number): string =>
  `the window covers ${extent} elements on axis ${axis} but the padded input has ${size}; pad more or use a smaller kernel`;

export const contractionClash = (left: Shape, right: Shape, a: number | string, b: number | string): string =>
  `${showShape(left)} × ${showShape(right)}: the inner dimensions ${a} and ${b} differ`;

export const dimensionClash = (what: string, found: Shape, expected: Shape): string =>
  `${what} has shape ${showShape(found)} but ${showShape(expected)} is needed`;

export const reshapeClash = (from: Shape, to: Shape): string =>
  `${showShape(from)} cannot become ${showShape(to)}: the numbers of elements differ`;

export const reshapeTwice = (to: Shape): string =>
  `the shape ${showShape(to)} holds -1 more than once; only one can be derived`;

export const reshapeZero = (index: number, from: Shape): string =>
  `the shape copies dimension ${index} (a 0), but the input has shape ${showShape(from)}`;

export const badPermutation = (perm: readonly number[], shape: Shape): string =>
  `perm ${showShape(perm)} does not name each axis of ${showShape(shape)} once`;

export const notSqueezable = (axis: number, shape: Shape): string =>
  `axis ${axis} of ${showShape(shape)} is ${shape[axis]}, only a dimension of 1 can be squeezed`;

export const repeatedAxis = (axis: number): string => `axis ${axis} is named twice`;

export const concatClash = (shapes: readonly Shape[], axis: number): string =>
  `shapes ${shapes.map(showShape).join(', ')} differ outside axis ${axis}`;

export const tooManyAxes = (found: number, most: number): string =>
  `a value of ${found} axes; at most ${most} can be held`;

export const negativeSize = (shape: Shape, size: number | string): string =>
  `a value of shape ${showShape(shape)} cannot be: ${size} is below 0`;

export const tooManyElements = (shape: Shape, elements: number, most: number): string =>
  `a value of shape ${showShape(shape)} has at least ${elements} elements; at most ${most} can be held`;

export const nestedScans = (most: number): string =>
  `Scans lie within one another more than ${most} deep; write fewer levels`;

export const belowLeast = (what: string, found: number | string, least: number): string =>
  `${what} is ${found}; it must be at least ${least}`;

export const notPositive = (what: string, found: number | string): string => `${what} is ${found}; it must be above 0`;

export const oneElement = (found: number): string => `"value" holds ${found} elements; write exactly one`;

export const zeroStep = (axis: number): string => `the step on axis ${axis} is 0; take a positive or negative number`;

export const zeroDelta = (): string => 'delta is 0; take a positive or negative number';

export const splitClash = (total: number | string, parts: readonly (number | string)[]): string =>
  `${total} elements cannot be split into ${showShape(parts)}`;

export const notDivisible = (what: string, value: number | string, by: number | string): string =>
  `${what} is ${value}, which is not divisible by ${by}`;

export const exactlyOne = (keys: readonly string[], found: number): string =>
  `exactly one of ${list(keys)} must be given, found ${found}`;

export const unsupportedCast = (code: number): string =>
  `element type ${code} is not one of 1 (float32), 2 (uint8), 3 (int8), 6 (int32), 7 (int64), 9 (bool), 11 (float64)`;

export const bodyArity = (what: string, found: number, expected: number): string =>
  `the body has ${found} ${what} but ${expected} are needed`;

export const scanInputs = (states: number, sequences: number): string =>
  `of the node's ${states + sequences} inputs ${states} are states and ${sequences} sequences (num_scan_inputs); give the body as many, in this order`;

export const sequenceCount = (found: number, inputs: number): string =>
  `num_scan_inputs is ${found}, but the node has ${inputs} ${inputs === 1 ? 'input' : 'inputs'}; count the sequences among them, at least 1`;

export const scanDirection = (attribute: string, found: number): string =>
  `${attribute} holds ${found}; write 0 for forward, 1 for backward`;

export const stateClash = (name: string, before: Shape, after: Shape): string =>
  `the body turns the state "${name}" of shape ${showShape(before)} into ${showShape(after)}; a state keeps its shape and type`;

export const untypedInput = (name: string): string =>
  `"${name}" is read but nothing declares it; declare it as an input, node or tensor`;

export const missingTensor = (name: string): string => `no tensor called "${name}" was loaded`;

export const wrongOutputCount = (found: number, expected: number): string =>
  `outputs listed: ${found}; the operator gives ${expected}`;

export const inNode = (op: string, message: string): string => `${op}: ${message}`;

export const indexOutOfRange = (index: number, size: number): string =>
  `index ${index} is outside an axis of ${size} elements; allowed: ${-size} to ${size - 1}`;

export const bodyInputClash = (type: string, shape: Shape, declaredType: string, declared: Shape): string =>
  `${type}${showShape(shape)} flows in but ${declaredType}${showShape(declared)} is declared`;

// Documents: JSON texts, keys, names.

export const badJson = (expected: string, found: string): string =>
  `malformed JSON: expected ${expected}, found ${found}`;

export const duplicateKey = (key: string): string => `the key ${show(key)} is written twice; keep one of them`;

export const nestedTooDeep = (limit: number): string =>
  `nested more than ${limit} deep; no document of ours needs that`;

export const unknownKey = (key: string, allowed: readonly string[]): string => {
  const hint = didYouMean(key, allowed);
  return `unknown key "${key}"${hint === '' ? `; allowed: ${list(allowed)}` : hint}`;
};

export const missingKey = (key: string, expected: string): string => `the key "${key}" is missing; write ${expected}`;

export const unexpected = (expected: string, found: unknown): string =>
  `must be ${expected}, found ${found === undefined ? 'nothing' : show(found)}`;

export const outOfBounds = (found: number, least: number, most: number): string =>
  least === 0 && most === 1
    ? `must be 0 or 1, found ${found}`
    : `must be ${most === Infinity ? `at least ${least}` : `${least} to ${most}`}, found ${found}`;

export const badAttribute = (key: string, clash: string): string => `attribute "${key}" ${clash}`;

export const notOneOf = (found: string, words: readonly string[]): string =>
  `must be one of ${list(words)}, found ${show(found)}${didYouMean(found, words)}`;

export const noSchema = (codec: string): string =>
  `a part that is ${codec} has no JSON Schema; give its codec one, or say what stands there`;

export const noSuchField = (key: string, keys: readonly string[]): string =>
  `${show(key)} is no key of this object${didYouMean(key, keys)}; there are: ${list(keys)}`;

export const wrongFormat = (what: string, expected: string, found: unknown): string =>
  found === undefined
    ? `this is no ${what} document: it has no "format"; such a document starts with { "format": "${expected}", …`
    : `this is no ${what} document: "format" must be "${expected}", found ${show(found)}`;

export const duplicateName = (name: string, first: string): string =>
  `the name "${name}" is already taken by ${first}; inputs, nodes, tensors and bodies share one namespace`;

export const emptyName = (): string => 'a name must not be empty';

export const longName = (found: number, most: number): string =>
  `a name of ${found} characters; at most ${most} can be taken`;

export const reservedName = (name: string): string => `"${name}" cannot be a name; choose another`;

export const danglingName = (name: string, known: Iterable<string>): string =>
  `no input, node or tensor is called "${name}"${didYouMean(name, known)}`;

export const cycle = (names: readonly string[]): string =>
  `nodes depend on one another in a circle: ${names.join(' → ')}; recurrence is written with Scan`;

const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;

export const wrongInputCount = (
  op: string,
  ports: readonly string[],
  least: number,
  most: number,
  found: number,
): string => {
  const wanted =
    least === most
      ? plural(least, 'input')
      : most === Infinity
        ? `at least ${plural(least, 'input')}`
        : `${least} to ${most} inputs`;
  return `${op} takes ${wanted}${ports.length === 0 ? '' : ` (${list(ports)})`}, found ${found}`;
};

export const omittedInput = (op: string, port: string): string =>
  `input "${port}" of ${op} cannot be omitted; name a value`;

export const tooManyOutputs = (op: string, outputs: readonly string[], found: number): string =>
  `${op} has ${plural(outputs.length, 'output')} (${list(outputs)}), found ${found}: the node's name and ${found - 1} listed; list only the further ones`;

export const unknownAttribute = (op: string, key: string, allowed: readonly string[]): string =>
  `unknown attribute "${key}"${didYouMean(key, allowed)}; ${op} has ${allowed.length === 0 ? 'none' : list(allowed)}`;

export const attributeNeeded = (op: string, key: string, expected: string): string =>
  `attribute "${key}" of ${op} is missing; write ${expected}`;

export const badDim = (dim: string): string =>
  `${show(dim)} is no dimension; write a whole number without quotes, or symbols such as "N" or "2*T + 1"`;

export const dimTooLarge = (characters: number, terms: number): string =>
  `a size needs more than ${characters} characters or ${terms} terms; name a part of it by a symbol of its own`;

export const unsafeInteger = (found: number): string =>
  `${found} is beyond ±(2^53 − 1), where JSON numbers stop being exact; write a smaller one`;

export const dataLength = (shape: Shape, expected: number, found: number): string =>
  `shape ${showShape(shape)} needs ${plural(expected, 'element')}, found ${found}`;

export const emptyRange = (low: number, high: number, channel?: number): string =>
  `low ${low} is above high ${high}${channel === undefined ? '' : ` at channel ${channel}`}; write [low, high]`;

export const rangeChannels = (bounds: number, channels: number): string =>
  `${plural(bounds, 'bound')} for ${plural(channels, 'channel')}; write one number, or one for each channel`;

export const badRole = (found: number, inputs: number): string =>
  `the node has ${plural(inputs, 'input')}, so a role is 0 to ${inputs - 1}; found ${found}`;

export const sameRole = (index: number): string =>
  `input ${index} cannot be both gate and signal; name two different inputs`;

export const noOutputs = (): string => 'names no output; a graph gives at least one value';

// Tensors in files.

export const missingTensorKey = (file: string, key: string, known: Iterable<string>): string =>
  `${file} holds no tensor "${key}"${didYouMean(key, known)}`;

export const holdsNaN = (name: string, index: readonly number[]): string => `${name} holds NaN at ${showShape(index)}`;

export const tooShortForSafetensors = (size: number): string =>
  `this is no safetensors file: ${plural(size, 'byte')}, but the header's length alone takes 8`;

export const badHeaderLength = (length: bigint | number, size: number): string =>
  `truncated or no safetensors file: the header claims ${length} bytes, the file has ${size}`;

export const headerTooLarge = (length: bigint, most: number): string =>
  `the header claims ${length} bytes, more than the ${most} that a safetensors file may use; save the model anew`;

export const badHeader = (): string => 'this is no safetensors file: its header is no JSON object';

export const unknownDtype = (name: string, found: string, allowed: readonly string[]): string =>
  `tensor "${name}" has the unknown dtype ${show(found)}${didYouMean(found, allowed)}; readable: ${list(allowed)}`;

export const truncatedTensor = (name: string, end: number, size: number): string =>
  `truncated: tensor "${name}" ends at byte ${end}, but the file has ${size}; copy or download it again`;

export const badOffsets = (name: string, begin: number, end: number): string =>
  `tensor "${name}" has the offsets [${begin}, ${end}], which are no range of bytes`;

export const offsetsClash = (name: string, begin: number, expected: number, before: string): string =>
  begin < expected
    ? `tensor "${name}" starts at offset ${begin}, inside ${before}, which ends at ${expected}`
    : `offsets ${expected} to ${begin} before tensor "${name}" belong to no tensor; every byte must`;

export const bytesLeft = (count: number): string =>
  `${plural(count, 'byte')} after the last tensor belong to no tensor`;

export const byteLengthClash = (name: string, dtype: string, shape: Shape, expected: number, found: number): string =>
  `tensor "${name}" (${dtype} ${showShape(shape)}) needs ${plural(expected, 'byte')}, but its offsets span ${found}`;

export const shortRead = (name: string, expected: number, found: number): string =>
  `tensor "${name}": ${plural(expected, 'byte')} expected, ${found} read; the file changed while it was open`;
