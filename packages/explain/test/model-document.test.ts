import { printProblems } from '@kirchhoff/message';
import type { Graph } from '@kirchhoff/graph';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { checkAgainst, decodeModelDocument, type ModelDocument } from '../src/model-document.js';

const document = {
  format: 'kirchhoff-model/1',
  name: 'tiny',
  graph: 'graph.json',
  labels: ['cat', 'dog'],
  inputs: { image: { image: { channels: 'rgb', size: [4, 6], scale: 0.5, mean: [1, 2, 3] } } },
};
const decoded = (json: unknown): ModelDocument => {
  const result = decodeModelDocument(json);
  if (E.isLeft(result)) throw new Error(printProblems(result.left));
  return result.right;
};
const told = (json: unknown): string => {
  const result = decodeModelDocument(json);
  return E.isLeft(result) ? printProblems(result.left) : 'valid';
};
const withImage = (image: object): unknown => ({ ...document, inputs: { image: { image } } });
const text = { tokenizer: 'garu-ko', vocabulary: 'v.json', unknown: 1, maximum: 60 };
const withText = (spec: object): unknown => ({ ...document, inputs: { tokens: { text: spec } } });
const graphWith = (shape: readonly (number | string)[]): Graph => ({
  name: 'g',
  inputs: [{ name: 'image', type: 'float32', shape }],
  nodes: [],
  outputs: ['image'],
  tensors: {},
});

describe('decodeModelDocument', () => {
  test('fills in defaults', () => {
    expect(decoded(document)).toEqual({
      name: 'tiny',
      graph: 'graph.json',
      labels: ['cat', 'dog'],
      inputs: {
        image: {
          image: { channels: 'rgb', size: [4, 6], scale: 0.5, mean: [1, 2, 3], std: [1, 1, 1], layout: 'NCHW' },
        },
      },
    });
    expect(decoded({ format: 'kirchhoff-model/1', name: 'x', graph: 'g.json' }).inputs).toEqual({});
  });

  test('fills in the defaults of texts', () => {
    expect(decoded(withText(text)).inputs).toEqual({ tokens: { text: { ...text, form: 'form/POS' } } });
    const words = { ...text, tokenizer: 'words', padding: 0 };
    expect(decoded(withText(words)).inputs).toEqual({ tokens: { text: { ...words, lowercase: false } } });
  });

  test.each([
    [
      {},
      'the key "format" is missing; write "kirchhoff-model/1"\nthe key "name" is missing; write a text\nthe key "graph" is missing; write a text',
    ],
    [{ ...document, format: 'kirchhoff-graph/1' }, '/format: must be "kirchhoff-model/1", found "kirchhoff-graph/1"'],
    [{ ...document, lables: [] }, 'unknown key "lables" (did you mean "labels"?)'],
    [{ ...document, labels: [0, 1] }, '/labels/0: must be a text, found 0\n/labels/1: must be a text, found 1'],
    [{ ...document, inputs: { x: { picture: {} } } }, '/inputs/x: unknown key "picture"; allowed: image, text'],
    [{ ...document, inputs: { x: {} } }, '/inputs/x: say how the input comes about: give one of image, text'],
    [
      { ...document, inputs: { x: { ...document.inputs.image, text } } },
      '/inputs/x: an input comes about in one way, found image, text; keep one of them',
    ],
    [
      withText({ tokenizer: 'garu', vocabulary: 'v.json', unknown: -1 }),
      '/inputs/tokens/text/tokenizer: must be one of garu-ko, whitespace, words, found "garu"\n/inputs/tokens/text/unknown: must be a whole number of at least 0, found -1\n/inputs/tokens/text: the key "maximum" is missing; write a whole number above 0',
    ],
    [
      withText({ ...text, lowercase: true }),
      '/inputs/tokens/text/lowercase: "lowercase" means nothing to the tokenizer "garu-ko"; leave it out, or use "whitespace" or "words"',
    ],
    [
      withText({ ...text, tokenizer: 'words', form: 'form' }),
      '/inputs/tokens/text/form: "form" means nothing to the tokenizer "words"; leave it out, or use "garu-ko"',
    ],
    [
      withImage({ channels: 'gray', size: [4, 6] }),
      '/inputs/image/image/channels: must be one of grey, rgb, found "gray" (did you mean "grey"?)',
    ],
    [
      withImage({ channels: 'grey', size: [0, 6] }),
      '/inputs/image/image/size: must be [height, width] in pixels, found [0,6]',
    ],
    [
      withImage({ channels: 'grey', size: [4, 6], mean: [1, 2] }),
      '/inputs/image/image/mean: "mean" has 2 numbers for 1 channel; give one for each',
    ],
    [
      withImage({ channels: 'rgb', size: [4, 6], std: [1, 0, 1] }),
      '/inputs/image/image/std: channel 1 would be divided by 0; give a number other than 0',
    ],
    [
      withImage({ channels: 'rgb', size: [4, 6], layout: 'CHW' }),
      '/inputs/image/image/layout: must be one of NCHW, NHWC, found "CHW" (did you mean "NCHW"?)',
    ],
  ])('%j', (json, message) => {
    expect(told(json)).toBe(message);
  });
});

describe('checkAgainst', () => {
  test('names and shapes of the inputs must be those of the graph', () => {
    expect(checkAgainst(decoded(document), graphWith(['N', 3, 4, 6]))).toEqual([]);
    expect(checkAgainst(decoded(document), graphWith(['N', 3, 'H', 'W']))).toEqual([]);
    expect(printProblems(checkAgainst(decoded(document), graphWith(['N', 1, 4, 6])))).toBe(
      '/inputs/image: the graph takes [N, 1, 4, 6], but such a picture gives [1, 3, 4, 6]; correct "channels", "size" or "layout"',
    );
    const named = decoded({ ...document, inputs: { imgae: document.inputs.image } });
    expect(printProblems(checkAgainst(named, graphWith(['N', 3, 4, 6])))).toBe(
      '/inputs/imgae: the graph has no input "imgae" (did you mean "image"?); it has image',
    );
  });

  test('a text becomes int64 [1, T]', () => {
    const document = decoded(withText(text));
    const graph = (type: 'int64' | 'float32', shape: readonly (number | string)[]): Graph => ({
      ...graphWith([]),
      inputs: [{ name: 'tokens', type, shape }],
    });
    expect(checkAgainst(document, graph('int64', ['N', 'T']))).toEqual([]);
    expect(checkAgainst(document, graph('int64', [1, 'T']))).toEqual([]);
    for (const shape of [['N'], ['N', 60], [2, 'T']]) {
      expect(printProblems(checkAgainst(document, graph('int64', shape)))).toBe(
        `/inputs/tokens: the graph takes int64[${shape.join(', ')}], but a text gives int64[1, T] (T: its number of tokens); declare the input as int64 ["N", "T"]`,
      );
    }
    expect(printProblems(checkAgainst(document, graph('float32', ['N', 'T'])))).toBe(
      '/inputs/tokens: the graph takes float32[N, T], but a text gives int64[1, T] (T: its number of tokens); declare the input as int64 ["N", "T"]',
    );
  });
});
