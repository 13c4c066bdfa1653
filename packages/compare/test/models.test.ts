import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { toNumbers } from '@kirchhoff/graph';
import { describe, expect, it } from 'vitest';
import { pixelsToTensor, readNpy } from '@kirchhoff/explain';
import { makeSubject, openForward, stackRows } from '../src/index.js';
import { loadModel, readPicture } from '@kirchhoff/explain/node';
import { book, right } from '../../relevance/test/support.js';

const folder = (name: string): string => fileURLToPath(new URL(`../../../models/${name}`, import.meta.url));
const npy = (path: string) => right(readNpy(readFileSync(path), path));

describe('models and the logits that PyTorch gives for their samples', () => {
  it('cifar-resnet, its batch normalisations folded', async () => {
    const path = folder('cifar-resnet');
    const model = right(await loadModel(path));
    expect(model.original.nodes.filter(({ op }) => op === 'BatchNormalization')).toHaveLength(10);
    const spec = model.document!.inputs['image']!;
    if (!('image' in spec)) throw new Error('no picture');
    const forward = await openForward(right(makeSubject(model, book)));
    const wanted = JSON.parse(readFileSync(`${path}/samples/logits.json`, 'utf8')) as Record<string, number[]>;
    expect(Object.keys(wanted)).toHaveLength(2);
    for (const [name, logits] of Object.entries(wanted)) {
      const { tensor } = right(await readPicture(`${path}/samples/${name}.png`, spec.image));
      const found = [...toNumbers((await forward.run(tensor)).data)];
      found.forEach((value, k) => expect(Math.abs(value - logits[k]!)).toBeLessThan(1e-4));
    }
    await forward.close();
  });

  it('shapes-cnn, over its 96 samples', async () => {
    const path = folder('shapes-cnn');
    const model = right(await loadModel(path));
    const spec = model.document!.inputs['image']!;
    if (!('image' in spec)) throw new Error('no picture');
    const images = npy(`${path}/samples/images.npy`);
    const size = 64 * 64 * 3;
    const tensors = Array.from({ length: 96 }, (_, n) =>
      right(
        pixelsToTensor(
          { width: 64, height: 64, channels: 3, data: (images.data as Uint8Array).subarray(n * size, (n + 1) * size) },
          spec.image,
        ),
      ),
    );
    const forward = await openForward(right(makeSubject(model, book)));
    const found = toNumbers((await forward.run(stackRows([tensors[0]!, ...tensors.slice(1)]))).data);
    await forward.close();
    const wanted = toNumbers(npy(`${path}/samples/logits.npy`).data);
    expect(found).toHaveLength(wanted.length);
    const largest = Math.max(...wanted.map(Math.abs));
    found.forEach((value, i) => expect(Math.abs(value - wanted[i]!) / largest).toBeLessThan(1e-6));
  });
});
