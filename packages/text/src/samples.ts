import { decodeDocument, described } from '@kirchhoff/graph';
import type { Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';

interface SampleText {
  readonly text: string;
}

const sampleText = described(
  'an object that holds a text under "text"',
  (value): value is SampleText =>
    typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string',
);

/** The texts of a model's samples.json: a list of objects, each with its `text` and whatever else is known of it. */
export const decodeSampleTexts = (json: unknown): Result<readonly string[]> =>
  E.map((samples: readonly SampleText[]) => samples.map(({ text }) => text))(decodeDocument(t.array(sampleText), json));
