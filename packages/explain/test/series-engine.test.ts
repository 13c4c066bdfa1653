import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { openEngine } from '../src/node.js';

describe('an engine', () => {
  it('that dies says so, to whoever waits and whoever asks later, and can be closed', async () => {
    const dies = `import { parentPort } from 'node:worker_threads';
      parentPort.postMessage({ _tag: 'Right', right: undefined });
      parentPort.on('message', () => { throw new Error('out of memory'); });`;
    const setup = { request: { path: '', load: {}, rules: [], plan: {} }, options: {} };
    const engine = await openEngine(setup, new URL(`data:text/javascript,${encodeURIComponent(dies)}`));
    if (E.isLeft(engine)) throw new Error('it should have stood');
    for (const _ of [1, 2]) {
      const answer = await engine.right.run({});
      expect(E.isLeft(answer) ? answer.left[0]?.message : '').toContain('out of memory');
    }
    await engine.right.close();
  });
});
