import { option } from './option.js';
import { didYouMean, show } from './nearest.js';

// Documents and pictures.

const list = (words: readonly string[]): string => words.join(', ');
const shapeText = (shape: readonly (number | string)[]): string => `[${list(shape.map(String))}]`;

export const perChannel = (key: string, found: number, channels: number): string =>
  `"${key}" has ${found} numbers for ${channels} ${channels === 1 ? 'channel' : 'channels'}; give one for each`;

export const zeroStd = (channel: number): string =>
  `channel ${channel} would be divided by 0; give a number other than 0`;

export const unknownInput = (name: string, inputs: readonly string[]): string =>
  `the graph has no input "${name}"${didYouMean(name, inputs)}; it has ${list(inputs)}`;

export const pictureShape = (input: readonly (number | string)[], picture: readonly number[]): string =>
  `the graph takes ${shapeText(input)}, but such a picture gives ${shapeText(picture)}; correct "channels", "size" or "layout"`;

export const rasterSize = (width: number, height: number, wanted: readonly [number, number]): string =>
  `the picture is ${height} high and ${width} wide, the model takes ${wanted[0]} by ${wanted[1]}; resize it`;

export const rasterLength = (found: number, expected: number): string =>
  `the raster holds ${found} bytes where width × height × channels needs ${expected}`;

export const noPicture = (): string =>
  'this is no picture that can be read (PNG, JPEG, WebP, GIF, TIFF, AVIF); convert it to one of these';

export const pictureTooLarge = (height: number, width: number, most: number): string =>
  `the picture is ${height} high and ${width} wide; pictures of up to ${most} pixels are read: make it smaller`;

export const brokenPicture = (reason: string): string =>
  `the picture is damaged or incomplete (${reason}); copy it again or save it anew`;

// npy files.

export const noNpy = (): string =>
  'this is no .npy file: it does not start with \\x93NUMPY; save the array with numpy.save';

export const npyVersion = (version: number): string =>
  `.npy format version ${version} is unknown; versions 1 to 3 can be read`;

export const npyHeader = (header: string): string => `the .npy header cannot be read: ${show(header)}`;

export const npyType = (descr: string, allowed: readonly string[]): string =>
  `the array's dtype is ${show(descr)}; save it as one of ${list(allowed)} (numpy: a.astype("<f4"))`;

export const npyShape = (shape: readonly number[]): string =>
  `no array has the shape [${shape.slice(0, 8).join(', ')}${shape.length > 8 ? ', …' : ''}]; save the array anew with numpy.save`;

export const npyLength = (shape: readonly number[], expected: number, found: number): string =>
  found < expected
    ? `truncated: shape ${shapeText(shape)} needs ${expected} bytes, the file has ${found}`
    : `${found - expected} bytes follow the array of shape ${shapeText(shape)}; a .npy file holds one array`;

// Models and their inputs.

export const noModelAt = (): string =>
  'there is no such model; name a model folder, a graph document (.json) or an ONNX file (.onnx)';

export const noModelFile = (): string =>
  'this is no model; name a model folder, a graph document (.json) or an ONNX file (.onnx)';

export const noModelDocument = (beside: readonly string[]): string => {
  const graphs = beside.filter((name) => name.endsWith('.json') || name.endsWith('.onnx'));
  return `this folder holds no model.json; name a model folder that does, or one file: a graph document (.json) or an ONNX file (.onnx)${graphs.length === 0 ? '' : `; here: ${list(graphs)}`}`;
};

export const brokenWeight = (message: string): string =>
  `${message}; no output of such a model means anything: export or train it again`;

export const misfit = (message: string): string => `${message}; give an array of the declared type and shape`;

/** A file whose sizes are not those that symbols of the model stand for. */
export const boundShape = (
  name: string,
  found: readonly number[],
  declared: readonly (number | string)[],
  bound: readonly (readonly [string, number])[],
): string =>
  `input "${name}" has shape ${shapeText(found)}, but the graph declares ${shapeText(declared)}, and here ${bound.map(([symbol, size]) => `${symbol} is ${size}`).join(' and ')} (as stated with ${option('size')}, as in the first file, or by the model's own equations); give an array of that size`;

export const noInputs = (): string => 'the graph takes no inputs, so that there is nothing to explain';

export const externalTruncated = (needed: number, found: number): string =>
  `external data are truncated: ${needed} bytes are needed, the file has ${found}`;

export const noPreprocessing = (input: string, model: string): string =>
  `${model} does not say how a file becomes its input "${input}"; give a .npy array, or a model folder whose model.json describes "${input}"`;

