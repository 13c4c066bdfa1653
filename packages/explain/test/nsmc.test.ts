import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { infer, toNumbers } from '@kirchhoff/graph';
import { backends } from '@kirchhoff/runtime';
import { describe, expect, test } from 'vitest';
import { openModelFolder, openTextReader } from '../src/node.js';
import { encodeText, tokenName, type TextReader } from '@kirchhoff/text';
import { right } from './support.js';

interface Sample {
  readonly text: string;
  readonly morphemes: readonly string[];
  readonly ids: readonly number[];
  readonly logits: readonly [number, number];
}

const open = async (name: string) => {
  const path = fileURLToPath(new URL(`../../../models/${name}`, import.meta.url));
  const folder = right(openModelFolder(path));
  const spec = folder.document.inputs['tokens'];
  if (spec === undefined || !('text' in spec)) throw new Error('the model takes no text');
  const reader: TextReader = right(await openTextReader(path, spec.text));
  const samples = JSON.parse(readFileSync(`${path}/samples.json`, 'utf8')) as readonly Sample[];
  return { folder, reader, samples };
};

describe.each(['nsmc-lstm', 'nsmc-bilstm'])('%s', (name) => {
  test('reads its samples as they were read in training', async () => {
    const { reader, samples } = await open(name);
    expect(samples.length).toBeGreaterThanOrEqual(10);
    for (const { text, morphemes, ids } of samples) {
      const encoded = right(encodeText(reader, { name: 'sample', text }));
      expect(encoded.tokens.map(tokenName)).toEqual(morphemes);
      expect([...toNumbers(encoded.ids.data)]).toEqual(ids);
      expect(encoded.ids.shape).toEqual([1, ids.length]);
      expect(encoded.truncated).toBeUndefined();
    }
  });

  test.each(['reference', 'ort'] as const)('gives the logits of its samples on %s', async (on) => {
    const { folder, reader, samples } = await open(name);
    expect(folder.document.labels).toEqual(['부정', '긍정']);
    expect(folder.graph.outputs).toEqual(['logits']);
    const typed = right(infer(folder.graph, folder.store));
    expect(typed.types.get('embedding')?.shape).toEqual(['N', 'T', name === 'nsmc-lstm' ? 128 : 64]);
    const session = await backends[on].compile(folder.graph, folder.store, { threads: 1 });
    try {
      for (const { text, logits } of samples) {
        const { ids } = right(encodeText(reader, { name: 'sample', text }));
        const found = toNumbers((await session.run({ tokens: ids }))['logits']!.data);
        expect(Math.abs(found[0]! - logits[0])).toBeLessThan(1e-4);
        expect(Math.abs(found[1]! - logits[1])).toBeLessThan(1e-4);
      }
    } finally {
      await session.close();
    }
  });
});
