import { didYouMean } from './nearest.js';

const shapeText = (shape: readonly (number | string)[]): string => `[${shape.join(', ')}]`;

export const missingInput = (name: string, given: readonly string[]): string =>
  `the graph needs an input "${name}"; given: ${given.length === 0 ? 'none' : given.map((other) => `"${other}"`).join(', ')}`;

export const unknownInput = (name: string, known: readonly string[]): string =>
  `the graph has no input "${name}"${didYouMean(name, known)}; it has: ${known.join(', ')}`;

export const wrongInputType = (name: string, found: string, wanted: string): string =>
  `input "${name}" holds ${found}, but the graph declares ${wanted}`;

export const wrongInputShape = (name: string, found: readonly number[], wanted: readonly (number | string)[]): string =>
  `input "${name}" has shape ${shapeText(found)}, but the graph declares ${shapeText(wanted)}`;

export const clashingSymbol = (name: string, dim: string, axis: number, found: number, expected: number): string =>
  `input "${name}" has ${found} at axis ${axis} (${dim}), but by the other inputs ${dim} is ${expected}`;

export const wrongInputLength = (name: string, found: number, shape: readonly number[]): string =>
  `input "${name}" holds ${found} elements, but its shape ${shapeText(shape)} needs ${shape.reduce((n, d) => n * d, 1)}`;

export const inputHoldsNaN = (name: string, index: readonly number[]): string =>
  `input "${name}" holds NaN at ${shapeText(index)}; a heatmap of it would mean nothing: give a finite number there`;

export const unknownOutput = (name: string, known: readonly string[]): string =>
  `the graph has no value "${name}"${didYouMean(name, known)} to give out`;

export const missingTensor = (name: string): string =>
  `tensor "${name}" is neither in the document nor among the loaded files; load the file that holds it`;

export const indexOutOfRange = (op: string, index: number, length: number): string =>
  `${op}: index ${index} lies outside its axis of length ${length} (allowed: ${-length} to ${length - 1})`;

export const unknownElementType = (op: string, attribute: string, code: number): string =>
  `${op}: ${attribute} ${code} names no element type of Kirchhoff (1 float32, 2 uint8, 3 int8, 6 int32, 7 int64, 9 bool, 11 float64)`;

export const unknownActivation = (name: string, known: readonly string[]): string =>
  `unknown activation "${name}"${didYouMean(name, known)}; allowed: ${known.join(', ')}`;

export const resizeWithoutSize = (): string => 'Resize needs either scales or sizes';

export const emptySequence = (): string => 'Scan got a sequence of length 0; give at least one step';

export const closedSession = (): string => 'this session is closed; compile the graph again';

export const engineMissing = (): string =>
  'onnxruntime cannot be loaded on this machine (package onnxruntime-node); use the backend "reference" instead';

export const telemetryInThread = (variable: string): string =>
  `onnxruntime reports to its makers unless the process says otherwise before a thread loads it; set ${variable}=1 in the environment, or load it in the main thread first`;

export const engineRefuses = (detail: string): string =>
  `onnxruntime cannot run this graph${detail === '' ? '' : `: ${detail}`}; the backend "reference" may`;

export const engineFailed = (detail: string): string =>
  `onnxruntime stopped while running this graph${detail === '' ? '' : `: ${detail}`}`;

export const narrowed = (op: string): string =>
  `onnxruntime has no ${op} of float64, so that it runs in float32; the backend "reference" keeps float64`;

export const unknownEngineType = (name: string, type: string): string =>
  `onnxruntime gives "${name}" as ${type}, which is no element type of Kirchhoff; add a Cast before it`;

export const outputOverflows = (
  name: string,
  index: readonly number[],
  value: number,
  origin: string | undefined,
): string =>
  Number.isFinite(value)
    ? `output "${name}" is ${value} at ${shapeText(index)}, beyond what float32 holds; declare it float64, or scale the model's numbers`
    : origin === undefined
      ? `output "${name}" is ${value} at ${shapeText(index)}; run the graph on the backend "reference" to learn which node makes it`
      : `this node makes ${value}, and output "${name}" holds it at ${shapeText(index)}; check what the node divides by or raises to a power`;

export const outputHoldsNaN = (name: string, index: readonly number[], origin: string | undefined): string =>
  origin === undefined
    ? `output "${name}" holds NaN at ${shapeText(index)}; run the graph on the backend "reference" to learn which node makes it`
    : `this node makes NaN, and output "${name}" holds it at ${shapeText(index)}; check what the node divides by or takes the logarithm of`;
