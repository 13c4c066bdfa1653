import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeModelDocument, readNpy, writeNpy } from '@kirchhoff/explain';
import { decodeSampleTexts, decodeVocabulary } from '@kirchhoff/text';
import { parseFormula } from '@kirchhoff/formula';
import { fromUtf8, openSafetensors, parseJson, tensor, toUtf8, writeSafetensors } from '@kirchhoff/graph';
import type { Problem } from '@kirchhoff/message';
import { decodeOnnx, decodeOnnxTensor, surveyOnnx } from '@kirchhoff/onnx';
import { decodeComposite, decodeRule, entriesOf, makeRulebook } from '@kirchhoff/rule';
import { replay } from '@kirchhoff/verify';
import * as E from 'fp-ts/lib/Either.js';
import { openRulebook } from '@kirchhoff/explain/node';
import { mutateModel } from '../../../onnx/test/mutate-model.js';
import { root } from '../terminal.js';
import { below, mutateBytes, mutateDocument, mutateHead, type Below } from './mutate.js';

type Result = E.Either<readonly Problem[], unknown>;

/** A reader, and how a file for it is spoilt. */
export interface Reader {
  readonly name: string;
  readonly spoil: (next: Below) => Uint8Array;
  readonly read: (bytes: Uint8Array) => Result | Promise<Result>;
}

const jsonIn = (folder: string): readonly unknown[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(root, folder, name), 'utf8')) as unknown);

const one = <A>(of: readonly A[], next: Below): A => of[next(of.length)]!;

const documents = (
  name: string,
  of: readonly unknown[],
  decode: (json: unknown) => Result | Promise<Result>,
): Reader => ({
  name,
  spoil: (next) => mutateDocument(one(of, next), next),
  read: (bytes) => {
    const json = parseJson(fromUtf8(bytes));
    return E.isLeft(json) ? json : decode(json.right);
  },
});

const files = (name: string, of: readonly Uint8Array[], read: Reader['read']): Reader => ({
  name,
  spoil: (next) => mutateBytes(one(of, next), next),
  read,
});

const library = openRulebook();
if (E.isLeft(library)) throw new Error('the rulebook cannot be read');
const book = library.right;

const cases = readdirSync(join(root, 'specs/cases'))
  .map((name) => join(root, 'specs/cases', name, 'model.onnx'))
  .flatMap((path) => {
    try {
      return [new Uint8Array(readFileSync(path))];
    } catch {
      return [];
    }
  })
  .filter(({ length }) => length < 4000);

const arrays = [
  tensor('float32', [2, 3], [1, 2, 3, 4, 5, 6]),
  tensor('int64', [4], [1, 2, 3, 4]),
  tensor('bool', [1, 2, 2], [0, 1, 1, 0]),
  tensor('float64', [], [1]),
  tensor('uint8', [0, 3], []),
];

