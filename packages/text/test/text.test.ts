import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tensor, toNumbers } from '@kirchhoff/graph';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { openTextReader } from '@kirchhoff/explain/node';
import {
  cutWord,
  decodeVocabulary,
  encodeText,
  encodeTexts,
  loadTokenizer,
  makeTextReader,
  segmentRelevance,
  segmentText,
  tokenName,
  tokenRelevance,
  type Morpheme,
  type TextReader,
  type TextSpec,
  type Tokenizer,
  type Tokens,
} from '@kirchhoff/text';
import { problemsOf, right } from '../../relevance/test/support.js';

const seed = { seed: 42 };
const nsmc = fileURLToPath(new URL('../../../models/nsmc-lstm', import.meta.url));
const spec = {
  tokenizer: 'garu-ko',
  form: 'form/POS',
  vocabulary: 'vocab.json',
  unknown: 1,
  padding: 0,
  maximum: 60,
} as const satisfies TextSpec;

let garu: Tokenizer;
let reader: TextReader;
beforeAll(async () => {
  reader = right(await openTextReader(nsmc, spec));
  garu = reader.tokenizer;
});

/** `나쁘(나쁘/VA)|지(지/EC)`: segments and their tokens. */
const cut = (text: string): string => {
  const morphemes = garu(text);
  const { segments, segmentOf } = segmentText(text, morphemes);
  return segments
    .map((segment, i) => {
      const own = morphemes.filter((_, k) => segmentOf[k] === i).map(tokenName);
      return own.length === 0 ? segment.text : `${segment.text}(${own.join('+')})`;
    })
    .join('|');
};

describe('segments of Korean', () => {
  test.each([
    ['나쁘지', '나쁘(나쁘/VA)|지(지/EF)'],
    ['봤다', '봤(보/VV+았/EP)|다(다/EF)'],
    ['재미있어요.', '재미있(재미있/VA)|어요(어요/EF)|.(./SF)'],
    ['감동적이었다.', '감동(감동/NNG)|적(적/XSN)|이(이/VCP)|었(었/EP)|다(다/EF)|.(./SF)'],
    ['가져왔다', '가져왔(가져오/VV+았/EP)|다(다/EF)'],
    ['예뻐서', '예뻐서(예쁘/VA+어서/EC)'],
    ['써봐', '써(쓰/VV+어/EC)|봐(보/VX+아/EF)'],
    ['몰라요', '몰(모르/VV)|라요(아요/EF)'],
    ['들으니', '들(듣/VV)|으니(으니/EF)'],
    ['괴로워', '괴로(괴롭/VA)|워(아/EC)'],
    ['추천할 만한', '추천(추천/NNG)|할(하/XSV+ㄹ/ETM)| |만(만/NNB)|한(하/XSA+ㄴ/ETM)'],
    ['잠들었어요', '잠들(잠들/VV)|었(었/EP)|어요(어요/EF)'],
    ['  앞뒤\t공백\n', '  |앞뒤(앞뒤/NNG)|\t|공백(공백/NNG)|\n'],
    ['좋아👍🏽 👨‍👩‍👧', '좋(좋/VA)|아(아/EC)|👍🏽(👍/SW+🏽/SW)| |👨‍👩‍👧(👨/SW+‍/SW+👩/SW+‍/SW+👧/SW)'],
    ['ㅋㅋ', 'ㅋ(ㅋ/NNG)|ㅋ(ㅋ/NNG)'],
  ])('%s', (text, expected) => {
    expect(cut(text)).toBe(expected);
  });
});

const syllable = fc.integer({ min: 0xac00, max: 0xd7a3 }).map((code) => String.fromCodePoint(code));
const character = fc.oneof(
  { weight: 4, arbitrary: syllable },
  fc.constantFrom(...'보았다하여어서이지ㅋㅠ!?.,a1é漢', '😀', '👍🏽', '👨‍👩‍👧'),
);
const word = fc.array(character, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''));
const forms = fc.array(fc.oneof(word, fc.constantFrom('ㄴ', 'ㄹ게', '았', '')), { minLength: 1, maxLength: 6 });

