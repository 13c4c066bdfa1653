import { option } from './option.js';
import { didYouMean } from './nearest.js';

/** What is said about methods that are compared, and about comparisons. */
export const unknownMethod = (name: string, methods: readonly string[], composites: readonly string[]): string => {
  const others = composites.filter((one) => !methods.includes(one));
  return `no method or composite is called "${name}"${didYouMean(name, [...methods, ...others])}; methods: ${methods.join(', ')}; composites: ${others.join(', ')}`;
};

export const unknownMethodParameter = (method: string, name: string, known: readonly string[]): string =>
  `the method ${method} has no parameter "${name}"; ${known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`}`;

export const badMethodParameter = (method: string, name: string, value: number, minimum: number): string =>
  `${name} of ${method} is ${value}; give a number of at least ${minimum}`;

export const noNode = (method: string, node: string, takers: readonly string[]): string =>
  `${method} takes no node; write it without @${node}. Methods that take one: ${takers.join(', ')}`;

export const unknownNode = (node: string, models: readonly string[], nodes: readonly string[]): string =>
  `no node of ${models.join(', ')} is called "${node}"${didYouMean(node, nodes)}`;

export const oneRealInput = (names: readonly string[]): string =>
  `methods are compared on models with one input of real numbers, or of token ids that one embedding (Gather) reads; this model has ${names.length === 0 ? 'no inputs' : names.join(', ')}`;

export const noBatch = (name: string, shape: readonly (number | string)[]): string =>
  `methods are compared on samples that are proved to lie apart, and along no axis of "${name}", whose shape is [${shape.join(', ')}], they do (kirchhoff inspect says why); say where with ${option('batch-axis')} NAME=K`;

export const scoresPerSample = (name: string): string =>
  `the output "${name}" must be [N, K], one score for each of K classes; name another output or export the model so`;

export const noConvolution = (method: string): string =>
  `${method} needs a convolutional feature map [N, K, H, W] before the decision, and the model has none`;

export const noFeatureMap = (method: string, node: string, candidates: readonly string[]): string =>
  `${method} needs a feature map [N, K, H, W]; "${node}" is none. Feature maps: ${candidates.join(', ')}`;

export const noLinearHead = (node: string): string =>
  `cam needs a global average pool of "${node}" and then nothing but one linear layer; use grad-cam, which needs neither`;

export const noRelu = (method: string): string =>
  `${method} changes what a ReLU hands back, and the model has no Relu; use gradient, which is the same there`;

export const noPattern = (method: string, node: string, op: string): string =>
  `${method} estimates patterns of Conv (one group, two dimensions), Gemm and MatMul with constant weights; "${node}" (${op}) is none of these`;

export const noData = (method: string): string =>
  `${method} learns from samples, and none of the model's shape are given; give some with ${option('input')}, or others to learn from with ${option('data')}`;

export const dataDiffer = (name: string, found: readonly number[], wanted: readonly (number | string)[]): string =>
  `these data are [${found.join(', ')}], and the input "${name}" is [${wanted.join(', ')}]; give a batch of samples of the input's shape, made as the input is made`;

export const dataUnused = (methods: readonly string[]): string =>
  `none of the methods asked for learns from data; those that do are ${methods.join(', ')}`;

export const notRescalable = (op: string): string =>
  `deeplift-rescale has no rescale rule for ${op}; it takes models of nodes that are linear in what is computed, Relu, LeakyRelu, Sigmoid, Tanh and max-pooling`;

export const unknownMetric = (name: string, known: readonly string[]): string =>
  `no metric is called "${name}"${didYouMean(name, known)}; known: ${known.join(', ')}`;

export const noMethodApplies = (model: string): string =>
  `none of the methods applies to ${model}; name others with ${option('methods')} (kirchhoff compare --help lists them)`;

export const noSamples = (model: string): string =>
  `${model} brings no samples; give pictures or arrays with ${option('input')}, or texts with ${option('text')}`;

const reads = (models: readonly string[]): string => `${models.join(', ')} ${models.length === 1 ? 'reads' : 'read'}`;

export const onlyPictureModels = (models: readonly string[]): string =>
  `${reads(models)} pictures or arrays, not texts; give pictures or arrays with ${option('input')}`;

export const onlyTextModels = (models: readonly string[]): string =>
  `${reads(models)} texts, not files; give texts with ${option('text')} or ${option('text-file')}`;

export const masksForTexts = (models: readonly string[]): string =>
  `masks are for pictures, and ${reads(models)} texts; compare without ${option('mask')}`;

export const masksDiffer = (masks: readonly number[], maps: readonly number[]): string =>
  `the masks are [${masks.join(', ')}] and the pictures [${maps.join(', ')}]; masks must be [N, H, W] of the same N, H and W`;

export const noImages = (type: string, shape: readonly number[]): string =>
  `the pictures are ${type}[${shape.join(', ')}]; save them as uint8 [N, H, W, C] with one channel or three`;

/** What is done, for the line of progress. */
export const randomOrderStage = 'removing parts in random order';

/** What becomes of a comparison that a method breaks off. */
export const keptIn = (folder: string): string =>
  `what was finished before is kept in ${folder}, and the next run takes it up`;

export const mapNotFinite = (sample: string, value: number): string =>
  `the map of "${sample}" holds ${value}; leave the method or the sample out`;

export const skipHint = (): string => `leave the method out, or add ${option('skip-inapplicable')} to go on without it`;

export const badNumber = (text: string): string => `"${text}" is no number`;

/** What a method needs and takes, as the help shows it behind its summary. */
export const takes = (needs: readonly string[], settings: readonly string[]): string => {
  const parts = [
    ...(needs.length > 0 ? [`needs ${needs.join(', ')}`] : []),
    ...(settings.length > 0 ? [settings.join(', ')] : []),
  ];
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
};

export const badCount = (text: string): string => `"${text}" is no whole number above 0`;

/** Words of the report. */
export const words = {
  higher: 'higher is better',
  lower: 'lower is better',
  neither: 'descriptive',
} as const;

export const badSetting = (text: string): string =>
  `"${text}" sets nothing; write METHOD:parameter=number, such as lime:samples=500`;

/** How alike two maps are, as the page names it. */
export const agreementRows = [
  {
    measure: 'spearman',
    title: 'Rank correlation',
    summary: 'Spearman’s correlation of relevance by place (pixel or token), mean over samples.',
  },
  { measure: 'cosine', title: 'Cosine', summary: 'The cosine of relevance by place, mean over samples.' },
  {
    measure: 'top',
    title: 'Top tenth in common',
    summary: 'Of the tenth of places that each finds most relevant, the part in common.',
  },
] as const;

export const pageTitle = (models: readonly string[]): string => `What methods say of ${models.join(', ')}`;

export const pageSubtitle =
  'The same samples under every method, judged by the same metrics. Every map lies beside this page as .npy, every number in results.json.';