/** Arrays of impossible shapes, and the like. */
const headers = ['(1000000000, 0)', '(9007199254740993,)', '(-1, 2)', '(1e9,)', '(,)', '(2 3)', '()'].map((shape) => {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }\n`;
  return Uint8Array.from([0x93, ...toUtf8('NUMPY'), 1, 0, text.length, 0, ...toUtf8(text)]);
});

const weights = [
  writeSafetensors(new Map(arrays.map((array, i) => [`t${i}`, array]))),
  writeSafetensors(new Map([['a.weight', arrays[0]!]])),
  writeSafetensors(new Map()),
];

const spoilHeader = (bytes: Uint8Array, next: Below): Uint8Array =>
  mutateHead(bytes, 8, 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true)), next);

const readWeights = (bytes: Uint8Array): Result => {
  const opened = openSafetensors('w.safetensors', bytes);
  if (E.isRight(opened)) for (const { read } of opened.right.values()) read();
  return opened;
};

const readModel = (bytes: Uint8Array): Result => {
  surveyOnnx(bytes);
  const model = decodeOnnx(bytes, { place: 'm.onnx' });
  if (E.isRight(model)) for (const { read } of model.right.store.values()) read();
  return model;
};

const modelDocuments = ['mnist-lenet', 'nsmc-lstm', 'shapes-cnn'].map(
  (name) => JSON.parse(readFileSync(join(root, 'models', name, 'model.json'), 'utf8')) as unknown,
);
const rules = jsonIn('rules');
const composites = jsonIn('rules/composites');
const texts = rules.flatMap((rule) => {
  const { message, leaks = {} } = rule as { readonly message?: string; readonly leaks?: Record<string, string> };
  return [...(message === undefined ? [] : [message]), ...Object.values(leaks)];
});
const scope = {
  symbols: ['x', 'w', 'b', 'R', 'D', 'epsilon'],
  functions: ['total', 'ratio', 'stab', 'pos', 'neg', 'sgn', 'abs'],
} as const;

/** A rule inside of a rulebook, as a person's folder is read. */
const rulesOfPerson = (json: unknown): Result =>
  E.chain(() => makeRulebook([{ place: 'r.json', json }], []))(decodeRule(json));
const compositeOfPerson = (json: unknown): Result => {
  const composite = decodeComposite(json);
  return E.isLeft(composite) ? composite : entriesOf(book, composite.right);
};

const counterexample = JSON.parse(
  readFileSync(join(root, 'packages/cli/test/readers/counterexample.json'), 'utf8'),
) as unknown;

/** Every reader of what a person gives, but that of graphs. */
export const readers: readonly Reader[] = [
  documents('rule', rules, rulesOfPerson),
  documents('composite', composites, compositeOfPerson),
  documents('model.json', modelDocuments, decodeModelDocument),
  documents('samples.json', [[{ text: 'a', label: 1 }, { text: 'b' }], []], decodeSampleTexts),
  documents('vocabulary', [['<pad>', '<unk>', 'a', 'b'], { '<unk>': 0, a: 1, b: 5 }], decodeVocabulary),
  documents('replay', [counterexample], (json) => replay(book, json)),
  {
    name: 'formula',
    spoil: (next) => mutateBytes(toUtf8(one(texts, next)), next),
    read: (bytes) => parseFormula(fromUtf8(bytes), { symbols: [...scope.symbols], functions: [...scope.functions] }),
  },
  files('ONNX', cases, readModel),
  { name: 'ONNX, fields', spoil: (next) => mutateModel(one(cases, next), next), read: readModel },
  files('ONNX tensor', cases, (bytes) => decodeOnnxTensor(bytes, 'input_0.pb')),
  files('safetensors', weights, readWeights),
  { name: 'safetensors, header', spoil: (next) => spoilHeader(one(weights, next), next), read: readWeights },
  files('npy', [...arrays.map(writeNpy), ...headers], (bytes) => readNpy(bytes, 'a.npy')),
];

/** What a reader made of so many spoilt files. */
export interface Tally {
  read: number;
  refused: number;
  /** Seeds of files that were neither read nor refused in words, and what came instead. */
  readonly wrong: string[];
  /** The most processor time for one file, in seconds. */
  slowest: number;
}

const clumsy = /should not have happened|is not a function|undefined|\[object|Cannot read prop|NaN bytes/;

const wordsOf = (problems: readonly Problem[]): string | undefined => {
  if (problems.length === 0) return 'refused without a word';
  const bad = problems.find(({ message }) => message === '' || message.length > 4100 || clumsy.test(message));
  return bad && `${bad.at}: ${bad.message.slice(0, 200)}`;
};

/** Reads `count` spoilt files, from `seed` on. */
export const spoilAndRead = async ({ spoil, read }: Reader, count: number, seed: number): Promise<Tally> => {
  const tally: Tally = { read: 0, refused: 0, wrong: [], slowest: 0 };
  for (let i = seed; i < seed + count; i++) {
    const bytes = spoil(below(i));
    const before = process.cpuUsage();
    try {
      const result = await read(bytes);
      const said = E.isLeft(result) ? wordsOf(result.left) : undefined;
      if (said !== undefined) tally.wrong.push(`${i}: ${said}`);
      if (E.isLeft(result)) tally.refused++;
      else tally.read++;
    } catch (thrown) {
      const name = thrown instanceof Error ? `${thrown.name}: ${thrown.message.slice(0, 200)}` : String(thrown);
      if (!name.startsWith('Refusal')) tally.wrong.push(`${i}: ${name}`);
      else tally.refused++;
    }
    const { user, system } = process.cpuUsage(before);
    tally.slowest = Math.max(tally.slowest, (user + system) / 1e6);
  }
  return tally;
};