describe('cutWord', () => {
  test('partitions the word and its tokens, in order, whatever the tokens are', () => {
    fc.assert(
      fc.property(word, forms, (written, spelt) => {
        const parts = cutWord(written, spelt);
        expect(parts.map(({ text }) => text).join('')).toBe(written);
        expect(parts.every(({ text, from, to }) => text !== '' && from < to)).toBe(true);
        expect(parts[0]?.from).toBe(0);
        expect(parts.at(-1)?.to).toBe(spelt.length);
        parts.slice(1).forEach(({ from }, i) => expect(from).toBe(parts[i]?.to));
      }),
      { ...seed, numRuns: 400 },
    );
  });

  test('cuts exactly where tokens are spelt as they are written', () => {
    fc.assert(
      fc.property(
        fc.array(syllable, { minLength: 1, maxLength: 10 }),
        fc.infiniteStream(fc.boolean()),
        (written, coin) => {
          const spelt: string[] = [];
          for (const one of written) {
            if (spelt.length === 0 || coin.next().value === true) spelt.push(one);
            else spelt[spelt.length - 1] += one;
          }
          expect(cutWord(written.join(''), spelt).map(({ text }) => text)).toEqual(spelt);
        },
      ),
      seed,
    );
  });

  test('takes a word as a whole where aligning it would take too long', () => {
    const written = '가나'.repeat(1200);
    expect(cutWord(written, ['다라'.repeat(1200), '요'])).toEqual([{ text: written, from: 0, to: 2 }]);
  });

  test('gives a token of which nothing is left to the next one, the last to the one before', () => {
    expect(cutWord('영화다', ['영화', '이', '다'])).toEqual([
      { text: '영화', from: 0, to: 1 },
      { text: '다', from: 1, to: 3 },
    ]);
    expect(cutWord('가', ['가', 'ㅎ'])).toEqual([{ text: '가', from: 0, to: 2 }]);
  });
});

/** What has to hold of segments and tokens of any text. */
const checkPartition = (text: string, { segments, tokens }: Pick<Tokens, 'segments' | 'tokens'>): void => {
  expect(segments.map((segment) => segment.text).join('')).toBe(text);
  segments.forEach(({ start, end, text: part }) => expect(text.slice(start, end)).toBe(part));
  expect(segments.every(({ start, end }) => end > start)).toBe(true);
  expect(tokens.every(({ segment }) => segment >= 0 && segment < segments.length)).toBe(true);
  tokens.slice(1).forEach(({ segment }, i) => expect(segment).toBeGreaterThanOrEqual(tokens[i]!.segment));
};

describe('segmentText', () => {
  test('partitions any text, wherever a tokenizer puts its words', () => {
    const span = fc.tuple(fc.integer({ min: -2, max: 14 }), fc.integer({ min: -2, max: 14 }));
    const morphemes = fc.array(
      fc.tuple(fc.constantFrom('가', '았', 'ㄴ', 'x'), span).map(([form, own]): Morpheme => ({ form, word: own })),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), morphemes, (text, found) => {
        const { segments, segmentOf } = segmentText(text, found);
        const tokens = segmentOf.map((segment) => ({ form: '', id: 0, known: true, segment }));
        expect(tokens).toHaveLength(found.length);
        checkPartition(text, { segments, tokens });
      }),
      { ...seed, numRuns: 300 },
    );
  });
});