export const missingInput = (name: string, inputs: readonly string[]): string =>
  `no file is given for the input "${name}"; ${inputs.length > 1 ? `${option('input')} ${name}=FILE` : `${option('input')} FILE`} (a picture or a .npy array)`;

export const unequalBatch = (
  first: { readonly type: string; readonly shape: readonly number[] },
  odd: { readonly type: string; readonly shape: readonly number[] },
  file: string,
): string =>
  `${odd.type}${shapeText(odd.shape)} does not go into one batch with ${first.type}${shapeText(first.shape)} of ${file}; explain them one by one`;

export const fixedBatch = (name: string, shape: readonly (number | string)[], files: number): string =>
  `${files} files are given for the input "${name}", whose shape ${shapeText(shape)} has no batch axis (a symbol such as "N"); explain them one by one`;

export const noSeries = (name: string, shape: readonly (number | string)[]): string =>
  `a series is cut along the samples of every input, and "${name}", whose shape is ${shapeText(shape)}, has none: all samples share it; explain them in one batch, without ${option('batch-size')}`;

export const unevenFiles = (first: string, many: number, other: string, few: number): string =>
  `${many} files for "${first}", but ${few} for "${other}": give as many for each input`;

export const unequalSeries = (first: readonly number[], odd: readonly number[]): string =>
  `relevance of shape ${shapeText(odd)} after that of shape ${shapeText(first)}: a series makes one array, so give samples of one shape`;

export const noSamples = (name: string): string =>
  `the batch for the input "${name}" is empty; give an array of at least one sample`;

const atIndex = (index: readonly number[]): string => `at ${shapeText(index)}`;

export const inputNotFinite = (name: string, value: number, index: readonly number[]): string =>
  `input "${name}" holds ${value} ${atIndex(index)}; a heatmap of it would mean nothing: give a finite number there`;

export const inputOutsideRange = (
  name: string,
  value: number,
  index: readonly number[],
  low: number,
  high: number,
): string =>
  `input "${name}" holds ${value} ${atIndex(index)}, outside its declared range ${low} … ${high}, which rules rely on; correct the array or the range (${option('range')} LOW,HIGH)`;

export const noRealInput = (): string => 'the model has no input of real numbers that could have bounds';

export const rangeChannels = (name: string, bounds: number, shape: readonly (number | string)[]): string =>
  `${bounds} bounds do not fit the input "${name}" of shape ${shapeText(shape)}: give one, or one for each channel (axis 1)`;

/** Up to two dozen names; a large model has hundreds. */
const some = (names: readonly string[]): string =>
  names.length > 24 ? `${list(names.slice(0, 24))}, … (inspect lists all ${names.length})` : list(names);

export const unknownTensor = (name: string, allowed: readonly string[]): string =>
  `no tensor is called "${name}"${didYouMean(name, allowed)}; there are: ${some(allowed)}`;

export const constantTensor = (name: string, allowed: readonly string[]): string =>
  `"${name}" is a constant of the model: relevance belongs to what is computed; name one of: ${some(allowed)}`;

export const notFinite =
  'holds a value that is no finite number: the sums overflowed or a denominator vanished; try a larger stabilizer or smaller inputs';

export const oneTextInput = (): string => 'texts can be given to a model whose only input is the token ids [N, T]';

export const noTexts = (): string =>
  `no text is given; ${option('text')} "…", ${option('text-file')} FILE, or ${option('text')} - for lines of standard input`;

// ONNX files, read and written.

export const onnxTooLarge = (size: number): string =>
  `the file has ${size} bytes, but no ONNX file is larger than 2 GB: the weights belong in a file beside it; save the model with external data (onnx.save_model with save_as_external_data=True)`;

export const docOutput = (name: string): string => `The model's own output "${name}", which is explained.`;

export const docRelevance = (quantity: string, name: string): string => `The ${quantity} of "${name}", in its shape.`;

export const docTarget = (): string => 'The index of the explained output of each sample.';

export const docScore = (): string => 'The explained value of each sample.';

export const docSeed = (): string =>
  'What the explanation of each sample starts from: all relevance and all leaks sum to it.';

export const docLedgerIn = (node: string, rule: string): string =>
  `Ledger: the relevance that arrived at node "${node}" (rule ${rule}), per sample.`;

export const docLedgerMagnitude = (node: string): string =>
  `Ledger: the sum of its absolute values at node "${node}", per sample.`;

export const docLedgerOut = (node: string): string => `Ledger: the relevance that node "${node}" hands on, per sample.`;

