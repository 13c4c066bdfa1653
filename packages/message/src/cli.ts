import { didYouMean, show } from './nearest.js';

export const noAssignment = (text: string): string => `${show(text)} is no param=value, such as epsilon=0.25`;

export const noSize = (text: string): string =>
  `${show(text)} is no NAME=NUMBER of an open size and a whole number above 0, such as T=128`;

export const twoSizes = (name: string): string => `${name} is given two sizes; give one`;

export const oneOfOutputs = (output: string, others: readonly string[]): string =>
  `explains "${output}"; the model also gives ${others.join(', ')} (--output NAME chooses)`;

export const noRange = (text: string): string =>
  `${show(text)} is no LOW,HIGH of finite numbers, such as 0,1 or -2.1;-2.0;-1.8,2.2;2.4;2.6 (one bound per channel, separated by ";")`;

export const unevenRange = (low: number, high: number): string =>
  `${low} lower and ${high} upper bounds: give one of each, or one per channel`;

export const emptyRange = (text: string): string => `${show(text)} is empty: a lower bound is above its upper bound`;

export const noTarget = (text: string, labels: readonly string[]): string =>
  `${show(text)} is no target${didYouMean(text, labels)}; give argmax, the index of an output counted from 0 (3)${labels.length > 0 ? ' or the name of a class' : ''}, several (3,5), a sum (3+5), a contrast (7-1, 7-rest), a place (last, last:7, 2:7) or a .npy of weights`;

export const noPosition = (text: string, rank: number): string =>
  rank === 2
    ? `${show(text)} is a class, and the output has one at every position: name both, as in last:${text} or 0:${text}`
    : `${show(text)} is no place in an output of ${rank} axes: name one for each, as in ${Array.from({ length: rank }, () => '0').join(':')}`;

export const manyPositions = (output: string, sample: readonly number[]): string =>
  `a sample of "${output}" has the shape [${sample.join(', ')}], and argmax is the greatest of all; --target ${sample.length === 2 ? 'last explains the last position, 2:5 position 2, class 5' : `${sample.map(() => '0').join(':')} explains one place`}`;

export const noChoice = (text: string, choices: readonly string[]): string =>
  `${show(text)} is not one of ${choices.join(', ')}${didYouMean(text, choices)}`;

export const emptyArgument = (wanted: string): string => `an empty argument was given; name ${wanted}`;

export const givenTwice = (flag: string): string =>
  `${flag} is given twice, and takes one value${flag === '--target' ? '; several targets stand with commas between (--target 3,5)' : '; give one of them'}`;

export const twoRules = 'one --rule at a time: it is put on all weighted nodes';

export const partOfSamples = (shown: number, all: number): string => `the first ${shown} of ${all} samples`;

export const tooLargeForMemory = (): string =>
  'this takes more memory than there is; give fewer or smaller samples, or a smaller model';

export const unexpected = (detail: string): string => `this should not have happened (${detail}); please report it`;

const mostNamed = 12;

/** What was written: of very many files the first and the last. */
export const wrote = (files: readonly string[]): string => {
  const named =
    files.length <= mostNamed ? files : [...files.slice(0, 3), `… (${files.length - 6} more)`, ...files.slice(-3)];
  return `wrote ${named.join(', ')}`;
};

export const seriesDone = (
  samples: number,
  resumed: number,
  unread: number,
  seconds: number,
  files: readonly string[],
): string =>
  [
    `${samples} samples explained${resumed > 0 ? `, ${resumed} of them by an earlier run` : ''}: ${seconds.toFixed(1)} s, ${((samples - resumed) / seconds).toFixed(1)} a second`,
    ...(unread > 0 ? [`${unread} files could not be read; index.jsonl says why`] : []),
    wrote(files),
  ].join('\n');

export const seriesFinished = (samples: number): string =>
  `all ${samples} samples were explained by an earlier run of the same command; nothing to do`;

export const noBatchSize = (text: string): string => `${show(text)} is no whole number above 0; give a size such as 8`;

export const noText = 'there is no text in it; write one on each line';

export const textAndInput = 'texts and files of inputs were given at once; give --text (or --text-file) or --input';

export const noTextModel = (model: string): string =>
  `${model} does not say how a text becomes its input; give a model folder whose model.json describes a text input`;

export const noCases = (): string =>
  'there is no test case here; name a folder with model.onnx and test_data_set_0 inside, or one that holds such folders';

export const noCaseModel = (): string => 'this is no ONNX model, or it is cut off; get the test cases again';

export const noDataSets = (): string =>
  'no test_data_set_* lies beside model.onnx; get the test cases again, with their data';

export const caseFailed = (reason: string): string => `failed, although onnxruntime passes it: ${reason}`;

export const caseHoldsNaN = (side: 'input' | 'output', reason: string): string =>
  `NaN belongs to its ${side}, which is refused here: ${reason}`;

export const outputMissing = (name: string): string => `output "${name}" is missing`;

export const outputType = (name: string, found: string, wanted: string): string =>
  `output "${name}" holds ${found}, not ${wanted}`;

export const outputShape = (name: string, found: readonly number[], wanted: readonly number[]): string =>
  `output "${name}" has shape [${found.join(', ')}], not [${wanted.join(', ')}]`;

export const outputValue = (name: string, at: number, found: number, wanted: number): string =>
  `output "${name}" is ${found} at element ${at}, not ${wanted}`;

export const noNumbers = (text: string): string => `${show(text)} is no list of numbers, such as 0.485,0.456,0.406`;

export const noImage = (text: string): string =>
  `${show(text)} is no picture; give grey or rgb, with a size where the input has none, such as rgb:224x224 (height x width)`;

export const needsImage = (): string =>
  'this says how a picture becomes the input; give --image grey or --image rgb, too';

export const noLabels = (): string => 'labels are texts: one on each line, or a JSON list of them';

export const brokenImport = (message: string): string => `${message}: the model is broken; train or export it again`;

export const oneTarget = (): string => 'a file explains one target; export one file for each, or give --target input';

export const exportTooLarge = (bytes: number): string =>
  `the weights take ${bytes} bytes, but no ONNX file is larger than 2 GB; add --external to put them beside it`;

export const exportDiffers = (difference: number, allowed: number): string =>
  `on random samples the exported graph gives relevances that differ from those of explain by ${difference.toPrecision(2)} of the largest, where ${allowed} is allowed; nothing was written: please report it with the model`;

export const exportChecked = (samples: number, difference: number): string =>
  `checked on ${samples} random ${samples === 1 ? 'sample' : 'samples'}: the explanation adds up, and the graph gives its relevances (to ${difference.toExponential(1)} of the largest)`;

export const ledgerOutputs = (count: number): string =>
  `and ${count} outputs of the ledger (their meaning is in the file's metadata, under kirchhoff.outputs)`;

export const soundRewrites = (changes: number, largest: number): string =>
  `${changes} changes by rewrites keep every value: outputs for random data differ by ${largest === 0 ? '0' : largest.toExponential(1)} of their largest value`;

export const untriedRewrites = (changes: number, why: string): string =>
  `${changes} changes by rewrites could not be tried on random data, which the model does not take: ${why}`;

export const noRewrites = (): string => 'the graph is canonical: no rewrite finds anything to change';

export const noBatchAxis = (text: string): string =>
  `${show(text)} is no NAME=K, such as x=1 (an input and its axis of samples, counted from 0), nor NAME=none`;