describe('encodeText', () => {
  const encode = (text: string): Tokens => right(encodeText(reader, { name: 'text', text }));
  const refused = (text: string): string => problemsOf(encodeText(reader, { name: 'review.txt', text }));

  test('segments partition the text and every token has one, for any text', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.constantFrom(' ', '  ', '\n', '\t')), { maxLength: 12 }), (parts) => {
        const text = `영화 ${parts.join('')}`.normalize('NFC');
        const encoded = encode(text);
        checkPartition(text, encoded);
        expect(encoded.ids.shape).toEqual([1, encoded.tokens.length]);
        expect([...toNumbers(encoded.ids.data)]).toEqual(encoded.tokens.map(({ id }) => id));
      }),
      { ...seed, numRuns: 60 },
    );
  });

  test('marks tokens that the vocabulary lacks', () => {
    const { tokens } = encode('영화가 쀍뚫이네');
    expect(tokens.map((token) => [tokenName(token), token.known, token.id])).toEqual([
      ['영화/NNG', true, 4],
      ['가/JKS', true, 18],
      ['쀍뚫이네/NNG', false, 1],
    ]);
  });

  test('reads decomposed Hangul (NFD) as the same text', () => {
    expect(encode('나쁘지 않다.'.normalize('NFD'))).toEqual(encode('나쁘지 않다.'));
  });

  test('cuts a text that is too long, and says so', () => {
    const { tokens, text, truncated, segments } = encode('좋아요 '.repeat(40).trim());
    expect(tokens).toHaveLength(60);
    expect(truncated).toEqual({
      kept: 60,
      from: 4 * 30 - 1,
      notice:
        'the text is too long: the model reads its first 60 tokens, and not the last 20; shorten it to explain all of it',
    });
    expect(text.slice(truncated?.from)).toBe(' 좋아요'.repeat(10));
    expect(
      segments
        .filter(({ start }) => start >= 119)
        .map((s) => s.text)
        .join(''),
    ).toBe(' 좋아요'.repeat(10));
  });

  test('of a very long text analyses no more than is read, as if it were all there was', () => {
    const long = '이 영화 정말 재미있어요. '.repeat(2000);
    const start = performance.now();
    const encoded = encode(long);
    expect(performance.now() - start).toBeLessThan(3000);
    expect(encoded.tokens).toHaveLength(60);
    expect(encoded.truncated?.notice).toBe(
      'the text is too long: the model reads its first 60 tokens, and nothing after them; shorten it to explain all of it',
    );
    expect(encoded.tokens).toEqual(encode('이 영화 정말 재미있어요. '.repeat(11)).tokens);
    checkPartition(long, encoded);
  });

  test('refuses what it cannot make anything of', () => {
    for (const text of ['', '   ', '\n\t'])
      expect(refused(text)).toBe('review.txt: the text is empty; write at least one word');
    expect(refused('쀍뚫이네')).toBe(
      "review.txt: the vocabulary has none of the text's tokens (쀍뚫이네/NNG), so that the model would see nothing of it; write words that the model knows",
    );
    expect(refused('qqq wwww xyzzy plugh zzzzz grault')).toBe(
      "review.txt: the vocabulary has none of the text's 6 tokens (qqq/SL, wwww/SL, xyzzy/SL, plugh/SL, zzzzz/SL, … (1 more)), so that the model would see nothing of it; write words that the model knows",
    );
  });

  test('tells of all texts that it refuses', () => {
    const texts = ['', '좋아요', ' '].map((text, i) => ({ name: `text ${i}`, text }));
    expect(problemsOf(encodeTexts(reader, texts))).toBe(
      'text 0: the text is empty; write at least one word\ntext 2: the text is empty; write at least one word',
    );
    expect(right(encodeTexts(reader, texts.slice(1, 2)))).toHaveLength(1);
  });
});

describe('other tokenizers', () => {
  const words = ['<pad>', '<unk>', 'good', "don't", '!', 'Good', 'movie'];
  const readerOf = async (tokenizer: 'whitespace' | 'words', lowercase = false): Promise<TextReader> => {
    const other: TextSpec = { tokenizer, lowercase, vocabulary: 'v.json', unknown: 1, padding: 0, maximum: 9 };
    return right(await makeTextReader(other, right(decodeVocabulary(words))));
  };
  const idsOf = (one: TextReader, text: string): readonly number[] =>
    right(encodeText(one, { name: '', text })).tokens.map(({ id }) => id);

  test('whitespace', async () => {
    const one = await readerOf('whitespace');
    expect(idsOf(one, " Good  movie!\tdon't ")).toEqual([5, 1, 3]);
    expect(idsOf(await readerOf('whitespace', true), 'Good GOOD')).toEqual([2, 2]);
    const { segments } = right(encodeText(one, { name: '', text: ' Good 😀' }));
    expect(segments.map(({ text }) => text)).toEqual([' ', 'Good', ' ', '😀']);
  });

  test('words', async () => {
    expect(idsOf(await readerOf('words'), "Good movie!! don't (good)")).toEqual([5, 6, 4, 4, 3, 1, 2, 1]);
    expect(idsOf(await readerOf('words', true), 'Good')).toEqual([2]);
  });

  test('a text cannot name the padding or the unknown token', async () => {
    const { tokens } = right(encodeText(await readerOf('whitespace'), { name: '', text: '<pad> <unk> good' }));
    expect(tokens.map(({ id, known }) => [id, known])).toEqual([
      [1, false],
      [1, false],
      [2, true],
    ]);
  });

  test('are loaded once', async () => {
    expect(right(await loadTokenizer('words'))).toBe(right(await loadTokenizer('words')));
  });
});