export const docLedgerSpread = (node: string): string =>
  `Ledger: the sum of the absolute values of what node "${node}" hands on, per sample.`;

export const docLedgerPeak = (node: string): string =>
  `Ledger: the same of the step in which it was largest, at node "${node}", per sample.`;

export const docLedgerLeak = (node: string, cause: string): string =>
  `Ledger: what leaked at node "${node}" as ${cause}, per sample.`;

export const docTargetInput = (): string =>
  'The index of the output to explain, one for each sample, counted from 0; one that is out of range explains nothing.';

export const docInput = (
  name: string,
  range: { readonly low: unknown; readonly high: unknown } | undefined,
  preparation: string | undefined,
): string =>
  [
    `The model's own input "${name}".`,
    ...(range === undefined ? [] : [`Its values lie between ${String(range.low)} and ${String(range.high)}.`]),
    ...(preparation === undefined ? [] : [`How it comes about: ${preparation}`]),
  ].join(' ');

export const unknownSize = (symbol: string, known: readonly string[]): string =>
  known.length === 0
    ? `the model has no open size, so that ${symbol} cannot be stated`
    : `the model has no open size ${symbol}${didYouMean(symbol, known)}; it has ${list(known)}`;

/** A remedy where open sizes are in the way. */
export const openSizes = (symbols: readonly string[]): string =>
  `${symbols.length === 1 ? `the size ${symbols[0]} is` : `the sizes ${list(symbols)} are`} open, which may be why; state ${symbols.length === 1 ? 'it' : 'them'} (${symbols.map((symbol) => `${option('size')} ${symbol}=NUMBER`).join(' ')}), or explain inputs, which say`;

export const otherSize = (symbol: string, stated: number, found: number): string =>
  `${option('size')} ${symbol}=${stated} is stated, but the files hold ${found}`;

export const unknownOutput = (name: string, outputs: readonly string[]): string =>
  `the model has no output "${name}"${didYouMean(name, outputs)}; it has ${list(outputs)}`;

export const unrealOutput = (name: string, type: string, others: readonly string[]): string =>
  `the output "${name}" holds ${type}, which is chosen and not weighed up: it has no relevance${others.length === 0 ? '' : `; explain ${others.map((other) => `"${other}" (${option('output')} ${other})`).join(' or ')}`}`;

export const noRealOutput = (outputs: readonly (readonly [string, string])[]): string =>
  `no output holds real numbers that depend on an input (${outputs.map(([name, type]) => `${name}: ${type}`).join(', ')}); export the model with its scores`;

export const unknownRewrite = (name: string, known: readonly string[]): string =>
  `no rewrite is called "${name}"${didYouMean(name, known)}; there are: ${known.join(', ')}`;

export const unsoundRewrite = (name: string, changes: readonly string[], difference: number): string =>
  `the rewrite "${name}" moves the output by ${difference.toPrecision(2)} of its largest value on random data, where 1e-5 is allowed (${list(changes.slice(0, 3))}${changes.length > 3 ? ', …' : ''}); leave it out with ${option('without-rewrite')} ${name}, and report the model`;

export const missingCanonizer = (name: string): string =>
  `this composite needs the rewrite "${name}", which was left out of the model; open the model with it, or take another composite`;

export const unknownCanonizer = (name: string, known: readonly string[]): string =>
  `this composite needs the rewrite "${name}", but there is none${didYouMean(name, known)}; there are: ${known.join(', ')}`;

export const numbersForShape = (count: number, input: string, shape: readonly (number | string)[]): string =>
  `${count} numbers do not make "${input}", which is [${shape.join(', ')}]; give them with their shape, as { shape, data }`;

export const noFileHere = (input: string, given: string): string =>
  `"${given}" is a word, and "${input}" takes numbers; files are read by the model that "kirchhoff/node" opens`;

export const noFileGiven = (name: string): string => `"${name}" is named, and not given; add its bytes under "files"`;

export const closedModel = (): string => 'the model is closed; open it again';

export const noSheetForm = (endings: readonly string[]): string =>
  `a sheet is saved as ${endings.map((ending) => `.${ending}`).join(', ')}; the name must end in one of them`;

export const assumedPicture = (
  model: string,
  input: string,
  { channels, size: [height, width] }: { readonly channels: string; readonly size: readonly [number, number] },
): string =>
  `${model} does not say how a picture becomes "${input}"; it is read as ${channels} ${height}×${width} with values from 0 to 1 (say otherwise in a model.json: kirchhoff import)`;