describe('vocabularies', () => {
  test('lists, and objects of ids', () => {
    expect(right(decodeVocabulary(['a', 'b']))).toEqual({
      ids: new Map([
        ['a', 0],
        ['b', 1],
      ]),
      size: 2,
    });
    expect(right(decodeVocabulary({ a: 7, b: 0 }))).toEqual({
      ids: new Map([
        ['a', 7],
        ['b', 0],
      ]),
      size: 8,
    });
  });

  test.each([
    [3, 'a vocabulary is a list of texts, whose places are the ids, or an object of ids by text; found 3'],
    [[], 'the vocabulary is empty; list the tokens that the model knows'],
    [{}, 'the vocabulary is empty; list the tokens that the model knows'],
    [['a', 5, 'a'], '/1: a token is a text, found 5\n/2: "a" stands in the list already, at 0; list each token once'],
    [
      { a: 1, b: -1, 'c/d': 1.5, e: 1 },
      '/b: an id is a whole number of at least 0, found -1\n/c~1d: an id is a whole number of at least 0, found 1.5\n/e: the id 1 is already that of "a"; give each token an id of its own',
    ],
  ])('%j', (json, message) => {
    expect(problemsOf(decodeVocabulary(json))).toBe(message);
  });

  test('problems name the file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kirchhoff-'));
    try {
      const words: TextSpec = { tokenizer: 'words', lowercase: false, vocabulary: 'v.json', unknown: 4, maximum: 9 };
      expect(problemsOf(await openTextReader(folder, words))).toBe(`${folder}/v.json: there is no such file`);
      writeFileSync(join(folder, 'v.json'), '["a", 1]');
      expect(problemsOf(await openTextReader(folder, words))).toBe(`${folder}/v.json /1: a token is a text, found 1`);
      writeFileSync(join(folder, 'v.json'), '["a", "b"]');
      expect(problemsOf(await openTextReader(folder, words))).toBe(
        `${folder}/model.json unknown: "unknown" is 4, but the vocabulary's ids end at 1; correct "unknown" in model.json, or the vocabulary`,
      );
      expect(problemsOf(await openTextReader(folder, { ...words, vocabulary: '../v.json' }))).toBe(
        `${folder}/model.json: the file "../v.json" lies outside the model's folder; put it beside the model and name it without "/" in front or ".."`,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('relevance', () => {
  const tokens = [0, 0, 2].map((segment) => ({ form: 'x', id: 3, known: true, segment }));
  const segments = ['봤', ' ', '다'].map((text, start) => ({ text, start, end: start + 1 }));

  test('sums components by token, and tokens by segment', () => {
    const components = tensor('float32', [1, 3, 2], [1, 2, -4, 0.5, 8, 0]);
    const byToken = tokenRelevance({ tokens }, components);
    expect([...byToken]).toEqual([3, -3.5, 8]);
    expect([...tokenRelevance({ tokens }, { ...components, shape: [3, 2] })]).toEqual([3, -3.5, 8]);
    expect(segmentRelevance({ tokens, segments }, byToken)).toEqual([-0.5, null, 8]);
  });

  test('refuses what belongs to another number of tokens', () => {
    expect(() => tokenRelevance({ tokens }, tensor('float32', [1, 2, 2], [1, 2, 3, 4]))).toThrow(
      'a relevance of shape [1, 2, 2] does not belong to 3 tokens; give one sample, [1, 3, components] or [3, components]',
    );
  });
});
